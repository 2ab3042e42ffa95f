"""Random legal data for every field of a label at once: all of it stands in its boxes, or the label is refused by name.

The longest names, lots of 64 characters, words without a blank, Russian, Latin with accents; identifiers and times are
as the house makes them, since nothing else comes there.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.identity import codes
from cellchain.kernel.errors import Refused
from cellchain.labels import design, fonts, layout, raster, render
from cellchain.labels.design import Box, Design, Kind, Language
from cellchain.labels.layout import LabelFieldMissing, LabelTooLong, LabelUnprintable, Sheet, Writing
from cellchain.labels.raster import Resolution
from tests.labels.pages import full, packed, read
from tests.labels.test_layout import TEXTS
from tests.support.campaign import times

SHORT = st.text("абвгдежзАБВГДЕЖЗabcdefgABCDEFG0123456789-/.", min_size=1, max_size=8)
ZONES = st.sampled_from(["Europe/Moscow", "Asia/Kathmandu", "Asia/Kamchatka", "America/St_Johns", "UTC"]).map(ZoneInfo)
MINUTES = 73 * 365 * 24 * 60
MOMENTS = st.builds(
    lambda minutes, zone: (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(zone),
    st.integers(0, MINUTES),
    ZONES,
)
LEGAL_KINDS = ("conditional", "final")
ROUNDING_MM = 1e-6
LabelFault = LabelTooLong | LabelUnprintable | LabelFieldMissing


def is_identifier(value: str) -> bool:
    try:
        return codes.parse(value).text == value
    except codes.NotACode:
        return False


def legal(field: str, value: str, draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """Another value of the kind that the sample has in this field."""
    language = "ru" if field.endswith(".ru") else "en"
    if is_identifier(value):
        return codes.issue(
            codes.Kind(value[:2]), draw(st.integers(0, 99)), 2026, draw(st.integers(1, codes.SEQUENCE_MAX))
        )
    if "_local" in field or field.endswith("_utc"):
        moment = draw(MOMENTS)
        zone = ZoneInfo(str(moment.tzinfo))
        if field.endswith("_utc"):
            return render.utc_text(moment, zone, language)
        return render.local_text(moment, zone, language)
    if field == "release_kind":
        return draw(st.sampled_from(LEGAL_KINDS))
    return draw(st.one_of(st.just(value), texts))


@st.composite
def labels(
    draw: st.DrawFn, texts: st.SearchStrategy[str] = st.one_of(SHORT, TEXTS)
) -> tuple[str, dict[str, str], Language]:
    """A design, data that may come to it, and a language."""
    name = draw(st.sampled_from(design.names()))
    made = design.load(name)
    sample = full(name)
    if draw(st.booleans()):
        sample = {field: value for field, value in sample.items() if not field.startswith(("biohazard", "reprint"))}
    return (
        name,
        {field: legal(field, value, draw, texts) for field, value in sample.items()},
        draw(st.sampled_from(made.languages)),
    )


def placed(made: Design, data: dict[str, str], language: Language) -> Sheet | LabelFault:
    try:
        return layout.place(made, data, language=language, demonstration=True)
    except (LabelTooLong, LabelUnprintable, LabelFieldMissing) as refusal:
        return refusal


def holds(box: Box, line: Writing) -> bool:
    """Whether a line stands in a box, from its tallest letter to its deepest; an identifier stands on a smaller one."""
    wide = fonts.width_pt(line.text, line.face, line.size_pt) / layout.MM
    above, below = (part * line.size_pt / layout.MM for part in (fonts.CAPITAL, 0.0))
    return (
        box.x_mm - ROUNDING_MM <= line.x_mm
        and line.x_mm + wide <= box.x_mm + box.width_mm + ROUNDING_MM
        and box.y_mm - ROUNDING_MM <= line.baseline_mm - above
        and line.baseline_mm + below <= box.y_mm + box.height_mm + ROUNDING_MM
    )


@pytest.mark.campaign
@settings(max_examples=times(250))
@given(labels())
def test_a_whole_label_is_in_its_boxes_or_refused_by_name(label: tuple[str, dict[str, str], Language]) -> None:
    name, data, language = label
    made = design.load(name)
    sheet = placed(made, data, language)
    if isinstance(sheet, LabelFault):
        assert sheet.box in {box.name for box in made.boxes}
        assert sheet.box in str(sheet)
        with pytest.raises(Refused, match=sheet.code):
            layout.must_fit(made, data, language)
        return
    layout.must_fit(made, data, language)
    written = [item for item in (*sheet.ground, *sheet.items) if isinstance(item, Writing)]
    for line in written:
        assert line.size_pt >= fonts.SIZE_MIN_PT
        assert any(holds(box, line) for box in made.boxes), line
    said = packed("".join(item.text for item in written))
    first = "ru" if language == "both" else language
    for box in made.boxes:
        whole = box.kind is Kind.TEXT and box.field is not None and box.when in (None, f"not {box.field}")
        if whole and language in box.languages:
            value = data.get(f"{box.field}.{first}", data.get(box.field or "", ""))
            assert packed(fonts.normal(value)) in said, box.name


@pytest.mark.campaign
@settings(max_examples=times(150))
@given(labels(st.nothing()))
def test_codes_and_moments_of_any_zone_are_never_too_long(label: tuple[str, dict[str, str], Language]) -> None:
    """With the texts of its sample a design prints any identifiers, days and zones that there are."""
    name, data, language = label
    made = design.load(name)
    layout.must_fit(made, data, language)


@pytest.mark.parametrize("month", ["МАЙ", "ИЮН", "ИЮЛ", "НОЯ"])
@pytest.mark.parametrize("zone", ["UTC+0545", "UTC+1245", "UTC-0330"])
def test_a_tube_tells_its_making_in_a_zone_without_letters(month: str, zone: str) -> None:
    """The widest moments that there are: found by the test above once in some thousand labels."""
    data = {**design.sample("tube"), "made_local.ru": f"28 {month} 2026 20:48 {zone}"}
    layout.must_fit(design.load("tube"), data, "ru")


@pytest.mark.campaign
@settings(max_examples=times(25), deadline=None)
@given(labels())
def test_what_prints_has_every_symbol_clear_of_everything(label: tuple[str, dict[str, str], Language]) -> None:
    name, data, language = label
    made = design.load(name)
    sheet = placed(made, data, language)
    if isinstance(sheet, LabelFault):
        return
    document = render.pdf(made, data, language=language, demonstration=True)
    assert read(document).pages == 1
    bare = raster.draw(replace(sheet, symbols=()), Resolution.DPI_203)
    for bars in sheet.symbols:
        left, top, width, height, _ = raster.dots_of(bars, Resolution.DPI_203)
        assert not bare[top : top + height, left : left + width].any()
