"""ISBT 128 messages: off unless licensed, whose numbers are accepted, pairs, compound messages whole or not at all."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.identity.isbt import OFF, Message, NotIsbt, Product, Reason, Scheme, Structure, read, symbol
from cellchain.identity.isbt import structures as s
from tests.identity import isbt_texts as texts

HOME = Scheme.licensed("Z5499", ["G1234"])
DEMO = Scheme.of_demonstration()
DIN = "=A99991712345600"


def reason_of(
    text: str, scheme: Scheme = DEMO, field: Sequence[type[Structure]] | None = None, **how: bool
) -> str | None:
    try:
        read(text, scheme, field, **how)
    except NotIsbt as fault:
        return fault.reason
    return None


def test_the_published_compound_message() -> None:
    message = read(texts.MANY, HOME)
    assert (len(message.structures), message.reference) == (5, "000")
    number, product = message.one(s.DonationNumber), message.one(s.ProductCode)
    code = message.one(s.SingleEuropeanCode)
    assert number is not None
    assert product is not None
    assert code is not None
    assert (number.din, code.donation, message.one(s.StaffNumber)) == ("Z549917123456", number.din, None)
    assert (product.description, product.collection_type, product.division) == ("T0416", "0", "03")


def test_a_compound_message_counts_or_says_nothing() -> None:
    assert reason_of(texts.MANY.replace("=%T300", ""), HOME) is Reason.WRONG_COUNT
    assert reason_of(texts.MANY.replace("=+05", "=+06"), HOME) is Reason.WRONG_COUNT
    assert reason_of("=+00000", DEMO) is Reason.WRONG_COUNT
    assert reason_of("=+02000" + DIN + "&zAB", DEMO) is Reason.NATIONAL_INSIDE
    assert reason_of("=+02000" + DIN + "={" + "0" * 18, DEMO) is Reason.RETIRED
    assert reason_of("=+01000=+01000" + DIN, DEMO) is Reason.WRONG_COUNT
    assert reason_of("=+02000" + DIN + "\x1d=,000012", DEMO) is Reason.NOT_ISBT
    assert reason_of("=+02000" + DIN + ",=,000012", DEMO) is Reason.NOT_ISBT
    assert reason_of("=+02000" + DIN + "=,000012", DEMO, concatenated=True) is Reason.NOT_A_PAIR


def test_a_concatenated_pair() -> None:
    message = read(DIN + "=,000012", DEMO, concatenated=True)
    assert (message.one(s.ProductDivision), message.reference) == (s.ProductDivision("000012"), None)
    assert read(DIN + "=,000012", DEMO) == message
    assert reason_of(DIN, concatenated=True) is Reason.NOT_A_PAIR
    assert reason_of(DIN + "=,000012=%T300") is Reason.NOT_A_PAIR
    assert reason_of(DIN + DIN) is Reason.REPEATED
    assert reason_of(DIN + "&zAB") is Reason.NATIONAL_INSIDE


def test_a_field_takes_its_kinds_only() -> None:
    assert reason_of("=%5100", field=[s.BloodGroup]) is None
    assert reason_of("=<S12954A0", field=[s.BloodGroup]) is Reason.WRONG_STRUCTURE
    assert reason_of("=;A99990000000000000042", field=[s.DonationNumber]) is Reason.WRONG_STRUCTURE
    assert reason_of(DIN + "=,000012", field=[s.DonationNumber]) is Reason.WRONG_STRUCTURE
    assert reason_of(DIN + "=,000012", field=[s.DonationNumber, s.ProductDivision]) is None
    assert reason_of(texts.MANY, HOME, field=[s.DonationNumber]) is None
    assert reason_of(texts.MANY, HOME, field=[s.StaffNumber]) is Reason.WRONG_STRUCTURE
    assert reason_of(DIN, field=[]) is Reason.WRONG_STRUCTURE


@given(st.text(max_size=40))
def test_switched_off_there_is_no_value(text: str) -> None:
    for one in (text, DIN, texts.MANY):
        assert reason_of(one, OFF) is Reason.OFF
    with pytest.raises(NotIsbt) as refusal:
        symbol(OFF, s.ProductDivision("000012"))
    assert refusal.value.reason is Reason.OFF


def test_whose_numbers_are_accepted() -> None:
    assert reason_of("=Z54991712345600", HOME) is None
    assert reason_of("=G12341765432170", HOME) is None
    assert reason_of("=W00001712345600", HOME) is Reason.UNKNOWN_FACILITY
    assert reason_of(DIN, HOME) is Reason.DEMONSTRATION_NUMBER
    assert reason_of("=Z54991712345600", DEMO) is Reason.REAL_NUMBER
    assert reason_of("&/CHZ549926000001", DEMO) is Reason.REAL_NUMBER
    assert reason_of("&,4PL001499W000017123456A00T041600320181231", HOME) is Reason.UNKNOWN_FACILITY
    assert reason_of("&,4PL001499ABCDEFGHIJKLME00T041600320181231", HOME) is None


@pytest.mark.parametrize(
    "issuing",
    [
        DIN,
        "=;A99990000000000000042",
        "='A9999000007",
        "=$A999926000120203",
        "&+A9999000001",
        "&/CHA999926000001",
    ],
)
def test_every_number_of_a_facility_is_held_against_the_scheme(issuing: str) -> None:
    assert reason_of(issuing, DEMO) is None
    assert reason_of(issuing, HOME) is Reason.DEMONSTRATION_NUMBER


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda: Scheme.licensed("O1234"), Reason.BAD_FACILITY),
        (lambda: Scheme.licensed("Z549"), Reason.BAD_FACILITY),
        (lambda: Scheme.licensed("A9999"), Reason.DEMONSTRATION_NUMBER),
        (lambda: Scheme.licensed("Z5499", ["A9997"]), Reason.DEMONSTRATION_NUMBER),
        (lambda: Scheme("Z5499", demonstration=True), Reason.REAL_NUMBER),
    ],
)
def test_a_scheme_that_does_not_fit_cannot_be_made(wrong, reason: Reason) -> None:
    with pytest.raises(NotIsbt) as refusal:
        wrong()
    assert refusal.value.reason is reason


def test_a_scheme_without_a_facility_of_its_own_is_off() -> None:
    scheme = Scheme(None, frozenset({"Z5499"}))
    assert not scheme.on
    assert reason_of("=Z54991712345600", scheme) is Reason.OFF


def test_a_division_of_ninety_nine_needs_its_symbol() -> None:
    alone = read("=<S1295V99", DEMO)
    with pytest.raises(NotIsbt) as refusal:
        _ = alone.product
    assert refusal.value.reason is Reason.DIVISION_NEEDED
    both = read("=<S1295V99=,00001A", DEMO).product
    assert both is not None
    assert both.division_text == "00001A"
    assert Product(s.ProductCode("S1295", "V", "Ab")).division_text == "Ab"
    assert read(DIN, DEMO).product is None


def test_two_of_a_kind_are_never_chosen_from() -> None:
    message = read("=+02000" + DIN + "=A99981812345600", DEMO)
    with pytest.raises(NotIsbt) as refusal:
        message.one(s.DonationNumber)
    assert refusal.value.reason is Reason.REPEATED


@given(st.lists(texts.values, min_size=1, max_size=12))
def test_a_message_that_is_written_reads_back_whole(values: list[Structure]) -> None:
    issuers = {one.issuer for one in values if one.issuer is not None}
    scheme = Scheme.licensed("Z5499", [one for one in issuers if one not in {"A9997", "A9998", "A9999"}])
    text = symbol(scheme, *values, compound=True)
    assert read(text, scheme) == Message(tuple(values), "000")
    for size in range(len(text)):
        assert reason_of(text[:size], scheme) is not None


@given(st.one_of(st.text(max_size=80), st.builds(str.__add__, st.just("=+02000" + DIN), st.text(max_size=30))))
def test_any_text_is_a_message_or_names_its_fault(text: str) -> None:
    assert reason_of(text) in [None, *Reason]


def test_what_is_not_issued() -> None:
    for wrong in [(), (s.National("z", "AB"),), (s.CompoundHeader("01"),), (s.ProductDivision("000012"),) * 2]:
        with pytest.raises(NotIsbt) as refusal:
            symbol(DEMO, *wrong)
        assert refusal.value.reason is Reason.NOT_ISSUED
    assert symbol(DEMO, s.DonationNumber("A9999", "17", "123456")) == DIN
    with pytest.raises(NotIsbt):
        symbol(DEMO, s.DonationNumber("G1234", "17", "654321"))
