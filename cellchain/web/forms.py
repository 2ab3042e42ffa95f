"""Forms made from orders: one Pydantic class is read from a form and from JSON alike.

`fields_of` tells a template what to ask for, `parse_form` reads what came back. What a person entered is never lost: on
`Invalid`, give the same items and the error's fields to `fields_of` again. Quantities are entered in the unit that
people use and held in the smallest one, by the last word of the field's name: `volume_ul` is entered in millilitres.
Times are entered in the site's zone and held in UTC. A field that asks for a thing takes its code, and the symbol that
the thing wears: `thing_of`, which the house hands in, says what a label, a badge or a wristband stands for.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from cellchain.identity.codes import Kind, ungrouped
from cellchain.identity.scan import System, read
from cellchain.kernel.errors import CellchainError, Invalid
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.uploads import Upload
from cellchain.web import by_hand, faults
from cellchain.web.extraction import words
from cellchain.web.format import local_moment
from cellchain.web.i18n import label_of
from cellchain.web.shape import Shape, identifier_kinds, is_code, kinds_of, list_of, scanned_of, shape_of

FieldKind = Literal[
    "text", "long_text", "code", "number", "decimal", "datetime", "date", "choice", "choices", "bool", "yes_no",
    "secret", "list", "group", "groups", "file",
]  # fmt: skip
Items = Iterable[tuple[str, object]]
Order = TypeVar("Order", bound=BaseModel)
ThingOf = Callable[[str], str]

invalid_from = faults.invalid_from

LONG_TEXT_FROM = 160
RADIOS_MAX = 5
ROWS_MAX = 12
ROWS_SHOWN = 2
NAME_MAX, VALUE_MAX = 200, 60_001  # above the longest field: what is cut here is refused as too long, not read as whole
# What every form carries beside its order; an order's own field of the same name comes first.
ENVELOPE = frozenset(
    {
        "request_id",
        "csrf",
        "reason",
        "happened_at",
        "meaning",
        "signature.username",
        "signature.password",
        "signature.passkey",
        "next",
    }
)


@dataclass(frozen=True)
class Unit:
    """What people say, and how many of the held parts make one of it."""

    name: str
    parts: int = 1


UNITS: Mapping[str, Unit] = {
    "ul": Unit("mL", 1_000),
    "ml": Unit("mL"),
    "mc": Unit("°C", 1_000),
    "permille": Unit("%", 10),
    "percent": Unit("%"),
    "seconds": Unit("s"),
    "minutes": Unit("min"),
    "hours": Unit("h"),
    "days": Unit("d"),
    "cm": Unit("cm"),
    "cm2": Unit("cm²"),
    "mm": Unit("mm"),
    "metres": Unit("m"),
    "kg": Unit("kg"),
    "g": Unit("g"),
}
_COUNTED = Unit("")
_NUMBER = re.compile(r"([+-]?\d{1,18}(?:\.\d{1,9})?)(?:[×x*]10\^?(\d{1,2})|e(\d{1,2}))?", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """One of a few values; `label` is what a person reads."""

    value: str
    label: T | str


@dataclass(frozen=True)
class FieldView:
    """One field as a template draws it. `items` are the inputs of a list, `groups` the rows of nested fields.

    `listed` names the list of the house to choose from: `listings.chosen_from` turns such a field into a choice.
    """

    name: str
    label: T | str
    kind: FieldKind
    required: bool
    hint: T | str = ""
    unit: str = ""
    value: str = ""
    error: T | None = None
    choices: tuple[Choice, ...] = ()
    chosen: tuple[str, ...] = ()
    scan_kinds: tuple[str, ...] = ()
    scan_as: tuple[str, ...] = ()
    max_length: int | None = None
    listed: str = ""
    accept: str = ""
    items: tuple["FieldView", ...] = ()
    groups: tuple[tuple["FieldView", ...], ...] = ()
    shown: int = 0

    @property
    def id(self) -> str:
        """Its id in the page."""
        return f"field-{self.name.replace('.', '-')}" if self.name else "field"


class Entered:
    """What a form brought, by name, every value a text; a file is its name and its hash (`house.files_taken`)."""

    def __init__(self, items: Items) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in items:
            if isinstance(value, str):
                self._values.setdefault(name[:NAME_MAX], []).append(value.strip()[:VALUE_MAX])

    def one(self, name: str) -> str:
        """The last value under `name`, since a form may carry a default before it; empty where there is none."""
        return (self._values.get(name) or [""])[-1]

    def every(self, name: str) -> list[str]:
        """All values under `name` that are not blank."""
        return [value for value in self._values.get(name, []) if value]

    def joined(self, name: str) -> str:
        """All that was said under `name`, in its order: standard words that were chosen, and what was added to them."""
        return " ".join(self.every(name))

    def rows(self, name: str) -> list["Entered"]:
        """The rows `name.0.…`, `name.1.…`, those left blank dropped, so that positions agree with the order."""
        found: dict[int, list[tuple[str, str]]] = {}
        for full, values in self._values.items():
            position, _, rest = full.removeprefix(f"{name}.").partition(".")
            if full.startswith(f"{name}.") and position.isdecimal() and rest:
                found.setdefault(int(position), []).extend((rest, value) for value in values)
        return [Entered(found[at]) for at in sorted(found) if any(value for _, value in found[at])]

    def below(self, name: str) -> "Entered":
        """The values of a nested group."""
        prefix = f"{name}."
        return Entered(
            (full.removeprefix(prefix), value)
            for full, values in self._values.items()
            if full.startswith(prefix)
            for value in values
        )

    def names(self) -> Iterator[str]:
        """Every name that came."""
        yield from self._values


# ---- asking ----------------------------------------------------------------------------------------------------------


def fields_of(
    model: type[BaseModel], items: Items | None = None, errors: Mapping[str, T] | None = None
) -> list[FieldView]:
    """The fields of an order, in its own order, with what was entered (`items`) and what is wrong with it (`errors`).

    Without `items` each field shows its default. Values of an existing record come from `items_of`.
    """
    entered = None if items is None else Entered(items)
    return list(_views(model, entered, errors or {}, ""))


def _views(
    model: type[BaseModel], entered: Entered | None, errors: Mapping[str, T], prefix: str
) -> Iterator[FieldView]:
    for name, field in model.model_fields.items():
        yield _view(name, field, entered, errors, prefix)


def _view(name: str, field: FieldInfo, entered: Entered | None, errors: Mapping[str, T], prefix: str) -> FieldView:
    shape, scanned = shape_of(field), scanned_of(field)
    kind = _kind(name, field, shape)
    full = f"{prefix}{name}"
    unit = _unit(name, shape)
    values = _default(field, unit) if entered is None else entered.every(name)
    view = FieldView(
        name=full,
        label=field.title or words(name.removesuffix(f"_{name.rpartition('_')[2]}") if unit.name else name),
        kind=kind,
        required=field.is_required(),
        hint=field.description or _bounds(shape, unit),
        unit=unit.name,
        value=values[-1] if values and kind != "secret" else "",
        error=errors.get(full),
        choices=_choices(shape),
        chosen=tuple(values),
        scan_kinds=tuple(scanned.kinds),
        scan_as=scanned.tokens,
        max_length=shape.limit("max_length"),
        listed=list_of(field),
    )
    if kind == "list":
        return _with_items(view, shape, values, errors)
    if kind == "file":
        return _with_file(view, field, entered, errors)
    if kind in ("group", "groups"):
        return _with_groups(view, name, shape, entered, errors)
    return view


def _with_file(view: FieldView, field: FieldInfo, entered: Entered | None, errors: Mapping[str, T]) -> FieldView:
    """A file that came already stays with its form: `value` is its hash, `chosen` what it is called."""
    said = None if entered is None else entered.below(view.name)
    sha256, name = ("", "") if said is None else (said.one("sha256"), said.one("name"))
    return replaced(
        view,
        error=view.error or errors.get(f"{view.name}.sha256") or errors.get(f"{view.name}.name"),
        value=sha256,
        chosen=(name,) if sha256 and name else (),
        accept=",".join(kind.accept for kind in kinds_of(field)),
    )


def _with_items(view: FieldView, shape: Shape, values: Sequence[str], errors: Mapping[str, T]) -> FieldView:
    """A list is its values, each in an input, and empty inputs up to a bound; most of those are folded away."""
    bound = min(shape.limit("max_length", of_list=True) or ROWS_MAX, max(ROWS_MAX, len(values)))
    kind = "code" if view.scan_kinds else _scalar_kind(view.name, shape)
    texts = [*values, *[""] * (bound - len(values))]
    items = tuple(
        replaced(view, kind=kind, value=text, required=False, error=errors.get(f"{view.name}.{at}"))
        for at, text in enumerate(texts)
    )
    return replaced(view, items=items, shown=min(bound, len(values) + ROWS_SHOWN))


def _with_groups(
    view: FieldView, name: str, shape: Shape, entered: Entered | None, errors: Mapping[str, T]
) -> FieldView:
    if not shape.many:
        inner = None if entered is None else entered.below(name)
        return replaced(view, groups=(tuple(_views(shape.core, inner, errors, f"{view.name}.")),))
    rows: list[Entered | None] = [] if entered is None else list(entered.rows(name))
    must = max(len(rows), shape.limit("min_length", of_list=True) or 0)
    bound = min(shape.limit("max_length", of_list=True) or ROWS_MAX, max(ROWS_MAX, len(rows)))
    shown = min(bound, max(len(rows) + 1, must))
    drawn = enumerate((*rows, *[Entered(())] * bound)[:bound])
    every = [(at, _views(shape.core, row, errors, f"{view.name}.{at}.")) for at, row in drawn]
    # A row beyond those that must be there may stay blank: none of its fields is needed then.
    groups = tuple(tuple(one if at < must else replaced(one, required=False) for one in row) for at, row in every)
    return replaced(view, groups=groups, shown=shown)


def replaced(view: FieldView, **changes: Any) -> FieldView:
    """The same field with some of its facts changed."""
    return FieldView(**{**vars(view), **changes})


def _kind(name: str, field: FieldInfo, shape: Shape) -> FieldKind:
    if shape.core is Upload:
        return "file"
    if shape.is_model:
        return "groups" if shape.many else "group"
    if shape.many:
        return "choices" if shape.is_choice else "list"
    extra = field.json_schema_extra
    if shape.core is SecretStr or (isinstance(extra, dict) and extra.get("format") == "password"):
        return "secret"
    if shape.core is bool:
        # Unticked means no only where no is the default; where a person has to say so, nothing is preselected.
        return "yes_no" if field.is_required() or field.default is None else "bool"
    scanned, plain = scanned_of(field), _scalar_kind(name, shape)
    if scanned.kinds:
        return "code"
    # A symbol is long and still one line.
    return "text" if scanned.part and plain == "long_text" else plain


def _scalar_kind(name: str, shape: Shape) -> FieldKind:
    if shape.is_choice:
        return "choice"
    if identifier_kinds(shape):
        return "code"
    if shape.core is datetime:
        return "datetime"
    if shape.core is date:
        return "date"
    if shape.core is int:
        return "decimal" if _unit(name, shape).parts > 1 else "number"
    if shape.core is Decimal:
        return "decimal"
    return "long_text" if (shape.limit("max_length") or 0) >= LONG_TEXT_FROM else "text"


def _unit(name: str, shape: Shape) -> Unit:
    return UNITS.get(name.rpartition("_")[2], _COUNTED) if shape.core in (int, Decimal) else _COUNTED


def _bounds(shape: Shape, unit: Unit) -> T | str:
    least, most = shape.limit("ge"), shape.limit("le")
    if shape.core not in (int, Decimal) or least is None or most is None:
        return ""
    return T("{least} to {most}", least=_in_unit(least, unit), most=_in_unit(most, unit))


def _in_unit(held: Any, unit: Unit) -> Decimal:
    shown = Decimal(str(held)) / unit.parts
    return shown.quantize(Decimal(1)) if shown == shown.to_integral_value() else shown.normalize()


def _choices(shape: Shape) -> tuple[Choice, ...]:
    if not shape.is_choice:
        return ()
    if isinstance(shape.core, type) and issubclass(shape.core, Enum):
        return tuple(Choice(str(member.value), label_of(member)) for member in shape.core)
    return tuple(Choice(str(value), words(str(value))) for value in get_args(shape.core))


def _default(field: FieldInfo, unit: Unit) -> list[str]:
    default = field.get_default(call_default_factory=True, validated_data={})
    return [] if field.is_required() else _texts(default, unit, None)


def items_of(values: Mapping[str, object], zone: ZoneInfo, prefix: str = "") -> list[tuple[str, str]]:
    """Form items for known values, such as a record that is about to be corrected: the way back from `parse_form`."""
    items: list[tuple[str, str]] = []
    for name, value in values.items():
        inner = value if isinstance(value, (list, tuple)) else (value,)
        for at, part in enumerate(inner):
            if isinstance(part, BaseModel):
                below = f"{prefix}{name}.{at}." if isinstance(value, (list, tuple)) else f"{prefix}{name}."
                items += items_of({key: getattr(part, key) for key in type(part).model_fields}, zone, below)
            else:
                unit = UNITS.get(name.rpartition("_")[2], _COUNTED)
                items += [(f"{prefix}{name}", text) for text in _texts(part, unit, zone)]
    return items


def _texts(value: object, unit: Unit, zone: ZoneInfo | None) -> list[str]:
    if value is None:
        return []
    if isinstance(value, (list, tuple, set, frozenset)):
        return [text for part in value for text in _texts(part, unit, zone)]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, datetime):
        return [f"{value.astimezone(zone):%Y-%m-%dT%H:%M}"]
    if isinstance(value, (int, Decimal)):
        return [f"{_in_unit(value, unit):f}"]
    return [str(value.value if isinstance(value, Enum) else value)]


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse_form(model: type[Order], items: Items, zone: ZoneInfo, thing_of: ThingOf | None = None) -> Order:
    """The order that a form gives. Raises Invalid, naming every wrong field with a sentence that says what to do.

    Without `thing_of` a symbol that something wears is of the wrong kind wherever the thing is asked for.
    """
    entered = Entered(items)
    reading = _Reading(zone, thing_of)
    raw = reading.model(model, entered, "")
    known = set(model.model_fields)
    for name in entered.names():
        if name.partition(".")[0] not in known and name not in ENVELOPE and not name.startswith(by_hand.TYPED):
            reading.faults[name] = faults.UNKNOWN_FIELD
    try:
        order = model.model_validate(raw)
    except ValidationError as error:
        found = {name: _in_units(name, text) for name, text in faults.invalid_from(error, model).fields.items()}
        raise Invalid({**found, **reading.faults}) from error
    if reading.faults:
        raise Invalid(reading.faults)
    return order


class _Reading:
    """Turns texts into what the model takes, and keeps what could not be turned."""

    def __init__(self, zone: ZoneInfo, thing_of: ThingOf | None) -> None:
        self.zone = zone
        self.thing_of = thing_of
        self.faults: dict[str, T] = {}

    def model(self, model: type[BaseModel], entered: Entered, prefix: str) -> dict[str, Any]:
        raw: dict[str, Any] = {}
        for name, field in model.model_fields.items():
            shape = shape_of(field)
            full = f"{prefix}{name}"
            match _kind(name, field, shape):
                case "groups":
                    rows = entered.rows(name)
                    raw[name] = [self.model(shape.core, row, f"{full}.{at}.") for at, row in enumerate(rows)]
                case "file":
                    inner = entered.below(name)
                    if inner.one("sha256"):
                        raw[name] = {"name": inner.one("name"), "sha256": inner.one("sha256")}
                case "group":
                    inner = entered.below(name)
                    if not shape.optional or any(inner.every(one) for one in inner.names()):
                        raw[name] = self.model(shape.core, inner, f"{full}.")
                case "list" | "choices":
                    texts = entered.every(name)
                    raw[name] = [self.value(text, name, field, f"{full}.{at}") for at, text in enumerate(texts)]
                case "bool":
                    raw[name] = entered.one(name) in ("true", "on", "1")
                case "secret" if entered.one(name):
                    raw[name] = entered.one(name)
                case _ if entered.one(name):
                    value = self.value(entered.one(name), name, field, full)
                    if full not in self.faults:
                        raw[name] = value
        return raw

    def value(self, text: str, name: str, field: FieldInfo, full: str) -> object:
        """One value; a text that cannot be one is a fault under `full`, and stays as it was."""
        shape = shape_of(field)
        try:
            if shape.core is datetime:
                return local_moment(text, self.zone)
            if shape.core in (int, Decimal):
                return _number(text, _unit(name, shape), whole=shape.core is int)
        except _NotANumber as fault:
            self.faults[full] = fault.text
        except ValueError as fault:
            self.faults[full] = faults.CLOCKS_FORWARD if "put forward" in str(fault) else faults.MOMENT
        scanned, named = scanned_of(field), identifier_kinds(shape)
        if scanned.as_printed or not (scanned.kinds or named):
            return text
        # A scan carries the reader's prefix, a typed code the blanks it is printed with.
        seen = read(text)
        bare = ungrouped(seen.text)
        if is_code(bare):
            return self.thing(bare, scanned.kinds or named, full)
        if seen.system is not System.NATIVE and self.thing_of is not None:
            # The number that a supplier or another facility gave it; a field without a house takes no such number.
            return self.thing(text, (), full)
        return bare if named else text

    def thing(self, code: str, kinds: Sequence[str], full: str) -> str:
        """What the field asks for, by its own code or by the symbol that it wears; a badge is worn by a person."""
        if self.thing_of is None or (code[:2] in kinds and code[:2] != Kind.PERSON):
            return code
        try:
            return self.thing_of(code)
        except CellchainError as refusal:
            self.faults[full] = faults.Coded(refusal)
            return code


class _NotANumber(ValueError):
    def __init__(self, text: T) -> None:
        self.text = text
        super().__init__(str(text))


def _number(text: str, unit: Unit, *, whole: bool) -> int | Decimal:
    """A number as people write it: comma or point, blanks between thousands, a true minus, `2.04 × 10^8`, `2e8`."""
    match = _NUMBER.fullmatch("".join(text.split()).replace(",", ".").replace("\u2212", "-"))
    if match is None:
        raise _NotANumber(faults.WHOLE_NUMBER if whole and unit.parts == 1 else faults.NUMBER)
    try:
        held = Decimal(match[1]).scaleb(int(match[2] or match[3] or 0)) * unit.parts
    except InvalidOperation as error:
        raise _NotANumber(faults.NUMBER) from error
    if not whole:
        return held
    if held != held.to_integral_value():
        places = len(str(unit.parts)) - 1
        raise _NotANumber(
            T("Enter at most {decimal_places} decimals.", decimal_places=places) if places else faults.WHOLE_NUMBER
        )
    return int(held)


def _in_units(name: str, text: T) -> T:
    """A bound, said in the unit in which the value was entered."""
    unit = UNITS.get(name.rpartition(".")[2].rpartition("_")[2], _COUNTED)
    if unit.parts == 1 or not text.params.keys() & {"ge", "gt", "le", "lt"}:
        return text
    return T(text.template, **{key: _in_unit(value, unit) for key, value in text.params.items()})
