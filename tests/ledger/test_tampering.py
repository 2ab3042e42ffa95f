"""`verify` over real databases: whatever somebody does to a row by hand is found, and named."""

import json
import random
import shutil
import sqlite3
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from cellchain.kernel import canonical
from cellchain.kernel.errors import Refused
from cellchain.ledger import checkpoints, foundation
from cellchain.ledger.audit import Report, not_covered, run_verify
from cellchain.ledger.invariants import Invariant
from cellchain.platform.db import ReadTx
from tests.ledger.conftest import Make, Workshop
from tests.support.campaign import times
from tests.support.postgres import Postgres

RANDOM_EDITS = times(100)


def story(workshop: Workshop) -> Workshop:
    """Three bags, draws, a release, a refusal, a reaction and a reason."""
    workshop.do("fill", code="BG1", volume_ul=10, holder="Ada Fictitious", label="A", limits={"max": 5}, arm="MSC")
    workshop.do("fill", code="BG2", volume_ul=2, remark="found warm", serial=2**60, reason="entered late")
    workshop.do("fill", code="BG3", volume_ul=7)
    for _ in range(2):
        workshop.do("take", code="BG2")
    workshop.do("take", code="BG1", volume_ul=3)
    with pytest.raises(Refused):
        workshop.do("take", code="BG1", volume_ul=30)
    workshop.do("release", code="BG1")
    workshop.do("rename", code="BG1", holder="Bea Fictitious")
    return workshop


def named(report: Report) -> tuple[Any, ...]:
    first = report.findings[0]
    assert report.text().splitlines()[-1].startswith("broken: entry ")
    assert not report.intact
    return first.entry, first.table, first.key, first.column


def test_an_untouched_database_is_intact(workshop: Workshop) -> None:
    report = story(workshop).verify()
    assert report.findings == ()
    assert report.text().splitlines()[-1] == f"intact: 11 entries, root {report.root}"
    data = json.loads(report.json())
    assert (data["intact"], data["entries"], data["root"], data["findings"]) == (True, 11, report.root, [])


ANOTHER_ENTRY = """
    INSERT INTO ledger_entry (seq, at, event, actor, request_id, body, hash)
    SELECT 12, at, event, actor, request_id, body, 'x' FROM ledger_entry WHERE seq = 11
"""
EDITS = [
    ("UPDATE toy_bag SET volume_ul = 8 WHERE code = 'BG1'", (8, "toy_bag", "BG1", "volume_ul")),
    ("UPDATE toy_bag SET volume_ul = 8 WHERE code = 'BG3'", (4, "toy_bag", "BG3", "volume_ul")),
    ("UPDATE toy_bag SET phase = 'filled' WHERE code = 'BG1'", (10, "toy_bag", "BG1", "phase")),
    ("UPDATE toy_bag SET intact = true WHERE code = 'BG2'", (7, "toy_bag", "BG2", "intact")),
    ("UPDATE toy_bag SET label = NULL WHERE code = 'BG1'", (2, "toy_bag", "BG1", "label")),
    ("UPDATE toy_bag SET remark = 's1:00:cold' WHERE code = 'BG2'", (3, "toy_bag", "BG2", "remark")),
    ("UPDATE toy_bag SET holder = NULL WHERE code = 'BG1'", (11, "toy_bag", "BG1", "holder")),
    ("UPDATE toy_bag SET arm = 'nonsense' WHERE code = 'BG1'", (2, "toy_bag", "BG1", "arm")),
    ("UPDATE toy_bag SET limits = '{\"max\": 5}' WHERE code = 'BG1'", (2, "toy_bag", "BG1", "limits")),
    ("UPDATE toy_bag SET serial = serial + 1 WHERE code = 'BG2'", (3, "toy_bag", "BG2", "serial")),
    ("UPDATE toy_bag SET expires_on = '2026-04-01' WHERE code = 'BG3'", (4, "toy_bag", "BG3", "expires_on")),
    (
        "UPDATE toy_bag SET filled_at = '2026-03-02T08:00:00.000001Z' WHERE code = 'BG3'",
        (4, "toy_bag", "BG3", "filled_at"),
    ),
    ("UPDATE toy_draw SET bag = 'BG3' WHERE id = 3", (8, "toy_draw", 3, "bag")),
    ("UPDATE toy_draw SET id = 9 WHERE id = 3", (8, "toy_draw", 3, None)),
    ("DELETE FROM toy_draw WHERE id = 1", (5, "toy_draw", 1, None)),
    ("DELETE FROM toy_bag WHERE code = 'BG1'", (11, "toy_bag", "BG1", None)),
    ("INSERT INTO toy_draw SELECT 4, bag, volume_ul, drawn_at FROM toy_draw WHERE id = 1", (None, "toy_draw", 4, None)),
    ("UPDATE ledger_signature SET signer = 'PS9'", (10, "ledger_signature", 1, "signer")),
    ("UPDATE ledger_installation SET demonstration = false", (1, "ledger_installation", 1, "demonstration")),
    ("UPDATE ledger_entry SET actor = 'PS9' WHERE seq = 5", (5, "ledger_entry", 5, "actor")),
    ("UPDATE ledger_entry SET at = '2026-03-02T08:00:00.000001Z' WHERE seq = 5", (5, "ledger_entry", 5, "at")),
    ("UPDATE ledger_entry SET reason = 's1:00:other' WHERE seq = 3", (3, "ledger_entry", 3, "reason")),
    ("UPDATE ledger_entry SET reason = NULL WHERE seq = 3", (3, "ledger_entry", 3, "reason")),
    ("UPDATE ledger_entry SET body = replace(body, 'BG1', 'BG3') WHERE seq = 8", (8, "ledger_entry", 8, "body")),
    ("UPDATE ledger_entry SET body = '' WHERE seq = 11", (11, "ledger_entry", 11, "body")),
    ("UPDATE ledger_entry SET hash = 'x' WHERE seq = 8", (8, "ledger_entry", 8, "hash")),
    ("UPDATE ledger_entry SET hash = 'x' WHERE seq = 11", (11, "ledger_entry", 11, "hash")),
    ("DELETE FROM ledger_entry WHERE seq = 1", (1, "ledger_entry", 1, None)),
    ("DELETE FROM ledger_entry WHERE seq = 6", (6, "ledger_entry", 6, None)),
    ("DELETE FROM ledger_entry WHERE seq = 11", (11, "ledger_entry", 11, None)),
    ("DELETE FROM ledger_entry WHERE seq > 8", (9, "ledger_entry", 9, None)),
    ("UPDATE ledger_entry SET seq = 12 WHERE seq = 11", (11, "ledger_entry", 11, None)),
    (ANOTHER_ENTRY, (12, "ledger_entry", 12, "hash")),
    ("UPDATE ledger_head SET seq = 10", (10, "ledger_head", 1, "seq")),
    ("UPDATE ledger_head SET seq = 12", (11, "ledger_head", 1, "seq")),
    ("UPDATE ledger_head SET hash = 'x'", (11, "ledger_head", 1, "hash")),
    ("UPDATE ledger_head SET at = NULL", (11, "ledger_head", 1, "at")),
    ("DELETE FROM ledger_head", (11, "ledger_head", 1, None)),
]


@pytest.mark.parametrize(("statement", "expected"), EDITS, ids=[statement for statement, _ in EDITS])
def test_one_edit_is_found_and_named(workshop: Workshop, statement: str, expected: tuple[Any, ...]) -> None:
    story(workshop)
    assert workshop.unguarded(statement) > 0
    assert named(workshop.verify()) == expected


def test_two_swapped_entries_are_found(workshop: Workshop) -> None:
    story(workshop)
    for edit in ("seq = -1 WHERE seq = 5", "seq = 5 WHERE seq = 6", "seq = 6 WHERE seq = -1"):
        workshop.unguarded(f"UPDATE ledger_entry SET {edit}")
    report = workshop.verify()
    assert named(report)[:2] == (5, "ledger_entry")
    assert {5, 6} <= {one.entry for one in report.findings}


def test_an_entry_put_in_between_is_found(workshop: Workshop) -> None:
    """Those behind it made room, and the end of the chain was moved along."""
    story(workshop)
    workshop.unguarded(
        "UPDATE ledger_entry SET seq = seq + 1000 WHERE seq > 5",
        "UPDATE ledger_entry SET seq = seq - 999 WHERE seq > 1000",
        "INSERT INTO ledger_entry (seq, at, event, actor, subject, request_id, body, hash)"
        " SELECT 6, at, event, actor, subject, request_id, body, 'x' FROM ledger_entry WHERE seq = 5",
        "UPDATE ledger_head SET seq = 12",
    )
    assert named(workshop.verify())[:3] == (6, "ledger_entry", 6)


def test_a_chain_recomputed_from_its_first_change_is_found(workshop: Workshop) -> None:
    """Every hash, link and column fits, the tables and the end of the chain too; the checkpoints know another chain."""
    story(workshop)
    checkpoints.make(workshop.database, workshop.data_dir)
    workshop.do("take", code="BG3")
    entries, before, edits = workshop.entries(), "", []
    for entry in entries:
        body = json.loads(entry.body)
        if entry.seq >= 5:
            body |= {"actor": "PS012600000200", **({"prev_hash": before} if entry.seq > 5 else {})}
        text = canonical.dumps(body)
        before = sha256(text.encode()).hexdigest()
        if entry.seq >= 5:
            quoted = text.replace("'", "''")
            edits.append(
                f"UPDATE ledger_entry SET actor = 'PS012600000200', body = '{quoted}', hash = '{before}'"
                f" WHERE seq = {entry.seq}"
            )
    workshop.unguarded(*edits, f"UPDATE ledger_head SET hash = '{before}'")
    report = workshop.verify()
    assert [one.table for one in report.findings] == ["ledger_entry"]
    assert "the entries here are others" in report.findings[0].message
    for file in workshop.data_dir.checkpoints.iterdir():
        file.unlink()
    assert workshop.verify().intact  # nothing else tells: this is what checkpoints and their witnesses are for


def test_the_first_of_several_edits_is_named_first(workshop: Workshop) -> None:
    story(workshop)
    workshop.unguarded(
        "UPDATE toy_bag SET volume_ul = 9 WHERE code = 'BG3'",
        "UPDATE toy_bag SET label = 'B' WHERE code = 'BG1'",
        "UPDATE ledger_entry SET actor = 'PS9' WHERE seq = 3",
        "DELETE FROM toy_draw WHERE id = 2",
    )
    report = workshop.verify()
    assert [(one.entry, one.table) for one in report.findings] == [
        (2, "toy_bag"),
        (3, "ledger_entry"),
        (4, "toy_bag"),
        (6, "toy_draw"),
    ]
    assert report.text().splitlines()[-1] == "broken: entry 2, table toy_bag, key BG1, column label"
    data = json.loads(report.json())
    assert (data["entry"], data["table"], data["key"], data["column"]) == (2, "toy_bag", "BG1", "label")
    assert len(data["findings"]) == 4


def test_an_edit_that_a_later_command_covered_is_found(workshop: Workshop) -> None:
    """The command read the edited value, wrote its own over it, and its image of before gives the edit away."""
    story(workshop)
    workshop.unguarded("UPDATE toy_bag SET volume_ul = 70 WHERE code = 'BG3'")
    workshop.do("take", code="BG3", volume_ul=69)
    assert named(workshop.verify()) == (12, "toy_bag", "BG3", "volume_ul")


def test_a_redaction_leaves_nothing_behind_and_the_chain_whole(workshop: Workshop) -> None:
    story(workshop)
    workshop.do("redact", code="", volume_ul=3)
    assert workshop.entries()[2].reason is None
    assert workshop.verify().intact


DAMAGE = [
    ("UPDATE toy_bag SET phase = 'lost' WHERE code = 'BG1'", "phase"),
    ("UPDATE toy_bag SET volume_ul = 'ten' WHERE code = 'BG1'", "volume_ul"),
    ("UPDATE toy_bag SET volume_ul = 1.5 WHERE code = 'BG1'", "volume_ul"),
    ("UPDATE toy_bag SET intact = 7 WHERE code = 'BG1'", "intact"),
    ("UPDATE toy_bag SET intact = 'yes' WHERE code = 'BG1'", "intact"),
    ("UPDATE toy_bag SET filled_at = 'yesterday' WHERE code = 'BG1'", "filled_at"),
    ("UPDATE toy_bag SET filled_at = 0 WHERE code = 'BG1'", "filled_at"),
    ("UPDATE toy_bag SET expires_on = 'soon' WHERE code = 'BG1'", "expires_on"),
    ("UPDATE toy_bag SET limits = '{' WHERE code = 'BG1'", "limits"),
    ("UPDATE toy_bag SET holder = 'e1:!!!' WHERE code = 'BG1'", "holder"),
    ("UPDATE toy_bag SET holder = x'00ff' WHERE code = 'BG1'", "holder"),
    ("UPDATE toy_bag SET holder = CAST(x'ff3a' AS TEXT) WHERE code = 'BG1'", "holder"),
    ("UPDATE toy_bag SET label = CAST(x'ff3a' AS TEXT) WHERE code = 'BG1'", "label"),
    ("UPDATE toy_bag SET label = x'41' WHERE code = 'BG1'", "label"),
    ("UPDATE toy_bag SET code = x'41' WHERE code = 'BG1'", None),
    ("UPDATE toy_bag SET code = CAST(x'ff3a' AS TEXT) WHERE code = 'BG1'", None),
    ("UPDATE ledger_entry SET body = x'00' WHERE seq = 2", "body"),
    ("UPDATE ledger_entry SET body = CAST(x'ff3a' AS TEXT) WHERE seq = 2", "body"),
    ("UPDATE ledger_entry SET at = 'yesterday' WHERE seq = 2", "at"),
    ("UPDATE ledger_entry SET reason = x'00' WHERE seq = 3", "reason"),
    ("UPDATE ledger_head SET seq = 'many'", "seq"),
]


@pytest.mark.parametrize(("statement", "column"), DAMAGE, ids=[statement for statement, _ in DAMAGE])
def test_a_value_that_is_none_of_its_column_is_reported(lite: Workshop, statement: str, column: Any) -> None:
    """SQLite stores anything anywhere; invariants may stumble over it, and are reported too."""
    story(lite)
    assert lite.unguarded(statement) == 1
    report = run_verify(lite.database, lite.data_dir, [Invariant("toy.bags", "Bags can be read.", every_bag)])
    assert named(report)[3] == column
    assert report.findings[0].table in statement
    assert json.loads(report.json())["findings"]


def test_a_time_that_no_driver_reads_is_reported(workshop: Workshop) -> None:
    if workshop.database.is_sqlite:
        return
    story(workshop)
    workshop.unguarded("UPDATE toy_bag SET filled_at = 'infinity', expires_on = '-infinity' WHERE code = 'BG1'")
    report = workshop.verify()
    assert {one.column for one in report.findings} == {"filled_at", "expires_on"}


def every_bag(tx: ReadTx) -> list[str]:
    bag: Any = sys.modules["cellchain.toy.commands"].Bag
    return [] if tx.many(select(bag), limit=10) else ["there are none"]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("DROP TABLE toy_draw", ("toy_draw", None, None)),
        ("ALTER TABLE toy_bag DROP COLUMN serial", ("toy_bag", None, "serial")),
    ],
)
def test_a_table_or_column_that_is_gone_is_reported(
    workshop: Workshop, statement: str, expected: tuple[Any, ...]
) -> None:
    story(workshop)
    workshop.unguarded(statement)
    found = [(one.table, one.key, one.column) for one in workshop.verify().findings]
    assert expected in found


def test_a_ledger_that_cannot_be_read_is_reported(lite: Workshop) -> None:
    story(lite)
    lite.unguarded("ALTER TABLE ledger_entry RENAME COLUMN body TO text")
    report = lite.verify()
    assert named(report)[:2] == (None, "ledger_entry")


def test_pages_that_are_damaged_are_reported(lite: Workshop) -> None:
    story(lite)
    lite.close()
    content = bytearray(lite.data_dir.database.read_bytes())
    page = 4096
    for start in range(2 * page, len(content), page):
        content[start : start + 100] = bytes(100)
    lite.data_dir.database.write_bytes(content)
    again = type(lite)(lite.database.url, lite.data_dir.path, lite.toy, seed=2)
    try:
        assert not again.verify().intact
    finally:
        again.close()


def test_a_broken_invariant_is_a_finding(workshop: Workshop) -> None:
    story(workshop)
    never = Invariant("toy.never", "There is never a bag.", lambda tx: ["there are three"])
    fails = Invariant("toy.fails", "This can be asked.", lambda tx: [str(1 // len([]))])
    reads = Invariant("toy.reads", "Bags can be read.", every_bag)
    report = run_verify(workshop.database, workshop.data_dir, [never, reads])
    assert [(one.entry, one.table, one.key) for one in report.findings] == [(None, "invariants", "toy.never")]
    with pytest.raises(ZeroDivisionError):  # a fault of ours is not dressed up as one of the database
        run_verify(workshop.database, workshop.data_dir, [fails])


def test_what_replay_does_not_follow_is_said(workshop: Workshop) -> None:
    tables = {one["table"]: one["reason"] for one in not_covered()}
    assert {"ledger_entry", "ledger_head", "ledger_request", "platform_counter", "alembic_version"} <= tables.keys()
    assert all(tables.values())
    workshop.do("fill", code="BG1", volume_ul=10)
    workshop.unguarded("UPDATE ledger_request SET answer = ''")
    assert workshop.verify().intact


def test_a_damaged_attachment_is_found(workshop: Workshop) -> None:
    digest = workshop.data_dir.keep(b"a certificate")
    assert workshop.data_dir.fetch(digest) == b"a certificate"
    assert workshop.verify().intact
    (workshop.data_dir.files / digest[:2] / digest).write_bytes(b"another")
    assert named(workshop.verify()) == (None, "files", digest, None)
    with pytest.raises(Refused, match=r"file\.damaged"):
        workshop.data_dir.fetch(digest)


def test_a_cut_tail_and_an_older_copy_are_found_by_the_checkpoint(lite: Workshop) -> None:
    story(lite)
    copy = lite.data_dir.path / "older.db"
    with closing(sqlite3.connect(lite.data_dir.database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    for _ in range(3):
        lite.do("take", code="BG3")
    checkpoints.make(lite.database, lite.data_dir)
    assert lite.verify().intact
    lite.close()
    for leftover in lite.data_dir.path.glob("cellchain.db-*"):
        leftover.unlink()
    shutil.copy(copy, lite.data_dir.database)
    again = type(lite)(lite.database.url, lite.data_dir.path, lite.toy, seed=2)
    try:
        report = again.verify()
        assert named(report) == (12, "ledger_entry", 12, None)
        assert "12 to 14" in report.findings[0].message
        assert foundation.acknowledge_loss(again.runner, again.data_dir) == 3
        report = again.verify()
        intact = "intact, after an acknowledged loss of 3 entries: 12 entries, root "
        assert report.text().splitlines()[-1].startswith(intact)
        again.do("take", code="BG3")
        again.do("take", code="BG3")
        checkpoints.make(again.database, again.data_dir)
        assert again.verify().intact
        with pytest.raises(Refused, match=r"restore\.nothing_lost"):
            foundation.acknowledge_loss(again.runner, again.data_dir)
        assert len(checkpoints.read_all(again.data_dir.checkpoints)) == 2
    finally:
        again.close()


def test_the_same_story_has_the_same_root_on_both_databases(
    make_workshop: Make, postgres: Postgres, tmp_path: Path
) -> None:
    roots = []
    url = postgres.fresh_database()
    for number, where in enumerate((None, url)):
        workshop = story(make_workshop(where, folder=tmp_path / f"story{number}").found())
        report = workshop.verify()
        assert report.intact
        roots.append((report.root, [entry.hash for entry in workshop.entries()]))
        workshop.close()
    postgres.drop(url)
    assert roots[0] == roots[1]


@pytest.mark.campaign
def test_any_single_edit_is_found(lite: Workshop, tmp_path: Path) -> None:
    """Any cell of any row, any deleted row, any row put in, in the ledger and in its tables."""
    story(lite)
    lite.close()
    draw = random.Random(20260302)
    for number in range(RANDOM_EDITS):
        folder = tmp_path / f"edit{number}"
        folder.mkdir()
        shutil.copy(lite.data_dir.database, folder / "cellchain.db")
        copy = type(lite)(f"sqlite:///{folder / 'cellchain.db'}", folder, lite.toy)
        try:
            table, statement = random_edit(draw, folder / "cellchain.db")
            assert copy.unguarded(statement) == 1, statement
            report = copy.verify()
            assert not report.intact, statement
            assert report.findings[0].table == table, (statement, report.text())
        finally:
            copy.close()
        shutil.rmtree(folder)


def random_edit(draw: random.Random, path: Path) -> tuple[str, str]:
    """A table, and a statement that touches one row of it and changes something."""
    table = draw.choice(["ledger_entry", "toy_bag", "toy_draw"])
    connection = sqlite3.connect(path)
    cursor = connection.execute(f"SELECT * FROM {table} ORDER BY 1")
    names = [column[0] for column in cursor.description]
    row = draw.choice(cursor.fetchall())
    connection.close()
    where = f"{names[0]} = {literal(row[0])}"
    kind = draw.choice(["edit", "edit", "edit", "delete", "insert"])
    if kind == "delete":
        return table, f"DELETE FROM {table} WHERE {where}"
    if kind == "insert":
        unique = {"seq": draw.choice([0, 99, 12]), "id": 99, "code": "BG9", "label": None, "hash": "f" * 64}
        values = [literal(unique.get(name, value)) for name, value in zip(names, row, strict=True)]
        return table, f"INSERT INTO {table} VALUES ({', '.join(values)})"
    place = draw.randrange(len(names))
    value = edited(draw, row[place])
    return table, f"UPDATE {table} SET {names[place]} = {literal(value)} WHERE {where}"


def edited(draw: random.Random, value: Any) -> Any:
    """Another value than `value`, close to it or far from it."""
    if isinstance(value, int):
        return draw.choice([value + 1000, -7 - value])
    if isinstance(value, str) and value:
        place = draw.randrange(len(value))
        other = draw.choice([letter for letter in "abz019 :" if letter != value[place]])
        return draw.choice([value[:place] + other + value[place + 1 :], value[:-1], value + "x"])
    return draw.choice(["x", 7])


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
