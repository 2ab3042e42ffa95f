"""Laboratories registered and closed; samples sent there, received or refused, and put away."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import LocationCode, SampleCode
from cellchain.kernel.errors import Refused
from cellchain.labels import queries as labels
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, NoResult, Order, Text, command, listed
from cellchain.ledger.tx import CommandTx
from cellchain.materials import queries as materials
from cellchain.materials.rules import LocationKind, Storage
from cellchain.quality.commands.common import Reason
from cellchain.quality.laboratories import queries
from cellchain.quality.laboratories.models import (
    AGREEMENT_LENGTH,
    CARRIER_LENGTH,
    NAME_LENGTH,
    RECEIVER_LENGTH,
    SEAL_LENGTH,
    LaboratoryRow,
    Transfer,
)
from cellchain.quality.models import POSITION_LENGTH, Sample
from cellchain.quality.rules import laboratories as rules
from cellchain.quality.rules.laboratories import (
    LABORATORY,
    TRANSFER,
    Arrival,
    LaboratoryKind,
    LaboratoryPhase,
    TransferPhase,
)
from cellchain.quality.rules.lifecycles import SamplePhase

COLDEST_MC, WARMEST_MC = -200_000, 60_000
SampleField = Annotated[SampleCode, Field(title="Sample")]
Arrived = Annotated[
    int | None,
    Field(ge=COLDEST_MC, le=WARMEST_MC, title="Temperature on arrival", description="Where it was measured."),
]
Receiver = Annotated[
    Text | None,
    Field(
        min_length=2,
        max_length=RECEIVER_LENGTH,
        title="Received by",
        description="At a contract laboratory: who signed its receipt.",
    ),
]


class LaboratoryResult(CommandResult):
    """A laboratory, by its number."""

    laboratory: int
    phase: LaboratoryPhase


class TransferResult(CommandResult):
    """A hand-over of a sample to a laboratory."""

    transfer: int
    sample: str
    laboratory: int
    phase: TransferPhase


class RegisterLaboratory(Order):
    """A laboratory that samples go to."""

    name: Annotated[Text, Field(min_length=2, max_length=NAME_LENGTH, title="Name")]
    kind: Annotated[LaboratoryKind, Field(title="Whose it is")]
    agreement: Annotated[
        Text | None,
        Field(min_length=1, max_length=AGREEMENT_LENGTH, title="Agreement", description="Of a contract laboratory."),
    ] = None
    agreement_until: Annotated[Day | None, Field(title="Agreement holds until")] = None


@command(event="quality:laboratory:registered")
def register_laboratory(tx: CommandTx, by: Actor, order: RegisterLaboratory) -> LaboratoryResult:
    """Register a laboratory. Raises Refused `laboratory.*`."""
    rules.may_register(order.kind, order.agreement, order.agreement_until, tx.today)
    if tx.one(queries.NAMED, name=order.name) is not None:
        raise Refused(
            "laboratory.known", "A laboratory of this name is registered already. Choose it, or name another."
        )
    row = tx.add(
        LaboratoryRow(
            name=order.name,
            kind=order.kind,
            agreement=order.agreement,
            agreement_until=order.agreement_until,
            phase=LaboratoryPhase.OPEN,
            registered_by=by.person,
            registered_at=tx.now,
        )
    )
    tx.about(str(row.id))
    return LaboratoryResult(laboratory=row.id or 0, phase=row.phase)


class CloseLaboratory(Order):
    """A laboratory that no more samples go to."""

    laboratory: Annotated[int, Field(ge=1, title="Laboratory", json_schema_extra=listed(queries.CATALOGUE))]


@command(event="quality:laboratory:closed", subject="laboratory")
def close_laboratory(tx: CommandTx, by: Actor, order: CloseLaboratory) -> LaboratoryResult:
    """Send nothing more there; what it has it still reports. Raises Refused `laboratory.phase`."""
    row = tx.lock(LaboratoryRow, order.laboratory)
    row = tx.change(row, phase=LABORATORY.move("close_laboratory", row.phase), closed_at=tx.now)
    return LaboratoryResult(laboratory=row.id or 0, phase=row.phase)


# ---- the way of a sample ---------------------------------------------------------------------------------------------


class SendSample(Order):
    """A sample that leaves for a laboratory."""

    sample: SampleField
    laboratory: Annotated[int, Field(ge=1, title="Laboratory", json_schema_extra=listed(queries.CATALOGUE))]
    sent_as: Annotated[Storage, Field(title="Packed for")]
    carrier: Annotated[Text | None, Field(max_length=CARRIER_LENGTH, title="Carrier")] = None
    seal: Annotated[Text | None, Field(max_length=SEAL_LENGTH, title="Seal")] = None


@command(event="quality:sample:sent", subject="sample")
def send_sample(tx: CommandTx, by: Actor, order: SendSample) -> TransferResult:
    """Hand a sample over to go to a laboratory.

    Raises NotFound, Refused `laboratory.closed`, `.agreement_ended`, `sample.on_its_way`, `.there_already`, `.gone`,
    `container.unlabelled`, `label.*`.
    """
    sample = tx.lock(Sample, order.sample)
    rules.is_kept(discarded=sample.phase is SamplePhase.DISCARDED)
    labels.must_not_wait(tx, sample.code)
    labels.must_wear(tx, sample.code)
    laboratory = queries.laboratory(tx, order.laboratory)
    rules.may_send(laboratory, queries.whereabouts(tx, sample.code), tx.today)
    row = tx.add(
        Transfer(
            sample=sample.code,
            laboratory=laboratory.id,
            sent_as=order.sent_as,
            carrier=order.carrier or None,
            seal=order.seal or None,
            sent_by=by.person,
            sent_at=tx.happened_at,
            phase=TransferPhase.SENT,
        )
    )
    # Whoever carries it has it: it lies in no place of ours until it is put away again.
    tx.change(sample, place=None, position=None, stored_by=None, stored_at=None)
    tx.note(lot=sample.lot, laboratory=laboratory.id)
    return _result(row)


class ReceiveSample(Order):
    """A sample that arrived sound."""

    sample: SampleField
    arrival: Annotated[Arrival, Field(title="It arrived")]
    temperature_mc: Arrived = None
    receiver: Receiver = None


@command(event="quality:sample:received", subject="sample")
def receive_sample(tx: CommandTx, by: Actor, order: ReceiveSample) -> TransferResult:
    """Take a sample over at the laboratory that it was sent to.

    Raises Refused `sample.not_sent`, `.not_sound`, `.receiver_sent_it`, `.receiver_needed`, `.receiver_is_you`,
    `.arrived_before_sent`.
    """
    row = _arriving(tx, by, order.sample, order.receiver)
    rules.may_receive(order.arrival)
    return _arrived(tx, by, row, "receive_sample", order.arrival, order.temperature_mc, order.receiver, None)


class RefuseSample(Order):
    """A sample that cannot be tested as it arrived."""

    sample: SampleField
    arrival: Annotated[Arrival, Field(title="It arrived")]
    temperature_mc: Arrived = None
    receiver: Receiver = None
    reason: Reason


@command(event="quality:sample:refused_there", subject="sample", permission="quality.receive_sample")
def refuse_sample(tx: CommandTx, by: Actor, order: RefuseSample) -> TransferResult:
    """Refuse a sample as it arrived: it is not tested there. Raises Refused as `receive_sample`, `sample.sound`."""
    row = _arriving(tx, by, order.sample, order.receiver)
    rules.may_refuse(order.arrival)
    return _arrived(tx, by, row, "refuse_sample", order.arrival, order.temperature_mc, order.receiver, order.reason)


def _arriving(tx: CommandTx, by: Actor, sample: str, receiver: str | None) -> Transfer:
    """The open hand-over of a sample, held, which this person may end."""
    tx.lock(Sample, sample)
    where = rules.on_its_way(queries.whereabouts(tx, sample))
    rules.may_arrive(where, by.person, receiver)
    open_one = tx.one(queries.OF_SAMPLE, sample=sample)
    row = tx.lock(Transfer, open_one.id)
    if tx.happened_at < row.sent_at:
        raise Refused("sample.arrived_before_sent", "This sample was sent after this time. Check when it arrived.")
    return row


def _arrived(
    tx: CommandTx,
    by: Actor,
    row: Transfer,
    verb: str,
    arrival: Arrival,
    temperature_mc: int | None,
    receiver: str | None,
    note: str | None,
) -> TransferResult:
    row = tx.change(
        row,
        phase=TRANSFER.move(verb, row.phase),
        arrival=arrival,
        temperature_mc=temperature_mc,
        receiver=receiver,
        arrived_by=by.person,
        arrived_at=tx.happened_at,
        note=note,
    )
    tx.note(laboratory=row.laboratory, arrival=arrival.value)
    return _result(row)


class StoreSample(Order):
    """Where a sample is kept from now on."""

    sample: SampleField
    place: Annotated[LocationCode, Field(title="Store")]
    position: Annotated[Text | None, Field(max_length=POSITION_LENGTH, title="Position")] = None


@command(event="quality:sample:stored", subject="sample")
def store_sample(tx: CommandTx, by: Actor, order: StoreSample) -> NoResult:
    """Put a sample away. Raises NotFound, Refused `location.closed`, `sample.not_a_store`, `.on_its_way`, `.is_there`,
    `.gone`."""
    row = tx.lock(Sample, order.sample)
    rules.is_kept(discarded=row.phase is SamplePhase.DISCARDED)
    rules.is_here(queries.whereabouts(tx, row.code))
    location = materials.open_location(tx, order.place)
    if location.kind is not LocationKind.STORE:
        raise Refused("sample.not_a_store", "{name} is no store. Scan where samples are kept.", name=location.name)
    tx.change(row, place=order.place, position=order.position or None, stored_by=by.person, stored_at=tx.happened_at)
    tx.note(lot=row.lot, place=str(order.place))
    return NoResult()


def _result(row: Transfer) -> TransferResult:
    return TransferResult(transfer=row.id or 0, sample=row.sample, laboratory=row.laboratory, phase=row.phase)
