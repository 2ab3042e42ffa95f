"""GS1 element strings: separators kept, replaced and lost; typed text; trade numbers; days; symbols read back."""

from collections.abc import Sequence
from datetime import date

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from cellchain.identity import gs1, scan
from cellchain.identity.gs1 import GS, Carrier, Elements, NotGs1, Reader, Reason, read
from cellchain.identity.scan import System
from cellchain.identity.schemes import Schemes
from cellchain.kernel.errors import InvariantBroken

TODAY = date(2026, 11, 22)
GTIN = "04006381333931"
PACK = f"01{GTIN}1727013110LOT-7{GS}21SN42"
TOLD = Reader(GS)
CHARACTERS = "!\"%&'*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


def reason_of(text: str, reader: Reader = gs1.UNKNOWN_READER, carrier: Carrier = Carrier.UNKNOWN) -> str | None:
    try:
        read(text, reader, carrier)
    except NotGs1 as fault:
        return fault.reason
    return None


def test_a_package_reads() -> None:
    item = read(PACK).trade_item(TODAY)
    assert item == gs1.TradeItem(GTIN, "LOT-7", "SN42", date(2027, 1, 31), None, None)
    made = read(f"01{GTIN}11260101152612001725120010A", TOLD).trade_item(TODAY)
    assert (made.made_on, made.best_before, made.expires_on) == (
        date(2026, 1, 1),
        date(2026, 12, 31),
        date(2025, 12, 31),
    )


@pytest.mark.parametrize("typed", ["|", "^]", "<GS>", "{GS}", "~", "␝", "#"])
def test_a_separator_is_what_the_reader_types_for_it(typed: str) -> None:
    if typed != "<GS>":
        assert read(PACK.replace(GS, typed), Reader(typed)) == read(PACK)
    assert reason_of(PACK.replace(GS, typed)) == Reason.SEPARATOR
    assert reason_of(PACK.replace(GS, typed), Reader("¦")) == Reason.SEPARATOR
    assert read(PACK, Reader(typed) if typed != "<GS>" else TOLD) == read(PACK)


@pytest.mark.parametrize("separator", ["A", "<GS>", "-", "0"])
def test_a_separator_that_a_value_could_hold_is_our_mistake(separator: str) -> None:
    with pytest.raises(InvariantBroken):
        Reader(separator)


@pytest.mark.parametrize("reader", [gs1.UNKNOWN_READER, Reader("")])
def test_a_lost_separator_is_never_guessed(reader: Reader) -> None:
    assert reason_of(PACK.replace(GS, ""), reader) == Reason.AMBIGUOUS
    assert reason_of(f"01{GTIN}10ABC17270131", reader) == Reason.AMBIGUOUS
    # What ends with the only value of varying length has one reading, separators or not.
    assert read(f"01{GTIN}1727013110LOT-7", reader).get("10") == "LOT-7"
    assert read(f"01{GTIN}17270131", reader).get("17") == "270131"
    # A lot of digits may hide an element; a reader that is known to send separators settles it.
    assert reason_of(f"01{GTIN}1727013110552112345", reader) == Reason.AMBIGUOUS
    assert read(f"01{GTIN}1727013110552112345", TOLD).get("10") == "552112345"


def test_a_value_is_never_cut_at_its_longest() -> None:
    assert reason_of(f"01{GTIN}10" + "A" * 20 + "17270131", TOLD) == Reason.BAD_FORM
    assert read(f"01{GTIN}10" + "A" * 20 + GS + "17270131").get("10") == "A" * 20


@pytest.mark.parametrize(
    ("typed", "pairs"),
    [
        (f"(01){GTIN}(17)270131(10)LOT-7", (("01", GTIN), ("17", "270131"), ("10", "LOT-7"))),
        (f"(01) {GTIN[:7]} {GTIN[7:]} (10) LOT-7", (("01", GTIN), ("10", "LOT-7"))),
        ("(01)4006381333931(10)A", (("01", GTIN), ("10", "A"))),
        ("(01)96385074", (("01", "00000096385074"),)),
        ("(10)A(01)4006381333931", (("10", "A"), ("01", GTIN))),
    ],
)
def test_what_stands_below_a_symbol_can_be_typed(typed: str, pairs: Sequence[tuple[str, str]]) -> None:
    assert read(typed).pairs == pairs


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.NOT_GS1),
        ("x" * 257, Reason.NOT_GS1),
        (GS, Reason.NOT_GS1),
        ("LOT-7", Reason.BAD_FORM),
        ("(01)4006381333932", Reason.BAD_GTIN),
        ("0104006381333932", Reason.BAD_GTIN),
        ("4006381333932", Reason.BAD_GTIN),
        ("(10)A(10)B", Reason.REPEATED),
        ("(17)271301", Reason.BAD_DATE),
        ("(17)270230", Reason.BAD_DATE),
        ("17270132", Reason.BAD_GTIN),
        ("(10)A)B", Reason.AMBIGUOUS),
        ("(10)A(B)C", Reason.AMBIGUOUS),
        ("(10)", Reason.NOT_GS1),
        ("()A", Reason.NOT_GS1),
        ("(05)A", Reason.BAD_FORM),
        ("(100)A", Reason.BAD_FORM),
        ("(01)40063813339", Reason.BAD_FORM),
        ("(01)\u0664006381333931", Reason.BAD_FORM),
        ("0140063813", Reason.BAD_FORM),
        (f"01{GTIN}10Ä", Reason.BAD_FORM),
        (f"01{GTIN}10A\x00", Reason.BAD_FORM),
        (f"01{GTIN}10A B", Reason.BAD_FORM),
    ],
)
def test_what_is_no_element_string_says_why(text: str, reason: str) -> None:
    assert reason_of(text) == reason
    with pytest.raises(NotGs1) as refusal:
        read(text)
    assert str(refusal.value) == str(gs1.SENTENCES[refusal.value.reason])


def test_digits_alone_are_a_trade_number_or_say_that_they_may_be_another_thing() -> None:
    for bare in ("4006381333931", "96385074", "036000291452", GTIN):
        assert read(bare).pairs == read(bare, carrier=Carrier.NUMBER).pairs == (("01", bare.rjust(14, "0")),)
    # The second symbol of a package may hold a lot of twelve digits: as long as a trade number, and by chance as valid.
    lot = next(f"10{n:012d}" for n in range(990000000000, 990000000010) if gs1.gtin_fits(f"10{n:012d}"))
    assert reason_of(lot) == Reason.AMBIGUOUS
    assert read(lot, TOLD, Carrier.ELEMENTS).get("10") == lot[2:]
    assert read(lot, TOLD, Carrier.NUMBER).get("01") == lot
    assert reason_of("LOT", carrier=Carrier.NUMBER) == Reason.BAD_FORM
    assert read("17270131").get("17") == "270131"
    assert reason_of("17270132", carrier=Carrier.ELEMENTS) == Reason.BAD_DATE


def test_the_same_twice_is_once() -> None:
    assert read(f"01{GTIN}01{GTIN}17270131").pairs == (("01", GTIN), ("17", "270131"))


def test_without_a_trade_number_there_is_no_trade_item() -> None:
    with pytest.raises(NotGs1) as refusal:
        read("(10)A").trade_item(TODAY)
    assert refusal.value.reason is Reason.NO_GTIN


@pytest.mark.parametrize(
    ("text", "today", "day"),
    [
        ("270200", TODAY, date(2027, 2, 28)),
        ("280200", TODAY, date(2028, 2, 29)),
        ("760101", TODAY, date(2076, 1, 1)),
        ("770101", TODAY, date(1977, 1, 1)),
        ("000229", TODAY, date(2000, 2, 29)),
        ("010101", date(2080, 1, 1), date(2101, 1, 1)),
        ("310101", date(2080, 1, 1), date(2031, 1, 1)),
    ],
)
def test_a_day_has_its_century_from_today(text: str, today: date, day: date) -> None:
    assert gs1.day_of(text, today) == day


def test_a_leap_day_that_never_is() -> None:
    with pytest.raises(NotGs1) as refusal:
        read(f"(01){GTIN}(17)270229").trade_item(TODAY)
    assert refusal.value.reason is Reason.BAD_DATE


values = st.text(CHARACTERS, min_size=1, max_size=20)
packs = st.builds(
    lambda day, lot, serial: [("01", GTIN), ("17", f"{day:%y%m%d}"), ("10", lot), ("21", serial)],
    st.dates(date(2000, 1, 1), date(2060, 12, 31)),
    values,
    values,
)


@given(packs, st.randoms())
def test_what_is_written_reads_back(pairs: list[tuple[str, str]], order) -> None:
    order.shuffle(pairs)
    made = gs1.element_string(pairs)
    assert read(made.text, TOLD, Carrier.ELEMENTS) == read(made.eye_readable) == made == Elements(tuple(pairs))
    # Whether or not the reader is known, what is read is what was written, or nothing.
    assert (reason_of(made.text), reason_of(made.text.replace(GS, ""))) != (None, None) or read(made.text) == made


@given(packs, st.sampled_from(["", GS]))
def test_a_lost_separator_gives_the_truth_or_nothing(pairs: list[tuple[str, str]], kept: str) -> None:
    made = gs1.element_string(pairs)
    try:
        found = read(made.text.replace(GS, kept), carrier=Carrier.ELEMENTS)
    except NotGs1:
        return
    assert found == made


@given(
    st.one_of(
        st.text(max_size=60),
        st.builds(str.__add__, st.just("01" + GTIN), st.text(CHARACTERS + GS + "()|^]", max_size=60)),
    )
)
def test_any_text_reads_or_names_its_fault(text: str) -> None:
    for reader in (gs1.UNKNOWN_READER, Reader(""), Reader("|")):
        for carrier in Carrier:
            assert reason_of(text, reader, carrier) in [None, *Reason]


@pytest.mark.parametrize(
    ("form", "options", "aim"),
    [
        (zxingcpp.BarcodeFormat.DataMatrix, {"force_square": True}, "]d2"),
        (zxingcpp.BarcodeFormat.DataMatrix, {}, "]d8"),
        (zxingcpp.BarcodeFormat.Code128, {}, "]C1"),
        (zxingcpp.BarcodeFormat.QRCode, {}, "]Q3"),
    ],
)
def test_a_symbol_reads_back(form: zxingcpp.BarcodeFormat, options: dict[str, bool], aim: str) -> None:
    made = read(PACK)
    image = zxingcpp.create_barcode(made.eye_readable, form, gs1=True, **options).to_image(scale=4)
    (found,) = zxingcpp.read_barcodes(image)
    assert found.symbology_identifier == aim
    scanned = scan.read(aim + found.bytes.decode("ascii") + "\r", Schemes(gs1=gs1.UNKNOWN_READER))
    assert (scanned.gs1, scanned.system) == (made, System.GS1)
