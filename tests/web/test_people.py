"""The screens of people: last days, moves, and a review of access from its opening to its files."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest

from cellchain.accounts.rules import Role
from tests.bedside.browser import Front

WHY = "A contract of the spring term."


@pytest.fixture
def person(front: Front) -> str:
    return front.world.actors["technician2"].person


def done(front: Front, who: str, path: str, order: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    answer = front.order(who, path, order, **envelope)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["result"]
    return found


def in_days(front: Front, days: int) -> str:
    return (front.world.clock.now().date() + timedelta(days=days)).isoformat()


def test_a_last_day_is_set_shown_and_extended(front: Front, person: str) -> None:
    page = front.page("admin1", f"/people/{person}").text
    assert "Without an end." in page
    assert f"/do/accounts/set_last_day?person={person}&amp;role=technician" in page
    order = {"person": person, "last_day": in_days(front, 20), "reason": WHY}
    done(front, "admin1", "accounts/set_last_day", order)
    page = front.page("admin1", f"/people/{person}").text
    assert "Ends after" in page
    assert WHY in page
    assert f"/do/accounts/extend_last_day?person={person}" in page
    assert "until" in front.page("admin1", "/people").text
    done(front, "admin1", "accounts/extend_last_day", {"person": person, "reason": WHY})
    assert "Without an end." in front.page("admin1", f"/people/{person}").text
    qa = front.page("qa1", f"/people/{person}").text
    assert "/do/accounts/set_last_day" not in qa


def test_the_form_of_a_move_offers_what_is_held_and_what_is_not(front: Front, person: str) -> None:
    page = front.page("admin1", f"/people/{person}").text
    assert re.findall(r'name="ends" value="([a-z]+)" checked', page) == ["technician"]
    begins = re.findall(r'name="begins" value="([a-z]+)"', page)
    assert len(begins) == len(Role) - 1
    assert "technician" not in begins
    order = {"person": person, "ends": ["technician"], "begins": ["nurse"], "reason": WHY}
    made = done(front, "admin1", "accounts/move_person", order)
    assert made["begun"][0]["phase"] == "proposed"
    page = front.page("admin1", f"/people/{person}").text
    assert "holds no role yet." in page
    assert "Change of roles" in page
    back = {"person": person, "ends": ["nurse"], "begins": ["technician"], "reason": WHY}
    done(front, "admin1", "accounts/move_person", back)


def test_a_review_from_its_opening_to_its_files(front: Front) -> None:
    number = done(front, "qa1", "accounts/open_access_review", {})["review"]
    at = f"/people/reviews/{number}"
    page = front.page("qa1", at).text
    assert "Close and sign" not in page
    assert "Yours: another person answers it." in page
    assert front.page("qa1", f"{at}/review.pdf").status_code == 404, "it is taken away once it is signed"
    people = list(dict.fromkeys(re.findall(r'<tr role="row" id="(PS[0-9]{12})"', page)))
    own = front.world.actors["qa1"].person
    for one in people:
        kept = {"review": number, "person": one, "answer": "keep"}
        changed = {**kept, "answer": "change", "remark": "=HYPERLINK(1)"}
        wanted = changed if one == front.world.actors["nurse1"].person else kept
        done(front, "admin1" if one == own else "qa1", "accounts/review_access", wanted)
    assert "Close and sign" in front.page("qa1", at).text
    assert "Close and sign" not in front.page("admin1", at).text
    signature = front.signature("qa1")
    order = {"review": number, "findings": "As it should be."}
    done(front, "qa1", "accounts/close_access_review", order, signature=signature)
    page = front.page("admin1", at).text
    assert "Closed and signed." in page
    assert "Record that it is done" in page
    table = front.page("admin1", f"{at}/review.csv")
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"), newline="")))
    begins = next(place for place, row in enumerate(rows) if row and row[0] == "Person") + 1
    assert {row[0] for row in rows[begins:]} == set(people)
    assert [row[18] for row in rows[begins:] if row[0] == front.world.actors["nurse1"].person] == ["'=HYPERLINK(1)"]
    paper = front.page("admin1", f"{at}/review.pdf")
    assert paper.content.startswith(b"%PDF-")
    assert paper.headers["content-disposition"].endswith(f"access-review-{number}.en.pdf")
    assert front.page("admin1", f"{at}/review.xml").status_code == 404
    listed = front.page("admin1", "/people/reviews").text
    assert "Decided, and to be done" in listed
    assert f"{at}/review.csv" in listed


@pytest.mark.parametrize("path", ["/people/reviews", "/people/reviews/1", "/people/reviews/1/review.csv"])
def test_who_reads_no_accounts_reads_no_review(front: Front, path: str) -> None:
    for who in ("nurse1", "inspector1", "sponsor1"):
        assert front.page(who, path).status_code == 403


@pytest.mark.parametrize("path", ["/people/reviews/999", "/people/reviews/0", "/people/reviews/x"])
def test_a_review_that_is_not_there(front: Front, path: str) -> None:
    assert front.page("qa1", path).status_code in (404, 422)
