"""What the ledger has told so far, table by table, read from the database itself: no query of the house is asked."""

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field
from typing import Any

import psycopg
from sqlalchemy import make_url

from cellchain.kernel.values import dataclass

AFTER = "SELECT seq, body, hash FROM ledger_entry WHERE seq > {0} ORDER BY seq"
Row = dict[str, Any]
GENESIS = "0" * 64


@dataclass(frozen=True)
class Change:
    """One row that an entry made or changed: what it was, what became of it."""

    table: str
    key: str
    before: Row | None
    after: Row

    @property
    def is_new(self) -> bool:
        """Whether the row was not there before."""
        return self.before is None


@dataclass(frozen=True)
class Told:
    """One entry: what stands around its changes, and the changes."""

    seq: int
    event: str
    actor: str
    on_behalf: str | None
    request_id: str
    at: str
    hash: str
    changes: tuple[Change, ...]


@dataclass
class Tables:
    """Every row as the entries so far leave it, and the links between rows that a check follows."""

    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    by: dict[tuple[str, str, Any], list[str]] = field(default_factory=lambda: defaultdict(list))

    def take(self, change: Change) -> None:
        """Take a change in. A row is indexed by what it is made with: what it refers to never changes."""
        row = self.rows[change.table].setdefault(change.key, {})
        row.update(change.after)
        if change.is_new:
            for column in INDEXED.get(change.table, ()):
                self.by[change.table, column, change.after.get(column)].append(change.key)

    def row(self, table: str, key: object) -> Row:
        """A row, or nothing of it."""
        return self.rows[table].get(str(key), {})

    def where(self, table: str, column: str, value: object) -> Iterator[Row]:
        """The rows made with this value in an indexed column."""
        for key in self.by[table, column, value]:
            yield self.rows[table][key]


# What a row refers to, in the tables that checks walk along.
INDEXED: dict[str, tuple[str, ...]] = {
    "accounts_emergency": ("person",),
    "accounts_grant": ("person",),
    "bedside_check": ("bag",),
    "bedside_decision": ("infusion",),
    "bedside_infusion": ("bag",),
    "custody_excursion": ("subject",),
    "custody_hand_over": ("subject",),
    "custody_packed": ("subject",),
    "donors_consent": ("donor",),
    "donors_donation": ("donor",),
    "donors_eligibility": ("donor",),
    "labels_label": ("target", "lot"),
    "manufacturing_container": ("lot",),
    "manufacturing_container_loss": ("container",),
    "manufacturing_container_source": ("child", "parent"),
    "manufacturing_lot_source": ("lot",),
    "manufacturing_step_record": ("lot",),
    "manufacturing_step_value": ("step_record",),
    "quality_hold": ("subject",),
    "quality_recall_item": ("subject",),
    "quality_result": ("lot",),
    "quality_sample": ("lot",),
    "trial_assignment": ("bag",),
    "trial_consent": ("recipient",),
    "trial_study_pause": ("study",),
}


class Eyes:
    """A connection of our own, which reads and cannot write. `mark` stands for a value in a statement."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self._link: Any
        if address.drivername.startswith("sqlite"):
            self.mark = "?"
            self._link = sqlite3.connect(f"file:{address.database}?mode=ro", uri=True, isolation_level=None)
        else:
            self.mark = "%s"
            libpq = address.set(drivername="postgresql").render_as_string(hide_password=False)
            self._link = psycopg.connect(libpq, autocommit=True)
            self._link.read_only = True

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """What a statement finds."""
        found: list[Any] = self._link.execute(statement.format(self.mark), values).fetchall()
        return found

    def close(self) -> None:
        """Look no more."""
        self._link.close()


class Ledger:
    """The entries of a database, each looked at as a whole before it is believed."""

    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes
        self._last, self._hash, self._at = 0, GENESIS, ""

    def news(self) -> tuple[list[Told], list[str]]:
        """The entries since the last call, and what is wrong with the chain of them."""
        found = self._eyes.rows(AFTER, self._last)
        entries: list[Told] = []
        wrong: list[str] = []
        for seq, body, digest in found:
            data = json.loads(body)
            wrong += self._chained(seq, body, digest, data)
            entries.append(_told(seq, digest, data))
        return entries, wrong

    def _chained(self, seq: int, body: str, digest: str, data: Row) -> Iterator[str]:
        if seq != self._last + 1 or data["seq"] != seq:
            yield f"entry {seq} comes after entry {self._last}"
        if data["prev_hash"] != self._hash or hashlib.sha256(body.encode()).hexdigest() != digest:
            yield f"entry {seq} does not continue the chain"
        if data["at"] < self._at:
            yield f"entry {seq} is older than the one before it"
        self._last, self._hash, self._at = seq, digest, data["at"]


def _told(seq: int, digest: str, data: Row) -> Told:
    changes = tuple(
        Change(str(one["table"]), str(one["key"]), one["before"], one["after"] or {}) for one in data["changes"]
    )
    return Told(seq, data["event"], data["actor"], data["on_behalf"], data["request_id"], data["at"], digest, changes)
