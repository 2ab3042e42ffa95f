"""A table whose rows stand as cards on a phone: there no cell is below its column's head, so each says it itself."""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

_OPENS = re.compile(r"<(tr|th|td)\b([^<>]*)>")
_SPANS = re.compile(r'\bcolspan="(\d+)"')
_ROLES = {"tr": "row", "th": "rowheader", "td": "cell"}


def labelled(rows: Markup, titles: Sequence[str]) -> Markup:
    """The rows of a table with each cell named after its column, and every role said: cards are no table to a browser.

    A cell of several columns has the name of none; neither has the head of a row, or a column without a title.
    """
    column = 0

    def named(found: re.Match[str]) -> str:
        nonlocal column
        tag, attributes = found.groups()
        if tag == "tr":
            column = 0
            return f'<tr role="row"{attributes}>'
        spans = _SPANS.search(attributes)
        title = titles[column] if tag == "td" and spans is None and column < len(titles) else ""
        column += 1 if spans is None else int(spans[1])
        label = f' data-label="{escape(title)}"' if title else ""
        return f'<{tag} role="{_ROLES[tag]}"{label}{attributes}>'

    return Markup(_OPENS.sub(named, rows))  # nothing but names of columns is added to what was escaped already
