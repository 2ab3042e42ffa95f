"""The health questions are asked for each donation anew; what may mean a risk waits for a physician."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from cellchain.donors import commands, interview, queries
from cellchain.kernel.errors import Forbidden, Refused
from tests.donors.story import DonorStory, healthy


def test_answers_without_a_risk_stand_at_once(story: DonorStory) -> None:
    donor = story.register()
    answer = story.ask(donor)
    with story.house.read() as tx:
        found = interview.interview_of(tx, donor, None)
    assert answer == {"answers": 1, "donor": donor, "phase": "answered", "risks_count": 0}
    assert found is not None
    assert (found.risks, found.is_unassessed, found.is_used, found.is_old) == ((), False, False, False)
    assert found.counts_until == story.house.clock.now() + timedelta(days=30)
    entry = story.house.entries()[-1]
    assert (entry.event, entry.subject) == ("donors:questionnaire:recorded", donor)


def test_a_risk_waits_for_a_physician_with_the_donors_words(story: DonorStory) -> None:
    donor = story.register()
    assert story.ask(donor, travel="Two weeks in Example.", medicines="Aspirin")["risks_count"] == 2
    with story.house.read() as tx:
        found = interview.interview_of(tx, donor, None)
        waiting = interview.unassessed(tx)
    assert found is not None
    assert [(line.question.code, line.note) for line in found.risks] == [
        ("medicines", "Aspirin"),
        ("travel", "Two weeks in Example."),
    ]
    assert [who for who, _, _ in waiting] == [donor]


def test_the_ledger_holds_no_word_of_what_was_said(story: DonorStory) -> None:
    story.ask(story.register(), travel="Two weeks in Example.")
    body = story.house.entries()[-1].body
    assert "Example" not in body
    assert '"yes"' not in body


def test_new_answers_replace_the_old_ones(story: DonorStory) -> None:
    donor = story.register()
    story.ask(donor, travel="Two weeks in Example.")
    story.house.clock.advance(timedelta(days=1))
    story.ask(donor)
    with story.house.read() as tx:
        found = interview.interview_of(tx, donor, None)
        standing = queries.standing_answers(tx, donor)
    assert found is not None
    assert standing is not None
    assert (found.risks_count, found.times_asked, standing.id) == (0, 2, 2)


def test_answers_of_an_earlier_donation_are_used(story: DonorStory) -> None:
    donor = story.eligible()
    story.harvest(donor)
    with story.house.read() as tx:
        found = interview.interview_of(tx, donor, queries.donor_facts(tx, donor).harvested_at)
    assert found is not None
    assert found.is_used


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"version": 2}, "questionnaire.outdated"),
        ({"answers": healthy()[:-1]}, "questionnaire.incomplete"),
        ({"answers": [*healthy(), healthy()[0]]}, "questionnaire.answered_twice"),
        ({"answers": [*healthy(), {"question": "age", "answer": "no"}]}, "questionnaire.unknown_question"),
        ({"answers": healthy(travel="")}, "questionnaire.needs_note"),
    ],
)
def test_refused(story: DonorStory, fields: dict[str, Any], code: str) -> None:
    donor = story.register()
    order = {"donor": donor, "version": 1, "answers": healthy(), **fields}
    with pytest.raises(Refused) as refusal:
        story.do(commands.record_questionnaire, by=story.coordinator, **order)
    assert refusal.value.code == code
    with story.house.read() as tx:
        assert queries.standing_answers(tx, donor) is None


@pytest.mark.parametrize("answer", ["perhaps", "", None])
def test_only_yes_or_no(story: DonorStory, answer: str | None) -> None:
    answers = [{**healthy()[0], "answer": answer}, *healthy()[1:]]
    donor = story.register()
    with pytest.raises(ValidationError):
        story.do(commands.record_questionnaire, by=story.coordinator, donor=donor, version=1, answers=answers)


def test_not_for_qa(story: DonorStory) -> None:
    donor = story.register()
    with pytest.raises(Forbidden):
        story.ask(donor, by=story.qa)
