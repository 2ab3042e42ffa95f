"""What donors wait for: a physician's judgement or signature, a repeat of a test, a visit, the end of a deferral."""

from collections.abc import Iterator
from itertools import islice

from cellchain.donors import aftercare, interview, waiting
from cellchain.donors.rules.aftercare import VisitStanding
from cellchain.kernel.text import T
from cellchain.trace.situation import Need, Situation, since, until
from cellchain.web.format import grouped

ROWS_MAX = 40


def answers(at: Situation) -> Iterator[Need]:
    """Answers that may mean a risk, for a physician who did not ask."""
    for donor, answered_at, asked_by in interview.unassessed(at.tx)[:ROWS_MAX]:
        if asked_by != at.actor.person:
            status, words = since(at.tx, answered_at)
            yield Need(
                status,
                answered_at,
                words,
                T("Judge the answers of donor {donor}.", donor=grouped(donor)),
                f"/donors/{donor}",
                T("Open donor"),
                T("An answer may mean a risk."),
                stage="screening",
            )


def determinations(at: Situation) -> Iterator[Need]:
    """Donors of whom everything is there but the physician's signature."""
    for donor, asked_at in islice(waiting.for_signature(at.tx), ROWS_MAX):
        status, words = since(at.tx, asked_at, "pend")
        yield Need(
            status,
            asked_at,
            words,
            T("Determine the eligibility of donor {donor}.", donor=grouped(donor)),
            f"/donors/{donor}",
            T("Open donor"),
            T("Consent, answers and tests are complete."),
            stage="screening",
        )


def repeats(at: Situation) -> Iterator[Need]:
    """Reactive samples that the laboratory has to test again; of a donor found ineligible nobody waits for one."""
    for donor, sampled_at, problem in islice(waiting.for_another_test(at.tx), ROWS_MAX):
        status, words = since(at.tx, sampled_at)
        yield Need(
            status,
            sampled_at,
            words,
            T("Have a sample of donor {donor} tested again.", donor=grouped(donor)),
            f"/donors/{donor}",
            T("Open donor"),
            problem,
            stage="screening",
        )


def ended_deferrals(at: Situation) -> Iterator[Need]:
    """Donors whose deferral is over: they may be asked and tested again."""
    for donor, until_day in islice(waiting.since_a_deferral(at.tx), ROWS_MAX):
        yield Need(
            "pend",
            until_day,
            T("since {day}", day=until_day),
            T("The deferral of donor {donor} is over.", donor=grouped(donor)),
            f"/donors/{donor}",
            T("Open donor"),
            T("The donor may be asked and tested again."),
            stage="screening",
        )


def visits(at: Situation) -> Iterator[Need]:
    """Donors to look after following their harvests."""
    for due in islice(aftercare.due_visits(at.tx), ROWS_MAX):
        planned = due.line.planned
        status, words = until(at.tx, planned.closes_on)
        is_late = due.line.standing is VisitStanding.OVERDUE
        yield Need(
            "stop" if is_late else status,
            planned.closes_on,
            words,
            T("Look after donor {donor}: {visit}.", donor=grouped(due.donor), visit=T(planned.plan.name)),
            f"/do/donors/record_visit?donation={due.donation}&visit={planned.plan.code}",
            T("Record visit"),
            T("Donation {donation}.", donation=grouped(due.donation)),
        )
