"""The hospital's own wristband: bound by two people, then it identifies as ours does, and nothing else of it does."""

from collections.abc import Iterator

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from cellchain.bedside.models import Check
from cellchain.bedside.rules import CheckPhase
from cellchain.bedside.wristbands import commands, rules
from cellchain.bedside.wristbands.models import HospitalBand
from cellchain.identity import gs1
from cellchain.kernel.errors import Forbidden, Refused
from cellchain.labels.models import RawScan
from cellchain.main import create_app
from cellchain.trial.definition import HospitalWristband
from tests.bedside.browser import OURS, Front
from tests.bedside.test_capture import hidden, post
from tests.bedside.world import World, codes
from tests.trial.story import refuses


def checked(body: str) -> str:
    """Seventeen digits with their check digit: weights 3 and 1 in turn, from the left."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"


GSRN, OTHER = f"8018{checked('95200000000000001')}", f"8018{checked('95200000000000002')}"


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)


def bind(
    world: World, band: str, hospital: str = GSRN, who: str = "nurse1", witness: str = "nurse2"
) -> dict[str, object]:
    return world.do(
        who, commands.bind_hospital_wristband, wristband=band, hospital=hospital, witness=world.badge(witness)
    )


# -- what a symbol says ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("framed", ["]C1", "]d2", "]Q3", "]e0"])
def test_a_service_relation_number_is_the_same_from_every_symbol(framed: str) -> None:
    assert rules.symbol_of(f"{framed}{GSRN}\r") == rules.HospitalSymbol(GSRN, is_gsrn=True)
    assert rules.symbol_of(f"]C1{GSRN}{gs1.GS}80190000000007") == rules.HospitalSymbol(GSRN, is_gsrn=True)


@pytest.mark.parametrize(
    "raw",
    [
        f"]C1{GSRN[:-1]}{(int(GSRN[-1]) + 1) % 10}",  # a check digit that does not fit
        f"]C1{GSRN[:-1]}",  # a digit lost
        "]C10109520000000042",  # a supplier's package
        "RC0126000001",
        "WB012600000199",  # ours with a wrong check digit
        "bed",
        "",
        "\x00" * 8,
    ],
)
def test_what_is_no_wristband_of_a_hospital(raw: str) -> None:
    assert rules.symbol_of(raw) is None


def test_what_a_study_takes() -> None:
    number, other = rules.HospitalSymbol(GSRN, is_gsrn=True), rules.HospitalSymbol("H-204417", is_gsrn=False)
    assert [number.counts_under(setting) for setting in HospitalWristband] == [False, True, True]
    assert [other.counts_under(setting) for setting in HospitalWristband] == [False, False, True]
    with pytest.raises(Refused) as off:
        rules.may_bind(number, HospitalWristband.NONE, is_typed=False)
    assert off.value.code == "hospital_band.off"


# -- binding -----------------------------------------------------------------------------------------------------------


def test_bound_by_two_it_counts_like_ours(world: World) -> None:
    bag, symbol, recipient, band = world.ready()
    assert codes(world.check("nurse1", f"]C1{GSRN}", symbol)) == ["check.wristband_unbound"]
    before = world.size()
    assert bind(world, band, f"]C1{GSRN}") == {"recipient": recipient, "replaced": False}
    [entry] = world.since(before)
    assert (entry.event, entry.subject) == ("bedside:hospital_band:bound", recipient)
    assert GSRN[4:] not in entry.body
    first = world.check("nurse1", f"]d2{GSRN}\r", symbol)
    assert (first["verdict"], first["recipient"]) == ("MATCH", recipient)
    # The other person scans ours: both bands stand for one recipient.
    assert world.check("nurse2", band, symbol)["may_start"] is True
    assert world.start("nurse1", f"]C1{GSRN}", symbol)["bag"] == bag


def test_it_stops_the_wrong_bag_as_ours_does(world: World) -> None:
    _, _, _, band = world.ready(0)
    bind(world, band, f"]C1{GSRN}")
    assert "check.wrong_recipient" in codes(world.check("nurse1", f"]C1{GSRN}", world.ready(1)[1]))
    assert codes(world.check("nurse1", f"]C1{GSRN}", world.ready(0)[1], capture="typed")) == ["check.typed"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"witness": "nurse1"}, "hospital_band.same_person"),
        ({"witness": "technician1"}, "hospital_band.unknown_witness"),
        ({"hospital": "H-204417"}, "hospital_band.no_gsrn"),
        ({"hospital": "???"}, "hospital_band.unreadable"),
    ],
)
def test_what_is_not_bound(world: World, fields: dict[str, str], code: str) -> None:
    with refuses(code):
        bind(world, world.ready()[3], **{"hospital": f"]C1{GSRN}", **fields})


def test_typed_binds_nothing(world: World) -> None:
    with refuses("hospital_band.typed"):
        world.do(
            "nurse1",
            commands.bind_hospital_wristband,
            wristband=world.ready()[3],
            hospital=f"]C1{GSRN}",
            witness=world.badge("nurse2"),
            capture="typed",
        )


def test_one_band_one_recipient(world: World) -> None:
    first, second = world.ready(0)[3], world.ready(1)[3]
    bind(world, first, f"]C1{GSRN}")
    with refuses("hospital_band.of_another"):
        bind(world, second, f"]C1{GSRN}")
    with refuses("hospital_band.bound_already"):
        bind(world, first, f"]C1{GSRN}")
    with refuses("hospital_band.not_ours"):
        bind(world, f"]C1{GSRN}", f"]C1{OTHER}")
    with refuses("hospital_band.not_read"):
        bind(world, world.ready(0)[2], f"]C1{OTHER}")
    with pytest.raises(Forbidden):
        bind(world, second, f"]C1{OTHER}", who="technician1")


def test_a_new_one_makes_the_old_one_void_with_its_checks(world: World) -> None:
    _, symbol, _, band = world.ready()
    bind(world, band, f"]C1{GSRN}")
    check = world.check("nurse1", f"]C1{GSRN}", symbol)["check"]
    assert bind(world, band, f"]C1{OTHER}")["replaced"] is True
    assert world.row(Check, check).phase == CheckPhase.VOID
    assert codes(world.check("nurse1", f"]C1{GSRN}", symbol)) == ["check.wristband_void"]
    assert world.check("nurse1", f"]C1{OTHER}", symbol)["verdict"] == "MATCH"


def test_released_it_stands_for_nobody_and_may_be_bound_again(world: World) -> None:
    _, symbol, _, band = world.ready()
    release = {"wristband": band, "witness": world.badge("nurse2")}
    with refuses("hospital_band.none"):
        world.do("nurse1", commands.release_hospital_wristband, **release)
    bind(world, band, f"]C1{GSRN}")
    world.do("nurse1", commands.release_hospital_wristband, **release)
    assert codes(world.check("nurse1", f"]C1{GSRN}", symbol)) == ["check.wristband_void"]
    other = world.ready(1)
    bind(world, other[3], f"]C1{GSRN}")
    assert world.check("nurse1", f"]C1{GSRN}", other[1])["verdict"] == "MATCH"


def test_the_number_lies_sealed(world: World) -> None:
    bind(world, world.ready()[3], f"]C1{GSRN}")
    with world.installation.database.engine.connect() as link:
        [row] = link.exec_driver_sql("SELECT * FROM bedside_hospital_band").mappings()
    assert not any(GSRN[4:] in str(value) for value in row.values())
    assert world.every(select(HospitalBand))[0].symbol == GSRN


# -- the screen --------------------------------------------------------------------------------------------------------


def test_three_scans_and_one_press(front: Front, world: World) -> None:
    _, _, recipient, band = world.ready()
    page = ""
    for scanned in (world.badge("nurse2"), f"]C1{GSRN}", band):
        fields = hidden(page, "sink") if page else {}
        page = post(front, "/bedside/wristband/scan", {**fields, "symbol": scanned, "capture": "wedge"})
    assert "check digit right" in page
    headers = {**front.cookie("nurse1"), **OURS}
    fields = {**hidden(page, "v-act"), "csrf": front.csrf("nurse1")}
    done = front.client.post("/bedside/wristband", data=fields, headers=headers, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, f"/bedside/wristband?bound={recipient}")
    assert "is bound." in front.page("nurse1", done.headers["location"]).text
    # The clock stands still here, so they are told apart by what they were and not by when.
    kept = world.every(select(RawScan).order_by(col(RawScan.at)))[-3:]
    assert sorted((row.answer or "", row.is_shape) for row in kept) == [
        ("person", False),
        ("wristband", False),
        ("wristband", True),
    ]
    check = post(front, "/bedside/scan", {"symbol": f"]C1{GSRN}", "capture": "wedge"})
    assert "Wristband scanned" in check


def test_what_is_typed_or_strange_has_no_place_there(front: Front, world: World) -> None:
    typed = {"symbol": f"]C1{GSRN}", "capture": "typed", "typed_because": "label_damaged"}
    page = post(front, "/bedside/wristband/scan", typed)
    assert "never typed" in page
    assert hidden(page, "sink")["hospital"] == ""
    page = post(front, "/bedside/wristband/scan", {"symbol": world.ready()[0], "capture": "wedge"})
    assert "This is no wristband and no badge." in page
