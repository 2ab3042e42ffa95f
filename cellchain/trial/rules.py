"""What may happen in a trial. Facts in, a named refusal out; nothing here knows a database or reads a clock."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from cellchain.kernel.errors import Invalid, Refused
from cellchain.kernel.text import T
from cellchain.kernel.units import percent_permille
from cellchain.kernel.values import dataclass
from cellchain.manufacturing.rules.lifecycles import Content
from cellchain.trial.definition import Limit, Measure, Product, Schedule, StudyDefinition
from cellchain.trial.lifecycles import (
    ON_STUDY,
    WAITING,
    AssignmentPhase,
    InfusionPhase,
    RecipientPhase,
    Sex,
    StudyPhase,
)

PERMILLE_PER_PERCENT = 10
APART_PERMILLE = 5 * PERMILLE_PER_PERCENT  # farther apart, a typed share of predicted and ours are worth a look
FIRST_INFUSION_WITHIN_DAYS = 366


@dataclass(frozen=True)
class RecipientFacts:
    """A recipient without name, date of birth and arm: what every role that may read the trial may know."""

    code: str
    study: str
    site: str
    phase: RecipientPhase
    sex: Sex
    weight_g: int
    height_mm: int
    physician: str
    enrolled_at: datetime
    chain_of_identity: str | None
    randomised_at: datetime | None

    @property
    def on_treatment(self) -> bool:
        """Whether infusions may go on."""
        return self.phase == RecipientPhase.RANDOMISED


@dataclass(frozen=True)
class InfusionFacts:
    """One infusion of a recipient's plan. `total` is how many the whole plan has."""

    id: int
    recipient: str
    number: int
    total: int
    course: int
    dose_in_course: int
    due_on: date
    window_from: date
    window_until: date
    phase: InfusionPhase
    dose_cells_count: int | None = None
    weight_g: int | None = None
    ordered_by: str | None = None
    ordered_at: datetime | None = None

    def is_overdue(self, today: date) -> bool:
        """Whether its window closed before it was given or given up."""
        return self.phase in WAITING and today > self.window_until


@dataclass(frozen=True)
class BaselineFigures:
    """Lung function at baseline and about a year before: mL, µmol/min/kPa, tenths of a percent of predicted."""

    age_years: int
    fvc_ml: int
    fvc_percent_permille: int
    fev1_ml: int
    dlco_umol_min_kpa: int
    dlco_percent_permille: int
    fvc_before_ml: int
    dlco_before_umol_min_kpa: int
    fvc_reckoned_permille: int | None = None
    dlco_reckoned_permille: int | None = None

    def reckoned(self, measure: Measure) -> int | None:
        """The share of predicted by the house's own equations; None for what is typed by nobody, or not covered."""
        return {
            Measure.FVC_PERCENT: self.fvc_reckoned_permille,
            Measure.DLCO_PERCENT: self.dlco_reckoned_permille,
        }.get(measure)

    def value(self, measure: Measure) -> int:
        """What `measure` came to: years, or tenths of a percent."""
        return {
            Measure.AGE_YEARS: self.age_years,
            Measure.FVC_PERCENT: self.fvc_percent_permille,
            Measure.DLCO_PERCENT: self.dlco_percent_permille,
            Measure.FVC_DECLINE_PERCENT: decline_permille(self.fvc_before_ml, self.fvc_ml),
            Measure.DLCO_DECLINE_PERCENT: decline_permille(self.dlco_before_umol_min_kpa, self.dlco_umol_min_kpa),
            Measure.FEV1_FVC_PERCENT: percent_permille(self.fev1_ml, self.fvc_ml),
        }[measure]


@dataclass(frozen=True)
class LimitCheck:
    """A computed eligibility rule and what it found.

    `reckoned` is the same share of predicted by the reference equations. It decides nothing: the study's limit bounds
    what the laboratory reported.
    """

    limit: Limit
    value: int
    holds: bool
    reckoned: int | None = None

    @property
    def differs(self) -> bool:
        """Whether the reported share and the reckoned one are more than five points apart."""
        return self.reckoned is not None and abs(self.value - self.reckoned) > APART_PERMILLE

    @property
    def in_permille(self) -> bool:
        """Whether `value` is tenths of a percent (otherwise years)."""
        return self.limit.measure is not Measure.AGE_YEARS


@dataclass(frozen=True)
class BagFacts:
    """What assigning needs to know of a bag. `latest` is how its newest assignment stands, if it had one."""

    code: str
    content: Content
    study: str | None
    cells_count: int | None
    filled: bool
    expires_at: datetime
    latest: AssignmentPhase | None


@dataclass(frozen=True)
class PlannedDates:
    """One infusion of a plan before it is stored."""

    number: int
    course: int
    dose_in_course: int
    due_on: date
    window_from: date
    window_until: date


def decline_permille(before: int, now: int) -> int:
    """By how much a value fell, in tenths of a percent of what it was; negative where it rose."""
    return percent_permille(before - now, before)


def age_years(born: date, on: date) -> int:
    """Completed years of age."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


# -- enrolment ---------------------------------------------------------------------------------------------------------


def study_is_open(phase: str) -> None:
    """Raises Refused: a closed study takes nobody."""
    if phase != StudyPhase.OPEN:
        raise Refused("study.closed", "This study is closed. Nobody is enrolled or randomised in it any more.")


def may_close(treated_count: int) -> None:
    """Raises Refused while somebody is on treatment."""
    if treated_count:
        raise Refused(
            "study.in_treatment",
            "{count} recipients are on treatment. Close the study when nobody is.",
            count=treated_count,
        )


def is_site(definition: StudyDefinition, site: str) -> None:
    """Raises Refused where the site is not in the study."""
    if site not in {known.code for known in definition.sites}:
        raise Refused("study.unknown_site", "“{site}” is no site of this study. Choose one of its sites.", site=site)


def may_enrol(study_phase: str, definition: StudyDefinition, site: str, born: date, today: date) -> None:
    """Raises Refused where the study is closed, the site is not in it, or the date of birth is none."""
    study_is_open(study_phase)
    is_site(definition, site)
    if born >= today:
        raise Refused(
            "recipient.born_in_future", "The date of birth lies in the future. Check it against the passport."
        )


def has_consent(given: bool) -> None:
    """Raises Refused: nothing of the study is done with somebody who did not consent."""
    if not given:
        raise Refused("consent.missing", "There is no consent. Record the signed consent first.")


def may_consent(phase: str, version: str, in_force: str | None) -> None:
    """Raises Refused: whoever left the study is not brought back by a form, and an old form is not signed any more."""
    if phase not in ON_STUDY:
        raise Refused(
            "consent.left_study", "This recipient has left the study. Enrol them anew if they want to return."
        )
    if in_force is not None and version != in_force:
        raise Refused(
            "consent.other_form",
            "The consent form in force is version {version}. Let the recipient read and sign that one.",
            version=in_force,
        )


def may_record_baseline(phase: str, measured_on: date, before_on: date, today: date) -> None:
    """Raises Refused where the decision was made already or the dates cannot be."""
    if phase != RecipientPhase.ENROLLED:
        raise Refused("baseline.too_late", "Eligibility was decided on the baseline. It is not replaced afterwards.")
    if measured_on > today:
        raise Refused("baseline.in_future", "A measurement is recorded once it was made. Check the date.")
    if before_on >= measured_on:
        raise Refused("baseline.order", "The earlier measurement was made before the baseline. Check the two dates.")


def check_limits(definition: StudyDefinition, figures: BaselineFigures) -> tuple[LimitCheck, ...]:
    """Each computed eligibility rule of the study with the value it found."""
    return tuple(_check_limit(limit, figures) for limit in definition.eligibility.limits)


def _check_limit(limit: Limit, figures: BaselineFigures) -> LimitCheck:
    value = figures.value(limit.measure)
    scale = 1 if limit.measure is Measure.AGE_YEARS else PERMILLE_PER_PERCENT
    holds = (
        (limit.at_least is None or value >= limit.at_least * scale)
        and (limit.at_most is None or value <= limit.at_most * scale)
        and (limit.above is None or value > limit.above * scale)
    )
    return LimitCheck(limit, value, holds, figures.reckoned(limit.measure))


def may_confirm_eligibility(
    definition: StudyDefinition, figures: BaselineFigures, answers: Mapping[str, bool]
) -> tuple[LimitCheck, ...]:
    """The computed checks, all of which hold.

    Raises Invalid for an answer to no question, Refused for a question without an answer, a criterion that is not met,
    an exclusion that applies, or a figure outside its limit.
    """
    asked = {question.code for question in definition.eligibility.questions}
    unknown = sorted(set(answers) - asked)
    if unknown:
        raise Invalid({"answers": T("“{code}” is no criterion of this study.", code=unknown[0])})
    for question in definition.eligibility.questions:
        if question.code not in answers:
            raise Refused(
                "eligibility.unanswered",
                "“{criterion}” has no answer. Answer every criterion.",
                criterion=question.code,
            )
    for question in definition.eligibility.inclusions:
        if not answers[question.code]:
            raise Refused(
                "eligibility.not_met",
                "“{criterion}” is not met. This person cannot be randomised.",
                criterion=question.code,
            )
    for question in definition.eligibility.exclusions:
        if answers[question.code]:
            raise Refused(
                "eligibility.excluded",
                "“{criterion}” excludes this person. They cannot be randomised.",
                criterion=question.code,
            )
    checks = check_limits(definition, figures)
    for check in checks:
        if not check.holds:
            raise Refused(
                "eligibility.outside_limit",
                "“{criterion}” does not hold by the baseline. This person cannot be randomised.",
                criterion=check.limit.code,
            )
    return checks


# -- randomisation -----------------------------------------------------------------------------------------------------


def may_randomise(committed_by: str, person: str, randomised_count: int, enrolment: int) -> None:
    """Raises Refused where the study is full, or who made the list would reveal it."""
    if committed_by == person:
        raise Refused("allocation.own_list", "You committed this list. Somebody else has to randomise.")
    if randomised_count >= enrolment:
        raise Refused(
            "study.full", "All {count} places of this study are taken. Nobody else is randomised.", count=enrolment
        )


# -- wristbands --------------------------------------------------------------------------------------------------------


def may_replace_wristband(phase: str, person: str, witness: str) -> None:
    """Raises Refused unless two people replace the band of somebody who is in the study."""
    if witness == person:
        raise Refused("wristband.same_person", "Two people replace a wristband. Name the other one as witness.")
    if phase not in (RecipientPhase.RANDOMISED, RecipientPhase.DISCONTINUED):
        raise Refused("wristband.not_in_study", "This recipient wears no wristband of the study. Nothing was replaced.")


# -- the plan ----------------------------------------------------------------------------------------------------------


def on_treatment(phase: str) -> None:
    """Raises Refused: only somebody randomised, and not withdrawn since, is treated."""
    if phase != RecipientPhase.RANDOMISED:
        raise Refused(
            "recipient.not_on_treatment", "This recipient is not on treatment. Nothing more is planned for them."
        )


def may_plan(planned_count: int, first_on: date, today: date) -> None:
    """Raises Refused where there is a plan already, or it would begin in the past or too far ahead."""
    if planned_count:
        raise Refused("infusion.already_planned", "The infusions are planned. Reschedule the one that has to move.")
    if not today <= first_on <= today + timedelta(days=FIRST_INFUSION_WITHIN_DAYS):
        raise Refused(
            "infusion.date_out_of_range", "The first infusion lies within the next twelve months. Check the date."
        )


def plan(schedule: Schedule, first_on: date) -> list[PlannedDates]:
    """Every infusion of the treatment, from the first day on."""
    made = []
    for course in range(schedule.courses):
        for dose in range(schedule.doses_in_course):
            offset = course * schedule.days_between_courses + dose * schedule.days_between_doses
            due_on = first_on + timedelta(days=offset)
            number = course * schedule.doses_in_course + dose + 1
            made.append(PlannedDates(number, course + 1, dose + 1, due_on, *window(schedule, due_on)))
    return made


def window(schedule: Schedule, due_on: date) -> tuple[date, date]:
    """The days on which an infusion due on `due_on` may be given."""
    return due_on - timedelta(days=schedule.window_before_days), due_on + timedelta(days=schedule.window_after_days)


def may_reschedule(infusion: InfusionFacts, plan_: Sequence[InfusionFacts], due_on: date, today: date) -> None:
    """Raises Refused where the new day is past, or would change the order of the plan."""
    if due_on < today:
        raise Refused("infusion.date_out_of_range", "An infusion is moved to today or later. Check the date.")
    for other in plan_:
        if other.phase == InfusionPhase.CANCELLED or other.number == infusion.number:
            continue
        earlier = other.number < infusion.number
        if other.due_on >= due_on if earlier else other.due_on <= due_on:
            raise Refused(
                "infusion.out_of_order",
                "Infusion {number} is due on {day}. Move that one first, or choose another day.",
                number=other.number,
                day=other.due_on,
            )


def is_whose(recipient: str, named: str | None) -> None:
    """Raises Refused where the recipient named beside an infusion is not the one it is planned for."""
    if named is not None and named != recipient:
        raise Refused(
            "infusion.other_recipient", "This infusion is planned for somebody else. Open the recipient's page again."
        )


def may_order(definition: StudyDefinition, dose_cells_count: int) -> None:
    """Raises Refused where the dose is not the study's."""
    product = definition.product
    if not product.dose_cells_least <= dose_cells_count <= product.dose_cells_most:
        raise Refused(
            "infusion.dose",
            "The dose is not the study's: {least} to {most} cells. Check the order.",
            least=product.dose_cells_least,
            most=product.dose_cells_most,
        )


def next_open(plan_: Sequence[InfusionFacts]) -> InfusionFacts | None:
    """The infusion whose turn it is: the lowest number that is neither given, missed nor cancelled."""
    waiting = [one for one in plan_ if one.phase in WAITING]
    return min(waiting, key=lambda one: one.number, default=None)


# -- assignment --------------------------------------------------------------------------------------------------------


def bag_may_be_assigned(bag: BagFacts, now: datetime) -> None:
    """Raises Refused where the bag is not filled, is somebody's, was somebody's, or is too old."""
    if not bag.filled:
        raise Refused("bag.not_filled", "This bag is not filled. Scan a filled infusion bag.")
    if bag.latest == AssignmentPhase.LIVE:
        raise Refused("bag.assigned", "This bag is assigned. Release that assignment first, or take another bag.")
    if bag.latest in (AssignmentPhase.USED, AssignmentPhase.RETURNED):
        raise Refused("bag.issued_before", "This bag was issued once. It is not issued again; take another bag.")
    if bag.expires_at <= now:
        raise Refused("bag.expired", "This bag is past its expiry. Take another bag.")


def bag_fits(bag: BagFacts, *, study: str, content: Content, product: Product) -> None:
    """Raises Refused where the bag is another study's, or does not hold what the recipient's arm calls for.

    The sentence about the arm names no arm: it is read at the bench, and stored with the refusal.
    """
    if bag.study is not None and bag.study != study:
        raise Refused("bag.other_study", "This bag was made for another study. Take a bag of this one.")
    if bag.content != content:
        raise Refused("bag.wrong_arm", "This bag is not for this recipient. Take the bag that the order calls for.")
    if content is not Content.MSC:
        return
    if bag.cells_count is None or not product.dose_cells_least <= bag.cells_count <= product.dose_cells_most:
        raise Refused(
            "bag.dose",
            "The cells in this bag are not the study's dose, {least} to {most}. Take another bag.",
            least=product.dose_cells_least,
            most=product.dose_cells_most,
        )


def turn_of(plan_: Sequence[InfusionFacts], today: date) -> InfusionFacts:
    """The infusion that a bag may be assigned to today. Raises Refused where none is left or its window is not open."""
    turn = next_open(plan_)
    if turn is None:
        raise Refused("infusion.none_left", "No infusion of this recipient is open. Plan the infusions first.")
    if today < turn.window_from:
        raise Refused(
            "infusion.not_yet",
            "This infusion may be given from {day} on. Reschedule it to give it earlier.",
            day=turn.window_from,
        )
    if today > turn.window_until:
        raise Refused(
            "infusion.window_closed",
            "The window of this infusion closed on {day}. Reschedule it first.",
            day=turn.window_until,
        )
    return turn


def may_release_assignment(at_ward: bool, signed_by: str | None) -> None:
    """Raises Refused once the ward has the bag (it comes back by return, or is given), or while a release waits."""
    if at_ward:
        raise Refused("assignment.at_ward", "The ward has this bag. It comes back as a return, not by a release.")
    if signed_by is not None:
        raise Refused("assignment.release_signed", "This release is signed. It waits for a second person's signature.")


# -- unblinding --------------------------------------------------------------------------------------------------------


def may_report_unblinding(randomised: bool) -> None:
    """Raises Refused where there is no arm to learn."""
    if not randomised:
        raise Refused(
            "unblinding.no_arm", "This recipient has no arm yet, so nobody can have learned it. Check the code."
        )
