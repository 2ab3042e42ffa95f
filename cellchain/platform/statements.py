"""Statements compiled once, and rows read without an ORM session.

A statement is a module constant with `bindparam()`s. Compiling one costs far more than running it, so each is compiled
once per dialect and run on the driver itself (measured in docs/decisions/0003). A row comes back as an instance of its
model that no session knows: its attributes read as usual and cannot be set.
"""

import json
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import BinaryExpression, ColumnElement, String, Table, bindparam, inspect, or_
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement, Select
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import iterate, replacement_traverse
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import InvariantBroken
from cellchain.platform.columns import OUTSIDE, Document, fact

STATEMENTS_MAX = 4_000
_WORD = re.compile(r"\w+")
SHARED_MAX = 10_000  # of all the databases that a process opens, one after another
_PLACE = re.compile(r"%\((\w+)\)s")
# Every table that a statement names, and whether the ledger follows it.
AUDITED: dict[str, bool] = {}
Processor = Callable[[Any], Any] | None
Reader = Callable[[Sequence[Any]], Any]
Row = TypeVar("Row", bound=SQLModel)
ASKED = "asked"
_SHARED: dict[tuple[str, Any], "Prepared"] = {}


class Prepared:
    """One statement, compiled for one dialect.

    Values that never change (`phase = 'open'`) are written into its text: a partial index is used only where the text
    itself says so, and there is less to hand over at each run.
    """

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        binders = {name: _binder(bind.type, dialect) for bind, name in compiled.bind_names.items()}
        constants = {name: bind.effective_value for bind, name in compiled.bind_names.items() if not bind.required}
        fixed = {name: _bound(value, binders[name]) for name, value in constants.items()}
        literals = {name: _literal(value) for name, value in fixed.items() if isinstance(value, str | int)}
        self._positional = bool(compiled.positional)
        if self._positional:
            self.sql, names = _with_literals(str(compiled), compiled.positiontup, literals)
        else:
            self.sql = _PLACE.sub(lambda place: literals.get(place[1], place[0]), str(compiled))
            names = [name for name in binders if name not in literals]
        self._steps = [(name, binders[name]) for name in names]
        self._fixed = {name: value for name, value in constants.items() if name not in literals}
        AUDITED.update((table.name, OUTSIDE not in table.info) for table in _tables_of(statement))
        self.words = frozenset(_WORD.findall(self.sql))  # the name of every table that it reads is among them
        self.writes: str | None = cast(Table, statement.table).name if isinstance(statement, UpdateBase) else None
        self.shares = isinstance(statement, Select) and not _holds(statement) and not _reads_documents(statement)
        # A driver's row as what was selected: one model or value, or a tuple of them.
        self.read: Reader = _reader(statement, dialect) if isinstance(statement, Select) else _reads_nothing
        # Cells are opened with the key of their own database; everything else is the same for each of its kind.
        self.opens_cells = isinstance(statement, Select) and any(_is_cell(kind) for kind in _kinds(statement))

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """What the driver wants for `values`: a tuple or a mapping. Raises InvariantBroken if one is missing."""
        given = {**self._fixed, **values} if self._fixed else values
        try:
            if self._positional:
                return tuple([given[name] if bind is None else bind(given[name]) for name, bind in self._steps])
            return {name: given[name] if bind is None else bind(given[name]) for name, bind in self._steps}
        except KeyError as error:
            raise InvariantBroken(f"does not hold: the statement is given {error}") from error


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
            found = self._prepared[key] = self._shared(key) or self._made(key, build())
        return found

    def _shared(self, key: Any) -> Prepared | None:
        """What an earlier database of this kind compiled in this process."""
        return _SHARED.get((self._dialect.name, key))

    def _made(self, key: Any, statement: ClauseElement) -> Prepared:
        made = Prepared(statement, self._dialect)
        if not made.opens_cells and len(_SHARED) < SHARED_MAX:
            _SHARED[self._dialect.name, key] = made
        return made


def _tables_of(statement: ClauseElement) -> set[Table]:
    """Every table that a statement names, wherever in it."""
    named = [one if isinstance(one, Table) else getattr(one, "table", None) for one in iterate(statement)]
    return {one for one in named if isinstance(one, Table)}


def _holds(statement: Select[Any]) -> bool:
    """Whether it locks the rows that it reads: then it is asked for the lock as well."""
    return statement._for_update_arg is not None


def _reads_documents(statement: Select[Any]) -> bool:
    """Whether open structured data comes back: lists and mappings, which whoever asked could change."""
    return any(isinstance(kind, Document) for kind in _kinds(statement))


def _reads_nothing(_row: Sequence[Any]) -> Any:
    raise InvariantBroken("does not hold: a statement that reads is a select")


def _reader(statement: Select[Any], dialect: Dialect) -> Callable[[Sequence[Any]], Any]:
    parts: list[Reader] = []
    start = 0
    if len(statement.column_descriptions) > 1 and not any(
        isinstance(description["expr"], type) for description in statement.column_descriptions
    ):
        return _values_reader([description["type"] for description in statement.column_descriptions], dialect)
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
    names = [column.key for column in columns]
    end = start + len(names)
    processed = [
        (column.key, process) for column in columns if (process := _result_processor(column.type, dialect)) is not None
    ]

    def read(row: Sequence[Any]) -> Any:
        if row[start] is None:  # the empty side of an outer join: a key is never null
            return None
        values = dict(zip(names, row[start:end], strict=True))
        for name, process in processed:
            value = values[name]
            if value is not None:
                values[name] = process(value)
        return fact(model, values)

    return read


def _values_reader(kinds: Sequence[Any], dialect: Dialect) -> Reader:
    """Columns alone, as a tuple: only those that are stored in another form are looked at."""
    processors = [(at, _result_processor(kind, dialect)) for at, kind in enumerate(kinds)]
    processed = [(at, process) for at, process in processors if process is not None]

    def read(row: Sequence[Any]) -> Any:
        values = list(row)
        for at, process in processed:
            value = values[at]
            if value is not None:
                values[at] = process(value)
        return tuple(values)

    return read if processed else tuple


def _value_reader(at: int, process: Processor) -> Callable[[Sequence[Any]], Any]:
    if process is None:
        return lambda row: row[at]
    return lambda row: None if row[at] is None else process(row[at])


def _kinds(statement: Select[Any]) -> Iterator[Any]:
    """The types of what a select reads, column by column."""
    for description in statement.column_descriptions:
        expression = description["expr"]
        if isinstance(expression, type):
            columns: list[Any] = list(inspect(expression).columns)
            yield from (column.type for column in columns)
        else:
            yield description["type"]


def _is_cell(kind: Any) -> bool:
    return bool(getattr(kind, "is_cell", False))


def _result_processor(kind: Any, dialect: Dialect) -> Processor:
    """How a stored value is read. Our own types say it directly, without the detour that a decorated type takes."""
    if hasattr(kind, "direct_reader"):
        return cast(Processor, kind.direct_reader(dialect))
    return cast(Processor, kind.dialect_impl(dialect).result_processor(dialect, None))


def _binder(kind: Any, dialect: Dialect) -> Processor:
    """How a value is handed to the driver: by our own type alone where the type below it has nothing to add."""
    made = cast(Processor, kind.dialect_impl(dialect).bind_processor(dialect))
    if not isinstance(kind, TypeDecorator) or kind.load_dialect_impl(dialect).bind_processor(dialect) is not None:
        return made
    own = kind.process_bind_param
    return lambda value: own(value, dialect)


def _bound(value: Any, bind: Processor) -> Any:
    return value if bind is None else bind(value)


def _literal(value: str | int) -> str:
    """A fixed value as SQL text. Only values of our own module constants come here, never anything from outside."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''").replace("%", "%%") + "'"


def _with_literals(sql: str, positions: Sequence[str], literals: Mapping[str, str]) -> tuple[str, list[str]]:
    """SQL with `?` placeholders, those of `literals` replaced; and the names that remain, in order."""
    pieces = sql.split("?")
    ensure(len(pieces) == len(positions) + 1, "a placeholder stands for every position")
    text = pieces[0]
    for name, piece in zip(positions, pieces[1:], strict=True):
        text += literals.get(name, "?").replace("%%", "%") + piece
    return text, [name for name in positions if name not in literals]


def one_of(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """`column` is one of a few fixed `values`. An IN list would be expanded at each run, past the compiled text."""
    return or_(*(column == value for value in sorted(values)))


class _Listed(FunctionElement[Any]):
    """The codes of one parameter, as rows: as many as one likes, and the statement stays the same text."""

    name = "listed"
    inherit_cache = True


# What stands before and behind the parameter, in either database.
_ROWS_OF = {
    "sqlite": ("(SELECT value FROM json_each(", "))"),
    "postgresql": ("(SELECT jsonb_array_elements_text(CAST(", " AS jsonb)))"),
}


@compiles(_Listed)
def _listed(element: _Listed, compiler: Any, **more: Any) -> str:
    before, behind = _ROWS_OF[compiler.dialect.name]
    return before + str(compiler.process(element.clauses, **more)) + behind


def among(column: Any, name: str = "codes") -> ColumnElement[bool]:
    """`column` is one of the codes in the parameter `name`, given as `code_list(codes)`: a set in one question."""
    found: ColumnElement[bool] = column.op("IN", is_comparison=True)(_Listed(bindparam(name, type_=String())))
    return found


def for_each(statement: Any, parameter: str) -> Any:
    """The same question for many values of its one parameter: each row ends with the value that it answers.

    `column = :parameter` stands in it once, and becomes: the column is among the values in the parameter `asked`.
    """
    columns: list[Any] = []

    def among_them(element: Any, **_: Any) -> Any:
        if not isinstance(element, BinaryExpression) or getattr(element.right, "key", None) != parameter:
            return None
        ensure(element.operator is operator.eq, "a question is asked for many values of an equal column")
        columns.append(element.left)
        return among(element.left, ASKED)

    whole = replacement_traverse(statement, {}, among_them)
    ensure(len(columns) == 1, "a question is asked for many values where its parameter stands once")
    return whole.add_columns(columns[0])


def code_list(codes: Iterable[str]) -> str:
    """Codes for the parameter of `among`."""
    return json.dumps(list(codes))
