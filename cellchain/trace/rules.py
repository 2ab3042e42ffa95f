"""Who may trace what, and where a node stands in the drawing. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cellchain.kernel.errors import Forbidden

COLUMN_WIDTH = 156
ROW_HEIGHT = 62
BOX_WIDTH = 124
BOX_HEIGHT = 46
TOP = 84
LEFT = 12
ASIDE = frozenset({"material_lot", "equipment", "person"})


class Direction(StrEnum):
    """Backward to where it came from, forward to what it went into, or both."""

    BACKWARD = "backward"
    FORWARD = "forward"
    BOTH = "both"


@dataclass(frozen=True)
class Node:
    """One thing on the way."""

    id: str
    kind: str
    code: str
    title: str
    phase: str | None
    href: str = ""


@dataclass(frozen=True)
class Link:
    """One step from `source` into `target`. `at` is UTC, ISO 8601."""

    source: str
    target: str
    kind: str
    at: str


@dataclass(frozen=True)
class Graph:
    """What a trace found. `complete` is false where it stopped at its bound."""

    root: str
    nodes: tuple[Node, ...]
    edges: tuple[Link, ...]
    complete: bool = True


@dataclass(frozen=True)
class Placed:
    """A node with its place in the drawing, in pixels of the drawing's own grid."""

    node: Node
    x: int
    y: int
    side: str


@dataclass(frozen=True)
class Drawn:
    """A drawing: its size, its boxes, its lines as SVG path data with "back" or "fwd"."""

    width: int
    height: int
    boxes: tuple[Placed, ...]
    lines: tuple[tuple[str, str], ...]
    aside_y: int


def may_trace(direction: Direction, *, reads_all: bool, is_own: bool, is_bag_of_ward: bool) -> None:
    """QA and inspectors trace everything, a physician their recipients' bags, a nurse backward from a ward's bag.

    Raises Forbidden.
    """
    if reads_all or is_own or (is_bag_of_ward and direction == Direction.BACKWARD):
        return
    raise Forbidden("trace.not_yours", "You may trace backward from a bag of your ward. Ask QA for anything else.")


def drawn(graph: Graph) -> Drawn:
    """Lay a graph out in columns, each node right of everything it came from; materials and people stand below."""
    main = [node for node in graph.nodes if node.kind not in ASIDE]
    aside = [node for node in graph.nodes if node.kind in ASIDE]
    ranks = _ranks([node.id for node in main], graph.edges)
    downstream = _reach(graph.root, graph.edges, forward=True)
    order = _ordered(main, ranks, graph.edges)
    columns = max(ranks.values(), default=0) + 1
    rows = max((len(column) for column in order.values()), default=1)
    boxes = [
        Placed(node, LEFT + rank * COLUMN_WIDTH, TOP + row * ROW_HEIGHT, _side(node.id, graph.root, downstream))
        for rank, column in order.items()
        for row, node in enumerate(column)
    ]
    aside_y = TOP + rows * ROW_HEIGHT + 34
    boxes += _asides(aside, graph.edges, ranks, aside_y, columns)
    places = {box.node.id: box for box in boxes}
    lines = tuple((_curve(places[edge.source], places[edge.target]), _line_side(edge, graph.root, downstream)) for edge in graph.edges if edge.source in places and edge.target in places)
    height = max((box.y for box in boxes), default=TOP) + ROW_HEIGHT
    return Drawn(LEFT + columns * COLUMN_WIDTH, height, tuple(boxes), lines, aside_y if aside else 0)


def _ranks(ids: Sequence[str], edges: Iterable[Link]) -> dict[str, int]:
    """The longest way to each node, counted in steps. A lot stands with what it was made from, so cycles cannot arise."""
    known = set(ids)
    into: dict[str, list[str]] = {}
    for edge in edges:
        if edge.source in known and edge.target in known:
            into.setdefault(edge.target, []).append(edge.source)
    ranks: dict[str, int] = {}

    def rank(node: str, depth: int) -> int:
        if node not in ranks:
            ranks[node] = 0  # a cycle, which the invariants forbid, ends here
            ranks[node] = max((rank(source, depth + 1) + 1 for source in into.get(node, ()) if depth < len(ids)), default=0)
        return ranks[node]

    for node in ids:
        rank(node, 0)
    return ranks


def _ordered(nodes: Sequence[Node], ranks: Mapping[str, int], edges: Iterable[Link]) -> dict[int, list[Node]]:
    """Columns of nodes, each near what it came from, so that few lines cross."""
    columns: dict[int, list[Node]] = {}
    for node in nodes:
        columns.setdefault(ranks[node.id], []).append(node)
    sources: dict[str, list[str]] = {}
    for edge in edges:
        sources.setdefault(edge.target, []).append(edge.source)
    rows: dict[str, float] = {}
    for rank in sorted(columns):
        column = columns[rank]
        column.sort(key=lambda node: (sum(rows.get(one, 0) for one in sources.get(node.id, ())) / max(1, len(sources.get(node.id, ()))), node.code))
        rows.update({node.id: float(row) for row, node in enumerate(column)})
    return {rank: columns[rank] for rank in sorted(columns)}


def _asides(nodes: Sequence[Node], edges: Sequence[Link], ranks: Mapping[str, int], top: int, columns: int) -> list[Placed]:
    """Materials, equipment and people below, under the first thing they went into."""
    taken: dict[int, int] = {}
    boxes = []
    for node in sorted(nodes, key=lambda one: (one.kind, one.code)):
        wanted = min((ranks[edge.target] for edge in edges if edge.source == node.id and edge.target in ranks), default=0)
        column = max(0, min(columns - 1, wanted))
        row = taken.get(column, 0)
        taken[column] = row + 1
        boxes.append(Placed(node, LEFT + column * COLUMN_WIDTH, top + row * ROW_HEIGHT, "back"))
    return boxes


def _reach(root: str, edges: Sequence[Link], *, forward: bool) -> set[str]:
    following: dict[str, list[str]] = {}
    for edge in edges:
        here, there = (edge.source, edge.target) if forward else (edge.target, edge.source)
        following.setdefault(here, []).append(there)
    seen, frontier = {root}, [root]
    while frontier:
        for node in following.get(frontier.pop(), ()):
            if node not in seen:
                seen.add(node)
                frontier.append(node)
    return seen


def _side(node: str, root: str, downstream: set[str]) -> str:
    return "sel" if node == root else "fwd" if node in downstream else "back"


def _line_side(edge: Link, root: str, downstream: set[str]) -> str:
    return "fwd" if edge.source in downstream else "back"


def _curve(source: Placed, target: Placed) -> str:
    x1, y1 = source.x + BOX_WIDTH, source.y + BOX_HEIGHT // 2
    x2, y2 = target.x, target.y + BOX_HEIGHT // 2
    bend = max(24, (x2 - x1) // 2)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
