"""The preview of a label over HTTP, in each form that it has."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from cellchain.identity import scan
from cellchain.labels import symbols
from cellchain.main import create_app
from tests.bedside.browser import Front
from tests.bedside.world import World, played
from tests.labels import zebra

ZPL = "application/vnd.zebra-zpl"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    world = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("labels") / "world")
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)
    world.close()


def test_a_job_for_a_printer_names_nothing_that_is_issued(front: Front) -> None:
    bag, label = front.world.ready()[:2]
    front.token("technician1")
    before = front.world.size()
    with zebra.running() as printer:
        for dpi, dots_wide in ((203, 800), (300, 1181)):
            form = {"design": "infusion_bag", "format": "zpl", "dpi": dpi, "language": "both"}
            answer = front.get("technician1", f"/api/v1/labels/{bag}", params=form)
            assert (answer.status_code, answer.headers["content-type"]) == (200, ZPL)
            assert answer.headers["content-disposition"] == 'attachment; filename="infusion_bag.zpl"'
            assert label not in answer.text
            dots = printer.print(answer.text)
            assert dots.shape[1] == dots_wide
            found = symbols.decode(Image.fromarray(np.where(dots, np.uint8(0), np.uint8(255))))
            assert [scan.read(symbol.text).is_preview for symbol in found] == [True] * 3
    told = {entry.event.split(":")[0] for entry in front.world.since(before)}
    assert "labels" not in told, "a preview issues nothing"


def test_a_picture_is_as_fine_as_asked_for(front: Front) -> None:
    bag = front.world.ready()[0]
    sizes = []
    for more in ({}, {"dpi": 203}, {"dpi": 300}):
        form = {"design": "infusion_bag", "format": "png", **more}
        answer = front.get("technician1", f"/api/v1/labels/{bag}", params=form)
        sizes.append(Image.open(BytesIO(answer.content)).size)
    assert sizes[0] == sizes[1] == (800, 800)
    assert sizes[2] == (1182, 1182)


def test_a_screen_gets_a_picture_that_it_may_enlarge(front: Front) -> None:
    bag, label = front.world.ready()[:2]
    answer = front.get("technician1", f"/api/v1/labels/{bag}", params={"design": "infusion_bag", "format": "svg"})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "image/svg+xml")
    assert "ОБРАЗЕЦ" in answer.text
    assert label not in answer.text


@pytest.mark.parametrize("wrong", [{"dpi": 600}, {"dpi": "fine"}, {"format": "epl"}, {"dpi": 0}])
def test_what_no_printer_is_is_refused(front: Front, wrong: dict[str, str | int]) -> None:
    bag = front.world.ready()[0]
    form = {"design": "infusion_bag", "format": "zpl", **wrong}
    assert front.get("technician1", f"/api/v1/labels/{bag}", params=form).status_code == 422
