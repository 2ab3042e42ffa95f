"""What is measured at a visit: lung function, its quality, the six-minute walk; and whether a source says the same."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from cellchain.followup import rules, statements
from cellchain.followup.commands.common import Note, OutcomeCode, VisitId, measure, visit_to_change
from cellchain.followup.lifecycles import Grade, MeasurementPhase
from cellchain.followup.models import UNIT_LENGTH, Measurement, Visit, Walk
from cellchain.kernel.units import MILLI
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial
from cellchain.trial.lifecycles import VISITS
from cellchain.trial.lung import rules as lung
from cellchain.trial.setup import queries as setup

TENTHS = 10
FVC, FEV1, DLCO, WALK = "fvc", "fev1", "dlco", "six_minute_walk"
Value = Annotated[Decimal, Field(gt=0, le=100_000, decimal_places=6)]
Graded = Annotated[Grade, Field(title="Quality grade", description="As the report grades it, A to F, or U.")]
Why = Annotated[Note | None, Field(title="Why it is corrected", description="Only where a value stands.")]
Saturation = Annotated[int, Field(ge=30, le=100)]
Borg = Annotated[Decimal, Field(ge=0, le=10, decimal_places=1)]


class RecordMeasurement(Order):
    """One outcome at one visit, in the study's unit."""

    visit: VisitId
    outcome: OutcomeCode
    value: Annotated[Value, Field(title="Value", description="For example 2.41.")]
    unit: Annotated[
        Text, Field(min_length=1, max_length=UNIT_LENGTH, title="Unit", description="L, mmol/min/kPa or m.")
    ]
    grade: Annotated[
        Grade | None, Field(title="Quality grade", description="Lung function needs it: A to F, or U.")
    ] = None
    why: Why = None


class MeasurementResult(CommandResult):
    """A measurement as stored: a whole number of 10^-decimals of its unit, and what it is of predicted, if known.

    `percent_predicted_permille` are tenths of a percent, `z_milli` thousandths of a z-score.
    """

    measurement: int
    visit: int
    recipient: str
    outcome: str
    value: int
    unit: str
    replaces: int | None
    percent_predicted_permille: int | None = None
    z_milli: int | None = None


class SpirometryResult(CommandResult):
    """Both values of a spirometry."""

    recipient: str
    measurements: list[MeasurementResult]


@command(event="followup:measurement:recorded")
def record_measurement(tx: CommandTx, by: Actor, order: RecordMeasurement) -> MeasurementResult:
    """Record a raw value with its unit; with a reason it replaces the one that stands, and both stay readable.

    Percent of predicted is not typed: it is computed from the raw value, for every measurement alike.
    """
    visit = _visit(tx, by, order.visit)
    known = rules.outcome_of(trial.study_of(tx, visit.recipient), visit.code, order.outcome)
    value = rules.stored_value(order.value, order.unit, known)
    rules.has_grade(order.outcome, graded=order.grade is not None)
    tx.note(outcome=order.outcome)
    return _told(visit, measure(tx, by, visit, order.outcome, value=value, grade=order.grade, why=order.why))


class RecordSpirometry(Order):
    """The best values of one spirometry, in litres."""

    visit: VisitId
    fvc: Annotated[Value, Field(title="FVC, L", description="The largest of the acceptable manoeuvres: 2.41.")]
    fev1: Annotated[Value, Field(title="FEV1, L", description="The largest of the acceptable manoeuvres: 1.98.")]
    grade: Graded
    why: Why = None


@command(event="followup:spirometry:recorded")
def record_spirometry(tx: CommandTx, by: Actor, order: RecordSpirometry) -> SpirometryResult:
    """Record FVC and FEV1 of one spirometry with its quality grade."""
    visit = _visit(tx, by, order.visit)
    study = trial.study_of(tx, visit.recipient)
    given = {FVC: order.fvc, FEV1: order.fev1}
    known = {code: rules.outcome_of(study, visit.code, code) for code in given}
    values = {code: rules.stored_value(value, known[code].unit, known[code]) for code, value in given.items()}
    lung.may_be_spirometry(values[FVC], values[FEV1])
    # A correction replaces what stands of the two; the other may be new.
    standing = {code for code in values if tx.one(statements.CURRENT, visit=visit.id, outcome=code) is not None}
    rules.may_replace(exists=bool(standing), why=order.why)
    rows = [
        measure(tx, by, visit, code, value=value, grade=order.grade, why=order.why if code in standing else None)
        for code, value in values.items()
    ]
    return SpirometryResult(recipient=visit.recipient, measurements=[_told(visit, row) for row in rows])


class RecordDiffusion(Order):
    """The diffusing capacity as measured, not corrected for haemoglobin: the equation is for the uncorrected value."""

    visit: VisitId
    dlco: Annotated[Value, Field(title="DLCO", description="In the study's unit, not corrected for haemoglobin: 3.42.")]
    grade: Graded
    haemoglobin_g_l: Annotated[
        int | None, Field(ge=30, le=250, title="Haemoglobin, g/L", description="Of the same day, where it is known.")
    ] = None
    why: Why = None


@command(event="followup:diffusion:recorded")
def record_diffusion(tx: CommandTx, by: Actor, order: RecordDiffusion) -> MeasurementResult:
    """Record the diffusing capacity with its quality grade, and the haemoglobin that an analysis may correct it by."""
    visit = _visit(tx, by, order.visit)
    known = rules.outcome_of(trial.study_of(tx, visit.recipient), visit.code, DLCO)
    value = rules.stored_value(order.dlco, known.unit, known)
    row = measure(
        tx, by, visit, DLCO, value=value, grade=order.grade, haemoglobin_g_l=order.haemoglobin_g_l, why=order.why
    )
    return _told(visit, row)


class RecordWalk(Order):
    """A six-minute walk: how far, on how much oxygen, with which saturation and breathlessness."""

    visit: VisitId
    distance_m: Annotated[int, Field(ge=1, le=1_500, title="Distance, m")]
    oxygen_l_min: Annotated[
        Decimal, Field(ge=0, le=25, decimal_places=1, title="Oxygen, L/min", description="0 for room air.")
    ]
    spo2_rest: Annotated[Saturation, Field(title="SpO₂ at rest, %")]
    spo2_lowest: Annotated[Saturation, Field(title="Lowest SpO₂, %")]
    borg_rest: Annotated[Borg, Field(title="Borg dyspnoea before", description="0 to 10.")]
    borg_end: Annotated[Borg, Field(title="Borg dyspnoea at the end", description="0 to 10.")]
    why: Why = None


@command(event="followup:walk:recorded")
def record_walk(tx: CommandTx, by: Actor, order: RecordWalk) -> MeasurementResult:
    """Record a six-minute walk with everything that its distance has to be read with."""
    visit = _visit(tx, by, order.visit)
    lung.may_be_walk(order.spo2_rest, order.spo2_lowest)
    known = rules.outcome_of(trial.study_of(tx, visit.recipient), visit.code, WALK)
    value = rules.stored_value(Decimal(order.distance_m), known.unit, known)
    row = measure(tx, by, visit, WALK, value=value, why=order.why)
    tx.add(
        Walk(
            measurement=row.id or 0,
            oxygen_ml_min=int(order.oxygen_l_min * MILLI),
            spo2_rest_percent=order.spo2_rest,
            spo2_lowest_percent=order.spo2_lowest,
            borg_rest_tenths=int(order.borg_rest * TENTHS),
            borg_end_tenths=int(order.borg_end * TENTHS),
        )
    )
    return _told(visit, row)


class VerifySource(Order):
    """A value that was held against the report or form it came from."""

    measurement: Annotated[int, Field(ge=1, title="Measurement")]


class VerifiedResult(CommandResult):
    """A measurement whose source says the same."""

    measurement: int
    recipient: str


@command(event="followup:source:verified")
def verify_source(tx: CommandTx, by: Actor, order: VerifySource) -> VerifiedResult:
    """Record that a value, or the reason why it is missing, is what its source says. What differs is asked about."""
    row = tx.lock(Measurement, order.measurement)
    visit = visit_to_change(tx, row.visit)
    counts = row.phase == MeasurementPhase.CURRENT
    rules.may_verify(counts=counts, verified=row.verified_by is not None, entered_by=row.entered_by, person=by.person)
    tx.change(row, verified_by=by.person, verified_at=tx.now)
    tx.note(outcome=row.outcome)
    return VerifiedResult(measurement=row.id or 0, recipient=visit.recipient)


def _visit(tx: CommandTx, by: Actor, number: int) -> Visit:
    """A visit that this person may measure at: held, of open data and with a consent that stands."""
    visit = visit_to_change(tx, number)
    setup.named_at(tx, visit.recipient, by.person, *VISITS)
    rules.may_collect(consent_given=trial.consent_given(tx, visit.recipient))
    return visit


def _told(visit: Visit, row: Measurement) -> MeasurementResult:
    judged = lung.told(row.equation, row.height_mm, row.judged)
    return MeasurementResult(
        measurement=row.id or 0,
        visit=visit.id or 0,
        recipient=visit.recipient,
        outcome=row.outcome,
        value=row.value or 0,
        unit=row.unit,
        replaces=row.replaces,
        percent_predicted_permille=None if judged is None else judged.percent_predicted_permille,
        z_milli=None if judged is None else judged.z_milli,
    )
