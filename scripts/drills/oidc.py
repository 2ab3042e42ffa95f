"""`make drill-oidc`: people sign in at a real directory, Debian's glewlwyd, which then goes away.

A demonstration is served on loopback with glewlwyd as its directory. Two people are linked and sign in over HTTP as a
browser does; the directory changes its key; then it is killed. What has to go on at the bedside goes on, and a person
who cannot sign in is told why. Prints each step; exit 0 only if all held.
"""

import contextlib
import hashlib
import json
import re
import secrets
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from scripts.drills import directory as directories
from scripts.drills.cluster import await_true
from scripts.drills.directory import Directory
from scripts.drills.house import through
from scripts.drills.load import LOOK
from scripts.drills.visitor import Visitor
from scripts.served import CELLCHAIN, free_port, served

THERE = "the words of the directory"
SIGNING_PIN = "83620417"
TOLD_WITHIN_S = 9.0
REASON = {"cause": "second_person_missing", "account": "The drill: the second nurse is not there."}


@dataclass
class Drill:
    """Both houses, what was found, and how long it took."""

    house: str
    directory: Directory
    manifest: dict[str, Any]
    findings: list[str] = field(default_factory=list)
    steps: int = 0

    def step(self, what: str, held: bool, detail: str = "") -> None:
        """Say what was tried and whether it came out as it has to."""
        self.steps += 1
        print(
            f"{self.steps:2}. {'held' if held else 'DID NOT HOLD'}: {what}{f' ({detail})' if detail else ''}",
            flush=True,
        )
        if not held:
            self.findings.append(what)

    def member(self, username: str) -> dict[str, Any]:
        """Somebody of the demonstration."""
        return next(one for one in self.manifest["people"] if one["username"] == username)

    def token(self, **given: str) -> str:
        """Sign in as a program does."""
        answer = httpx.post(f"{self.house}/api/v1/sign-in", json=given, timeout=15)
        return str(answer.json().get("token", ""))

    def do(self, token: str, verb: str, signed: dict[str, str] | None = None, **order: Any) -> httpx.Response:
        """Send an order."""
        body = {"request_id": str(uuid.uuid4()), "order": order, **({} if signed is None else {"signature": signed})}
        headers = {"authorization": f"Bearer {token}"}
        return httpx.post(f"{self.house}/api/v1/{verb}", json=body, headers=headers, timeout=15)


def main() -> int:
    """Run the drill. 2 where a program is missing, 1 where something did not hold."""
    return through(_all)


def _all() -> int:
    print(f"# Signing in at glewlwyd {directories.version()}, and without it", flush=True)
    with directories.running() as directory, tempfile.TemporaryDirectory(prefix="cellchain-site-") as folder:
        return _drill(directory, Path(folder))


def _drill(directory: Directory, folder: Path) -> int:
    data, port = folder / "data", free_port()
    began = time.monotonic()
    subprocess.run([str(CELLCHAIN), "demo", "--data-dir", str(data)], check=True, capture_output=True, timeout=600)
    print(f"    a demonstration was played in {time.monotonic() - began:.0f} s", flush=True)
    house = f"http://127.0.0.1:{port}"
    directory.settle(f"{house}/directory/callback", "RS256")
    (folder / "secret").write_text(f"{directory.client_secret}\n")
    variables = _variables(directory, house, folder / "secret")
    with served(data, port, variables):
        drill = Drill(house, directory, json.loads((data / "manifest.json").read_text()))
        with _visitors() as visitor:
            nurse, physician = _there_and_back(drill, visitor)
            _key_changes(drill, visitor)
            _away(drill, visitor, nurse, physician)
            _back_again(drill, visitor)
    with served(data, port, variables | {"CELLCHAIN_OIDC_STRONG": "mfa"}), _visitors() as visitor:
        _too_weak(drill, visitor())
    print("\nHeld." if not drill.findings else f"\n{len(drill.findings)} of {drill.steps} did not hold.")
    return 1 if drill.findings else 0


def _variables(directory: Directory, house: str, secret: Path) -> dict[str, str]:
    return {
        "CELLCHAIN_PUBLIC_URL": house,
        "CELLCHAIN_OIDC_ISSUER": directory.issuer,
        "CELLCHAIN_OIDC_CLIENT_ID": directories.CLIENT_ID,
        "CELLCHAIN_OIDC_CLIENT_SECRET_FILE": str(secret),
        "CELLCHAIN_OIDC_NAME": "glewlwyd",
    }


@contextlib.contextmanager
def _visitors() -> Iterator[Callable[[], Visitor]]:
    """Browsers, each without a cookie at first."""
    with contextlib.ExitStack() as stack:

        def one() -> Visitor:
            made = Visitor()
            stack.callback(made.close)
            return made

        yield one


# -- there and back --------------------------------------------------------------------------------------------------


def _enter(drill: Drill, visitor: Visitor, username: str, password: str = THERE, *, anew: bool = False) -> bool:
    """Press the button here, sign in and agree there, and come back. Whether the directory let them in."""
    here, there = drill.house, drill.directory.address
    door = visitor.ask("GET", f"{here}/directory/sign-in{'?anew=1' if anew else ''}").headers.get("location", "")
    if not door.startswith(there):
        return False
    visitor.follow(door, until=here)
    entered = visitor.ask("POST", f"{there}/api/auth/", json={"username": username, "password": password})
    if entered.status_code != 200:
        return False
    agreed = {"scope": "openid profile"}
    visitor.ask("PUT", f"{there}/api/auth/grant/{directories.CLIENT_ID}", json=agreed)
    back = visitor.follow(f"{door}&g_continue", until=here)
    if not back.startswith(here):
        return False
    visitor.ask("GET", back)
    return True


def _there_and_back(drill: Drill, visitor: Callable[[], Visitor]) -> tuple[str, str]:
    """Two people are linked and sign in there. Gives their PINs at the badge."""
    admin = drill.token(**_words(drill, "admin1"))
    for username in ("nurse1", "physician1"):
        drill.directory.know(username, THERE)
    browser = visitor()
    drill.step(
        "a wrong password at the directory lets nobody in here", not _enter(drill, browser, "nurse1", "wrong words")
    )
    for username in ("physician1", "nurse1"):
        browser = visitor()
        _enter(drill, browser, username)
        found = re.search(r'arrival-code"><span class="id">([^<]{9})', browser.text)
        drill.step(f"{username} comes from there and is nobody here yet", found is not None)
        code = "" if found is None else found[1]
        linked = drill.do(admin, "accounts/link_to_directory", person=_code(drill, username), code=code)
        drill.step(f"an administrator links {username}", linked.status_code == 200, _phase(linked))
    _countersigned(drill)
    for username in ("physician1", "nurse1"):
        _first_time(drill, visitor(), username)
    return drill.member("nurse1")["pin"], drill.member("physician1")["pin"]


def _countersigned(drill: Drill) -> None:
    """Both links wait for QA: the roles behind them guard lives."""
    qa = drill.token(**_words(drill, "qa1"))
    page = httpx.get(f"{drill.house}/decisions", headers={"authorization": f"Bearer {qa}"}, timeout=15).text
    waiting = [int(one) for one in re.findall(r"countersign\?decision=(\d+)", page)]
    answers = [drill.do(qa, "accounts/countersign", _words(drill, "qa1"), decision=one) for one in waiting]
    drill.step(
        "QA countersigns both links: their roles guard lives", [one.status_code for one in answers] == [200, 200]
    )


def _first_time(drill: Drill, browser: Visitor, username: str) -> None:
    began = time.monotonic()
    _enter(drill, browser, username)
    sent_to = "" if browser.page is None else browser.page.headers.get("location", "")
    took = f"{time.monotonic() - began:.2f} s there and back"
    drill.step(f"{username} signs in there, and is led to the signing PIN", sent_to == "/directory/pin", took)
    own = drill.token(**_words(drill, username))
    drill.step(f"the password that {username} had here opens nothing any more", own == "")
    pin_page = f"{drill.house}/directory/pin"
    pins = {"signing_pin": SIGNING_PIN, "signing_pin_again": SIGNING_PIN}
    refused = browser.send(pin_page, pin_page, **pins)
    drill.step("a PIN is not set before the directory has asked again", refused.status_code == 409)
    _enter(drill, browser, username, anew=True)
    untrue = "(auth_time)" in browser.text
    drill.step("its auth_time of 0 is no proof that it asked again, and is refused", untrue)
    _enter(drill, browser, username)
    code = _one_time_code(drill, username)
    _enter(drill, browser, username)  # the code ended every session
    done = browser.send(pin_page, pin_page, code=code, **pins)
    drill.step("with a one-time code of an administrator the signing PIN is set", done.status_code == 303)


def _one_time_code(drill: Drill, username: str) -> str:
    """What an administrator hands over."""
    browser, page = Visitor(), f"{drill.house}/people/{_code(drill, username)}/code"
    try:
        browser.send(f"{drill.house}/sign-in", f"{drill.house}/sign-in", **_words(drill, "admin1"))
        browser.send(page, page)
        found = re.search(r'arrival-code long"><span class="id">([^<]{19})', browser.text)
        return "" if found is None else found[1]
    finally:
        browser.close()


def _key_changes(drill: Drill, visitor: Callable[[], Visitor]) -> None:
    for algorithm in ("ES256", "RS256"):
        drill.directory.rotate(algorithm)
        browser = visitor()
        _enter(drill, browser, "nurse1")
        drill.step(f"the directory signs with a new key, {algorithm}, and nurse1 signs in", _is_in(drill, browser))


# -- without it ------------------------------------------------------------------------------------------------------


def _away(drill: Drill, visitor: Callable[[], Visitor], nurse_pin: str, physician_pin: str) -> None:
    station = _station(drill)
    drill.directory.kill()
    print("    kill -9 of the directory", flush=True)
    for attempt in ("first", "next"):
        browser, began = visitor(), time.monotonic()
        answer = browser.ask("GET", f"{drill.house}/directory/sign-in")
        took = time.monotonic() - began
        held = answer.status_code == 503 and "directory does not answer" in answer.text and took < TOLD_WITHIN_S
        drill.step(f"the {attempt} sign-in is told that the directory is away, with 503", held, f"{took * 1000:.0f} ms")
    _passwords_of_the_house(drill, visitor())
    _bedside(drill, station, nurse_pin)
    _signing(drill, station, physician_pin)


def _passwords_of_the_house(drill: Drill, browser: Visitor) -> None:
    page = f"{drill.house}/sign-in"
    wrong = browser.send(page, page, **{**_words(drill, "admin1"), "password": THERE})
    told_apart = "Name or password is wrong" in wrong.text and "does not answer" not in wrong.text
    drill.step("a wrong password of this house is told apart from that", wrong.status_code == 401 and told_apart)
    right = browser.send(page, page, **_words(drill, "admin1"))
    drill.step("the administrator who has a password here gets in", right.status_code == 303)


def _bedside(drill: Drill, station: str, pin: str) -> None:
    nurse = drill.token(badge=drill.member("nurse1")["badge"], pin=pin, station=station)
    drill.step("nurse1 opens a shift with badge and PIN", nurse != "")
    bag = next(one for one in drill.manifest["bags"] if one["bedside"] == "ready")
    band = next(one["wristband"] for one in drill.manifest["recipients"] if one["code"] == bag["recipient"])
    checked = drill.do(nurse, "bedside/check", wristband=band, bag=bag["label"], inspection=LOOK)
    verdict = checked.json().get("result", {}).get("verdict", "")
    drill.step("and checks a bag", verdict == "MATCH", verdict)


def _signing(drill: Drill, station: str, pin: str) -> None:
    physician = drill.token(badge=drill.member("physician1")["badge"], pin=pin, station=station)

    def signs(secret: str) -> httpx.Response:
        words = {"username": "physician1", "password": secret}
        return drill.do(physician, "accounts/break_glass", words, role="nurse", **REASON)

    wrong = signs("11112222")
    drill.step(
        "a wrong signing PIN signs nothing, and is called that", wrong.json().get("code") == "signature.pin_wrong"
    )
    words = signs(THERE)
    said = words.json().get("code", "")
    drill.step("the directory's password signs nothing here", said == "signature.pin_wrong", said)
    began = time.monotonic()
    signed = signs(SIGNING_PIN)
    took = f"{(time.monotonic() - began) * 1000:.0f} ms"
    drill.step("physician1 signs with the signing PIN", signed.status_code == 200, took)


def _back_again(drill: Drill, visitor: Callable[[], Visitor]) -> None:
    drill.directory.start()
    began, browser = time.monotonic(), visitor()

    def enters() -> bool:
        _enter(drill, browser, "nurse1")
        return _is_in(drill, browser)

    is_back = await_true(enters, "people sign in again", 30, 0.5)
    took = f"{time.monotonic() - began:.1f} s after it answered"
    drill.step("the directory is back, and people sign in", is_back, took)


def _too_weak(drill: Drill, browser: Visitor) -> None:
    """A house that wants more than a password, before a directory that asks for none: the person is told so."""
    _enter(drill, browser, "nurse1")
    told = "no more than a password" in browser.text
    drill.step("a house that wants a second factor takes no password of the directory alone", told)
    drill.step("and nobody is signed in by it", not _is_in(drill, browser))


# -- small things ----------------------------------------------------------------------------------------------------


def _words(drill: Drill, username: str) -> dict[str, str]:
    return {one: drill.member(username)[one] for one in ("username", "password")}


def _code(drill: Drill, username: str) -> str:
    """Somebody's code, as the list of people links to it."""
    admin = drill.token(**_words(drill, "admin1"))
    page = httpx.get(f"{drill.house}/people", headers={"authorization": f"Bearer {admin}"}, timeout=15).text
    row = next(part for part in page.split("<tr") if username in part)
    found = re.search(r"/people/(PS\w{12})", row)
    return "" if found is None else found[1]


def _phase(answer: httpx.Response) -> str:
    told = answer.json()
    return str(told.get("result", {}).get("phase", told.get("code", "")))


def _station(drill: Drill) -> str:
    token = secrets.token_urlsafe(32)
    admin = drill.token(**_words(drill, "admin1"))
    digest = hashlib.sha256(token.encode()).hexdigest()
    made = drill.do(admin, "accounts/enrol_station", station="drill-bedside", kind="bedside", token_hash=digest)
    drill.step("a station is enrolled at the bedside", made.status_code == 200)
    return token


def _is_in(drill: Drill, browser: Visitor) -> bool:
    return browser.ask("GET", urljoin(drill.house, "/account")).status_code == 200


if __name__ == "__main__":
    sys.exit(main())
