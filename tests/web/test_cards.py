"""What a table and the lists of an area say of themselves on a screen."""

from typing import Any

import pytest
from jinja2 import Environment

from cellchain.paths import templates_dir
from cellchain.web.cards import labelled


def drawn(rows: str, titles: list[str]) -> str:
    """The rows as the macro writes them, in an environment that escapes."""
    table = macro("table").module.table
    made = Environment(autoescape=True)
    made.globals["table"] = table
    columns = [(title, "") for title in titles]
    page = made.from_string("{% call table('Lots', columns) %}" + rows + "{% endcall %}").render(columns=columns)
    return page[page.index('<tbody role="rowgroup">') + 23 : page.index("</tbody>")].strip()


def macro(name: str) -> Any:
    """A macro of the partials by itself, in an environment that knows how to say."""
    source = (templates_dir() / "partials" / "ui.html").read_text(encoding="utf-8")
    made = Environment(autoescape=True)
    made.filters.update({"say": str, "labelled": labelled})
    made.globals["_"] = str
    begins = source.index("{%- macro " + name + "(")
    return made.from_string(source[begins : source.index("{%- endmacro -%}", begins) + 16])


def test_a_cell_is_named_after_its_column() -> None:
    rows = '<tr>\n<th scope="row">LT</th><td class="num">5</td><td>Yes</td></tr><tr><th>LT</th><td>6</td></tr>'
    assert drawn(rows, ["Lot", "Bags", ""]) == (
        '<tr role="row">\n<th role="rowheader" scope="row">LT</th><td role="cell" data-label="Bags" class="num">5</td>'
        '<td role="cell">Yes</td></tr><tr role="row"><th role="rowheader">LT</th>'
        '<td role="cell" data-label="Bags">6</td></tr>'
    )


def test_a_cell_of_several_columns_has_the_name_of_none() -> None:
    told = drawn('<tr><td colspan="2">All</td><td>5</td><td>more</td></tr>', ["Lot", "From", "Bags"])
    assert told == (
        '<tr role="row"><td role="cell" colspan="2">All</td><td role="cell" data-label="Bags">5</td>'
        '<td role="cell">more</td></tr>'
    )


def test_the_name_of_a_column_stays_text() -> None:
    assert 'data-label="&#34;&gt;&lt;b&gt;"' in drawn("<tr><td>5</td></tr>", ['"><b>'])


def test_what_somebody_wrote_stays_text() -> None:
    told = drawn("<tr><td>{{ '<td>5' }}</td><td>6</td></tr>", ["Note", "Bags"])
    assert told == (
        '<tr role="row"><td role="cell" data-label="Note">&lt;td&gt;5</td><td role="cell" data-label="Bags">6</td></tr>'
    )


@pytest.fixture
def places() -> Any:
    return macro("places").module


GROUPED = [("Laboratory", [("samples", "/s", "Samples"), ("methods", "/m", "Methods")]), ("recalls", "/r", "Recalls")]


def test_a_group_is_open_while_one_of_its_lists_is(places: Any) -> None:
    open_group = " ".join(places.places("Quality", "methods", GROUPED).split())
    assert '<a href="/s" aria-current="true">Laboratory</a>' in open_group
    assert '<a href="/m" aria-current="page">Methods</a>' in open_group
    assert 'aria-label="Laboratory"' in open_group


def test_a_list_without_a_group_stands_alone(places: Any) -> None:
    alone = " ".join(places.places("Quality", "recalls", GROUPED).split())
    assert '<a href="/r" aria-current="page">Recalls</a>' in alone
    assert '<a href="/s">Laboratory</a>' in alone
    assert "Methods" not in alone
