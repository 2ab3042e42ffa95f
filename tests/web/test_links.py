"""What is offered is allowed: nothing that a page leads to is closed to its reader, or not there."""

import pytest

from cellchain.accounts.rules import Role
from cellchain.composition import opens, way
from tests.bedside.browser import OURS, Front
from tests.support.walk import walked

FEWEST_PAGES = 15
ONLY_TAKES = 405  # a form's address that gives nothing: it is sent an empty form
CLOSED = (403, 404)


def sent_empty(front: Front, who: str, path: str) -> int:
    """How a form's address answers a form without anything in it."""
    headers = {**front.cookie(who), **OURS}
    return front.client.post(path, data={"csrf": front.csrf(who)}, headers=headers, follow_redirects=False).status_code


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_every_link_and_form_opens(front: Front, role: str) -> None:
    who = next(one["username"] for one in front.world.manifest["people"] if role in one["roles"])
    pages = walked(front, who)
    assert len(pages) >= FEWEST_PAGES
    closed = [(one.status, one.path, one.led_by) for one in pages if one.status >= 400 and one.status != ONLY_TAKES]
    taken = [one.path for one in pages if one.status == ONLY_TAKES]
    assert closed == []
    assert [(path, code) for path in taken if (code := sent_empty(front, who, path)) in CLOSED or code >= 500] == []


def test_a_page_of_a_thing_is_the_first_that_a_person_may_open(front: Front) -> None:
    bag, _, recipient, _ = front.world.ready()
    actors = front.world.actors
    assert way(actors["qa1"], bag) == f"/manufacturing/bags/{bag}"
    assert way(actors["nurse1"], bag) == f"/custody/{bag}"
    assert way(actors["sponsor1"], bag) == ""
    assert way(actors["qa1"], bag, f"/trace/{bag}") == f"/trace/{bag}"
    assert way(actors["assessor1"], recipient) == f"/trial/recipients/{recipient}"
    assert not opens(actors["nurse1"], "/do/quality/release?lot=x")
    assert not opens(actors["nurse1"], "/no/such/page")


def test_a_scan_of_a_thing_without_a_page_names_it(front: Front) -> None:
    """A sponsor may scan a bag, and has no page of it."""
    _, symbol, _, _ = front.world.ready()
    form = {"symbol": symbol, "csrf": front.csrf("sponsor1")}
    answer = front.client.post("/scan", data=form, headers={**front.cookie("sponsor1"), **OURS})
    assert answer.status_code == 200
    assert "Infusion bag" in answer.text
    assert front.page("sponsor1", f"/code/{symbol}").status_code == 404
