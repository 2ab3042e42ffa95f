"""Statements compiled once, and rows read without an ORM session.

A statement is a module constant with `bindparam()`s. Compiling one costs far more than running it, so each is compiled
once per dialect and run on the driver itself (measured in docs/decisions/0003). A row comes back as an instance of its
model that no session knows: its attributes read as usual and cannot be set.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, inspect, or_
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement, Select
from sqlmodel import SQLModel

from cellchain.kernel.ensure import ensure

STATEMENTS_MAX = 4_000
Processor = Callable[[Any], Any] | None
Row = TypeVar("Row", bound=SQLModel)


class Prepared:
    """One statement, compiled for one dialect."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self._positions: Sequence[str] | None = compiled.positiontup if compiled.positional else None
        self._constants: dict[str, Any] = {}
        self._binders: dict[str, Callable[[Any], Any]] = {}
        self._required: list[str] = []
        for bind, name in compiled.bind_names.items():
            processor = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if processor is not None:
                self._binders[name] = processor
            if bind.required:
                self._required.append(name)
            else:
                self._constants[name] = bind.effective_value
        self._reader = _reader(statement, dialect) if isinstance(statement, Select) else None

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """What the driver wants for `values`: a tuple or a mapping. Raises InvariantBroken if one is missing."""
        for name in self._required:
            ensure(name in values, f"the statement is given {name}")
        merged = {**self._constants, **values} if self._constants else values
        bound = {
            name: (self._binders[name](value) if name in self._binders else value) for name, value in merged.items()
        }
        return tuple([bound[name] for name in self._positions]) if self._positions is not None else bound

    def read(self, row: Sequence[Any]) -> Any:
        """A driver's row as what was selected: one model or value, or a tuple of them."""
        ensure(self._reader is not None, "a statement that reads is a select")
        return cast(Callable[[Sequence[Any]], Any], self._reader)(row)


class Statements:
    """The compiled statements of one database."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._prepared: dict[Any, Prepared] = {}

    def __call__(self, statement: ClauseElement) -> Prepared:
        """`statement`, compiled at its first use. It must be a module constant: they are counted."""
        found = self._prepared.get(statement)
        return found if found is not None else self.keep(statement, lambda: statement)

    def keep(self, key: Any, build: Callable[[], ClauseElement]) -> Prepared:
        """The statement known under `key`, built and compiled at its first use."""
        found = self._prepared.get(key)
        if found is None:
            ensure(len(self._prepared) < STATEMENTS_MAX, "statements are module constants, not built for each call")
            found = self._prepared[key] = Prepared(build(), self._dialect)
        return found


def fact(model: type[Row], values: dict[str, Any]) -> Row:
    """An instance of `model` with `values` that no session tracks and nobody can change."""
    instance = object.__new__(model)
    object.__setattr__(instance, "__dict__", values)
    object.__setattr__(instance, "__pydantic_fields_set__", set(values))
    object.__setattr__(instance, "__pydantic_extra__", None)
    object.__setattr__(instance, "__pydantic_private__", None)
    return instance


def _reader(statement: Select[Any], dialect: Dialect) -> Callable[[Sequence[Any]], Any]:
    parts: list[Callable[[Sequence[Any]], Any]] = []
    start = 0
    for description in statement.column_descriptions:
        expression = description["expr"]
        if isinstance(expression, type):
            columns: list[Any] = list(inspect(expression).columns)
            parts.append(_model_reader(expression, columns, start, dialect))
            start += len(columns)
        else:
            parts.append(_value_reader(start, _result_processor(description["type"], dialect)))
            start += 1
    if len(parts) == 1:
        return parts[0]
    return lambda row: tuple([part(row) for part in parts])


def _model_reader(model: Any, columns: Sequence[Any], start: int, dialect: Dialect) -> Callable[[Sequence[Any]], Any]:
    plan = [
        (column.key, start + place, _result_processor(column.type, dialect)) for place, column in enumerate(columns)
    ]

    def read(row: Sequence[Any]) -> Any:
        if row[start] is None:  # the empty side of an outer join: a key is never null
            return None
        return fact(model, {name: (row[at] if process is None else process(row[at])) for name, at, process in plan})

    return read


def _value_reader(at: int, process: Processor) -> Callable[[Sequence[Any]], Any]:
    return (lambda row: row[at]) if process is None else (lambda row: process(row[at]))


def _result_processor(kind: Any, dialect: Dialect) -> Processor:
    return cast(Processor, kind.dialect_impl(dialect).result_processor(dialect, None))


def one_of(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """`column` is one of a few fixed `values`. An IN list would be expanded at each run, past the compiled text."""
    return or_(*(column == value for value in sorted(values)))
