"""`verify` looks at what keeps the database append-only: its triggers, and the counters that give every number once."""

from typing import Any

import pytest

from cellchain.ledger.triggers import triggers
from tests.ledger.conftest import Workshop
from tests.ledger.test_tampering import named, story

TRIGGERS = sorted(
    {
        (dialect, words[words.index("TRIGGER") + 1], words[words.index("ON") + 1])
        for dialect in ("sqlite", "postgresql")
        for words in map(str.split, triggers(dialect))
        if words[0] == "CREATE" and "BEFORE" in words and words[words.index("ON") + 1].startswith("ledger_")
    }
)


def dialect(workshop: Workshop) -> str:
    return "sqlite" if workshop.database.is_sqlite else "postgresql"


def test_every_dropped_trigger_is_named(workshop: Workshop) -> None:
    story(workshop)
    dropped = [(name, table) for made_for, name, table in TRIGGERS if made_for == dialect(workshop)]
    assert ("ledger_entry_no_update", "ledger_entry") in dropped
    for name, table in [*dropped, ("toy_bag_no_delete", "toy_bag")]:
        workshop.unwatched(f"DROP TRIGGER {name}" + ("" if workshop.database.is_sqlite else f" ON {table}"))
        report = workshop.verify()
        assert (None, table, name) in {(one.entry, one.table, one.key) for one in report.findings}
        assert named(report)[3] is None
        assert f"key {name}, column none: its trigger {name} is missing" in report.text()


WEAKENED: dict[str, list[tuple[str, ...]]] = {
    "sqlite": [
        (
            "DROP TRIGGER ledger_entry_no_delete",
            "CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry BEGIN SELECT 1; END",
        ),
        (
            "DROP TRIGGER ledger_entry_no_update",
            (
                "CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry WHEN 0"
                " BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only: UPDATE is refused'); END"
            ),
        ),
    ],
    "postgresql": [
        ("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_no_delete",),
        ("ALTER TABLE ledger_entry ENABLE REPLICA TRIGGER ledger_entry_no_update",),
        (
            (
                "CREATE OR REPLACE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry"
                " FOR EACH ROW WHEN (false) EXECUTE FUNCTION cellchain_refuse()"
            ),
        ),
        (
            (
                "CREATE OR REPLACE FUNCTION cellchain_refuse() RETURNS trigger LANGUAGE plpgsql"
                " AS $$ BEGIN RETURN OLD; END $$"
            ),
        ),
    ],
}


@pytest.mark.parametrize("number", range(4))
def test_a_trigger_that_refuses_nothing_any_more_is_named(workshop: Workshop, number: int) -> None:
    ways = WEAKENED[dialect(workshop)]
    for statement in ways[number % len(ways)]:
        workshop.unwatched(statement)
    report = workshop.verify()
    assert not report.intact
    assert {one.table for one in report.findings} >= {"ledger_entry"}


COUNTERS: list[tuple[str, tuple[Any, ...]]] = [
    ("UPDATE platform_counter SET value = 2 WHERE name = 'toy_draw'", (None, "platform_counter", "toy_draw", "value")),
    ("DELETE FROM platform_counter WHERE name = 'toy_draw'", (None, "platform_counter", "toy_draw", "value")),
    (
        "UPDATE platform_counter SET value = 0 WHERE name = 'ledger_signature'",
        (None, "platform_counter", "ledger_signature", "value"),
    ),
    ("DROP TABLE platform_counter", (None, "platform_counter", None, None)),
    ("UPDATE ledger_head SET seq = 10", (10, "ledger_head", 1, "seq")),
]


@pytest.mark.parametrize(("statement", "expected"), COUNTERS, ids=[statement for statement, _ in COUNTERS])
def test_a_counter_that_was_set_back_is_named(workshop: Workshop, statement: str, expected: tuple[Any, ...]) -> None:
    story(workshop)
    workshop.unwatched(statement)
    assert named(workshop.verify()) == expected


def test_the_numbering_of_codes_is_held_against_the_codes(workshop: Workshop) -> None:
    """Codes of this site alone: what another site issued was counted there."""
    for code in ("BG012600000786", "BG022600000912"):
        workshop.do("fill", code=code, volume_ul=10)
    assert named(workshop.verify()) == (None, "platform_counter", "code:BG:01:2026", "value")
    workshop.unwatched("INSERT INTO platform_counter (name, value) VALUES ('code:BG:01:2026', 7)")
    assert workshop.verify().intact
    workshop.unwatched("UPDATE platform_counter SET value = 6 WHERE name = 'code:BG:01:2026'")
    assert named(workshop.verify()) == (None, "platform_counter", "code:BG:01:2026", "value")
