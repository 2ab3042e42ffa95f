"""The whole list of a recall to take away: as a table and as JSON, each with the ledger's size and root."""

import json
from collections.abc import Sequence
from typing import Any

from cellchain.kernel import canonical
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger import merkle
from cellchain.ledger import queries as ledger
from cellchain.platform.db import ReadTx
from cellchain.quality.recalls.queries import RecallFacts
from cellchain.trace.recalls.fates import Fate
from cellchain.trace.recalls.pages import Reached
from cellchain.trace.recalls.rules import WORDS
from cellchain.web.i18n import Voice
from cellchain.web.tables import as_csv

HEADS = (
    T("Code"),
    T("Kind"),
    T("Lot"),
    T("Passage"),
    T("Where"),
    T("Place"),
    T("Since (UTC)"),
    T("Expires (UTC)"),
    T("Recipient"),
    T("Infusion"),
    T("What to do"),
)


@dataclass(frozen=True)
class Stand:
    """How far the ledger was when something was read: its entries, and the root over them (RFC 6962, SHA-256, hex)."""

    entries: int
    root: str


def stand(tx: ReadTx) -> Stand:
    """The ledger as this transaction sees it."""
    leaves = ledger.hashes(tx)
    return Stand(len(leaves), merkle.root(leaves).hex())


def table(reached: Reached, recall: RecallFacts | None, at: Stand, voice: Voice) -> bytes:
    """The list as CSV: first what it is and how far the ledger was, then a row for each thing."""
    kind = "" if recall is None else voice.say(recall.kind)
    head: list[Sequence[object]] = [
        [voice.say(T("Recall")), "" if recall is None else recall.id, kind],
        [voice.say(T("From")), reached.scope.root],
        [voice.say(T("Fingerprint of the list")), reached.scope.fingerprint],
        [voice.say(T("Ledger entries")), at.entries],
        [voice.say(T("Root (RFC 6962, SHA-256)")), at.root],
        [],
        [voice.say(one) for one in HEADS],
    ]
    lots = [[lot, voice.say(T("Lot"))] for lot in reached.scope.lots] if reached.sees_all else []
    found = reached.found if reached.sees_things else []
    return as_csv([*head, *lots, *(_row(fate, voice, reached.sees_recipients) for fate in found)])


def _row(fate: Fate, voice: Voice, with_recipient: bool) -> list[object]:
    _, where, to_do = WORDS[fate.state]
    item = fate.item
    return [
        fate.code,
        voice.say(item.kind),
        item.lot,
        item.passage,
        voice.say(where),
        fate.where,
        None if fate.since is None else canonical.moment(fate.since),
        None if item.expires_at is None else canonical.moment(item.expires_at),
        fate.recipient if with_recipient else None,
        fate.tie.number if with_recipient and fate.tie is not None else None,
        voice.say(to_do),
    ]


def document(reached: Reached, recall: RecallFacts | None, at: Stand) -> bytes:
    """The list as JSON, in the words of the tables."""
    told: dict[str, Any] = {
        "format": "cellchain-recall-1",
        "ledger": {"entries": at.entries, "root": at.root},
        "recall": None if recall is None else recall.id,
        "kind": None if recall is None else recall.kind.value,
        "from": reached.scope.root,
        "fingerprint": reached.scope.fingerprint,
        "lots": list(reached.scope.lots) if reached.sees_all else [],
        "things": [_thing(fate, reached.sees_recipients) for fate in (reached.found if reached.sees_things else [])],
        "recipients_count": reached.recipients_count,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _thing(fate: Fate, with_recipient: bool) -> dict[str, Any]:
    item = fate.item
    return {
        "code": fate.code,
        "kind": item.kind.value,
        "lot": item.lot,
        "passage": item.passage,
        "state": fate.state.value,
        "place": fate.where or None,
        "since": None if fate.since is None else canonical.moment(fate.since),
        "expires_at": None if item.expires_at is None else canonical.moment(item.expires_at),
        "recipient": fate.recipient if with_recipient else None,
        "infusion": fate.tie.number if with_recipient and fate.tie is not None else None,
    }
