"""The lists beside a bench: what was scanned, what is still wanted and which lot of it comes first, and who works."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Literal

from cellchain.kernel.text import T
from cellchain.manufacturing.record_views import Progress, StepView
from cellchain.materials import inventory, queries
from cellchain.materials.rules import MaterialKind, stock
from cellchain.platform.db import ReadTx
from cellchain.web.format import grouped
from cellchain.web.i18n import Voice

# Shape, words, detail.
Tick = tuple[str, object, object]


def sooner(tx: ReadTx, lot: str) -> T | None:
    """A sentence where another lot of the same material should have been taken before this one."""
    chosen = queries.lot_facts(tx, lot)
    return stock.hint(chosen, inventory.first_of_material(tx, chosen.material))


def materials_of(tx: ReadTx, view: StepView, voice: Voice) -> tuple[Tick, ...]:
    """What was scanned, and what still is to be, with the lot of it that comes first."""
    ticks: list[Tick] = [
        ("ok", item.name, T("{lot}, expires {on}", lot=item.supplier_lot, on=item.expires_on))
        for item in view.materials
    ]
    wanted = view.missing.materials
    return (*ticks, *_wanted(wanted, [_first_lot(tx, kind, voice) for kind in wanted]))


def _first_lot(tx: ReadTx, kind: MaterialKind, voice: Voice) -> T:
    """First expired, first out: the lot to take, until when, and how much of it is left."""
    first = inventory.first_of_kind(tx, kind)
    if first is None:
        return T("No lot of it may be used. Tell the store.")
    if first.left_milli is None:
        return T("Take {lot} first, it ends on {day}", lot=grouped(first.code), day=first.expires_on)
    left = voice.format.amount(first.left_milli, first.unit.value)
    return T(
        "Take {lot} first, it ends on {day}, {left} left", lot=grouped(first.code), day=first.expires_on, left=left
    )


def equipment_of(view: StepView) -> tuple[Tick, ...]:
    """What was scanned, and what still is to be."""
    ticks: list[Tick] = [
        ("ok", item.name, T("Calibrated until {until}", until=item.calibration_due)) for item in view.equipment
    ]
    wanted = view.missing.equipment
    return (*ticks, *_wanted(wanted, [T("In service and calibrated")] * len(wanted)))


def _wanted(kinds: Sequence[StrEnum], details: Sequence[T]) -> tuple[Tick, ...]:
    """What is still to be scanned: the first one is next."""
    return tuple(
        ("off" if place else "now", T("Scan: {kind}", kind=kind), "" if place else detail)
        for place, (kind, detail) in enumerate(zip(kinds, details, strict=True))
    )


def at_hand(page: Progress, what: Literal["materials", "equipment"]) -> tuple[Tick, ...]:
    """What the next step will ask for, while none is running."""
    return tuple(("off", kind, "") for step in page.coming[:1] for kind in getattr(step, what))


def people_of(view: StepView, names: Mapping[str, str]) -> tuple[Tick, ...]:
    """Who performs, and who is still to verify."""
    performer: Tick = ("ok", T("{name} performs", name=names[view.performer]), T("Since {at}", at=view.started_at))
    if not view.step.verified:
        return (performer,)
    return (performer, ("off", T("Verifier: another person, when the step is complete"), ""))
