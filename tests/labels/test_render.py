"""Labels as printed: read back whole, exact to the millimetre, alike byte for byte, refused by name where they fail."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cellchain.identity import codes, scan
from cellchain.kernel.errors import Refused
from cellchain.labels import design, layout, render, symbols
from cellchain.labels.design import Design, Kind, Language
from cellchain.labels.fonts import SIZE_MIN_PT
from cellchain.labels.layout import LabelFieldMissing, LabelTooLong, LabelUnprintable
from cellchain.labels.marks import Shape
from cellchain.labels.symbols import Decoded, SymbolUnprintable
from cellchain.quality.rules.limits import TITLES
from cellchain.web.i18n import Voice
from tests.labels.make_golden import FOLDER
from tests.labels.pages import full, golden, packed, read, sample_pdf

EACH = [(name, language) for name in design.names() for language in design.load(name).languages]
SPOKEN: Mapping[str, tuple[str, ...]] = {"en": ("en",), "ru": ("ru",), "both": ("ru", "en")}
each_design_and_language = pytest.mark.parametrize(("name", "language"), EACH)


def expected_symbols(made: Design, data: Mapping[str, str]) -> list[Decoded]:
    return sorted((Decoded(data[box.field or ""], box.kind.value) for box in made.symbols()), key=str)


def printed_fields(made: Design) -> set[str]:
    """The fields that a person reads on the label, without those that only a symbol or a mark carries."""
    return {field for box in made.boxes if box.kind in (Kind.TEXT, Kind.CODE, Kind.STRIP) for field in box.fields()}


@each_design_and_language
@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("preview", [False, True])
def test_every_symbol_reads_back(name: str, language: Language, dpi: int, preview: bool) -> None:
    made, data = design.load(name), design.sample(name)
    picture = render.png(sample_pdf(made, language, preview=preview, demonstration=True), dpi)
    assert sorted(symbols.decode(picture), key=str) == expected_symbols(made, data)


@each_design_and_language
@pytest.mark.parametrize("preview", [False, True])
def test_every_symbol_reads_back_beside_all_that_may_be_said(name: str, language: Language, preview: bool) -> None:
    made, data = design.load(name), full(name)
    document = render.pdf(made, data, language=language, preview=preview, demonstration=True)
    assert sorted(symbols.decode(render.png(document, 203)), key=str) == expected_symbols(made, data)
    assert min(read(document).sizes_pt) >= SIZE_MIN_PT


@each_design_and_language
def test_a_reprint_says_so_and_only_a_reprint(name: str, language: Language) -> None:
    made, data = design.load(name), design.sample(name)
    (box,) = (box for box in made.boxes if box.kind is Kind.REPRINT)
    russian, english = ("ДУБЛ", "REPRINT") if box.text else ("ДУБЛИКАТ", "REPRINT")
    word = english if language == "en" else russian
    assert word in read(render.pdf(made, data | {"reprint": "1"}, language=language)).text
    assert word not in read(render.pdf(made, data, language=language)).text


@pytest.mark.parametrize("name", ["harvest_bag", "container", "tube", "infusion_bag", "sample"])
def test_a_hazard_is_said_whole_and_shown(name: str) -> None:
    made, data = design.load(name), full(name)
    for language in made.languages:
        first = SPOKEN[language][0]
        assert packed(data[f"biohazard.{first}"]) in read(render.pdf(made, data, language=language)).text
        sheet = layout.place(made, data, language=language)
        (sign,) = (box for box in made.boxes if box.kind is Kind.BIOHAZARD)
        drawn = [item for item in sheet.items if isinstance(item, Shape)]
        assert len(drawn) == 16
        for x, y in (point for shape in drawn if shape.ink for point in shape.points_mm):
            assert -1e-9 <= x - sign.x_mm <= sign.width_mm + 1e-9
            assert -1e-9 <= y - sign.y_mm <= sign.height_mm + 1e-9


def test_a_hazard_in_another_language_is_asked_for_and_not_left_out() -> None:
    data = design.sample("tube") | {"biohazard.ru": "Положительно: ВИЧ"}
    with pytest.raises(LabelFieldMissing) as refusal:
        render.pdf(design.load("tube"), data, language="en")
    assert refusal.value.field == "biohazard"


@each_design_and_language
def test_one_page_of_the_exact_size_with_every_field(name: str, language: Language) -> None:
    made, data = design.load(name), design.sample(name)
    page = read(sample_pdf(made, language))
    assert page.pages == 1
    assert (page.width_mm, page.height_mm) == pytest.approx((made.width_mm, made.height_mm), abs=0.001)
    first = SPOKEN[language][0]
    for field in printed_fields(made):
        # An expiry may stand in two boxes, its day and its time; in two languages the other day comes between them.
        for part in re.split(r" (?=\d\d:\d\d )", data.get(f"{field}.{first}", data.get(field, ""))):
            assert packed(part) in page.text, field


@each_design_and_language
def test_nothing_is_smaller_than_5_5_pt_and_every_face_is_embedded(name: str, language: Language) -> None:
    page = read(sample_pdf(design.load(name), language, demonstration=True))
    assert min(page.sizes_pt) >= SIZE_MIN_PT
    assert page.fonts_embedded


def test_both_languages_stand_where_the_design_has_room() -> None:
    page = read(sample_pdf(design.load("infusion_bag"), "both"))
    data = design.sample("infusion_bag")
    for field in ("product_name", "dose", "infusion", "warnings", "site", "volume"):
        assert packed(data[f"{field}.ru"]) in page.text
        assert packed(data[f"{field}.en"]) in page.text
    assert packed("Для клинических исследований" + "For clinical trial use only") in page.text
    assert packed("24 НОЯ 2026" + "24 NOV 2026") in page.text


@each_design_and_language
def test_the_same_label_has_the_same_bytes(name: str, language: Language) -> None:
    made = design.load(name)
    assert sample_pdf(made, language) == sample_pdf(made, language)


def test_the_same_label_has_the_same_bytes_in_another_process_and_in_threads() -> None:
    made = design.load("infusion_bag")
    here = hashlib.sha256(sample_pdf(made, "both")).hexdigest()
    program = (
        "import hashlib; from cellchain.labels import design; from tests.labels.pages import sample_pdf;"
        "print(hashlib.sha256(sample_pdf(design.load('infusion_bag'), 'both')).hexdigest())"
    )
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(root)}
    there = subprocess.run([sys.executable, "-c", program], env=environment, cwd=root, check=True, capture_output=True)
    assert there.stdout.decode().strip() == here
    with ThreadPoolExecutor(4) as pool:
        made_at_once = list(pool.map(lambda _: sample_pdf(made, "both"), range(24)))
    assert {hashlib.sha256(document).hexdigest() for document in made_at_once} == {here}
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lambda document: render.png(document, 100), made_at_once[:8]))) == 1


@each_design_and_language
def test_golden(name: str, language: Language) -> None:
    """The dots of each sample, as reviewed. `make_golden` renews them after a change on purpose."""
    made = design.load(name)
    as_reviewed(golden(made, language, design.sample(name)), f"{name}.{language}.png")


@pytest.mark.parametrize("name", design.names())
def test_golden_with_all_that_may_be_said(name: str) -> None:
    made = design.load(name)
    as_reviewed(golden(made, made.languages[-1], full(name)), f"{name}.full.png")


def as_reviewed(now: Image.Image, file: str) -> None:
    approved = Image.open(FOLDER / file)
    assert now.size == approved.size
    # A hair's breadth for another build of the same library's smoothing; a moved line is many times that.
    assert np.mean(np.array(now) != np.array(approved)) < 0.0005


@each_design_and_language
def test_demonstration_is_said_always_and_only_there(name: str, language: Language) -> None:
    made = design.load(name)
    words = {"en": "DEMONSTRATION", "ru": "ДЕМОНСТРАЦИЯ", "both": "ДЕМОНСТРАЦИЯ"}
    assert words[language] in read(sample_pdf(made, language, demonstration=True)).text
    assert words[language] not in read(sample_pdf(made, language)).text
    assert words[language] in read(sample_pdf(made, language, preview=True, demonstration=True)).text


@each_design_and_language
def test_preview_is_said_over_the_whole_label(name: str, language: Language) -> None:
    made = design.load(name)
    words = {"en": "PREVIEW", "ru": "ОБРАЗЕЦ", "both": "ОБРАЗЕЦ/PREVIEW"}
    assert words[language] in read(sample_pdf(made, language, preview=True)).text
    assert words[language] not in read(sample_pdf(made, language)).text


@pytest.mark.parametrize("preview", [False, True])
def test_a_label_is_black_and_white(preview: bool) -> None:
    picture = Image.open(BytesIO(render.png(sample_pdf(design.load("infusion_bag"), "both", preview=preview), 600)))
    grey = np.array(picture)
    assert np.mean((grey > 20) & (grey < 235)) < 0.05, "only the smoothing of edges lies between black and white"


def test_the_symbols_of_a_preview_name_nothing() -> None:
    data = design.sample("infusion_bag") | {"label_code": codes.preview_label(1, 2026)}
    document = render.pdf(design.load("infusion_bag"), data, language="ru", preview=True)
    found = symbols.decode(render.png(document, 300))
    assert len(found) == 3
    for symbol in found:
        assert scan.read(symbol.text).is_preview
        assert scan.read(symbol.text).identity is None


@pytest.mark.parametrize("name", design.names())
def test_a_text_too_long_is_refused_by_the_name_of_its_box(name: str) -> None:
    made, data = design.load(name), design.sample(name)
    for box in made.boxes:
        if box.kind is not Kind.TEXT or not box.field:
            continue
        warned = full(name) if box.when in ("biohazard", "isbt_number") else data
        longer = warned | {f"{box.field}.en": "far too long " * 60, f"{box.field}.ru": "слишком длинно " * 60}
        with pytest.raises(LabelTooLong) as refusal:
            render.pdf(made, longer, language="both")
        assert refusal.value.box == box.name
        assert refusal.value.code == "label.too_long"
        assert box.name in str(refusal.value)


@pytest.mark.parametrize("name", design.names())
def test_a_required_field_that_is_missing_is_named(name: str) -> None:
    made, data = design.load(name), design.sample(name)
    for field in made.required_fields():
        for language in made.languages:
            less = {key: value for key, value in data.items() if key.partition(".")[0] != field}
            with pytest.raises(LabelFieldMissing) as refusal:
                render.pdf(made, less | {field: " "}, language=language)
            assert refusal.value.field == field


@pytest.mark.parametrize("name", design.names())
def test_an_optional_field_may_be_missing(name: str) -> None:
    made, data = design.load(name), design.sample(name)
    kinds = {field for box in made.boxes if box.kind is Kind.MARK for field in box.fields()}
    needed = {*made.required_fields(), *kinds}
    least = {key: value for key, value in data.items() if key.partition(".")[0] in needed}
    for language in made.languages:
        assert read(render.pdf(made, least, language=language)).pages == 1


def test_a_field_in_one_language_is_missing_in_the_other() -> None:
    made, data = design.load("infusion_bag"), design.sample("infusion_bag")
    russian = {key: value for key, value in data.items() if not key.endswith(".en")}
    assert render.pdf(made, russian, language="ru")
    lacking: tuple[Language, ...] = ("en", "both")
    for language in lacking:
        with pytest.raises(LabelFieldMissing):
            render.pdf(made, russian, language=language)


@pytest.mark.parametrize(("field", "value"), [("site", "研究所"), ("dose", "tab\there"), ("study", "a\u202eb")])
def test_a_letter_that_would_print_as_a_box_is_refused(field: str, value: str) -> None:
    data = design.sample("infusion_bag") | {f"{field}.en": value}
    with pytest.raises(LabelUnprintable) as refusal:
        render.pdf(design.load("infusion_bag"), data, language="en")
    assert (refusal.value.box, refusal.value.value) == (field, value)


@pytest.mark.parametrize("value", ["24 NOV 2026", "15:34 MSK", "soon"])
def test_an_expiry_without_day_or_time_is_refused(value: str) -> None:
    data = design.sample("infusion_bag") | {"expires_local.en": value}
    with pytest.raises(LabelUnprintable):
        render.pdf(design.load("infusion_bag"), data, language="en")


def test_a_symbol_that_cannot_be_is_refused() -> None:
    made, data = design.load("infusion_bag"), design.sample("infusion_bag")
    with pytest.raises(SymbolUnprintable):
        render.pdf(made, data | {"label_code": "Этикетка"}, language="en")
    with pytest.raises(LabelTooLong) as refusal:
        render.pdf(made, data | {"label_code": "x" * 40}, language="en")
    assert refusal.value.box in ("bar_code", "label_code")


def test_release_is_conditional_or_final_and_nothing_else() -> None:
    made, data = design.load("issue_tag"), design.sample("issue_tag")
    conditional, final = (
        read(render.pdf(made, data | {"release_kind": kind}, language="both")).text for kind in ("conditional", "final")
    )
    assert packed("Условный выпуск Conditional release") in conditional
    assert packed("Окончательный выпуск Final release") in final
    assert packed("Final release") not in conditional
    assert packed("Conditional release") not in final
    with pytest.raises(LabelUnprintable):
        render.pdf(made, data | {"release_kind": "maybe"}, language="en")
    with pytest.raises(LabelFieldMissing):
        render.pdf(made, {key: value for key, value in data.items() if key != "release_kind"}, language="en")


@pytest.mark.parametrize("language", ["en", "ru", "both"])
def test_a_tag_says_what_is_out_of_specification_whatever_the_test(language: Language) -> None:
    """The longest name of a test fits, and without a failure nothing is said of one."""
    made, data = design.load("issue_tag"), design.sample("issue_tag")
    voice = Voice("ru", ZoneInfo("UTC"))
    longest_en = max((str(title) for title in TITLES.values()), key=len)
    longest_ru = max((voice.say(title) for title in TITLES.values()), key=len)
    failed = {"exception.en": longest_en, "exception.ru": longest_ru}
    text = read(render.pdf(made, data | failed, language=language, demonstration=True)).text
    said = {"en": ("OUT OF SPECIFICATION", longest_en), "ru": ("ВНЕ СПЕЦИФИКАЦИИ", longest_ru)}
    for words in said.get(language, ("OUT OF SPECIFICATION", "ВНЕ СПЕЦИФИКАЦИИ", longest_ru)):
        assert packed(words) in text
    plain = read(render.pdf(made, data, language=language)).text
    assert packed("OUT OF SPECIFICATION") not in plain
    assert packed("ВНЕ СПЕЦИФИКАЦИИ") not in plain


@each_design_and_language
def test_the_longest_study_code_fits(name: str, language: Language) -> None:
    longest = "MSC-ILD-WW2026"
    data = {key: longest if key == "study" else value for key, value in design.sample(name).items()}
    page = read(render.pdf(design.load(name), data, language=language, demonstration=True))
    assert ("study" in data) == (longest in page.text)


def test_the_control_arm_uses_the_same_label() -> None:
    bare = {"donation": "—", "dose.en": "—", "dose.ru": "—"}
    data = design.sample("infusion_bag") | bare
    assert read(render.pdf(design.load("infusion_bag"), data, language="both")).text.count("—") == 2


def test_a_value_is_never_read_as_a_placeholder() -> None:
    data = design.sample("infusion_bag") | {"infusion.en": "{dose} of {study}"}
    assert "Infusion{dose}of{study}" in read(render.pdf(design.load("infusion_bag"), data, language="en")).text


def test_a_language_that_a_design_does_not_have_is_refused() -> None:
    source = (
        'name = "test"\ntitle = { en = "Test", ru = "Проверка" }\nwidth_mm = 40\nheight_mm = 10\nlanguages = ["ru"]\n'
        '[[boxes]]\nname = "demonstration"\nkind = "demonstration"\nat_mm = [0, 0, 20, 9]\n'
        '[[boxes]]\nname = "reprint"\nkind = "reprint"\nat_mm = [20, 0, 20, 9]\n'
    )
    made = design.read("test", source.encode())
    assert read(render.pdf(made, {}, language="ru", demonstration=True)).text == "ДЕМОНСТРАЦИЯ"
    with pytest.raises(Refused) as refusal:
        render.pdf(made, {}, language="en")
    assert refusal.value.code == "label.language"


texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=120)


@settings(max_examples=40)
@given(texts)
def test_a_text_is_printed_whole_or_refused(value: str) -> None:
    data = design.sample("infusion_bag") | {"product_name.en": value}
    try:
        document = render.pdf(design.load("infusion_bag"), data, language="en")
    except (LabelTooLong, LabelUnprintable, LabelFieldMissing):
        return
    assert read(document).pages == 1


@pytest.mark.parametrize("dpi", [0, -1, 1201])
def test_a_picture_has_a_bounded_resolution(dpi: int) -> None:
    with pytest.raises(ValueError, match="dots an inch"):
        render.png(b"", dpi)


def test_moments_as_labels_print_them() -> None:
    moscow, at = ZoneInfo("Europe/Moscow"), datetime(2026, 11, 24, 12, 34, 56, tzinfo=UTC)
    assert render.local_text(at, moscow, "en") == "24 NOV 2026 15:34 MSK"
    assert render.local_text(at, moscow, "ru") == "24 НОЯ 2026 15:34 МСК"
    assert render.utc_text(at, moscow, "ru") == "12:34 UTC"
    late = datetime(2026, 5, 2, 22, 10, tzinfo=UTC)
    assert render.local_text(late, moscow, "ru") == "03 МАЙ 2026 01:10 МСК"
    assert render.utc_text(late, moscow, "en") == "02 MAY 2026 22:10 UTC"
    assert render.local_text(at, ZoneInfo("Asia/Novosibirsk"), "en") == "24 NOV 2026 19:34 UTC+07"
