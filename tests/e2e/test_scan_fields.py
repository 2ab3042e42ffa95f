"""Forms filled with a scanner: what is printed on a thing goes into the field that asks for the thing, in any order."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cellchain.identity.codes import Kind, issue
from tests.e2e.scan_sink_reader import Reader
from tests.e2e.screens import assert_sound, scan
from tests.e2e.server import Demonstration

Opener = Callable[..., Page]
PREVIEW = issue(Kind.LABEL, 1, 2026, 0)
COLD_MC = 4_200


@pytest.fixture
def form(open_page: Opener, served: Demonstration) -> Opener:
    """Opens the form of a verb for somebody, on a browser of their own."""

    def sign_in(who: str, verb: str, **options: object) -> Page:
        page = open_page(**{"bypass_csp": True, "locale": "en", **options})
        return served.sign_in(page, who, f"/do/{verb}")

    return sign_in


def bag(served: Demonstration, number: int) -> tuple[str, str]:
    """A bag on the ward and the symbol of its label. Tests that move one take one of their own."""
    found = served.bags("ready", "msc")[number]
    return str(found["code"]), str(found["label"])


def looked_up(served: Demonstration, query: str, value: str) -> str:
    """The last thing that the served database answers; empty where there is nothing."""
    with closing(sqlite3.connect(f"file:{served.folder / 'cellchain.db'}?mode=ro", uri=True)) as database:
        found = database.execute(query, [value]).fetchall()
    return str(found[-1][0]) if found else ""


def place(served: Demonstration, kind: str) -> str:
    """The code on a place of this kind that is no box with cells."""
    whole = "SELECT code FROM materials_location WHERE kind = ? AND code NOT IN (SELECT location FROM custody_box)"
    return looked_up(served, f"{whole} ORDER BY code", kind)


def holds(page: Page, **values: str) -> None:
    """The fields hold these values."""
    for name, value in values.items():
        expect(page.locator(f"#field-{name}")).to_have_value(value)


def told(page: Page, code: str, sentence: str) -> None:
    """The page says why a scan went into no field."""
    expect(page.locator("#verdict [role=alert]")).to_contain_text(code)
    expect(page.locator("#verdict [role=alert]")).to_contain_text(sentence)


def submit(page: Page) -> None:
    """Send the form, which has to be taken."""
    before = page.url
    page.click("form.order button[type=submit]")
    page.wait_for_url(lambda url: url != before)


def fresh_tag(served: Demonstration, code: str) -> str:
    """A newly printed issue tag of a bag; the one before is put out of use."""
    live = (
        "SELECT code FROM labels_label WHERE target = ? AND design = 'issue_tag' AND phase IN ('printed', 'confirmed')"
    )
    old = looked_up(served, live, code)
    if not old:
        return str(served.do("qa2", "labels/print_label", target=code, design="issue_tag", language="both")["symbol"])
    badge = next(one["badge"] for one in served.manifest["people"] if one["username"] == "qa1")
    torn = {"label": old, "reason": "Torn off in a test.", "witness_badge": badge}
    return str(served.do("qa2", "labels/reprint_label", **torn)["symbol"])


def test_a_shipment_is_packed_sent_received_and_handed_over_with_scans(form: Opener, served: Demonstration) -> None:
    code, label = bag(served, 3)
    store, ward = place(served, "store"), place(served, "ward")
    named = "SELECT code FROM materials_equipment WHERE name = ?"
    shipper, logger = looked_up(served, named, "Shipper SH-1"), looked_up(served, named, "Logger TL-1")
    packing = form("technician1", "custody/pack")
    scan(packing, [f"]C1{shipper}", f"]d1{label}"])
    holds(packing, shipper=shipper, label=label, subject="")
    submit(packing)

    sending = form("technician1", "custody/ship")
    scan(sending, [f"]C1{store}"])
    holds(sending, to_location=store)
    for name, value in {"shipper": shipper, "logger": logger, "courier": "Example Couriers"}.items():
        sending.fill(f"#field-{name}", value)
    for name, value in {"courier_code": "C-7", "seal": "S-100", "temperature_mc": "4.2"}.items():
        sending.fill(f"#field-{name}", value)
    submit(sending)

    shipment = looked_up(served, "SELECT shipment FROM custody_packed WHERE subject = ?", code)
    receiving = form("technician2", "custody/receive")
    scan(receiving, [shipment, label])
    holds(receiving, shipment=shipment)
    expect(receiving.locator("input[name=labels]").first).to_have_value(label)
    receiving.fill("#field-temperature_mc", "4.4")
    receiving.fill("#field-seal", "S-100")
    for name, value in {"seal_intact": "true", "packaging_intact": "true", "labels_legible": "true"}.items():
        receiving.check(f"input[name={name}][value={value}]")
    receiving.check("input[name=outcome][value=accepted]")
    submit(receiving)

    offered: dict[str, Any] = {"label": label, "to_location": ward, "temperature_mc": COLD_MC, "seal": "S-101"}
    served.do("technician2", "custody/hand_over", **offered)
    taking = form("nurse1", "custody/accept")
    scan(taking, [label])
    holds(taking, label=label, subject="")
    taking.fill("#field-temperature_mc", "4.4")
    taking.fill("#field-seal", "S-101")
    assert_sound(taking)
    submit(taking)
    stored = "SELECT location FROM custody_stored_at WHERE subject = ? AND removed_at IS NULL"
    assert looked_up(served, stored, code) == ward


@pytest.mark.parametrize("tag_first", [True, False], ids=["tag first", "bag first"])
@pytest.mark.parametrize("layout", ["en", "ru"])
def test_an_issue_tag_is_attached_with_scans_alone(
    form: Opener, served: Demonstration, tag_first: bool, layout: str
) -> None:
    code, label = bag(served, 0)
    tag = fresh_tag(served, code)
    page = form("qa2", "quality/attach_issue_tag")
    scan(page, [tag, label] if tag_first else [label, tag], Reader(page, layout=layout))
    holds(page, tag=tag, bag=label)
    submit(page)
    attached = "SELECT label FROM quality_issue_tag WHERE bag = ? AND phase = 'attached'"
    assert looked_up(served, attached, code) == tag


def test_a_tag_scanned_with_another_bag_stops_where_it_was_scanned(form: Opener, served: Demonstration) -> None:
    (code, label), (other, _) = bag(served, 0), bag(served, 1)
    wrong = fresh_tag(served, other)
    page = form("qa2", "quality/attach_issue_tag")
    scan(page, [wrong, label])
    page.click("form.order button[type=submit]")
    expect(page.locator(".note[data-s=stop]")).to_contain_text("put both bags aside and call QA")
    expect(page.locator(".note[data-s=stop]")).to_contain_text("issue_tag.other_bag")
    holds(page, tag="", bag="")
    assert_sound(page)
    assert looked_up(served, "SELECT phase FROM labels_label WHERE code = ?", wrong) == "stopped"
    opened = "SELECT phase FROM quality_deviation WHERE rule = 'labels:label:mismatched' AND subject = ?"
    assert looked_up(served, opened, code) == "open"


def test_a_label_goes_where_the_label_is_asked_for_and_nowhere_else(form: Opener, served: Demonstration) -> None:
    code, label = bag(served, 1)
    page = form("technician1", "labels/confirm_label")
    scan(page, [label])
    holds(page, scanned=label, expected="")
    other = bag(served, 2)[1]
    scan(page, [other])
    told(page, "scan.field_filled", "filled already")
    holds(page, scanned=label, expected="")
    page.goto(f"{served.url}/do/labels/void_label")
    scan(page, [label])
    holds(page, label=label)
    page.goto(f"{served.url}/do/labels/print_label")
    scan(page, [label])
    holds(page, target=code)


def test_a_wrong_kind_is_named_and_the_form_stays(form: Opener, served: Demonstration) -> None:
    code, label = bag(served, 1)
    page = form("technician1", "custody/store")
    page.fill("#field-position", "Shelf 7")
    lot = served.manifest["lots"][0]["code"]
    for symbol, problem, sentence in (
        (lot, "scan.wrong_kind", "This is a lot. Scan a container or a storage place."),
        (PREVIEW, "label.preview", "stands on a preview"),
        (issue(Kind.LABEL, 1, 2026, 999_999), "label.unknown", "no label of this house"),
        ("nonsense", "identity.wrong_length", "14 characters"),
    ):
        scan(page, [symbol])
        told(page, problem, sentence)
    scan(page, [label])
    holds(page, subject=code, position="Shelf 7")
    expect(page.locator("#verdict")).to_be_empty()
    assert page.url == f"{served.url}/do/custody/store"


def test_a_filled_field_is_not_overwritten(form: Opener, served: Demonstration) -> None:
    (code, label), (_, other) = bag(served, 1), bag(served, 2)
    page = form("technician1", "custody/store")
    scan(page, [label])
    holds(page, subject=code)
    page.focus("#field-subject")
    scan(page, [other])
    told(page, "scan.field_filled", "filled already")
    holds(page, subject=code, location="")
    scan(page, [label])
    expect(page.locator("#verdict")).to_be_empty()
    holds(page, subject=code)


def test_a_refusal_keeps_what_was_scanned_and_typed(form: Opener, served: Demonstration) -> None:
    _, label = bag(served, 1)
    page = form("nurse1", "custody/accept")
    scan(page, [label])
    page.fill("#field-temperature_mc", "4.2")
    page.fill("#field-seal", "S-9")
    page.click("details.envelope summary")
    page.fill("#envelope-reason", "The reader was away.")
    with page.expect_response("**/do/custody/accept") as answer:
        page.click("form.order button[type=submit]")
    assert answer.value.status == 409
    expect(page.locator("[role=alert]").first).to_contain_text("hand_over.none")
    holds(page, label=label, seal="S-9")
    assert page.locator("#field-temperature_mc").input_value() == "4.2"
    expect(page.locator("#envelope-reason")).to_be_visible()
    expect(page.locator("#envelope-reason")).to_have_value("The reader was away.")


def test_rows_that_are_folded_away_take_scans_too(form: Opener, served: Demonstration) -> None:
    vessels = [issue(Kind.CONTAINER, 1, 2026, number) for number in range(900_001, 900_005)]
    page = form("technician1", "manufacturing/change_medium")
    scan(page, vessels)
    found: list[Any] = [one.input_value() for one in page.locator("input[name=vessels]").all()]
    assert found[:5] == [*vessels, ""]


def test_without_scripts_a_label_is_taken_all_the_same(open_page: Opener, served: Demonstration) -> None:
    _, label = bag(served, 1)
    page = served.sign_in(open_page(locale="en", java_script_enabled=False), "technician1", "/do/custody/store")
    page.fill("#field-subject", f"]d1{label}")
    page.click("form.order button[type=submit]")
    expect(page.locator("#field-subject")).to_have_value(f"]d1{label}")
    expect(page.locator("#field-subject-error")).to_have_count(0)
    expect(page.locator("[data-focus]")).to_be_focused()
    page.fill("#field-subject", PREVIEW)
    page.click("form.order button[type=submit]")
    expect(page.locator("#field-subject-error")).to_contain_text("label.preview")
