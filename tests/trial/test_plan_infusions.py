"""Planning the infusions."""

from datetime import date, timedelta

from cellchain.trial import commands, queries
from tests.trial.story import FIRST_ON, Story, forbids, refuses


def test_eight_infusions_follow_from_the_first_day(story: Story) -> None:
    recipient = story.randomised()
    result = story.do(commands.plan_infusions, by=story.people.coordinator, recipient=recipient, first_on=FIRST_ON)
    assert [(one["number"], one["course"], one["due_on"]) for one in result["infusions"]] == [
        (1, 1, "2026-03-02"),
        (2, 1, "2026-03-09"),
        (3, 2, "2026-06-01"),
        (4, 2, "2026-06-08"),
        (5, 3, "2026-08-31"),
        (6, 3, "2026-09-07"),
        (7, 4, "2026-11-30"),
        (8, 4, "2026-12-07"),
    ]
    assert (result["infusions"][0]["window_from"], result["infusions"][0]["window_until"]) == (
        "2026-02-27",
        "2026-03-09",
    )
    with story.house.read() as tx:
        due = queries.due_infusion(tx, recipient, tx.now)
    assert due is not None
    assert (due.number, due.total, due.phase) == (1, 8, "planned")


def test_a_day_is_one_at_the_site(story: Story) -> None:
    from dataclasses import replace
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    recipient = story.planned()
    late_in_utc = datetime(2026, 2, 26, 22, 0, tzinfo=UTC)  # the 27th has begun in Moscow
    with story.house.read() as tx:
        assert queries.due_infusion(tx, recipient, late_in_utc) is None
    story.house.database.house = replace(story.house.database.house, zone=ZoneInfo("Europe/Moscow"))
    with story.house.read() as tx:
        assert queries.due_infusion(tx, recipient, late_in_utc) is not None


def test_what_cannot_be_is_refused(story: Story) -> None:
    order = {"by": story.people.coordinator}
    with refuses("recipient.not_on_treatment"):
        story.do(commands.plan_infusions, **order, recipient=story.eligible(), first_on=FIRST_ON)
    recipient = story.randomised()
    for day in (FIRST_ON - timedelta(days=1), FIRST_ON + timedelta(days=367)):
        with refuses("infusion.date_out_of_range"):
            story.do(commands.plan_infusions, **order, recipient=recipient, first_on=day)
    story.do(commands.plan_infusions, **order, recipient=recipient, first_on=FIRST_ON)
    with refuses("infusion.already_planned"):
        story.do(commands.plan_infusions, **order, recipient=recipient, first_on=date(2026, 4, 1))


def test_a_nurse_may_not(story: Story) -> None:
    with forbids():
        story.do(commands.plan_infusions, by=story.people.nurse, recipient=story.randomised(), first_on=FIRST_ON)
