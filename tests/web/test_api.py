"""The JSON API to the letter of the contract, and what it answers to clients that do not keep to it."""

import json
import random
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import cellchain
from cellchain.ledger.registry import REGISTRY
from tests.bedside.browser import Front
from tests.bedside.world import INSPECTION

PROBLEM = "application/problem+json"
DOWNTIME = "bedside/declare_downtime"
CAUSE = {"cause": "The network was away."}
CHECK = {"wristband": "", "bag": "", "inspection": dict(INSPECTION)}
CLIENT_ERRORS = {401, 403, 404, 405, 409, 413, 422, 429}


def is_problem(answer: Any, status: int, code: str | None = None) -> dict[str, Any]:
    """Expects a problem of this status, in the shape of the contract."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "code", "message"} <= set(body) <= {*body, "fields"}
    assert body["status"] == status
    assert body["message"].endswith(".")
    if code is not None:
        assert body["code"] == code
    return body


def test_every_capability_offers_its_commands() -> None:
    """The application by itself, without the demonstration beside it, knows every verb."""
    folder = Path(cellchain.__file__).parent
    expected = sorted({path.relative_to(folder).parts[0] for path in folder.glob("*/commands*")})
    program = (
        "import cellchain.main; from cellchain.ledger.registry import REGISTRY;"
        "print(*sorted({command.capability for command in REGISTRY.values()}))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == expected


# -- sign-in ---------------------------------------------------------------------------------------------------------


def test_sign_in_gives_a_token_for_twelve_hours_at_most(front: Front) -> None:
    answer = front.client.post("/api/v1/sign-in", json=dict(front.signature("nurse1")))
    assert answer.status_code == 200
    assert set(answer.json()) == {"token", "expires_at"}
    expires_at = datetime.fromisoformat(answer.json()["expires_at"])
    assert timedelta(0) < expires_at - front.world.clock.now() <= timedelta(hours=12)


@pytest.mark.parametrize(
    "body", [{}, {"username": "nurse1"}, {"username": 1, "password": 2}, {"x": 1}, [], "text", None]
)
def test_a_sign_in_that_is_none(front: Front, body: Any) -> None:
    is_problem(front.client.post("/api/v1/sign-in", json=body), 422, "order.invalid")


def test_a_wrong_password(front: Front) -> None:
    answer = front.client.post("/api/v1/sign-in", json={"username": "nobody.here", "password": "wrong words here"})
    is_problem(answer, 401, "sign_in.wrong")


def test_sign_out_ends_the_session(front: Front) -> None:
    token = front.client.post("/api/v1/sign-in", json=front.signature("sponsor1")).json()["token"]
    headers = {"authorization": f"Bearer {token}"}
    assert front.client.get("/openapi.json", headers=headers).status_code == 200
    assert front.client.post("/api/v1/sign-out", headers=headers).status_code == 200
    is_problem(front.client.post("/api/v1/scan", json={"symbol": "x"}, headers=headers), 401)


@pytest.mark.parametrize("authorization", ["Bearer ", "Bearer x", "Bearer \xff", "Basic eDp5", "bearer"])
def test_a_token_that_is_none(front: Front, authorization: str) -> None:
    headers = {b"authorization": authorization.encode("latin-1")}
    body = {"request_id": str(uuid.uuid4()), "order": CAUSE}
    is_problem(front.client.post(f"/api/v1/{DOWNTIME}", json=body, headers=headers), 401)


def test_without_a_session(front: Front) -> None:
    is_problem(front.client.post(f"/api/v1/{DOWNTIME}", json={}), 401, "session.needed")


# -- the envelope ----------------------------------------------------------------------------------------------------


def test_a_command_answers_with_result_and_entry(front: Front) -> None:
    answer = front.order("nurse1", DOWNTIME, CAUSE)
    assert answer.status_code == 200
    assert set(answer.json()) == {"result", "entry"}
    entry = answer.json()["entry"]
    assert (type(entry["seq"]), len(entry["hash"])) == (int, 64)
    assert "idempotent-replay" not in answer.headers


def test_a_repeated_request_gets_the_same_bytes(front: Front) -> None:
    body = {"request_id": str(uuid.uuid4()), "order": CAUSE}
    first, second = front.send("nurse1", DOWNTIME, body), front.send("nurse1", DOWNTIME, body)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content
    assert second.headers["idempotent-replay"] == "true"


def test_a_refusal_replays_alike(front: Front) -> None:
    body = {"request_id": str(uuid.uuid4()), "order": {"infusion": 9_999}}
    first, second = front.send("nurse1", "bedside/pause", body), front.send("nurse1", "bedside/pause", body)
    is_problem(first, 404, "record.not_found")
    assert first.content == second.content
    assert (first.headers.get("idempotent-replay"), second.headers["idempotent-replay"]) == (None, "true")


def test_a_request_id_serves_one_order_of_one_person(front: Front) -> None:
    body = {"request_id": str(uuid.uuid4()), "order": CAUSE}
    assert front.send("nurse1", DOWNTIME, body).status_code == 200
    is_problem(front.send("nurse2", DOWNTIME, body), 409, "request.reused")
    is_problem(front.send("nurse1", DOWNTIME, {**body, "order": {"cause": "Another."}}), 409, "request.reused")
    is_problem(front.send("nurse1", "bedside/pause", {**body, "order": {"infusion": 1}}), 409, "request.reused")
    is_problem(front.send("nurse1", DOWNTIME, {**body, "reason": "Because."}), 409, "request.reused")
    replay = front.send("nurse1", DOWNTIME, body)
    assert (replay.status_code, replay.headers["idempotent-replay"]) == (200, "true")


def test_a_role_that_may_not(front: Front) -> None:
    is_problem(front.order("technician1", DOWNTIME, CAUSE), 403, "access.forbidden")


def test_when_it_happened(front: Front) -> None:
    now = front.world.clock.now()

    def at(moment: datetime, **more: Any) -> Any:
        return front.order("nurse1", DOWNTIME, CAUSE, happened_at=moment.isoformat(), **more)

    assert at(now - timedelta(minutes=15)).status_code == 200
    assert "reason" in is_problem(at(now - timedelta(minutes=16)), 422)["fields"]
    assert at(now - timedelta(minutes=16), reason="Entered from paper.").status_code == 200
    assert "happened_at" in is_problem(at(now + timedelta(minutes=1)), 422)["fields"]
    naive = front.order("nurse1", DOWNTIME, CAUSE, happened_at=f"{now:%Y-%m-%dT%H:%M:%S}")
    assert "happened_at" in is_problem(naive, 422)["fields"]


@pytest.mark.parametrize(
    "when", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", 10**18, -1]
)
def test_moments_at_the_ends_of_time(front: Front, when: Any) -> None:
    answer = front.order("nurse1", DOWNTIME, CAUSE, happened_at=when, reason="Entered from paper.")
    assert answer.status_code in {200, 422}, answer.text


# -- signatures ------------------------------------------------------------------------------------------------------


def test_a_decision_is_signed_by_who_is_signed_in(front: Front) -> None:
    lot = next(one["lot"] for one in front.world.manifest["materials"] if one["standing"] == "quarantined")
    path = "materials/accept_lot"
    is_problem(front.order("qa1", path, {"lot": lot}), 401, "signature.needed")
    is_problem(front.order("qa1", path, {"lot": lot}, signature=front.signature("qa2")), 401, "signature.not_you")
    wrong = {"username": "qa1", "password": "not the words"}
    is_problem(front.order("qa1", path, {"lot": lot}, signature=wrong), 401, "signature.wrong")
    answer = front.order("qa1", path, {"lot": lot}, signature=front.signature("qa1"))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "passkey",
    [
        "{}",
        '{"id": 18446744073709551616}',
        '{"": [1e400, -1701411834604692317316873037158841057]}',
        '{"id": "\\ud800"}',
    ],
)
def test_an_answer_of_a_passkey_that_is_none(front: Front, passkey: str) -> None:
    """Found by the fuzz: a number of more than 64 bits in it was a fault of ours."""
    lot = next(one["lot"] for one in front.world.manifest["materials"] if one["standing"] == "quarantined")
    body = f'{{"request_id": "{uuid.uuid4()}", "order": {{"lot": "{lot}"}}, "signature": {{"passkey": {passkey}}}}}'
    answer = front.raw("qa1", "materials/accept_lot", body.encode())
    assert answer.status_code in {401, 422}, answer.text
    is_problem(answer, answer.status_code)


def test_what_is_not_signed_takes_no_signature(front: Front) -> None:
    answer = front.order("nurse1", DOWNTIME, CAUSE, signature=front.signature("nurse1"))
    assert "signature" in is_problem(answer, 422)["fields"]


# -- what was typed --------------------------------------------------------------------------------------------------


def test_what_was_typed_is_said_with_its_reason(front: Front) -> None:
    place = front.order("technician1", "materials/register_location", {"name": "Bench 77", "kind": "bench"}).json()
    order = {"location": place["result"]["location"]}
    answer = front.order("technician1", "manufacturing/clear_line", order, typed={"location": "label_damaged"})
    assert answer.status_code == 200, answer.text
    entry = front.world.entries()[-1]
    assert entry.seq == answer.json()["entry"]["seq"]
    facts = json.loads(entry.body)["facts"]
    assert (facts["capture"], facts["typed_because"]) == ("typed", {"location": "label_damaged"})


@pytest.mark.parametrize(
    "typed", [{"location": "no such reason"}, {"location": ""}, {"no_field": "no_symbol"}, [], "x"]
)
def test_what_is_no_typing(front: Front, typed: Any) -> None:
    is_problem(front.order("technician1", "manufacturing/clear_line", {"location": ""}, typed=typed), 422)


def test_the_bedside_says_itself_what_was_typed(front: Front) -> None:
    _, symbol, _, band = front.world.ready(1)
    order = {**CHECK, "wristband": band, "bag": symbol}
    assert (
        "typed" in is_problem(front.order("nurse1", "bedside/check", order, typed={"bag": "no_symbol"}), 422)["fields"]
    )


# -- what is malformed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"text"',
        b"1e999",
        b"NaN",
        b"[" * 30_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"request_id": "x", "order": {}}',
        b'{"request_id": 1, "order": {}}',
        b'{"order": {}}',
        b'{"request_id": "6f1a9f2e-8a4e-4b5c-9a53-0d9f8d3e2b11"}',
        b'{"request_id": "6f1a9f2e-8a4e-4b5c-9a53-0d9f8d3e2b11", "order": []}',
        b'{"request_id": "6f1a9f2e-8a4e-4b5c-9a53-0d9f8d3e2b11", "order": {}, "extra": 1}',
        b'{"request_id": "6f1a9f2e-8a4e-4b5c-9a53-0d9f8d3e2b11", "order": {"cause": "\\ud800 alone"}}',
        b'{"request_id": "6f1a9f2e-8a4e-4b5c-9a53-0d9f8d3e2b11", "order": {"cause": 12345678901234567890123}}',
        b'{"request_id": "6f1a9f2e-8a4e-4b5c-9a53-0d9f8d3e2b11", "order": {"cause": ' + b"1" * 5_000 + b"}}",
    ],
    ids=range(19),
)
def test_bytes_that_are_no_order(front: Front, content: bytes) -> None:
    body = is_problem(front.raw("nurse1", DOWNTIME, content), 422, "order.invalid")
    assert body["fields"]
    assert all(text.endswith(".") for text in body["fields"].values())


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({}, "cause"),
        ({"cause": 1}, "cause"),
        ({"cause": None}, "cause"),
        ({"cause": ["a"]}, "cause"),
        ({"cause": "x" * 301}, "cause"),
        ({"cause": "ab"}, "cause"),
        ({"cause": "with \x00 inside"}, "cause"),
        ({"cause": "fine words", "more": 1}, "more"),
    ],
)
def test_each_wrong_field_is_named(front: Front, order: dict[str, Any], field: str) -> None:
    body = is_problem(front.order("nurse1", DOWNTIME, order), 422, "order.invalid")
    assert any(name.split(".")[-1] == field for name in body["fields"]), body


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**30, 1.5, True, "1", "one", None, [1], {"a": 1}])
def test_a_number_that_is_none(front: Front, number: Any) -> None:
    answer = front.raw(
        "nurse1", "bedside/pause", json.dumps({"request_id": str(uuid.uuid4()), "order": {"infusion": number}}).encode()
    )
    assert answer.status_code in {404, 409, 422}, answer.text


def test_more_than_64_kilobytes(front: Front) -> None:
    is_problem(front.raw("nurse1", DOWNTIME, b" " * 65_537), 413, "request.too_large")
    assert front.raw("nurse1", DOWNTIME, b" " * 65_536).status_code == 422


def test_a_path_that_is_no_command(front: Front) -> None:
    for path in ("bedside/no_such_verb", "bedside", "bedside/check/more", "../x", "accounts/open_session"):
        answer = front.order("nurse1", path, {})
        assert answer.status_code in {404, 405}, (path, answer.text)
        assert answer.headers["content-type"] == PROBLEM


def test_internal_commands_are_not_offered(front: Front) -> None:
    for path in sorted(command.path for command in REGISTRY.values() if command.internal):
        assert front.order("admin1", path, {}).status_code in {404, 405}, path


# -- scan and bedside ------------------------------------------------------------------------------------------------


def test_a_scan_says_what_it_is(front: Front) -> None:
    code, symbol, recipient, band = front.world.ready()
    for raw, kind, found in ((symbol, "container", code), (f"]C1{band}\r", "recipient", recipient)):
        answer = front.send("nurse1", "scan", {"symbol": raw})
        assert answer.status_code == 200
        assert set(answer.json()) == {"kind", "code", "title", "phase", "actions"}
        assert (answer.json()["kind"], answer.json()["code"]) == (kind, found)
        assert front.get("nurse1", "/api/v1/scan", params={"symbol": raw}).json() == answer.json()


@pytest.mark.parametrize("symbol", ["", "garbage", "\x00", "LB010000000000", "x" * 256, "🧬"])
def test_a_scan_of_anything_is_answered(front: Front, symbol: str) -> None:
    answer = front.send("nurse1", "scan", {"symbol": symbol})
    assert answer.status_code == 200, answer.text


def test_a_scan_of_more_than_256_characters_is_not(front: Front) -> None:
    is_problem(front.send("nurse1", "scan", {"symbol": "x" * 257}), 422)
    is_problem(front.send("nurse1", "scan", {"symbol": 1}), 422)
    is_problem(front.send("nurse1", "scan", {}), 422)
    is_problem(
        front.send("nurse1", "bedside/check", {"request_id": str(uuid.uuid4()), "order": {**CHECK, "bag": "x" * 257}}),
        422,
    )


def test_a_check_in_the_words_of_the_contract(front: Front) -> None:
    _, symbol, _, band = front.world.ready()
    stop = front.order("nurse1", "bedside/check", CHECK)
    assert (stop.status_code, stop.json()["result"]["verdict"]) == (200, "STOP")
    order = {**CHECK, "wristband": band, "bag": symbol}
    first = front.order("nurse1", "bedside/check", {**order, "capture": "camera", "identity_stated": "unable"})
    result = first.json()["result"]
    assert {"verdict", "reasons", "checks", "checks_needed", "may_start", "valid_until"} <= set(result)
    assert (result["verdict"], result["checks"], result["may_start"]) == ("MATCH", 1, False)
    assert datetime.fromisoformat(result["valid_until"]).tzinfo == UTC
    start = {"wristband": band, "bag": symbol, "planned_minutes": 120}
    is_problem(front.order("nurse1", "bedside/start_infusion", start), 409, "infusion.needs_two_checks")
    assert front.order("nurse2", "bedside/check", order).json()["result"]["may_start"] is True
    is_problem(front.order("nurse1", "bedside/start_infusion", {**start, "planned_minutes": 119}), 409)
    started = front.order("nurse1", "bedside/start_infusion", start)
    assert (started.status_code, started.json()["result"]["warnings"]) == (200, ["infusion.no_vitals_before"])


# -- reading ---------------------------------------------------------------------------------------------------------


def test_the_ledger_in_pages(front: Front) -> None:
    answer = front.get("inspector1", "/api/v1/ledger/entries", params={"after": 0, "limit": 3})
    entries = answer.json()["entries"]
    assert [entry["seq"] for entry in entries] == [1, 2, 3]
    assert {"seq", "at", "event", "actor", "subject", "hash"} <= set(entries[0])
    for wrong in ({"limit": 0}, {"limit": 1001}, {"after": -1}, {"after": "x"}):
        is_problem(front.get("inspector1", "/api/v1/ledger/entries", params=wrong), 422)
    is_problem(front.get("nurse1", "/api/v1/ledger/entries"), 403)


def test_a_trace_and_a_label(front: Front) -> None:
    bag = front.world.ready(1)[0]
    traced = front.get("qa1", f"/api/v1/trace/{bag}", params={"direction": "backward"}).json()
    assert {node["kind"] for node in traced["nodes"]} >= {"container", "lot", "donor"}
    assert all(set(edge) == {"from", "to", "kind", "at"} for edge in traced["edges"])
    is_problem(front.get("qa1", f"/api/v1/trace/{bag}", params={"direction": "up"}), 422)
    is_problem(front.get("assessor1", f"/api/v1/trace/{bag}"), 403)
    before = front.world.size()
    label = front.get("technician1", f"/api/v1/labels/{bag}", params={"design": "infusion_bag", "format": "png"})
    assert (label.status_code, label.headers["content-type"]) == (200, "image/png")
    # A session may open meanwhile, and the workers of an application that serves are at work.
    said = [entry.event for entry in front.world.since(before)]
    assert [event for event in said if event.startswith("labels:")] == [], "a preview issues nothing"
    is_problem(
        front.get("technician1", f"/api/v1/labels/{bag}", params={"design": "no_such"}), 409, "label.wrong_design"
    )
    is_problem(front.get("technician1", f"/api/v1/labels/{bag}", params={"design": "9"}), 422)


def test_the_description_needs_a_session_and_names_every_command(front: Front) -> None:
    is_problem(front.client.get("/openapi.json", headers={"accept": "application/json"}), 401)
    paths = front.get("nurse1", "/openapi.json").json()["paths"]
    offered = {f"/api/v1/{command.path}" for command in REGISTRY.values() if not command.internal}
    assert offered <= set(paths)


def test_alive_and_ready(front: Front) -> None:
    assert front.client.get("/healthz").status_code == 200
    assert front.client.get("/readyz").status_code == 200


# -- bad orders for every command ------------------------------------------------------------------------------------

VALUES: list[Any] = [
    None, True, 0, -1, 1, 2**53, 2**63, 10**40, 1.5, -0.0, "", " ", "a", "x" * 300, "x" * 9_000, "\x00", "\ud7ff",
    "🧬", "BG012600000149", "LT012600000133", "RC012500000164", "LB000000000000", "2026-02-30", "2026-03-01",
    "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-01T10:00:00Z",
    [], [None], [1, 2], ["BG012600000149"], {}, {"a": {"b": [1]}}, "NaN", "Infinity", "1e400", "-1", "0.0000001",
]  # fmt: skip
HOLDER = {
    "accounts": "admin1", "bedside": "nurse1", "custody": "technician1", "donors": "physician1", "labels": "qa1",
    "followup": "physician1", "manufacturing": "technician1", "materials": "technician1", "quality": "qa1",
    "notices": "qa1", "trial": "physician1",
}  # fmt: skip


@pytest.mark.parametrize("path", sorted(path for path, command in REGISTRY.items() if not command.internal))
def test_no_bad_order_is_a_fault(front: Front, path: str) -> None:
    command, chance = REGISTRY[path], random.Random(path)
    holders = [name for name, actor in front.world.actors.items() if actor.may(command.permission)]
    who = HOLDER[command.capability] if HOLDER[command.capability] in holders else holders[0]
    signed = {"signature": front.signature(who)} if command.signature is not None else {}
    for _ in range(12):
        order = {name: chance.choice(VALUES) for name in command.order.model_fields if chance.random() < 0.9}
        body = {"request_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)), "order": order, **signed}
        if "password" in command.order.model_fields:
            order["password"] = None
        answer = front.raw(who, path, json.dumps(body).encode())
        assert answer.status_code in CLIENT_ERRORS | {200}, (order, answer.text)
        if answer.status_code != 200:
            is_problem(answer, answer.status_code)
