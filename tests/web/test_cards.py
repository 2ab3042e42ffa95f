"""What a table and the lists of an area say of themselves on a screen."""

from typing import Any

import pytest
from jinja2 import Environment
from markupsafe import Markup

from cellchain.paths import templates_dir
from cellchain.web.cards import labelled


def test_a_cell_is_named_after_its_column() -> None:
    rows = Markup('<tr>\n<th scope="row">LT</th><td class="num">5</td><td>Yes</td></tr><tr><th>LT</th><td>6</td></tr>')
    assert labelled(rows, ["Lot", "Bags", ""]) == (
        '<tr role="row">\n<th role="rowheader" scope="row">LT</th><td role="cell" data-label="Bags" class="num">5</td>'
        '<td role="cell">Yes</td></tr><tr role="row"><th role="rowheader">LT</th>'
        '<td role="cell" data-label="Bags">6</td></tr>'
    )


def test_a_cell_of_several_columns_has_the_name_of_none() -> None:
    told = labelled(Markup('<tr><td colspan="2">All</td><td>5</td><td>more</td></tr>'), ["Lot", "From", "Bags"])
    assert told == (
        '<tr role="row"><td role="cell" colspan="2">All</td><td role="cell" data-label="Bags">5</td>'
        '<td role="cell">more</td></tr>'
    )


def test_the_name_of_a_column_stays_text() -> None:
    assert 'data-label="&#34;&gt;&lt;b&gt;"' in labelled(Markup("<tr><td>5</td></tr>"), ['"><b>'])


@pytest.fixture
def places() -> Any:
    """The macro by itself, in an environment that knows how to say."""
    source = (templates_dir() / "partials" / "ui.html").read_text(encoding="utf-8")
    made = Environment(autoescape=True)
    made.filters["say"] = str
    begins = source.index("{%- macro places(")
    return made.from_string(source[begins : source.index("{%- endmacro -%}", begins) + 16]).module


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
