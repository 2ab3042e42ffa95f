"""What waits for the laboratory: samples to take over, cultures to read, results to verify."""

from collections.abc import Iterator

from cellchain.accounts import queries as accounts
from cellchain.kernel.text import T
from cellchain.quality import queries as quality
from cellchain.quality.laboratories import queries as laboratories
from cellchain.quality.rules.lifecycles import ResultPhase
from cellchain.trace.situation import Need, Situation, since, until
from cellchain.web.format import grouped

ROWS_MAX = 40


def pending(at: Situation) -> Iterator[Need]:
    """Tests whose values are due: cultures and whatever else takes its days, the overdue ones in red."""
    for result in quality.open_results(at.tx)[:ROWS_MAX]:
        if result.phase == ResultPhase.PENDING and result.due_on is not None:
            status, words = until(at.tx, result.due_on)
            yield Need(
                status,
                result.due_on,
                words,
                T("Enter a result of lot {lot}.", lot=grouped(result.lot)),
                f"/quality/samples/{result.sample}",
                T("Open sample"),
                T("Sample {sample}.", sample=grouped(result.sample)),
                own=result.limit.name,
                stage="bags",
            )


def coming(at: Situation) -> Iterator[Need]:
    """Samples on their way to a laboratory, for whoever may take them over there."""
    for one in laboratories.on_their_way(at.tx)[:ROWS_MAX]:
        if one.laboratory.is_outside or one.sent_by != at.actor.person:
            status, words = since(at.tx, one.sent_at)
            yield Need(
                status,
                one.sent_at,
                words,
                T("Receive sample {sample}.", sample=grouped(one.sample)),
                f"/quality/samples/{one.sample}",
                T("Open sample"),
                T("It goes to {laboratory}.", laboratory=one.laboratory.name),
                stage="bags",
            )


def entered(at: Situation) -> Iterator[Need]:
    """Results of somebody else's that wait for a second person."""
    for result in quality.open_results(at.tx)[:ROWS_MAX]:
        if (
            result.phase == ResultPhase.ENTERED
            and result.entered_at is not None
            and result.entered_by != at.actor.person
        ):
            status, words = since(at.tx, result.entered_at)
            yield Need(
                status,
                result.entered_at,
                words,
                T("Verify a result of lot {lot}.", lot=grouped(result.lot)),
                f"/do/quality/verify_result?result={result.id}",
                T("Verify"),
                T("Entered by {name}.", name=accounts.display_name(at.tx, result.entered_by or "")),
                own=result.limit.name,
            )
