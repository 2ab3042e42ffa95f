"""Every route of the application, as every role, with one recipient planted in its address.

The routes are the application's own, so that a page added tomorrow is walked tomorrow. Who is blind learns of no route
which bags the recipient gets, from which lot, or in which arm; nobody at all learns a row that is still sealed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlmodel import select

from cellchain.accounts.permissions import ROLE_PERMISSIONS
from cellchain.accounts.rules import Role
from cellchain.ledger.registry import REGISTRY
from cellchain.trial import allocation
from cellchain.trial.lifecycles import RowPhase
from cellchain.trial.models import AllocationRow
from tests.bedside.browser import Front
from tests.support.walk import codes_in, words_of
from tests.web.test_blind import ARM, BLIND, who_is

NUMBERS = ("1", "2")
ROWS = select(AllocationRow)
FORMS = sorted(path for path, command in REGISTRY.items() if not command.internal)
# What stands in for the parts of an address that are neither a code nor a number.
WORDS = {"form": ("csv", "json"), "key": ("ward",), "stage": ("first",), "name": ("infusion_bag",), "made": ("false",)}


@dataclass
class Planted:
    """A recipient, and every code that would tell the arm to whoever sees it beside them."""

    study: str
    recipient: str
    arm: str
    wristband: str
    bags: set[str]
    hidden: set[str] = field(default_factory=set)
    sealed: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def planted(front: Front) -> Planted:
    """Somebody who got cells, has a bag that is ready now, and whose list has rows that nobody has seen."""
    manifest = front.world.manifest
    ready = front.world.bags("ready", "msc")[0]
    person = next(one for one in manifest["recipients"] if one["code"] == ready["recipient"])
    own = [bag for bag in manifest["bags"] if bag["recipient"] == person["code"]]
    found = Planted(
        manifest["study"]["code"], person["code"], person["arm"], person["wristband"], {bag["code"] for bag in own}
    )
    found.hidden = {part for bag in own for part in (bag["code"], bag["lot"], bag["label"])}
    database = front.world.installation.database
    with database.read() as tx:
        for row in tx.many(ROWS, limit=1_000):
            if row.phase == RowPhase.SEALED:
                opened = allocation.unseal(row.sealed, found.study, row.number, database.house.list_key, row.level)
                found.sealed |= {opened.salt.hex(), row.sealed}
    return found


def routes(front: Front) -> list[APIRoute]:
    """Everything of the application that answers a GET."""
    included = [getattr(one, "original_router", None) for one in cast(FastAPI, front.client.app).routes]
    return [
        route
        for router in included
        for route in (() if router is None else router.routes)
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    ]


def addresses(front: Front, planted: Planted, codes: list[str]) -> Iterator[str]:
    """Each route with the planted recipient, or what is theirs, wherever its address takes something."""
    for route in routes(front):
        parts = re.findall(r"{(\w+)(?::\w+)?}", route.path)
        plain = re.sub(r"{(\w+):\w+}", r"{\1}", route.path)
        if parts == ["capability", "verb"]:
            continue
        choices: list[dict[str, str]] = [{}]
        for part in parts:
            values = _values(part, planted, codes)
            choices = [{**chosen, part: value} for chosen in choices for value in values]
        yield from (plain.format(**chosen) for chosen in choices)
    for code in codes:
        yield from (f"/ledger?subject={code}", f"/api/v1/scan?symbol={code}", f"/code/{code}", f"/find?begins={code}")
        yield f"/api/v1/trace/{code}?direction=both"
    yield "/api/v1/ledger/entries?after=0&limit=1000"


def _values(part: str, planted: Planted, codes: list[str]) -> tuple[str, ...]:
    if part == "study":
        return (planted.study,)
    if part in ("code", "lot", "recipient"):
        return tuple(codes)
    return WORDS.get(part, NUMBERS)


def test_every_route_has_an_address(front: Front, planted: Planted) -> None:
    """A part of an address that this test does not know would go unwalked."""
    known = {
        "study",
        "code",
        "lot",
        "recipient",
        "number",
        "version",
        "infusion",
        "export",
        "other",
        "seq",
        "capability",
        "verb",
        *WORDS,
    }
    parts = {part for route in routes(front) for part in re.findall(r"{(\w+)", route.path)}
    assert parts <= known, "give the new part of an address its values"
    assert len(set(addresses(front, planted, [planted.recipient]))) >= len(routes(front)) > 100


@pytest.mark.parametrize("role", BLIND)
def test_no_route_tells_the_blind_what_the_recipient_gets(front: Front, planted: Planted, role: Role) -> None:
    who = who_is(front, role)
    codes = [planted.recipient, planted.wristband, *sorted(planted.hidden)]
    forms = [f"/do/{path}?recipient={planted.recipient}&bag={next(iter(planted.bags))}" for path in FORMS]
    opened = 0
    for path in [*dict.fromkeys(addresses(front, planted, codes)), *forms]:
        answer = front.page(who, path)
        assert answer.status_code < 500, path
        assert not any(secret in answer.text for secret in planted.sealed), path
        if answer.status_code != 200:
            continue
        opened += 1
        _tells_nothing(path, answer.headers.get("content-type", ""), answer.text, planted)
    assert opened > 5


def _tells_nothing(path: str, kind: str, text: str, planted: Planted) -> None:
    """What came back joins the recipient to no bag, lot, label or arm that was not in the address already."""
    asked = codes_in(path)
    if not kind.startswith(("text/", "application/json")):
        assert not asked & (planted.hidden | {planted.recipient}), f"{path} gave {kind}"
        return
    told = codes_in(text)
    if planted.recipient in told | asked and not path.startswith(("/ledger", "/api/v1/ledger", "/do/")):
        assert not (told & planted.hidden) - asked, (path, told & planted.hidden)
        spoken = text if "json" in kind else words_of(text)
        assert not ARM.search(spoken), (path, ARM.search(spoken))
    if told & planted.bags - asked:
        assert planted.recipient not in told, path


@pytest.mark.parametrize("role", [role for role in Role if role not in BLIND])
def test_no_route_tells_anybody_a_row_that_is_sealed(front: Front, planted: Planted, role: Role) -> None:
    """The statistician alone is given the rows as they lie sealed; nobody is given one open, or its salt."""
    who = who_is(front, role)
    sealed_to = "/sealed-list.json" if "trial.commit_allocation_list" in ROLE_PERMISSIONS[role] else None
    for path in dict.fromkeys(addresses(front, planted, [planted.recipient])):
        answer = front.page(who, path)
        assert answer.status_code < 500, path
        if sealed_to is None or not path.endswith(sealed_to):
            assert not any(secret in answer.text for secret in planted.sealed), path
        else:
            assert answer.status_code == 200
            assert not any(len(secret) == 32 and secret in answer.text for secret in planted.sealed)


def test_a_page_that_told_it_would_be_found(planted: Planted) -> None:
    bag, path = sorted(planted.bags)[0], f"/followup/{planted.recipient}"
    for text in (f"<p>{planted.recipient} gets {bag}</p>", f"<p>{planted.recipient}: МСК</p>"):
        with pytest.raises(AssertionError):
            _tells_nothing(path, "text/html", text, planted)
    with pytest.raises(AssertionError):
        _tells_nothing(path, "application/pdf", "", planted)
    _tells_nothing(path, "text/html", f"<p>{planted.recipient}</p>", planted)
