"""One way of listing: fifty rows at a time, each page begun behind a row that was seen and never after a count.

A list goes by a key that no two rows share and that never changes, so that pages together are exactly the rows, none
twice and none missed, while others come in. Every page is one question that one index answers in its own order: a page
far down costs what the first one costs (docs/decisions/0042).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, Date, Integer, bindparam, select, tuple_

from cellchain.kernel.ensure import ensure
from cellchain.kernel.values import dataclass
from cellchain.platform.columns import Moment
from cellchain.platform.db import ReadTx

PAGE_ROWS = 50
NUMBER_MAX = 2**63 - 1
TEXT_MAX = 64
BETWEEN = "~"  # stands between the parts of a place; no part but the last can hold it
# The least and the greatest of each sort of key; letters come after digits in every order of texts.
_ENDS: Mapping[type, tuple[Any, Any]] = {
    int: (0, NUMBER_MAX),
    str: ("0", "z" * TEXT_MAX),
    datetime: (datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)),
    date: (date(2000, 1, 1), date(2200, 1, 1)),
}
Key = tuple[Any, ...]


class Side(StrEnum):
    """Where the rows of a page lie from a place: on and behind it, behind it, or before it."""

    FROM = "from"
    OLDER = "older"
    NEWER = "newer"


@dataclass(frozen=True)
class Place:
    """A place in a list: the key of a row, which need not be there any more, and the side that is wanted of it."""

    key: Key
    side: Side = Side.OLDER


@dataclass(frozen=True)
class Page:
    """Up to `PAGE_ROWS` rows. `older` and `newer` are the places of its last and its first row where more lie there."""

    rows: Sequence[Any]
    older: str = ""
    newer: str = ""


class Listing:
    """One list: its rows, the key that it goes by, and what it can be narrowed to.

    rows      what is selected: records, the first of which has the key, or columns, of which some are the key
    key       the columns it goes by, the last of them different in every row
    narrowed  conditions with one parameter each, of the same name
    day       the time by which "up to this day" is found; it grows with the key
    """

    def __init__(
        self,
        rows: Any,
        *key: Any,
        narrowed: Mapping[str, Any] | None = None,
        day: Any = None,
        newest_first: bool = True,
    ) -> None:
        ensure(bool(key), "a list goes by something")
        self._rows, self._key = rows, key
        self._narrowed = dict(narrowed or {})
        self._newest_first = newest_first
        self._names = [f"key_{at}" for at in range(len(key))]
        self._sorts = [_sort_of(column) for column in key]
        self._statements: dict[tuple[frozenset[str], Side], Any] = {}
        self._day = day
        self._of_day: Any = None
        if day is not None:
            self._of_day = (
                select(*key).where(day < bindparam("ends")).order_by(day.desc(), *(one.desc() for one in key))
            )

    # -- places ------------------------------------------------------------------------------------------------------

    @property
    def has_days(self) -> bool:
        """Whether a day can be asked for."""
        return self._day is not None

    @property
    def narrowings(self) -> frozenset[str]:
        """What the list can be narrowed by."""
        return frozenset(self._narrowed)

    def place(self, text: str, side: Side) -> Place | None:
        """The place that `text` names, as `Page` gives it; None where it names none."""
        parts = text.split(BETWEEN, len(self._key) - 1)
        if len(parts) != len(self._key):
            return None
        try:
            return Place(tuple(_parsed(sort, part) for sort, part in zip(self._sorts, parts, strict=True)), side)
        except ValueError:
            return None

    def upto(self, tx: ReadTx, ends: datetime) -> Place | None:
        """The place of the newest row before a time; None where there is none so old."""
        found = tx.many(self._of_day, limit=1, ends=ends)
        key = found[0] if found else None
        return None if key is None else Place(key if isinstance(key, tuple) else (key,), Side.FROM)

    # -- pages -------------------------------------------------------------------------------------------------------

    def page(
        self,
        tx: ReadTx,
        place: Place | None = None,
        *,
        narrowed: Mapping[str, object] | None = None,
        span: tuple[str, str] | None = None,
        **fixed: object,
    ) -> Page:
        """The page at a place, the first one without. `span`: only keys from the one to the other, both counted.

        What comes in meanwhile never shifts it. Where fewer than a page lie on the newer side, it is the first page.
        """
        values = {**fixed, **(narrowed or {})}
        names = frozenset(narrowed or {})
        least, most = self._span(span)
        if place is not None and place.side is Side.NEWER:
            rows = self._read(tx, names, Side.NEWER, {**values, **self._named(place.key), "bound": most})
            if len(rows) > PAGE_ROWS:
                shown = rows[:PAGE_ROWS][::-1]
                return Page(shown, older=self._text(shown[-1]), newer=self._text(shown[0]))
            place = None
        start = self._start(place, least, most)
        side = Side.FROM if place is None else place.side
        rows = self._read(tx, names, side, {**values, **self._named(start), "bound": least})
        shown = rows[:PAGE_ROWS]
        more = len(rows) > PAGE_ROWS
        before = "" if place is None else self._text(shown[0]) if shown else _written(place.key)
        if side is Side.FROM and before and not self._before(tx, names, before, {**values, "bound": most}):
            before = ""
        return Page(shown, older=self._text(shown[-1]) if more else "", newer=before)

    def _before(self, tx: ReadTx, names: frozenset[str], text: str, values: dict[str, object]) -> bool:
        """Whether a row lies before a place where somebody began."""
        place = self.place(text, Side.NEWER)
        return place is not None and bool(self._read(tx, names, Side.NEWER, {**values, **self._named(place.key)}))

    def statement(self, names: frozenset[str], side: Side) -> Any:
        """The question behind a page: for reading it, and for looking at how a database answers it."""
        found = self._statements.get((names, side))
        if found is None:
            ensure(names <= self.narrowings, "a list is narrowed by what it offers")
            found = self._statements[names, side] = self._built(names, side)
        return found

    def values(self) -> dict[str, object]:
        """What stands for the first page in a statement: for looking at how a database answers it."""
        least, most = self._span(None)
        return {**self._named(self._start(None, least, most)), "bound": least}

    def _read(self, tx: ReadTx, names: frozenset[str], side: Side, values: dict[str, object]) -> list[Any]:
        if len(self._key) > 1:
            values.pop("bound")
        return tx.many(self.statement(names, side), limit=PAGE_ROWS + 1, **values)

    def _built(self, names: frozenset[str], side: Side) -> Any:
        key = self._key[0] if len(self._key) == 1 else tuple_(*self._key)
        binds = [bindparam(name, type_=column.type) for name, column in zip(self._names, self._key, strict=True)]
        at = binds[0] if len(binds) == 1 else tuple_(*binds)
        down = self._newest_first is (side is not Side.NEWER)
        behind = (key < at if down else key > at) if side is not Side.FROM else (key <= at if down else key >= at)
        found = self._rows.where(*(self._narrowed[name] for name in sorted(names)), behind)
        if len(self._key) == 1:
            bound = bindparam("bound", type_=self._key[0].type)
            found = found.where(key >= bound if down else key <= bound)
        return found.order_by(*(column.desc() if down else column.asc() for column in self._key))

    def _span(self, span: tuple[str, str] | None) -> tuple[Any, Any]:
        """The last and the first key that count, in the order of the list."""
        if span is not None:
            ensure(len(self._key) == 1 and self._sorts[0] is str, "a list by codes has spans of codes")
        low, high = span if span is not None else _ENDS[self._sorts[0]]
        return (low, high) if self._newest_first else (high, low)

    def _start(self, place: Place | None, least: Any, most: Any) -> Key:
        if place is None:
            rest = [_ENDS[sort][self._newest_first] for sort in self._sorts[1:]]
            return (most, *rest)
        if len(self._key) > 1:
            return place.key
        # One bound for the index to begin at: with two, a database may begin at the wrong one and walk.
        return (min(place.key[0], most) if self._newest_first else max(place.key[0], most),)

    @cached_property
    def _places(self) -> tuple[int, ...] | None:
        """Where in a row the key stands, for a list of columns; None for a list of records, the first of which has it.

        Asked with the first page: what SQLAlchemy tells of a statement takes the finished mapping of its tables.
        """
        described = self._rows.column_descriptions
        if isinstance(described[0]["expr"], type):
            return None
        said = [one["name"] for one in described]
        return tuple(said.index(column.key) for column in self._key)

    def _named(self, key: Key) -> dict[str, object]:
        return dict(zip(self._names, key, strict=True))

    def _text(self, row: Any) -> str:
        places = self._places
        if places is not None:
            return _written(tuple(row[at] for at in places))
        first = row[0] if isinstance(row, tuple) else row
        return _written(tuple(getattr(first, column.key) for column in self._key))


def _sort_of(column: Any) -> type:
    if isinstance(column.type, Moment):
        return datetime
    if isinstance(column.type, Date):
        return date
    return int if isinstance(column.type, Integer | BigInteger) else str


def _written(key: Key) -> str:
    return BETWEEN.join(part.isoformat() if isinstance(part, date) else str(part) for part in key)


def _parsed(sort: type, text: str) -> Any:
    """A part of a key. Raises ValueError where it is none of its sort."""
    if sort is int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(NUMBER_MAX)) and int(text) <= NUMBER_MAX):
            raise ValueError(text)
        return int(text)
    if sort is datetime:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None or not _ENDS[datetime][0] <= found <= _ENDS[datetime][1]:
            raise ValueError(text)
        return found
    if sort is date:
        return date.fromisoformat(text)
    if not 0 < len(text) <= TEXT_MAX or not text.isprintable():
        raise ValueError(text)
    return text
