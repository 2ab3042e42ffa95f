"""Pictures of labels at the bedside: paper that is not the bag's own label stops the check, whatever it shows.

Each label comes from the application as a person would get it, is enlarged, photocopied, and read by an independent
reader. What that finds goes into the check.
"""

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from starlette.testclient import TestClient

from cellchain.identity import scan
from cellchain.labels import commands as labels
from cellchain.labels import design as designs
from cellchain.labels import pdf, queries, render
from cellchain.labels.layout import place
from cellchain.labels.models import Label
from cellchain.main import create_app
from cellchain.trial.commands import replace_wristband
from tests.bedside.browser import Front
from tests.bedside.world import World, codes
from tests.support import distortions

PRINTER_DPI = 203
TWICE = 2.0
SMEARED = "Smeared in the cool box."


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    """The application's door."""
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)


def paper(front: Front, who: str, path: str) -> bytes:
    """What the application gives: a PDF as dots, or a picture as it is."""
    answer = front.get(who, path)
    assert answer.status_code == 200, answer.text
    is_pdf = answer.headers["content-type"] == "application/pdf"
    return render.png(answer.content, PRINTER_DPI) if is_pdf else answer.content


def printed(front: Front, label: str) -> bytes:
    """The label itself, as it came out of the printer."""
    with front.world.installation.database.read() as tx:
        row = tx.get(Label, label)
    language: Any = row.language
    sheet = place(designs.load(row.design), json.loads(row.data), language=language, demonstration=True)
    return render.png(pdf.draw(sheet), PRINTER_DPI)


def copied(picture: bytes, *, seed: int = 1, scale: float = TWICE) -> str:
    """The one code that a reader finds in an enlarged photocopy."""
    copy = distortions.photocopied(np.array(Image.open(BytesIO(picture))), np.random.default_rng(seed), scale)
    found = {code.text for code in zxingcpp.read_barcodes(copy)}
    assert len(found) == 1, f"seed {seed}: {found}"
    return found.pop()


def wristband(front: Front, band: str) -> str:
    """The live wristband, read from a picture of it."""
    with front.world.installation.database.read() as tx:
        label = queries.live_label(tx, band, "wristband")
    assert label is not None
    return copied(printed(front, label.code), scale=1)


def reprinted(world: World, label: str) -> str:
    """The label that replaces one."""
    badge = next(one["badge"] for one in world.manifest["people"] if one["username"] == "technician2")
    given = world.do("technician1", labels.reprint_label, label=label, reason=SMEARED, witness_badge=badge)
    return str(given["label"])


@pytest.mark.parametrize("scale", [1.0, TWICE])
def test_the_label_itself_matches(front: Front, world: World, scale: float) -> None:
    _, label, _, band = world.ready()
    read = copied(printed(front, label), scale=scale)
    assert read == label
    assert world.check("nurse1", wristband(front, band), read)["verdict"] == "MATCH"


@pytest.mark.parametrize("form", ["pdf", "png"])
@pytest.mark.parametrize("language", ["ru", "en", "both"])
def test_a_preview_of_the_label_is_a_stop(front: Front, world: World, form: str, language: str) -> None:
    bag, label, _, band = world.ready()
    path = f"/api/v1/labels/{bag}?design=infusion_bag&format={form}&language={language}"
    read = copied(paper(front, "technician1", path))
    assert read != label
    assert scan.read(read).is_preview
    assert codes(world.check("nurse1", band, read)) == ["check.preview"]


def test_a_picture_of_the_screen_is_a_stop(front: Front, world: World) -> None:
    _, label, _, band = world.ready()
    read = copied(paper(front, "technician1", f"/labels/{label}/picture"))
    assert codes(world.check("nurse1", band, read)) == ["check.preview"]


def test_a_preview_of_the_wristband_is_a_stop(front: Front, world: World) -> None:
    _, label, _, band = world.ready()
    read = copied(paper(front, "nurse1", f"/api/v1/labels/{band}?design=wristband"))
    assert read != band
    assert codes(world.check("nurse1", read, label)) == ["check.preview"]


def test_a_wristband_that_was_replaced_is_a_stop_and_so_is_its_strap_before_it_is_scanned_back(
    front: Front, world: World
) -> None:
    _, label, recipient, band = world.ready()
    with world.installation.database.read() as tx:
        strap = queries.live_label(tx, band, "wristband")
    assert strap is not None
    kept = printed(front, strap.code)
    given = world.do("nurse1", replace_wristband, recipient=recipient, witness=world.badge("nurse2"))
    assert codes(world.check("nurse1", copied(kept, scale=1), label)) == ["check.wristband_void"]
    assert world.row(Label, strap.code).phase == "destroyed"
    assert codes(world.check("nurse1", given["wristband"], label)) == ["check.wristband_unconfirmed"], "never printed"
    fresh = world.do("nurse1", labels.print_label, target=given["wristband"], design="wristband")
    picture = printed(front, fresh["label"])
    assert codes(world.check("nurse1", copied(picture, scale=1), label)) == ["check.wristband_unconfirmed"]
    world.do("nurse1", labels.confirm_label, scanned=copied(picture, scale=1))
    assert world.check("nurse1", copied(picture, scale=1), label)["verdict"] == "MATCH"


def test_a_label_put_out_of_use_is_a_stop(front: Front, world: World) -> None:
    _, label, _, band = world.ready()
    kept = printed(front, label)
    world.do("technician1", labels.void_label, label=label, ending="destroy", reason=SMEARED)
    assert codes(world.check("nurse1", band, copied(kept))) == ["check.label_void"]


def test_a_replaced_label_is_a_stop(front: Front, world: World) -> None:
    _, label, _, band = world.ready()
    kept = printed(front, label)
    heir = reprinted(world, label)
    world.do("technician1", labels.confirm_label, scanned=heir)
    assert codes(world.check("nurse1", band, copied(kept))) == ["check.label_void"]
    assert world.check("nurse1", band, copied(printed(front, heir)))["verdict"] == "MATCH"


def test_a_label_never_scanned_back_is_a_stop(front: Front, world: World) -> None:
    _, label, _, band = world.ready()
    picture = printed(front, reprinted(world, label))
    assert codes(world.check("nurse1", band, copied(picture))) == ["check.label_unconfirmed"]
    assert world.do("technician1", labels.confirm_label, scanned=copied(picture))["confirmed"] is True
    assert world.check("nurse1", band, copied(picture))["verdict"] == "MATCH"


def test_a_label_spoiled_before_it_was_put_on_is_a_stop(front: Front, world: World) -> None:
    _, label, _, band = world.ready()
    heir = reprinted(world, label)
    kept = printed(front, heir)
    world.do("technician1", labels.void_label, label=heir, ending="spoil", reason=SMEARED)
    assert codes(world.check("nurse1", band, copied(kept))) == ["check.label_void"]


def test_another_bag_is_a_stop_from_its_picture_too(front: Front, world: World) -> None:
    (_, _, _, band), (_, other, _, _) = world.ready(0), world.ready(1)
    assert "check.wrong_recipient" in codes(world.check("nurse1", band, copied(printed(front, other))))
