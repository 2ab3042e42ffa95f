"""Tables of manufacturing. Amounts are what is in a container now; what it was made with stands beside them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from cellchain.ledger.filekinds import FileKind
from cellchain.manufacturing.balances.models import BalanceCheck as BalanceCheck  # tables of the rooms inside this one
from cellchain.manufacturing.balances.models import ContainerLoss as ContainerLoss
from cellchain.manufacturing.counts.models import CellCount as CellCount
from cellchain.manufacturing.counts.models import CounterColumns as CounterColumns
from cellchain.manufacturing.counts.models import CountRun as CountRun
from cellchain.manufacturing.rules.definition import Standing
from cellchain.manufacturing.rules.lifecycles import (
    ClearancePhase,
    ContainerKind,
    ContainerPhase,
    Content,
    EnvironmentKind,
    LotKind,
    LotPhase,
    MasterRecordPhase,
    SourceKind,
    StationRecordPhase,
    StepPhase,
    ValuePhase,
)
from cellchain.manufacturing.sampling.models import StepSample as StepSample
from cellchain.materials.rules import RoomClass
from cellchain.platform.columns import (
    Record,
    Series,
    choice,
    chosen,
    day,
    document,
    flag,
    key,
    moment,
    number,
    only_while,
    personal,
    reference,
    text,
)
from cellchain.platform.columns import code as identifier


class MasterRecord(Record, table=True):
    """One version of the instructions for one kind of lot. `steps` is the whole definition as approved.

    `change` is the number of the change that it was drafted under, which quality keeps.
    """

    __tablename__ = "manufacturing_master_record"
    __table_args__ = (
        chosen("kind", LotKind),
        chosen("phase", MasterRecordPhase),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("reviewed_by <> drafted_by", name="reviewed_by_another"),
        UniqueConstraint("name", "version"),
        Index("uq_manufacturing_master_record_effective", "name", unique=True, **only_while("phase = 'effective'")),
    )

    id: int | None = key()
    name: str = text(80)
    kind: LotKind = choice(LotKind)
    version: int = number()
    phase: MasterRecordPhase = choice(MasterRecordPhase)
    product_code: str = text(20)
    steps: dict[str, Any] = document()
    source_hash: str = text(64)
    change: str | None = text(20, optional=True)
    drafted_by: str = identifier()
    drafted_at: datetime = moment()
    reviewed_by: str | None = identifier(optional=True)
    reviewed_at: datetime | None = moment(optional=True)
    approved_by: str | None = identifier(optional=True)
    approved_at: datetime | None = moment(optional=True)
    effective_at: datetime | None = moment(optional=True)
    retired_at: datetime | None = moment(optional=True)


class ProcessTraining(Record, table=True):
    """Somebody was trained in one version of a master record: by whom, until when it counts, and where it is filed."""

    __tablename__ = "manufacturing_training"
    __table_args__ = (
        CheckConstraint("trainer <> person", name="trained_by_another"),
        CheckConstraint("valid_until >= trained_on", name="period_in_order"),
    )

    id: int | None = key()
    person: str = reference("accounts_person.code")
    master_record: int = number(references="manufacturing_master_record.id")
    trainer: str = reference("accounts_person.code")
    trained_on: date = day()
    valid_until: date = day()
    evidence: str = text(200)
    recorded_by: str = identifier()
    recorded_at: datetime = moment()


class Lot(Record, table=True):
    """One run of manufacturing. `location` is where it is worked on: one open lot there at a time."""

    __tablename__ = "manufacturing_lot"
    __table_args__ = (
        chosen("kind", LotKind),
        chosen("phase", LotPhase),
        Index("uq_manufacturing_lot_open_location", "location", unique=True, **only_while("phase = 'open'")),
        Index("ix_manufacturing_lot_phase", "phase", "code"),
        Index("ix_manufacturing_lot_opened", "opened_at", "code"),
    )

    code: str = identifier(primary_key=True)
    kind: LotKind = choice(LotKind)
    master_record: int = number(references="manufacturing_master_record.id")
    phase: LotPhase = choice(LotPhase)
    location: str = reference("materials_location.code")
    product_code: str = text(20)
    study: str | None = text(40, optional=True)
    opened_by: str = identifier()
    opened_at: datetime = moment()
    completed_by: str | None = identifier(optional=True)
    completed_at: datetime | None = moment(optional=True)


class LotSource(Record, table=True):
    """Where the cells of a lot come from: a donation (DO) or a bank lot (LT)."""

    __tablename__ = "manufacturing_lot_source"
    __table_args__ = (UniqueConstraint("lot", "source"),)

    id: int | None = key()
    lot: str = reference("manufacturing_lot.code")
    source: str = identifier(index=True)


# The divisions of one product out of one donation are numbered through; without a donation, those of one lot.
DIVISIONS = Series("division", (("donation", "lot"), ("product_code",)))


class Container(Record, table=True):
    """Anything labelled that holds cells or product. Codes BG, CT and CV.

    `cells_count` are viable cells (nucleated cells while the content is `cells`) that are still inside, `volume_ul` the
    volume. `cells_grown_count` is what a culture gained or lost between seeding and harvest, `doublings_milli` the
    cumulative population doublings of the cells inside.
    """

    __tablename__ = "manufacturing_container"
    __table_args__ = (
        chosen("kind", ContainerKind),
        chosen("content", Content),
        chosen("phase", ContainerPhase),
        CheckConstraint("cells_count >= 0", name="cells_not_negative"),
        CheckConstraint("volume_ul >= 0", name="volume_not_negative"),
        CheckConstraint("cells_made_count >= 0", name="cells_made_not_negative"),
        CheckConstraint("volume_made_ul >= 0", name="volume_made_not_negative"),
        CheckConstraint("volume_ul <= volume_made_ul", name="volume_within_made"),
        CheckConstraint("cells_count <= cells_made_count + cells_grown_count", name="cells_within_made"),
        CheckConstraint("viability_permille BETWEEN 0 AND 1000", name="viability_share"),
        CheckConstraint("passage >= 0", name="passage_not_negative"),
        CheckConstraint("division >= 1", name="division_positive"),
        CheckConstraint("phase <> 'spent' OR COALESCE(cells_count, 0) = 0", name="spent_is_empty"),
        CheckConstraint("content <> 'saline' OR cells_count IS NULL", name="saline_has_no_cells"),
        UniqueConstraint("donation", "product_code", "division"),
        Index("ix_manufacturing_container_phase", "phase", "code"),
        Index("ix_manufacturing_container_made_at", "made_at", "code"),  # a recall asks for what was made within hours
    )

    code: str = identifier(primary_key=True)
    lot: str | None = reference("manufacturing_lot.code", optional=True)
    donation: str | None = reference("donors_donation.code", optional=True)
    step_record: int | None = number(references="manufacturing_step_record.id", optional=True)
    kind: ContainerKind = choice(ContainerKind)
    content: Content = choice(Content)
    phase: ContainerPhase = choice(ContainerPhase)
    passage: int | None = number(optional=True)
    cells_count: int | None = number(optional=True)
    cells_made_count: int | None = number(optional=True)
    cells_grown_count: int = number()
    volume_ul: int = number()
    volume_made_ul: int = number()
    viability_permille: int | None = number(optional=True)
    area_cm2: int | None = number(optional=True)
    doublings_milli: int | None = number(optional=True)
    made_at: datetime = moment()
    made_by: str = identifier()
    expires_at: datetime | None = moment(optional=True)
    division: int | None = number(optional=True, series=DIVISIONS)
    product_code: str | None = text(20, optional=True)
    discard_reason: str | None = personal(500, optional=True)


class ContainerSource(Record, table=True):
    """One draw: how many cells and how much volume left `parent` for `child`."""

    __tablename__ = "manufacturing_container_source"
    __table_args__ = (
        chosen("kind", SourceKind),
        CheckConstraint("child <> parent", name="not_its_own_source"),
        CheckConstraint("cells_count >= 0", name="cells_not_negative"),
        CheckConstraint("volume_ul >= 0", name="volume_not_negative"),
        UniqueConstraint("child", "parent"),
    )

    id: int | None = key()
    child: str = reference("manufacturing_container.code")
    parent: str = reference("manufacturing_container.code")
    kind: SourceKind = choice(SourceKind)
    cells_count: int | None = number(optional=True)
    volume_ul: int = number()
    at: datetime = moment()


class LineClearance(Record, table=True):
    """A place was cleared of everything from before, and a second person saw it. Good for one lot."""

    __tablename__ = "manufacturing_line_clearance"
    __table_args__ = (
        chosen("phase", ClearancePhase),
        CheckConstraint("verified_by <> cleared_by", name="verified_by_another"),
        UniqueConstraint("used_by_lot"),
    )

    id: int | None = key()
    location: str = reference("materials_location.code")
    phase: ClearancePhase = choice(ClearancePhase)
    cleared_by: str = identifier()
    cleared_at: datetime = moment()
    verified_by: str | None = identifier(optional=True)
    verified_at: datetime | None = moment(optional=True)
    used_by_lot: str | None = reference("manufacturing_lot.code", optional=True)


class StationRecord(Record, table=True):
    """The batch record of a lot lies open at a station, one at a time: no label of another lot prints there."""

    __tablename__ = "manufacturing_station_record"
    __table_args__ = (
        chosen("phase", StationRecordPhase),
        Index("uq_manufacturing_station_record_open", "station", unique=True, **only_while("phase = 'open'")),
    )

    id: int | None = key()
    station: str = text(40)
    lot: str = reference("manufacturing_lot.code")
    phase: StationRecordPhase = choice(StationRecordPhase)
    opened_by: str = identifier()
    opened_at: datetime = moment()
    closed_by: str | None = identifier(optional=True)
    closed_at: datetime | None = moment(optional=True)


class StepRecord(Record, table=True):
    """One step as it was done. `sequence` counts the steps of the lot as they were started; one runs at a time."""

    __tablename__ = "manufacturing_step_record"
    __table_args__ = (
        chosen("phase", StepPhase),
        CheckConstraint("verifier <> performer", name="verified_by_another"),
        UniqueConstraint("lot", "sequence"),
        # How far a lot is, is counted in the index alone, however long its record is.
        Index("ix_manufacturing_step_record_progress", "lot", "step", "phase", "sequence"),
        Index("uq_manufacturing_step_record_running", "lot", unique=True, **only_while("phase = 'started'")),
    )

    id: int | None = key()
    lot: str = reference("manufacturing_lot.code")
    step: str = text(40)
    sequence: int = number()
    phase: StepPhase = choice(StepPhase)
    performer: str = identifier(index=True)
    started_at: datetime = moment(index=True)
    completed_at: datetime | None = moment(optional=True)
    verifier: str | None = identifier(optional=True, index=True)
    verified_at: datetime | None = moment(optional=True)


class StepValue(Record, table=True):
    """A value of a step: a whole number of 10 to the minus `decimals` of `unit`. A correction keeps the original.

    `standing` is where it lay when it was entered, against the master record that its lot keeps; `is_late` says that it
    was entered later than it happened.
    """

    __tablename__ = "manufacturing_step_value"
    __table_args__ = (
        chosen("phase", ValuePhase),
        chosen("standing", Standing),
        CheckConstraint("decimals BETWEEN 0 AND 6", name="decimals_bounded"),
        UniqueConstraint("replaces"),
        # What a reader is told of a whole record is counted in the index alone.
        Index("ix_manufacturing_step_value_tally", "lot", "phase", "standing", "is_late"),
        Index(
            "uq_manufacturing_step_value_current",
            "step_record",
            "parameter",
            unique=True,
            **only_while("phase = 'current'"),
        ),
    )

    id: int | None = key()
    lot: str = reference("manufacturing_lot.code")
    step_record: int = number(references="manufacturing_step_record.id")
    parameter: str = text(40)
    value: int = number()
    decimals: int = number()
    unit: str = text(20)
    phase: ValuePhase = choice(ValuePhase)
    standing: Standing = choice(Standing)
    is_late: bool = flag()
    event_at: datetime = moment()
    entered_at: datetime = moment()
    entered_by: str = identifier()
    replaces: int | None = number(references="manufacturing_step_value.id", optional=True)
    reason: str | None = personal(500, optional=True)


class StepComment(Record, table=True):
    """What somebody wrote to a step beside its values. It is never changed: another comment corrects it."""

    __tablename__ = "manufacturing_step_comment"

    id: int | None = key()
    step_record: int = number(references="manufacturing_step_record.id")
    comment: str = personal(1_000)
    event_at: datetime = moment()
    entered_at: datetime = moment()
    entered_by: str = identifier()


class StepAttachment(Record, table=True):
    """A picture or a PDF that belongs to a step. `digest` is the SHA-256 of its content, `name` what it was called."""

    __tablename__ = "manufacturing_step_attachment"
    __table_args__ = (
        chosen("kind", FileKind),
        CheckConstraint("size_bytes > 0", name="size_positive"),
        UniqueConstraint("step_record", "digest"),
    )

    id: int | None = key()
    step_record: int = number(references="manufacturing_step_record.id")
    digest: str = text(64)
    kind: FileKind = choice(FileKind)
    size_bytes: int = number()
    name: str = personal(120)
    event_at: datetime = moment()
    entered_at: datetime = moment()
    entered_by: str = identifier()


class EquipmentUse(Record, table=True):
    """A piece of equipment was used in a step of a lot; what was taken back at once (`undone_at`) counts no more."""

    __tablename__ = "manufacturing_equipment_use"

    id: int | None = key()
    equipment: str = reference("materials_equipment.code")
    lot: str = reference("manufacturing_lot.code")
    step_record: int = number(references="manufacturing_step_record.id")
    used_at: datetime = moment()
    used_by: str = identifier()
    undone_at: datetime | None = moment(optional=True)


class CellGrowth(Record, table=True):
    """What one passage of a lot brought. Doublings are absent for P0, where nucleated cells were seeded."""

    __tablename__ = "manufacturing_cell_growth"
    __table_args__ = (
        CheckConstraint("seeded_count > 0", name="seeded_positive"),
        CheckConstraint("harvested_count > 0", name="harvested_positive"),
    )

    id: int | None = key()
    lot: str = reference("manufacturing_lot.code")
    container: str = reference("manufacturing_container.code")
    passage: int = number()
    seeded_count: int = number()
    harvested_count: int = number()
    viability_permille: int = number()
    confluence_permille: int = number()
    doublings_milli: int | None = number(optional=True)
    cumulative_milli: int | None = number(optional=True)
    doubling_minutes: int | None = number(optional=True)
    minutes: int = number()
    at: datetime = moment()


class Environment(Record, table=True):
    """One reading of the clean room: `value` in tenths of `unit`, and where it lay by the limits of the room's class.

    It speaks about the time from `window_from` to `window_until`, which for most readings is one moment.
    """

    __tablename__ = "manufacturing_environment"
    __table_args__ = (
        chosen("kind", EnvironmentKind),
        chosen("room_class", RoomClass),
        chosen("standing", Standing),
        CheckConstraint("window_until >= window_from", name="window_in_order"),
        CheckConstraint("standing = 'within' OR comment IS NOT NULL", name="outside_has_comment"),
    )

    id: int | None = key()
    location: str = reference("materials_location.code")
    lot: str | None = reference("manufacturing_lot.code", optional=True)
    kind: EnvironmentKind = choice(EnvironmentKind)
    value: int = number()
    unit: str = text(20)
    room_class: RoomClass | None = choice(RoomClass, optional=True)
    standing: Standing = choice(Standing)
    window_from: datetime = moment()
    window_until: datetime = moment()
    comment: str | None = personal(500, optional=True)
    at: datetime = moment()
    recorded_by: str = identifier()
