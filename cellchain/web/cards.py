"""A table whose rows stand as cards on a phone: there no cell is below its column's head, so each says it itself."""

import re
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from cellchain.kernel.values import dataclass

_OPENS = re.compile(r"<(tr|th|td)\b([^<>]*)>")
_SPANS = re.compile(r'\bcolspan="(\d+)"')
_ROLES = {"tr": "row", "th": "rowheader", "td": "cell"}


@dataclass(frozen=True)
class Piece:
    """A piece of the rows of a table, and what the tag that it ends in is to say of itself."""

    markup: str
    role: str = ""
    label: str = ""


def labelled(rows: Markup, titles: Sequence[str]) -> Iterator[Piece]:
    """The rows of a table with each cell named after its column, and every role said: cards are no table to a browser.

    A cell of several columns has the name of none; neither has the head of a row, or a column without a title. What the
    pieces are cut from was escaped, and a piece of it stays so; the template writes role and label.
    """
    end, column = 0, 0
    for found in _OPENS.finditer(rows):
        tag, spans = found[1], _SPANS.search(found[2])
        is_named = tag == "td" and spans is None and column < len(titles)
        yield Piece(rows[end : found.end(1)], _ROLES[tag], titles[column] if is_named else "")
        column = 0 if tag == "tr" else column + (1 if spans is None else int(spans[1]))
        end = found.end(1)
    yield Piece(rows[end:])
