"""From enrolment to the physician's signed eligibility."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, Field

from cellchain.accounts import queries as accounts
from cellchain.accounts.rules import Role
from cellchain.identity.codes import Kind, PersonCode, RecipientCode
from cellchain.identity.numbering import issue
from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import Invalid, Refused
from cellchain.kernel.text import T
from cellchain.kernel.units import MILLI
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries, rules, statements
from cellchain.trial.commands.studies import StudyCode
from cellchain.trial.lifecycles import CONSENT, OFFICE, RECIPIENT, ConsentPhase, RecipientPhase, Sex, SiteDuty
from cellchain.trial.lung import equations
from cellchain.trial.lung import rules as lung
from cellchain.trial.models import NAME_LENGTH, VERSION_LENGTH, Baseline, Consent, EligibilityDecision, Recipient, Study
from cellchain.trial.setup import queries as setup
from cellchain.trial.setup import rules as setup_rules

MM_PER_CM = 10
MILLI_DECIMALS = 3
Litres = Annotated[Decimal, Field(gt=0, le=15, decimal_places=2)]
Diffusion = Annotated[Decimal, Field(gt=0, le=30, decimal_places=2)]
PredictedPermille = Annotated[int, Field(ge=1, le=2_500)]


class OfRecipient(Order):
    """Which recipient."""

    recipient: Annotated[RecipientCode, Field(title="Recipient")]


class RecipientResult(CommandResult):
    """A recipient and where they stand now."""

    recipient: str
    phase: str


class Enrol(Order):
    """Somebody who may take part. Name and date of birth are encrypted and never in the ledger."""

    study: StudyCode
    site: Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,20}$", title="Site")]
    name: Annotated[Text, Field(min_length=1, max_length=NAME_LENGTH, title="Full name", repr=False)]
    born: Annotated[Day, Field(title="Date of birth", repr=False)]
    sex: Annotated[Sex, Field(title="Sex")]
    height_cm: Annotated[Decimal, Field(ge=100, le=250, decimal_places=1, title="Height")]
    weight_kg: Annotated[Decimal, Field(ge=25, le=300, decimal_places=1, title="Weight")]
    physician: Annotated[PersonCode, Field(title="Treating physician")]


@command(event="trial:recipient:enrolled")
def enrol(tx: CommandTx, by: Actor, order: Enrol) -> RecipientResult:
    """Enrol somebody: from here on they are a code."""
    study = tx.lock(Study, order.study)
    known = queries.study_definition(tx, study.code)
    rules.may_enrol(study.phase, known, order.site, order.born, tx.today)
    setup_rules.has_list(queries.commitment_of(tx, study.code) is not None)
    setup.named_for(tx, known, order.site, by.person, *OFFICE)
    if accounts.active_person(tx, order.physician) is None or Role.PHYSICIAN not in accounts.roles_of(
        tx, order.physician
    ):
        raise Refused("recipient.no_physician", "This is no physician who works here. Choose the treating physician.")
    recipient = tx.add(
        Recipient(
            code=issue(tx, Kind.RECIPIENT),
            study=study.code,
            site=order.site,
            physician=order.physician,
            name=order.name,
            born=order.born.isoformat(),
            sex=order.sex,
            height_mm=int(order.height_cm * MM_PER_CM),
            weight_g=int(order.weight_kg * MILLI),
            enrolled_at=tx.happened_at,
            enrolled_by=by.person,
            study_version=study.version,
            phase=RecipientPhase.ENROLLED,
        )
    )
    tx.about(recipient.code)
    tx.note(study=study.code)
    return RecipientResult(recipient=recipient.code, phase=recipient.phase)


class RecordConsent(OfRecipient):
    """A consent that was signed on paper."""

    version: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=VERSION_LENGTH,
            title="Version of the consent form",
            description="As printed on it.",
        ),
    ]


@command(event="trial:consent:given", subject="recipient")
def record_consent(tx: CommandTx, by: Actor, order: RecordConsent) -> RecipientResult:
    """Record a signed consent. A newer version replaces the one before; a withdrawal is never undone by it.

    Whoever signs the form in force goes under the amendments that waited for it.
    """
    recipient = tx.lock(Recipient, order.recipient)
    study = tx.get(Study, recipient.study)
    known = queries.study_definition(tx, study.code)
    rules.may_consent(recipient.phase, order.version, known.consent_form)
    setup.named_for(tx, known, recipient.site, by.person, *OFFICE)
    standing = tx.one(statements.GIVEN_CONSENT, recipient=recipient.code)
    if standing is not None:
        held = tx.lock(Consent, standing.id)
        tx.change(held, phase=CONSENT.move("record_consent", held.phase), ended_at=tx.now)
    tx.add(
        Consent(
            recipient=recipient.code,
            version=order.version,
            study_version=study.version,
            given_at=tx.happened_at,
            recorded_by=by.person,
            phase=ConsentPhase.GIVEN,
        )
    )
    version = setup.version_after_consent(tx, study.code, recipient.study_version)
    if version != recipient.study_version:
        recipient = tx.change(recipient, study_version=version)
        tx.note(study_version=version)
    return RecipientResult(recipient=recipient.code, phase=recipient.phase)


class RecordBaseline(OfRecipient):
    """Lung function and walk at baseline, and lung function about a year before it."""

    measured_on: Annotated[Day, Field(title="Measured on")]
    fvc_litres: Annotated[
        Litres, Field(title="FVC, L", description="The largest of three acceptable, for example 2.31.")
    ]
    fvc_predicted_permille: Annotated[PredictedPermille, Field(title="FVC of predicted")]
    fev1_litres: Annotated[Litres, Field(title="FEV1, L")]
    dlco_mmol: Annotated[Diffusion, Field(title="DLCO, mmol/min/kPa", description="For example 3.12.")]
    dlco_predicted_permille: Annotated[PredictedPermille, Field(title="DLCO of predicted")]
    walk_metres: Annotated[int, Field(ge=0, le=1_500, title="Six-minute walk")]
    before_on: Annotated[Day, Field(title="Earlier measurement on", description="About twelve months before.")]
    fvc_before_litres: Annotated[Litres, Field(title="FVC then, L")]
    dlco_before_mmol: Annotated[Diffusion, Field(title="DLCO then, mmol/min/kPa")]


class BaselineResult(CommandResult):
    """A baseline and the falls computed from it, in tenths of a percent."""

    recipient: str
    baseline: int
    fvc_decline_permille: int
    dlco_decline_permille: int


@command(event="trial:baseline:recorded", subject="recipient")
def record_baseline(tx: CommandTx, by: Actor, order: RecordBaseline) -> BaselineResult:
    """Record the baseline. The newest one counts until eligibility is decided on it."""
    recipient = tx.lock(Recipient, order.recipient)
    rules.has_consent(queries.consent_given(tx, recipient.code))
    setup.named_for(tx, queries.study_of(tx, recipient.code), recipient.site, by.person, *OFFICE)
    rules.may_record_baseline(recipient.phase, order.measured_on, order.before_on, tx.today)
    if order.fev1_litres > order.fvc_litres:
        raise Invalid({"fev1_litres": T("FEV1 is at most FVC. Check both values.")})
    baseline = tx.add(
        Baseline(
            recipient=recipient.code,
            measured_on=order.measured_on,
            fvc_ml=int(order.fvc_litres * MILLI),
            fvc_percent_permille=order.fvc_predicted_permille,
            fev1_ml=int(order.fev1_litres * MILLI),
            dlco_umol_min_kpa=int(order.dlco_mmol * MILLI),
            dlco_percent_permille=order.dlco_predicted_permille,
            walk_m=order.walk_metres,
            before_on=order.before_on,
            fvc_before_ml=int(order.fvc_before_litres * MILLI),
            dlco_before_umol_min_kpa=int(order.dlco_before_mmol * MILLI),
            height_mm=recipient.height_mm,
            recorded_by=by.person,
            recorded_at=tx.now,
            **_against_predicted(tx, recipient, order),
        )
    )
    return BaselineResult(
        recipient=recipient.code,
        baseline=baseline.id or 0,
        fvc_decline_permille=rules.decline_permille(baseline.fvc_before_ml, baseline.fvc_ml),
        dlco_decline_permille=rules.decline_permille(baseline.dlco_before_umol_min_kpa, baseline.dlco_umol_min_kpa),
    )


def _against_predicted(tx: CommandTx, recipient: Recipient, order: RecordBaseline) -> dict[str, Any]:
    """What the reference equations say of the raw values, with the age on that day."""
    body = equations.Body(recipient.sex, queries.born_on(tx, recipient.code), recipient.height_mm)
    values = {
        ("fvc", "L"): int(order.fvc_litres * MILLI),
        ("fev1", "L"): int(order.fev1_litres * MILLI),
        ("dlco", "mmol/min/kPa"): int(order.dlco_mmol * MILLI),
    }
    return lung.kept_together(equations.judge_all(values, MILLI_DECIMALS, body, order.measured_on))


class CriterionAnswer(BaseModel, frozen=True, extra="forbid"):
    """One criterion, and whether it is true of the recipient."""

    criterion: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", title="Criterion")]
    applies: Annotated[bool, Field(title="True of this recipient")]


class ConfirmEligibility(OfRecipient):
    """The physician's answers. What can be computed is computed from the baseline and has no field here."""

    answers: Annotated[tuple[CriterionAnswer, ...], Field(max_length=80, title="Criteria")]


def _decided(tx: CommandTx, order: ConfirmEligibility) -> dict[str, Json]:
    """What the signature binds: the answers, and the baseline they were given on."""
    decision = tx.one(statements.DECISION, recipient=order.recipient)
    return {
        "recipient": str(order.recipient),
        "answers": {answer.criterion: answer.applies for answer in order.answers},
        "baseline": None if decision is None else decision.baseline,
        "definition": None if decision is None else decision.definition_hash,
    }


@command(
    event="trial:eligibility:confirmed",
    subject="recipient",
    signature="I have examined this person and confirm that they are eligible",
    signs=_decided,
)
def confirm_eligibility(tx: CommandTx, by: Actor, order: ConfirmEligibility) -> RecipientResult:
    """Sign that somebody meets the study's criteria: every one answered, every computed limit held."""
    recipient = tx.lock(Recipient, order.recipient)
    phase = RECIPIENT.move("confirm_eligibility", recipient.phase)
    rules.has_consent(queries.consent_given(tx, recipient.code))
    setup_rules.consent_is_current(setup.is_reconsent_due(tx, recipient))
    baseline = queries.baseline_of(tx, recipient.code)
    if baseline is None:
        raise Refused("baseline.missing", "There is no baseline. Record lung function first.")
    known = queries.study_of(tx, recipient.code)
    setup.named_for(tx, known, recipient.site, by.person, SiteDuty.INVESTIGATOR)
    answers = {answer.criterion: answer.applies for answer in order.answers}
    if len(answers) != len(order.answers):
        raise Invalid({"answers": T("A criterion is answered once. Leave the second answer out.")})
    figures = queries.baseline_figures(tx, recipient.code, baseline)
    rules.may_confirm_eligibility(known, figures, answers)
    tx.add(
        EligibilityDecision(
            recipient=recipient.code,
            baseline=baseline.id or 0,
            answers=answers,
            definition_hash=known.hash,
            decided_by=by.person,
            decided_at=tx.now,
        )
    )
    recipient = tx.change(recipient, phase=phase)
    return RecipientResult(recipient=recipient.code, phase=recipient.phase)
