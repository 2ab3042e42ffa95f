"""Committing to the sealed list."""

import json
from typing import Any

from cellchain.trial import allocation, commands, invariants, queries
from tests.factories import House
from tests.trial.story import PASSPHRASE, STUDY, Story, forbids, refuses


def test_the_root_stands_in_the_ledger_before_anybody_is_randomised(house: House) -> None:
    story = Story(house, committed=False)
    result = story.commit((4, 6, 4, 6))
    assert result["length"] == 20
    entry = story.last_entry()
    assert entry.event == "trial:allocation_list:committed"
    body = json.loads(entry.body)
    assert body["facts"] == {"length": 20, "root": result["root"]}
    assert body["signature"]["meaning"] == "I commit this list as the only randomisation list of the study"
    assert len([change for change in body["changes"] if change["table"] == "trial_allocation_row"]) == 20
    with house.read() as tx:
        assert queries.commitment_of(tx, STUDY.code) is not None
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []


def test_a_list_longer_than_the_enrolment_is_taken(house: House) -> None:
    assert Story(house, committed=False).commit((4, 6, 4, 6, 6))["length"] == 26


def test_a_study_has_one_list(story: Story) -> None:
    with refuses("allocation.already_committed"):
        story.commit()


def test_blocks_are_checked_before_anything_is_drawn(house: House) -> None:
    story = Story(house, committed=False)
    for blocks, code in (
        ((2, 4, 6, 4, 4), "allocation.block_size"),
        ((4, 6), "allocation.too_short"),
        ((4, 4, 4, 4, 4), "allocation.not_mixed"),
        ((4, 6) * 50, "allocation.too_long"),
    ):
        with refuses(code):
            story.commit(blocks)


def test_without_the_list_key_nothing_is_committed(house: House) -> None:
    story = Story(house, committed=False)
    house.database.house = type(house.database.house)()
    with refuses("allocation.no_key"):
        story.commit()


def test_the_order_of_the_blocks_is_kept_nowhere(house: House) -> None:
    story = Story(house, committed=False)
    blocks = (4, 6, 6, 4, 6, 4, 4, 6)
    story.commit(blocks)
    written = ",".join(str(size) for size in blocks)
    with house.read() as tx:
        kept = _everything(tx)
    assert written not in kept.replace(" ", "")
    assert "block_sizes" not in kept


def _everything(tx: Any) -> str:
    """The whole database as text, row by row."""
    link = tx._link
    tables = [name for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
    return "\n".join(str(row) for table in tables for row in link.execute(f"SELECT * FROM {table}").fetchall())


def test_the_sizes_are_read_from_sealed_rows_alone(story: Story) -> None:
    with story.house.read() as tx:
        rows = tx._link.execute("SELECT number, sealed FROM trial_allocation_row").fetchall()
        sizes: dict[int, int] = {}
        for number, cell in rows:
            opened = allocation.unseal(
                story.house.sealer.open(cell), STUDY.code, number, story.house.database.house.list_key
            )
            sizes[opened.block] = sizes.get(opened.block, 0) + 1
    assert sorted(sizes.values()) == [4, 4, 6, 6]


def test_a_physician_may_not(house: House) -> None:
    story = Story(house, committed=False)
    with forbids():
        story.do(
            commands.commit_allocation_list,
            by=story.people.physician,
            study=STUDY.code,
            block_sizes=(4, 6, 4, 6),
            passphrase=PASSPHRASE,
        )
