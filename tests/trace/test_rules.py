"""Grouping and laying out a trace, without a database."""

import itertools

import pytest

from cellchain.identity.codes import Kind
from cellchain.ledger.edges import Edge
from cellchain.trace import rules, words
from cellchain.trace.rules import BOX_HEIGHT
from tests.trace import samples


def test_more_than_six_siblings_stand_under_one_node() -> None:
    drawing = rules.drawn(samples.chain(28, 4))
    groups = [box.node for box in drawing.boxes if box.node.members]
    assert [len(node.members) for node in groups if node.kind == "container"] == [28, 28, 28]


def test_six_stand_alone() -> None:
    drawing = rules.drawn(samples.chain(6, 4))
    assert not any(box.node.members for box in drawing.boxes if box.node.kind == "container")


def test_the_thing_traced_from_is_never_merged_and_bags_and_recipients_stand_alone() -> None:
    drawing = rules.drawn(samples.chain(40, 20))
    alone = [box.node for box in drawing.boxes if not box.node.members]
    assert any(box.side == "sel" and box.node.code == samples.LOT for box in drawing.boxes)
    assert sum(node.kind == "recipient" for node in alone) == 20


def test_no_node_stands_on_another_and_lines_run_to_the_right() -> None:
    drawing = rules.drawn(samples.chain(5, 9))
    columns: dict[int, list[int]] = {}
    for box in drawing.boxes:
        columns.setdefault(box.x, []).append(box.y)
    for heights in columns.values():
        heights.sort()
        assert all(below - above >= BOX_HEIGHT for above, below in itertools.pairwise(heights))
    assert all(box.y + BOX_HEIGHT <= drawing.height and box.y >= 0 for box in drawing.boxes)


def test_a_line_is_as_wide_as_the_share_of_cells_that_took_it() -> None:
    assert rules.width_of(Edge("a", "b", "passage", samples.AT)) == rules.LINE_PLAIN
    none, half, all_cells = (
        rules.width_of(Edge("a", "b", "passage", samples.AT, cells, 100)) for cells in (0, 50, 100)
    )
    assert (none, all_cells) == (rules.LINE_LEAST, rules.LINE_MOST)
    assert half == pytest.approx((rules.LINE_LEAST + rules.LINE_MOST) / 2, abs=0.1)


def test_vessels_that_stand_together_count_their_cells_together() -> None:
    vessels = [samples.code(Kind.CONTAINER, number) for number in range(1, 9)]
    tube = samples.code(Kind.CONTAINER, 90)
    nodes = [samples.node("container", one, "Culture vessel") for one in vessels]
    into = [Edge(samples.LOT, one, "lot", samples.AT) for one in vessels]
    out = [Edge(one, tube, "harvest", samples.AT, 30, 40) for one in vessels]
    graph = rules.Graph(
        samples.LOT,
        (samples.node("lot", samples.LOT, "Lot"), *nodes, samples.node("container", tube, "Tube")),
        (*into, *out, Edge(samples.LOT, tube, "lot", samples.AT)),
    )
    merged = rules.grouped_graph(graph, {samples.LOT, tube, *vessels})
    line = next(edge for edge in merged.edges if edge.target == tube and edge.source != samples.LOT)
    assert (line.cells_count, line.cells_of_count) == (240, 320)
    # The lot holds the tube, and its cells lead there: that is drawn once.
    assert len(rules.drawn(graph).lines) == 2


def test_spread_keeps_order_and_distance_and_moves_evenly() -> None:
    assert rules.spread([10.0, 10.0, 10.0], 10) == [0.0, 10.0, 20.0]
    assert rules.spread([0.0, 50.0], 10) == [0.0, 50.0]


def test_words_count_what_was_reached() -> None:
    told = words.trace_words(samples.chain(28, 6))
    assert (told.bags_count, told.recipients_count, told.donors_count) == (6, 6, 1)
    assert [len(row.nodes) for row in told.went_into if "P1" in str(row.title)] == [28]


def test_an_entry_in_words() -> None:
    told = words.entry_words(samples.BODY)
    changed, made = told.touched
    assert [(one.before, one.after) for one in changed.changes][1] == ("quarantined", "released")
    assert made.is_new
    assert told.before.startswith("a0b1")
