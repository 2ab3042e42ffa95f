"""Which label a thing wears: due, printed and not scanned back, scanned back, or stopped."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels.models import Label
from cellchain.labels.rules import LIVE, LabelPhase
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import one_of

IN_LOT_MAX = 10_000
ON_THING_MAX = 50

_LIVE = select(Label.target, Label.design, Label.code, Label.phase).where(one_of(Label.phase, LIVE))
IN_LOT = _LIVE.where(Label.lot == bindparam("lot")).order_by(col(Label.code))
ON_THING = _LIVE.where(Label.target == bindparam("target")).order_by(col(Label.code))

_SAID: Mapping[LabelPhase | None, tuple[str, T]] = {
    None: ("pend", T("To be printed")),
    LabelPhase.PRINTED: ("now", T("Printed, not scanned back")),
    LabelPhase.CONFIRMED: ("ok", T("Scanned back")),
    LabelPhase.STOPPED: ("stop", T("Stopped")),
}


@dataclass(frozen=True)
class Worn:
    """The label of one design that a thing wears, or that is due on it: then without `label` and `phase`."""

    target: str
    design: str
    label: str | None = None
    phase: LabelPhase | None = None

    @property
    def said(self) -> tuple[str, T]:
        """Shape and words for how it stands."""
        return _SAID[self.phase]

    @property
    def is_due(self) -> bool:
        """Whether it has to be printed."""
        return self.phase is None

    @property
    def is_proven(self) -> bool:
        """Whether it was scanned back from the thing."""
        return self.phase is LabelPhase.CONFIRMED

    @property
    def is_to_scan(self) -> bool:
        """Whether it was printed and waits to be scanned back."""
        return self.phase is LabelPhase.PRINTED


def on_thing(tx: ReadTx, target: str, design: str, *, instead: Collection[str] = ()) -> Worn:
    """How the label of `design` on a thing stands; a label of a design that stands `instead` of it counts for it."""
    return _first(_rows(tx.many(ON_THING, limit=ON_THING_MAX, target=target)), target, (design, *instead))


def in_lot(tx: ReadTx, lot: str, wanted: Iterable[tuple[str, Sequence[str]]]) -> list[Worn]:
    """The same for many things of a lot in one question: each with its design and those that stand instead of it."""
    by_thing: dict[str, list[Worn]] = {}
    for worn in _rows(tx.many(IN_LOT, limit=IN_LOT_MAX, lot=lot)):
        by_thing.setdefault(worn.target, []).append(worn)
    return [_first(by_thing.get(target, []), target, designs) for target, designs in wanted]


def _rows(rows: Iterable[tuple[str, str, str, LabelPhase]]) -> list[Worn]:
    return [Worn(target, design, code, LabelPhase(phase)) for target, design, code, phase in rows]


def _first(worn: Sequence[Worn], target: str, designs: Sequence[str]) -> Worn:
    """What is scanned back counts before what still has to be."""
    found = [one for one in worn if one.design in designs]
    found.sort(key=lambda one: (one.phase is not LabelPhase.CONFIRMED, designs.index(one.design)))
    return found[0] if found else Worn(target, designs[0])
