"""Reading the trial. What bedside and follow-up ask stands first, what pages show after it, edges for trace last.

Nothing here reads a name unless it says so, and an arm leaves only for who may see it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Worded
from cellchain.manufacturing.rules.lifecycles import Content
from cellchain.platform.db import ReadTx, kept
from cellchain.trial import definition, rules
from cellchain.trial import statements as find
from cellchain.trial.definition import StudyDefinition
from cellchain.trial.lifecycles import AssignmentPhase, InfusionPhase, RecipientPhase, StudyPhase, WristbandPhase
from cellchain.trial.lung.rules import told_of
from cellchain.trial.models import (
    Assignment,
    Baseline,
    Consent,
    Departure,
    EligibilityDecision,
    PlannedInfusion,
    Study,
    Unblinding,
    Wristband,
)
from cellchain.trial.rules import BaselineFigures, InfusionFacts, LimitCheck, RecipientFacts

SEE_ARM = "trial.see_arm"
SEE_NAME = "trial.see_name"
READ = "trial.read"
READ_BLIND = "trial.read_blind"
DEFINITIONS_KEPT_MAX = 64
RECIPIENTS_MAX = 1_000
PLAN_MAX = 1_000

# Definitions never change, so each is parsed once a process, under its own hash.
_definitions: dict[str, StudyDefinition] = {}


@dataclass(frozen=True)
class WristbandFacts:
    """A wristband: whose it is, and whether it still counts."""

    code: str
    recipient: str
    live: bool


@dataclass(frozen=True)
class AssignmentFacts:
    """A bag's tie to (chain of identity, infusion `number` of `total`)."""

    id: int
    bag: str
    recipient: str
    chain_of_identity: str
    planned_infusion: int
    number: int
    total: int
    phase: AssignmentPhase
    assigned_at: datetime
    assigned_by: str


@dataclass(frozen=True)
class BedsideFacts:
    """A recipient as a bedside looks at one. `content` tells the arm: no page or answer shows it."""

    facts: RecipientFacts
    study: StudyDefinition
    consent_given: bool
    content: Content | None
    following: InfusionFacts | None  # the next one that is open, while they are on treatment

    def due_on(self, day: date) -> InfusionFacts | None:
        """The infusion whose window holds a day of the site."""
        turn = self.following
        return turn if turn is not None and turn.window_from <= day <= turn.window_until else None


# -- asked by packages above -----------------------------------------------------------------------------------------


def recipient_facts(tx: ReadTx, code: str) -> RecipientFacts:
    """A recipient without name and arm. Raises NotFound."""
    row = tx.one(find.FACTS_OF, recipient=code)
    if row is None:
        raise NotFound("record.not_found", "{key} is not known here. Scan the label again.", key=code)
    return RecipientFacts(*row)


def physician_of(tx: ReadTx, recipient: str) -> str | None:
    """Who treats a recipient; None for a code that is no recipient of ours."""
    row = tx.one(find.FACTS_OF, recipient=recipient)
    return None if row is None else RecipientFacts(*row).physician


def recipient_by_wristband(tx: ReadTx, wristband: str) -> WristbandFacts | None:
    """Whose wristband this is, live or void; None for a code that is no wristband of ours."""
    row = tx.find(Wristband, wristband)
    return None if row is None else WristbandFacts(row.code, row.recipient, row.phase == WristbandPhase.LIVE)


def thing_of(tx: ReadTx, code: str) -> str:
    """The recipient who wears this wristband. Raises NotFound `wristband.unknown`, Refused `wristband.void`."""
    band = recipient_by_wristband(tx, code)
    if band is None:
        raise NotFound("wristband.unknown", "This wristband is not known here. Call the trial office.")
    if not band.live:
        raise Refused("wristband.void", "This wristband was replaced. Scan the one that the recipient wears now.")
    return band.recipient


def live_wristband(tx: ReadTx, recipient: str) -> str | None:
    """The code of the band that counts, or None before randomisation."""
    row = tx.one(find.LIVE_BAND, recipient=recipient)
    return None if row is None else row.code


def recipient_of_chain(tx: ReadTx, chain_of_identity: str) -> str | None:
    """The recipient whose therapy bears this chain-of-identity number."""
    return tx.one(find.BY_CHAIN, chain=chain_of_identity)


def study_of(tx: ReadTx, recipient: str) -> StudyDefinition:
    """The definition of the study that a recipient is in, in the version that they are under. Raises NotFound."""
    row = tx.one(find.STUDY_HASH, recipient=recipient)
    if row is None:
        raise NotFound("record.not_found", "{key} is not known here. Scan the label again.", key=recipient)
    return _definition(tx, *row)


def study_definition(tx: ReadTx, study: str) -> StudyDefinition:
    """The definition of a study in the version that is in force. Raises NotFound."""
    digest = tx.one(find.HASH_OF_STUDY, study=study)
    if digest is None:
        raise NotFound("study.unknown", "There is no study “{study}” here. Check its code.", study=study)
    return _definition(tx, study, digest)


def _definition(tx: ReadTx, study: str, digest: str) -> StudyDefinition:
    known = _definitions.get(digest)
    if known is None:
        if len(_definitions) >= DEFINITIONS_KEPT_MAX:
            _definitions.clear()
        row = tx.one(find.VERSION_BY_HASH, study=study, digest=digest)
        if row is None:
            raise NotFound("study.unknown", "There is no study “{study}” here. Check its code.", study=study)
        known = _definitions[digest] = definition.from_document(row.definition)
    return known


def studies(tx: ReadTx) -> list[Study]:
    """Every study of this installation."""
    return tx.many(find.STUDIES, limit=RECIPIENTS_MAX)


def listed_studies(tx: ReadTx) -> list[tuple[str, str | Worded]]:
    """The open studies by code, for whoever chooses one."""
    return [(study.code, study.title) for study in studies(tx) if study.phase == StudyPhase.OPEN]


def consent_given(tx: ReadTx, recipient: str) -> bool:
    """Whether the recipient's consent stands."""
    return tx.one(find.GIVEN_CONSENT, recipient=recipient) is not None


def plan_of(tx: ReadTx, recipient: str) -> list[InfusionFacts]:
    """The whole infusion plan in order; empty before planning."""
    rows = tx.many(find.PLAN, limit=PLAN_MAX, recipient=recipient)
    return [infusion_of(row, len(rows)) for row in rows]


def infusion_facts(tx: ReadTx, planned_infusion: int) -> InfusionFacts:
    """One planned infusion. Raises NotFound."""
    recipient = tx.get(PlannedInfusion, planned_infusion).recipient
    return next(one for one in plan_of(tx, recipient) if one.id == planned_infusion)


def due_infusion(tx: ReadTx, recipient: str, now: datetime) -> InfusionFacts | None:
    """The infusion whose turn it is and whose window is open at `now`, of somebody on treatment; else None."""
    turn, day = _following(tx, recipient_facts(tx, recipient)), tx.day_of(now)
    return turn if turn is not None and turn.window_from <= day <= turn.window_until else None


def _following(tx: ReadTx, facts: RecipientFacts) -> InfusionFacts | None:
    row = tx.one(find.NEXT_OPEN, recipient=facts.code) if facts.on_treatment else None
    return None if row is None else infusion_of(*row)


@kept
def at_bedside(tx: ReadTx, recipient: str) -> BedsideFacts:
    """Everything that a check rests on at the recipient's side. Two selects: a bedside waits. Raises NotFound."""
    row = tx.one(find.AT_BEDSIDE, recipient=recipient)
    if row is None:
        raise NotFound("record.not_found", "{key} is not known here. Scan the label again.", key=recipient)
    *known, arm, digest, consented = row
    facts = RecipientFacts(*known)
    study = _definition(tx, facts.study, digest)
    content = None if arm is None else study.arm(arm).content
    return BedsideFacts(facts, study, consented, content, _following(tx, facts))


def assignment_of(tx: ReadTx, bag: str) -> AssignmentFacts | None:
    """The live assignment of a bag, or None."""
    row = tx.one(find.LIVE_ASSIGNMENT, bag=bag)
    return None if row is None else _assignment(tx, row)


def phases_of(tx: ReadTx, recipients: Sequence[str]) -> dict[str, RecipientPhase]:
    """Where each of many recipients stands."""
    return {recipient: phase for phase, recipient in tx.rows(find.PHASE_OF, "recipient", recipients)}


def last_assignment_of(tx: ReadTx, bag: str) -> AssignmentFacts | None:
    """The newest assignment of a bag, however it ended, or None for a bag that never had one."""
    row = tx.one(find.ASSIGNMENTS_OF_BAG, bag=bag)
    return None if row is None else _assignment(tx, row)


def assignments_of(tx: ReadTx, recipient: str) -> list[AssignmentFacts]:
    """Every assignment of a recipient, in the order they were made."""
    return [_assignment(tx, row) for row in tx.many(find.ASSIGNMENTS_OF, limit=PLAN_MAX, recipient=recipient)]


def content_for(tx: ReadTx, recipient: str) -> Content | None:
    """What the bag of this recipient's arm holds, for the system's own checks; None before randomisation.

    It tells the arm: no page, answer or label shows it unless the reader may see arms.
    """
    arm = tx.one(find.ARM_OF, recipient=recipient)
    return None if arm is None else study_of(tx, recipient).arm(arm).content


def arm_of(tx: ReadTx, recipient: str, actor: Actor) -> str | None:
    """The arm's code for who may see arms; None for everybody else and before randomisation."""
    return tx.one(find.ARM_OF, recipient=recipient) if actor.may(SEE_ARM) else None


def arms_of(tx: ReadTx, study: str) -> dict[str, str]:
    """Every arm that is known, by recipient: for an analysis. Whoever calls this has asked who may compare arms."""
    return {code: arm for code, arm in tx.many(find.ARMS, limit=RECIPIENTS_MAX, study=study) if arm is not None}


def baseline_of(tx: ReadTx, recipient: str) -> Baseline | None:
    """The latest baseline measurements, or None."""
    return tx.one(find.LAST_BASELINE, recipient=recipient)


def baseline_figures(tx: ReadTx, recipient: str, baseline: Baseline) -> BaselineFigures:
    """A baseline with the age at it. Reads the date of birth, and gives no more of it than years."""
    born = date.fromisoformat(tx.one(find.BORN_OF, recipient=recipient) or "")
    fvc, dlco = (told_of(outcome, vars(baseline)) for outcome in ("fvc", "dlco"))
    return BaselineFigures(
        age_years=rules.age_years(born, baseline.measured_on),
        fvc_ml=baseline.fvc_ml,
        fvc_percent_permille=baseline.fvc_percent_permille,
        fev1_ml=baseline.fev1_ml,
        dlco_umol_min_kpa=baseline.dlco_umol_min_kpa,
        dlco_percent_permille=baseline.dlco_percent_permille,
        fvc_before_ml=baseline.fvc_before_ml,
        dlco_before_umol_min_kpa=baseline.dlco_before_umol_min_kpa,
        fvc_reckoned_permille=None if fvc is None else fvc.percent_predicted_permille,
        dlco_reckoned_permille=None if dlco is None else dlco.percent_predicted_permille,
    )


def born_on(tx: ReadTx, recipient: str) -> date:
    """The date of birth, for reference equations. Personal: never shown where a code does."""
    return date.fromisoformat(tx.one(find.BORN_OF, recipient=recipient) or "")


def randomised_count(tx: ReadTx, study: str) -> int:
    """How many recipients of a study are randomised."""
    return tx.one(find.RANDOMISED_COUNT, study=study) or 0


def recipients(tx: ReadTx, study: str) -> list[RecipientFacts]:
    """Every recipient of a study, in the order of their codes."""
    return [RecipientFacts(*row) for row in tx.many(find.ALL_FACTS, limit=RECIPIENTS_MAX, study=study)]


def infusion_of(row: PlannedInfusion, total: int) -> InfusionFacts:
    """A stored infusion as facts; `total` is how many its plan has."""
    return InfusionFacts(
        id=row.id or 0,
        recipient=row.recipient,
        number=row.number,
        total=total,
        course=row.course,
        dose_in_course=row.dose_in_course,
        due_on=row.due_on,
        window_from=row.window_from,
        window_until=row.window_until,
        phase=row.phase,
        dose_cells_count=row.dose_cells_count,
        weight_g=row.weight_g,
        ordered_by=row.ordered_by,
        ordered_at=row.ordered_at,
    )


def _assignment(tx: ReadTx, tied: tuple[Assignment, int, str, str]) -> AssignmentFacts:
    row, number, study, digest = tied
    return AssignmentFacts(
        id=row.id or 0,
        bag=row.bag,
        recipient=row.recipient,
        chain_of_identity=row.chain_of_identity,
        planned_infusion=row.planned_infusion,
        number=number,
        total=_definition(tx, study, digest).schedule.infusions,
        phase=row.phase,
        assigned_at=row.assigned_at,
        assigned_by=row.assigned_by,
    )


# -- pages -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Commitment:
    """What everybody may know of an allocation list. How many rows are left stays with the list."""

    length: int
    root: str
    committed_by: str
    committed_at: datetime
    phase: str


@dataclass(frozen=True)
class StudyPage:
    """A study: its definition, its commitment, and how far enrolment is."""

    code: str
    phase: str
    opened_at: datetime
    opened_by: str
    hash: str
    definition: StudyDefinition
    commitment: Commitment | None
    by_phase: dict[str, int]
    randomised_count: int


@dataclass(frozen=True)
class RecipientLine:
    """A recipient in a list. `arm` is None for who may not see it."""

    facts: RecipientFacts
    arm: str | None
    infused: int
    planned: int
    next_due_on: date | None
    overdue: bool


@dataclass(frozen=True)
class RecipientPage:
    """A recipient as one person may see them: without the right to see arms no arm, bag or account is in it."""

    facts: RecipientFacts
    study: StudyDefinition
    arm: str | None
    arm_hidden: bool
    row_number: int | None
    plan: list[InfusionFacts]
    due: InfusionFacts | None
    bags: dict[int, AssignmentFacts]
    consents: list[Consent]
    consent_given: bool
    baseline: Baseline | None
    checks: tuple[LimitCheck, ...]
    decision: EligibilityDecision | None
    wristbands: list[Wristband]
    departures: list[Departure]
    unblindings: list[Unblinding]


def study_page(tx: ReadTx, study: str) -> StudyPage:
    """A study's page. Raises NotFound."""
    known = study_definition(tx, study)
    row = tx.get(Study, study)
    return StudyPage(
        code=study,
        phase=row.phase,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        hash=row.definition_hash,
        definition=known,
        commitment=commitment_of(tx, study),
        by_phase={str(phase): count for phase, count in tx.many(find.PHASES, limit=RECIPIENTS_MAX, study=study)},
        randomised_count=randomised_count(tx, study),
    )


def commitment_of(tx: ReadTx, study: str) -> Commitment | None:
    """The commitment to a study's list, or None before it."""
    row = tx.one(find.LIST_OF, study=study)
    return None if row is None else Commitment(row.length, row.root, row.committed_by, row.committed_at, row.phase)


def recipient_lines(tx: ReadTx, study: str, actor: Actor) -> list[RecipientLine]:
    """The recipients of a study with how far each plan is, and the arm for who may see it."""
    arms = dict(tx.many(find.ARMS, limit=RECIPIENTS_MAX, study=study)) if actor.may(SEE_ARM) else {}
    due = {recipient: days for recipient, *days in tx.many(find.NEXT_DUE, limit=RECIPIENTS_MAX, study=study)}
    today = tx.today
    counts: Counter[tuple[str, str]] = Counter()
    for recipient, phase, count in tx.many(find.PLANS, limit=RECIPIENTS_MAX * 10, study=study):
        counts[recipient, str(phase)] += count
        counts[recipient, "all"] += count
    lines = []
    for facts in recipients(tx, study):
        # Plans run in order, so that the earliest day and the earliest end of a window are of one infusion.
        due_on, until = due.get(facts.code, (None, None)) if facts.on_treatment else (None, None)
        lines.append(
            RecipientLine(
                facts=facts,
                arm=arms.get(facts.code),
                infused=counts[facts.code, str(InfusionPhase.INFUSED)],
                planned=counts[facts.code, "all"],
                next_due_on=due_on,
                overdue=until is not None and until < today,
            )
        )
    return lines


def recipient_page(tx: ReadTx, code: str, actor: Actor) -> RecipientPage:
    """A recipient's page for `actor`. Raises NotFound."""
    facts = recipient_facts(tx, code)
    known = study_of(tx, code)
    baseline = baseline_of(tx, code)
    row = tx.one(find.ROW_OF, recipient=code)
    sees = actor.may(SEE_ARM)
    return RecipientPage(
        facts=facts,
        study=known,
        arm=arm_of(tx, code, actor),
        arm_hidden=not sees,
        row_number=None if row is None else row[0],
        plan=plan_of(tx, code),
        due=due_infusion(tx, code, tx.now),
        bags={one.planned_infusion: one for one in assignments_of(tx, code) if _stands(one)} if sees else {},
        consents=tx.many(find.CONSENTS, limit=RECIPIENTS_MAX, recipient=code),
        consent_given=consent_given(tx, code),
        baseline=baseline,
        checks=() if baseline is None else rules.check_limits(known, baseline_figures(tx, code, baseline)),
        decision=tx.one(find.DECISION, recipient=code),
        wristbands=tx.many(find.BANDS, limit=RECIPIENTS_MAX, recipient=code),
        # What people wrote about a recipient may tell the arm without naming it.
        departures=tx.many(find.DEPARTURES, limit=RECIPIENTS_MAX, recipient=code) if sees else [],
        unblindings=tx.many(find.UNBLINDINGS, limit=RECIPIENTS_MAX, recipient=code) if sees else [],
    )


def _stands(assignment: AssignmentFacts) -> bool:
    return assignment.phase in (AssignmentPhase.LIVE, AssignmentPhase.USED)


@dataclass(frozen=True)
class Named:
    """A recipient's name and date of birth: for the wristband and the bedside alone."""

    name: str
    born: date


def named(tx: ReadTx, recipient: str) -> Named:
    """The name and date of birth. Raises NotFound. Whoever calls this has asked for the right to see names."""
    row = tx.one(find.NAME_OF, recipient=recipient)
    if row is None:
        raise NotFound("record.not_found", "{key} is not known here. Scan the label again.", key=recipient)
    return Named(row[0], date.fromisoformat(row[1]))
