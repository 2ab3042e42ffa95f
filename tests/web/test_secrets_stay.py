"""Secrets go through a served house by every way there is, and none is found again in anything that it wrote.

Each secret is a word of its own. Afterwards the log and every file of the data folder are read as bytes: the database
with what SQLite keeps beside it, checkpoints, files, keys. Spelled in base64 and as hexadecimal digits they are looked
for as well. Two things are no secrets here: a demonstration says the first passwords of its people when it starts; and
a session's form token, which opens nothing without its cookie, stands in the table of sessions.
"""

import base64
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pyotp
import pytest

from cellchain.accounts.second_factor import rules
from cellchain.web.session import SESSION_COOKIE, STATION_COOKIE
from scripts.served import CELLCHAIN
from tests.accounts.device import Device
from tests.accounts.directory.story import PASSWORD, SIGNING_PIN, Hospital
from tests.accounts.directory.story import hospital as hospital_of
from tests.bedside.world import played
from tests.e2e.server import Demonstration, copied, serving

WRONG, NEW, RESET = "velvet-guess-otter-71", "amber quilt voyage lantern 58", "cobalt fern whistle harbour 93"
ONCE = "ABCD-EFGH-2345-WXYZ"
NEW_PIN, WRONG_PIN, WRONG_CODE = "739164", "918273", "481516"
PASSPHRASE = "granite orchard 4417 kettle"
SECRET = rules.secret_from(os.urandom(20))
PAPER = [rules.recovery_from(os.urandom(rules.RECOVERY_BYTES)) for _ in range(rules.RECOVERY_COUNT)]
# Six digits stand by chance in a number or a hash; what is looked for is long, or stands as a value of its own.
SHORT = 8


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """A server of its own, whose log is a file."""
    folder = copied(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("secrets") / "data")
    with serving(folder) as server:
        yield server


def spellings(secret: str) -> set[bytes]:
    """A secret as it might be written."""
    raw = secret.encode()
    if len(raw) < SHORT:
        return {b'"%s"' % raw, b"=%s&" % raw, b"'%s'" % raw}
    coded = base64.b64encode(raw).rstrip(b"=")
    return {raw, raw.hex().encode(), coded[:-1], raw.replace(b" ", b"+"), raw.replace(b" ", b"%20")}


def found_in(folder: Path, secrets: set[str]) -> list[tuple[str, str]]:
    """Where a secret stands, among all files of a folder."""
    files = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert sum(len(content) for content in files.values()) > 100_000
    return [
        (name, secret)
        for secret in secrets
        for name, content in files.items()
        if any(spelling in content for spelling in spellings(secret))
    ]


def order(server: Demonstration, who: str, path: str, fields: dict[str, Any], password: str) -> httpx.Response:
    """Somebody signs and sends a command."""
    body = {"request_id": str(uuid.uuid4()), "order": fields, "signature": {"username": who, "password": password}}
    return server.send(f"/api/v1/{path}", body, who)


def by_password(server: Demonstration) -> set[str]:
    """Wrong and right passwords, a new one, a reset, a password as a name, by page and by API."""
    for words in ({"username": "qa2", "password": WRONG}, {"username": WRONG, "password": WRONG}):
        assert server.send("/api/v1/sign-in", words).status_code == 401
        assert httpx.post(f"{server.url}/sign-in", data=words).status_code == 401
    old = server.passwords["qa2"]
    changed = order(server, "qa2", "accounts/set_password", {"password": NEW, "pin": NEW_PIN}, old)
    assert changed.status_code == 200, changed.text
    assert order(server, "qa1", "quality/hold", {"lot": "nonsense", "reason": WRONG}, WRONG).status_code in {401, 422}
    fields: dict[str, Any] = {"username": "newcomer", "name": "New Comer", "initials": "NC"}
    person = server.do("admin1", "accounts/register_person", **fields)["person"]
    reset = server.order("admin1", "accounts/reset_password", {"person": person, "code": ONCE})
    assert reset.status_code == 200, reset.text
    chosen = {"username": "newcomer", "code": ONCE, "password": RESET, "password_again": RESET, "pin": NEW_PIN}
    assert httpx.post(f"{server.url}/first-password", data={**chosen, "code": ONCE[::-1]}).status_code == 401
    assert httpx.post(f"{server.url}/first-password", data=chosen).status_code == 303
    assert server.send("/api/v1/sign-in", {"username": "newcomer", "password": RESET}).status_code == 200
    server.passwords["qa2"] = NEW
    server.forget("qa2")
    return {WRONG, NEW, RESET, NEW_PIN, ONCE, ONCE.replace("-", "")}


def by_phone(server: Demonstration) -> set[str]:
    """A phone and codes on paper: enrolled, used, and guessed at."""
    words = {"username": "physician1", "password": server.passwords["physician1"]}
    fields = {"secret": SECRET, "code": pyotp.TOTP(SECRET).now(), "recovery": PAPER}
    enrolled = order(server, "physician1", "accounts/enrol_second_factor", fields, words["password"])
    assert enrolled.status_code == 200, enrolled.text
    assert server.send("/api/v1/sign-in", {**words, "code": WRONG_CODE}).status_code == 401
    assert server.send("/api/v1/sign-in", {**words, "code": PAPER[0]}).status_code == 200
    return {SECRET, *PAPER, *(rules.bare(one) for one in PAPER)}


def by_badge(server: Demonstration) -> set[str]:
    """A station is enrolled, and a badge opens it with a wrong PIN and with the right one."""
    who = httpx.Client(base_url=server.url, headers={"sec-fetch-site": "same-origin"})
    who.post("/sign-in", data={"username": "admin1", "password": server.passwords["admin1"]})
    session = {"cookie": f"{SESSION_COOKIE}={who.cookies[SESSION_COOKIE]}"}
    csrf = who.get("/people", headers=session).text.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": csrf, "station": "secrets-1", "kind": "bedside", "request_id": str(uuid.uuid4())}
    answer = who.post("/stations", data=form, headers=session, follow_redirects=False)
    station = answer.cookies[STATION_COOKIE]
    nurse = next(one for one in server.manifest["people"] if one["username"] == "nurse1")
    at = {"cookie": f"{STATION_COOKIE}={station}"}

    def tries(pin: str) -> httpx.Response:
        who.cookies.clear()
        return who.post("/sign-in", data={"badge": nurse["badge"], "pin": pin}, headers=at, follow_redirects=False)

    assert tries(WRONG_PIN).status_code == 401
    opened = tries(nurse["pin"])
    assert opened.status_code == 303, opened.text
    token = opened.cookies[SESSION_COOKIE]
    who.close()
    return {WRONG_PIN, nurse["pin"], station, token, session["cookie"].split("=", 1)[1]}


def by_passkey(server: Demonstration) -> set[str]:
    """A device answers that nobody knows."""
    answer = Device().proves({"challenge": "A" * 43})
    assert server.send("/api/v1/sign-in", {"passkey": answer}).status_code == 401
    return {answer, answer[20:60]}


def by_passphrase(server: Demonstration, to: Path) -> set[str]:
    """A backup is sealed."""
    words = to / "words"
    words.write_text(PASSPHRASE + "\n", encoding="utf-8")
    words.chmod(0o600)
    run: list[str | Path] = [
        CELLCHAIN,
        "backup",
        "--data-dir",
        server.folder,
        "--to",
        to / "one.backup",
        "--passphrase-file",
        words,
    ]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert PASSPHRASE not in done.stdout + done.stderr
    words.unlink()
    return {PASSPHRASE}


def test_no_secret_is_found_in_what_a_house_wrote(served: Demonstration, tmp_path: Path) -> None:
    # The manifest of a demonstration says its first passwords on purpose; it is of no other house.
    manifest = served.folder / "manifest.json"
    secrets = by_password(served) | by_phone(served) | by_badge(served) | by_passkey(served)
    secrets |= by_passphrase(served, tmp_path) | {served.bearer("qa1")["authorization"].split()[1]}
    kept = manifest.read_bytes()
    manifest.unlink()
    try:
        time.sleep(0.2)  # the log is written by another process
        assert found_in(served.folder, secrets) == []
        assert found_in(tmp_path, {PASSPHRASE}) == []
    finally:
        manifest.write_bytes(kept)
    assert '"event":"request"' in (served.folder / "serve.log").read_text(), "the log was on"


def test_a_secret_that_is_there_is_found(served: Demonstration) -> None:
    (served.folder / "leak").write_bytes(b"x" + base64.b64encode(WRONG.encode()) + b"y")
    assert found_in(served.folder, {WRONG}) == [("leak", WRONG)]
    (served.folder / "leak").unlink()


def test_nothing_of_a_directory_is_found(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with hospital_of(tmp_path) as hospital:
        secrets = through_the_directory(hospital)
        hospital.go_home()
        folder = hospital.installation.folder.path
    said = "".join(capfd.readouterr())
    assert [secret for secret in secrets if any(one.decode() in said for one in spellings(secret))] == []
    assert found_in(folder, secrets) == []


def through_the_directory(hospital: Hospital) -> set[str]:
    """Somebody is linked, comes in, sets a PIN, and comes with a code that was used."""
    person = hospital.linked("carrier", "technician")
    visitor = hospital.visitor().enter("carrier")
    door = visitor.set_out().headers["location"]
    back = visitor.come_back(door, "carrier")
    visitor.receive(back)
    visitor.receive(back)
    other = hospital.visitor().enter("carrier", anew="1")
    done = other.set_pins()
    assert done.status_code == 303, done.text
    asked = httpx.URL(door).params
    given = httpx.URL(back).params
    secrets = {PASSWORD, SIGNING_PIN, asked["state"], asked["nonce"], given["code"]}
    assert person
    return {one for one in secrets if len(one) >= SHORT}
