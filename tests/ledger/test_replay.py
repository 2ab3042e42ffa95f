"""Folding: across schema revisions, through memory and the temporary file, and over what was forged."""

import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import InvariantBroken
from cellchain.ledger import foundation, replay, stored, upcasts, verify
from cellchain.ledger.images import Images, Key
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.upcasts import Image, Upcast, added, dropped, renamed
from tests.ledger.conftest import Workshop
from tests.ledger.test_foundation import revise
from tests.ledger.test_tampering import named, story

RENAME_AND_ADD = (
    "op.execute('ALTER TABLE toy_bag RENAME COLUMN label TO tag')\n"
    "    op.execute(\"ALTER TABLE toy_bag ADD COLUMN colour VARCHAR(20) NOT NULL DEFAULT 'clear'\")\n"
    "    op.execute('ALTER TABLE toy_bag DROP COLUMN serial')"
)
UPCAST = Upcast({"toy_bag": (renamed("label", "tag"), added("colour", "clear"), dropped("serial"))})


@pytest.fixture
def migrated(workshop: Workshop, scripts: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """The story, then a revision that renames, adds and drops a column; the models are those after it."""
    story(workshop)
    assert workshop.verify().intact
    revise(scripts, "0002", RENAME_AND_ADD)
    foundation.migrate(workshop.database, workshop.runner)
    monkeypatch.setattr(replay, "audited_tables", models_after)
    return workshop


def models_after() -> list[sa.Table]:
    after = sa.MetaData()
    for name, table in sorted(SQLModel.metadata.tables.items()):
        if name != "toy_bag":
            table.to_metadata(after)
            continue
        kept = [column for column in table.columns if column.name not in ("label", "serial")]
        columns = [sa.Column(column.name, column.type, primary_key=column.primary_key) for column in kept]
        sa.Table(name, after, *columns, sa.Column("tag", sa.String(40)), sa.Column("colour", sa.String(20)))
    tables = [after.tables[name] for name in sorted(after.tables)]
    return [table for table in tables if "outside_ledger" not in table.info]


def test_replay_goes_through_a_revision(migrated: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(upcasts.UPCASTS, "0002", UPCAST)
    assert migrated.verify().findings == ()
    sql = "UPDATE toy_bag SET tag = 'B' WHERE code = 'BG1'"
    change: dict[str, Json] = {"table": "toy_bag", "key": "BG1", "before": {"tag": "A"}, "after": {"tag": "B"}}

    def work(tx: CommandTx) -> None:
        tx._link.execute(sql)
        tx.changes.append(change)

    migrated.runner.record_system("toy:bag:labelled", "label", work)
    assert migrated.verify().findings == ()
    migrated.unguarded("UPDATE toy_bag SET colour = 'red' WHERE code = 'BG2'")
    assert named(migrated.verify())[1:] == ("toy_bag", "BG2", "colour")


def test_a_revision_without_its_transform_shows(migrated: Workshop) -> None:
    found = {(one.table, one.key, one.column) for one in migrated.verify().findings}
    assert ("toy_bag", "BG1", "tag") in found
    assert ("toy_bag", "BG1", "label") in found


def test_a_transform_that_does_not_fit_is_named_by_its_entry(
    migrated: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(upcasts.UPCASTS, "0002", Upcast({"toy_bag": (renamed("sticker", "tag"),)}))
    findings = migrated.verify().findings
    assert (12, "ledger_entry", 12, "body") in [(one.entry, one.table, one.key, one.column) for one in findings]


def test_steps_refuse_what_they_were_not_written_for() -> None:
    image: Image = {"a": 1, "b": 2}
    assert renamed("a", "c")(image) == {"c": 1, "b": 2}
    assert added("c", None)(image) == {"a": 1, "b": 2, "c": None}
    assert dropped("a")(image) == {"b": 2}
    assert image == {"a": 1, "b": 2}
    for step in (renamed("x", "y"), renamed("a", "b"), added("a", 0), dropped("x")):
        with pytest.raises(InvariantBroken):
            step(image)


def test_tables_are_renamed_and_dropped() -> None:
    upcast = Upcast({"old": (added("b", 1),)}, {"old": "new", "gone": None})
    images = Images()
    images.put("old", 1, {"a": 1})
    images.put("gone", 1, {"a": 1})
    images.put("kept", 1, {"a": 1})
    images.migrate(upcast)
    assert {place: list(images.of(place)) for place in images.places()} == {
        "new": [(1, {"a": 1, "b": 1})],
        "kept": [(1, {"a": 1})],
    }


@pytest.mark.parametrize("hot_max", [1, 3, 1_000])
def test_images_in_the_file_are_those_in_memory(hot_max: int) -> None:
    draw = random.Random(7)
    images = Images(hot_max)
    expected: dict[tuple[str, Key], Image] = {}
    keys = [*range(-3, 12), "BG1", "BG10", "BG2", "", "é", "я", "\U0001f9ec", "1"]
    for step in range(600):
        place, key = draw.choice(["a", "b"]), draw.choice(keys)
        image = images.get(place, key)
        assert image == expected.get((place, key))
        image = {**(image or {}), draw.choice("xyz"): step}
        images.put(place, key, image)
        expected[place, key] = dict(image)
        if step == 300:
            images.migrate(Upcast({"b": (lambda image: {**image, "w": None},)}))
            expected = {(p, k): ({**i, "w": None} if p == "b" else i) for (p, k), i in expected.items()}
    for place in images.places():
        found = list(images.of(place))
        assert dict(found) == {key: image for (where, key), image in expected.items() if where == place}
        assert [key for key, _ in found] == sorted(dict(found), key=lambda key: (isinstance(key, str), key))
    images.close()


@pytest.mark.parametrize("hot_max", [1, 4])
def test_a_fold_that_spills_finds_the_same(workshop: Workshop, hot_max: int) -> None:
    story(workshop)
    workshop.unguarded(
        "UPDATE toy_bag SET volume_ul = 9 WHERE code = 'BG3'",
        "DELETE FROM toy_draw WHERE id = 2",
        "INSERT INTO toy_draw SELECT 4, bag, volume_ul, drawn_at FROM toy_draw WHERE id = 1",
    )
    found = []
    for size in (hot_max, 100_000):
        fold = replay.Fold(hot_max=size)
        with stored.snapshot(workshop.database) as link:
            verify.check_chain(stored.entries(workshop.database, link), visit=fold.visit)
            found.append(replay.compare(workshop.database, link, fold.images))
        fold.images.close()
    assert found[0] == found[1]
    assert [(one.table, one.key, one.column) for one in found[0]] == [
        ("toy_bag", "BG3", "volume_ul"),
        ("toy_draw", 2, None),
        ("toy_draw", 4, None),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        None,
        {},
        ["x"],
        [{}],
        [{"table": 1, "key": 1, "before": None, "after": {}}],
        [{"table": "t", "key": None, "before": None, "after": {}}],
        [{"table": "t", "key": True, "before": None, "after": {}}],
        [{"table": "t", "key": 1, "before": 1, "after": {}}],
        [{"table": "t", "key": 1, "before": None, "after": None}],
        [{"table": "t", "key": 1, "before": {"a": 1}, "after": {}}],
        [{"table": "t", "key": 1, "before": None, "after": {}}] * 2,
    ],
)
def test_a_forged_body_is_a_finding_and_no_crash(changes: Any) -> None:
    fold = replay.Fold()
    fold.visit(4, {"event": "platform:schema:migrated", "facts": [], "changes": changes})
    assert [one.entry for one in fold.findings] == ([4] if isinstance(changes, list) else [])


def test_a_table_that_nobody_knows_is_reported(workshop: Workshop) -> None:
    change: dict[str, Json] = {"table": "toy_ghost", "key": 1, "before": None, "after": {"a": 1}}
    workshop.runner.record_system("toy:ghost:seen", "ghost", lambda tx: tx.changes.append(change))
    assert named(workshop.verify()) == (2, "toy_ghost", None, None)
