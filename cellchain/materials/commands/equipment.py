"""The verbs of equipment: calibrated, qualified, cleaned, in service and out of it."""

from datetime import date
from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import EquipmentCode, Kind
from cellchain.identity.numbering import issue
from cellchain.kernel import canonical
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.materials import queries, rules
from cellchain.materials.commands.common import Certificate, Reason
from cellchain.materials.models import Calibration, Cleaning, Equipment, Qualification
from cellchain.materials.rules import (
    EQUIPMENT,
    CalibrationOutcome,
    CleaningOccasion,
    EquipmentKind,
    EquipmentPhase,
)

EquipmentField = Annotated[EquipmentCode, Field(title="Equipment")]
CleanEvery = Annotated[
    int, Field(ge=1, le=365, title="Cleaned every", description="Days from one cleaning to the next. Empty: no rhythm.")
]


class EquipmentResult(CommandResult):
    """A piece of equipment, where it stands now, until when it is calibrated and qualified."""

    equipment: str
    phase: EquipmentPhase
    calibration_due: date | None
    qualification_due: date | None = None


class RegisterEquipment(Order):
    """A machine, before anybody may use it."""

    name: Annotated[
        Text, Field(min_length=2, max_length=120, title="Name", description="As it is called at the bench.")
    ]
    kind: Annotated[EquipmentKind, Field(title="Kind")]
    serial: Annotated[Text, Field(min_length=1, max_length=60, title="Serial number")]
    clean_every_days: CleanEvery | None = None


@command(event="materials:equipment:registered")
def register_equipment(tx: CommandTx, by: Actor, order: RegisterEquipment) -> EquipmentResult:
    """Register equipment, out of service until it is calibrated and returned. Raises Refused `equipment.name_taken`."""
    if queries.equipment_named(tx, order.name) is not None:
        raise Refused("equipment.name_taken", "There is already {name}. Give this one another name.", name=order.name)
    row = tx.add(
        Equipment(
            code=issue(tx, Kind.EQUIPMENT),
            phase=EquipmentPhase.OUT_OF_SERVICE,
            name=order.name,
            kind=order.kind,
            serial=order.serial,
            clean_every_days=order.clean_every_days,
        )
    )
    tx.about(row.code)
    return _equipment_result(row)


class RecordCalibration(Order):
    """A calibration. When it was done is the event's time."""

    equipment: EquipmentField
    outcome: Annotated[CalibrationOutcome, Field(title="Found")] = CalibrationOutcome.WITHIN_TOLERANCE
    due_on: Annotated[
        Day | None, Field(title="Holds until", description="The last day on which this calibration counts.")
    ] = None
    certificate: Certificate


@command(event="materials:equipment:calibrated", subject="equipment")
def record_calibration(tx: CommandTx, by: Actor, order: RecordCalibration) -> EquipmentResult:
    """Record a calibration. Equipment found out of tolerance leaves service at once, and
    `materials:equipment:out_of_tolerance` is recorded, since all it measured from the last good calibration on is in
    doubt (its time is the fact `since`). Raises Refused `calibration.needs_due_day`, `calibration.due_before_done`.
    """
    row = tx.lock(Equipment, order.equipment)
    rules.may_calibrate(order.outcome, order.due_on, tx.day_of(tx.happened_at))
    before = queries.calibrations_of(tx, row.code)
    tx.add(
        Calibration(
            equipment=row.code,
            outcome=order.outcome,
            done_at=tx.happened_at,
            due_on=order.due_on,
            certificate=order.certificate,
            recorded_by=by.person,
        )
    )
    if order.outcome is CalibrationOutcome.WITHIN_TOLERANCE:
        return _equipment_result(tx.change(row, calibration_due=order.due_on))
    good = [known.done_at for known in before if known.outcome is CalibrationOutcome.WITHIN_TOLERANCE]
    since = canonical.moment(max(good)) if good else None
    tx.record("materials:equipment:out_of_tolerance", row.code, equipment=row.code, since=since)
    return _equipment_result(tx.change(row, calibration_due=None, phase=EquipmentPhase.OUT_OF_SERVICE))


class RecordQualification(Order):
    """Equipment was found fit for its use where it stands. When it was found so is the event's time."""

    equipment: EquipmentField
    due_on: Annotated[Day, Field(title="Holds until", description="The last day on which this qualification counts.")]
    report: Annotated[Text, Field(min_length=1, max_length=80, title="Report number")]


@command(event="materials:equipment:qualified", subject="equipment")
def record_qualification(tx: CommandTx, by: Actor, order: RecordQualification) -> EquipmentResult:
    """Record a qualification. Raises Refused `qualification.due_before_done`."""
    row = tx.lock(Equipment, order.equipment)
    rules.may_qualify(order.due_on, tx.day_of(tx.happened_at))
    tx.add(
        Qualification(
            equipment=row.code,
            done_at=tx.happened_at,
            due_on=order.due_on,
            report=order.report,
            recorded_by=by.person,
        )
    )
    return _equipment_result(tx.change(row, qualification_due=order.due_on))


class RecordCleaning(Order):
    """Equipment was cleaned."""

    equipment: EquipmentField
    agent: Annotated[Text, Field(min_length=2, max_length=120, title="Cleaned with", description="Agent and its lot.")]
    occasion: Annotated[CleaningOccasion, Field(title="Why")] = CleaningOccasion.ROUTINE


@command(event="materials:equipment:cleaned", subject="equipment")
def record_cleaning(tx: CommandTx, by: Actor, order: RecordCleaning) -> EquipmentResult:
    """Write a cleaning into the log of a piece of equipment. Raises NotFound."""
    row = tx.lock(Equipment, order.equipment)
    tx.add(
        Cleaning(
            equipment=row.code,
            occasion=order.occasion,
            agent=order.agent,
            done_at=tx.happened_at,
            done_by=by.person,
        )
    )
    newest = tx.happened_at if row.cleaned_at is None else max(row.cleaned_at, tx.happened_at)
    return _equipment_result(tx.change(row, cleaned_at=newest))


class PlanCleaning(Order):
    """How often a piece of equipment is cleaned."""

    equipment: EquipmentField
    clean_every_days: CleanEvery | None = None


@command(event="materials:equipment:cleaning_planned", subject="equipment")
def plan_cleaning(tx: CommandTx, by: Actor, order: PlanCleaning) -> EquipmentResult:
    """Set the rhythm of cleaning; without one, nobody is reminded. Raises NotFound."""
    row = tx.lock(Equipment, order.equipment)
    return _equipment_result(tx.change(row, clean_every_days=order.clean_every_days))


class TakeOutOfService(Order):
    """Equipment that is broken, in doubt, or away."""

    equipment: EquipmentField
    reason: Reason


@command(event="materials:equipment:taken_out_of_service", subject="equipment")
def take_out_of_service(tx: CommandTx, by: Actor, order: TakeOutOfService) -> EquipmentResult:
    """Nobody uses it until it is returned. Raises Refused `equipment.phase`."""
    row = tx.lock(Equipment, order.equipment)
    phase = EQUIPMENT.move("take_out", row.phase)
    return _equipment_result(tx.change(row, phase=phase, out_of_service_reason=order.reason))


class ReturnToService(Order):
    """Equipment that may be used again."""

    equipment: EquipmentField


@command(event="materials:equipment:returned_to_service", subject="equipment")
def return_to_service(tx: CommandTx, by: Actor, order: ReturnToService) -> EquipmentResult:
    """Return calibrated and qualified equipment to service.

    Raises Refused `equipment.phase`, `.not_calibrated`, `.calibration_overdue`, `.not_qualified`,
    `.qualification_overdue`.
    """
    row = tx.lock(Equipment, order.equipment)
    phase = EQUIPMENT.move("return", row.phase)
    rules.may_return(queries.equipment_facts(tx, row.code), tx.today)
    return _equipment_result(tx.change(row, phase=phase, out_of_service_reason=None))


def _equipment_result(row: Equipment) -> EquipmentResult:
    return EquipmentResult(
        equipment=row.code,
        phase=row.phase,
        calibration_due=row.calibration_due,
        qualification_due=row.qualification_due,
    )
