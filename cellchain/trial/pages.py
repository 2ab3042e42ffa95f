"""What the trial's pages say: the headline that is the answer, the line of infusions, and what can be done next."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from cellchain.accounts import queries as accounts
from cellchain.kernel.text import T
from cellchain.kernel.units import MILLI
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Action
from cellchain.platform.db import ReadTx
from cellchain.trial import queries, rules
from cellchain.trial.definition import StudyDefinition
from cellchain.trial.describe import actions_for
from cellchain.trial.lifecycles import InfusionPhase, RecipientPhase
from cellchain.trial.queries import AssignmentFacts, RecipientLine, RecipientPage, StudyPage
from cellchain.trial.rules import InfusionFacts, LimitCheck
from cellchain.trial.setup import queries as setup
from cellchain.trial.setup.queries import Received

WEEK = timedelta(days=7)
STEPS = (T("Enrolled"), T("Consent"), T("Baseline"), T("Eligible"), T("Randomised"))

# Status shapes of the house: ok stop warn cond hold pend now off.
PHASE_STATUS = {
    RecipientPhase.ENROLLED: "pend",
    RecipientPhase.ELIGIBLE: "now",
    RecipientPhase.SCREENED_OUT: "off",
    RecipientPhase.RANDOMISED: "ok",
    RecipientPhase.DISCONTINUED: "warn",
    RecipientPhase.WITHDRAWN: "off",
    RecipientPhase.LOST: "off",
    RecipientPhase.DIED: "off",
}
INFUSION_WORDS = {
    InfusionPhase.PLANNED: ("pend", T("Planned")),
    InfusionPhase.ORDERED: ("now", T("Ordered")),
    InfusionPhase.ASSIGNED: ("now", T("Bag assigned")),
    InfusionPhase.INFUSED: ("ok", T("Given")),
    InfusionPhase.CANCELLED: ("off", T("Cancelled")),
    InfusionPhase.MISSED: ("warn", T("Missed")),
}
DEPARTED = {
    RecipientPhase.SCREENED_OUT: T("did not come into the study."),
    RecipientPhase.DISCONTINUED: T("treatment is discontinued."),
    RecipientPhase.WITHDRAWN: T("withdrew consent."),
    RecipientPhase.LOST: T("is lost to follow-up."),
    RecipientPhase.DIED: T("died."),
}
# Acts that bring a recipient further; the others correct, move or take back.
ADVANCING = frozenset(
    f"trial/{verb}"
    for verb in (
        "record_consent",
        "record_baseline",
        "confirm_eligibility",
        "randomise",
        "plan_infusions",
        "order_infusion",
        "assign_bag",
    )
)
# Acts that end something stand apart from those that go on.
ENDINGS = frozenset(
    f"trial/{verb}"
    for verb in (
        "screen_out",
        "discontinue_treatment",
        "withdraw_consent",
        "lose_to_follow_up",
        "record_death",
        "report_unblinding",
    )
)


def kilograms(weight_g: int) -> Decimal:
    """A weight as people say it."""
    return Decimal(weight_g) / MILLI


@dataclass(frozen=True)
class Stop:
    """One infusion on the line: its state in a shape and a word, and the bag it has."""

    infusion: InfusionFacts
    status: str
    word: T
    current: bool
    bag: AssignmentFacts | None

    @property
    def weight_kg(self) -> Decimal:
        """The weight that the order was made for."""
        return kilograms(self.infusion.weight_g or 0)


@dataclass(frozen=True)
class RecipientView:
    """A recipient's page as it is drawn. `head` ends the sentence that begins with the code."""

    page: RecipientPage
    head: T
    soft: T | None
    steps: Sequence[T]
    at: int
    stops: Sequence[Stop]
    actions: Sequence[Action]
    endings: Sequence[Action]
    names: dict[str, str]
    may_see_name: bool
    overdue: bool
    received: Sequence[Received]
    reconsent_form: str | None

    @property
    def status(self) -> str:
        """The shape of where the recipient stands."""
        return PHASE_STATUS[self.page.facts.phase]

    @property
    def next_act(self) -> str | None:
        """The path of the act that comes next, where it is this reader's: moving a day is, once its window closed."""
        advancing = ADVANCING | {"trial/reschedule"} if self.overdue else ADVANCING
        return next((action.path for action in self.actions if action.path in advancing), None)

    @property
    def height_cm(self) -> Decimal:
        """Height at enrolment."""
        return Decimal(self.page.facts.height_mm) / 10

    @property
    def weight_kg(self) -> Decimal:
        """Weight at enrolment."""
        return kilograms(self.page.facts.weight_g)

    @property
    def bags_shown(self) -> bool:
        """Whether the reader may know which bag is whose: a bag's content tells the arm."""
        return not self.page.arm_hidden


@dataclass(frozen=True)
class ListView:
    """The recipients of a study, how many infusions are due within a week, and how many are overdue."""

    study: StudyPage
    lines: Sequence[RecipientLine]
    due_count: int
    overdue_count: int
    names: dict[str, str]
    arm_hidden: bool
    may_enrol: bool

    @staticmethod
    def status_of(line: RecipientLine) -> str:
        """The shape of where a recipient stands."""
        return PHASE_STATUS[line.facts.phase]


@dataclass(frozen=True)
class EligibilityView:
    """What a physician decides on: the computed limits, and the questions."""

    page: RecipientPage
    checks: Sequence[LimitCheck]
    outside_count: int


@dataclass(frozen=True)
class WristbandView:
    """The wristband's page: the only one with a name."""

    page: RecipientPage
    band: str
    person: queries.Named
    may_replace: bool
    may_print: bool


def recipient_view(tx: ReadTx, code: str, actor: Actor) -> RecipientView:
    """A recipient's page for `actor`. Raises NotFound. Follow-up puts its own part below this."""
    page = queries.recipient_page(tx, code, actor)
    today = tx.today
    head, soft = headline(page, today)
    actions = actions_for(tx, page.facts, actor)
    turn = rules.next_open(page.plan) if page.facts.on_treatment else None
    return RecipientView(
        page=page,
        head=head,
        soft=soft,
        steps=STEPS,
        at=step_of(page),
        stops=[_stop(one, turn, page.bags.get(one.id), today) for one in page.plan],
        actions=[action for action in actions if action.path not in ENDINGS],
        endings=[action for action in actions if action.path in ENDINGS],
        names=names_of(tx, _people_in(page)),
        may_see_name=actor.may(queries.SEE_NAME) and bool(page.wristbands),
        overdue=turn is not None and turn.is_overdue(today),
        received=setup.received(tx, code, actor),
        reconsent_form=setup.form_to_sign(tx, page.facts),
    )


def headline(page: RecipientPage, today: date) -> tuple[T, T | None]:
    """The sentence after the code, and what to know about it."""
    phase = page.facts.phase
    if phase in DEPARTED:
        return DEPARTED[phase], _given(page)
    if phase == RecipientPhase.ELIGIBLE:
        return T("eligible, not randomised yet."), None
    if phase == RecipientPhase.ENROLLED:
        return _before_eligibility(page)
    if not page.plan:
        return T("randomised."), T("The infusions are not planned yet.")
    turn = rules.next_open(page.plan)
    if turn is None:
        return T("treatment is complete."), _given(page)
    number = turn.number
    if today < turn.window_from:
        return T("infusion {number} is next.", number=number), T("Its window opens on {day}.", day=turn.window_from)
    if turn.is_overdue(today):
        return T("infusion {number} is overdue.", number=number), T(
            "Its window closed on {day}.", day=turn.window_until
        )
    closes = T("Window closes {day}.", day=turn.window_until)
    if turn.phase == InfusionPhase.ASSIGNED:
        return T("infusion {number} has its bag.", number=number), closes
    if turn.phase == InfusionPhase.ORDERED:
        return T("infusion {number} waits for a bag.", number=number), closes
    return T("infusion {number} is due and not ordered.", number=number), closes


def _before_eligibility(page: RecipientPage) -> tuple[T, T | None]:
    if not page.consent_given:
        return T("consent is missing."), T("Nothing of the study is done before it.")
    if page.baseline is None:
        return T("baseline is missing."), None
    outside = sum(not check.holds for check in page.checks)
    if outside:
        return T("{count} figures are outside their limits.", count=outside), T("This person cannot be randomised.")
    return T("waits for the physician's decision."), T("Every computed limit holds.")


def _given(page: RecipientPage) -> T | None:
    if not page.plan:
        return None
    given = sum(one.phase == InfusionPhase.INFUSED for one in page.plan)
    return T("{given} of {total} infusions were given.", given=given, total=len(page.plan))


def step_of(page: RecipientPage) -> int:
    """How far along the way to randomisation somebody is, from 0."""
    if page.facts.randomised_at is not None:
        return 4
    if page.decision is not None:
        return 3
    if page.baseline is not None:
        return 2
    return 1 if page.consent_given else 0


def _stop(infusion: InfusionFacts, turn: InfusionFacts | None, bag: AssignmentFacts | None, today: date) -> Stop:
    status, word = INFUSION_WORDS[infusion.phase]
    current = turn is not None and turn.id == infusion.id
    if current and infusion.is_overdue(today):
        status, word = "warn", T("Window closed")
    return Stop(infusion, status, word, current, bag)


def _people_in(page: RecipientPage) -> set[str]:
    people: set[str | None] = {page.facts.physician}
    people |= {one.ordered_by for one in page.plan}
    people |= {one.assigned_by for one in page.bags.values()}
    people |= {one.recorded_by for one in page.consents} | {one.recorded_by for one in page.departures}
    people |= {one.issued_by for one in page.wristbands} | {one.witness for one in page.wristbands}
    people |= {one.person for one in page.unblindings}
    if page.decision is not None:
        people.add(page.decision.decided_by)
    return {person for person in people if person is not None}


def names_of(tx: ReadTx, people: Iterable[str]) -> dict[str, str]:
    """Short names of staff, by their codes."""
    return {person: accounts.display_name(tx, person) for person in people}


def list_view(tx: ReadTx, study: str, actor: Actor) -> ListView:
    """The recipients of a study. Raises NotFound."""
    lines = queries.recipient_lines(tx, study, actor)
    soon = tx.today + WEEK
    return ListView(
        study=queries.study_page(tx, study),
        lines=lines,
        due_count=sum(line.next_due_on is not None and not line.overdue and line.next_due_on <= soon for line in lines),
        overdue_count=sum(line.overdue for line in lines),
        names=names_of(tx, {line.facts.physician for line in lines}),
        arm_hidden=not actor.may(queries.SEE_ARM),
        may_enrol=actor.may("trial.enrol"),
    )


def eligibility_view(tx: ReadTx, code: str, actor: Actor) -> EligibilityView:
    """What a physician decides on. Raises NotFound."""
    page = queries.recipient_page(tx, code, actor)
    return EligibilityView(page, page.checks, sum(not check.holds for check in page.checks))


def wristband_view(tx: ReadTx, code: str, actor: Actor) -> WristbandView | None:
    """The wristband that counts, with the name on it; None before randomisation. Raises NotFound."""
    page = queries.recipient_page(tx, code, actor)
    band = queries.live_wristband(tx, code)
    if band is None:
        return None
    return WristbandView(
        page=page,
        band=band,
        person=queries.named(tx, code),
        may_replace=actor.may("trial.replace_wristband"),
        may_print=actor.may("labels.print_label"),
    )


def only_study(tx: ReadTx) -> str | None:
    """The study of a house that has one; None where there is none or a choice."""
    known = queries.studies(tx)
    return known[0].code if len(known) == 1 else None


def criterion_names(study: StudyDefinition, language: str) -> dict[str, str]:
    """What each criterion asks, in the reader's language."""
    return {question.code: question.title.say(language) for question in study.eligibility.questions}
