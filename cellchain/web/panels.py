"""What a route hands to the larger partials: an order's form, the panel in which a decision is signed, a clock bar."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.web.forms import FieldView, replaced
from cellchain.web.i18n import Voice

EDGE = 12.0  # percent of a bar in which a centred time would stick out


@dataclass(frozen=True)
class OrderForm:
    """An order's form for `partials/_order_form.html`. `target` is the CSS selector that htmx replaces; without it the
    form is sent plainly."""

    action: str
    fields: Sequence[FieldView]
    submit: T | str
    errors: Mapping[str, T]
    target: str | None = None
    danger: bool = False
    cancel: str | None = None

    @property
    def faults(self) -> list[tuple[str, T | str, T]]:
        """Id, label and sentence of each fault."""
        return faults_among(self.fields, self.errors)


def faults_among(fields: Sequence[FieldView], errors: Mapping[str, T]) -> list[tuple[str, T | str, T]]:
    """Id, label and sentence of each fault, in the order of the fields; what belongs to no field comes first."""
    views = {view.name: view for view in _walk(fields)}
    known = [(view.id, view.label, errors[name]) for name, view in views.items() if name in errors]
    lost = [("", "", text) for name, text in errors.items() if name not in views]
    return [*lost, *known]


def _walk(views: Iterable[FieldView]) -> Iterator[FieldView]:
    for view in views:
        yield view
        for at, item in enumerate(view.items):
            yield replaced(item, name=f"{view.name}.{at}")
        for group in view.groups:
            yield from _walk(group)


@dataclass(frozen=True)
class Gate:
    """One condition of a signature. `status` as for Status; a gate that is not ok holds the signature back."""

    status: str
    title: T | str
    detail: T | str = ""


@dataclass(frozen=True)
class Meaning:
    """One meaning a signature may have here; `action` is what its button says."""

    value: str
    label: T | str
    detail: T | str = ""


@dataclass(frozen=True)
class Signature:
    """The signature panel of `partials/_signature.html`. Locked while a gate is not ok; `unlock` says why."""

    action: str
    title: T | str
    submit: T | str
    gates: Sequence[Gate] = ()
    meanings: Sequence[Meaning] = ()
    chosen: str = ""
    duties: T | str = ""
    unlock: T | str = ""
    binds: T | str = ""
    username: str = ""
    fields: Sequence[FieldView] = ()
    error: T | None = None
    danger: bool = False
    errors: Mapping[str, T] = field(default_factory=dict)

    @property
    def faults(self) -> list[tuple[str, T | str, T]]:
        """Id, label and sentence of each fault, as of an order without a signature."""
        return faults_among(self.fields, self.errors)

    @property
    def locked(self) -> bool:
        """Whether something is still missing. The server refuses anyway; this only says so beforehand."""
        return any(gate.status != "ok" for gate in self.gates)


@dataclass(frozen=True)
class ClockBar:
    """Geometry of a clock bar in percent of its length, and its three times as shown. Made by `clock_bar`."""

    now: float
    latest: float
    begin_text: str
    latest_text: str
    end_text: str
    label: T

    @property
    def anchor(self) -> str:
        """How the middle time is aligned, so that it stays inside the bar."""
        return "start" if self.latest < EDGE else "end" if self.latest > 100 - EDGE else "middle"


def clock_bar(voice: Voice, begin: datetime, now: datetime, end: datetime, latest: datetime | None = None) -> ClockBar:
    """The bar from `begin` to `end`. `latest` is when it must start at the latest: the rest is hatched.

    Raises ValueError unless `begin` lies before `end`.
    """
    if not begin < end:
        raise ValueError("a clock bar has a length")
    whole = (end - begin).total_seconds()

    def share(at: datetime) -> float:
        return round(min(max((at - begin).total_seconds() / whole, 0.0), 1.0) * 100, 1)

    shown = voice.format
    texts = [shown.clock(at) for at in (begin, latest or end, end)]
    if latest is None:
        label = T(
            "Began {begin}, now {now}, ends {end} {zone}.",
            begin=texts[0],
            now=shown.clock(now),
            end=texts[2],
            zone=shown.zone_name(now),
        )
    else:
        label = T(
            "Began {begin}, now {now}, start by {latest}, ends {end} {zone}.",
            begin=texts[0],
            now=shown.clock(now),
            latest=texts[1],
            end=texts[2],
            zone=shown.zone_name(now),
        )
    return ClockBar(share(now), share(latest or end), texts[0], texts[1], texts[2], label)
