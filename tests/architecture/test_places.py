"""The masthead: a person's own rooms in sight, the others one press away, none lost."""

from types import SimpleNamespace
from typing import Any

import pytest

from cellchain.accounts.permissions import permissions_of
from cellchain.accounts.rules import Role
from cellchain.composition.places import OPEN_PLACES, PLACES, navigation
from cellchain.ledger.actor import Actor
from cellchain.web.html import NavItem


def asked(path: str, *roles: Role) -> list[NavItem]:
    """The masthead of somebody with these roles on the page at `path`."""
    session = SimpleNamespace(actor=Actor("PS012600090000", permissions_of(roles)))
    request: Any = SimpleNamespace(state=SimpleNamespace(session=session), url=SimpleNamespace(path=path))
    return navigation(request)


@pytest.mark.parametrize("role", list(Role))
def test_everything_that_a_role_sees_is_there_once(role: Role) -> None:
    items = asked("/", role)
    seen = [place.href for place in PLACES if permissions_of([role]) & set(place.sees)]
    assert [item.href for item in items] == seen
    assert sum(not item.aside for item in items) == min(len(items), OPEN_PLACES)
    assert (items[0].href, items[0].current, items[0].aside) == ("/", True, False)


@pytest.mark.parametrize(
    ("role", "own"),
    [
        (Role.TECHNICIAN, {"/materials", "/manufacturing", "/custody", "/labels"}),
        (Role.QA, {"/manufacturing", "/quality", "/custody", "/trace"}),
        (Role.NURSE, {"/bedside/infusions", "/custody"}),
        (Role.PHYSICIAN, {"/donors", "/trial", "/bedside/infusions", "/followup"}),
        (Role.INSPECTOR, {"/trace", "/ledger"}),
        (Role.ADMINISTRATOR, {"/people", "/ledger"}),
    ],
)
def test_a_persons_own_rooms_are_in_sight(role: Role, own: set[str]) -> None:
    assert own <= {item.href for item in asked("/", role) if not item.aside}


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("/bench/LT012600000521", "/manufacturing"),
        ("/donations/DO012600000128", "/donors"),
        ("/bedside", "/bedside/infusions"),
        ("/do/quality/reject", "/quality"),
        ("/decisions", "/people"),
        ("/custody/BG012600000440", "/custody"),
        ("/traces", None),
    ],
)
def test_a_page_lies_in_one_room(path: str, room: str | None) -> None:
    assert [place.href for place in PLACES if place.holds(path)] == ([] if room is None else [room])
