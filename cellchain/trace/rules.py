"""Who may trace what, what stands under one node, and where a node stands in the drawing. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from cellchain.kernel.errors import Forbidden
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.edges import Edge

COLUMN_WIDTH = 178
ROW_HEIGHT = 62
BOX_WIDTH = 146
BOX_HEIGHT = 46
TOP = 76
LEFT = 12
ASIDE_GAP = 40
GROUP_FROM = 7  # more than six siblings stand under one node
ASIDE_FROM = 4  # more than three lots of material under one column likewise
COLUMN_MAX = 12  # a column with more rows than this is no longer read
LINE_PLAIN = 2.0  # pixels, where no cells were counted
LINE_LEAST = 1.5
LINE_MOST = 7.0
IN_LOT = "lot"
ASIDE = frozenset({"material_lot", "equipment", "person"})
# Every bag and every recipient counts in a recall: they are never merged only because there are many.
ONE_BY_ONE = frozenset({"Bag", "Recipient", "Donor"})
GONE = frozenset({"discarded", "destroyed", "rejected", "spoiled"})
HEADS = {
    "BG": T("Bag"),
    "CT": T("Container"),
    "CV": T("Bank"),
    "LT": T("Lot"),
    "DN": T("Donor"),
    "DO": T("Donation"),
    "SM": T("Sample"),
    "RC": T("Recipient"),
    "ML": T("Material"),
    "EQ": T("Equipment"),
    "PS": T("Person"),
    "LC": T("Place"),
    "SH": T("Shipment"),
}


class Direction(StrEnum):
    """Backward to where it came from, forward to what it went into, or both."""

    BACKWARD = "backward"
    FORWARD = "forward"
    BOTH = "both"


class Node(NamedTuple):
    """One thing on the way, or several alike under the first of them: then `members` has all their codes."""

    id: str
    kind: str
    code: str
    title: T | str
    phase: str | None
    href: str = ""
    members: tuple[str, ...] = ()

    @property
    def head(self) -> T:
        """The kind in one word, as the columns are headed; a culture by its passage."""
        if isinstance(self.title, T) and "passage" in self.title.params:
            return T("P{passage}", passage=self.title.params["passage"])
        return HEADS.get(self.code[:2], T("Record"))

    @property
    def shape(self) -> str:
        """How it is drawn: a pill for people, a bag for bags, a box for anything else."""
        if self.kind in ("donor", "recipient", "person"):
            return "pill"
        return "bag" if self.code.startswith("BG") and not self.members else "box"

    @property
    def is_gone(self) -> bool:
        """Whether there is nothing left of it to use."""
        return self.phase in GONE


def width_of(edge: Edge) -> float:
    """How thick a step is drawn, in pixels: by the share of the source's cells that took it."""
    if not edge.cells_of_count:
        return LINE_PLAIN
    share = min((edge.cells_count or 0) / edge.cells_of_count, 1.0)
    return round(LINE_LEAST + share * (LINE_MOST - LINE_LEAST), 1)


@dataclass(frozen=True)
class Graph:
    """What a trace found. `complete` is false where it stopped at its bound."""

    root: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    complete: bool = True


@dataclass(frozen=True)
class Placed:
    """A node with its place in the drawing, in pixels of the drawing's own grid."""

    node: Node
    x: int
    y: int
    side: str


@dataclass(frozen=True)
class Line:
    """A step as SVG path data, on the way "back" or "fwd"; `width` tells the share of cells, in pixels."""

    path: str
    side: str
    width: float


@dataclass(frozen=True)
class Drawn:
    """A drawing: its size, its boxes, its lines and the heads of its columns.

    A head is its place, its word, and whether the thing traced from stands there. `aside_y` is 0 without materials.
    """

    width: int
    height: int
    boxes: tuple[Placed, ...]
    lines: tuple[Line, ...]
    aside_y: int
    heads: tuple[tuple[int, T, bool], ...] = ()


def may_trace(direction: Direction, *, reads_all: bool, is_own: bool, is_bag_of_ward: bool) -> None:
    """QA and inspectors trace everything, a physician their recipients' bags, a nurse backward from a ward's bag.

    Raises Forbidden.
    """
    if reads_all or is_own or (is_bag_of_ward and direction == Direction.BACKWARD):
        return
    raise Forbidden("trace.not_yours", "You may trace backward from a bag of your ward. Ask QA for anything else.")


def drawn(graph: Graph) -> Drawn:
    """Lay a graph out in columns, each node right of everything it came from; materials and people stand below."""
    downstream = _reach(graph.root, graph.edges)
    graph = grouped_graph(replace(graph, edges=_ways(graph)), downstream)
    main = [node for node in graph.nodes if node.kind not in ASIDE or node.id == graph.root]
    placed = {node.id for node in main}
    aside = [node for node in graph.nodes if node.id not in placed]
    ranks = ranks_of([node.id for node in main], graph.edges)
    columns = max(ranks.values(), default=0) + 1
    order = _ordered(main, ranks, graph.edges)
    rows = _rows(order, graph.edges)
    boxes = [
        Placed(node, LEFT + ranks[node.id] * COLUMN_WIDTH, rows[node.id], _side(node, graph.root, downstream))
        for node in main
    ]
    bottom = max((box.y for box in boxes), default=TOP) + ROW_HEIGHT
    boxes += _asides(aside, graph.edges, ranks, bottom + ASIDE_GAP, columns)
    places = {box.node.id: box for box in boxes}
    lines = tuple(
        Line(
            _curve(places[edge.source], places[edge.target]),
            "fwd" if places[edge.source].side != "back" else "back",
            width_of(edge),
        )
        for edge in graph.edges
        if edge.source in places and edge.target in places
    )
    heads = tuple(
        (LEFT + rank * COLUMN_WIDTH, _head(nodes), any(node.id == graph.root for node in nodes))
        for rank, nodes in order.items()
    )
    height = max((box.y for box in boxes), default=TOP) + ROW_HEIGHT
    return Drawn(LEFT + columns * COLUMN_WIDTH, height, tuple(boxes), lines, bottom if aside else 0, heads)


def _ways(graph: Graph) -> tuple[Edge, ...]:
    """The steps to draw: that a lot holds a container is left out where the container's own cells lead to it."""
    aside = {node.id for node in graph.nodes if node.kind in ASIDE}
    led_to = {edge.target for edge in graph.edges if edge.kind != IN_LOT and edge.source not in aside}
    return tuple(edge for edge in graph.edges if edge.kind != IN_LOT or edge.target not in led_to)


def _head(nodes: Sequence[Node]) -> T:
    """What most nodes of a column are."""
    return Counter(node.head for node in nodes).most_common(1)[0][0]


# -- many alike under one node ---------------------------------------------------------------------------------------


def grouped_graph(graph: Graph, downstream: set[str]) -> Graph:
    """The same graph with more than six siblings under one node, so that hundreds of vessels stay readable.

    Siblings are alike in kind, words and phase and share what they came from and went into; merging may make others
    siblings, so it is repeated until nothing changes. Columns that are still too long are merged by words alone.
    """
    while True:
        merged = _merged(graph, _siblings(graph, downstream), GROUP_FROM)
        if len(merged.nodes) == len(graph.nodes):
            break
        graph = merged
    main = [node.id for node in graph.nodes if node.kind not in ASIDE]
    ranks = ranks_of(main, graph.edges)
    counts = Counter(ranks.values())
    known = {node.id: node for node in graph.nodes}

    def alike(node: Node) -> object:
        if (
            node.id == graph.root
            or node.kind in ASIDE
            or str(node.head) in ONE_BY_ONE
            or counts[ranks[node.id]] <= COLUMN_MAX
        ):
            return node.id
        return (ranks[node.id], node.kind, node.title, node.phase, node.id in downstream)

    graph = _merged(graph, alike, GROUP_FROM)
    first = _first_targets(graph.edges, ranks, known)
    return _merged(
        graph,
        lambda node: (node.kind, first.get(node.id)) if node.kind in ASIDE and node.id != graph.root else node.id,
        ASIDE_FROM,
    )


def _siblings(graph: Graph, downstream: set[str]) -> Callable[[Node], object]:
    """What nodes have in common that may stand under one."""
    into: dict[str, set[str]] = {}
    out: dict[str, set[str]] = {}
    for edge in graph.edges:
        into.setdefault(edge.target, set()).add(edge.source)
        out.setdefault(edge.source, set()).add(edge.target)
    aside = {node.id for node in graph.nodes if node.kind in ASIDE}

    def alike(node: Node) -> object:
        if node.id == graph.root or node.kind in ASIDE:
            return node.id
        return (
            node.kind,
            node.title,
            node.phase,
            node.id in downstream,
            frozenset(into.get(node.id, set()) - aside),
            frozenset(out.get(node.id, ())),
        )

    return alike


def _first_targets(edges: Iterable[Edge], ranks: Mapping[str, int], known: Mapping[str, Node]) -> dict[str, int]:
    """The leftmost column that each thing went into."""
    first: dict[str, int] = {}
    for edge in edges:
        if edge.source in known and edge.target in ranks:
            first[edge.source] = min(first.get(edge.source, ranks[edge.target]), ranks[edge.target])
    return first


def _merged(graph: Graph, alike: Callable[[Node], object], least: int) -> Graph:
    """Put nodes with the same key under the first of them where there are at least `least`."""
    alike_nodes: dict[object, list[Node]] = {}
    for node in graph.nodes:
        alike_nodes.setdefault(alike(node), []).append(node)
    stands_for: dict[str, str] = {}
    nodes = []
    for group in alike_nodes.values():
        codes = tuple(code for node in group for code in (node.members or (node.code,)))
        if len(group) < least:
            nodes += group
            continue
        first = group[0]
        titles = {node.title for node in group}
        title = first.title if len(titles) == 1 else first.head
        nodes.append(Node(first.id, first.kind, first.code, title, first.phase, "#in-words", codes))
        stands_for.update({node.id: first.id for node in group})
    together: dict[tuple[str, str], list[Edge]] = {}
    for edge in graph.edges:
        ends = stands_for.get(edge.source, edge.source), stands_for.get(edge.target, edge.target)
        together.setdefault(ends, []).append(edge)
    links = tuple(_one_line(source, target, edges) for (source, target), edges in together.items())
    return Graph(graph.root, tuple(nodes), links, graph.complete)


def _one_line(source: str, target: str, edges: Sequence[Edge]) -> Edge:
    """Several steps as one line: their cells together, out of what was in all their sources together."""
    sources = {edge.source: edge.cells_of_count or 0 for edge in edges}
    cells = sum(edge.cells_count or 0 for edge in edges)
    return Edge(source, target, edges[0].kind, edges[0].at, cells, sum(sources.values()))


# -- places ----------------------------------------------------------------------------------------------------------


def ranks_of(ids: Sequence[str], edges: Iterable[Edge]) -> dict[str, int]:
    """The longest way to each node, counted in steps. Cells never flow back, so a cycle can only come of merging."""
    known = set(ids)
    into: dict[str, list[str]] = {}
    for edge in edges:
        if edge.source in known and edge.target in known and edge.source != edge.target:
            into.setdefault(edge.target, []).append(edge.source)
    ranks: dict[str, int] = {}

    def rank(node: str) -> int:
        if node not in ranks:
            ranks[node] = 0  # a cycle ends here
            ranks[node] = max((rank(source) + 1 for source in into.get(node, ())), default=0)
        return ranks[node]

    for node in ids:
        rank(node)
    return ranks


def _ordered(nodes: Sequence[Node], ranks: Mapping[str, int], edges: Iterable[Edge]) -> dict[int, list[Node]]:
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
        column.sort(
            key=lambda node: (_mean([rows[one] for one in sources.get(node.id, ()) if one in rows]) or 0, node.code)
        )
        rows.update({node.id: float(row) for row, node in enumerate(column)})
    return {rank: columns[rank] for rank in sorted(columns)}


def _rows(order: Mapping[int, Sequence[Node]], edges: Sequence[Edge]) -> dict[str, int]:
    """The height of each node: level with what it came from, then with what it went into, never on another node."""
    sources: dict[str, list[str]] = {}
    targets: dict[str, list[str]] = {}
    for edge in edges:
        sources.setdefault(edge.target, []).append(edge.source)
        targets.setdefault(edge.source, []).append(edge.target)
    rows: dict[str, float] = {}
    for neighbours, ranks in (
        (sources, sorted(order)),
        (targets, sorted(order, reverse=True)),
        (sources, sorted(order)),
    ):
        for rank in ranks:
            wanted = []
            for node in order[rank]:
                mean = _mean([rows[one] for one in neighbours.get(node.id, ()) if one in rows])
                wanted.append(rows.get(node.id, 0.0) if mean is None else mean)
            rows.update(zip((node.id for node in order[rank]), spread(wanted, ROW_HEIGHT), strict=True))
    top = min(rows.values(), default=0)
    return {node: TOP + round(row - top) for node, row in rows.items()}


def spread(wanted: Sequence[float], least: int) -> list[float]:
    """Heights as near to the wanted ones as can be, in the same order and at least `least` apart.

    What would overlap is moved apart evenly, as one block around the mean of what its members wanted.
    """
    blocks: list[tuple[float, int]] = []  # the mean height of a block's members, each less its place below the first
    for place, height in enumerate(wanted):
        mean, count = height - place * least, 1
        while blocks and blocks[-1][0] > mean:
            above, members = blocks.pop()
            mean, count = (above * members + mean * count) / (members + count), members + count
        blocks.append((mean, count))
    flat = [mean for mean, count in blocks for _ in range(count)]
    return [height + place * least for place, height in enumerate(flat)]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _asides(
    nodes: Sequence[Node], edges: Sequence[Edge], ranks: Mapping[str, int], top: int, columns: int
) -> list[Placed]:
    """Materials, equipment and people below, under the first thing they went into."""
    first = _first_targets(edges, ranks, {node.id: node for node in nodes})
    taken: dict[int, int] = {}
    boxes = []
    for node in sorted(nodes, key=lambda one: (one.kind, one.code)):
        column = max(0, min(columns - 1, first.get(node.id, 1) - 1))
        row = taken.get(column, 0)
        taken[column] = row + 1
        boxes.append(Placed(node, LEFT + column * COLUMN_WIDTH, top + row * ROW_HEIGHT, "back"))
    return boxes


def _reach(root: str, edges: Sequence[Edge]) -> set[str]:
    """The root and everything it went into."""
    following: dict[str, list[str]] = {}
    for edge in edges:
        following.setdefault(edge.source, []).append(edge.target)
    seen, frontier = {root}, [root]
    while frontier:
        for node in following.get(frontier.pop(), ()):
            if node not in seen:
                seen.add(node)
                frontier.append(node)
    return seen


def _side(node: Node, root: str, downstream: set[str]) -> str:
    return "sel" if node.id == root else "fwd" if node.id in downstream else "back"


def _curve(source: Placed, target: Placed) -> str:
    x1, y1 = source.x + BOX_WIDTH, source.y + BOX_HEIGHT // 2
    x2, y2 = target.x, target.y + BOX_HEIGHT // 2
    bend = max(24, (x2 - x1) // 2)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
