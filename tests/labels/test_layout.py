"""Where things stand on a label: in their boxes, whatever the data; and in one order, whatever is drawn first."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.identity import codes
from cellchain.kernel.errors import Refused
from cellchain.labels import design, fonts, layout, raster
from cellchain.labels.design import SYMBOLS, Box, Design, Kind, Language
from cellchain.labels.fonts import Face
from cellchain.labels.layout import LabelFieldMissing, LabelTooLong, LabelUnprintable, Sheet, Writing
from cellchain.labels.raster import Dots, Resolution
from cellchain.labels.symbols import SymbolUnprintable
from tests.labels.pages import full
from tests.support.campaign import times

BOXES = [(name, box.name) for name in design.names() for box in design.load(name).boxes]
CODE = codes.issue(codes.Kind.LABEL, 1, 2026, 731)
# An empty label has no room of its own for a box: the dots around it show what reaches beyond.
MARGIN_MM = 10.0


def box_of(name: str, box: str) -> Box:
    return next(one for one in design.load(name).boxes if one.name == box)


def alone(box: Box) -> Design:
    """A label with this box and room around it."""
    width, height = box.width_mm, box.height_mm
    wide, high = width + 2 * MARGIN_MM, height + 2 * MARGIN_MM
    moved = replace(box, at_mm=(MARGIN_MM, MARGIN_MM, width, height), when=None)
    return Design(name="alone", title=design.load("sample").title, width_mm=wide, height_mm=high, boxes=(moved,))


def reach(dots: Dots, scale: float) -> tuple[float, float, float, float]:
    """How far the ink reaches beyond the box, in dots: left, top, right, bottom; negative where it stays inside."""
    black = np.argwhere(dots)
    margin = MARGIN_MM * scale
    if not len(black):
        return -1.0, -1.0, -1.0, -1.0
    (top, left), (bottom, right) = black.min(axis=0), black.max(axis=0) + 1
    return margin - left, margin - top, right - (dots.shape[1] - margin), bottom - (dots.shape[0] - margin)


def stays_inside(made: Design, data: dict[str, str], language: Language) -> None:
    """Nothing of a box reaches beyond it by more than the rounding to dots, and the tail of a J to the left."""
    (box,) = made.boxes
    for resolution in Resolution:
        scale = resolution.dots_per_mm
        sheet = layout.place(made, data, language=language, demonstration=True)
        left, top, right, bottom = reach(raster.draw(sheet, resolution), scale)
        rounding = 0.025 * box.width_mm * scale if box.kind in SYMBOLS else 1.5
        tail = 0.12 * box.size_pt / layout.MM * scale
        assert max(left - tail, top, right, bottom) <= rounding, (box.name, int(resolution))


@pytest.mark.parametrize(("name", "box"), BOXES)
def test_every_box_of_a_sample_stays_inside(name: str, box: str) -> None:
    one = box_of(name, box)
    for language in one.languages:
        stays_inside(alone(one), full(name), language)


def placed(made: Design, data: dict[str, str], language: Language) -> Sheet | Refused:
    try:
        return layout.place(made, data, language=language)
    except (LabelTooLong, LabelUnprintable, LabelFieldMissing, SymbolUnprintable) as refusal:
        return refusal


RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZäöüßéñłżÄÖÜ"
SIGNS = "0123456789 .,:;-–—/()%+×≤°№«»^~\\_"
TEXTS = st.one_of(
    st.text(RUSSIAN + SIGNS, min_size=1, max_size=120),
    st.text(LATIN + SIGNS, min_size=1, max_size=120),
    st.text(RUSSIAN + LATIN + "0123456789", min_size=64, max_size=64),
    st.lists(st.text(RUSSIAN, min_size=1, max_size=18), min_size=1, max_size=6).map(" ".join),
    st.sampled_from(
        [CODE, "MSC-ILD-WW2026", "Ш" * 64, "i" * 64, "24 НОЯ 2026 15:34 МСК", "31 DEC 2099 23:59 UTC+05:45"]
    ),
)
WITH_TEXT = [(name, box) for name, box in BOXES if box_of(name, box).fields()]


@pytest.mark.campaign
@settings(max_examples=times(150))
@given(st.sampled_from(WITH_TEXT), TEXTS, st.sampled_from(design.LANGUAGES))
def test_a_value_is_printed_whole_and_inside_or_refused_by_name(
    place: tuple[str, str], value: str, language: Language
) -> None:
    box = replace(box_of(*place), languages=design.LANGUAGES)
    data = dict.fromkeys(box.fields(), value)
    sheet = placed(alone(box), data, language)
    if isinstance(sheet, Refused):
        assert box.name in str(sheet) or isinstance(sheet, SymbolUnprintable)
        return
    if box.kind is Kind.TEXT and box.text is None and value.strip():
        written = "".join(item.text for item in sheet.items if isinstance(item, Writing))
        assert "".join(fonts.normal(value).split()) in "".join(written.split())
    stays_inside(alone(box), data, language)


@pytest.mark.parametrize("resolution", Resolution)
@pytest.mark.parametrize("name", design.names())
def test_a_symbol_has_whole_dots_and_room_for_them(name: str, resolution: Resolution) -> None:
    made, data = design.load(name), full(name)
    scale = resolution.dots_per_mm
    for language in made.languages:
        sheet = layout.place(made, data, language=language, demonstration=True)
        rest = raster.draw(replace(sheet, symbols=()), resolution)
        for bars in sheet.symbols:
            left, top, width, height, module = raster.dots_of(bars, resolution)
            assert module >= (2 if bars.symbol.is_linear else 4)
            assert abs(module / scale - bars.module_mm) <= 0.033
            place = rest[top : top + height, left : left + width]
            assert place.shape == (height, width), "it stands on the label"
            assert not place.any(), "nothing else stands in its place"


GROUND = """
name = "test"
title = { en = "Test", ru = "Проверка" }
width_mm = 40
height_mm = 20
[[boxes]]
name = "under"
kind = "strip"
at_mm = [0, 0, 40, 5]
[[boxes]]
name = "moving"
kind = "strip"
at_mm = [0, 6, 40, 5]
field = "lot"
[[boxes]]
name = "over"
kind = "text"
at_mm = [20, 6, 19, 5]
text = { en = "over", ru = "over" }
inverse = true
[[boxes]]
name = "demonstration"
kind = "demonstration"
at_mm = [0, 12, 40, 3]
[[boxes]]
name = "reprint"
kind = "reprint"
at_mm = [0, 16, 40, 3]
"""


def test_what_stands_on_a_changing_thing_is_drawn_after_it() -> None:
    made = design.read("test", GROUND.encode())
    sheet = layout.place(made, {"lot": "A1"}, language="en", demonstration=True)
    said = [[item.text for item in items if isinstance(item, Writing)] for items in (sheet.ground, sheet.items)]
    assert said == [["DEMONSTRATION"], ["A1", "over"]]
    other = layout.place(made, {"lot": "B2"}, language="en", demonstration=True)
    assert other.ground is sheet.ground, "what no data changes is placed once"


def test_a_label_without_data_is_drawn_once_and_never_drawn_upon() -> None:
    made = design.load("cryovial")
    data = design.sample("cryovial")
    first = layout.place(made, data, language="ru")
    before = raster.draw(first, Resolution.DPI_203).copy()
    raster.draw(layout.place(made, data | {"passage": "P5"}, language="ru"), Resolution.DPI_203)
    assert np.array_equal(raster.draw(first, Resolution.DPI_203), before)


def test_dots_beyond_the_label_are_cut_off() -> None:
    sheet = layout.place(alone(box_of("sample", "use")), design.sample("sample"), language="en")
    for x, baseline in ((-1.0, 1.0), (sheet.width_mm - 1, 1.0), (-30.0, 5.0), (5.0, -9.0), (5.0, 99.0), (99.0, 5.0)):
        far = replace(sheet, items=(Writing("ЖMW", Face.BOLD, 12.0, x, baseline),), ground=())
        dots = raster.draw(far, Resolution.DPI_203)
        assert dots.any() == (-5 < x < sheet.width_mm and baseline == 1.0)


NAME = (
    "ПРИМЕРОВСКАЯ-АЛЕКСАНДРОВСКАЯ-НЕЗНАМОВСКАЯ АННА-МАРИЯ-ЕКАТЕРИНА"
    " КОНСТАНТИНОВНА-ВСЕВОЛОДОВНА-СВЯТОСЛАВОВНА-ЩЕРБАКОВИЧНА-ЯЯ"
)


def test_a_double_name_of_120_letters_stands_on_a_wristband() -> None:
    assert len(NAME) == 120
    data = design.sample("wristband") | {"name.ru": NAME, "name.en": "Testova"}
    sheet = layout.place(design.load("wristband"), data, language="ru")
    written = [item for item in sheet.items if isinstance(item, Writing)]
    name = [item for item in written if item.face is Face.BOLD and item.text[0] in NAME and item.text.isupper()][:4]
    assert "".join(item.text for item in name).replace(" ", "") == NAME.replace(" ", "")
    assert min(item.size_pt for item in name) >= box_of("wristband", "name").shrinks_to_pt == 6


def test_what_would_not_print_is_refused_before_it_is_issued() -> None:
    """No serial is known yet; the refusal names the box or the field, as printing would."""
    made, data = design.load("infusion_bag"), design.sample("infusion_bag")
    del data["label_code"]
    layout.must_fit(made, data, "both")
    wrong: list[tuple[dict[str, str], type[Refused]]] = [
        ({"product_name.ru": "Ш" * 64}, LabelTooLong),
        ({"lot": ""}, LabelFieldMissing),
        ({"site.en": "研究所"}, LabelUnprintable),
    ]
    for values, refusal in wrong:
        with pytest.raises(refusal):
            layout.must_fit(made, data | values, "both")
    with pytest.raises(Refused) as unknown:
        layout.must_fit(made, data, "fr")
    assert unknown.value.code == "label.language"
