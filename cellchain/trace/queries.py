"""The graph of the cells' way, gathered from what each capability tells of its own steps."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from cellchain.bedside.infusions import queries as bedside
from cellchain.custody import queries as custody
from cellchain.donors import queries as donors
from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Description
from cellchain.ledger.edges import Edge
from cellchain.manufacturing import queries as manufacturing
from cellchain.materials import queries as materials
from cellchain.platform.db import Incomplete, ReadTx
from cellchain.quality import queries as quality
from cellchain.trace import rules, words
from cellchain.trace.rules import Direction, Graph, Node
from cellchain.trial import edges as trial_edges
from cellchain.trial import queries as trial

NODES_MAX = 5_000
_source, _target = attrgetter("source"), attrgetter("target")
# One step on the way of the cells, or back, for a whole generation at once: a few questions to each room.
Steps = Callable[[ReadTx, Sequence[str]], Sequence[Edge]]
FORWARD: Sequence[Steps] = (
    donors.edges_from,
    materials.edges_from,
    manufacturing.edges_from,
    quality.edges_from,
    custody.edges_from,
    trial_edges.edges_from,
    bedside.edges_from,
)
BACKWARD: Sequence[Steps] = (
    donors.edges_to,
    materials.edges_to,
    manufacturing.edges_to,
    quality.edges_to,
    custody.edges_to,
    trial_edges.edges_to,
    bedside.edges_to,
)
KINDS = {
    "DN": "donor",
    "DO": "donation",
    "LT": "lot",
    "BG": "container",
    "CT": "container",
    "CV": "container",
    "SM": "sample",
    "RC": "recipient",
    "ML": "material_lot",
    "EQ": "equipment",
    "PS": "person",
    "LC": "location",
    "SH": "shipment",
}


def trace(tx: ReadTx, code: str, direction: Direction, actor: Actor) -> Graph:
    """Everything that `code`, or what wears it, came from, went into, or both. Raises NotFound, Refused, Forbidden."""
    code = thing_of(tx, code, actor)
    _may(tx, code, direction, actor)
    edges: dict[tuple[str, str, str], Edge] = {}
    complete = True
    if direction in (Direction.BACKWARD, Direction.BOTH):
        complete &= _walk(tx, code, BACKWARD, _source, edges)
    if direction in (Direction.FORWARD, Direction.BOTH):
        complete &= _walk(tx, code, FORWARD, _target, edges)
    codes = dict.fromkeys([code, *(end for edge in edges.values() for end in edge[:2])])
    return Graph(code, _nodes(tx, list(codes), actor), tuple(edges.values()), complete)


def thing_of(tx: ReadTx, code: str, actor: Actor) -> str:
    """The thing behind a code: under a label, a badge, a wristband or a chain of identity, what it stands for.

    Raises NotFound for what this person may not know either; Refused for a symbol that stands for nothing any more.
    """
    found = tx.house.describe(tx, code, actor)
    if found is not None and found.code[:2] in KINDS:
        return str(found.code)
    if found is not None:
        tx.house.thing_of(tx, code)  # says why a symbol that is known stands for nothing
    raise NotFound("record.not_found", "{key} is not known here. Scan the label again.", key=code)


def allowed(tx: ReadTx, code: str, actor: Actor) -> tuple[Direction, ...]:
    """The ways in which this person may trace a thing; none for what is not theirs to trace."""
    return tuple(direction for direction in Direction if _is_allowed(tx, code, direction, actor))


def _is_allowed(tx: ReadTx, code: str, direction: Direction, actor: Actor) -> bool:
    try:
        _may(tx, code, direction, actor)
    except Forbidden:
        return False
    return True


def may_read_about(subject: str, actor: Actor) -> bool:
    """Whether the entries about a thing are for this person: none about a bag for who may not see arms."""
    return not words.is_hidden(subject) or actor.may(trial.SEE_ARM)


def _walk(
    tx: ReadTx,
    root: str,
    steps: Iterable[Steps],
    onward: Callable[[Edge], str],
    edges: dict[tuple[str, str, str], Edge],
) -> bool:
    """Generation by generation from `root`. False where the bound cut it short."""
    seen, generation = {root}, [root]
    while generation:
        following: list[str] = []
        try:
            found = [edge for step in steps for edge in step(tx, generation)]
        except Incomplete:
            return False
        for edge in found:
            edges.setdefault(edge[:3], edge)
            there = onward(edge)
            if there not in seen:
                if len(seen) >= NODES_MAX:
                    return False
                seen.add(there)
                following.append(there)
        generation = following
    return True


def _nodes(tx: ReadTx, codes: Sequence[str], actor: Actor) -> tuple[Node, ...]:
    known = tx.house.sketch(tx, codes, actor)
    return tuple(_node(code, known.get(code)) for code in codes)


def _node(code: str, found: Description | None) -> Node:
    if found is None:
        return Node(code, KINDS.get(code[:2], "unknown"), code, code, None)
    return Node(code, found.kind, code, found.title, found.phase, found.href)


def _may(tx: ReadTx, code: str, direction: Direction, actor: Actor) -> None:
    tie = trial.last_assignment_of(tx, code) if code.startswith("BG") else None
    recipient = code if code.startswith("RC") else None if tie is None else tie.recipient
    is_own = (
        recipient is not None
        and actor.may("trace.read_own")
        and trial.recipient_facts(tx, recipient).physician == actor.person
    )
    rules.may_trace(
        direction,
        reads_all=actor.may("trace.read_all"),
        is_own=is_own,
        is_bag_of_ward=tie is not None and actor.may("trace.read"),
    )
