"""What may be done with a material lot, a piece of equipment and a location, and when not."""

from enum import StrEnum

from cellchain.kernel.lifecycle import Lifecycle, Phase


class MaterialKind(StrEnum):
    """What a material is for: a step asks for a kind, not for a brand."""

    ANTICOAGULANT = "anticoagulant"
    GRADIENT = "gradient"
    MEDIUM = "medium"
    SUPPLEMENT = "supplement"
    ENZYME = "enzyme"
    CRYOPROTECTANT = "cryoprotectant"
    SALINE = "saline"
    VESSEL = "vessel"
    BAG = "bag"
    TUBING = "tubing"


class EquipmentKind(StrEnum):
    """What a piece of equipment does."""

    INCUBATOR = "incubator"
    CABINET = "cabinet"
    CENTRIFUGE = "centrifuge"
    COUNTER = "counter"
    FREEZER = "freezer"
    COOLER = "cooler"
    SCANNER = "scanner"


class CalibrationOutcome(StrEnum):
    """How the equipment was found."""

    WITHIN_TOLERANCE = "within_tolerance"
    OUT_OF_TOLERANCE = "out_of_tolerance"


class LocationKind(StrEnum):
    """What happens at a location."""

    ROOM = "room"
    BENCH = "bench"
    STORE = "store"
    WARD = "ward"
    COURIER = "courier"


class LotPhase(Phase):
    """A supplier's lot is quarantined on arrival; QA accepts or rejects it, and may quarantine it again."""

    QUARANTINED = "quarantined"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class EquipmentPhase(Phase):
    """New equipment is out of service until it has been calibrated and returned to service."""

    OUT_OF_SERVICE = "out_of_service"
    IN_SERVICE = "in_service"


class LocationPhase(Phase):
    """A location is open until it is closed for good."""

    OPEN = "open"
    CLOSED = "closed"


MATERIAL_LOT = Lifecycle(
    "material",
    first=LotPhase.QUARANTINED,
    moves={
        "accept": ({LotPhase.QUARANTINED}, LotPhase.ACCEPTED),
        "quarantine": ({LotPhase.ACCEPTED}, LotPhase.QUARANTINED),
        "reject": ({LotPhase.QUARANTINED}, LotPhase.REJECTED),
    },
    final={LotPhase.REJECTED},
)
EQUIPMENT = Lifecycle(
    "equipment",
    first=EquipmentPhase.OUT_OF_SERVICE,
    moves={
        "take_out": ({EquipmentPhase.IN_SERVICE}, EquipmentPhase.OUT_OF_SERVICE),
        "return": ({EquipmentPhase.OUT_OF_SERVICE}, EquipmentPhase.IN_SERVICE),
    },
)
LOCATION = Lifecycle(
    "location",
    first=LocationPhase.OPEN,
    moves={"close": ({LocationPhase.OPEN}, LocationPhase.CLOSED)},
    final={LocationPhase.CLOSED},
)
