"""The public contract, held as a script holds it: the command line, the manifest, the JSON API, and `verify`.

Everything here goes through the program as it is installed: its command line, its served address, its files.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from scripts.served import CELLCHAIN
from tests.bedside.world import played
from tests.e2e.server import Demonstration, copied, serving

TOP = Path(__file__).parents[2]
INSPECTION = {"intact": True, "no_clumps": True, "label_legible": True}
ROLES = {
    "technician", "analyst", "qa", "nurse", "physician", "coordinator", "assessor", "statistician", "sponsor",
    "inspector", "administrator", "committee", "monitor",
}  # fmt: skip
WRONG_STATES = ("assigned_unreleased", "unassigned", "expired", "on_hold", "recalled", "infused")


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration that nobody writes to."""
    return played(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def manifest(demonstration: Path) -> dict[str, Any]:
    return dict(json.loads((demonstration / "manifest.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def served(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """A served copy of it; that SIGTERM ends it cleanly is asserted at the end."""
    with serving(copied(demonstration, tmp_path_factory.mktemp("contract") / "data")) as running:
        yield running


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command line."""
    return subprocess.run([CELLCHAIN, *arguments], capture_output=True, text=True, timeout=120)


def check(served: Demonstration, who: str, wristband: str, bag: str, **other: Any) -> dict[str, Any]:
    """One person's check. Gives the whole answer."""
    order = {"wristband": wristband, "bag": bag, "inspection": INSPECTION, **other}
    answer = served.order(who, "bedside/check", order)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def verdict(answer: dict[str, Any]) -> str:
    """MATCH or STOP; a STOP has its reasons."""
    result = answer["result"]
    assert (result["verdict"] == "STOP") == bool(result["reasons"])
    assert answer["entry"]["seq"] > 0
    return str(result["verdict"])


def ready(served: Demonstration, number: int) -> tuple[dict[str, Any], str]:
    """A ready bag, and its recipient's wristband."""
    bag = served.bags("ready", "msc")[number]
    return bag, served.band(bag["recipient"])


# ---- the command line and the manifest -------------------------------------------------------------------------------


def test_demo_refuses_a_folder_that_is_not_empty_and_leaves_it_alone(demonstration: Path, tmp_path: Path) -> None:
    folder = copied(demonstration, tmp_path / "data")
    before = (folder / "cellchain.db").read_bytes()
    again = run("demo", "--data-dir", folder)
    assert again.returncode == 1
    assert "demo.not_empty" in again.stderr
    assert (folder / "cellchain.db").read_bytes() == before


def test_wrong_usage_ends_with_2(tmp_path: Path) -> None:
    assert run("fly").returncode == 2
    assert run("serve", "--data-dir", tmp_path, "--workers", "2").returncode == 2
    assert run("serve", "--data-dir", tmp_path, "--host", "0.0.0.0").returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_holds_what_the_contract_names(manifest: dict[str, Any]) -> None:
    arms = set(manifest["study"]["arms"])
    assert arms == {"MSC", "CONTROL"}
    assert len(manifest["recipients"]) == 20
    assert {one["arm"] for one in manifest["recipients"]} == arms
    assert all(one["wristband"].startswith("WB") for one in manifest["recipients"])
    assert len(manifest["donors"]) == 6
    assert [one["phase"] for one in manifest["donors"]].count("ineligible") == 1
    lots = [(one["kind"], one["phase"]) for one in manifest["lots"]]
    assert [kind for kind, _ in lots].count("product") == 4
    assert ("product", "rejected") in lots
    assert ("product", "conditionally_released") in lots
    assert {"bank", "control"} <= {kind for kind, _ in lots}
    assert {"accepted", "expired", "quarantined"} == {one["standing"] for one in manifest["materials"]}


def test_the_manifest_has_people_for_every_role(manifest: dict[str, Any]) -> None:
    people = manifest["people"]
    assert {role for one in people for role in one["roles"]} == ROLES
    for role in ("technician", "analyst", "qa", "nurse"):
        assert len([one for one in people if role in one["roles"]]) >= 2
    assert [one for one in people if {"nurse", "technician"} <= set(one["roles"])] == []
    assert all(one["password"] and one["pin"] and one["badge"].startswith("PS") for one in people)


def test_the_manifest_has_a_bag_in_every_state(manifest: dict[str, Any]) -> None:
    of_state: dict[str, list[dict[str, Any]]] = {}
    for bag in manifest["bags"]:
        of_state.setdefault(bag["bedside"], []).append(bag)
    assert set(of_state) == {"ready", *WRONG_STATES}
    owners = [bag["recipient"] for bag in of_state["ready"]]
    assert len(owners) == len(set(owners))
    assert len([bag for bag in of_state["ready"] if bag["content"] == "msc"]) >= 4
    assert len([bag for bag in of_state["ready"] if bag["content"] == "saline"]) >= 2


def test_the_story_has_a_past(demonstration: Path, manifest: dict[str, Any]) -> None:
    """Infusions of both arms with observations, one reaction; a year of follow-up with what happens in a year."""
    arms = {one["code"]: one["arm"] for one in manifest["recipients"]}
    with closing(sqlite3.connect(demonstration / "cellchain.db")) as database:

        def rows(question: str) -> list[tuple[Any, ...]]:
            return database.execute(question).fetchall()

        given = [
            arms[recipient] for (recipient,) in rows("select recipient from bedside_infusion where phase = 'completed'")
        ]
        assert given.count("MSC") >= 3
        assert given.count("CONTROL") >= 2
        assert rows("select count(distinct bag) from bedside_observation")[0][0] == len(given)
        assert rows("select count(*) from bedside_reaction") == [(1,)]
        to_the_end = rows("select recipient from followup_visit where code = 'month_12' and phase = 'done'")
        assert len(to_the_end) >= 4
        assert {arms[recipient] for (recipient,) in to_the_end} == {"MSC", "CONTROL"}
        why = dict(rows("select missing_reason, count(*) from followup_visit where phase = 'missed' group by 1"))
        assert {"died", "withdrew", "unable", "site_error"} <= set(why)
        done = "select min(visited_on between window_from and window_until) from followup_visit where phase = 'done'"
        assert rows(done) == [(1,)]
        assert len(rows("select id from followup_report_clock where phase = 'running'")) >= 1
    phases = [one["phase"] for one in manifest["recipients"]]
    assert (phases.count("died"), phases.count("withdrawn")) == (2, 2)
    infused = [bag["content"] for bag in manifest["bags"] if bag["bedside"] == "infused"]
    assert infused.count("msc") >= 3
    assert infused.count("saline") >= 2


def test_an_untouched_demonstration_is_intact(demonstration: Path, tmp_path: Path) -> None:
    said = run("verify", "--data-dir", copied(demonstration, tmp_path / "data"))
    assert said.returncode == 0, said.stdout
    assert re.fullmatch(r"intact: \d+ entries, root [0-9a-f]+", said.stdout.splitlines()[-1])


def test_a_study_is_exported_and_rebuilt_as_of_an_entry(demonstration: Path, tmp_path: Path) -> None:
    """The export itself is an entry; the same entry gives the same bytes, and so does the next day."""
    folder, study = copied(demonstration, tmp_path / "data"), "MSC-ILD"
    said = run("export", "study", study, "--data-dir", folder, "--to", tmp_path / "first.zip")
    assert said.returncode == 0, said.stderr
    found = re.fullmatch(r"entry (\d+), root ([0-9a-f]{64})", said.stdout.strip())
    assert found is not None
    again = run("export", "study", study, "--data-dir", folder, "--to", tmp_path / "again.zip", "--as-of", found[1])
    assert again.stdout == said.stdout
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "first.zip").read_bytes()
    verified = run("verify", "--data-dir", folder)
    assert verified.stdout.splitlines()[-1].startswith(f"intact: {int(found[1]) + 2} entries"), verified.stdout
    beyond = run("export", "study", study, "--data-dir", folder, "--to", tmp_path / "x.zip", "--as-of", "999999")
    assert (beyond.returncode, (tmp_path / "x.zip").exists()) == (1, False)
    assert "export.no_such_entry" in beyond.stderr


def test_a_row_edited_by_hand_is_found_and_its_table_named(
    demonstration: Path, manifest: dict[str, Any], tmp_path: Path
) -> None:
    folder = copied(demonstration, tmp_path / "data")
    bag = manifest["bags"][0]["code"]
    with closing(sqlite3.connect(folder / "cellchain.db")) as database, database:
        triggers = [name for (name,) in database.execute("select name from sqlite_master where type = 'trigger'")]
        assert triggers
        for trigger in triggers:
            database.execute(f'drop trigger "{trigger}"')
        database.execute("pragma ignore_check_constraints = on")
        table = "manufacturing_container"
        changed = database.execute(f"update {table} set phase = 'in_use' where code = ?", (bag,))
        assert changed.rowcount == 1
    said = run("verify", "--data-dir", folder)
    assert said.returncode == 1
    assert table in said.stdout + said.stderr


# ---- the JSON API ----------------------------------------------------------------------------------------------------


def test_without_a_session_nothing_is_answered(served: Demonstration) -> None:
    assert served.send("/api/v1/scan", {"symbol": "x"}).status_code == 401
    assert served.get("/openapi.json").status_code == 401
    wrong = served.send("/api/v1/sign-in", {"username": "nurse1", "password": "wrong"})
    assert wrong.status_code == 401
    assert wrong.headers["content-type"] == "application/problem+json"
    assert served.get("/healthz").status_code == served.get("/readyz").status_code == 200


def test_a_scan_says_what_it_is(served: Demonstration) -> None:
    label = served.bags("ready")[0]["label"]
    manifest = served.manifest
    for symbol, kind in (
        (label, "container"),
        (f"]d1{label}\r", "container"),
        (f"]C1{label}\t", "container"),
        (manifest["recipients"][0]["wristband"], "recipient"),
        (manifest["people"][0]["badge"], "person"),
        ("garbage~<b>", "unknown"),
    ):
        answer = served.send("/api/v1/scan", {"symbol": symbol}, "nurse1")
        assert answer.status_code == 200
        assert answer.json()["kind"] == kind, symbol
    material = {"symbol": manifest["materials"][0]["lot"]}
    assert served.send("/api/v1/scan", material, "technician1").json()["kind"] == "material_lot"
    assert served.send("/api/v1/scan", material, "nurse1").json()["kind"] == "unknown"


def test_a_check_by_one_may_not_start(served: Demonstration) -> None:
    bag, band = ready(served, 0)
    answer = check(served, "nurse1", band, bag["label"])
    assert verdict(answer) == "MATCH"
    assert answer["result"]["may_start"] is False
    again = check(served, "nurse1", band, bag["label"])
    assert again["result"]["may_start"] is False
    start = {"wristband": band, "bag": bag["label"], "planned_minutes": 120}
    assert served.order("nurse1", "bedside/start_infusion", start).status_code == 409


def test_the_same_request_is_done_once_and_answered_alike(served: Demonstration) -> None:
    bag, band = ready(served, 0)
    body = {
        "request_id": str(uuid.uuid4()),
        "order": {"wristband": band, "bag": bag["label"], "inspection": INSPECTION},
    }
    first, second = (served.send("/api/v1/bedside/check", body, "nurse1") for _ in range(2))
    assert first.status_code == 200
    assert first.content == second.content
    assert second.headers["idempotent-replay"] == "true"
    assert served.send("/api/v1/bedside/check", body, "nurse2").status_code == 409
    body["order"] = {**INSPECTION}
    assert served.send("/api/v1/bedside/check", body, "nurse1").status_code in (409, 422)


def test_two_people_start_a_bag_once(served: Demonstration) -> None:
    bag, band = ready(served, 1)
    check(served, "nurse1", band, bag["label"])
    answer = check(served, "nurse2", band, bag["label"])
    assert (verdict(answer), answer["result"]["may_start"]) == ("MATCH", True)
    start = {"wristband": band, "bag": bag["label"], "planned_minutes": 119}
    assert served.order("nurse1", "bedside/start_infusion", start).status_code in (409, 422)
    start["planned_minutes"] = 120
    assert served.order("nurse1", "bedside/start_infusion", start).status_code == 200
    assert served.order("nurse1", "bedside/start_infusion", start).status_code == 409


def test_every_wrong_thing_is_a_recorded_stop(served: Demonstration) -> None:
    bag, band = ready(served, 2)
    stranger = served.band(ready(served, 3)[0]["recipient"])
    assert verdict(check(served, "nurse1", stranger, bag["label"])) == "STOP"
    assert verdict(check(served, "nurse1", bag["recipient"], bag["label"])) == "STOP"
    assert verdict(check(served, "nurse1", "garbage", bag["label"])) == "STOP"
    assert verdict(check(served, "nurse1", band, bag["code"])) == "STOP"
    assert verdict(check(served, "nurse1", band, bag["label"], capture="typed")) == "STOP"
    assert verdict(check(served, "nurse1", band, bag["label"], inspection={**INSPECTION, "intact": False})) == "STOP"


@pytest.mark.parametrize("state", WRONG_STATES)
def test_a_bag_in_a_wrong_state_is_a_stop(served: Demonstration, state: str) -> None:
    for bag in served.bags(state):
        band = served.band(bag["recipient"] or served.manifest["recipients"][0]["code"])
        assert verdict(check(served, "nurse1", band, bag["label"])) == "STOP"


def test_the_trace_of_a_bag_reaches_its_donor(served: Demonstration) -> None:
    bag, _ = ready(served, 3)
    graph = served.get(f"/api/v1/trace/{bag['code']}?direction=backward", "nurse1").json()
    assert {"donor", "donation", "material_lot"} <= {node["kind"] for node in graph["nodes"]}
    assert all({"from", "to", "kind", "at"} <= edge.keys() for edge in graph["edges"])


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b"", b"\xff\xfe", json.dumps({"order": {"bag": "x" * 100_000}}).encode()]
)
def test_bad_input_is_a_clear_refusal(served: Demonstration, body: bytes) -> None:
    answer = served.raw("/api/v1/bedside/check", body, "nurse1")
    assert 400 <= answer.status_code < 500
    assert {"type", "title", "status", "code", "message"} <= answer.json().keys()


def test_who_may_not_is_told_so(served: Demonstration) -> None:
    bag, band = ready(served, 3)
    order = {"wristband": band, "bag": bag["label"], "inspection": INSPECTION}
    for who in ("technician1", "qa1", "admin1", "assessor1"):
        assert served.order(who, "bedside/check", order).status_code == 403
    assert served.get(f"/api/v1/trace/{bag['code']}?direction=both", "assessor1").status_code == 403
    assert served.get("/api/v1/ledger/entries?after=0&limit=10", "nurse1").status_code == 403


def test_a_preview_is_paper_that_stands_for_nothing(served: Demonstration) -> None:
    bag, _ = ready(served, 3)
    for form, mime in (("pdf", "application/pdf"), ("png", "image/png")):
        answer = served.get(f"/api/v1/labels/{bag['code']}?design=infusion_bag&format={form}&language=ru", "qa1")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == mime


def test_the_ledger_can_be_read_and_proved(served: Demonstration) -> None:
    entries = served.get("/api/v1/ledger/entries?after=0&limit=5", "inspector1").json()["entries"]
    assert [entry["seq"] for entry in entries] == [1, 2, 3, 4, 5]
    assert all({"at", "event", "actor", "subject", "hash"} <= entry.keys() for entry in entries)
    checkpoint = served.get("/api/v1/ledger/checkpoint", "inspector1").json()
    assert checkpoint["size"] >= 5
    proof = served.get(f"/api/v1/ledger/proof?entry=3&size={checkpoint['size']}", "inspector1")
    assert proof.status_code == 200
    assert (proof.json()["root"], proof.json()["hash"]) == (checkpoint["root"], entries[2]["hash"])
    assert climbed(proof.json(), 2) == checkpoint["root"]
    size = checkpoint["size"]
    grown = served.get(f"/api/v1/ledger/consistency?old_size=4&size={size}", "inspector1").json()
    assert grown["root"] == checkpoint["root"]
    four = [leaf(entry["hash"]) for entry in entries[:4]]
    assert grown["old_root"] == node(node(four[0], four[1]), node(four[2], four[3])).hex()
    # Four entries are one whole subtree, so the path that leads from it to the root of today proves the growth.
    assert (
        climbed({"path": grown["path"], "size": (size + 3) // 4}, 0, bytes.fromhex(grown["old_root"])) == grown["root"]
    )
    assert served.get(f"/api/v1/ledger/consistency?old_size={size + 9}&size={size}", "inspector1").status_code == 404
    assert served.get(f"/api/v1/ledger/consistency?old_size=1&size={size}", "nurse1").status_code == 403


def leaf(entry_hash: str) -> bytes:
    return sha256(b"\x00" + bytes.fromhex(entry_hash)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def climbed(proof: dict[str, Any], place: int, start: bytes | None = None) -> str:
    """RFC 6962, section 2.1.1: from a leaf at `place` (or a subtree standing for one) up the path to the root."""
    here, last = leaf(proof["hash"]) if start is None else start, proof["size"] - 1
    for sibling in map(bytes.fromhex, proof["path"]):
        if place % 2 or place == last:
            here = node(sibling, here)
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            here = node(here, sibling)
        place, last = place // 2, last // 2
    return here.hex()


def test_the_ledger_goes_out_and_is_checked_elsewhere(demonstration: Path, tmp_path: Path) -> None:
    """Export, check with the key alone, check with the file that came along; then the key is rotated."""
    data = copied(demonstration, tmp_path / "data")
    file, key = tmp_path / "out" / "ledger.jsonl", data / "keys" / "signing.pub"
    said = run("export", "ledger", "--to", file, "--data-dir", data)
    found = re.fullmatch(r"entry (\d+), root ([0-9a-f]{64})\n", said.stdout)
    assert found, said.stderr
    intact = f"intact: {found[1]} entries, root {found[2]}"
    assert run("verify", "--export", file, "--key", key).stdout.splitlines()[-1] == intact
    told = json.loads(run("verify", "--export", file, "--key", key, "--json").stdout)
    assert (told["intact"], told["entries"], told["root"]) == (True, int(found[1]), found[2])
    assert told["not_covered"]
    alone: list[str | Path] = [sys.executable, "-I", file.with_name("verify_ledger.py"), file, key]
    assert subprocess.run(alone, cwd=tmp_path, capture_output=True, text=True).stdout.strip() == intact
    assert run("verify", "--export", file).returncode == 2
    assert run("verify", "--export", key, "--key", key).returncode == 1
    rotated = run("keys", "rotate", "--data-dir", data)
    assert rotated.stdout.startswith(f"entry {int(found[1]) + 1}: signing key cellchain/"), rotated.stderr
    assert run("verify", "--data-dir", data).stdout.splitlines()[-1].startswith("intact: ")
    content = file.read_text(encoding="utf-8")
    file.write_text(content.replace("PS01", "PS02", 1), encoding="utf-8")
    broken = run("verify", "--export", file, "--key", key)
    assert (broken.returncode, broken.stdout.splitlines()[-1][:13]) == (1, "broken: entry")


# ---- make ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["run", "demo", "test", "bench"])
def test_make_knows_its_targets(target: str) -> None:
    said = subprocess.run(["make", "-n", target], cwd=TOP, capture_output=True, text=True, timeout=30)
    assert said.returncode == 0, said.stderr


def test_make_run_listens_where_it_is_told() -> None:
    for environment, port in (({}, 8000), ({"PORT": "8123"}, 8123)):
        kept = {name: value for name, value in os.environ.items() if name != "PORT"}
        said = subprocess.run(
            ["make", "-n", "run"], cwd=TOP, capture_output=True, text=True, timeout=30, env=kept | environment
        )
        assert f"--host 127.0.0.1 --port {port}" in said.stdout
