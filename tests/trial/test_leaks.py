"""What nobody may learn: the arm of an unrevealed row anywhere, of a revealed one without the right to it."""

from typing import Any

import pytest

from cellchain.trial import allocation, commands, describe, queries
from cellchain.trial.lifecycles import RowPhase
from tests.factories import House
from tests.trial.story import DEFINITION_TEXT, NAME, STUDY, Story

# Arm codes that no encrypted text can hold by chance: base64 knows no underscore.
ARM_CODES = ["ARM_OF_CELLS", "ARM_OF_SALINE"]
RENAMED = DEFINITION_TEXT.replace('code = "MSC"\n', f'code = "{ARM_CODES[0]}"\n').replace(
    'code = "CONTROL"\n', f'code = "{ARM_CODES[1]}"\n'
)


@pytest.fixture
def story(house: House) -> Story:
    """A study whose arms have those codes."""
    return Story(house, definition_text=RENAMED)


OPENED = "trial:study:opened"


def _everything_stored(story: Story) -> str:
    """Every column of every row as it lies in the database, but for the definition, which names both arms."""
    with story.house.read() as tx:
        link: Any = tx._link
        tables = [name for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
        rows = [str(row) for table in tables for row in link.execute(f"SELECT * FROM {table}").fetchall()]
    return "\n".join(row for row in rows if "doses_in_course" not in row)


def test_no_arm_stands_readable_in_the_database(story: Story) -> None:
    for _ in range(3):
        story.assigned()
    stored = _everything_stored(story)
    assert "trial:bag:assigned" in stored
    for arm in ARM_CODES:
        assert arm not in stored


def test_the_ledger_names_neither_arms_nor_people(story: Story) -> None:
    for _ in range(4):
        story.assigned()
    for entry in story.house.entries():
        assert "Testov" not in entry.body
        for arm in ARM_CODES:
            assert arm not in entry.body or entry.event == OPENED


def test_equal_arms_leave_unequal_traces(story: Story) -> None:
    """Rows of one arm share neither a leaf nor a sealed text, so that no row can be told from another."""
    with story.house.read() as tx:
        rows = tx._link.execute("SELECT leaf, sealed FROM trial_allocation_row").fetchall()
    assert len({leaf for leaf, _ in rows}) == len({sealed for _, sealed in rows}) == 20
    assert len({len(sealed) for _, sealed in rows}) == 1


def test_no_page_tells_of_an_unrevealed_row(story: Story) -> None:
    """The pages are equal for two studies that differ in nothing but the rows that are still sealed."""
    recipient = story.randomised()
    with story.house.read() as tx:
        study = queries.study_page(tx, STUDY.code)
        lines = queries.recipient_lines(tx, STUDY.code, story.people.statistician)
        page = queries.recipient_page(tx, recipient, story.people.statistician)
        key = story.house.database.house.list_key
        sealed = tx._link.execute(
            "SELECT number, sealed FROM trial_allocation_row WHERE phase = ?", (RowPhase.SEALED.value,)
        ).fetchall()
        salts = [
            allocation.unseal(story.house.sealer.open(cell), STUDY.code, number, key).salt for number, cell in sealed
        ]
    shown = f"{study} {lines} {page}"
    assert len(sealed) == 19
    for (_number, cell), salt in zip(sealed, salts, strict=True):
        assert salt.hex() not in shown
        assert cell not in shown
        assert story.house.sealer.open(cell) not in shown


def test_who_may_not_see_arms_sees_none(story: Story) -> None:
    recipient, bag = story.assigned()
    assessor, physician = story.people.assessor, story.people.physician
    with story.house.read() as tx:
        blind = queries.recipient_page(tx, recipient, assessor)
        seeing = queries.recipient_page(tx, recipient, physician)
        lines = queries.recipient_lines(tx, STUDY.code, assessor)
    assert (blind.arm, blind.arm_hidden, blind.bags) == (None, True, {})
    assert seeing.arm in ARM_CODES
    assert not seeing.arm_hidden
    assert [tie.bag for tie in seeing.bags.values()] == [bag]
    assert [line.arm for line in lines] == [None]
    assert bag not in str(blind)


def test_scans_and_refusals_tell_no_arm_and_no_name(story: Story) -> None:
    recipient, _bag = story.assigned()
    wrong = story.bag(story.other_content(recipient))
    with story.house.read() as tx:
        for actor in (story.people.assessor, story.people.nurse, story.people.technician):
            for code in (recipient, queries.live_wristband(tx, recipient) or ""):
                said = f"{describe.describe(tx, code, actor)}"
                assert "Testov" not in said
                assert not any(arm in said for arm in ARM_CODES)
    answer = story.house.runner.run(_assign(story, wrong, recipient))
    assert not answer.done
    assert "saline" not in answer.text
    assert NAME not in answer.text
    assert not any(arm in answer.text for arm in ARM_CODES)


def _assign(story: Story, bag: str, recipient: str) -> Any:
    from cellchain.ledger.registry import command_of
    from cellchain.ledger.run import Call

    known = command_of(commands.assign_bag)
    order = known.order.model_validate({"bag": bag, "recipient": recipient})
    return Call(known, order, story.people.technician, story.house.request_id())
