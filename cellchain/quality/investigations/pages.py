"""The list of investigations, one investigation from the failure to its conclusion, and one exceptional use."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.investigations import queries as reading
from cellchain.quality.investigations import scope
from cellchain.quality.investigations.queries import InvestigationFacts, UseFacts
from cellchain.quality.pages.words import names_of
from cellchain.quality.queries import ResultFacts
from cellchain.quality.queries.retesting import retest_facts, retests_of
from cellchain.quality.rules import investigations as rules
from cellchain.quality.rules.exceptional import ExceptionalPhase
from cellchain.quality.rules.investigations import Conclusion, Finding, InvestigationPhase, RootCause

PHASES = {
    InvestigationPhase.LABORATORY: ("now", T("Laboratory")),
    InvestigationPhase.FULL: ("now", T("Full investigation")),
    InvestigationPhase.REPORTED: ("pend", T("To be concluded")),
    InvestigationPhase.CONCLUDED: ("ok", T("Concluded")),
}
CONCLUSIONS = {
    Conclusion.CONFIRMED: ("stop", T("Confirmed out of specification")),
    Conclusion.INVALIDATED: ("off", T("Result invalidated")),
}
FINDINGS = {
    Finding.IN_ORDER: ("ok", T("In order")),
    Finding.NOT_IN_ORDER: ("warn", T("Not in order")),
    Finding.NOT_APPLICABLE: ("off", T("Not applicable")),
}
CHECKS = {
    "sample": T("Sample"),
    "method": T("Method"),
    "instrument": T("Instrument"),
    "calculation": T("Calculation"),
    "reagents": T("Reagents"),
    "analyst": T("Analyst"),
}
CAUSES = {
    RootCause.LABORATORY: T("the laboratory"),
    RootCause.SAMPLING: T("the sampling"),
    RootCause.MANUFACTURING: T("the making"),
    RootCause.MATERIAL: T("a material"),
    RootCause.NOT_FOUND: T("not found"),
}
USES = {
    ExceptionalPhase.REQUESTED: ("now", T("Asked for")),
    ExceptionalPhase.EVALUATED: ("now", T("Risk evaluated")),
    ExceptionalPhase.TAKEN_ON: ("now", T("Taken on")),
    ExceptionalPhase.ACCEPTED: ("warn", T("Accepted")),
    ExceptionalPhase.WITHDRAWN: ("off", T("Withdrawn")),
}


@dataclass(frozen=True)
class Line:
    """An investigation in the list, with what failed and for how many days it has been open."""

    facts: InvestigationFacts
    result: ResultFacts
    days: int


@dataclass(frozen=True)
class InvestigationPage:
    """One investigation. `beside` are the lots that share something, as they are now or as they were written down."""

    facts: InvestigationFacts
    result: ResultFacts
    retests: Sequence[ResultFacts]
    deviation: queries.DeviationFacts | None
    beside: Mapping[str, Sequence[str]]
    uses: Sequence[UseFacts]
    names: Mapping[str, str]
    is_analyst: bool
    is_investigator: bool
    sees_recipients: bool
    takes_retest: bool
    days: int


@dataclass(frozen=True)
class Act:
    """One act of an exceptional use: by whom it is, and what they said."""

    title: T
    whose: T
    verb: str
    by: str | None
    at: datetime | None
    said: str | None
    is_next: bool = False


@dataclass(frozen=True)
class UsePage:
    """One exceptional use with its acts in their order."""

    facts: UseFacts
    investigation: InvestigationFacts
    failed: Sequence[ResultFacts]
    acts: Sequence[Act]
    names: Mapping[str, str]
    sees_recipient: bool
    is_treating: bool

    @property
    def done_count(self) -> int:
        """How many acts are signed."""
        return sum(act.by is not None for act in self.acts)


def points(checks: Mapping[str, str], finding: Finding) -> list[str]:
    """The points of the checklist with one finding."""
    return [name for name, found in checks.items() if found == finding.value]


def investigation_list(tx: ReadTx) -> list[Line]:
    """Every investigation, those that are open first and of these the oldest."""
    lines = [Line(one, queries.result_facts(tx, one.result), _days(tx, one)) for one in reading.investigations(tx)]
    still_open = sorted((line for line in lines if line.facts.is_open), key=lambda line: line.facts.id)
    return [*still_open, *(line for line in lines if not line.facts.is_open)]


def investigation_page(tx: ReadTx, number: int, actor: Actor) -> InvestigationPage:
    """One investigation. Raises NotFound."""
    facts = reading.investigation_facts(tx, number)
    result = queries.result_facts(tx, facts.result)
    retests = [
        queries.result_facts(tx, row.id or 0)
        for row in retests_of(tx, facts.lot, facts.test, facts.stage, facts.sample)
    ]
    if facts.scope is None and facts.phase is InvestigationPhase.FULL:
        beside: Mapping[str, Sequence[str]] = scope.lots_beside(tx, facts.lot, facts.result)
    else:
        beside = {one["lot"]: one["shares"] for one in facts.scope or ()}
    uses = reading.uses_of(tx, number)
    people = [
        *(result.entered_by, result.verified_by, facts.analyst, facts.laboratory_by, facts.extended_by),
        *(facts.planned_by, facts.full_by, facts.concluded_by),
        *(person for one in retests for person in (one.entered_by, one.started_by, one.verified_by)),
        *(one.physician for one in uses),
    ]
    return InvestigationPage(
        facts=facts,
        result=result,
        retests=retests,
        deviation=None if facts.deviation is None else queries.deviation_facts(tx, facts.deviation),
        beside=beside,
        uses=uses,
        names=names_of(tx, people),
        is_analyst=actor.person in (facts.analyst, result.started_by),
        is_investigator=actor.person in facts.investigators,
        sees_recipients=actor.may("trial.see_arm"),
        takes_retest=_takes_retest(tx, facts, actor),
        days=_days(tx, facts),
    )


def use_page(tx: ReadTx, number: int, actor: Actor) -> UsePage:
    """One exceptional use. Raises NotFound."""
    facts = reading.use_facts(tx, number)
    people = [facts.physician, facts.evaluated_by, facts.taken_on_by, facts.told_by, facts.accepted_by]
    return UsePage(
        facts=facts,
        investigation=reading.investigation_facts(tx, facts.investigation),
        failed=[queries.result_facts(tx, result) for result in facts.results],
        acts=_acts(facts),
        names=names_of(tx, [*people, facts.withdrawn_by]),
        sees_recipient=actor.may("trial.see_arm"),
        is_treating=tx.house.physician_of(tx, facts.recipient) == actor.person,
    )


def _acts(facts: UseFacts) -> list[Act]:
    """The five acts; the sponsor may be told at any moment before the acceptance."""
    phase, told = facts.phase, facts.told_by is not None
    is_over = phase in (ExceptionalPhase.ACCEPTED, ExceptionalPhase.WITHDRAWN)
    return [
        Act(
            T("Request"),
            T("The treating physician"),
            "request_exceptional_use",
            facts.physician,
            facts.requested_at,
            facts.request,
        ),
        Act(
            T("Evaluation of the risk"),
            T("QA, for the manufacturer"),
            "evaluate_exceptional_use",
            facts.evaluated_by,
            facts.evaluated_at,
            facts.evaluation,
            phase is ExceptionalPhase.REQUESTED,
        ),
        Act(
            T("Risk taken on"),
            T("The treating physician"),
            "take_on_exceptional_use",
            facts.taken_on_by,
            facts.taken_on_at,
            None,
            phase is ExceptionalPhase.EVALUATED,
        ),
        Act(
            T("Sponsor told"),
            T("The trial office or the sponsor"),
            "record_sponsor_told",
            facts.told_by,
            facts.told_signed_at,
            facts.told,
            not told and not is_over,
        ),
        Act(
            T("Acceptance"),
            T("QA, by another person"),
            "accept_exceptional_use",
            facts.accepted_by,
            facts.accepted_at,
            None,
            phase is ExceptionalPhase.TAKEN_ON and told,
        ),
    ]


def _takes_retest(tx: ReadTx, facts: InvestigationFacts, actor: Actor) -> bool:
    """Whether the rule permits this person a retest now."""
    earlier = retest_facts(tx, facts.lot, facts.test, facts.stage, facts.sample)
    try:
        rules.may_read_again(rules.next_retest(earlier), earlier, actor.person)
    except Refused:
        return False
    return True


def _days(tx: ReadTx, facts: InvestigationFacts) -> int:
    """For how many whole days it has been open, or was."""
    return ((facts.concluded_at or tx.now) - facts.opened_at).days
