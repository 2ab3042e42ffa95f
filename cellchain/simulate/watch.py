"""Truth 7 once more, from the tables: a row that is otherwise than it was has an entry that says so.

Rows are held against themselves as they were at the last look, whatever they say: no value is read, and no form of
writing values is needed.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, islice

from sqlalchemy import Table
from sqlmodel import SQLModel

from cellchain.simulate.told import Eyes, Tables, Told

# What the ledger does not follow, by our own list: a table that is new there has to be written down here too.
BESIDE = frozenset(
    {
        "accounts_challenge",
        "accounts_directory_arrival",
        "accounts_failed_sign_in",
        "accounts_web_session",
        "labels_print_job",
        "labels_raw_scan",
        "ledger_entry",
        "ledger_head",
        "ledger_received_file",
        "ledger_request",
        "notices_mail",
        "platform_counter",
        "trial_name_reading",
    }
)
# So many tables are looked at after a step; every one within a few dozen steps.
AT_ONCE = 5


class Watch:
    """Looks at a few tables after each step, and at all of them when it is asked to."""

    def __init__(self, eyes: Eyes, tables: Tables) -> None:
        self._eyes, self._tables = eyes, tables
        found = {name: table for name, table in sorted(SQLModel.metadata.tables.items()) if name not in BESIDE}
        self._whole = {name: str(table.select()) for name, table in found.items()}
        self._place = {name: _place(table) for name, table in found.items()}
        self._order = list(found)
        self._turn = 0
        self._named: dict[str, set[str]] = defaultdict(set)
        self._rows: dict[str, dict[str, int]] = {}

    def hear(self, entries: Iterable[Told]) -> None:
        """Take in which rows the ledger speaks of."""
        for entry in entries:
            for change in entry.changes:
                self._named[change.table].add(change.key)

    def look(self) -> list[str]:
        """What is otherwise in the next few tables, a sentence each."""
        turn = list(islice(chain(self._order[self._turn :], self._order), AT_ONCE))
        self._turn = (self._turn + AT_ONCE) % len(self._order)
        return [one for name in turn for one in self._at(name)]

    def look_at_all(self) -> list[str]:
        """What is otherwise anywhere."""
        return [one for name in self._order for one in self._at(name)]

    def _at(self, table: str) -> list[str]:
        place = self._place[table]
        now = {str(row[place]): hash(tuple(map(str, row))) for row in self._eyes.rows(self._whole[table])}
        before, named = self._rows.get(table), self._named.pop(table, set())
        self._rows[table] = now
        known = self._tables.rows[table]
        found = [f"7: {table} {code} stands there, and no entry tells of it" for code in now.keys() - known.keys()]
        if before is None:
            return found
        changed = {code for code in now.keys() & before.keys() if now[code] != before[code]}
        found += [f"7: {table} {code} changed, and no entry says so" for code in sorted(changed - named)]
        return found + [f"7: {table} {code} is gone" for code in sorted(before.keys() - now.keys())]


def _place(table: Table) -> int:
    """Which column of a table is its key."""
    return next(at for at, column in enumerate(table.columns) if column.primary_key)
