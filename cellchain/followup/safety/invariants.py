"""What is always true of safety."""

from cellchain.bedside.given import given_to
from cellchain.followup.safety import queries, statements
from cellchain.followup.safety.content import digest_of
from cellchain.followup.safety.lifecycles import ClockKind, ClockPhase, Judge
from cellchain.ledger.invariants import Invariant
from cellchain.platform.db import ReadTx


def _serious_events_have_clocks(tx: ReadTx) -> list[str]:
    """A serious event has the investigator's clock; a suspected and unexpected one an expedited clock as well."""
    findings = []
    for event in tx.every(statements.ALL_EVENTS):
        kinds = {row.kind for row in queries.clocks_of(tx, event.id or 0)}
        if event.serious and ClockKind.INVESTIGATOR not in kinds:
            findings.append(f"adverse event {event.id} is serious and has no clock of the investigator")
        if queries.is_susar(event) and not kinds & {ClockKind.FATAL, ClockKind.OTHER}:
            findings.append(f"adverse event {event.id} is suspected and unexpected and has no expedited clock")
        if not event.serious and kinds:
            findings.append(f"adverse event {event.id} is not serious and has a clock")
    return findings


def _judged_as_signed(tx: ReadTx) -> list[str]:
    """What an event says of its cause is the newest signed judgement of each of the two."""
    findings = []
    for event in tx.every(statements.ALL_EVENTS):
        newest = {row.judge: (row.relatedness, row.expectedness) for row in queries.assessments_of(tx, event.id or 0)}
        theirs = {
            Judge.INVESTIGATOR: (event.relatedness, event.expectedness),
            Judge.SPONSOR: (event.sponsor_relatedness, event.sponsor_expectedness),
        }
        findings += [
            f"adverse event {event.id} is not as the {judge} judged it"
            for judge, said in theirs.items()
            if newest.get(judge, (None, None)) != said
        ]
    return findings


def _reports_stand(tx: ReadTx) -> list[str]:
    """Versions count from one, a submitted clock has its report, and no report differs from what was kept."""
    findings = []
    for event in tx.every(statements.ALL_EVENTS):
        reports = queries.reports_of(tx, event.id or 0)
        if [row.version for row in reports] != list(range(1, len(reports) + 1)):
            findings.append(f"the reports on adverse event {event.id} are not numbered from one")
        findings += [
            f"report {row.version} on adverse event {event.id} is not what went out"
            for row in reports
            if row.digest != digest_of(row.content, row.account, row.death_cause)
        ]
        stopped = {row.clock for row in reports}
        findings += [
            f"clock {clock.id} and the report on adverse event {event.id} disagree"
            for clock in queries.clocks_of(tx, event.id or 0)
            if (clock.phase is ClockPhase.SUBMITTED) != (clock.id in stopped)
        ]
    return findings


def _after_their_own_infusion(tx: ReadTx) -> list[str]:
    """The infusion that an event is tied to was its recipient's."""
    findings = []
    for event in tx.every(statements.ALL_EVENTS):
        theirs = {one.infusion for one in given_to(tx, event.recipient)}
        if event.infusion is not None and event.infusion not in theirs:
            findings.append(f"adverse event {event.id} is tied to an infusion of somebody else")
    return findings


INVARIANTS = (
    Invariant(
        "followup.serious_events_have_clocks",
        "Every serious adverse event has the clocks it owes.",
        _serious_events_have_clocks,
    ),
    Invariant(
        "followup.judged_as_signed",
        "An adverse event says of its cause what was last signed.",
        _judged_as_signed,
    ),
    Invariant(
        "followup.reports_stand",
        "Every safety report is kept as it went out.",
        _reports_stand,
    ),
    Invariant(
        "followup.after_their_own_infusion",
        "An adverse event is tied to an infusion of its own recipient.",
        _after_their_own_infusion,
    ),
)
