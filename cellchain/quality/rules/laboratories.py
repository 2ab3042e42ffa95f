"""Where samples go: our own laboratory or a contract laboratory, who had a sample in hand, and how it arrived. Pure."""

from datetime import date
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.values import dataclass


class LaboratoryKind(StrEnum):
    """Whose laboratory it is."""

    IN_HOUSE = "in_house"
    CONTRACT = "contract"


class LaboratoryPhase(Phase):
    OPEN = "open"
    CLOSED = "closed"


class TransferPhase(Phase):
    """A sample is sent, and received or refused where it arrives."""

    SENT = "sent"
    RECEIVED = "received"
    REFUSED = "refused"


class Arrival(StrEnum):
    """How a sample arrived."""

    SOUND = "sound"
    TOO_WARM = "too_warm"
    TOO_COLD = "too_cold"
    LEAKING = "leaking"
    DAMAGED = "damaged"
    LABEL_UNREADABLE = "label_unreadable"
    TOO_LITTLE = "too_little"
    TOO_LATE = "too_late"


LABORATORY = Lifecycle(
    "laboratory",
    first=LaboratoryPhase.OPEN,
    moves={"close_laboratory": ([LaboratoryPhase.OPEN], LaboratoryPhase.CLOSED)},
    final=[LaboratoryPhase.CLOSED],
)
TRANSFER = Lifecycle(
    "transfer",
    first=TransferPhase.SENT,
    moves={
        "receive_sample": ([TransferPhase.SENT], TransferPhase.RECEIVED),
        "refuse_sample": ([TransferPhase.SENT], TransferPhase.REFUSED),
    },
    final=[TransferPhase.RECEIVED, TransferPhase.REFUSED],
)


@dataclass(frozen=True)
class Laboratory:
    """A laboratory; a contract laboratory works under an agreement that ends on a day."""

    id: int
    name: str
    kind: LaboratoryKind
    agreement: str | None
    agreement_until: date | None
    phase: LaboratoryPhase

    @property
    def is_outside(self) -> bool:
        """Whether it is somebody else's."""
        return self.kind is LaboratoryKind.CONTRACT

    def agreement_ended(self, today: date) -> bool:
        """Whether nothing may be sent there any more."""
        return self.agreement_until is not None and self.agreement_until < today


@dataclass(frozen=True)
class Whereabouts:
    """The last hand-over of a sample to a laboratory."""

    phase: TransferPhase
    laboratory: Laboratory
    sent_by: str


def may_register(kind: LaboratoryKind, agreement: str | None, until: date | None, today: date) -> None:
    """A contract laboratory has an agreement that is in force; our own needs none."""
    if kind is LaboratoryKind.IN_HOUSE and (agreement is not None or until is not None):
        raise Refused(
            "laboratory.no_agreement_with_ourselves",
            "Our own laboratory works under no agreement. Leave agreement and day out, or choose “contract”.",
        )
    if kind is LaboratoryKind.CONTRACT and (agreement is None or until is None or until < today):
        raise Refused(
            "laboratory.agreement_needed",
            "A contract laboratory works under an agreement in force. Enter its number and its last day.",
        )


def is_kept(*, discarded: bool) -> None:
    """What was discarded goes nowhere. Raises Refused `sample.gone`."""
    if discarded:
        raise Refused("sample.gone", "This sample was discarded. Take another one.")


def may_send(laboratory: Laboratory, where: Whereabouts | None, today: date) -> None:
    """A sample goes to an open laboratory whose agreement is in force, and is not on its way somewhere else."""
    if laboratory.phase is not LaboratoryPhase.OPEN:
        raise Refused("laboratory.closed", "{name} is closed. Choose another laboratory.", name=laboratory.name)
    if laboratory.agreement_ended(today):
        raise Refused(
            "laboratory.agreement_ended",
            "The agreement with {name} ended on {day}. Ask QA to renew it, or choose another laboratory.",
            name=laboratory.name,
            day=laboratory.agreement_until,
        )
    if where is None:
        return
    if where.phase is TransferPhase.SENT:
        raise Refused(
            "sample.on_its_way",
            "This sample is on its way to {name}. Record its arrival there first.",
            name=where.laboratory.name,
        )
    if where.phase is TransferPhase.RECEIVED and where.laboratory.id == laboratory.id:
        raise Refused("sample.there_already", "{name} has this sample. Nothing was sent.", name=laboratory.name)


def on_its_way(where: Whereabouts | None) -> Whereabouts:
    """The hand-over that waits for its arrival. Raises Refused `sample.not_sent`."""
    if where is None or where.phase is not TransferPhase.SENT:
        raise Refused("sample.not_sent", "This sample is not on its way to a laboratory. Send it first.")
    return where


def may_arrive(where: Whereabouts, by: str, receiver: str | None) -> None:
    """Giver and taker are two people: ours signs in, a contract laboratory's is named from its receipt."""
    if where.laboratory.is_outside:
        if not receiver:
            raise Refused(
                "sample.receiver_needed",
                "A contract laboratory signs for what it takes. Enter who received the sample at {name}, from its "
                "receipt.",
                name=where.laboratory.name,
            )
    elif receiver:
        raise Refused(
            "sample.receiver_is_you", "Whoever receives a sample here signs in for it. Leave the name of the taker out."
        )
    elif by == where.sent_by:
        raise Refused("sample.receiver_sent_it", "You sent this sample. Another person receives it.")


def may_receive(arrival: Arrival) -> None:
    """Only what arrived sound is received; everything else is refused with its reason."""
    if arrival is not Arrival.SOUND:
        raise Refused(
            "sample.not_sound", "This sample did not arrive sound. Refuse it, and say what was wrong with it."
        )


def may_refuse(arrival: Arrival) -> None:
    """What arrived sound is received."""
    if arrival is Arrival.SOUND:
        raise Refused("sample.sound", "This sample arrived sound. Receive it, or say what was wrong with it.")


def may_test(where: Whereabouts | None) -> None:
    """A sample is tested where it is: neither on its way nor after a laboratory refused it."""
    if where is None:
        return
    if where.phase is TransferPhase.SENT:
        raise Refused(
            "sample.on_its_way",
            "This sample is on its way to {name}. Record its arrival there first.",
            name=where.laboratory.name,
        )
    if where.phase is TransferPhase.REFUSED:
        raise Refused(
            "sample.refused_there",
            "{name} refused this sample. Send it again, or take another one.",
            name=where.laboratory.name,
        )


def is_here(where: Whereabouts | None) -> None:
    """Only what is in the house is put away in it. Raises Refused `sample.on_its_way`, `sample.is_there`."""
    if where is None or where.phase is TransferPhase.REFUSED:
        return
    if where.phase is TransferPhase.SENT:
        may_test(where)
    if where.laboratory.is_outside:
        raise Refused(
            "sample.is_there", "{name} has this sample. It lies in no store of ours.", name=where.laboratory.name
        )
