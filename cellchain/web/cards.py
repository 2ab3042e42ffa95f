"""A table whose rows stand as cards on a phone: there no cell is below its column's head, so each says it itself."""

import re
from collections.abc import Sequence

from markupsafe import Markup

_OPENS = re.compile(r"<(tr|th|td)\b([^<>]*)>")
_SPANS = re.compile(r'\bcolspan="(\d+)"')
_ROLES = {"tr": "row", "th": "rowheader", "td": "cell"}


def labelled(rows: Markup, titles: Sequence[str]) -> Markup:
    """The rows of a table with each cell named after its column, and every role said: cards are no table to a browser.

    A cell of several columns has the name of none; neither has the head of a row, or a column without a title.
    """
    pieces, end, column = [], 0, 0
    for found in _OPENS.finditer(rows):
        tag, spans = found[1], _SPANS.search(found[2])
        pieces += [rows[end : found.end(1)], Markup(' role="{}"').format(_ROLES[tag])]
        end = found.end(1)
        if tag == "td" and spans is None and column < len(titles) and titles[column]:
            pieces.append(Markup(' data-label="{}"').format(titles[column]))
        column = 0 if tag == "tr" else column + (1 if spans is None else int(spans[1]))
    return Markup("").join([*pieces, rows[end:]])
