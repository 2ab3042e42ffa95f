"""Labels for a label printer: an independent program draws each job, an independent reader reads its symbols."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cellchain.identity import codes, scan
from cellchain.kernel.errors import Refused
from cellchain.labels import design, layout, raster, render, symbols
from cellchain.labels.design import Design, Language
from cellchain.labels.layout import LabelFieldMissing, LabelTooLong, LabelUnprintable
from cellchain.labels.raster import Dots, Resolution
from cellchain.labels.symbols import Decoded, SymbolUnprintable
from tests.labels import zebra
from tests.labels.make_golden import FOLDER, PRINTED
from tests.labels.pages import full, printed
from tests.labels.zebra import Zebra

EACH = [(name, language) for name in design.names() for language in design.load(name).languages]
each_design_and_language = pytest.mark.parametrize(("name", "language"), EACH)
each_resolution = pytest.mark.parametrize("resolution", Resolution)
JOB = re.compile(
    r"\^XA\^MUD\^PON\^PMN\^LRN\^LS0\^LH0,0\^PW(\d+)\^LL(\d+)\^FO0,0"
    r"\^GFA,(\d+),\3,(\d+),:Z64:[A-Za-z0-9+/]+=*:[0-9A-F]{4}\^FS\^PQ1\^XZ"
)


@pytest.fixture(scope="module")
def printer() -> Iterator[Zebra]:
    with zebra.running() as program:
        yield program


def job(made: Design, language: Language, resolution: Resolution, *, preview: bool = False) -> str:
    data = design.sample(made.name)
    return render.zpl(made, data, language=language, resolution=resolution, preview=preview, demonstration=preview)


def read(dots: Dots) -> list[Decoded]:
    return sorted(symbols.decode(Image.fromarray(np.where(dots, np.uint8(0), np.uint8(255)))), key=str)


def expected(made: Design) -> list[Decoded]:
    data = design.sample(made.name)
    return sorted((Decoded(data[box.field or ""], box.kind.value) for box in made.symbols()), key=str)


@each_design_and_language
@each_resolution
def test_every_job_prints_its_dots_and_every_symbol_reads_back(
    printer: Zebra, name: str, language: Language, resolution: Resolution
) -> None:
    made = design.load(name)
    dots = printer.print(job(made, language, resolution))
    assert np.array_equal(dots, printed(made, language, resolution))
    assert read(dots) == expected(made)


@each_design_and_language
@each_resolution
def test_a_preview_reads_back_under_its_word(name: str, language: Language, resolution: Resolution) -> None:
    made = design.load(name)
    dots = printed(made, language, resolution, preview=True)
    assert read(dots) == expected(made)
    plain = printed(made, language, resolution, demonstration=True)
    touched = np.ptp(np.argwhere(dots != plain), axis=0)
    assert max(touched / dots.shape) > 0.7, "the word goes over the label"


@each_design_and_language
def test_a_job_has_the_size_of_its_label(name: str, language: Language) -> None:
    made = design.load(name)
    for resolution in Resolution:
        parts = JOB.fullmatch(job(made, language, resolution))
        assert parts is not None
        width, height, total, across = map(int, parts.groups())
        half_a_dot = 0.5 / resolution.dots_per_mm
        assert width / resolution.dots_per_mm == pytest.approx(made.width_mm, abs=half_a_dot)
        assert height / resolution.dots_per_mm == pytest.approx(made.height_mm, abs=half_a_dot)
        assert (across, total) == (-(-width // 8), across * height)


@each_design_and_language
@each_resolution
def test_demonstration_is_said_in_its_place(name: str, language: Language, resolution: Resolution) -> None:
    made = design.load(name)
    (box,) = (box for box in made.boxes if box.kind is design.Kind.DEMONSTRATION)
    with_word = printed(made, language, resolution, demonstration=True)
    differs = np.argwhere(with_word != printed(made, language, resolution))
    (top, left), (bottom, right) = differs.min(axis=0), differs.max(axis=0)
    scale = resolution.dots_per_mm
    assert round(box.x_mm * scale) <= left < right <= round((box.x_mm + box.width_mm) * scale)
    assert round(box.y_mm * scale) <= top < bottom <= round((box.y_mm + box.height_mm) * scale)
    assert right - left > 0.8 * box.width_mm * scale


def test_the_symbols_of_a_preview_name_nothing(printer: Zebra) -> None:
    made = design.load("infusion_bag")
    data = design.sample("infusion_bag") | {"label_code": codes.preview_label(1, 2026)}
    for resolution in Resolution:
        found = read(printer.print(render.zpl(made, data, language="ru", resolution=resolution, preview=True)))
        assert [scan.read(symbol.text).is_preview for symbol in found] == [True] * 3


@pytest.mark.parametrize("value", ["^XZ ^XA ^A0 ^FDwrong ^FS ^XZ", "~JR", "^GFA,1,1,1,FF", "\\1B ~HS _5EXZ"])
def test_no_value_becomes_a_command(printer: Zebra, value: str) -> None:
    made = design.load("infusion_bag")
    data = design.sample("infusion_bag") | {"dose.en": value, "study": value[:9], "infusion.en": value[:9]}
    text = render.zpl(made, data, language="en", resolution=Resolution.DPI_203)
    assert JOB.fullmatch(text)
    assert "wrong" not in text
    # What was typed stands on the label in letters.
    sheet = layout.place(made, data, language="en")
    assert value.replace(" ", "") in "".join(
        item.text for item in sheet.items if isinstance(item, layout.Writing)
    ).replace(" ", "")
    assert np.array_equal(printer.print(text), raster.draw(sheet, Resolution.DPI_203))


@each_design_and_language
def test_the_same_label_is_the_same_job(name: str, language: Language) -> None:
    made = design.load(name)
    for resolution in Resolution:
        assert job(made, language, resolution) == job(made, language, resolution)


def test_the_same_label_is_the_same_job_in_another_process_and_in_threads() -> None:
    made = design.load("infusion_bag")
    here = hashlib.sha256(job(made, "both", Resolution.DPI_300).encode()).hexdigest()
    program = (
        "import hashlib; from cellchain.labels import design; from cellchain.labels.raster import Resolution;"
        "from tests.labels.test_zpl import job;"
        "made = job(design.load('infusion_bag'), 'both', Resolution.DPI_300);"
        "print(hashlib.sha256(made.encode()).hexdigest())"
    )
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(root)}
    there = subprocess.run([sys.executable, "-c", program], env=environment, cwd=root, check=True, capture_output=True)
    assert there.stdout.decode().strip() == here
    with ThreadPoolExecutor(4) as pool:
        at_once = set(pool.map(lambda _: job(made, "both", Resolution.DPI_300), range(16)))
    assert [hashlib.sha256(one.encode()).hexdigest() for one in at_once] == [here]


@pytest.mark.parametrize(("name", "language", "resolution"), PRINTED)
def test_golden(name: str, language: Language, resolution: Resolution) -> None:
    """The dots of some samples, as reviewed. `make_golden` renews them after a change on purpose."""
    now = printed(design.load(name), language, resolution)
    approved = np.asarray(Image.open(FOLDER / f"{name}.{language}.{int(resolution)}dpi.png"))
    assert now.shape == approved.shape
    # A hair's breadth for another build of the same library's smoothing; a moved line is many times that.
    assert np.mean(now == approved) < 0.0005, "white is true in the picture, and black in the dots"


def test_a_job_is_refused_as_the_page_is() -> None:
    made, good = design.load("infusion_bag"), design.sample("infusion_bag")
    wrong: list[tuple[dict[str, str], type[Refused]]] = [
        ({"site.ru": "слишком длинно " * 60}, LabelTooLong),
        ({"lot": " "}, LabelFieldMissing),
        ({"dose.ru": "研究所"}, LabelUnprintable),
        ({"expires_local.ru": "24 НОЯ 2026"}, LabelUnprintable),
        ({"label_code": "Этикетка"}, SymbolUnprintable),
        ({"label_code": "x" * 40}, LabelTooLong),
    ]
    for values, refusal in wrong:
        with pytest.raises(refusal) as on_paper:
            render.pdf(made, good | values, language="ru")
        with pytest.raises(refusal) as in_dots:
            render.zpl(made, good | values, language="ru", resolution=Resolution.DPI_203)
        assert str(in_dots.value) == str(on_paper.value)


@each_design_and_language
def test_the_printers_dots_are_what_the_page_shows(name: str, language: Language) -> None:
    """The PDF, drawn by an independent program at the printer's dots, differs by the smoothing of edges alone."""
    made, data, resolution = design.load(name), full(name), Resolution.DPI_300
    page = Image.open(BytesIO(render.png(render.pdf(made, data, language=language, demonstration=True), 300)))
    dots = raster.draw(layout.place(made, data, language=language, demonstration=True), resolution).copy()
    on_paper = (np.asarray(page) < 128)[: dots.shape[0], : dots.shape[1]].copy()
    assert abs(np.subtract(page.size, dots.shape[::-1])).max() <= 1
    # A symbol on paper has modules of exact millimetres, and one in dots has modules of exact dots.
    for bars in layout.place(made, data, language=language).symbols:
        left, top, width, height, _ = raster.dots_of(bars, resolution)
        around = np.s_[top - 2 : top + height + 2, max(0, left - 2) : left + width + 2]
        dots[around] = on_paper[around] = False
    # Grown by two dots, each holds the other: nothing is missing, and nothing stands elsewhere. A letter has 80 dots.
    for one, other in ((dots, on_paper), (on_paper, dots)):
        high, wide = one.shape
        assert np.count_nonzero(one & ~grown(grown(other))[:high, :wide]) < 40


def grown(dots: Dots) -> Dots:
    """The dots and all their neighbours."""
    edged = np.pad(dots, 1)
    high, wide = dots.shape
    neighbours = [edged[y : y + high, x : x + wide] for y in range(3) for x in range(3)]
    return np.logical_or.reduce(neighbours)
