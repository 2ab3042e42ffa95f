"""The picture of a label that a screen may enlarge: every text in its place, and every symbol readable."""

from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Page

from cellchain.labels import design, fonts, layout, svg, symbols
from cellchain.labels.design import Language
from cellchain.labels.layout import Writing
from cellchain.labels.symbols import Decoded
from tests.labels.pages import full

NAMESPACE = "{http://www.w3.org/2000/svg}"
EACH = [(name, language) for name in design.names() for language in design.load(name).languages]


def picture(name: str, language: Language, *, preview: bool = False, content: str | None = None) -> str:
    data = full(name) | ({} if content is None else {"content.en": content})
    sheet = layout.place(design.load(name), data, language=language, preview=preview, demonstration=True)
    return svg.draw(sheet)


@pytest.mark.parametrize(("name", "language"), EACH)
def test_every_line_is_there_as_wide_as_on_paper(name: str, language: Language) -> None:
    sheet = layout.place(design.load(name), full(name), language=language, demonstration=True)
    root = ElementTree.fromstring(picture(name, language))
    assert root.get("viewBox") == f"0 0 {sheet.width_mm:g} {sheet.height_mm:g}"
    found = [(one.text, one.get("x"), one.get("y"), one.get("textLength")) for one in root.iter(f"{NAMESPACE}text")]
    lines = [item for item in (*sheet.ground, *sheet.items) if isinstance(item, Writing)]
    wide = [fonts.width_pt(line.text, line.face, line.size_pt) / layout.MM for line in lines]
    assert found == [
        (line.text, f"{line.x_mm:.3f}", f"{line.baseline_mm:.3f}", f"{width:.3f}")
        for line, width in zip(lines, wide, strict=True)
    ]
    assert not any("style" in one.attrib for one in root.iter())


def test_a_value_is_never_read_as_a_tag() -> None:
    said = picture("tube", "en", content="<script>&\"'")
    assert "<script" not in said
    assert "<script>&\"'" in "".join(ElementTree.fromstring(said).itertext())


@pytest.mark.parametrize("name", ["infusion_bag", "wristband", "cryovial", "issue_tag", "sample"])
@pytest.mark.parametrize("preview", [False, True])
def test_a_browser_draws_symbols_that_read_back(page: Page, name: str, preview: bool) -> None:
    made, data = design.load(name), full(name)
    page.set_viewport_size({"width": 1300, "height": 1000})
    wide = f'width="{made.width_mm * 8:g}" height="{made.height_mm * 8:g}"'
    drawn = picture(name, "both", preview=preview)
    size = f'width="{made.width_mm:g}mm" height="{made.height_mm:g}mm"'
    assert size in drawn
    page.set_content(f"<!doctype html><title>Label</title>{drawn.replace(size, wide)}")
    seen = symbols.decode(Image.open(BytesIO(page.locator("svg").screenshot())))
    expected = [Decoded(data[box.field or ""], box.kind.value) for box in made.symbols()]
    assert sorted(seen, key=str) == sorted(expected, key=str)
