"""Column types, and the canonical form that each gives its values in the ledger.

The form follows the column's type, never a driver, so that one story on SQLite and on PostgreSQL folds to one root.
Every column is open (the ledger shows it), personal or secret (the ledger holds a commitment).
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, TypeVar, cast

import orjson
import sqlmodel
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Date, DateTime, Integer, String, Text, inspect
from sqlalchemy import text as sql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel
from sqlmodel._compat import SQLModelConfig

from cellchain.kernel import canonical
from cellchain.kernel.errors import InvariantBroken
from cellchain.kernel.values import dataclass
from cellchain.platform.sealing import Cell, commitment_of

CODE_LENGTH = 14
# SQLModel's Field wants literal arguments where ours are computed.
Field: Any = sqlmodel.Field
STRING_LENGTH_MAX = 4_000
OUTSIDE = "outside_ledger"
COUNTED = "counted"
SERIES = "series"

# Unnamed constraints cannot be dropped by a migration and would tell nobody which rule they mirror.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Record(SQLModel):
    """The base of every table's model. An instance is one row as a fact: no session tracks it, nothing validates it.

    What a row must be is said by orders before and by the table's constraints after; so it is made of its values alone,
    in a fifth of the time that an ORM instance takes. A column that is not given has its default, else None.
    """

    model_config = SQLModelConfig(defer_build=True)  # what nothing validates needs no validator at each start

    def __init_subclass__(cls, **how: Any) -> None:
        """A registry of SQLAlchemy for each table, over the one metadata.

        No mapping refers to another. So the first statement on a table finishes the mapping of that table, where it
        finished those of all: a twelfth of a start.
        """
        super().__init_subclass__(**how)
        cls._sa_registry = registry(metadata=cls.metadata)

    def __new__(cls, **values: Any) -> Any:
        """A row as `fact` makes it. The ORM would enter an instance of `cls` itself into its books."""
        defaults = _defaults(cls)
        if not values.keys() <= defaults.keys():
            raise TypeError(f"{cls.__name__} has no column {sorted(values.keys() - defaults.keys())}")
        return fact(cls, {**defaults, **values})


@cache
def _defaults(model: type[SQLModel]) -> dict[str, Any]:
    return {name: field.get_default() for name, field in model.model_fields.items()}


Row = TypeVar("Row", bound=SQLModel)
_ROWS_OF_MODEL: dict[type[SQLModel], type[SQLModel]] = {}


def fact(model: type[Row], values: dict[str, Any]) -> Row:
    """An instance of `model` with `values` that no session tracks and nobody can change."""
    instance = cast(Row, object.__new__(_rows_of(model)))
    object.__setattr__(instance, "__dict__", values)
    object.__setattr__(instance, "__pydantic_fields_set__", values.keys())
    object.__setattr__(instance, "__pydantic_extra__", None)
    object.__setattr__(instance, "__pydantic_private__", None)
    return instance


def _rows_of(model: type[SQLModel]) -> type[SQLModel]:
    """The class of the rows of `model`: a subclass that reads its columns straight from the row.

    The ORM's attributes would look at each reading for a session that there is not, a tenth of a bedside check.
    """
    found = _ROWS_OF_MODEL.get(model)
    if found is None:
        # Made past the metaclass, which would map it as a table of its own; a plain None yields to the row's value.
        plain = dict.fromkeys((column.key for column in inspect(model).columns), None)
        named = {"__doc__": model.__doc__, "__module__": model.__module__, "__init__": _made}
        found = type.__new__(type(model), model.__name__, (model,), {**plain, **named})
        _ROWS_OF_MODEL[model] = _ROWS_OF_MODEL[found] = found
    return found


def _made(_row: SQLModel, **_values: Any) -> None:
    """Nothing is left to do for a row that `__new__` made whole."""


class Moment(TypeDecorator[datetime]):
    """A UTC time to the microsecond: the canonical text on SQLite, timestamptz on PostgreSQL."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return DateTime(timezone=True) if dialect.name == "postgresql" else String(27)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        text = canonical.moment(value)
        return value.astimezone(UTC) if dialect.name == "postgresql" else text

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else self.direct_reader(dialect)(value)

    def direct_reader(self, dialect: Dialect) -> Callable[[Any], Any]:
        """How a stored time is read."""
        return _in_utc if dialect.name == "postgresql" else _parsed


class Choice(TypeDecorator[StrEnum]):
    """A member of a StrEnum, stored by its value. Its CHECK constraint is made by `choice()`."""

    impl = String(40)
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return str((value if type(value) is self.members else self.members(value))._value_)

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.members(value)

    def direct_reader(self, dialect: Dialect) -> Callable[[Any], Any]:
        """How a stored member is read: looked up, which is what the enumeration itself does in more steps."""
        return {member.value: member for member in self.members}.__getitem__


class Document(TypeDecorator[Any]):
    """Open structured data, stored as its canonical JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical.dumps(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)


class CellText(TypeDecorator[str]):
    """A personal or secret value in its cell (`platform/sealing.py`). Only WriteTx makes cells."""

    impl = Text
    cache_ok = True
    is_cell = True  # a statement that reads it belongs to one database

    def __init__(self, *, encrypted: bool, length_max: int) -> None:
        super().__init__()
        self.encrypted = encrypted
        self.length_max = length_max

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if not isinstance(value, Cell):
            raise InvariantBroken("does not hold: a personal or secret value is written through WriteTx")
        return value.text

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.direct_reader(dialect)(value)

    def direct_reader(self, dialect: Dialect) -> Callable[[Any], Any]:
        """How a cell is opened: with the key of the database that it is read from."""
        opener: Any = dialect
        return lambda text: opener.sealer.open(text)


# What one step made and used bears one time, and is read together.
_parsed = lru_cache(maxsize=4_096)(datetime.fromisoformat)


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def code(
    *,
    primary_key: bool = False,
    references: str | None = None,
    optional: bool = False,
    unique: bool = False,
    index: bool = False,
) -> Any:
    """A column holding an identifier of `identity/codes.py`, or referring to one in the table named by `references`."""
    return Field(
        default=None if optional else ...,
        primary_key=primary_key,
        foreign_key=references,
        ondelete="RESTRICT" if references else None,
        nullable=optional,
        unique=unique,
        index=index and not primary_key,
        sa_type=String(CODE_LENGTH),
    )


def reference(
    target: str, *, primary_key: bool = False, optional: bool = False, unique: bool = False, index: bool = True
) -> Any:
    """A column referring to an identifier in another table (a name of its own: a model often has a field `code`).

    index  none where indexes of the table begin with it: a database that has the choice may take the poorer one
    """
    return code(references=target, primary_key=primary_key, optional=optional, unique=unique, index=index)


@dataclass(frozen=True)
class Series:
    """Which counter gave a number: `prefix`, then for each part of its name the first of its columns that is filled."""

    prefix: str
    parts: tuple[tuple[str, ...], ...]

    def name(self, **columns: object) -> str:
        """The name of the counter, for a row with these values."""
        said = (next((columns[one] for one in part if columns.get(one) is not None), "") for part in self.parts)
        return ":".join([self.prefix, *map(str, said)])


def number(
    *, optional: bool = False, references: str | None = None, index: bool = False, series: Series | None = None
) -> Any:
    """A whole number of up to 64 bits, in the unit its name ends with.

    With `series`, verify holds the counter that gave it against the greatest of them.
    """
    info = {} if series is None else {"sa_column_kwargs": {"info": {SERIES: series}}}
    return Field(
        **info,
        default=None if optional else ...,
        nullable=optional,
        foreign_key=references,
        ondelete="RESTRICT" if references else None,
        index=index or bool(references),
        sa_type=BigInteger,
    )


def key() -> Any:
    """The numbered key of a row that has no identifier of its own; WriteTx counts it without gaps."""
    counted = {"autoincrement": False, "info": {COUNTED: True}}
    return Field(default=None, primary_key=True, sa_type=_KEY, sa_column_kwargs=counted)


def number_key() -> Any:
    """A whole-number key that the writer sets itself."""
    return Field(primary_key=True, sa_type=_KEY, sa_column_kwargs={"autoincrement": False})


def text(
    length_max: int,
    *,
    optional: bool = False,
    unique: bool = False,
    index: bool = False,
    primary_key: bool = False,
    default: Any = ...,
) -> Any:
    """Open text of at most `length_max` characters."""
    if optional and default is ...:
        default = None
    kind = String(length_max) if length_max <= STRING_LENGTH_MAX else Text
    return Field(default=default, nullable=optional, unique=unique, index=index, primary_key=primary_key, sa_type=kind)


def flag(default: Any = ..., *, optional: bool = False) -> Any:
    """True or false; `optional`: or nobody has said."""
    if optional and default is ...:
        default = None
    return Field(default=default, nullable=optional, sa_type=Boolean)


def moment(*, optional: bool = False, index: bool = False) -> Any:
    """A UTC time."""
    return Field(default=None if optional else ..., nullable=optional, index=index, sa_type=Moment)


def day(*, optional: bool = False) -> Any:
    """A calendar day."""
    return Field(default=None if optional else ..., nullable=optional, sa_type=Date)


def document(*, optional: bool = False) -> Any:
    """Open structured data."""
    return Field(default=None if optional else ..., nullable=optional, sa_type=Document)


def choice(members: type[StrEnum], *, optional: bool = False, index: bool = False, default: Any = ...) -> Any:
    """One of `members`. Put `chosen("column", members)` into `__table_args__` for its CHECK."""
    if optional and default is ...:
        default = None
    return Field(default=default, nullable=optional, index=index, sa_type=Choice(members))


def only_while(condition: str) -> dict[str, Any]:
    """The WHERE of a partial index, for both databases: `Index(..., **only_while("phase = 'live'"))`."""
    return {"sqlite_where": sql(condition), "postgresql_where": sql(condition)}


def chosen(column: str, members: type[StrEnum]) -> CheckConstraint:
    """The CHECK that mirrors a `choice()` column."""
    listed = ", ".join(f"'{member.value}'" for member in members)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def personal(length_max: int, *, optional: bool = False, encrypted: bool = False) -> Any:
    """A value about a person, or free text: the ledger holds a commitment, the table a cell."""
    return _cell("personal", length_max, optional, encrypted)


def secret(length_max: int, *, optional: bool = False, encrypted: bool = False) -> Any:
    """A value that proves or decides something (password hash, sealed arm): as personal, and never shown."""
    return _cell("secret", length_max, optional, encrypted)


def outside_ledger(reason: str) -> dict[str, Any]:
    """`__table_args__` entry of a table that the ledger does not follow, with the reason that `verify` reports."""
    return {"info": {OUTSIDE: reason}}


def canonicaliser(column: Column[Any]) -> Callable[[Any], canonical.Json]:
    """The function that gives a stored-or-about-to-be-stored value of `column` its canonical form. None stays None."""
    kind = column.type
    if isinstance(kind, CellText):
        return _cell_form
    if isinstance(kind, Moment):
        return _moment_form
    if isinstance(kind, Choice):
        return lambda value: None if value is None else str(kind.members(value).value)
    if isinstance(kind, Document):
        return lambda value: None if value is None else canonical.dumps(value)
    if isinstance(kind, Date):
        return lambda value: None if value is None else _day_form(value)
    if isinstance(kind, Boolean):
        return lambda value: None if value is None else bool(value)
    if isinstance(kind, BigInteger | Integer):
        return _integer_form
    if isinstance(kind, String):
        return lambda value: None if value is None else str(value)
    raise InvariantBroken(f"does not hold: {column} has a type with a canonical form")


_KEY = BigInteger().with_variant(Integer, "sqlite")


def _cell(kind: str, length_max: int, optional: bool, encrypted: bool) -> Any:
    return Field(
        default=None if optional else ...,
        nullable=optional,
        sa_type=CellText(encrypted=encrypted, length_max=length_max),
        sa_column_kwargs={"info": {"class": kind}},
    )


def _cell_form(value: Any) -> canonical.Json:
    if value is None:
        return None
    return value.commitment if isinstance(value, Cell) else commitment_of(value)


def _moment_form(value: Any) -> canonical.Json:
    if value is None:
        return None
    return canonical.moment(value) if isinstance(value, datetime) else str(value)


def _day_form(value: date | str) -> str:
    return value if isinstance(value, str) else value.isoformat()


def _integer_form(value: Any) -> canonical.Json:
    if value is None:
        return None
    if type(value) is not int:
        raise InvariantBroken("does not hold: a number column holds a whole number")
    return value if -canonical.INTEGER_MAX < value < canonical.INTEGER_MAX else str(value)
