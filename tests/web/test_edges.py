"""What lies at the edge of what a database can hold is refused by name, and alike on both databases."""

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from cellchain import composition
from cellchain.ledger.registry import REGISTRY
from cellchain.web.shape import shape_of
from tests.web.door import PASSWORD, Door
from tests.web.test_api import is_problem

DOWNTIME, CAUSE = "bedside/declare_downtime", {"cause": "The network was away."}
NUL = "some\x00thing"
BEYOND = 2**63
ENDS_OF_TIME = {
    datetime: (
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "1999-12-31T23:59:59Z",
    ),
    date: ("0001-01-01", "9999-12-31", "1899-12-31"),
}
# What looks like a time to a machine alone: seconds since 1970, as a number or as a text, and forms with gaps.
NO_TIMES = {
    datetime: (1735689600, "1735689600", "1735689600.5", "+1735689600", "2025-01-01_00:00:00Z", "2025-01-01", True),
    date: (1735689600, "1735689600", "20089", "+20089", "20250101", "2025-01-01T00:00:00Z", True),
}
# Hashed and never stored as they are.
SECRETS = {"password", "pin", "passphrase"}
# The bedside records what was scanned whatever it is, and draws a NUL as a sign.
RECORDED_AS_SCANNED = {"bedside/check", "bedside/start_infusion", "bedside/resume", "bedside/take_over_infusion"}
# What is scanned is looked up, or refused where it is no symbol, and never stored as it came.
RECORDED_AS_SCANNED |= {f"bedside/{verb}_hospital_wristband" for verb in ("bind", "release")} | {"bedside/settle_bag"}


def fields(model: type[BaseModel]) -> list[tuple[str, Any, Any]]:
    """The innermost fields of an order: name, plain type, and what reads one."""
    found: list[tuple[str, Any, Any]] = []
    for name, field in model.model_fields.items():
        shape = shape_of(field)
        if shape.is_model:
            found += fields(shape.core)
        else:
            whole: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
            found.append((name, shape.core, (TypeAdapter(whole), shape.many)))
    return found


def refuses(reader: tuple[TypeAdapter[Any], bool], value: object) -> bool:
    """Whether a field refuses a value."""
    adapter, many = reader
    try:
        adapter.validate_python([value] if many else value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("path", sorted(path for path, command in REGISTRY.items() if not command.internal))
def test_no_field_of_an_order_takes_what_a_database_cannot_hold(path: str) -> None:
    assert composition.ROUTERS
    for name, core, reader in fields(REGISTRY[path].order):
        for moment in ENDS_OF_TIME.get(core, ()):
            assert refuses(reader, moment), (name, moment)
        if core is str and name not in SECRETS and path not in RECORDED_AS_SCANNED:
            assert refuses(reader, NUL), name


@pytest.mark.parametrize("path", sorted(path for path, command in REGISTRY.items() if not command.internal))
def test_no_field_of_an_order_takes_a_number_for_a_time(path: str) -> None:
    """Neither as a form sends it nor as JSON does; the time itself is taken by both."""
    for name, core, (adapter, many) in fields(REGISTRY[path].order):
        for value in NO_TIMES.get(core, ()):
            assert refuses((adapter, many), value), (name, value)
            with pytest.raises(ValidationError):
                strictly(adapter)(json.dumps([value] if many else value))
        for value in {datetime: ("2026-03-02T08:00:00+03:00",), date: ("2026-03-02",)}.get(core, ()):
            sent = [value] if many else value
            assert adapter.validate_python(sent) == strictly(adapter)(json.dumps(sent))


def strictly(adapter: TypeAdapter[Any]) -> Callable[[str], Any]:
    """How the JSON API reads."""
    return lambda text: adapter.validate_json(text, strict=True)


@pytest.mark.parametrize("when", ["1735689600", 1735689600, 1735689600.5, "1735689600000"])
def test_a_time_is_spelled_as_one(door: Door, when: object) -> None:
    problem = is_problem(door.order(DOWNTIME, CAUSE, happened_at=when, reason="Entered from paper."), 422)
    assert problem["fields"] == {"happened_at": "Enter a date and a time."}
    order = {"shipment": "SH012600000184", "readings": [{"at": when, "temperature_mc": 1}]}
    fields = is_problem(door.order("custody/record_temperatures", order), 422)["fields"]
    assert fields["readings.0.at"] == "Enter a date and a time."


def test_a_time_at_the_end_of_the_calendar_is_named(door: Door) -> None:
    order = {"shipment": "SH012600000184", "readings": [{"at": "0001-01-01T00:00:00+14:00", "temperature_mc": 1}]}
    assert "readings.0.at" in is_problem(door.order("custody/record_temperatures", order), 422)["fields"]
    for when in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1999-12-31T23:59:59Z", 5, "soon"):
        answer = door.order(DOWNTIME, CAUSE, happened_at=when, reason="Entered from paper.")
        assert set(is_problem(answer, 422)["fields"]) == {"happened_at"}, when


def test_a_nul_beside_an_order_is_named(door: Door) -> None:
    assert set(is_problem(door.order(DOWNTIME, CAUSE, reason=NUL), 422)["fields"]) == {"reason"}
    signature = {"username": NUL, "password": PASSWORD}
    order = {"lot": "ML012600000197"}
    assert is_problem(door.order("materials/accept_lot", order, signature=signature), 422)


def test_a_nul_in_a_name_signs_nobody_in(door: Door) -> None:
    body = {"username": NUL, "password": PASSWORD}
    assert set(is_problem(door.client.post("/api/v1/sign-in", json=body), 422)["fields"]) == {"username"}
    assert door.client.post("/sign-in", data=body).status_code == 422
    assert door.client.post("/sign-in", data={"username": "x" * 65, "password": PASSWORD}).status_code == 422
    assert door.client.post("/switch", data={"badge": NUL}).status_code == 204


@pytest.mark.parametrize("symbol", [NUL, "\x00", "PS0126\x0000018"])
def test_a_nul_in_a_scan_is_an_unknown_symbol(door: Door, symbol: str) -> None:
    assert door.send("scan", {"symbol": symbol}).json()["kind"] == "unknown"
    assert door.get(f"/api/v1/scan?symbol={symbol.replace(chr(0), '%00')}").json()["kind"] == "unknown"


@pytest.mark.parametrize(
    "path",
    [
        "/ledger/{}",
        "/bedside/checks/{}",
        "/bedside/infusions/{}",
        "/quality/deviations/{}",
        "/quality/recalls/{}",
        "/quality/specifications/{}",
        "/master-records/{}",
    ],
)
@pytest.mark.parametrize("number", [BEYOND, 10**30, -BEYOND - 1, 0, "%00"])
def test_a_number_that_no_record_has_is_no_page(door: Door, path: str, number: object) -> None:
    assert door.get(path.format(number)).status_code == 404
    assert is_problem(door.get(path.format(number), accept="application/json"), 404, "page.not_found")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (f"/api/v1/ledger/entries?after={BEYOND}", "after"),
        (f"/api/v1/ledger/proof?entry={BEYOND}&size={BEYOND}", "entry"),
        (f"/api/v1/ledger/proof?entry=1&size={BEYOND}", "size"),
    ],
)
def test_a_number_that_no_entry_has_is_named(door: Door, path: str, field: str) -> None:
    assert field in is_problem(door.get(path), 422)["fields"]


@pytest.mark.parametrize(
    "path", ["/api/v1/trace/{}", "/api/v1/labels/{}", "/trace/{}", "/code/{}", "/lots/{}", "/donors/{}", "/bags/{}"]
)
def test_a_nul_in_an_address_is_no_page(door: Door, path: str) -> None:
    for code in ("%00", "BG0126000001%00", "x" * 300):
        assert door.get(path.format(code)).status_code in (404, 409, 422), code


# -- JSON has its own types ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inspection", "minutes"),
    [
        ({"intact": "yes", "no_clumps": True, "label_legible": True}, 120),
        ({"intact": True, "no_clumps": 1, "label_legible": True}, 120),
        ({"intact": True, "no_clumps": True, "label_legible": "true"}, 120),
        (None, "120"),
        (None, 120.0),
        (None, True),
    ],
)
def test_a_value_of_another_type_is_not_understood(door: Door, inspection: Any, minutes: Any) -> None:
    order: dict[str, Any] = {"wristband": "WB012600000100", "bag": "LB012600000100"}
    if inspection is None:
        answer = door.order("bedside/start_infusion", {**order, "planned_minutes": minutes})
        assert set(is_problem(answer, 422)["fields"]) == {"planned_minutes"}
    else:
        answer = door.order("bedside/check", {**order, "inspection": inspection})
        assert all(name.startswith("inspection.") for name in is_problem(answer, 422)["fields"])


@pytest.mark.parametrize("value", ["2.41", 2.41, 2])
def test_a_decimal_is_a_text_or_a_number(door: Door, value: Any) -> None:
    order = {"recipient": "RC012600000185", "visit": 1, "outcome": "fev1", "value": value, "unit": "L"}
    answer = door.order("followup/record_outcome", order)
    assert "value" not in answer.json().get("fields", {})


# -- one way to read JSON --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [DOWNTIME, "sign-in", "scan"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b"[]", "Send one object"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "too deep"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "too deep"),
        (b'{"symbol": "a", "symbol": "b"}', "twice"),
    ],
)
def test_what_is_wrong_with_a_body_is_said_alike(door: Door, path: str, content: bytes, said: str) -> None:
    answer = door.client.post(f"/api/v1/{path}", content=content, headers=door.bearer)
    assert said in is_problem(answer, 422, "order.invalid")["fields"]["body"]


# -- a reason --------------------------------------------------------------------------------------------------------


def test_a_blank_reason_is_none(door: Door) -> None:
    late = (door.installation.database.clock.now() - timedelta(hours=2)).isoformat()
    for blank in (" ", "\t\n ", "", None):
        answer = door.order(DOWNTIME, CAUSE, happened_at=late, reason=blank)
        assert set(is_problem(answer, 422)["fields"]) == {"reason"}
    body = {"request_id": str(uuid.uuid4()), "order": CAUSE, "happened_at": late, "reason": "  From paper. "}
    assert door.send(DOWNTIME, body).status_code == 200


def test_a_program_with_a_token_sends_a_file_and_names_it_in_an_order(door: Door) -> None:
    content = b"%PDF-1.4 certificate\n%%EOF\n"
    sent = door.client.post("/api/v1/files", files={"file": ("a.pdf", content)}, headers=door.bearer)
    assert sent.status_code == 200, sent.text
    digest = hashlib.sha256(content).hexdigest()
    assert sent.json() == {"sha256": digest, "size_bytes": len(content)}
    material = door.order("materials/register_material", {"name": "Heparin", "kind": "anticoagulant"}).json()["result"]
    order = {
        "material": material["material"],
        "supplier": "Example Supply",
        "supplier_lot": "X-1",
        "certificate": "C-1",
        "expires_on": "2099-01-01",
        "certificate_file": {"name": "a.pdf", "sha256": digest},
    }
    lot = door.order("materials/receive_lot", order).json()["result"]["lot"]
    assert digest[:16] in door.get(f"/materials/lots/{lot}").text
    given = door.get("/materials/certificates/1")
    assert (given.content, given.headers["content-disposition"]) == (content, "attachment; filename*=UTF-8''a.pdf")
    refused = door.client.post("/api/v1/files", files={"file": ("a", b"\x00\x01")}, headers=door.bearer)
    assert is_problem(refused, 409)
    assert is_problem(door.client.post("/api/v1/files", files={"file": ("a.pdf", content)}), 401)
