"""Tables for a spreadsheet, of which no cell is ever run as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

# A spreadsheet takes a cell that begins so for a formula, or hides what stands before it.
# The last four are the wide forms of the first four, which some of them fold.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
CSV = "text/csv; charset=utf-8"


def cell(value: object) -> str:
    """A value as a cell holds it: nothing for None, and an apostrophe before what would be taken for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_STARTS) else text


def as_csv(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as CSV (RFC 4180) in UTF-8, with the mark by which spreadsheets know it."""
    kept = io.StringIO(newline="")
    csv.writer(kept).writerows([cell(value) for value in row] for row in rows)
    return kept.getvalue().encode("utf-8-sig")
