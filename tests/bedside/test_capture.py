"""How a code came stays with it until the check: a pair is as sure as its less sure half."""

import re
from collections.abc import Iterator

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from cellchain.bedside.models import Check
from cellchain.labels.models import RawScan
from cellchain.main import create_app
from tests.bedside.browser import OURS, Front
from tests.bedside.world import World

CHECKS = select(Check).order_by(col(Check.id))


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)


def hidden(page: str, form: str) -> dict[str, str]:
    """The hidden fields of the form with class `form`."""
    [inside] = re.findall(rf'<form class="{form}".*?</form>', page, re.DOTALL)
    return dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', inside))


def post(front: Front, path: str, fields: dict[str, str]) -> str:
    """A browser of nurse1 posts a form."""
    headers = {**front.cookie("nurse1"), **OURS}
    data = {**fields, "csrf": front.csrf("nurse1")}
    answer = front.client.post(path, data=data, headers=headers, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def came_by(capture: str) -> dict[str, str]:
    """How a scan came; a typed one says why."""
    return {"capture": capture, "typed_because": "label_damaged" if capture == "typed" else ""}


def test_what_is_typed_without_a_reason_has_no_place(front: Front, world: World) -> None:
    _, _, _, band = world.ready()
    page = post(front, "/bedside/scan", {"symbol": band, "capture": "typed"})
    assert "A typed code needs a reason." in page
    assert hidden(page, "sink")["wristband"] == ""


def test_every_scan_at_the_bedside_is_kept(front: Front, world: World) -> None:
    _, symbol, _, band = world.ready()
    for one in (band, symbol, world.bags("ready")[0]["recipient"], "Ivanov Ivan"):
        world.wait(seconds=1)
        post(front, "/bedside/scan", {"symbol": one, "capture": "wedge"})
    kept = world.every(select(RawScan).order_by(col(RawScan.at)))[-4:]
    assert [(row.answer, row.problem, row.is_shape) for row in kept] == [
        ("wristband", None, False),
        ("label", None, False),
        ("recipient", "scan.wrong_kind", False),
        ("unknown", "identity.wrong_length", True),
    ]


@pytest.mark.parametrize(
    ("wristband", "bag", "recorded"),
    [
        ("wedge", "wedge", "wedge"),
        ("camera", "wedge", "camera"),
        ("wedge", "camera", "camera"),
        ("typed", "wedge", "typed"),
        ("wedge", "typed", "typed"),
        ("typed", "camera", "typed"),
    ],
)
def test_a_check_is_as_sure_as_its_less_sure_half(
    front: Front, world: World, wristband: str, bag: str, recorded: str
) -> None:
    _, symbol, _, band = world.ready()
    page = post(front, "/bedside/scan", {"symbol": band, **came_by(wristband)})
    page = post(front, "/bedside/scan", {**hidden(page, "sink"), "symbol": symbol, **came_by(bag)})
    post(front, "/bedside/check", {**hidden(page, "c-look"), "look": "right"})
    check = world.every(CHECKS)[-1]
    assert check.capture == recorded
    assert ("check.typed" in check.reasons) == (recorded == "typed")
