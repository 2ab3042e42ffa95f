"""Accounts that end, and a review of access that is under way, for the pictures."""

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page

from scripts.screen_story import Story

WHY = "Demonstration: a contract until the end of the term."


def _day(ahead: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=ahead)).isoformat()


def _limit(story: Story) -> str:
    """Somebody with a last day, a role that ends before it, and an extension that waits for QA."""
    person, do = story.person("nurse2"), story.served.do
    do("admin1", "accounts/set_last_day", person=person, last_day=_day(90), reason=WHY)
    do("admin1", "accounts/set_last_day", person=person, role="nurse", last_day=_day(21), reason=WHY)
    do("admin1", "accounts/extend_last_day", person=person, role="nurse", last_day=_day(60), reason=WHY)
    trained: dict[str, Any] = {"topic": "Aseptic work", "trained_on": _day(-350), "valid_until": _day(14)}
    do("qa1", "accounts/record_training", person=person, **trained)
    return f"/people/{person}"


def limited(story: Story) -> str:
    """The page of whoever works here until a day."""
    return story.once("limited", lambda: _limit(story))


def move(_: Story, page: Page) -> None:
    """The form in which they move to other roles."""
    page.click("#move > summary")


def _review(story: Story) -> str:
    limited(story)
    number = story.served.do("qa1", "accounts/open_access_review")["review"]
    for who, answer, remark in (("admin1", "keep", None), ("nurse2", "change", "Her contract was renewed: extend it.")):
        order = {"review": number, "person": story.person(who), "answer": answer, "remark": remark}
        story.served.do("qa1", "accounts/review_access", **order)
    return f"/people/reviews/{number}"


def review(story: Story) -> str:
    """A review of which two lines are answered."""
    return story.once("review", lambda: _review(story))
