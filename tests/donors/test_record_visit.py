"""A donor is looked after following a harvest: due, overdue, made, missed, and what a finding sets off."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.donors import aftercare, queries
from cellchain.kernel.errors import Forbidden, NotFound, Refused
from tests.donors.story import DonorStory
from tests.donors.test_record_screening import listen


def standing(story: DonorStory, donation: str) -> dict[str, str]:
    with story.house.read() as tx:
        ended_at = queries.donation_facts(tx, donation).ended_at
        return {line.planned.plan.code: str(line.standing) for line in aftercare.visit_lines(tx, donation, ended_at)}


def due(story: DonorStory) -> list[str]:
    with story.house.read() as tx:
        return [one.line.planned.plan.code for one in aftercare.due_visits(tx)]


@pytest.fixture
def donation(story: DonorStory) -> str:
    return str(story.harvest(story.eligible())["donation"])


def test_visits_fall_due_by_themselves(story: DonorStory, donation: str) -> None:
    assert standing(story, donation) == {"day_1": "ahead", "week_1": "ahead", "month_1": "ahead"}
    assert due(story) == []
    story.house.clock.advance(timedelta(days=1))
    assert due(story) == ["day_1"]
    story.house.clock.advance(timedelta(days=6))
    assert standing(story, donation) == {"day_1": "overdue", "week_1": "due", "month_1": "ahead"}
    assert due(story) == ["day_1", "week_1"]


def test_a_visit_that_was_made(story: DonorStory, donation: str) -> None:
    story.house.clock.advance(timedelta(days=1))
    answer = story.visit(donation, complications=[{"kind": "pain", "grade": 1, "action": "treated"}])
    assert standing(story, donation)["day_1"] == "done"
    assert due(story) == []
    with story.house.read() as tx:
        [pain] = aftercare.complications_of(tx, donation)
    assert (answer["information"], answer["complications"]) == (None, [pain.id])
    assert (pain.visit, pain.noticed_at) == (answer["visit"], story.house.clock.now())
    entry = story.house.entries()[-1]
    assert (entry.event, entry.subject) == ("donors:visit:recorded", donation)
    assert "Well." not in entry.body


def test_what_bears_on_the_cells_is_reported_to_quality(story: DonorStory, donation: str) -> None:
    heard = listen(story, "donors:information:reported")
    story.house.clock.advance(timedelta(days=7))
    answer = story.visit(donation, "week_1", findings="Jaundice.", bears_on_donation=True)
    with story.house.read() as tx:
        donor = queries.donor_of(tx, donation)
        [report] = queries.donor_file(tx, donor).information
    assert heard == [{"subject": donor, "donor": donor, "information": answer["information"], "donations": [donation]}]
    assert (report.id, report.information) == (answer["information"], "Jaundice.")


def test_late_and_missed_visits_are_told_apart(story: DonorStory, donation: str) -> None:
    story.house.clock.advance(timedelta(days=12))
    story.visit(donation, "day_1", contact="called")
    story.visit(donation, "week_1", contact="not_reached", findings="No answer on three days.")
    assert standing(story, donation) == {"day_1": "done_late", "week_1": "missed", "month_1": "ahead"}


@pytest.mark.parametrize(
    ("days", "fields", "code"),
    [
        (1, {"visit": "year_1"}, "donor_visit.unknown"),
        (1, {"visit": "week_1"}, "donor_visit.too_early"),
        (2, {"contact": "not_reached"}, "donor_visit.still_open"),
        (3, {"contact": "not_reached", "findings": None}, "donor_visit.needs_cause"),
        (3, {"contact": "not_reached", "bears_on_donation": True}, "donor_visit.nobody_seen"),
        (1, {"bears_on_donation": True, "findings": None}, "donor_visit.needs_findings"),
        (1, {"complications": [{"kind": "other", "grade": 1, "action": "observed"}]}, "complication.needs_words"),
    ],
)
def test_refused(story: DonorStory, donation: str, days: int, fields: dict[str, Any], code: str) -> None:
    story.house.clock.advance(timedelta(days=days))
    with pytest.raises(Refused) as refusal:
        story.visit(donation, **fields)
    assert refusal.value.code == code
    assert due(story) == ["day_1"]


def test_recorded_once(story: DonorStory, donation: str) -> None:
    story.house.clock.advance(timedelta(days=1))
    story.visit(donation)
    with pytest.raises(Refused) as refusal:
        story.visit(donation)
    assert refusal.value.code == "donor_visit.recorded_already"


def test_of_a_donation_that_exists(story: DonorStory) -> None:
    with pytest.raises(NotFound):
        story.visit("DO012600007791")


def test_not_for_technicians(story: DonorStory, donation: str) -> None:
    story.house.clock.advance(timedelta(days=1))
    story.coordinator = story.house.actor("technician")
    with pytest.raises(Forbidden):
        story.visit(donation)
