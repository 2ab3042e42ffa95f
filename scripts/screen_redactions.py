"""Values that QA erases, for the pictures: one that is gone, and one that waits for a second signature."""

from typing import Any

from scripts.screen_story import Story

WRITTEN = "SELECT seq FROM ledger_entry WHERE event = 'quality:hold:placed' ORDER BY seq DESC LIMIT 1"


def _asked(story: Story, ground: str, reason: str) -> tuple[int, int]:
    """A hold whose reason names somebody, asked to be erased: the number of the request, and that of the entry."""
    donor = story.served.manifest["donors"][0]["code"]
    held = story.served.do("qa1", "quality/hold", subject=donor, reason="Fictitious words that name somebody.")["hold"]
    entry = int(story.first(WRITTEN))
    place: dict[str, Any] = {"entry": entry, "table": "quality_hold", "key": str(held), "field": "reason"}
    told = {**place, "ground": ground, "reason": reason}
    asked = story.served.do("qa1", "quality/ask_redaction", signed=True, **told)["redaction"]
    story.served.do("qa2", "quality/lift_hold", signed=True, hold=held, reason="It was for the picture.")
    return asked, entry


def _story(story: Story) -> str:
    gone, _ = _asked(story, "entered_by_mistake", "The wrong person was named.")
    story.served.do("qa2", "quality/redact", signed=True, redaction=gone)
    _, entry = _asked(story, "privacy_request", "Asked for in writing.")
    return str(entry)


def listed(story: Story) -> str:
    """The list, with both."""
    story.once("redactions", lambda: _story(story))
    return "/quality/redactions"


def offered(story: Story) -> str:
    """The entry that wrote the one that waits."""
    return "/ledger/" + story.once("redactions", lambda: _story(story))
