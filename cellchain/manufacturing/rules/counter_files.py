"""A counter's export file read: which bytes are text, which lines are runs, and what its columns mean. Pure.

Every maker writes another file, so nothing about any of them is known here: the columns of a counter are data, named by
the site. Whatever cannot be read without guessing is refused by name, and nothing of such a file is taken.
"""

import csv
import io
import re
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.ledger.filekinds import decoded
from cellchain.manufacturing.rules.counting import RUNS_MAX, Run, bounded, run_of

FILE_BYTES_MAX = 32_768
LINES_MAX = 500
CELLS_MAX = 200
SEPARATORS = ("\t", ";", ",")
_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,12})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
NUMBER_MAX = 10**15
_SWAPPED = str.maketrans(",.", ".,")
_SPACES = re.compile(r"[\s\u00a0\u202f']")


class ColumnKind(StrEnum):
    """What a counter writes: cells that it saw in a chamber, or cells in a millilitre."""

    COUNTS = "counts"
    CONCENTRATIONS = "concentrations"


class DecimalMark(StrEnum):
    """What stands before the decimals of a counter's numbers."""

    POINT = "point"
    COMMA = "comma"


@dataclass(frozen=True)
class Columns:
    """What the columns of one counter's file are called.

    `live` and one of `dead` and `total` name columns. What a file does not say, the site says here: `dilution_milli`
    and `chamber_nl` where there is no column for them. Concentrations are multiplied by `factor`: 1000000 for a column
    in millions.
    """

    kind: ColumnKind
    live: str
    dead: str | None = None
    total: str | None = None
    dilution: str | None = None
    dilution_milli: int | None = None
    chamber_nl: int | None = None
    factor: int = 1
    decimal_mark: DecimalMark = DecimalMark.POINT

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that a file must have."""
        return tuple(name for name in (self.live, self.dead, self.total, self.dilution) if name)


@dataclass(frozen=True)
class FileRun:
    """A line of a file: the cells that were seen, where the counter says them, and what they make."""

    run: Run
    live_count: int | None = None
    dead_count: int | None = None
    dilution_milli: int | None = None


def may_map(columns: Columns) -> None:
    """Live cells are told from dead ones, and a chamber has a volume. Raises Refused `counter.columns_*`."""
    if (columns.dead is None) == (columns.total is None):
        raise Refused(
            "counter.columns_unclear", "Live cells are told from dead or from all cells. Name one of the two columns."
        )
    if len({name.casefold() for name in columns.named}) < len(columns.named):
        raise Refused("counter.columns_twice", "One column is named twice. Each column has one meaning: name another.")
    if columns.kind == ColumnKind.COUNTS and columns.chamber_nl is None:
        raise Refused(
            "counter.columns_no_volume", "Cells in a chamber make no concentration without its volume. Enter it."
        )


def may_read(size_bytes: int) -> None:
    """A file of one sample is short. Raises Refused `count.file_too_large`."""
    if size_bytes > FILE_BYTES_MAX:
        raise Refused(
            "count.file_too_large",
            "This file is larger than {most} kB. Export the runs of this sample alone.",
            most=FILE_BYTES_MAX // 1024,
        )


def text_of(content: bytes) -> str:
    """A file that was received as text. Raises Refused `count.file_empty`."""
    text = decoded(content)
    ensure(text is not None, "what was received as text is text")
    if not (text or "").strip():
        raise Refused("count.file_empty", "This file is empty. Export it from the counter again.")
    return text or ""


def runs_of(text: str, columns: Columns) -> tuple[FileRun, ...]:
    """The runs in a file, from the line under its headings to the first blank one.

    Raises Refused `count.file_no_columns`, `.file_no_runs`, `.file_number`, `count.too_many_runs`.
    """
    table = _table(text)
    places, start = _headings(table, columns)
    found = []
    for number, cells in enumerate(table[start:], start + 1):
        if not any(cells):
            break
        found.append(_run(cells, places, columns, number))
    if not found:
        raise Refused("count.file_no_runs", "There is no run under the headings of this file. Export it again.")
    if len(found) > RUNS_MAX:
        raise Refused(
            "count.too_many_runs",
            "{runs} runs came, and a count has {most} at most. Send the runs of this sample alone.",
            runs=len(found),
            most=RUNS_MAX,
        )
    return tuple(found)


def _table(text: str) -> list[list[str]]:
    lines = text.splitlines()[:LINES_MAX]
    separator = max(SEPARATORS, key=lambda mark: max((line.count(mark) for line in lines), default=0))
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator, strict=True))
    except csv.Error as error:
        raise Refused(
            "count.file_not_csv", "This file is no table: a quotation mark is open. Export it again."
        ) from error
    return [[cell.strip() for cell in row[:CELLS_MAX]] for row in rows]


def _headings(table: Sequence[Sequence[str]], columns: Columns) -> tuple[dict[str, int], int]:
    """Where each named column stands, and where the runs begin. What stands above the headings is the maker's own."""
    best: list[str] = list(columns.named)
    for number, cells in enumerate(table):
        folded = [cell.casefold() for cell in cells]
        missing = [name for name in columns.named if name.casefold() not in folded]
        if not missing:
            return {name: folded.index(name.casefold()) for name in columns.named}, number + 1
        best = min(best, missing, key=len)
    raise Refused(
        "count.file_no_columns",
        "This file has no column “{column}”. Is it from this counter? Export it again, or have its columns named anew.",
        column=best[0],
    )


def _run(cells: Sequence[str], places: dict[str, int], columns: Columns, line: int) -> FileRun:
    def read(name: str | None) -> Decimal | None:
        if name is None:
            return None
        place = places[name]
        return _number(cells[place] if place < len(cells) else "", columns.decimal_mark, line, name)

    live, dead, total, dilution = (read(name) for name in (columns.live, columns.dead, columns.total, columns.dilution))
    first = live or Decimal(0)
    rest = dead if dead is not None else (total or Decimal(0)) - first
    if rest < 0:
        raise _bad(line, columns.total or columns.live, f"{total:f} < {first:f}")
    if columns.kind == ColumnKind.CONCENTRATIONS:
        return FileRun(Run(*(bounded(int((value * columns.factor).to_integral_value())) for value in (first, rest))))
    diluted = columns.dilution_milli if dilution is None else _milli(dilution, line, columns.dilution)
    if diluted is None:
        raise Refused("count.no_dilution", "The file does not say the dilution. Ask QA, or enter the chambers.")
    for value in (first, rest):
        if value != value.to_integral_value():
            raise _bad(line, columns.live, f"{value:f}")
    seen = (int(first), int(rest))
    return FileRun(run_of(*seen, diluted, columns.chamber_nl or 1), *seen, diluted)


def _milli(dilution: Decimal, line: int, name: str | None) -> int:
    whole = dilution * 1_000
    if whole != whole.to_integral_value() or not 1_000 <= whole <= 1_000_000:
        raise _bad(line, name or "", f"{dilution:f}")
    return int(whole)


def _number(cell: str, mark: DecimalMark, line: int, name: str) -> Decimal:
    """A number with the counter's own decimal mark: `1,234` is one number here and another there, so none is guessed.

    Blanks and apostrophes between its digits are for the eye alone.
    """
    plain = _SPACES.sub("", cell)
    if mark == DecimalMark.COMMA:
        plain = plain.translate(_SWAPPED)
    value = Decimal(plain) if _NUMBER.fullmatch(plain) else Decimal(-1)
    if not 0 <= value <= NUMBER_MAX:
        raise _bad(line, name, cell)
    return value


def _bad(line: int, name: str, cell: str) -> Refused:
    return Refused(
        "count.file_number",
        "Line {line}, column “{column}”: “{cell}” is no number of cells. Nothing was taken. Export it again.",
        line=line,
        column=name,
        cell=cell[:40],
    )
