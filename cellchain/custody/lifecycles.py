"""Phases of what custody keeps, and the moves between them. Pure, like the rules that use it."""

from enum import StrEnum

from cellchain.kernel.lifecycle import Lifecycle, Phase


class ExcursionOutcome(StrEnum):
    """What QA decides about something that was too warm or too cold."""

    USABLE = "usable"
    UNUSABLE = "unusable"


class HandOverPhase(Phase):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class ShipmentPhase(Phase):
    SHIPPED = "shipped"
    RECEIVED = "received"


class ExcursionPhase(Phase):
    OPEN = "open"
    ASSESSED = "assessed"


HAND_OVER = Lifecycle(
    "hand_over",
    first=HandOverPhase.OFFERED,
    moves={
        "accept": ([HandOverPhase.OFFERED], HandOverPhase.ACCEPTED),
        "refuse": ([HandOverPhase.OFFERED], HandOverPhase.REFUSED),
    },
    final=[HandOverPhase.ACCEPTED, HandOverPhase.REFUSED],
)
SHIPMENT = Lifecycle(
    "shipment",
    first=ShipmentPhase.SHIPPED,
    moves={"receive": ([ShipmentPhase.SHIPPED], ShipmentPhase.RECEIVED)},
    final=[ShipmentPhase.RECEIVED],
)
EXCURSION = Lifecycle(
    "excursion",
    first=ExcursionPhase.OPEN,
    moves={"assess_excursion": ([ExcursionPhase.OPEN], ExcursionPhase.ASSESSED)},
    final=[ExcursionPhase.ASSESSED],
)
