"""A trace as a list, and an entry of the ledger for eyes. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from cellchain.kernel import canonical
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.trace.rules import HEADS, Graph, Node

# How a trace reads: from the people who gave to the people who received, what was bought and used last.
ORDER = ("DN", "DO", "CT", "CV", "LT", "SM", "BG", "RC", "SH", "LC", "ML", "EQ", "PS")


@dataclass(frozen=True)
class Row:
    """Things of one kind and one title. `first_at` is when the first of them came about, where the trace tells."""

    head: T
    title: T | str
    nodes: tuple[Node, ...]
    first_at: datetime | None


@dataclass(frozen=True)
class Told:
    """A trace in words: the counts of the headline, and both directions as lists."""

    root: Node
    bags_count: int
    recipients_count: int
    donors_count: int
    materials_count: int
    came_from: tuple[Row, ...]
    went_into: tuple[Row, ...]


def trace_words(graph: Graph) -> Told:
    """The same as the drawing, one thing at a time."""
    forward = _reached(graph, [(edge.source, edge.target) for edge in graph.edges])
    backward = _reached(graph, [(edge.target, edge.source) for edge in graph.edges])
    times: dict[str, datetime] = {}
    for edge in graph.edges:
        times[edge.target] = min(times.get(edge.target, edge.at), edge.at)
    return Told(
        root=next(
            (node for node in graph.nodes if node.id == graph.root),
            Node(graph.root, "unknown", graph.root, graph.root, None),
        ),
        bags_count=sum(code.startswith("BG") for code in forward),
        recipients_count=sum(code.startswith("RC") for code in forward),
        donors_count=sum(code.startswith("DN") for code in backward),
        materials_count=sum(code.startswith("ML") for code in backward),
        came_from=_rows([node for node in graph.nodes if node.id in backward], times),
        went_into=_rows([node for node in graph.nodes if node.id in forward], times),
    )


class _Told(dict[Any, str]):
    """Each value as text, worked out once: a thousand things have a handful of titles and of times."""

    def __init__(self, tell: Callable[[Any], str]) -> None:
        super().__init__()
        self._tell = tell

    def __missing__(self, value: Any) -> str:
        self[value] = told = self._tell(value)
        return told


def as_data(graph: Graph) -> dict[str, object]:
    """The same for the API: nodes and edges."""
    titles, times = _Told(str), _Told(canonical.moment)
    return {
        "nodes": [
            {"id": id_, "kind": kind, "code": code, "title": titles[title], "phase": phase}
            for id_, kind, code, title, phase, *_ in graph.nodes
        ],
        "edges": [
            {"from": source, "to": target, "kind": kind, "at": times[at]}
            for source, target, kind, at, *_ in graph.edges
        ],
        "complete": graph.complete,
    }


def _reached(graph: Graph, steps: Sequence[tuple[str, str]]) -> set[str]:
    following: dict[str, list[str]] = {}
    for here, there in steps:
        following.setdefault(here, []).append(there)
    seen, frontier = {graph.root}, [graph.root]
    while frontier:
        for there in following.get(frontier.pop(), ()):
            if there not in seen:
                seen.add(there)
                frontier.append(there)
    return seen - {graph.root}


def _rows(nodes: Sequence[Node], times: Mapping[str, datetime]) -> tuple[Row, ...]:
    found: dict[tuple[str, str], list[Node]] = {}
    for node in nodes:
        found.setdefault((node.code[:2], str(node.title)), []).append(node)
    rows = []
    for (kind, _), alike in found.items():
        first = min((times[node.id] for node in alike if node.id in times), default=None)
        ordered = tuple(sorted(alike, key=lambda node: node.code))
        rows.append(
            (
                "" if first is None else canonical.moment(first),
                Row(
                    HEADS.get(kind, T("Record")),
                    ordered[0].title,
                    ordered,
                    first,
                ),
                kind,
            )
        )
    rows.sort(key=lambda row: (ORDER.index(row[2]) if row[2] in ORDER else len(ORDER), row[0]))
    return tuple(row for _, row, _ in rows)


# -- entries of the ledger -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One field of a row that an entry changed. `before` None: the row is new; `after` None: it is gone."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Touched:
    """A row that an entry wrote."""

    table: str
    key: str
    is_new: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class EntryWords:
    """An entry's body, taken apart for the page. `signature` has id, signer, meaning and record_hash as signed."""

    happened_at: datetime | None
    device: str | None
    signature: Mapping[str, Any] | None
    facts: tuple[tuple[str, str], ...]
    touched: tuple[Touched, ...]
    before: str


def is_hidden(subject: str | None) -> bool:
    """Whether a subject would lead who may not see arms from a recipient to what the bag held: any bag would."""
    return subject is not None and subject.startswith("BG")


def head_of_entry(row: Any) -> dict[str, object]:
    """An entry for who may not see arms: its place in the chain, who did what and when, and nothing that it says."""
    head = whole_entry(row)
    del head["body"]
    subject = None if is_hidden(row.subject) else row.subject
    return {**head, "subject": subject, "prev_hash": json.loads(row.body)["prev_hash"]}


def whole_entry(row: Any) -> dict[str, object]:
    """An entry as it was hashed. The body holds commitments in place of names and arms."""
    return {
        "seq": row.seq,
        "at": canonical.moment(row.at),
        "event": row.event,
        "actor": row.actor,
        "subject": row.subject,
        "request_id": row.request_id,
        "hash": row.hash,
        "body": row.body,
    }


def entry_words(body: str) -> EntryWords:
    """What an entry says, in an order that can be read."""
    said = json.loads(body)
    happened = said.get("happened_at")
    return EntryWords(
        happened_at=datetime.fromisoformat(happened) if happened else None,
        device=said.get("device"),
        signature=said.get("signature"),
        facts=tuple((name, _shown(value)) for name, value in sorted((said.get("facts") or {}).items())),
        touched=tuple(_touched(change) for change in said.get("changes") or ()),
        before=said.get("prev_hash", ""),
    )


def _touched(change: Mapping[str, Any]) -> Touched:
    before, after = change.get("before"), change.get("after") or {}
    names = sorted({*(before or {}), *after})
    changes = tuple(Change(name, _held(before, name), _held(after, name)) for name in names)
    return Touched(str(change.get("table", "")), str(change.get("key", "")), before is None, changes)


def _held(image: Mapping[str, Any] | None, name: str) -> str | None:
    return None if image is None or name not in image else _shown(image[name])


def _shown(value: object) -> str:
    """A text as it is; anything else as JSON writes it, so that nothing and the word null cannot be mixed up."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def pretty(body: str) -> str:
    """The same document indented, for reading; the hash is over the original."""
    return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
