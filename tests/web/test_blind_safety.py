"""Who assesses outcomes asks every page, file and call of safety and of the trial's secrets: none tells them anything.

The routes are the application's own list, so that one that is added tomorrow is asked as well.
"""

import re
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text

from cellchain import composition
from tests.bedside.browser import Front
from tests.web.test_blind import ARM

ROOMS = ("/safety", "/outcomes", "/trial", "/followup", "/trace", "/api/v1/trace", "/quality", "/manufacturing")
WHO = "assessor1"
# What a page says of an event's cause, in English: a suspicion tells an arm.
JUDGED = ("Probable", "Unexpected", "SUSAR", "suspected", "Judged")
OPEN_TO_ALL = ("/trial", "/followup")


@pytest.fixture(scope="module")
def told(front: Front) -> dict[str, Any]:
    """What the house knows and an assessor must not: a treated recipient's bag and lot, donors, and every event."""
    manifest = front.world.manifest
    bag = next(one for one in manifest["bags"] if one["bedside"] == "infused" and one["content"] == "msc")
    with front.world.installation.database.engine.connect() as link:
        events = [row[0] for row in link.execute(text("SELECT id FROM followup_adverse_event"))]
    return {
        "bag": bag["code"],
        "lot": bag["lot"],
        "label": bag["label"],
        "recipient": bag["recipient"],
        "donors": [one["code"] for one in manifest["donors"]],
        "events": events,
        "study": manifest["study"]["code"],
    }


def addresses(front: Front, told: dict[str, Any]) -> list[str]:
    """Every GET of those rooms, each of its parts filled with something that there is."""
    fill = {
        "study": told["study"],
        "number": "1",
        "version": "1",
        "export": "1",
        "code": told["recipient"],
        "recipient": told["recipient"],
        "lot": told["lot"],
        "bag": told["bag"],
        "form": "csv",
    }
    found = set()
    for route in (one for router in composition.ROUTERS for one in router.routes if isinstance(one, APIRoute)):
        if route.path.startswith(ROOMS) and "GET" in (route.methods or ()):
            path = route.path
            for name in route.param_convertors:
                path = re.sub(rf"{{{name}(:\w+)?}}", str(fill.get(name, "1")), path)
            found.add(path)
    for event in told["events"]:
        for way in ("", "/report.pdf", "/report.pdf?form=unblinded", "/report.pdf?version=1", "/reports/2/proof"):
            found.add(f"/safety/events/{event}{way}")
    for listing in ("csv", "pdf"):
        found |= {f"/safety/listing.{listing}?study={told['study']}{arms}" for arms in ("", "&arms=1")}
    return sorted(found | {"/safety/signals?scope=suspected"})


def test_the_rooms_are_all_asked(front: Front, told: dict[str, Any]) -> None:
    asked = addresses(front, told)
    assert len(asked) > 40
    assert {"/safety", "/safety/signals", f"/outcomes/{told['study']}", f"/followup/{told['recipient']}"} <= set(asked)
    assert len(told["events"]) > 3


def test_no_answer_tells_a_blind_assessor_anything(front: Front, told: dict[str, Any]) -> None:
    opened = []
    for path in addresses(front, told):
        answer = front.page(WHO, path) if not path.startswith("/api") else front.get(WHO, path)
        assert answer.status_code in (200, 303, 403, 404, 409, 422), path
        if answer.status_code == 200:
            opened.append(path)
            for secret in (told["bag"], told["lot"], told["label"], *told["donors"], *JUDGED):
                assert secret not in answer.text, (path, secret)
            assert not ARM.search(answer.text), (path, ARM.search(answer.text))
        elif answer.status_code == 403:
            secrets = (told["bag"], told["lot"], *told["donors"])
            assert not [one for one in secrets if one in answer.text and one not in path], path
    assert opened
    assert all(path.startswith(OPEN_TO_ALL) for path in opened), opened
    assert not [path for path in opened if path.startswith("/safety")]


def test_who_may_see_safety_does(front: Front, told: dict[str, Any]) -> None:
    """The same addresses, so that the silence above is not an empty house."""
    said = " ".join(front.page("inspector1", f"/safety/events/{one}").text for one in told["events"])
    assert "Probable" in said
    assert front.page("inspector1", f"/safety/listing.csv?study={told['study']}&arms=1").status_code == 200
