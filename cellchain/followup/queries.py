"""Reading follow-up: what is due, measured and owed. What an assessor reads holds nothing that tells an arm."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from cellchain.bedside.infusions import queries as bedside
from cellchain.followup import baselines, charts, rules, values
from cellchain.followup import statements as find
from cellchain.followup.baselines import Base
from cellchain.followup.lifecycles import VisitPhase
from cellchain.followup.models import Measurement, Query, Visit
from cellchain.followup.safety import queries as safety
from cellchain.followup.safety.lifecycles import ClockKind
from cellchain.followup.safety.queries import READ, SEE_RELATEDNESS, ClockView, EventView
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx
from cellchain.trial import queries as trial
from cellchain.trial.definition import StudyDefinition, Words
from cellchain.trial.lung.rules import told
from cellchain.trial.rules import RecipientFacts

ROWS_MAX = 1_000
OPEN_MAX = 2_000


# -- asked by commands and by packages above ---------------------------------------------------------------------------


def visits_of(tx: ReadTx, recipient: str) -> list[Visit]:
    """A recipient's visits in the order they are due."""
    return tx.many(find.VISITS_OF, limit=ROWS_MAX, recipient=recipient)


def measurements_of(tx: ReadTx, recipient: str) -> list[Measurement]:
    """What stands of a recipient's measurements; a corrected value is not among them."""
    return tx.many(find.MEASUREMENTS_OF, limit=ROWS_MAX, recipient=recipient)


def is_locked(tx: ReadTx, study: str) -> bool:
    """Whether a study's data are locked."""
    return tx.one(find.STANDING_LOCK, study=study) is not None


def open_queries(tx: ReadTx) -> list[Query]:
    """Questions about data that are not closed, the first asked first."""
    return tx.many(find.QUERIES_OPEN, limit=ROWS_MAX)


def unverified_count(tx: ReadTx) -> int:
    """How many values nobody has compared with their source."""
    return int(tx.one(find.UNVERIFIED_COUNT) or 0)


# -- pages -------------------------------------------------------------------------------------------------------------


# Which form an outcome is entered with; any other has the form of a plain measurement.
FORMS: Mapping[str, tuple[str, T]] = {
    "fvc": ("record_spirometry", T("Enter the spirometry")),
    "fev1": ("record_spirometry", T("Enter the spirometry")),
    "dlco": ("record_diffusion", T("Enter the diffusing capacity")),
    "six_minute_walk": ("record_walk", T("Enter the walk")),
}


def form_of(visit: int, outcome: str, unit: str) -> tuple[str, T]:
    """The address of the form that an outcome is entered with at a visit, and what it does in words."""
    if outcome in FORMS:
        verb, words = FORMS[outcome]
        return f"/do/followup/{verb}?{urlencode({'visit': visit})}", words
    given = urlencode({"visit": visit, "outcome": outcome, "unit": unit})
    name = charts.NAMES.get(outcome, T(outcome.replace("_", " ")))
    return f"/do/followup/record_measurement?{given}", T("Enter {what}", what=name)


@dataclass(frozen=True)
class VisitView:
    """A visit on the visit line. `state`: done, incomplete, open, overdue, ahead, missed, or not_due of who left.

    `days_outside` its window it took place: negative for one too early, 0 for one within. An unscheduled one has none.
    """

    id: int
    recipient: str
    code: str
    title: Words
    week: int
    due_on: date
    window_from: date
    window_until: date
    visited_on: date | None
    missing_reason: str | None
    state: str
    lacks: tuple[str, ...]
    unrecorded: tuple[str, ...]
    units: dict[str, str]
    scheduled: bool = True
    days_outside: int = 0

    @property
    def to_enter(self) -> tuple[tuple[str, T], ...]:
        """The forms of what is neither recorded nor said to be missing, each once."""
        return tuple(dict.fromkeys(form_of(self.id, one, self.units[one]) for one in self.unrecorded))


@dataclass(frozen=True)
class Followup:
    """A recipient's follow-up as one person may see it. The arm is in none: nobody judges outcomes by it here."""

    recipient: str
    phase: str
    study: str
    week: int | None
    visits: tuple[VisitView, ...]
    baseline_on: date | None
    figures: tuple[charts.Figure, ...]
    values: tuple[values.VisitValues, ...]
    events: tuple[EventView, ...]
    queries: tuple[Query, ...]
    sees_reports: bool
    sees_relatedness: bool
    locked: bool
    consent_given: bool

    @property
    def turn(self) -> VisitView | None:
        """The first visit that is open or overdue."""
        return next((one for one in self.visits if one.state in ("open", "overdue")), None)

    @property
    def ahead(self) -> VisitView | None:
        """The next visit whose window has not opened."""
        return next((one for one in self.visits if one.state == "ahead"), None)

    @property
    def equations(self) -> tuple[str, ...]:
        """The reference equations behind the values."""
        return tuple(sorted({cell.equation for row in self.values for cell in row.cells if cell.equation}))

    @property
    def planned(self) -> tuple[VisitView, ...]:
        """The visits of the plan."""
        return tuple(one for one in self.visits if one.scheduled)

    @property
    def unscheduled(self) -> tuple[VisitView, ...]:
        """The visits that stand beside it."""
        return tuple(one for one in self.visits if not one.scheduled)


def recipient_followup(tx: ReadTx, code: str, actor: Actor) -> Followup:
    """A recipient's follow-up for `actor`. Raises NotFound.

    Who reads blind gets no relatedness, no expectedness, no report and no tie to an infusion; lots, bags and the arm
    are in nobody's. Who may read but not see relatedness gets the investigator's clock alone: the others would tell it.
    """
    facts = trial.recipient_facts(tx, code)
    study = trial.study_of(tx, code)
    today = tx.today
    visits, measured = visits_of(tx, code), measurements_of(tx, code)
    consent_given = trial.consent_given(tx, code)
    awaited = rules.is_expected(facts.phase, consent_given=consent_given)
    infused = [tx.day_of(row.started_at) for row in bedside.infusions_of(tx, code)]
    anchor = _anchor(tx, facts, infused) if visits else None
    bases = bases_of(tx, study, facts, visits, measured, infused)
    return Followup(
        recipient=code,
        phase=facts.phase,
        study=study.code,
        week=None if anchor is None else max(0, (today - anchor).days // rules.DAYS_PER_WEEK),
        visits=tuple(_visit(study, row, measured, today, awaited=awaited) for row in visits),
        baseline_on=max((base.on for base in bases.values()), default=None),
        figures=charts.figures(study, anchor, bases, visits, measured, infused, today),
        values=values.table(study, bases, visits, measured, tx.many(find.WALKS_OF, limit=ROWS_MAX, recipient=code)),
        events=tuple(safety.event_view(tx, row, actor) for row in safety.events_of(tx, code)),
        queries=tuple(tx.many(find.QUERIES_OF, limit=ROWS_MAX, subject=code)),
        sees_reports=actor.may(READ),
        sees_relatedness=actor.may(READ) and actor.may(SEE_RELATEDNESS),
        locked=is_locked(tx, study.code),
        consent_given=consent_given,
    )


def _anchor(tx: ReadTx, facts: RecipientFacts, infused: Sequence[date]) -> date | None:
    """The day that weeks are counted from; None before randomisation."""
    if facts.randomised_at is None:
        return None
    return rules.anchor_day(infused[0] if infused else None, tx.day_of(facts.randomised_at))


def bases_of(
    tx: ReadTx,
    study: StudyDefinition,
    facts: RecipientFacts,
    visits: Sequence[Visit],
    measured: Sequence[Measurement],
    infused: Sequence[date],
) -> dict[str, Base]:
    """By outcome, the value that its changes are counted from: the last before the first infusion."""
    treated_from = _anchor(tx, facts, infused)
    baseline = trial.baseline_of(tx, facts.code)
    outcomes = {one.code: one for one in study.outcomes}
    days = {row.id: row.visited_on for row in visits}
    found: dict[str, list[Base]] = {code: [] for code in outcomes}
    for code, outcome in outcomes.items():
        first = None if baseline is None else baselines.of_trial(outcome, baseline.measured_on, vars(baseline))
        found[code] += [first] if first is not None else []
    for row in measured:
        on = days.get(row.visit)
        if row.value is not None and on is not None and row.outcome in found and baselines.may_be_base(row.grade):
            judged = told(row.equation, row.height_mm, row.judged)
            found[row.outcome].append(Base(on, row.value, row.visit, judged))
    # Before randomisation there is only what eligibility is decided on.
    chosen = {code: baselines.chosen(bases, treated_from or date.max) for code, bases in found.items()}
    return {code: base for code, base in chosen.items() if base is not None}


def _visit(
    study: StudyDefinition, row: Visit, measured: list[Measurement], today: date, *, awaited: bool = True
) -> VisitView:
    known = rules.visit_of(study, row.code)
    taken = known.measures if row.phase == VisitPhase.DONE else ()
    recorded = {one.outcome: one.value for one in measured if one.visit == row.id}
    # An unscheduled visit measures what there is to measure, and lacks nothing of a plan.
    lacks = tuple(one for one in taken if recorded.get(one) is None) if row.scheduled else ()
    return VisitView(
        id=row.id or 0,
        recipient=row.recipient,
        code=row.code,
        title=known.title,
        week=known.week,
        due_on=row.due_on,
        window_from=row.window_from,
        window_until=row.window_until,
        visited_on=row.visited_on,
        missing_reason=row.missing_reason,
        state=_state(row, lacks, today, awaited=awaited),
        lacks=lacks,
        unrecorded=tuple(one for one in taken if one not in recorded),
        units={one.code: one.unit for one in study.outcomes},
        scheduled=row.scheduled,
        days_outside=0
        if row.visited_on is None
        else rules.days_outside(row.visited_on, row.window_from, row.window_until),
    )


def _state(row: Visit, lacks: tuple[str, ...], today: date, *, awaited: bool) -> str:
    if row.phase == VisitPhase.DONE:
        return "incomplete" if lacks else "done"
    if row.phase == VisitPhase.MISSED:
        return "missed"
    if not awaited:
        return "not_due"
    if today < row.window_from:
        return "ahead"
    return "open" if today <= row.window_until else "overdue"


@dataclass(frozen=True)
class Worklist:
    """What follow-up waits for: visits whose window is open or over, clocks that run, questions."""

    due: tuple[VisitView, ...]
    overdue: tuple[VisitView, ...]
    clocks: tuple[ClockView, ...]
    questions: tuple[Query, ...]
    recipients: tuple[tuple[str, int, int], ...]
    sees_reports: bool


def worklist(tx: ReadTx, actor: Actor) -> Worklist:
    """What `actor` has to see to today. Who reads blind gets no clocks: a report tells what was suspected."""
    today = tx.today
    views = [_visit(study, row, [], today) for study, row in _awaited(tx, today)]
    reads, relates = actor.may(READ), actor.may(READ) and actor.may(SEE_RELATEDNESS)
    clocks = safety.clocks_running(tx, tx.now) if reads else []
    return Worklist(
        due=tuple(one for one in views if one.state == "open"),
        overdue=tuple(one for one in views if one.state == "overdue"),
        clocks=tuple(one for one in clocks if relates or one.kind is ClockKind.INVESTIGATOR),
        questions=tuple(open_queries(tx)),
        recipients=_progress(tx),
        sees_reports=reads,
    )


def _awaited(tx: ReadTx, today: date) -> Iterator[tuple[StudyDefinition, Visit]]:
    """Visits whose window has opened, of recipients who are still expected: nobody waits for the dead or withdrawn."""
    expected: dict[str, StudyDefinition | None] = {}
    for row in tx.many(find.VISITS_OPEN, limit=OPEN_MAX, day=today):
        if row.recipient not in expected:
            phase, consent = trial.recipient_facts(tx, row.recipient).phase, trial.consent_given(tx, row.recipient)
            stays = rules.is_expected(phase, consent_given=consent)
            expected[row.recipient] = trial.study_of(tx, row.recipient) if stays else None
        study = expected[row.recipient]
        if study is not None:
            yield study, row


def _progress(tx: ReadTx) -> tuple[tuple[str, int, int], ...]:
    """Each recipient with planned visits: how many are settled, of how many."""
    settled: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for recipient, phase in tx.many(find.PROGRESS, limit=OPEN_MAX * 10):
        settled[recipient][0] += phase != VisitPhase.PLANNED
        settled[recipient][1] += 1
    return tuple((recipient, done, total) for recipient, (done, total) in settled.items())
