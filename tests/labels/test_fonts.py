"""Faces and line breaking: nothing is cut, nothing is drawn as a hollow box, sizes stop where they must."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.labels import fonts
from cellchain.labels.fonts import Face, Paragraph

LETTERS = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя"
    + "ІіЇїЄєҐґЎўӘәҒғҚқҢңӨөҰұҮүҺһ"
    + "ÄÖÜäöüßÉéÇçÑñŁłŐőŞşŠšŽžŞșȚț"
    + "«»„“”‘’–—−…•·°±×÷½№%‰µμ≤≥≈→§©⁰¹²³⁴⁵⁶⁷⁸⁹⁻₂\u00a0\u202f"
)


@pytest.mark.parametrize("face", Face)
def test_faces_have_what_labels_say(face: Face) -> None:
    assert fonts.missing(LETTERS, face) == ""


def test_a_letter_that_the_faces_lack_is_named() -> None:
    assert fonts.missing("Lot \u4e2d\u05d0 7", Face.SANS) == "\u05d0\u4e2d"


def test_an_accent_put_over_a_letter_is_composed() -> None:
    assert fonts.normal("Jose\u0301 и\u0306") == "José й"


def texts(block: fonts.Block | None) -> list[str]:
    assert block is not None
    return [line.text for line in block.lines]


def test_lines_are_balanced() -> None:
    said = [Paragraph("Match wristband and bag")]
    assert texts(fonts.fit(said, Face.BOLD, (100, 40), (8, 8))) == ["Match wristband", "and bag"]


def test_text_shrinks_to_its_minimum_and_then_is_refused() -> None:
    said = [Paragraph("Mesenchymal")]
    wide = fonts.width_pt("Mesenchymal", Face.SANS, 8)
    block = fonts.fit(said, Face.SANS, (wide, 40), (10, 6))
    assert block is not None
    assert block.lines[0].size_pt == 8
    assert fonts.fit(said, Face.SANS, (wide, 40), (10, 8.25)) is None


def test_a_second_language_never_gets_smaller_than_the_smallest() -> None:
    block = fonts.fit([Paragraph("Серия"), Paragraph("Lot", 0.8)], Face.SANS, (100, 40), (6, 6))
    assert block is not None
    assert [line.size_pt for line in block.lines] == [6, fonts.SIZE_MIN_PT]


def test_without_wrapping_a_text_keeps_to_one_line() -> None:
    said = [Paragraph("For clinical trial use only")]
    assert len(texts(fonts.fit(said, Face.SANS, (60, 60), (10, 6)))) > 1
    assert fonts.fit(said, Face.SANS, (60, 60), (10, 6), wraps=False) is None


def test_a_double_name_breaks_after_its_hyphen() -> None:
    said = [Paragraph("Testova-Primerova")]
    assert texts(fonts.fit(said, Face.BOLD, (80, 40), (12, 12))) == ["Testova-", "Primerova"]
    assert texts(fonts.fit(said, Face.BOLD, (200, 40), (12, 12))) == ["Testova-Primerova"]
    assert fonts.fit(said, Face.BOLD, (80, 40), (12, 12), wraps=False) is None


@pytest.mark.parametrize("whole", ["MSC-ILD-1", "495-00", "a-b", "X-ray", "-Primerova", "Primerova-", "10-day"])
def test_what_is_no_double_name_stays_whole(whole: str) -> None:
    width = fonts.width_pt(whole, Face.SANS, 12)
    assert texts(fonts.fit([Paragraph(f"A {whole}")], Face.SANS, (width, 40), (12, 12))) == ["A", whole]
    assert fonts.fit([Paragraph(whole)], Face.SANS, (width - 0.1, 80), (12, 12)) is None


words = st.text("абвгдежзиАБВ0123456789.,-", min_size=1, max_size=14)


@given(st.lists(words, min_size=1, max_size=30), st.floats(20, 200), st.floats(6, 100), st.sampled_from(Face))
def test_what_fits_is_whole_and_inside(said: list[str], width: float, height: float, face: Face) -> None:
    block = fonts.fit([Paragraph(" ".join(said))], face, (width, height), (12, 5.5))
    if block is None:
        return
    assert "".join("".join(texts(block)).split()) == "".join(said)
    assert block.height_pt <= height
    for line in block.lines:
        assert line.size_pt >= fonts.SIZE_MIN_PT
        assert fonts.width_pt(line.text, face, line.size_pt) <= width
        assert line.baseline_pt + fonts.DESCENT * line.size_pt <= block.height_pt + 0.01
