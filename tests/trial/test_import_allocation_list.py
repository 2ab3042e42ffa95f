"""A list made elsewhere: taken line by line, committed to like one drawn here, and nothing of it said back."""

import json

import pytest

from cellchain.trial import commands, invariants, queries
from tests.factories import House
from tests.trial.story import PASSPHRASE, STUDY, Story, forbids, refuses

ROWS = [f"{number},{'MSC' if number % 2 else 'CONTROL'}" for number in range(1, 21)]


def text(*rows: str, head: str = "number,arm") -> str:
    """A file of these rows."""
    return "\r\n".join([head, *rows]) + "\r\n"


def brought_in(story: Story, rows: str) -> dict[str, object]:
    """The statistician imports it."""
    fields = {"study": STUDY.code, "rows": rows, "passphrase": PASSPHRASE}
    return story.do(commands.import_allocation_list, by=story.people.statistician, **fields)


def test_its_rows_are_revealed_in_its_order(house: House) -> None:
    story = Story(house, committed=False)
    result = brought_in(story, text(*ROWS))
    assert result["length"] == 20
    assert story.last_entry().event == "trial:allocation_list:imported"
    assert "CONTROL" not in story.last_entry().body
    arms = []
    for _ in range(3):
        recipient = story.randomised()
        facts = json.loads(story.last_entry().body)["facts"]
        assert facts["root"] == result["root"]
        with house.read() as tx:
            arms.append(queries.arm_of(tx, recipient, story.people.physician))
    assert arms == ["MSC", "CONTROL", "MSC"]
    with house.read() as tx:
        assert [finding for one in invariants.INVARIANTS for finding in one.check(tx)] == []


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (text(*ROWS, head="row,arm"), "allocation.csv_head"),
        (text(*ROWS[:19]), "allocation.too_short"),
        (text(*ROWS[:5], *ROWS[6:]), "allocation.csv_line"),
        (text(*ROWS[:19], "20,SALINE"), "allocation.csv_line"),
        (text(*ROWS[:19], "20"), "allocation.csv_line"),
        (text(*ROWS[:19], "20,MSC,below"), "allocation.csv_line"),
        (text(*[f"{number},MSC" for number in range(1, 21)]), "allocation.csv_arms"),
        (text(*[f"{number},MSC" for number in range(1, 402)]), "allocation.too_long"),
    ],
)
def test_a_file_that_does_not_hold_is_refused_and_never_quoted(house: House, rows: str, code: str) -> None:
    story = Story(house, committed=False)
    with refuses(code):
        brought_in(story, rows)
    said = story.last_entry().body
    assert "SALINE" not in said
    assert '"MSC"' not in said


def test_a_study_has_one_list(story: Story) -> None:
    with refuses("allocation.already_committed"):
        brought_in(story, text(*ROWS))


def test_a_passphrase_is_long_enough(house: House) -> None:
    story = Story(house, committed=False)
    with refuses("password.too_short"):
        story.do(
            commands.import_allocation_list,
            by=story.people.statistician,
            study=STUDY.code,
            rows=text(*ROWS),
            passphrase="short",
        )


def test_a_coordinator_may_not(house: House) -> None:
    story = Story(house, committed=False)
    with forbids():
        story.do(
            commands.import_allocation_list,
            by=story.people.coordinator,
            study=STUDY.code,
            rows=text(*ROWS),
            passphrase=PASSPHRASE,
        )
