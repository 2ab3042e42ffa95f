"""What may be taken from a container, which passage it begins, and how much the cells grew."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import phase_text
from cellchain.kernel.units import doubling_time_minutes, population_doublings_milli
from cellchain.kernel.values import dataclass
from cellchain.manufacturing.rules.batch import Source
from cellchain.manufacturing.rules.definition import Definition
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, Content
from cellchain.manufacturing.rules.wording import listed

LIVE = frozenset({ContainerPhase.IN_USE, ContainerPhase.STORED, ContainerPhase.FILLED})


@dataclass(frozen=True)
class Held:
    """A container as far as drawing from it goes. Counts are of cells still inside, None where nobody counted."""

    code: str
    lot: str | None
    kind: ContainerKind
    content: Content
    phase: ContainerPhase
    cells_count: int | None
    volume_ul: int
    passage: int | None


@dataclass(frozen=True)
class Draw:
    """What leaves a container, and what stays."""

    cells_count: int | None
    volume_ul: int
    cells_left_count: int | None
    volume_left_ul: int

    @property
    def empties(self) -> bool:
        return self.cells_left_count == 0 or (self.cells_left_count is None and self.volume_left_ul == 0)


def may_take(held: Held, lot: str, kinds: Sequence[ContainerKind]) -> None:
    """A container is worked on in its own lot, while something is inside, where its kind belongs to the act."""
    if held.lot != lot:
        raise _other_lot(held)
    must_hold(held, kinds)


def _other_lot(held: Held) -> Refused:
    return Refused(
        "container.other_lot",
        "{container} does not belong to this lot. Put it back and scan a container of this lot.",
        container=held.code,
    )


def may_separate(held: Held, lot: str, *, is_source: bool) -> None:
    """A harvest bag is opened in a lot that comes from its donation, and in no other lot after that."""
    if not is_source or held.lot not in (None, lot):
        raise _other_lot(held)
    must_hold(held, [ContainerKind.HARVEST_BAG])


def must_hold(held: Held, kinds: Sequence[ContainerKind]) -> None:
    """The container is of one of `kinds` and was neither emptied nor discarded."""
    if held.kind not in kinds:
        raise Refused(
            "container.wrong_kind",
            "{container} is of kind “{kind}”. This is done with: {wanted}.",
            container=held.code,
            kind=held.kind,
            wanted=listed(kinds),
        )
    if held.phase not in LIVE:
        raise Refused(
            "container.gone",
            "{container} is {phase}. Nothing can be taken from it.",
            container=held.code,
            phase=phase_text(held.phase),
        )


def draw_cells(held: Held, cells_count: int) -> Draw:
    """Take `cells_count` cells, and of the volume the same share. Raises Refused where there are not so many."""
    there = held.cells_count or 0
    if cells_count > there:
        raise Refused(
            "container.overdrawn",
            "{container} holds {there} cells, and {wanted} are asked for. Count again.",
            container=held.code,
            there=there,
            wanted=cells_count,
        )
    volume_ul = held.volume_ul if cells_count == there else held.volume_ul * cells_count // there
    left = there - cells_count
    return Draw(cells_count, volume_ul, left, 0 if left == 0 else held.volume_ul - volume_ul)


def draw_volume(held: Held, volume_ul: int) -> Draw:
    """Take `volume_ul` microlitres, and of the cells, where they were counted, the same share."""
    if volume_ul > held.volume_ul:
        raise Refused(
            "container.overdrawn_volume",
            "{container} holds {there} µL, and {wanted} are asked for. Measure again.",
            container=held.code,
            there=held.volume_ul,
            wanted=volume_ul,
        )
    if held.cells_count is None:
        return Draw(None, volume_ul, None, held.volume_ul - volume_ul)
    if volume_ul == held.volume_ul:
        return Draw(held.cells_count, volume_ul, 0, 0)
    cells_count = held.cells_count * volume_ul // held.volume_ul
    return Draw(cells_count, volume_ul, held.cells_count - cells_count, held.volume_ul - volume_ul)


def draw_all(held: Held) -> Draw:
    """Take everything."""
    return Draw(held.cells_count, held.volume_ul, None if held.cells_count is None else 0, 0)


def passage_seeded(source: Held, definition: Definition) -> int:
    """The passage that cells of `source` begin when they are seeded. Raises Refused at the limit.

    Nucleated cells begin P0; cells that were cultured before begin the next one. Differentiation drops from P6
    (domain.md 3.3), so that passage is refused.
    """
    passage = 0 if source.content == Content.CELLS or source.passage is None else source.passage + 1
    if passage >= definition.passage_limit:
        raise Refused(
            "passage.limit",
            "This would begin P{passage}, and the process ends before P{limit}. Going on takes a changed process.",
            passage=passage,
            limit=definition.passage_limit,
        )
    return passage


def shares(whole: int, weights: Sequence[int]) -> tuple[int, ...]:
    """`whole` split by `weights` into whole numbers that add up to it; what rounding leaves goes to the first ones."""
    total = sum(weights)
    parts = [whole * weight // total for weight in weights]
    for place in range(whole - sum(parts)):
        parts[place] += 1
    return tuple(parts)


@dataclass(frozen=True)
class Growth:
    """What one passage brought: doublings in thousandths, time in minutes. None for P0: other cells were seeded."""

    seeded_count: int
    minutes: int
    doublings_milli: int | None
    cumulative_milli: int | None
    doubling_minutes: int | None


def growth(passage: int, seeded_count: int, harvested_count: int, minutes: int, cumulative_milli: int | None) -> Growth:
    """PD = log2(harvested / seeded), from P1 on (domain.md 3.3). Negative where cells were lost."""
    if passage == 0:
        return Growth(seeded_count, minutes, None, cumulative_milli, None)
    doublings = population_doublings_milli(seeded_count, harvested_count)
    cumulative = (cumulative_milli or 0) + doublings
    return Growth(seeded_count, minutes, doublings, cumulative, doubling_time_minutes(doublings, minutes))


def may_thaw(bank_lot: str | None, sources: Mapping[str, Source], vial: str) -> None:
    """A vial is thawed into a lot that was opened from the vial's own bank lot."""
    if bank_lot is None or bank_lot not in sources or sources[bank_lot].is_donation:
        raise Refused(
            "thaw.not_a_source",
            "{vial} is not from the bank lot that this lot was opened from. Put it back and scan the right vial.",
            vial=vial,
        )


def shelf_life_ends(made_at: datetime, shelf_life_minutes: int) -> datetime:
    """The end of the shelf life, to the minute, never later than its minutes allow."""
    return (made_at + timedelta(minutes=shelf_life_minutes)).replace(second=0, microsecond=0)


def must_be_cultured(held: Held) -> None:
    """What is infused was cultured: nucleated cells straight from the marrow are no product."""
    if held.content != Content.MSC:
        raise Refused(
            "container.not_cultured",
            "{container} holds cells that were not cultured. Scan a harvest.",
            container=held.code,
        )


def may_harvest_together(held: Sequence[Held]) -> int:
    """The passage that all of `held` are in. Raises Refused where they are in different ones."""
    passages = {item.passage for item in held}
    if len(passages) != 1 or None in passages:
        raise Refused("passage.mixed", "These containers are not of one passage. Take those of one passage together.")
    return passages.pop() or 0


def some_vessels(codes: Sequence[str]) -> None:
    """There is at least one vessel to work on."""
    if not codes:
        raise Refused("culture.no_vessels", "No vessel of this lot is in culture. Seed the cells first.")
