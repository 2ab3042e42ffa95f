"""A number of ISBT 128 stands for one thing of ours, and is found in every form in which it is scanned or typed."""

import pytest

from cellchain.identity import isbt
from cellchain.kernel.errors import NotFound, Refused
from cellchain.labels.licensed import commands
from cellchain.labels.licensed.rules import Named, numbers
from cellchain.labels.scans import Asked, Placed, meaning, place
from tests.labels.licensed.site import (
    BAG,
    DIN,
    DONATION,
    DONOR,
    LOT,
    OTHER_DONATION,
    RECIPIENT,
    SECRET,
    TUBE,
    Site,
)  # fmt: skip
from tests.trial.story import forbids, refuses

DONOR_NUMBER = "=;G12340000000000000042"
THERAPY = "&/CHG123426000001"
PRODUCT = "=<S1295400"
COMPOUND = f"=+03000{DIN}{PRODUCT}&>0263261830"
DIVIDED = f"=+03000{DIN}=<S1295499=,000012"


@pytest.mark.parametrize(
    ("symbol", "thing", "shown"),
    [
        (DIN, DONATION, "G1234 17 654321 A"),
        ("=G12341765432170", DONATION, "G1234 17 654321 A"),
        ("]d1=G12341765432105\r", DONATION, "G1234 17 654321 A"),
        ("G1234 17 654321 A", DONATION, "G1234 17 654321 A"),
        (COMPOUND, TUBE, "G1234 17 654321 A S1295400"),
        (f"]C4{DIN}{PRODUCT}", BAG, "G1234 17 654321 A S1295400"),
        (DIVIDED, TUBE, "G1234 17 654321 A S1295499 000012"),
        (DONOR_NUMBER, DONOR, "G1234 0000000000000042 " + isbt.check_character("G12340000000000000042")),
        (THERAPY, RECIPIENT, "CH G1234 26 000001 " + isbt.check_character("CHG123426000001")),
    ],
)
def test_a_number_is_bound_and_found(site: Site, symbol: str, thing: str, shown: str) -> None:
    site.on()
    assert site.bind(symbol, thing) == {"thing": thing, "shown": shown}
    entry = site.house.entries()[-1]
    assert (entry.event, entry.subject) == ("labels:isbt:number_bound", thing)
    if symbol[:1] in "=&]":
        assert site.found(symbol) == thing


def test_flags_are_no_part_of_the_number(site: Site) -> None:
    """A repeated label, a test tube's, one with its check inside: each is of the same donation."""
    site.on()
    site.bind()
    for flags in ("00", "01", "05", "07", "12", "20", "70"):
        assert site.found(f"=G123417654321{flags}") == DONATION
    assert site.found("=G12341765432171") == "isbt.bad_check"
    assert site.found("=G12341765432197") == "isbt.bad_form"


def test_a_compound_message_names_the_most_exact_thing(site: Site) -> None:
    site.on()
    site.bind()
    assert site.found(COMPOUND) == DONATION
    site.bind(COMPOUND, TUBE)
    assert (site.found(COMPOUND), site.found(DIN)) == (TUBE, DONATION)
    # The division tells siblings apart, and a product code that asks for it says nothing without.
    site.bind(DIVIDED, BAG)
    assert site.found(DIVIDED) == BAG
    assert site.found(f"=+02000{DIN}=<S1295499") == "isbt.division_needed"


@pytest.mark.parametrize(
    ("symbol", "code"),
    [
        (COMPOUND.replace("=+03", "=+04"), "isbt.wrong_count"),
        (COMPOUND.replace("=+03", "=+02"), "isbt.wrong_count"),
        (f"=+02000{DIN}&a123", "isbt.national_inside"),
        (COMPOUND[:-1], "isbt.wrong_length"),
        ("=+05000" + "=Z54991712345600=%T300=<T0416003&>0183652359&,4PL001499Z549917123456A00T041600320181231",
         "isbt.unknown_facility"),
        ("&#0105ABC12", "isbt.names_nothing"),
        (PRODUCT, "isbt.names_nothing"),
        ("=Z54991712345600", "isbt.unknown_facility"),
        (f"=+02000{DIN}=G12341765432200", "isbt.repeated"),
    ],
)  # fmt: skip
def test_a_message_is_taken_whole_or_not_at_all(site: Site, symbol: str, code: str) -> None:
    site.on()
    site.bind()
    assert site.found(symbol) == code


def test_while_it_is_off_nothing_is_bound(site: Site) -> None:
    with refuses("isbt.off"):
        site.bind()


@pytest.mark.parametrize(
    ("number", "thing"),
    [(DIN, DONOR), (DIN, TUBE), (COMPOUND, DONATION), (DONOR_NUMBER, DONATION), (THERAPY, BAG), (THERAPY, DONOR)],
)
def test_a_number_stands_for_what_the_standard_says(site: Site, number: str, thing: str) -> None:
    site.on()
    with refuses("isbt.wrong_thing"):
        site.bind(number, thing)


def test_one_number_one_thing(site: Site) -> None:
    site.on()
    site.bind()
    with refuses("isbt.number_taken"):
        site.bind(DIN, OTHER_DONATION)
    with refuses("isbt.number_taken"):
        site.bind(DIN, DONATION)
    with refuses("isbt.thing_has_number"):
        site.bind("=G12341765432200", DONATION)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("G1234 17 654321 B", "isbt.bad_check"),
        ("G1234 17 654321", "isbt.not_isbt"),
        (DONATION, "isbt.not_isbt"),
        ("&#0105ABC12", "isbt.names_nothing"),
    ],
)
def test_what_is_no_number_is_refused(site: Site, number: str, code: str) -> None:
    site.on()
    with refuses(code):
        site.bind(number)


def test_nobody_binds_what_they_may_not_know(site: Site) -> None:
    site.on()
    with pytest.raises(NotFound) as refusal:
        site.bind(DIN, SECRET)
    assert refusal.value.code == "code.unknown"


def test_not_for_others(site: Site) -> None:
    site.on()
    with forbids():
        site.do(commands.bind_number, by=site.administrator, number=DIN, thing=DONATION)


def test_a_scan_fills_the_form_and_finds_the_thing(site: Site) -> None:
    site.on()
    with site.house.read() as tx:
        meant = meaning(tx, DIN, site.technician)
        placed = place(tx, f"]d1{DIN}", Asked.of({"wanted": "DO isbt:number"}), site.technician)
    assert (meant.found, meant.problem) == (None, "isbt.number_unknown")
    assert [offer.href for offer in meant.offers] == ["/do/labels/bind_number?number=%3DG12341765432100"]
    assert placed == Placed(placed.kind, parts=(("isbt:number", DIN),))
    site.bind()
    with site.house.read() as tx:
        assert meaning(tx, DIN, site.technician).found is not None
        assert place(tx, DIN, Asked.of({"wanted": "DO"}), site.technician).code == DONATION
        with pytest.raises(Refused) as refusal:
            place(tx, DIN, Asked.of({"wanted": "EQ"}), site.technician)
    assert str(refusal.value.text) == "This is a donation. Scan a piece of equipment."
    assert LOT


def test_numbers_of_a_message_most_exact_first() -> None:
    message = isbt.read(COMPOUND, isbt.Scheme.licensed("G1234"))
    assert [one.names for one in numbers(message)] == [Named.CONTAINER, Named.DONATION]
