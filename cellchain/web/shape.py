"""The shape of an order's fields: the type below `Optional`, `Annotated` and lists, and the limits on the way."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, FutureDate, FutureDatetime, PastDate, PastDatetime
from pydantic.fields import FieldInfo

from cellchain.identity.codes import Identifier, Kind, NotACode, parse
from cellchain.kernel.values import dataclass
from cellchain.ledger.filekinds import FileKind
from cellchain.ledger.uploads import ACCEPTS

# Pydantic's own names for times and dates with a condition.
_ALIASES: dict[object, type] = {
    AwareDatetime: datetime,
    PastDatetime: datetime,
    FutureDatetime: datetime,
    PastDate: date,
    FutureDate: date,
}
_LISTS = (list, tuple, set, frozenset)


@dataclass(frozen=True)
class Shape:
    """`core` is the plain type; `many` says that it stands in a list; limits are the list's own, then the core's."""

    core: Any
    many: bool
    optional: bool
    list_limits: tuple[object, ...]
    limits: tuple[object, ...]

    @property
    def is_model(self) -> bool:
        """Whether the core is a group of fields of its own."""
        return isinstance(self.core, type) and issubclass(self.core, BaseModel)

    @property
    def is_choice(self) -> bool:
        """Whether the core is one of a few named values: an enumeration or a `Literal`."""
        return get_origin(self.core) is Literal or (isinstance(self.core, type) and issubclass(self.core, Enum))

    def limit(self, name: str, *, of_list: bool = False) -> Any:
        """The bound called `name` (`max_length`, `ge`, …), or None where there is none."""
        for limit in self.list_limits if of_list else self.limits:
            found = getattr(limit, name, None)
            if found is not None:
                return found
        return None


def shape_of(field: FieldInfo) -> Shape:
    """The shape of a model's field."""
    return _shape(field.annotation, tuple(field.metadata))


@dataclass(frozen=True)
class Scanned:
    """What a field takes from a scanner: a thing of one of `kinds`, by its own code or by the symbol that it wears.

    With `as_printed` it takes the symbol itself and not what wears it; `design` narrows labels to one design. `part` is
    what it takes of a symbol of another code system.
    """

    kinds: tuple[Kind, ...] = ()
    design: str = ""
    as_printed: bool = False
    part: str = ""

    @property
    def tokens(self) -> tuple[str, ...]:
        """The same in words for `data-scan-as`: `BG` a thing, `=PS` a symbol itself, `=LB:issue_tag` of one design,
        `gs1:lot` a part of a symbol."""
        of_symbol = (self.part,) if self.part else ()
        if not self.as_printed:
            return (*(kind.value for kind in self.kinds), *of_symbol)
        return tuple(f"={kind.value}" + (f":{self.design}" if self.design else "") for kind in self.kinds)


def scanned_of(field: FieldInfo) -> Scanned:
    """What a field takes from a scanner: what it says itself (`registry.scanned`), else the kinds of its identifier."""
    extra = field.json_schema_extra
    said = extra.get("x-scan") if isinstance(extra, dict) else None
    if isinstance(said, dict):
        kinds = said.get("kinds")
        named = tuple(Kind(str(kind)) for kind in kinds) if isinstance(kinds, list) else ()
        return Scanned(named, str(said.get("design", "")), said.get("as_printed") is True, str(said.get("part", "")))
    return Scanned(identifier_kinds(shape_of(field)))


def list_of(field: FieldInfo) -> str:
    """The name of the list that a person chooses the field from (`registry.listed`); "" where it is entered."""
    extra = field.json_schema_extra
    return str(extra.get("x-list", "")) if isinstance(extra, dict) else ""


def kinds_of(field: FieldInfo) -> tuple[FileKind, ...]:
    """The kinds of file that a field takes (`uploads.accepting`); none for a field that takes no file."""
    extra = field.json_schema_extra
    said = extra.get(ACCEPTS) if isinstance(extra, dict) else None
    return tuple(FileKind(str(kind)) for kind in said) if isinstance(said, list) else ()


def file_fields(model: type[BaseModel]) -> dict[str, tuple[FileKind, ...]]:
    """The fields of an order that take a file, each with its kinds."""
    found = {name: kinds_of(field) for name, field in model.model_fields.items()}
    return {name: kinds for name, kinds in found.items() if kinds}


def identifier_kinds(shape: Shape | None) -> tuple[Kind, ...]:
    """What a field's identifier may name; empty where the field is no identifier."""
    core = None if shape is None else shape.core
    return core.kinds if isinstance(core, type) and issubclass(core, Identifier) else ()


def is_code(text: str) -> bool:
    """Whether a text is an identifier of any kind, check digits and all."""
    try:
        parse(text)
    except NotACode:
        return False
    return True


def _shape(annotation: Any, limits: tuple[object, ...]) -> Shape:
    optional = many = False
    list_limits: tuple[object, ...] = ()
    while True:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation, limits = arguments[0], (*_flat(arguments[1:]), *limits)
        elif origin in (Union, UnionType):
            others = [argument for argument in arguments if argument is not NoneType]
            optional = optional or len(others) < len(arguments)
            if len(others) != 1:
                return Shape(annotation, many, optional, list_limits, limits)
            annotation = others[0]
        elif origin in _LISTS and not many:
            annotation, list_limits, limits, many = arguments[0], limits, (), True
        else:
            return Shape(_ALIASES.get(annotation, annotation), many, optional, list_limits, limits)


def _flat(metadata: Sequence[object]) -> Iterator[object]:
    """Limits as they are; a pydantic `Field(...)` inside an alias gives the limits it holds."""
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from item.metadata
        else:
            yield item


def shape_at(model: type[BaseModel], names: Sequence[str]) -> Shape | None:
    """The shape of the field at `names` (field names and list positions), or None where there is no such field."""
    shape: Shape | None = None
    here: type[BaseModel] | None = model
    for name in names:
        if name.isdigit():
            continue
        field = here.model_fields.get(name) if here is not None else None
        if field is None:
            return None
        shape = shape_of(field)
        here = shape.core if shape.is_model else None
    return shape
