"""Opening a study."""

import json

from cellchain.trial import commands, queries
from tests.factories import House
from tests.trial.story import DEFINITION_TEXT, STUDY, Story, forbids, refuses


def test_the_definition_is_stored_whole_with_its_hash(house: House) -> None:
    by = house.actor("statistician")
    result = house.do(commands.open_study, by=by, definition=DEFINITION_TEXT)
    assert result == {"study": "MSC-ILD", "definition_hash": STUDY.hash, "phase": "open"}
    with house.read() as tx:
        assert queries.study_definition(tx, "MSC-ILD") == STUDY
    entry = house.entries()[-1]
    assert (entry.event, entry.subject, entry.actor) == ("trial:study:opened", "MSC-ILD", by.person)
    assert json.loads(entry.body)["facts"]["definition_hash"] == STUDY.hash


def test_a_study_is_opened_once(story: Story) -> None:
    with refuses("study.exists"):
        story.do(commands.open_study, by=story.people.statistician, definition=DEFINITION_TEXT)


def test_a_file_that_does_not_hold_opens_nothing(house: House) -> None:
    with refuses("order.invalid"):
        house.do(commands.open_study, by=house.actor("statistician"), definition="code = 1")
    with house.read() as tx:
        assert queries.studies(tx) == []


def test_a_coordinator_may_not(house: House) -> None:
    with forbids():
        house.do(commands.open_study, by=house.actor("coordinator"), definition=DEFINITION_TEXT)
