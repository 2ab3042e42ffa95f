"""What others learn about lots and containers: frozen, without a database behind it."""

from datetime import datetime
from typing import NamedTuple

from cellchain.kernel.values import dataclass
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, Content, LotKind, LotPhase


@dataclass(frozen=True)
class LotFacts:
    """A lot. `record_name` and `record_version` are the master record's; `sources` are donations or one bank lot."""

    code: str
    kind: LotKind
    phase: LotPhase
    location: str
    product_code: str
    study: str | None
    opened_by: str
    opened_at: datetime
    completed_by: str | None
    completed_at: datetime | None
    master_record: int
    record_name: str
    record_version: int
    sources: tuple[str, ...]


@dataclass(frozen=True)
class ContainerFacts:
    """A container, with what is left in it."""

    code: str
    lot: str | None
    donation: str | None
    kind: ContainerKind
    content: Content
    phase: ContainerPhase
    passage: int | None
    cells_count: int | None
    cells_made_count: int | None
    volume_ul: int
    volume_made_ul: int
    viability_permille: int | None
    area_cm2: int | None
    doublings_milli: int | None
    made_at: datetime
    made_by: str
    expires_at: datetime | None
    division: int | None
    product_code: str | None


class LotSketch(NamedTuple):
    """A lot in the few words of a graph. `name` is its master record's."""

    kind: LotKind
    phase: LotPhase
    name: str


class ContainerSketch(NamedTuple):
    """A container in the few words of a graph."""

    kind: ContainerKind
    content: Content
    phase: ContainerPhase
    passage: int | None
    lot: str | None
    expires_at: datetime | None

    @property
    def is_filled_bag(self) -> bool:
        """Whether it is an infusion bag that somebody could be given."""
        return self.kind is ContainerKind.INFUSION_BAG and self.phase is ContainerPhase.FILLED


@dataclass(frozen=True)
class BagFacts:
    """An infusion bag: what a bedside, a release and a label ask. Counts are viable cells, None for saline."""

    code: str
    lot: str
    lot_kind: LotKind
    phase: ContainerPhase
    content: Content
    cells_count: int | None
    volume_ul: int
    viability_permille: int | None
    made_at: datetime
    expires_at: datetime
    donation: str | None
    product_code: str
    division: int
    passage: int | None


@dataclass(frozen=True)
class GrowthFacts:
    """One passage of a lot; doublings and their sum in thousandths, None for P0."""

    passage: int
    seeded_count: int
    harvested_count: int
    viability_permille: int
    confluence_permille: int
    doublings_milli: int | None
    cumulative_milli: int | None
    doubling_minutes: int | None
    minutes: int
    at: datetime
    container: str


@dataclass(frozen=True)
class Stage:
    """One stop of the chain line: how many containers are there now, and in how many lots."""

    key: str
    passage: int | None
    containers_count: int
    lots_count: int
