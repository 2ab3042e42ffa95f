"""The numbering, held against the numbers that were given: a counter that was set back would give one of them twice."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, String, Table, func, select
from sqlmodel import SQLModel

from cellchain.ledger import stored
from cellchain.ledger.models import Installation
from cellchain.ledger.verify import Finding
from cellchain.platform.columns import CODE_LENGTH, COUNTED, SERIES, Series
from cellchain.platform.db import Database, Link
from cellchain.platform.write import Counter

COUNTERS: Table = Counter.__table__  # type: ignore[attr-defined]
INSTALLATION: Table = Installation.__table__  # type: ignore[attr-defined]
TABLE = COUNTERS.name
# Of a code `BG0126000412cc`: kind, site and year name its counter, and the sequence is what the counter gave.
SERIES_LENGTH, SEQUENCE_LENGTH = 6, 6
_SERIES = re.compile(r"([A-Z]{2})([0-9]{2})([0-9]{2})")
Greatest = tuple[str, int]


def check_counters(database: Database, link: Link) -> list[Finding]:
    """The counters that are behind a number which stands in a row already."""
    try:
        with stored.attempt(link):
            values = dict(_run(database, link, COUNTERS.c.value, _values))
            numbers = [site for (site,) in _run(database, link, INSTALLATION.c.site_number, select)]
    except stored.DriverError as error:
        return [Finding(None, TABLE, None, None, f"the table cannot be read: {type(error).__name__}")]
    sites = {f"{site:02d}" for site in numbers if type(site) is int}  # what else stands there, replay has named
    given: dict[str, int] = {}
    for table in SQLModel.metadata.tables.values():
        for name, number in _given(database, link, table, sites):
            given[name] = max(number, given.get(name, 0))
    return list(_behind(values, given))


def _behind(values: Mapping[str, object], given: Mapping[str, int]) -> Iterator[Finding]:
    for name, number in sorted(given.items()):
        value = values.get(name, 0)
        if type(value) is not int or value < number:
            message = f"it says {value}, and number {number} was given already: it was set back"
            yield Finding(None, TABLE, name, "value", message)


def _given(database: Database, link: Link, table: Table, sites: set[str]) -> list[Greatest]:
    """The greatest number that each counter gave into `table`. What cannot be read there, replay has named."""
    found: list[Greatest] = []
    for column in table.columns:
        try:
            with stored.attempt(link):
                if COUNTED in column.info:
                    found += _greatest_key(database, link, table, column)
                elif SERIES in column.info:
                    found += _greatest_of_series(database, link, column, column.info[SERIES])
                elif _is_identifier(column):
                    found += _greatest_codes(database, link, column, sites)
        except stored.DriverError:
            continue
    return found


def _greatest_key(database: Database, link: Link, table: Table, column: Column[Any]) -> Iterator[Greatest]:
    for (greatest,) in _run(database, link, column, _greatest):
        if type(greatest) is int:
            yield table.name, greatest


def _greatest_of_series(database: Database, link: Link, column: Column[Any], series: Series) -> Iterator[Greatest]:
    """By the columns that name its counter."""
    names = [name for part in series.parts for name in part]
    for *values, greatest in _run(database, link, column, _greatest_by):
        if type(greatest) is int:
            yield series.name(**dict(zip(names, values, strict=True))), greatest


def _greatest_codes(database: Database, link: Link, column: Column[Any], sites: set[str]) -> Iterator[Greatest]:
    """By kind and year, for codes of this site: those of another were counted there."""
    for name, greatest in _run(database, link, column, _greatest_of_codes):
        parts = _SERIES.fullmatch(name) if isinstance(name, str) else None
        if parts is not None and parts[2] in sites and isinstance(greatest, str) and greatest.isdecimal():
            yield f"code:{parts[1]}:{parts[2]}:20{parts[3]}", int(greatest)


def _is_identifier(column: Column[Any]) -> bool:
    """Whether a column holds codes that were issued for its rows, each once; others may hold what somebody scanned."""
    kind = column.type
    is_code = isinstance(kind, String) and kind.length == CODE_LENGTH
    return is_code and not column.foreign_keys and bool(column.primary_key or column.unique)


def _values(column: Column[Any]) -> Any:
    return select(COUNTERS.c.name, column)


def _greatest(column: Column[Any]) -> Any:
    return select(func.max(column))


def _greatest_by(column: Column[Any]) -> Any:
    series: Series = column.info[SERIES]
    groups = [column.table.columns[name] for part in series.parts for name in part]
    return select(*groups, func.max(column)).where(column.is_not(None)).group_by(*groups)


def _greatest_of_codes(column: Column[Any]) -> Any:
    series = func.substr(column, 1, SERIES_LENGTH)
    sequence = func.max(func.substr(column, SERIES_LENGTH + 1, SEQUENCE_LENGTH))
    return select(series, sequence).where(func.length(column) == CODE_LENGTH).group_by(series)


def _run(database: Database, link: Link, column: Column[Any], asked: Callable[[Column[Any]], Any]) -> Any:
    """What `asked` selects of a column."""
    sql = stored.text_of(database, (column.table, column.name, asked), lambda: asked(column))
    return link.execute(sql).fetchall()
