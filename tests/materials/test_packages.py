"""A supplier's symbol finds the lot, fills the form that receives one, and never guesses between two."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cellchain import composition
from cellchain.identity import gs1
from cellchain.identity.gs1 import GS
from cellchain.kernel.errors import CellchainError, Refused
from cellchain.labels.scans import Asked, Placed, meaning, place
from cellchain.materials import packages, rules
from cellchain.materials.commands.lots import ReceiveLot
from tests.factories import START, House
from tests.materials.story import MaterialStory
from tests.materials.test_rules import LOT

GTIN = "09520000000011"
OTHER = "09520000000028"
NAME = "Heparin 5000 IU/mL"
ENDS = date(2026, 6, 10)  # a hundred days after the clock of these tests
SYMBOL = f"]d201{GTIN}1726061010X-1"
WANTED = "gs1:material gs1:lot gs1:serial gs1:expiry"


@pytest.fixture
def story(house: House) -> MaterialStory:
    """A house that reads suppliers' symbols, as the product is put together."""
    house.database.house = replace(
        house.database.house,
        describers=composition.DESCRIBERS,
        schemes=composition.schemes,
        finders=composition.FINDERS,
        lists=composition.LISTS,
    )
    return MaterialStory(house)


def found(story: MaterialStory, symbol: str) -> str:
    """The lot that a symbol stands for, or the code of the refusal."""
    with story.house.read() as tx:
        try:
            return str(tx.house.thing_of(tx, symbol))
        except CellchainError as refusal:
            return refusal.code


def placed(story: MaterialStory, symbol: str, **given: str) -> Placed:
    with story.house.read() as tx:
        return place(tx, symbol, Asked.of({"wanted": WANTED, **given}), story.technician)


def refused(story: MaterialStory, symbol: str, **given: str) -> str:
    with pytest.raises(CellchainError) as refusal:
        placed(story, symbol, **given)
    return refusal.value.code


# ---- which receipt a package came with -------------------------------------------------------------------------------

ITEM = gs1.TradeItem(GTIN, "X-1", None, LOT.expires_on, None, None)
SERIAL = replace(LOT, code="ML012600008822", serial="S1")


@pytest.mark.parametrize(
    ("changes", "receipts", "code"),
    [
        ({}, [], "material.lot_not_received"),
        ({}, [LOT, replace(LOT, code="ML2")], "material.several_receipts"),
        ({"expires_on": date(2026, 3, 3)}, [LOT], "material.expiry_disagrees"),
        ({"expires_on": None, "best_before": date(2026, 3, 3)}, [LOT], "material.expiry_disagrees"),
        ({"serial": "S2"}, [SERIAL], "material.lot_not_received"),
        ({"serial": "S2"}, [LOT, replace(LOT, code="ML2"), SERIAL], "material.several_receipts"),
        ({}, [SERIAL, replace(SERIAL, serial="S2")], "material.several_receipts"),
    ],
)
def test_a_package_that_finds_no_receipt(changes: dict[str, Any], receipts: list[rules.LotFacts], code: str) -> None:
    with pytest.raises(CellchainError) as refusal:
        rules.receipt_of(replace(ITEM, **changes), NAME, receipts)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("changes", "receipts", "lot"),
    [
        ({}, [LOT], LOT),
        ({"expires_on": None}, [LOT], LOT),
        ({"serial": "S2"}, [LOT], LOT),  # the receipt covers every package of the lot
        ({"serial": "S1"}, [LOT, SERIAL], SERIAL),
        ({"serial": "S2"}, [LOT, SERIAL], LOT),
        ({}, [SERIAL], SERIAL),
    ],
)
def test_the_receipt_of_a_package(changes: dict[str, Any], receipts: list[rules.LotFacts], lot: rules.LotFacts) -> None:
    assert rules.receipt_of(replace(ITEM, **changes), NAME, receipts) == lot


# ---- a scan finds the lot --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "symbol",
    [
        SYMBOL,
        f"{SYMBOL}\r",
        f"]C101{GTIN}10X-1{GS}17260610",
        f"]Q3{GS}01{GTIN}10X-1{GS}17260610",
        f"]d2\xe801{GTIN}10X-1{GS}172606102112345",
        f"{GS}01{GTIN}1726061010X-1",
        f"01{GTIN}10X-1{GS}17260610",
        f"(01){GTIN}(10)X-1(17)260610",
        f"(01) {GTIN[1:]} (17) 260610 (10) X-1",
        f"]d201{GTIN}10X-1",
        f"]d201{GTIN}1526061010X-1",
    ],
)
def test_every_form_of_the_symbol_finds_the_lot(story: MaterialStory, symbol: str) -> None:
    lot = story.lot(story.material(gtin=GTIN[1:]))
    story.lot(story.material("Trypsin", "enzyme", gtin=OTHER))
    assert found(story, symbol) == lot


@pytest.mark.parametrize(
    ("symbol", "code"),
    [
        (f"]d201{OTHER}1726061010X-1", "material.gtin_unknown"),
        (f"]d201{GTIN}1726061010X-2", "material.lot_not_received"),
        (f"]d201{GTIN}1726061110X-1", "material.expiry_disagrees"),
        (f"]d201{GTIN}17260610", "material.lot_not_in_symbol"),
        (f"]E0{GTIN[1:]}", "material.lot_not_in_symbol"),
        ("]d21726061010X-1", "gs1.no_gtin"),
        (f"]d201{GTIN}1726023010X-1", "gs1.bad_date"),
        (f"]d201{GTIN[:-1]}21726061010X-1", "gs1.bad_gtin"),
        (f"]d201{GTIN}10X-117260610", "gs1.ambiguous"),
        (f"]d201{GTIN}10X-1|17260610", "gs1.separator"),
    ],
)
def test_a_symbol_that_finds_none_is_refused_by_name(story: MaterialStory, symbol: str, code: str) -> None:
    story.lot(story.material(gtin=GTIN))
    assert found(story, symbol) == code
    with story.house.read() as tx:
        meant = meaning(tx, symbol, story.technician)
    assert (meant.found, meant.problem, meant.system) == (None, code, "gs1")
    assert str(meant.said)


def test_a_lot_that_was_received_twice_is_told_by_our_label(story: MaterialStory) -> None:
    material = story.material(gtin=GTIN)
    lots = [story.lot(material), story.lot(material)]
    assert found(story, SYMBOL) == "material.several_receipts"
    assert [found(story, lot) for lot in lots] == lots


def test_serial_numbers_tell_packages_of_one_lot_apart(story: MaterialStory) -> None:
    material = story.material(gtin=GTIN)
    lots = {serial: story.lot(material, serial=serial) for serial in ("S1", "S2")}
    assert {serial: found(story, f"{SYMBOL}{GS}21{serial}") for serial in lots} == lots
    assert found(story, f"{SYMBOL}{GS}21S3") == "material.lot_not_received"
    with pytest.raises(Refused) as refusal:
        story.lot(material, serial="S1")
    assert refusal.value.code == "material.package_received"
    assert lots["S1"] in str(refusal.value.text)


def test_what_can_be_done_about_an_unknown_package(story: MaterialStory) -> None:
    def offers(symbol: str, by: Any = None) -> list[str]:
        with story.house.read() as tx:
            return [one.href for one in meaning(tx, symbol, by or story.technician).offers]

    assert offers(SYMBOL) == [f"/do/materials/register_material?gtin={GTIN}"]
    number = story.material(gtin=GTIN)
    assert offers(f"{SYMBOL}{GS}21S 1".replace(" ", "%")) == [
        f"/do/materials/receive_lot?material={number}&supplier_lot=X-1&serial=S%251&expires_on=2026-06-10"
    ]
    assert offers(SYMBOL, story.house.actor("nurse")) == []
    story.lot(number)
    assert offers(SYMBOL) == []


# ---- a scan fills the form -------------------------------------------------------------------------------------------


def test_one_scan_fills_a_receipt(story: MaterialStory) -> None:
    number = story.material(gtin=GTIN)
    said = placed(story, f"{SYMBOL}{GS}2142").parts
    assert dict(said) == {
        "gs1:material": str(number),
        "gs1:lot": "X-1",
        "gs1:serial": "42",
        "gs1:expiry": ENDS.isoformat(),
    }
    order = ReceiveLot.model_validate(
        {
            "material": int(dict(said)["gs1:material"]),
            "supplier_lot": "X-1",
            "serial": "42",
            "expires_on": dict(said)["gs1:expiry"],
            "supplier": "Example Supply",
            "certificate": "C-1",
        }
    )
    assert order.expires_on == story.today(100) == ENDS
    assert START.date() < ENDS


def test_a_symbol_says_what_it_has_and_no_more(story: MaterialStory) -> None:
    number = story.material(gtin=GTIN)
    assert placed(story, f"]E0{GTIN[1:]}").parts == (("gs1:material", str(number)),)
    assert placed(story, f"]d201{GTIN}1526063010X-1", wanted="gs1:expiry").parts == (("gs1:expiry", "2026-06-30"),)
    assert placed(story, SYMBOL, wanted="gs1:gtin").parts == (("gs1:gtin", GTIN),)


def test_a_receipt_is_of_something_registered(story: MaterialStory) -> None:
    assert refused(story, SYMBOL) == "material.gtin_unknown"
    assert placed(story, SYMBOL, wanted="gs1:gtin").parts == (("gs1:gtin", GTIN),)


def test_what_is_printed_below_the_symbol_is_typed_with_its_brackets(story: MaterialStory) -> None:
    number = story.material(gtin=GTIN)
    with story.house.read() as tx:
        asked = Asked.of({"wanted": "gs1:material gs1:lot gs1:expiry"})
        typed = place(tx, f"(01) {GTIN} (17) 260610 (10) X-1", asked, story.technician, by_hand=True)
        wrong = f"(01) {GTIN[:-1]}2 (10) X-1"
        with pytest.raises(Refused) as refusal:
            place(tx, wrong, asked, story.technician, by_hand=True)
    assert dict(typed.parts) == {"gs1:material": str(number), "gs1:lot": "X-1", "gs1:expiry": "2026-06-10"}
    assert refusal.value.code == "gs1.bad_gtin"


def test_halves_of_two_packages_make_no_receipt(story: MaterialStory) -> None:
    number = story.material(gtin=GTIN)
    story.material("Trypsin", "enzyme", gtin=OTHER)
    held = {"filled": "gs1:material", "held": f"gs1:material={number}", "wanted": "gs1:lot gs1:expiry"}
    assert dict(placed(story, SYMBOL, **held).parts) == {"gs1:lot": "X-1", "gs1:expiry": "2026-06-10"}
    assert refused(story, f"]d201{OTHER}10X-9", **held) == "scan.field_filled"


def test_a_field_that_names_kinds_says_which_one_it_wanted(story: MaterialStory) -> None:
    lot = story.lot(story.material(gtin=GTIN))
    assert placed(story, SYMBOL, wanted="ML").code == lot
    with pytest.raises(Refused) as refusal:
        placed(story, SYMBOL, wanted="EQ")
    assert (refusal.value.code, str(refusal.value.text)) == (
        "scan.wrong_kind",
        "This is a material lot. Scan a piece of equipment.",
    )


# ---- the reader of a station -----------------------------------------------------------------------------------------


def test_a_station_whose_reader_sends_separators_reads_lots_that_look_like_more(story: MaterialStory) -> None:
    """A lot such as `A2110` could be lot A with serial 10 if a separator was lost: only the test card knows better."""
    from cellchain.accounts import commands as accounts
    from cellchain.labels.scanning import commands as scanning

    symbol = f"]d201{GTIN}1726061010A2110"
    lot = story.lot(story.material(gtin=GTIN), supplier_lot="A2110")

    def read() -> str | None:
        with story.house.read() as tx:
            meant = meaning(tx, symbol, story.technician)
        return meant.problem if meant.found is None else meant.found.code

    assert read() == "gs1.ambiguous"
    station = str(story.technician.device)
    administrator = story.house.actor("administrator")
    story.house.do(accounts.enrol_station, by=administrator, station=station, kind="bench", token_hash="0" * 64)
    story.house.do(scanning.configure_scanner, by=story.technician, station=station, sends_separators=True)
    assert read() == lot


def test_the_list_to_choose_from_has_names(story: MaterialStory) -> None:
    number = story.material(gtin=GTIN)
    with story.house.read() as tx:
        assert tx.house.lists[packages.CATALOGUE](tx) == [(str(number), NAME)]
