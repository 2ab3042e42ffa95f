"""One entry point for native, ISBT 128 and GS1 symbols, and what a typed code needs in each scheme."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.identity import codes, gs1, isbt, scan, typed
from cellchain.identity.codes import Kind
from cellchain.identity.gs1 import GS
from cellchain.identity.isbt import structures as s
from cellchain.identity.scan import Problem, System
from cellchain.identity.schemes import NATIVE, Schemes
from cellchain.identity.typed import Protection, protection

BAG = codes.issue(Kind.BAG, 1, 2026, 412)
ALL = Schemes(isbt.Scheme.of_demonstration(), gs1.UNKNOWN_READER)
DIN = "=A99991712345600"
GTIN = "04006381333931"
CYRILLIC = str.maketrans("qwertyuiop[]asdfghjkl;'zxcvbnm,./QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?@#$^&",
                         "йцукенгшщзхъфывапролджэячсмитьбю.ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,\"№;:?")  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "system"),
    [
        (BAG, System.NATIVE),
        ("]d2" + BAG, System.NATIVE),
        ("]C1" + GS + BAG, System.NATIVE),
        (DIN, System.ISBT),
        ("]C0" + DIN, System.ISBT),
        ("]C4" + DIN + "=,000012\r", System.ISBT),
        ("]d1=+02000" + DIN + "=,000012", System.ISBT),
        (f"]d201{GTIN}10A", System.GS1),
        (f"]C101{GTIN}10A", System.GS1),
        (f"]Q3{GS}01{GTIN}10A", System.GS1),
        (f"{GS}01{GTIN}10A", System.GS1),
        (f"01{GTIN}10A", System.GS1),
        (f"(01){GTIN}(10)A", System.GS1),
        ("]E04006381333931", System.GS1),
        ("]E496385074", System.GS1),
    ],
)
def test_one_entry_point_tells_the_systems_apart(raw: str, system: System) -> None:
    read = scan.read(raw, ALL)
    assert (read.system, read.problem) == (system, None)
    assert [read.code is not None, read.isbt is not None, read.gs1 is not None] == [system == one for one in System]
    assert (read.identity is not None) == (system is System.NATIVE)
    off = scan.read(raw)
    assert off.problem == {System.NATIVE: None, System.ISBT: isbt.Reason.OFF, System.GS1: gs1.Reason.NOT_HERE}[system]
    assert (off.aim, off.text, off.isbt, off.gs1) == (read.aim, read.text, None, None)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("]C4" + DIN, isbt.Reason.NOT_A_PAIR),
        ("]C4" + BAG[1:], isbt.Reason.NOT_ISBT),
        (DIN.lower(), Problem.CASE_CHANGED),
        ("=<s12954aB", Problem.CASE_CHANGED),
        ("&Z", isbt.Reason.UNKNOWN_STRUCTURE),
        ("=G12341765432170", isbt.Reason.REAL_NUMBER),
        ("]d2" + BAG[:-1], codes.Reason.WRONG_LENGTH),
        ("]d2X", codes.Reason.WRONG_LENGTH),
        (f"]d201{GTIN}10A^]21B", gs1.Reason.SEPARATOR),
        (f"]d201{GTIN}10A17270131", gs1.Reason.AMBIGUOUS),
        ("]E04006381333932", gs1.Reason.BAD_GTIN),
    ],
)
def test_a_foreign_symbol_without_a_value_says_why(raw: str, problem: str) -> None:
    read = scan.read(raw, ALL)
    assert (read.problem, read.code, read.isbt, read.gs1) == (problem, None, None, None)
    assert str(scan.explain(problem))


def test_isbt_survives_the_russian_layout() -> None:
    """Where the keys typed a Cyrillic letter the layout is undone, and no structure turns into another anywhere."""
    undone = 0
    for text in (
        DIN,
        "&>0263261830",
        "&/CHA999926000001",
        "=<S12954Ab",
        "=;A99990000000000000042",
        "=$A999926000120203",
    ):
        read = scan.read(text.translate(CYRILLIC), ALL)
        undone += read.layout_changed
        assert read.isbt is None or s.write(read.isbt.structures[0]) == text
    assert undone == 6


@given(
    st.one_of(
        st.text(max_size=300),
        st.builds(
            "".join, st.lists(st.sampled_from(["]C4", "]d2", "=", "&", DIN, "(01)", GTIN, "01", GS, "10A", BAG]))
        ),
    )
)
def test_nothing_makes_it_raise(raw: str) -> None:
    for read, schemes in product((scan.read, typed.read), (NATIVE, ALL, Schemes(isbt.OFF, gs1.Reader("|")))):
        result = read(raw, schemes)
        assert result.problem is None or str(scan.explain(result.problem))
        assert (result.problem is None) == (
            sum(one is not None for one in (result.code, result.isbt, result.gs1)) == 1
        ) or (result.problem == Problem.CASE_CHANGED)


# -- typed -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A9999 17 123456 9", s.DonationNumber("A9999", "17", "123456")),
        ("A9999171234569", s.DonationNumber("A9999", "17", "123456")),
        ("A9999 17 345628 *", s.DonationNumber("A9999", "17", "345628")),
        ("CH A9999 26 000001 *", s.ChainOfIdentityNumber("A9999", "26", "000001")),
        (
            "A9999 0000000000000042" + isbt.check_character("A99990000000000000042"),
            s.DonorNumber("A9999", "0000000000000042"),
        ),
        ("012345678900000000" + isbt.check_character("012345678900000000"), s.InfectionMarkers("0123456789")),
        ("0001 0000 0000 0000 106", s.RegistryDonorNumber("0001", "0000000000001", "06")),
    ],
)
def test_a_number_is_typed_with_the_character_from_its_box(text: str, value: isbt.Structure) -> None:
    read = typed.read(text, ALL)
    assert read.isbt is not None
    assert (read.isbt.structures, read.problem, read.raw) == ((value,), None, text)
    assert typed.read(text).isbt is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("A9999 17 123456", codes.Reason.WRONG_LENGTH),
        ("A9999 17 123456 8", isbt.Reason.BAD_CHECK),
        ("A9999 17 123465 9", isbt.Reason.BAD_CHECK),
        ("G1234 98 654321 H", isbt.Reason.REAL_NUMBER),
        (DIN, Problem.NOT_TYPED),
        ("=<S12954A0", Problem.NOT_TYPED),
        ("", Problem.EMPTY),
    ],
)
def test_what_nothing_protects_is_not_typed(text: str, problem: str) -> None:
    read = typed.read(text, ALL)
    assert (read.problem, read.code, read.isbt) == (problem, None, None)


def test_typed_isbt_is_off_like_scanned() -> None:
    assert typed.read(DIN).problem == isbt.Reason.OFF


def test_a_native_code_is_typed_as_it_is_printed() -> None:
    for schemes in (NATIVE, ALL):
        assert typed.read(codes.grouped(BAG), schemes).identity == codes.parse(BAG)
        assert typed.read(BAG[:-2], schemes).problem == codes.Reason.WRONG_LENGTH


def test_a_text_with_two_meanings_is_none_of_them() -> None:
    """A facility's number may begin like a kind of cellchain's, and both checks may fit by chance."""
    clash = next(
        text
        for sequence in range(100_000)
        if isbt.check_character((text := codes.issue(Kind.BAG, 1, 2026, sequence))[:13]) == text[13]
    )
    schemes = Schemes(isbt.Scheme.licensed(clash[:5]))
    assert typed.read(clash, schemes).problem == Problem.TWO_MEANINGS
    assert typed.read(clash, schemes).identity is None
    assert scan.read(clash, schemes).identity == codes.parse(clash)


def test_what_protects_a_typed_code_in_each_scheme() -> None:
    assert protection(codes.Code) is Protection.WITHIN
    beside = {s.DonationNumber, s.DonorNumber, s.ChainOfIdentityNumber, s.InfectionMarkers}
    for kind in s.STRUCTURES:
        expected = Protection.BESIDE if kind in beside else Protection.NOTHING
        assert protection(kind) is (Protection.WITHIN if kind is s.RegistryDonorNumber else expected)
    assert [protection(ai) for ai in ("01", "02", "10", "17", "21")] == ["within", "within", *["nothing"] * 3]
