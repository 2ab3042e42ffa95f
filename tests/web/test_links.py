"""What is offered is allowed: nothing that a page leads to is closed to its reader, or not there."""

import re

import pytest
from fastapi.routing import APIRoute

from cellchain import composition
from cellchain.accounts.rules import Role
from cellchain.composition import opens, way
from cellchain.paths import templates_dir
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


GET_FORM = re.compile(r"<form\b(?![^>]*method=\"(?:post|dialog)\")[^>]*>(.*?)</form>", re.DOTALL)
FIELD = re.compile(r"<(?:input|select)\b[^>]*\bname=\"([^\"]+)\"")
# Codes, how they begin, days, times, states, stations: nothing that only a person is called or knows. `{{ name }}` is
# what a list is narrowed to already.
IN_ADDRESSES = frozenset(
    {"at", "begins", "code", "day", "kind", "line", "on", "phase", "refused", "station", "subject", "{{ name }}"}
)


def test_no_form_writes_a_name_or_a_secret_into_an_address() -> None:
    """An address stays in histories and logs. Nobody is looked up by name, birth date or document."""
    pages = {page: page.read_text(encoding="utf-8") for page in templates_dir().rglob("*.html")}
    asked = {name for text in pages.values() for form in GET_FORM.findall(text) for name in FIELD.findall(form)}
    assert {"begins", "code"} <= asked <= IN_ADDRESSES


def test_no_page_reads_a_name_or_a_secret_out_of_its_address() -> None:
    secret = re.compile(r"pass(word|phrase)|pin$|token|secret|birth|username|(^|_)name$")
    told = {
        (route.path, param.name)
        for router in composition.ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for param in route.dependant.query_params
    }
    assert len(told) > 20
    assert {one for one in told if secret.search(one[1])} == set()
