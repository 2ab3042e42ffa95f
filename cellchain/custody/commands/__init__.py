"""The verbs of custody: store, move, hand over, ship, bring back, destroy, and what temperatures have to say."""

from cellchain.custody.commands.boxes import (
    ReserveVial,
    lay_out_box,
    release_reservation,
    reserve_vial,
    take_out_thawed,
)
from cellchain.custody.commands.endings import Destroy, ReturnBag, destroy, return_bag
from cellchain.custody.commands.moves import (
    Accept,
    Offer,
    Receive,
    Refuse,
    Ship,
    Store,
    accept,
    hand_over,
    move,
    receive,
    refuse_hand_over,
    ship,
    store,
)
from cellchain.custody.commands.temperatures import (
    AssessExcursion,
    Reading,
    RecordTemperatures,
    assess_excursion,
    record_temperatures,
)

__all__ = [
    "Accept",
    "AssessExcursion",
    "Destroy",
    "Offer",
    "Reading",
    "Receive",
    "RecordTemperatures",
    "Refuse",
    "ReserveVial",
    "ReturnBag",
    "Ship",
    "Store",
    "accept",
    "assess_excursion",
    "destroy",
    "hand_over",
    "lay_out_box",
    "move",
    "receive",
    "record_temperatures",
    "refuse_hand_over",
    "release_reservation",
    "reserve_vial",
    "return_bag",
    "ship",
    "store",
    "take_out_thawed",
]
