"""The pack for paper: what stands in it, that its symbols prove nothing, and that one lies ready beforehand."""

import multiprocessing
import os
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from starlette.testclient import TestClient

from cellchain.bedside.downtime import queries as downtimes
from cellchain.main import create_app
from cellchain.materials import queries as materials
from cellchain.materials.commands.places import register_location
from cellchain.trace.documents import beside
from cellchain.trace.ward_pack import facts, sheets
from cellchain.trace.ward_pack.keeper import PackKeeper
from cellchain.web.i18n import Voice
from tests.bedside.browser import Front
from tests.bedside.conftest import demo_dir as demo_dir
from tests.bedside.conftest import world as world
from tests.bedside.world import World, codes


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)


def told(world: World, language: str = "en", ward: str | None = None) -> facts.Told:
    """The facts of a pack now."""
    database = world.installation.database
    with database.read() as tx:
        return facts.told(tx, Voice(language, database.house.zone), demonstration=True, phone="5555", ward=ward)


def texts(content: bytes) -> list[str]:
    """What stands on each page; blanks of any kind are one."""
    document = pypdfium2.PdfDocument(BytesIO(content))
    return [re.sub(r"\s+", " ", page.get_textpage().get_text_range()) for page in document]


def grouped(code: str) -> str:
    """A code as it is printed."""
    return f"{code[:2]} {code[2:4]} {code[4:6]} {code[6:12]} {code[12:]}"


def test_every_bag_to_be_given_has_its_form(world: World) -> None:
    said = told(world)
    ready = {one["code"] for one in world.bags("ready")}
    assert ready <= {bag["bag"] for bag in said["bags"]}
    pages = texts(sheets.draw(said))
    assert len(pages) == 1 + len(said["bags"]) + sheets.BLANK_FORMS
    for bag, page in zip(said["bags"], pages[1:], strict=False):
        for code in (bag["bag"], bag["recipient"], bag["wristband"], bag["label"]):
            assert grouped(code) in page
        assert f"Infusion {bag['number']} of {bag['total']}" in page
        assert "UTC" in page
    held = next(bag for bag in said["bags"] if bag["bag"] == world.bags("on_hold")[0]["code"])
    assert held["against"]
    assert held["against"][0].split(".")[0] in pages[1 + said["bags"].index(held)]


def test_of_one_ward(world: World) -> None:
    """Its own bags alone, and its name on every page; a bag that is still elsewhere has no form there."""
    with world.installation.database.read() as tx:
        [ward] = downtimes.wards(tx)
    own = {bag["bag"] for bag in told(world)["bags"] if bag["place"] == ward.name}
    elsewhere = {bag["bag"] for bag in told(world)["bags"]} - own
    said = told(world, ward=ward.code)
    assert {bag["bag"] for bag in said["bags"]} == own
    assert elsewhere
    pages = texts(sheets.draw(said))
    assert all(ward.name in page for page in pages)
    assert not any(grouped(bag) in page for bag in elsewhere for page in pages)
    empty = world.do("technician1", register_location, name="Ward 9", kind="ward")["location"]
    assert len(texts(sheets.draw(told(world, ward=empty)))) == 1 + sheets.BLANK_FORMS


def test_no_name_and_no_arm_stands_in_it(world: World) -> None:
    from cellchain.trial import queries as trial

    whole = " ".join(texts(sheets.draw(told(world))))
    with world.installation.database.read() as tx:
        for recipient in {one["recipient"] for one in world.bags("ready")}:
            named = trial.named(tx, recipient)
            assert named.name not in whole
    assert not re.search(r"\b(MSC|saline|SALINE|CONTROL)\b", whole)


def test_its_symbols_name_and_prove_nothing(world: World) -> None:
    """Whoever scans the paper instead of the bag or the arm is stopped."""
    said = told(world)
    page = pypdfium2.PdfDocument(BytesIO(sheets.draw(said)))[1].render(scale=3).to_pil()
    found = {one.text for one in zxingcpp.read_barcodes(page)}
    bag = said["bags"][0]
    assert found == {bag["bag"], bag["recipient"]}
    seen = codes(world.check("nurse1", bag["recipient"], bag["bag"]))
    assert {"check.not_a_wristband", "check.not_a_bag_label"} <= set(seen)


def test_in_russian_and_the_same_bytes_twice(world: World) -> None:
    said = told(world, "ru")
    pages = texts(sheets.draw(said))
    assert "Система не работает" in pages[0]
    assert len(pages) == 1 + len(said["bags"]) + sheets.BLANK_FORMS, "no page overflows in either language"
    assert sheets.draw(said) == sheets.draw(said)


def test_one_lies_ready_and_one_is_made_on_demand(front: Front, world: World, tmp_path: Path) -> None:
    installation = world.installation
    keeper = PackKeeper(installation.database, installation.folder, demonstration=True, phone="5555")
    places = keeper.keep()
    assert [place.name for place in places] == ["ward-pack.en.pdf", "ward-pack.ru.pdf"]
    assert all(place.read_bytes().startswith(b"%PDF") for place in places)
    answer = front.page("nurse1", "/bedside/downtime/pack?language=ru")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert front.page("nurse1", "/bedside/downtime/pack?language=xx").status_code == 422
    assert front.page("technician1", "/bedside/downtime/pack").status_code == 403
    with installation.database.read() as tx:
        [ward] = downtimes.wards(tx)
        bench = next(one.code for one in materials.locations(tx) if one.name == "Bench 1")
    answer = front.page("nurse1", f"/bedside/downtime/pack?ward={ward.code}")
    assert f"ward-pack.{ward.code}.en.pdf" in answer.headers["content-disposition"]
    found = [front.page("nurse1", f"/bedside/downtime/pack?ward={code}").status_code for code in (bench, "x", "")]
    assert found == [409, 422, 422]
    assert f"ward={ward.code}" in front.page("nurse1", "/bedside/downtime").text
    form = front.page("nurse1", "/do/bedside/declare_downtime").text
    assert re.search(rf'<option value="{ward.code}"[^>]*>{ward.name}<', form)
    assert bench not in form


def test_one_that_cannot_be_made_says_so(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise beside.BrokeOff("EOFError")

    monkeypatch.setattr(beside, "call", broken)
    answer = front.page("nurse1", "/bedside/downtime/pack")
    assert answer.status_code == 503
    assert "use the one that was printed last" in answer.text


def test_a_service_that_may_not_change_its_rank_draws_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under a unit that shuts it in; a document that ends there took the pack for paper with it."""

    def refused(_: int) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "nice", refused)
    here, there = multiprocessing.Pipe(duplex=False)
    beside._answer(there, len, ("three",))
    assert here.recv().value == 5
