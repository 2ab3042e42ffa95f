"""Shippers, what is packed into them, and what is found when they arrive. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from cellchain.custody.rules.climate import Climate
from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

PLACES_MAX = 100


class ShipmentPhase(Phase):
    PACKING = "packing"
    EMPTIED = "emptied"
    SHIPPED = "shipped"
    GOING_BACK = "going_back"
    RECEIVED = "received"


SHIPMENT = Lifecycle(
    "shipment",
    first=ShipmentPhase.PACKING,
    moves={
        "unpack": ([ShipmentPhase.PACKING], ShipmentPhase.EMPTIED),
        "ship": ([ShipmentPhase.PACKING], ShipmentPhase.SHIPPED),
        "refuse_shipment": ([ShipmentPhase.SHIPPED], ShipmentPhase.GOING_BACK),
        "receive": ([ShipmentPhase.SHIPPED, ShipmentPhase.GOING_BACK], ShipmentPhase.RECEIVED),
    },
    final=[ShipmentPhase.EMPTIED, ShipmentPhase.RECEIVED],
)
UNDER_WAY = (ShipmentPhase.SHIPPED, ShipmentPhase.GOING_BACK)


class ReceiptOutcome(StrEnum):
    """What the receiver does with what arrived."""

    ACCEPTED = "accepted"
    UNDER_HOLD = "under_hold"


class FindingKind(StrEnum):
    """What can be wrong with something, for QA to assess."""

    TEMPERATURE = "temperature"
    BUDGET = "budget"
    SEAL = "seal"
    PACKAGING = "packaging"
    LABEL = "label"
    MISSING = "missing"
    LATE = "late"
    GAP = "gap"
    REPORTED = "reported"


FINDING_WORDS = {
    FindingKind.TEMPERATURE: T("Outside its temperature"),
    FindingKind.BUDGET: T("Out of controlled temperature for too long"),
    FindingKind.SEAL: T("Seal broken or another one"),
    FindingKind.PACKAGING: T("Packaging damaged"),
    FindingKind.LABEL: T("Label not legible"),
    FindingKind.MISSING: T("Not in the shipment"),
    FindingKind.LATE: T("Longer under way than the shipper is qualified for"),
    FindingKind.GAP: T("Chain of custody broken"),
    FindingKind.REPORTED: T("Something was noticed at receipt"),
}


@dataclass(frozen=True)
class ShipperFacts:
    """What a shipper was qualified for: the range that it keeps, for how long, and how many containers it takes."""

    name: str
    low_mc: int
    high_mc: int
    holds_hours: int
    places_count: int


def may_configure(low_mc: int, high_mc: int) -> None:
    """Raises Refused `shipper.range`."""
    if low_mc >= high_mc:
        raise Refused("shipper.range", "The lowest temperature lies below the highest one. Enter both again.")


def may_pack(shipper: ShipperFacts | None, climate: Climate | None, inside_count: int, *, elsewhere: bool) -> None:
    """A container goes into a shipper that has room, keeps what it bears, and stands where it is packed.

    Raises Refused `shipper.not_configured`, `.elsewhere`, `.full`, `.wrong_range`.
    """
    if shipper is None:
        raise Refused(
            "shipper.not_configured", "Nobody has stated what this shipper is qualified for. Ask QA, or take another."
        )
    if elsewhere:
        raise Refused(
            "shipper.elsewhere",
            "{shipper} is being packed at another place. Bring the container there, or take another shipper.",
            shipper=shipper.name,
        )
    if inside_count >= shipper.places_count:
        raise Refused(
            "shipper.full",
            "{shipper} is full: it takes {places} at most. Take another shipper.",
            shipper=shipper.name,
            places=shipper.places_count,
        )
    if climate is not None and not (climate.low_mc <= shipper.low_mc and shipper.high_mc <= climate.high_mc):
        raise Refused(
            "shipper.wrong_range",
            "{shipper} is qualified for another temperature than this container needs. Take another shipper.",
            shipper=shipper.name,
        )


def may_ship(*, needs_logger: bool, has_logger: bool, same_place: bool) -> None:
    """Raises Refused `shipment.no_logger`, `hand_over.same_place`."""
    if needs_logger and not has_logger:
        raise Refused("shipment.no_logger", "What is inside travels with a logger. Put one in, and scan it.")
    if same_place:
        raise Refused("hand_over.same_place", "It is there already. Scan the location that it goes to.")


@dataclass(frozen=True)
class Receipt:
    """What was seen when a shipment arrived. `packed` and `found` are containers."""

    packed: frozenset[str]
    found: frozenset[str]
    is_seal_intact: bool
    is_same_seal: bool
    is_packaging_intact: bool
    are_labels_legible: bool
    shipped_at: datetime
    received_at: datetime
    holds_hours: int
    too_warm: frozenset[str] = frozenset()
    is_reported: bool = False


@dataclass(frozen=True)
class Finding:
    """One thing that was found wrong with one container."""

    kind: FindingKind
    subject: str


def must_be_packed(packed: Iterable[str], found: Sequence[str]) -> None:
    """What is found inside was packed, and is scanned once. Raises Refused `receipt.not_packed`, `.scanned_twice`."""
    strange = sorted(set(found) - set(packed))
    if strange:
        raise Refused(
            "receipt.not_packed",
            "{subject} was not packed into this shipment. Put it aside, and call QA.",
            subject=strange[0],
        )
    if len(set(found)) < len(found):
        raise Refused("receipt.scanned_twice", "One label was scanned twice. Scan each container once.")


def findings(receipt: Receipt) -> list[Finding]:
    """Everything that is wrong with what arrived, container by container."""
    arrived = sorted(receipt.found)
    late = receipt.received_at - receipt.shipped_at > timedelta(hours=receipt.holds_hours)
    whole = [
        (not (receipt.is_seal_intact and receipt.is_same_seal), FindingKind.SEAL),
        (not receipt.is_packaging_intact, FindingKind.PACKAGING),
        (not receipt.are_labels_legible, FindingKind.LABEL),
        (late, FindingKind.LATE),
        (receipt.is_reported, FindingKind.REPORTED),
    ]
    found = [Finding(kind, subject) for holds, kind in whole if holds for subject in arrived]
    found += [Finding(FindingKind.TEMPERATURE, subject) for subject in arrived if subject in receipt.too_warm]
    return found + [Finding(FindingKind.MISSING, subject) for subject in sorted(receipt.packed - receipt.found)]


def may_receive(found: Sequence[Finding], outcome: ReceiptOutcome, *, has_note: bool) -> None:
    """What is not as it should be is taken in under hold, or not at all. Raises Refused `receipt.findings`,
    `receipt.note_needed`."""
    if outcome is ReceiptOutcome.ACCEPTED and found:
        raise Refused(
            "receipt.findings",
            "Not everything is as it should be: {finding}. Accept it under hold, or refuse the shipment.",
            finding=FINDING_WORDS[found[0].kind],
        )
    if outcome is ReceiptOutcome.UNDER_HOLD and not found and not has_note:
        raise Refused("receipt.note_needed", "Nothing was found wrong. Say why it is taken in under hold.")


def may_arrive(phase: ShipmentPhase, sent_from: str, sent_to: str | None, said: str | None) -> str:
    """Where what arrived is put: where it was sent to, or, once refused, where it was packed or where somebody says.

    Raises Refused `receipt.other_place`.
    """
    if phase is ShipmentPhase.GOING_BACK:
        return said or sent_from
    if said not in (None, sent_to):
        raise Refused("receipt.other_place", "This shipment was sent to another place. Receive it there.")
    return sent_to or sent_from


def may_import(phase: ShipmentPhase, logger: str | None, read: str, *, known: bool) -> None:
    """A logger is read out once its shipment has arrived, and it is the one that travelled.

    Raises Refused `log.under_way`, `log.other_logger`, `log.imported_already`.
    """
    if phase is not ShipmentPhase.RECEIVED:
        raise Refused("log.under_way", "This shipment has not arrived yet. Receive it, then read its logger out.")
    if logger != read:
        raise Refused("log.other_logger", "Another logger travelled with this shipment. Scan the one that was inside.")
    if known:
        raise Refused("log.imported_already", "The log of this shipment was read already. Nothing was changed.")


def may_be_out(began: datetime, ended: datetime, now: datetime) -> None:
    """Raises Refused `time_out.order`, `time_out.in_future`."""
    if began >= ended:
        raise Refused("time_out.order", "It was put back after it was taken out. Enter both times again.")
    if ended > now:
        raise Refused("time_out.in_future", "This time lies in the future. Enter when it was put back.")
