"""What is printed on a thing goes into the field that asks for the thing, and what does not is refused by name."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlencode

import httpx2 as httpx
import pytest
from pydantic import BaseModel

from cellchain import composition
from cellchain.accounts import commands as accounts
from cellchain.identity.codes import Kind, PersonCode, issue
from cellchain.kernel.errors import CellchainError, Invalid, Refused
from cellchain.kernel.text import T
from cellchain.labels import commands, queries
from cellchain.labels.scans import Asked, Placed, place
from cellchain.ledger.describe import House as Handed
from cellchain.ledger.registry import REGISTRY, Command
from cellchain.materials import queries as materials
from cellchain.web import faults
from cellchain.web.forms import FieldView, ThingOf, fields_of, parse_form
from cellchain.web.html import render_text
from cellchain.web.panels import OrderForm
from tests.bedside.browser import OURS, Front
from tests.factories import FIELD_KEY, House
from tests.labels.story import BAG, BAND, OTHER_BAG, REASON, Desk, Labeller
from tests.web import gallery
from tests.web.gallery import ZONE, SampleOrder

STRANGER = issue(Kind.LABEL, 1, 2026, 999_999)
LABEL, BADGE, WRISTBAND = (
    issue(Kind.LABEL, 1, 2026, 1),
    issue(Kind.PERSON, 1, 2026, 1),
    issue(Kind.WRISTBAND, 1, 2026, 1),
)
# What wears a symbol of another code: its kind, and a symbol of the kind that it wears.
WORN = {Kind.BAG: LABEL, Kind.CONTAINER: LABEL, Kind.CRYOVIAL: LABEL, Kind.SAMPLE: LABEL}
WORN |= {Kind.PERSON: BADGE, Kind.RECIPIENT: WRISTBAND}


def walked(views: list[FieldView] | tuple[FieldView, ...]) -> Iterator[FieldView]:
    """Every field, those inside groups too."""
    for view in views:
        yield view
        for group in view.groups[:1]:
            yield from walked(group)


def scan_fields() -> list[tuple[Command, FieldView]]:
    """Every field of every form that a scanner fills."""
    outside = [command for _, command in sorted(REGISTRY.items()) if not command.internal]
    return [(command, view) for command in outside for view in walked(fields_of(command.order)) if view.scan_kinds]


WORN_FIELDS = [
    (command, view, kind)
    for command, view in scan_fields()
    for kind in WORN
    if kind.value in view.scan_as and (kind is Kind.PERSON or WORN[kind][:2] not in view.scan_as)
]
NAMES = [f"{command.path} {view.name} {kind}" for command, view, kind in WORN_FIELDS]
OF_BAGS = sorted({command.path for command, _, kind in WORN_FIELDS if kind is Kind.BAG})


# ---- every form ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "view", "kind"), WORN_FIELDS, ids=NAMES)
def test_every_field_takes_what_the_thing_wears(command: Command, view: FieldView, kind: Kind) -> None:
    thing = issue(kind, 1, 2026, 2)
    asked: list[str] = []

    def thing_of(symbol: str) -> str:
        asked.append(symbol)
        return thing

    assert view.name not in wrong(command.order, view.name, f"]d1{WORN[kind]}", thing_of)
    assert set(asked) == {WORN[kind]}
    assert view.name not in wrong(command.order, view.name, thing)


def wrong(order: type[BaseModel], name: str, value: str, thing_of: ThingOf | None = None) -> set[str]:
    """The fields that are wrong when one is filled, twice where it is a list; a fault of a row is one of the list."""
    try:
        parse_form(order, [(name, value)] * 2, ZONE, thing_of)
    except Invalid as error:
        return {found.rstrip(".0123456789") for found in error.fields}
    return set()


def test_the_fields_that_want_the_symbol_itself_say_so() -> None:
    itself = {f"{command.path} {view.name}": view.scan_as for command, view in scan_fields() if "=" in view.scan_as[0]}
    assert itself == {
        "bedside/bind_hospital_wristband wristband": ("=WB",),
        "bedside/bind_hospital_wristband witness": ("=PS",),
        "bedside/enter_paper_infusion witness": ("=PS",),
        "bedside/release_hospital_wristband wristband": ("=WB",),
        "bedside/release_hospital_wristband witness": ("=PS",),
        "bedside/settle_bag bag": ("=LB:infusion_bag",),
        "bedside/settle_bag witness": ("=PS",),
        "bedside/take_over_infusion bag": ("=LB:infusion_bag",),
        "bedside/take_over_infusion wristband": ("=WB",),
        "bedside/check bag": ("=LB:infusion_bag",),
        "bedside/check wristband": ("=WB",),
        "bedside/resume bag": ("=LB:infusion_bag",),
        "bedside/resume wristband": ("=WB",),
        "bedside/start_infusion bag": ("=LB:infusion_bag",),
        "bedside/start_infusion wristband": ("=WB",),
        "custody/accept label": ("=LB",),
        "custody/destroy witness_badge": ("=PS",),
        "custody/hand_over label": ("=LB",),
        "custody/pack label": ("=LB",),
        "custody/receive labels": ("=LB",),
        "labels/confirm_label scanned": ("=LB", "=WB", "=PS", "=LC", "=EQ", "=ML", "=CM"),
        "labels/file_label scanned": ("=LB", "=WB", "=PS", "=LC", "=EQ", "=ML", "=CM"),
        "labels/reprint_label witness_badge": ("=PS",),
        "quality/attach_issue_tag bag": ("=LB:infusion_bag",),
        "quality/attach_issue_tag tag": ("=LB:issue_tag",),
        "trial/replace_wristband witness": ("=PS",),
    }
    labels = {f"{command.path} {view.name}" for command, view in scan_fields() if Kind.LABEL in view.scan_kinds}
    assert {"labels/reprint_label label", "labels/void_label label", "labels/confirm_label scanned"} <= labels
    assert "labels/confirm_label expected" not in labels


def test_a_field_for_the_symbol_itself_gets_it_as_it_was_scanned() -> None:
    order = parse_form(commands.ConfirmLabel, [("scanned", f"]d1{LABEL}")], ZONE, lambda symbol: BAG)
    assert order.scanned == f"]d1{LABEL}"
    fields = {"label": LABEL, "ending": "spoil", "reason": REASON}
    assert parse_form(commands.VoidLabel, fields.items(), ZONE, lambda symbol: BAG).label == LABEL


@pytest.mark.parametrize("path", OF_BAGS)
def test_every_form_takes_the_label_of_a_real_bag(front: Front, path: str) -> None:
    """Through the served form: a label is resolved, a preview is refused under its field, and both stay as scanned."""
    command = REGISTRY[path]
    who = next(one for one, actor in front.world.actors.items() if actor.may(command.permission))
    name = next(view.name for view in walked(fields_of(command.order)) if Kind.BAG.value in view.scan_as)
    label, preview = front.world.ready()[1], issue(Kind.LABEL, 1, 2026, 0)
    told = posted(front, who, path, name, preview)
    assert re.search(r"label\.preview", told)
    assert f'value="{preview}"' in told
    told = posted(front, who, path, name, label)
    assert "This is a label" not in told
    assert re.search(r">label\.[a-z_]+<", told) is None, "no refusal of a label"


def posted(front: Front, who: str, path: str, name: str, value: str) -> str:
    """The page that comes back from a form with one field filled."""
    answer = front.client.post(
        f"/do/{path}",
        data={name: value, "csrf": front.csrf(who), "strange": "so that nothing is done"},
        headers={**front.cookie(who), **OURS},
        follow_redirects=False,
    )
    assert answer.status_code == 422, answer.text[:400]
    return unescape(answer.text)


# ---- what a symbol stands for ----------------------------------------------------------------------------------------


@pytest.fixture
def desk(house: House) -> Desk:
    """A desk whose designs are approved, in a house that knows what symbols stand for."""
    made = Desk(house)
    made.approve()
    labeller = Labeller()
    house.database.house = Handed(
        composition.DESCRIBERS, {"BG": labeller, "WB": labeller}, FIELD_KEY, stand_ins=composition.STAND_INS
    )
    return made


def thing_of(desk: Desk, symbol: str) -> str:
    """What a symbol stands for, or the code of the refusal."""
    with desk.house.read() as tx:
        try:
            return str(tx.house.thing_of(tx, symbol))
        except CellchainError as refusal:
            return refusal.code


def test_a_confirmed_label_stands_for_its_thing(desk: Desk) -> None:
    symbol = desk.print()["symbol"]
    assert thing_of(desk, symbol) == "label.unconfirmed"
    desk.confirm(symbol)
    assert thing_of(desk, symbol) == BAG
    assert thing_of(desk, BAG) == BAG


def test_a_label_out_of_use_stands_for_nothing(desk: Desk) -> None:
    symbol = desk.print()["symbol"]
    desk.do(commands.void_label, label=symbol, ending="spoil", reason=REASON)
    assert thing_of(desk, symbol) == "label.void"


def test_a_replaced_label_names_its_heir(desk: Desk) -> None:
    old = desk.print()["symbol"]
    desk.confirm(old)
    new = desk.do(commands.reprint_label, label=old, reason=REASON, witness_badge=desk.badge())["symbol"]
    desk.confirm(new)
    assert thing_of(desk, old) == "label.replaced"
    assert thing_of(desk, new) == BAG
    with desk.house.read() as tx, pytest.raises(Refused, match=new):
        queries.thing_of(tx, old)


def test_previews_and_strangers_stand_for_nothing(desk: Desk) -> None:
    assert thing_of(desk, issue(Kind.LABEL, 1, 2026, 0)) == "label.preview"
    assert thing_of(desk, STRANGER) == "label.unknown"
    band = desk.print(BAND, "wristband")
    desk.do(commands.confirm_label, by=desk.nurse, scanned=BAND)
    assert thing_of(desk, band["label"]) == "label.unknown"


def test_a_badge_stands_for_its_person_until_it_is_revoked(desk: Desk) -> None:
    badge = desk.badge()
    person = thing_of(desk, badge)
    assert person not in (badge, "")
    assert thing_of(desk, person) == person
    desk.house.do(accounts.revoke_badge, by=desk.house.actor("administrator"), person=PersonCode(person))
    assert thing_of(desk, badge) == "badge.revoked"


def test_a_wristband_stands_for_its_recipient_until_it_is_replaced(front: Front) -> None:
    from cellchain.trial import commands as trial

    _, _, recipient, band = front.world.ready(1)
    database = front.world.installation.database
    with database.read() as tx:
        assert tx.house.thing_of(tx, band) == recipient
    witness = front.world.badge("nurse2")
    front.world.do("nurse1", trial.replace_wristband, recipient=recipient, witness=witness)
    with database.read() as tx, pytest.raises(Refused, match=r"wristband\.void"):
        tx.house.thing_of(tx, band)
    with database.read() as tx, pytest.raises(CellchainError, match=r"wristband\.unknown"):
        tx.house.thing_of(tx, issue(Kind.WRISTBAND, 1, 2026, 999_999))


# ---- where a scan belongs --------------------------------------------------------------------------------------------


def placed(front: Front, symbol: str, wanted: str, *, who: str = "qa1", **filled: str) -> Placed:
    """Where a scan goes. Raises what it refuses."""
    with front.world.installation.database.read() as tx:
        return place(tx, symbol, Asked.of({"wanted": wanted, **filled}), front.world.actors[who])


def refused(front: Front, symbol: str, wanted: str, *, who: str = "qa1", **filled: str) -> tuple[str, str]:
    """The code and the sentence of the refusal."""
    with pytest.raises(CellchainError) as raised:
        placed(front, symbol, wanted, who=who, **filled)
    return raised.value.code, str(raised.value.text)


def test_where_a_scan_belongs(front: Front) -> None:
    bag, label, recipient, band = front.world.ready()
    badge, person = front.people["nurse1"]["badge"], front.world.actors["nurse1"].person
    assert placed(front, f"]d1{label}\r", "LC BG CT CV") == Placed(Kind.BAG, bag, "BG")
    assert placed(front, label, "LB BG") == Placed(Kind.LABEL, label, "LB")
    assert placed(front, label, "=LB:issue_tag =LB:infusion_bag") == Placed(Kind.LABEL, label, "=LB:infusion_bag")
    assert placed(front, bag, "BG") == Placed(Kind.BAG, bag, "BG")
    assert placed(front, band, "RC") == Placed(Kind.RECIPIENT, recipient, "RC")
    assert placed(front, band, "RC =WB") == Placed(Kind.WRISTBAND, band, "=WB")
    assert placed(front, badge, "PS") == Placed(Kind.PERSON, person, "PS")
    assert placed(front, badge, "=PS") == Placed(Kind.PERSON, badge, "=PS")


def test_a_scan_that_stands_there_already_changes_nothing(front: Front) -> None:
    bag, label, _, _ = front.world.ready()
    assert placed(front, label, "BG", held=bag) == Placed(Kind.BAG)
    assert placed(front, label, "=LB", held=label) == Placed(Kind.LABEL)
    found = refused(front, label, "LC", filled="BG CT CV", held=front.world.ready(1)[0])
    assert found == (
        "scan.field_filled",
        "The field for this is filled already. Clear it first if you mean another one.",
    )


def test_a_scan_that_belongs_nowhere_is_named(front: Front) -> None:
    bag, label, _, band = front.world.ready()
    lot = front.world.manifest["lots"][0]["code"]
    wrong_kind = "scan.wrong_kind"
    assert refused(front, lot, "BG") == (wrong_kind, "This is a lot. Scan an infusion bag.")
    assert refused(front, lot, "BG CT CV LC") == (wrong_kind, "This is a lot. Scan a container or a storage place.")
    assert refused(front, label, "SM") == (wrong_kind, "This is an infusion bag. Scan a sample.")
    assert refused(front, band, "BG") == (wrong_kind, "This is a recipient. Scan an infusion bag.")
    assert refused(front, bag, "", filled="LC") == (wrong_kind, "This is an infusion bag. Scan a storage place.")
    assert refused(front, label, "=LB:issue_tag") == (
        "label.other_design",
        "This is another label: Infusion bag. Scan the one that is asked for: Issue tag.",
    )


@pytest.mark.parametrize(
    ("symbol", "wanted", "code"),
    [
        (BAG, "", "scan.not_asked"),
        (BAG, "strange tokens = =X", "scan.not_asked"),
        ("", "BG", "scan.empty"),
        (BAG.lower(), "BG", "scan.case_changed"),
        (f"{BAG[:-1]}{(int(BAG[-1]) + 1) % 10}", "BG", "identity.bad_check"),
        (issue(Kind.BAG, 1, 2026, 0), "BG", "label.preview"),
        (STRANGER, "BG", "label.unknown"),
        (STRANGER, "=LB:issue_tag", "label.unknown"),
    ],
)
def test_what_says_nothing_goes_nowhere(front: Front, symbol: str, wanted: str, code: str) -> None:
    assert refused(front, symbol, wanted)[0] == code


def test_nobody_learns_by_a_label_what_they_may_not_know(front: Front) -> None:
    label = front.world.ready()[1]
    assert refused(front, label, "BG", who="assessor1")[0] == "code.unknown"


def test_a_page_with_fields_is_told_where_a_scan_belongs(front: Front) -> None:
    bag, label, _, _ = front.world.ready()
    answer = asked(front, label, wanted="BG")
    assert (answer.status_code, answer.text) == (204, "")
    assert (answer.headers["x-scan-code"], answer.headers["x-scan-as"]) == (bag, "BG")
    answer = asked(front, label, wanted="BG", held=bag)
    assert answer.status_code == 204
    assert "x-scan-code" not in answer.headers
    answer = asked(front, label, wanted="LC")
    assert answer.status_code == 200
    assert "This is an infusion bag. Scan a storage place." in answer.text
    assert "scan.wrong_kind" in answer.text


def asked(front: Front, symbol: str, **form: str) -> httpx.Response:
    """What the sink of a form page sends."""
    data = {"symbol": symbol, "csrf": front.csrf("qa1"), "filled": "", "held": "", **form}
    return front.client.post("/scan", data=data, headers={**front.cookie("qa1"), **OURS, "hx-request": "true"})


# ---- words and drawing -----------------------------------------------------------------------------------------------


def test_kinds_in_words() -> None:
    assert str(faults.any_of([Kind.BAG])) == "an infusion bag"
    assert str(faults.any_of([Kind.BAG, Kind.CONTAINER, Kind.CRYOVIAL])) == "a container"
    assert str(faults.any_of([Kind.DONATION, Kind.LOT])) == "a donation or a lot"
    held = [Kind.BAG, Kind.CRYOVIAL, Kind.CONTAINER, Kind.LOT, Kind.DONOR]
    assert str(faults.any_of(held)) == "a container, a lot or a donor"


def test_a_refused_label_is_drawn_with_its_code_and_stays() -> None:
    def refuse(symbol: str) -> str:
        raise Refused("label.void", "Label {label} is out of use.", label=symbol)

    items = [("bag", LABEL), ("remark", "Second needle.")]
    with pytest.raises(Invalid) as raised:
        parse_form(SampleOrder, items, ZONE, refuse)
    errors = raised.value.fields
    assert str(errors["bag"]) == f"Label {LABEL} is out of use."
    form = OrderForm("/go", fields_of(SampleOrder, items, errors), T("Record"), errors)
    text = render_text(gallery.page(), "partials/_order_form.html", form=form)
    assert "label.void" in text
    assert f'value="{LABEL}"' in text
    assert "Second needle." in text


def test_a_code_field_names_what_it_takes() -> None:
    form = OrderForm("/go", fields_of(commands.ConfirmLabel), T("Confirm"), {})
    text = render_text(gallery.page(), "partials/_order_form.html", form=form)
    assert 'data-scan-kinds="LB WB PS LC EQ ML CM" data-scan-as="=LB =WB =PS =LC =EQ =ML =CM"' in text
    assert text.count("data-scan-kinds") == 1


@pytest.mark.parametrize("symbol", [OTHER_BAG, "LB010000000000", "", "x" * 300])
def test_what_needs_no_asking_is_not_asked(symbol: str) -> None:
    def never(asked: str) -> str:
        raise AssertionError(asked)

    wrong(SampleOrder, "bag", symbol, never)


# ---- symbols of suppliers, in the product as it is put together ------------------------------------------------------


def package_of(front: Front, name: str) -> tuple[str, str]:
    """The symbol on the package of a demonstration's material, and the lot that it came with."""
    with front.world.installation.database.read() as tx:
        line = next(
            one
            for one in materials.lot_lines(tx, materials.LOTS_BY_END.page(tx).rows)
            if one.lot.name.startswith(name) and one.problem is None
        )
        gtin = next(one.gtin for one in materials.materials(tx) if one.id == line.lot.material)
    lot = line.lot
    return f"]d201{gtin}10{lot.supplier_lot}\x1d17{lot.expires_on:%y%m%d}", lot.code


def test_a_package_leads_to_its_lot_from_everywhere(front: Front) -> None:
    """Trace, recall, a script, and the form of a verb that was opened and is sent without any script of ours."""
    symbol, lot = package_of(front, "Heparin")
    traced = front.page("qa1", f"/trace?{urlencode({'code': symbol})}")
    assert (traced.status_code, traced.headers["location"]) == (303, f"/trace/{lot}")
    recalled = front.page("qa1", f"/quality/recall?{urlencode({'root': symbol})}")
    assert recalled.status_code == 200
    assert lot[-6:] in unescape(recalled.text).replace(" ", "")
    told = front.send("qa1", "scan", {"symbol": symbol}).json()
    assert (told["kind"], told["code"]) == ("material_lot", lot)
    assert "materials/quarantine_lot" in [action["path"] for action in told["actions"]]
    order = parse_form(
        REGISTRY["materials/quarantine_lot"].order,
        [("lot", symbol), ("reason", "A complaint about another package.")],
        ZONE,
        lambda code: thing_in(front, code),
    )
    assert order.model_dump()["lot"] == lot


def thing_in(front: Front, symbol: str) -> str:
    with front.world.installation.database.read() as tx:
        return str(tx.house.thing_of(tx, symbol))


def test_a_package_identifies_nobody_at_the_bedside(front: Front) -> None:
    symbol = package_of(front, "Sodium chloride")[0]
    _, _, _, band = front.world.ready()
    inspection = {"intact": True, "no_clumps": True, "label_legible": True}
    order = {"wristband": band, "bag": symbol, "inspection": inspection}
    answer = front.order("nurse1", "bedside/check", order)
    assert answer.status_code == 200
    assert answer.json()["result"]["verdict"] == "STOP"
