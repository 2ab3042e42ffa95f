"""Reports that went out: each is kept as it was, with its version, whom it told and the proof that they have it."""

from typing import Annotated

from pydantic import Field

from cellchain.followup.commands.common import Note
from cellchain.followup.safety import queries, rules
from cellchain.followup.safety.commands.events import EventId, held
from cellchain.followup.safety.content import content_of, digest_of
from cellchain.followup.safety.lifecycles import CLOCK, ReportKind
from cellchain.followup.safety.models import TERM_LENGTH, AdverseEvent, ReportClock, SafetyReport
from cellchain.ledger.actor import Actor
from cellchain.ledger.filekinds import PAPERS
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.uploads import Upload, accepting, received


class Sent(Order):
    """Whom a report told, and the proof that they have it: the number they gave it, the paper they sent, or both."""

    told: Annotated[
        Text,
        Field(
            min_length=2,
            max_length=TERM_LENGTH,
            title="Sent to",
            description="The sponsor, an authority, a committee.",
        ),
    ]
    proof: Annotated[
        Text | None,
        Field(
            min_length=2,
            max_length=TERM_LENGTH,
            title="Proof",
            description="The number under which they acknowledged it, or where the confirmation is kept.",
        ),
    ] = None
    proof_file: Annotated[
        Upload | None,
        Field(
            title="Proof as a file",
            description="A PDF or a picture of their confirmation. Whoever reads the report can open it.",
            json_schema_extra=accepting(PAPERS),
        ),
    ] = None


class SubmitReport(Sent):
    """A report that went out because a clock ran. When it did is the event's time."""

    clock: Annotated[int, Field(ge=1, title="Reporting clock")]
    news: Annotated[Note | None, Field(title="What it adds")] = None


class ReportResult(CommandResult):
    """A report, its version among those on its event, and whether it was in time; True where no clock ran for it."""

    report: int
    version: int
    clock: int | None
    event: int
    in_time: bool


@command(event="followup:report:submitted")
def submit_report(tx: CommandTx, by: Actor, order: SubmitReport) -> ReportResult:
    """Record that a report was submitted; its clock stands still from then on. The report is kept as it was."""
    clock = tx.lock(ReportClock, order.clock)
    event = held(tx, clock.event)
    rules.may_submit(clock.starts_at, tx.happened_at)
    phase = CLOCK.move("submit_report", clock.phase)
    tx.change(clock, phase=phase, submitted_at=tx.happened_at, submitted_by=by.person)
    in_time = tx.happened_at <= clock.due_at
    known = queries.reports_of(tx, event.id or 0)
    kind = ReportKind.FOLLOW_UP if known else ReportKind.INITIAL
    row = _kept(tx, by, event, kind, order, order.news, clock=clock.id)
    tx.note(in_time=in_time, report=row.id, version=row.version)
    return ReportResult(report=row.id or 0, version=row.version, clock=clock.id, event=clock.event, in_time=in_time)


class SubmitFollowUp(Sent):
    """A further report on an event that was reported: what is known by now. When it went out is the event's time."""

    event: EventId
    kind: Annotated[ReportKind, Field(title="Report")] = ReportKind.FOLLOW_UP
    news: Annotated[Note, Field(title="What it adds")]


@command(event="followup:report:followed_up")
def submit_follow_up(tx: CommandTx, by: Actor, order: SubmitFollowUp) -> ReportResult:
    """Record a follow-up or the final report. Raises Refused `report.*`."""
    event = held(tx, order.event)
    known = queries.reports_of(tx, order.event)
    rules.may_follow_up(order.kind, len(known), is_final_out=any(row.kind is ReportKind.FINAL for row in known))
    row = _kept(tx, by, event, order.kind, order, order.news)
    tx.note(report=row.id, version=row.version)
    return ReportResult(report=row.id or 0, version=row.version, clock=None, event=order.event, in_time=True)


def _kept(
    tx: CommandTx,
    by: Actor,
    event: AdverseEvent,
    kind: ReportKind,
    sent: Sent,
    news: str | None,
    *,
    clock: int | None = None,
) -> SafetyReport:
    rules.has_proof(sent.proof, is_file=sent.proof_file is not None)
    file = None if sent.proof_file is None else received(tx, sent.proof_file, PAPERS)
    content = content_of(tx, event)
    return tx.add(
        SafetyReport(
            event=event.id or 0,
            version=len(queries.reports_of(tx, event.id or 0)) + 1,
            kind=kind,
            clock=clock,
            told=sent.told,
            proof=sent.proof,
            proof_file=None if file is None else file.digest,
            proof_kind=None if file is None else file.kind,
            proof_name=None if file is None else file.name,
            news=news,
            content=content,
            account=event.note,
            death_cause=event.death_cause,
            digest=digest_of(content, event.note, event.death_cause),
            submitted_at=tx.happened_at,
            submitted_by=by.person,
        )
    )
