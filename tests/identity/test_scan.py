"""What scanners send: prefixes, terminators, FNC1, keyboard layouts, Caps Lock, previews, rubbish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.identity import codes, gs1, isbt, scan
from cellchain.identity.codes import Kind, Reason
from cellchain.identity.scan import GS, Problem, read

BAG = codes.issue(Kind.BAG, 1, 2026, 412)
LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,./`QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?~@#$^&|"
RUSSIAN = 'йцукенгшщзхъфывапролджэячсмитьбю.ёЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,Ё"№;:?/'
AS_RUSSIAN = str.maketrans(LATIN, RUSSIAN)


@pytest.mark.parametrize(
    ("prefix", "symbology"),
    [
        ("", None),
        ("]C0", "code128"),
        ("]C1", "code128"),
        ("]d1", "datamatrix"),
        ("]d2", "datamatrix"),
        ("]Q1", "qr"),
        ("]X0", None),
    ],
)
@pytest.mark.parametrize("lead", ["", GS, "\xe8"])
@pytest.mark.parametrize("end", ["", "\r", "\n", "\r\n", "\t", "\r\t", GS, GS + "\r"])
def test_a_symbol_reads_whatever_stands_around_it(prefix: str, symbology: str | None, lead: str, end: str) -> None:
    result = read(prefix + lead + BAG + end)
    assert result.raw == prefix + lead + BAG + end
    assert (result.aim, result.symbology, result.text) == (prefix or None, symbology, BAG)
    assert result.identity == result.code == codes.parse(BAG)
    assert (result.problem, result.case_changed, result.layout_changed) == (None, False, False)


@given(
    st.sampled_from(Kind),
    st.integers(1, codes.SEQUENCE_MAX),
    st.sampled_from(["", "]C1", "]d1", "]Q1"]),
    st.sampled_from(["", "\r", "\t"]),
)
def test_the_russian_layout_is_undone(kind: Kind, sequence: int, prefix: str, end: str) -> None:
    text = codes.issue(kind, 1, 2026, sequence)
    result = read((prefix + text).translate(AS_RUSSIAN) + end)
    assert (result.layout_changed, result.case_changed) == (True, False)
    assert (result.aim, result.text, result.identity) == (prefix or None, text, codes.parse(text))


def test_every_key_of_the_layout_maps_back() -> None:
    assert read(LATIN.translate(AS_RUSSIAN)).text == LATIN


def test_other_structures_survive_the_russian_layout() -> None:
    assert read("]C0&>0263261830".translate(AS_RUSSIAN)).text == "&>0263261830"
    assert read(f"0104600000000001{GS}10ABC-7".translate(AS_RUSSIAN)).text == f"0104600000000001{GS}10ABC-7"


def test_two_alphabets_in_one_scan_are_never_mapped() -> None:
    result = read("B\u041301" + BAG[4:])
    assert result.problem == Problem.MIXED_ALPHABETS
    assert (result.code, result.layout_changed) == (None, False)


@pytest.mark.parametrize(
    "changed", [BAG.lower(), "b" + BAG[1:], "]c1" + BAG.lower(), BAG.lower().translate(AS_RUSSIAN)]
)
def test_small_letters_are_reported_and_are_no_identity(changed: str) -> None:
    result = read(changed)
    assert (result.case_changed, result.problem) == (True, Problem.CASE_CHANGED)
    assert result.code == codes.parse(BAG)
    assert result.identity is None
    assert result.text != BAG


def test_foreign_letters_never_become_a_capital() -> None:
    sample = codes.issue(Kind.SAMPLE, 1, 2026, 1)
    result = read("\u017f" + sample[1:])
    assert sample == ("\u017f" + sample[1:]).upper()
    assert (result.code, result.problem) == (None, Reason.UNKNOWN_KIND)


def test_a_preview_names_nothing() -> None:
    result = read("]d1" + codes.preview_label(1, 2026))
    assert result.code == codes.preview_label(1, 2026).code
    assert (result.is_preview, result.identity, result.problem) == (True, None, None)


def test_a_separator_after_the_last_part_says_nothing_and_between_parts_stays() -> None:
    text = f"0104600000000001{GS}10ABC-7"
    assert read(f"]d2{GS}{text}{GS}\r").text == text


def test_inner_separators_stay() -> None:
    assert read(f"]d2{GS}01046{GS}10AB{GS}21X\r").text == f"01046{GS}10AB{GS}21X"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", Problem.EMPTY),
        ("\r\n", Problem.EMPTY),
        ("]C1\r", Problem.EMPTY),
        ("x" * 257, Problem.TOO_LONG),
        ("x" * 256, Reason.WRONG_LENGTH),
        (BAG[:-1], Reason.WRONG_LENGTH),
        (" " + BAG, Reason.WRONG_LENGTH),
        (codes.grouped(BAG), Reason.WRONG_LENGTH),
        (BAG[:-1] + ("0" if BAG[-1] != "0" else "1"), Reason.BAD_CHECK),
        ("=A99991712345600", isbt.Reason.OFF),
        ("&anything", isbt.Reason.OFF),
        ("]C4X", isbt.Reason.OFF),
        ("]d20104006381333931", gs1.Reason.NOT_HERE),
        ("(01)04006381333931", gs1.Reason.NOT_HERE),
        ("4006381333931", gs1.Reason.NOT_HERE),
    ],
)
def test_a_scan_that_is_no_identifier_says_why(raw: str, problem: str) -> None:
    result = read(raw)
    assert (result.problem, result.code, result.identity) == (problem, None, None)
    assert str(scan.explain(problem))


@given(st.text(max_size=300))
def test_nothing_makes_it_raise(raw: str) -> None:
    result = read(raw)
    assert result.raw == raw[: scan.LENGTH_MAX]
    assert result.identity is None or result.identity.text == result.text
    assert result.problem is None or str(scan.explain(result.problem))


def test_every_problem_has_a_sentence() -> None:
    for problem in [*Problem, *Reason, *isbt.Reason, *gs1.Reason]:
        assert str(scan.explain(problem))
