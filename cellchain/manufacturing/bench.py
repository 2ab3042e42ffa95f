"""The bench screen as data: what the running step asks for, what it has, and what a scan means here."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from cellchain.accounts.queries import display_name
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels.printing import queries as printing
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import batch_record, charts, environment, label_work, queries, stations, ticks, undo
from cellchain.manufacturing.bench_needs import Needs, needs_of
from cellchain.manufacturing.charts import Gauge
from cellchain.manufacturing.clocks import Clock, clocks_of
from cellchain.manufacturing.describe import title_of
from cellchain.manufacturing.environment import Room
from cellchain.manufacturing.label_work import LabelWork
from cellchain.manufacturing.record_views import Progress, StepView, ValueView
from cellchain.manufacturing.rules.batch import is_left
from cellchain.manufacturing.rules.definition import Act, Limits, Parameter, ParameterKind, Standing, Step
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, LotPhase
from cellchain.manufacturing.stations import OpenRecord
from cellchain.manufacturing.ticks import Tick
from cellchain.manufacturing.undo import Undoable
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx
from cellchain.web.format import SUPERSCRIPTS
from cellchain.web.i18n import Voice

RECENT_MAX = 4
LARGE_FROM = 10_000
COUNTED = "cells"
SPACE = "\u00a0"
UNITS: Mapping[str, T] = {
    "cells": T("cells"),
    "cells/cm²": T("cells/cm²"),
}
# What a step's act works on, and what the order calls it: a scan of such a container opens the act with it filled in.
WORKS_ON: Mapping[Act, tuple[ContainerKind, str]] = {
    Act.SEPARATE: (ContainerKind.HARVEST_BAG, "container"),
    Act.SEED: (ContainerKind.TUBE, "container"),
    Act.CHANGE_MEDIUM: (ContainerKind.VESSEL, "vessels"),
    Act.PASSAGE: (ContainerKind.VESSEL, "vessels"),
    Act.HARVEST: (ContainerKind.VESSEL, "vessels"),
    Act.SPLIT: (ContainerKind.TUBE, "container"),
    Act.POOL: (ContainerKind.TUBE, "containers"),
    Act.FREEZE: (ContainerKind.TUBE, "container"),
    Act.THAW: (ContainerKind.CRYOVIAL, "vial"),
    Act.SUSPEND: (ContainerKind.TUBE, "container"),
}
ACTS: Mapping[Act, T] = {
    Act.SEPARATE: T("Record the separation"),
    Act.SEED: T("Record the seeding"),
    Act.CHANGE_MEDIUM: T("Record the medium change"),
    Act.PASSAGE: T("Record the passage"),
    Act.HARVEST: T("Record the harvest"),
    Act.SPLIT: T("Record the split"),
    Act.POOL: T("Record the pool"),
    Act.FREEZE: T("Record the vials"),
    Act.THAW: T("Record the thaw"),
    Act.SUSPEND: T("Record the bag"),
    Act.PREPARE_CONTROL: T("Record the control bag"),
}


@dataclass(frozen=True)
class Shown:
    """A parameter's values as people read them. Large counts are written with the power of ten of their limit, so that
    both compare at a glance, unless they lie too far from it."""

    parameter: Parameter
    voice: Voice
    exponent: int

    def number(self, value: Decimal) -> str:
        """The value without its unit."""
        if self.parameter.kind == ParameterKind.CONFIRM:
            return self.voice.gettext("Yes") if value else self.voice.gettext("No")
        if self.exponent:
            return self.voice.format.decimal(value.scaleb(-self.exponent), 2)
        if not self.parameter.decimals:
            return self.voice.format.number(int(value))
        return self.voice.format.decimal(value, self.parameter.decimals)

    @property
    def unit(self) -> str:
        """`× 10⁸`, `%`, or nothing."""
        if self.parameter.kind == ParameterKind.CONFIRM:
            return ""
        if self.exponent:
            return f"×{SPACE}10{str(self.exponent).translate(SUPERSCRIPTS)}"
        words = UNITS.get(self.parameter.unit)
        return self.voice.format.unit(self.parameter.unit) if words is None else self.voice.say(words)

    def text(self, value: Decimal) -> str:
        """The value with its unit."""
        return self._with_unit(self.number(value))

    def range(self, limits: Limits | None) -> str:
        """A limit in words: `80 % or more`, `1.80 to 2.20 × 10⁸`."""
        if limits is None:
            return self.voice.say(T("No limit"))
        if self.parameter.kind == ParameterKind.CONFIRM:
            return self.voice.say(T("Must be yes"))
        own = replace(self, exponent=_exponent(self.parameter, limits.high or limits.low))
        low, high = own._bound(limits.low), own._bound(limits.high)
        if limits.low is not None and limits.high is not None:
            return self.voice.say(T("{low} to {high}", low=low, high=own._with_unit(high)))
        if limits.low is not None:
            return self.voice.say(T("{low} or more", low=own._with_unit(low)))
        return self.voice.say(T("{high} or less", high=own._with_unit(high)))

    def _bound(self, value: Decimal | None) -> str:
        """The end of a limit as it was written, without the decimals of a measurement."""
        if value is None or self.exponent:
            return "" if value is None else self.number(value)
        plain = int(value) if value == value.to_integral_value() else value.normalize()
        return self.voice.format.number(plain)

    def _with_unit(self, number: str) -> str:
        return f"{number}{SPACE}{self.unit}" if self.unit else number


def _exponent(parameter: Parameter, reference: Decimal | None) -> int:
    is_large = reference is not None and parameter.unit == COUNTED and abs(reference) >= LARGE_FROM
    return reference.adjusted() if is_large and reference is not None else 0


def shown_as(parameter: Parameter, voice: Voice, value: Decimal | None = None) -> Shown:
    """How a value of a parameter is written, or its limits where there is no value."""
    limits = parameter.action or parameter.alert
    exponent = _exponent(parameter, value if limits is None else limits.high or limits.low)
    if value is not None and not -1 <= value.scaleb(-exponent).adjusted() < 1:
        exponent = _exponent(parameter, value)
    return Shown(parameter, voice, exponent)


def shown_by(voice: Voice, parameter: Parameter, value: Decimal | None = None) -> Shown:
    """As `shown_as`, the voice first, so that a route can hand it to a template."""
    return shown_as(parameter, voice, value)


@dataclass(frozen=True)
class LimitRow:
    """A recorded value beside its limit, as `ui.limit` draws it. `id` is the value's number, for a recount."""

    id: int
    s: str
    name: str
    limit: str
    value: str
    unit: str
    word: T
    do: T | None
    gauge: Gauge
    may_recount: bool

    @property
    def zone_from(self) -> float:
        return self.gauge.zone_from

    @property
    def zone_to(self) -> float:
        return self.gauge.zone_to

    @property
    def at(self) -> float:
        return self.gauge.at


def limit_row(parameter: Parameter, view: ValueView, voice: Voice, *, is_recount: bool) -> LimitRow:
    """One value, where it stands, and what to do where it stands outside."""
    shown = shown_as(parameter, voice, view.value)
    limits = parameter.alert if view.standing == Standing.ALERT else parameter.action or parameter.alert
    s, word = _standing(shown, limits, view)
    do = None
    if view.standing == Standing.ACTION and not parameter.is_asked:
        do = T("QA decides. QA was told at {at}.", at=voice.format.clock(view.entered_at))
    elif view.standing == Standing.ACTION:
        do = (
            T("This is the recount: QA decides. Do not count again.")
            if is_recount
            else T(
                "Recount once. If it stays out, QA decides. QA was told at {at}.",
                at=voice.format.clock(view.entered_at),
            )
        )
    return LimitRow(
        id=view.id,
        s=s,
        name=parameter.title.words(voice.language),
        limit=shown.range(limits),
        value=shown.number(view.value),
        unit=shown.unit,
        word=word,
        do=do,
        gauge=charts.gauge(parameter, view.value),
        may_recount=view.standing == Standing.ACTION and not is_recount and parameter.is_asked,
    )


def _standing(shown: Shown, limits: Limits | None, view: ValueView) -> tuple[str, T]:
    if view.standing == Standing.WITHIN:
        return "ok", T("Within limit") if limits is not None else T("Recorded")
    if view.standing == Standing.ALERT:
        return "warn", T("Outside the alert limit")
    if shown.parameter.kind == ParameterKind.CONFIRM or limits is None:
        return "stop", T("Out of limit")
    if limits.low is not None and view.value < limits.low:
        return "stop", T("Out of limit, {by} low", by=shown.number(limits.low - view.value))
    return "stop", T("Out of limit, {by} high", by=shown.number(view.value - (limits.high or view.value)))


@dataclass(frozen=True)
class Ask:
    """A value that the running step still needs from a person."""

    key: str
    name: str
    limit: str
    unit: str
    is_question: bool


@dataclass(frozen=True)
class Recent:
    """An earlier scan or value of the running step."""

    at: datetime
    what: str
    word: T


@dataclass(frozen=True)
class Left:
    """A container of the lot that still holds something: before the batch is complete it is used or given up."""

    code: str
    title: T


@dataclass(frozen=True)
class BenchView:
    """Everything on the bench screen of one lot."""

    page: Progress
    location: str
    number: int
    count: int
    rows: tuple[LimitRow, ...]
    asks: tuple[Ask, ...]
    coming: tuple[Ask, ...]
    act: T | None
    act_href: str
    materials: tuple[Tick, ...]
    equipment: tuple[Tick, ...]
    people: tuple[Tick, ...]
    recent: tuple[Recent, ...]
    undo: Undoable | None
    needs: Needs
    names: Mapping[str, str]
    station: str | None
    record: OpenRecord | None
    labels: LabelWork
    clocks: tuple[Clock, ...]
    room: Room
    left: tuple[Left, ...]

    @property
    def step(self) -> Step | None:
        return None if self.page.running is None else self.page.running.step

    @property
    def is_over(self) -> bool:
        """Whether every step that a batch must have was done, and none runs: what is left over is given up then."""
        return self.page.lot.phase == LotPhase.OPEN and self.page.is_done

    @property
    def may_end(self) -> bool:
        """Whether the batch may be completed now."""
        return self.is_over and not self.page.to_verify and not self.left

    @property
    def to_scan_count(self) -> int:
        """How many materials and machines the running step still needs."""
        left = None if self.page.running is None else self.page.running.missing
        return 0 if left is None else len(left.materials) + len(left.equipment)

    @property
    def missing_count(self) -> int:
        """How many things the running step still needs."""
        return 0 if self.page.running is None else self.page.running.missing.count


def bench_view(tx: ReadTx, code: str, voice: Voice, actor: Actor, step: str = "") -> BenchView:
    """The bench of a lot; of the steps that may come now, `step` is shown as the next. Raises NotFound."""
    page = _turned_to(batch_record.progress(tx, code), step)
    running = page.running
    people = {view.performer for view in page.to_verify}
    if running is not None:
        people |= {running.performer, *running.writers}
    names = {person: display_name(tx, person) for person in people}
    keys = [step.key for step in page.definition.steps]
    at = _place(page, keys)
    containers = queries.containers_of(tx, code)
    return BenchView(
        page=page,
        location=materials.location_facts(tx, page.lot.location).name,
        number=at + 1,
        count=len(keys),
        rows=() if running is None else _rows(running, voice),
        asks=() if running is None else _asks(running, voice),
        coming=tuple(
            _ask(parameter, voice) for step in page.coming[:1] for parameter in step.parameters if parameter.is_asked
        ),
        act=None if running is None or running.missing.act is None else ACTS[running.missing.act],
        act_href="" if running is None else _act_href(tx, page, running),
        materials=ticks.at_hand(page, "materials") if running is None else ticks.materials_of(tx, running, voice),
        equipment=ticks.at_hand(page, "equipment") if running is None else ticks.equipment_of(running),
        people=() if running is None else ticks.people_of(running, names),
        recent=() if running is None else _recent(running),
        undo=undo.last_of(tx, code, running, actor, voice.language),
        needs=needs_of(tx, page, actor, voice),
        names=names,
        station=actor.device if actor.device in printing.stations(tx) else None,
        record=stations.record_at(tx, actor.device),
        labels=label_work.of_lot(tx, code, containers, () if running is None else running.samples_taken),
        clocks=clocks_of(tx, page, containers),
        room=environment.room(tx, page.lot.location, voice),
        left=tuple(Left(one.code, title_of(one)) for one in containers if is_left(one.kind, one.phase)),
    )


def _turned_to(page: Progress, step: str) -> Progress:
    """The same, with the steps that may come now turned round until the one that somebody chose is first."""
    keys = [one.key for one in page.coming]
    at = keys.index(step) if step in keys else 0
    return replace(page, coming=(*page.coming[at:], *page.coming[:at]))


def _place(page: Progress, keys: list[str]) -> int:
    if page.running is not None:
        return keys.index(page.running.step.key)
    return keys.index(page.coming[0].key) if page.coming else len(keys)


def _rows(view: StepView, voice: Voice) -> tuple[LimitRow, ...]:
    rows = []
    for parameter in view.step.parameters:
        value = view.current(parameter.key)
        if value is not None:
            rows.append(limit_row(parameter, value, voice, is_recount=value.replaces is not None))
    return tuple(rows)


def _asks(view: StepView, voice: Voice) -> tuple[Ask, ...]:
    """Values that no act will bring: those of an act come with it, so nobody enters them twice."""
    if view.missing.act is not None:
        return ()
    missing = [parameter for parameter in view.step.parameters if parameter.key in view.missing.parameters]
    return tuple(_ask(parameter, voice) for parameter in missing)


def _ask(parameter: Parameter, voice: Voice) -> Ask:
    shown = shown_as(parameter, voice)
    return Ask(
        key=parameter.key,
        name=parameter.title.words(voice.language),
        limit=_asked(shown, parameter),
        unit=replace(shown, exponent=0).unit,
        is_question=parameter.kind == ParameterKind.CONFIRM,
    )


def _asked(shown: Shown, parameter: Parameter) -> str:
    limit = shown.range(parameter.action or parameter.alert)
    if parameter.target is None:
        return limit
    return shown.voice.say(T("{limit}, target {target}", limit=limit, target=shown.number(parameter.target)))


def _act_href(tx: ReadTx, page: Progress, view: StepView) -> str:
    act = view.step.act
    if act is None:
        return ""
    href = f"/do/manufacturing/{act.value}?lot={page.lot.code}&next=/bench/{page.lot.code}"
    if act not in WORKS_ON:
        return href
    kind, field = WORKS_ON[act]
    found = queries.in_use(tx, page.lot.code, kind, 2)
    if act == Act.SEPARATE and not found:
        bags = [queries.harvest_bag_of(tx, source) for source in page.lot.sources]
        found = [bag.code for bag in bags if bag is not None and bag.phase == ContainerPhase.IN_USE]
    return f"{href}&{field}={found[0]}" if len(found) == 1 else href


def _recent(view: StepView) -> tuple[Recent, ...]:
    found = [
        *(Recent(item.used_at, item.lot, T("accepted")) for item in view.materials),
        *(Recent(item.used_at, item.equipment, T("accepted")) for item in view.equipment),
    ]
    return tuple(sorted(found, key=lambda item: item.at, reverse=True)[:RECENT_MAX])
