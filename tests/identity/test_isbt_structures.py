"""ISBT 128 structures: published texts, round trip, truncation and extension, and no structure taken for another."""

import pickle
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_2

from cellchain.identity.isbt import NotIsbt, Reason, parse, write
from cellchain.identity.isbt import structures as s
from cellchain.identity.isbt.base import Structure
from cellchain.identity.isbt.faults import SENTENCES
from tests.identity import isbt_texts as texts

clock = datetime.fromisoformat


def reason_of(text: str) -> Reason | None:
    try:
        parse(text)
    except NotIsbt as fault:
        return fault.reason
    return None


EXAMPLES: dict[str, Structure] = {
    "=A99991712345600": s.DonationNumber("A9999", "17", "123456"),
    "=G12341765432170": s.DonationNumber("G1234", "17", "654321", "70"),
    "=G12349865432177": s.DonationNumber("G1234", "98", "654321", "77"),
    "=%T300": s.BloodGroup("T3", "0", "0"),
    "=<S12954A0": s.ProductCode("S1295", "4", "A0"),
    "=<T0416003": s.ProductCode("T0416", "0", "03"),
    "=>026326": s.ExpiryDay(date(2026, 11, 22)),
    "&>0183652359": s.ExpiryMoment(clock("2018-12-31 23:59")),
    "&>0263261830": s.ExpiryMoment(clock("2026-11-22 18:30")),
    "=*998060": s.CollectionDay(date(1998, 3, 1)),
    "&*0240600000": s.CollectionMoment(clock("2024-02-29")),
    "=}024366": s.ProductionDay(date(2024, 12, 31)),
    "&}0263261830": s.ProductionMoment(clock("2026-11-22 18:30")),
    "&)0000012AB7": s.ContainerLot("0000012AB7"),
    "=;A99990000000000000042": s.DonorNumber("A9999", "0000000000000042"),
    "='A9999000007": s.StaffNumber("A9999", "000007"),
    "=#0119770308": s.RecipientBirthDay("01", date(1977, 3, 8)),
    "&#0105ABC12": s.RecipientNumber("01", "05", "ABC12"),
    '&"012345678900000000': s.InfectionMarkers("0123456789"),
    "=$A999926000120203": s.Consignment("A9999", "26", "00012", "02", "03"),
    "=(0100202611221830": s.FlexibleMoment("0", "1", "00", clock("2026-11-22 18:30")),
    "=,000012": s.ProductDivision("000012"),
    "&+A9999000001": s.ProcessingFacility("A9999", "000001"),
    "&,1000000000000LOT123": s.ProductLot("000000000000LOT123"),
    "&,2000000000000SUP123": s.SupplementalNumber("000000000000SUP123"),
    "&,4PL001499Z549917123456A00T041600320181231": s.SingleEuropeanCode(
        "PL", "001499", "Z549917123456", "A", "00T0416", "003", date(2018, 12, 31)
    ),
    "&:0001000000000000106": s.RegistryDonorNumber("0001", "0000000000001", "06"),
    "&/CHA999926000001": s.ChainOfIdentityNumber("A9999", "26", "000001"),
    "&zanything/7": s.National("z", "anything/7"),
}


@pytest.mark.parametrize(("text", "value"), EXAMPLES.items())
def test_a_structure_reads_and_writes(text: str, value: Structure) -> None:
    assert parse(text) == value
    assert write(value) == value.text == text
    assert pickle.loads(pickle.dumps(value)) == value
    assert str(value.eye_readable)


def test_every_structure_has_an_example_and_a_strategy() -> None:
    assert {type(value) for value in EXAMPLES.values()} == {*s.STRUCTURES, s.National} - {s.CompoundHeader}
    assert set(texts.made) == set(s.STRUCTURES)
    assert len({kind.number for kind in s.STRUCTURES}) == len({kind.identifier for kind in s.STRUCTURES}) == 25


@given(st.one_of(list(texts.made.values())))
def test_what_is_written_reads_back(value: Structure) -> None:
    again = parse(write(value))
    assert (again, type(again), write(again)) == (value, type(value), value.text)
    assert value.check is None or value.check in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"


@given(texts.values, st.data())
def test_every_truncation_and_extension_is_refused(value: Structure, data: st.DataObject) -> None:
    text = value.text
    for size in range(len(text)):
        assert reason_of(text[:size]) is not None
    more = data.draw(st.text(st.characters(min_codepoint=1, max_codepoint=0x500), min_size=1, max_size=5))
    assert reason_of(text + more) is not None
    assert reason_of(more + text) is not None or more[0] in "=&"


@given(texts.values, texts.values)
def test_no_structure_is_taken_for_another(one: Structure, other: Structure) -> None:
    """One identifier fits a text and no more, whatever the content; and two structures in a row are never one."""
    fitting = [kind for kind in s.STRUCTURES if one.text.startswith(kind.identifier) and kind is not s.DonationNumber]
    assert fitting == ([] if type(one) is s.DonationNumber else [type(one)])
    assert s.kind_of(one.text) is type(one)
    assert reason_of(one.text + other.text) is not None
    assert s.parse_all(one.text + other.text) == (one, other)


@given(texts.made[s.RegistryDonorNumber])
def test_the_checksum_of_a_registry_donor_equals_an_independent_one(value: Structure) -> None:
    digit = mod_37_2.calc_check_digit(value.content[:17])
    assert int(value.content[17:]) == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*".index(digit)


def test_a_consignment_typed_on_the_russian_layout_is_no_donor() -> None:
    """There the keys of `=$` type `=;`, and only the length tells the two apart."""
    assert reason_of("=;123452600012" + "0203") is Reason.WRONG_LENGTH


@given(
    st.one_of(st.text(max_size=60), st.builds(str.__add__, st.sampled_from(["=", "&", "&,4", "&#", "=+"]), st.text()))
)
def test_any_text_is_a_structure_or_names_its_fault(text: str) -> None:
    reason = reason_of(text)
    assert str(SENTENCES[reason]) if reason else parse(text).text == text


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.NOT_ISBT),
        ("A99991712345600", Reason.NOT_ISBT),
        ("=", Reason.UNKNOWN_STRUCTURE),
        ("=z99991712345600", Reason.UNKNOWN_STRUCTURE),
        ("=O99991712345600", Reason.UNKNOWN_STRUCTURE),
        ("=099991712345600", Reason.UNKNOWN_STRUCTURE),
        ("&(00000", Reason.UNKNOWN_STRUCTURE),
        ("&,5" + "0" * 18, Reason.UNKNOWN_STRUCTURE),
        ("&,", Reason.UNKNOWN_STRUCTURE),
        ("={" + "0" * 18, Reason.RETIRED),
        ("=[" + "0" * 18, Reason.RETIRED),
        ('="' + "0" * 18, Reason.RETIRED),
        ("&,3" + "0" * 18, Reason.RETIRED),
        ("=A9999171234560", Reason.WRONG_LENGTH),
        ("=A999917123456000", Reason.WRONG_LENGTH),
        ("=A9999171234O600", Reason.BAD_FORM),
        ("=A9999171234\u06665600"[:16], Reason.BAD_FORM),
        ("=G12341765432171", Reason.BAD_CHECK),
        ("=A99991712345697", Reason.BAD_FORM),
        ("=<S12954aA", Reason.BAD_FORM),
        ("=>026000", Reason.BAD_DATE),
        ("=>026366", Reason.BAD_DATE),
        ("=>024367", Reason.BAD_DATE),
        ("&>0263262400", Reason.BAD_DATE),
        ("&>0263261860", Reason.BAD_DATE),
        ("=#0120260230", Reason.BAD_DATE),
        ("=(0100202602301830", Reason.BAD_DATE),
        ("&,4PL001499Z549917123456A00T041600320181331", Reason.BAD_DATE),
        ("&#", Reason.WRONG_LENGTH),
        ("&#01xxABC", Reason.BAD_FORM),
        ("&#0100", Reason.BAD_FORM),
        ("&#0105AB-12", Reason.BAD_FORM),
        ("&#0105AB 12", Reason.BAD_FORM),
        ('&"012345678900000001', Reason.BAD_FORM),
        ("=$A999926000120403", Reason.BAD_FORM),
        ("=$A999926000120003", Reason.BAD_FORM),
        ("&/XXA999926000001", Reason.BAD_FORM),
        ("&:0001000000000000037", Reason.BAD_CHECK),
        ("&z", Reason.WRONG_LENGTH),
    ],
)
def test_what_is_no_structure_says_why(text: str, reason: Reason) -> None:
    with pytest.raises(NotIsbt) as refusal:
        parse(text)
    assert refusal.value.reason is reason
    assert str(refusal.value) == str(refusal.value.text) == str(SENTENCES[reason])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: s.DonationNumber("A999", "917", "123456"),
        lambda: s.DonationNumber("A9999", "17", "123456", "77"),
        lambda: s.ProductCode("S1295", "4", "a0"),
        lambda: s.ContainerLot.of("12345678901"),
        lambda: s.ExpiryDay(date(1899, 12, 31)),
        lambda: s.ExpiryMoment(clock("2026-11-22 18:30:01")),
        lambda: s.ExpiryMoment(clock("2026-11-22 18:30Z")),
        lambda: s.RecipientNumber("01", "06", "ABC12"),
        lambda: s.RecipientNumber.of("01", ""),
        lambda: s.RegistryDonorNumber.of("000a", "0000000000001"),
        lambda: s.RegistryDonorNumber.of("00001", "000000000000"),
        lambda: s.ChainOfIdentityNumber("A9999", "26", "000001", "CX"),
    ],
)
def test_a_value_that_no_symbol_could_carry_cannot_be_made(wrong) -> None:
    with pytest.raises(NotIsbt):
        wrong()


@pytest.mark.parametrize(
    ("flags", "kind"),
    [("00", "none"), ("01", "container"), ("04", "container"), ("05", "second_label"), ("06", "pilot_tube"),
     ("07", "test_tube"), ("08", "donor_record"), ("09", "nucleic_acid_sample"), ("10", "bacterial_sample"),
     ("11", "unassigned"), ("12", "partial_label"), ("13", "attached_label"), ("15", "container"),
     ("19", "container"), ("20", "local"), ("59", "local")],
)  # fmt: skip
def test_what_flags_say(flags: str, kind: str) -> None:
    number = s.DonationNumber("A9999", "17", "123456", flags)
    assert (number.flag_kind, number.is_second_label, number.din) == (kind, flags == "05", "A999917123456")


def test_what_is_printed_for_eyes() -> None:
    plain, checked = parse("=A99991712345600"), parse("=G12341765432170")
    assert (plain.eye_readable, plain.check) == ("A9999 17 123456", "9")
    assert (checked.eye_readable, checked.check) == ("G1234 17 654321", "A")
    assert parse("=A99991712345605").eye_readable == "A9999 17 123456 05"
    assert (EXAMPLES["&/CHA999926000001"].eye_readable, EXAMPLES["&/CHA999926000001"].check) == (
        "CH A9999 26 000001",
        "*",
    )
    assert EXAMPLES["&>0263261830"].eye_readable == "2026-11-22 18:30"
    assert (
        EXAMPLES["&,4PL001499Z549917123456A00T041600320181231"].eye_readable
        == "SEC: PL001499Z549917123456 A00T041600320181231"
    )
    assert EXAMPLES["&#0105ABC12"].check is EXAMPLES["=<S12954A0"].check is None
    assert s.RegistryDonorNumber.of("0001", "0000000000001").eye_readable.replace(" ", "")[:17] == "00010000000000001"


def test_a_clock_has_a_zone_only_where_someone_says_so() -> None:
    expiry = s.ExpiryMoment(clock("2026-11-22 18:30"))
    assert expiry.at.tzinfo is None
    assert expiry.utc(ZoneInfo("Europe/Moscow")) == clock("2026-11-22 15:30").replace(tzinfo=UTC)
    assert s.ExpiryMoment.end_of(date(2026, 11, 22)).text == "&>0263262359"


def test_what_a_product_code_says() -> None:
    divided, whole = s.ProductCode("S1295", "4", "Ab"), s.ProductCode("D0001", "R", "00")
    assert (divided.family, divided.is_undivided, divided.needs_division, divided.is_research) == (
        "S",
        False,
        False,
        False,
    )
    assert (whole.family, whole.is_undivided, whole.is_research) == ("D", True, True)
    assert s.ProductCode("S1295", "V", "99").needs_division
    assert s.BloodGroup("Mb", "0", "0").is_biohazard
    assert s.BloodGroup("Ma", "0", "0").is_autologous
    assert s.ContainerLot.of("12AB7").lot == "12AB7"


def test_the_product_part_of_a_single_european_code() -> None:
    code = s.SingleEuropeanCode("PL", "001499", "Z549916123456", "A", "00S1416", "0Ab", date(2016, 12, 31))
    assert code.content[21:] == "A00S14160Ab20161231"
    assert (code.issuer, len(code.content)) == ("Z5499", 40)
