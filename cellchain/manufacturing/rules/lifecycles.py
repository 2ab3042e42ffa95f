"""Kinds and phases of what manufacturing keeps, and the moves between the phases. Pure, like the rules that use it."""

from enum import StrEnum

from cellchain.kernel.lifecycle import Lifecycle, Phase


class LotKind(StrEnum):
    """What one run of manufacturing makes."""

    BANK = "bank"
    PRODUCT = "product"
    CONTROL = "control"


class ContainerKind(StrEnum):
    """What holds the cells."""

    HARVEST_BAG = "harvest_bag"
    TUBE = "tube"
    VESSEL = "vessel"
    CRYOVIAL = "cryovial"
    INFUSION_BAG = "infusion_bag"


class Content(StrEnum):
    """What is inside a container. `cells` are nucleated cells before their first culture, `msc` after it."""

    MARROW = "marrow"
    CELLS = "cells"
    MSC = "msc"
    SALINE = "saline"


class SourceKind(StrEnum):
    """How the cells of one container came out of another."""

    SEPARATED = "separated"
    SEEDED = "seeded"
    PASSAGED = "passaged"
    SPLIT = "split"
    POOLED = "pooled"
    FROZEN = "frozen"
    THAWED = "thawed"
    SUSPENDED = "suspended"
    SAMPLED = "sampled"


class EnvironmentKind(StrEnum):
    """What is watched in a clean room."""

    TEMPERATURE = "temperature"
    PRESSURE = "pressure"
    PARTICLES = "particles"
    SETTLE_PLATE = "settle_plate"
    HUMIDITY = "humidity"


class MasterRecordPhase(Phase):
    DRAFT = "draft"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    EFFECTIVE = "effective"
    RETIRED = "retired"


class LotPhase(Phase):
    OPEN = "open"
    COMPLETED = "completed"
    CLOSED = "closed"
    DISCARDED = "discarded"


class ContainerPhase(Phase):
    IN_USE = "in_use"
    STORED = "stored"
    FILLED = "filled"
    SPENT = "spent"
    DISCARDED = "discarded"


class ClearancePhase(Phase):
    CLEARED = "cleared"
    VERIFIED = "verified"
    USED = "used"


class StationRecordPhase(Phase):
    OPEN = "open"
    CLOSED = "closed"


class StepPhase(Phase):
    STARTED = "started"
    COMPLETED = "completed"
    VERIFIED = "verified"


class ValuePhase(Phase):
    CURRENT = "current"
    CORRECTED = "corrected"
    UNDONE = "undone"


MASTER_RECORD = Lifecycle(
    "master_record",
    first=MasterRecordPhase.DRAFT,
    moves={
        "review_master_record": ([MasterRecordPhase.DRAFT], MasterRecordPhase.REVIEWED),
        "approve_master_record": ([MasterRecordPhase.REVIEWED], MasterRecordPhase.APPROVED),
        "make_master_record_effective": ([MasterRecordPhase.APPROVED], MasterRecordPhase.EFFECTIVE),
        "retire_master_record": (
            [
                MasterRecordPhase.DRAFT,
                MasterRecordPhase.REVIEWED,
                MasterRecordPhase.APPROVED,
                MasterRecordPhase.EFFECTIVE,
            ],
            MasterRecordPhase.RETIRED,
        ),
    },
    final=[MasterRecordPhase.RETIRED],
)

LOT = Lifecycle(
    "lot",
    first=LotPhase.OPEN,
    moves={
        "complete_batch": ([LotPhase.OPEN], LotPhase.COMPLETED),
        "close_batch": ([LotPhase.COMPLETED], LotPhase.CLOSED),
        "discard_batch": ([LotPhase.OPEN], LotPhase.DISCARDED),
    },
    final=[LotPhase.CLOSED, LotPhase.DISCARDED],
)

# A tube or vessel is worked on, a cryovial is stored, an infusion bag is filled: each is made in its own phase.
CONTAINER = Lifecycle(
    "container",
    first=ContainerPhase.IN_USE,
    moves={
        "freeze": ([ContainerPhase.IN_USE], ContainerPhase.STORED),
        "suspend": ([ContainerPhase.IN_USE], ContainerPhase.FILLED),
        "spend": ([ContainerPhase.IN_USE, ContainerPhase.STORED, ContainerPhase.FILLED], ContainerPhase.SPENT),
        "discard": ([ContainerPhase.IN_USE, ContainerPhase.STORED, ContainerPhase.FILLED], ContainerPhase.DISCARDED),
    },
    final=[ContainerPhase.SPENT, ContainerPhase.DISCARDED],
)

CLEARANCE = Lifecycle(
    "clearance",
    first=ClearancePhase.CLEARED,
    moves={
        "verify_clearance": ([ClearancePhase.CLEARED], ClearancePhase.VERIFIED),
        "open_batch": ([ClearancePhase.VERIFIED], ClearancePhase.USED),
    },
    final=[ClearancePhase.USED],
)

# Each opening at a station is a record of its own, so that closing it is the end of it.
STATION_RECORD = Lifecycle(
    "station_record",
    first=StationRecordPhase.OPEN,
    moves={"close_record": ([StationRecordPhase.OPEN], StationRecordPhase.CLOSED)},
    final=[StationRecordPhase.CLOSED],
)

STEP = Lifecycle(
    "step",
    first=StepPhase.STARTED,
    moves={
        "complete_step": ([StepPhase.STARTED], StepPhase.COMPLETED),
        "verify_step": ([StepPhase.COMPLETED], StepPhase.VERIFIED),
        "correct_value": ([StepPhase.VERIFIED], StepPhase.COMPLETED),
    },
    # A correction leads out of `verified`, so nothing is final here: the lot's own phase ends the life of its steps.
)

VALUE = Lifecycle(
    "value",
    first=ValuePhase.CURRENT,
    moves={
        "correct_value": ([ValuePhase.CURRENT], ValuePhase.CORRECTED),
        "undo": ([ValuePhase.CURRENT], ValuePhase.UNDONE),
    },
    final=[ValuePhase.CORRECTED, ValuePhase.UNDONE],
)
