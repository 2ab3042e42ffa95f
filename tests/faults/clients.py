"""People at work over HTTP while things break. Their journal of answers is held against the ledger."""

import json
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx2 as httpx

from cellchain import composition
from cellchain.ledger.audit import Report, run_verify
from cellchain.main import opened
from cellchain.platform.config import Settings
from tests.bedside.world import INSPECTION

REPEATED = 0.2
PATIENCE_S = 20.0
ANSWERED = frozenset({200, 409})  # done, or refused: either has its entry
BUSY = 503


@dataclass
class Sent:
    """A request, and what came back: nothing where the server went away over it."""

    path: str
    body: dict[str, Any]
    who: str
    status: int = 0
    text: str = ""

    @property
    def request_id(self) -> str:
        return str(self.body["request_id"])


@dataclass
class Office:
    """Everybody who sends something. `sent` is their journal."""

    url: str
    manifest: dict[str, Any]
    tokens: dict[str, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    clients: list[httpx.Client] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    also: frozenset[int] = frozenset()  # answers that a fault brings about beside the usual ones
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def close(self) -> None:
        """Close every connection."""
        for client in self.clients:
            client.close()

    def sign_in(self, *people: str) -> None:
        """Everybody signs in once; sessions outlive a server."""
        passwords = {one["username"]: one["password"] for one in self.manifest["people"]}
        for who in people:
            answer = httpx.post(
                f"{self.url}/api/v1/sign-in", json={"username": who, "password": passwords[who]}, timeout=PATIENCE_S
            )
            assert answer.status_code == 200, answer.text
            self.tokens[who] = answer.json()["token"]

    def post(self, client: httpx.Client, one: Sent) -> Sent:
        """Send a request; whatever comes back must be an answer of ours, never a fault or a page of a server."""
        try:
            answer = client.post(
                f"{self.url}/api/v1/{one.path}",
                json=one.body,
                headers={"authorization": f"Bearer {self.tokens[one.who]}"},
            )
        except httpx.TransportError:
            with self._lock:
                self.statuses["no answer"] += 1
            return one
        one.status, one.text = answer.status_code, answer.text
        with self._lock:
            code = "" if answer.status_code == 200 else answer.json()["code"]
            self.statuses[f"{answer.status_code} {code}".strip()] += 1
        if answer.status_code != 200:
            message = answer.json()["message"]
            assert message.endswith("."), message
            assert "Traceback" not in answer.text
        assert answer.status_code in {*ANSWERED, *self.also, BUSY}, answer.text
        return one

    def keep(self, one: Sent) -> None:
        """Into the journal."""
        with self._lock:
            self.sent.append(one)

    def orders(self, random: Random) -> Iterator[Sent]:
        """What people send, without end: checks of two nurses, holds of QA."""
        ready = [one for one in self.manifest["bags"] if one["bedside"] == "ready"]
        bands = {one["code"]: one["wristband"] for one in self.manifest["recipients"]}
        lots = [one["code"] for one in self.manifest["lots"]]
        while True:
            if random.random() < 0.8:
                bag, other = random.choice(ready), random.choice(ready)
                order = {"wristband": bands[other["recipient"]], "bag": bag["label"], "inspection": INSPECTION}
                yield Sent("bedside/check", _body(order), random.choice(["nurse1", "nurse2"]))
            else:
                yield Sent("quality/hold", _body({"subject": random.choice(lots), "reason": "For the test."}), "qa1")

    @contextmanager
    def at_work(self, count: int, seed: int) -> Iterator[None]:
        """So many people at once, until the block ends; a part of what they send is sent twice at one moment."""
        ends, faults = threading.Event(), list[BaseException]()

        def work(number: int) -> None:
            random = Random(f"{seed}-{number}")
            client, other = self.clients[2 * number], self.clients[2 * number + 1]
            for one in self.orders(random):
                if ends.is_set():
                    return
                try:
                    self._send(client, other, one, twice=random.random() < REPEATED)
                except BaseException as error:
                    faults.append(error)
                    return
                if one.status == 0:
                    time.sleep(0.01)

        # Made once: each reads the certificates of the system, which takes longer than a whole round.
        self.clients += [httpx.Client(timeout=PATIENCE_S) for _ in range(2 * count - len(self.clients))]
        threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ends.set()
            for thread in threads:
                thread.join(PATIENCE_S * 2)
        assert not faults, faults[0]

    def warm(self) -> None:
        """Until somebody was answered since the last death."""
        before, deadline = self.statuses["200"], time.monotonic() + PATIENCE_S
        while self.statuses["200"] == before and time.monotonic() < deadline:
            time.sleep(0.01)

    def _send(self, client: httpx.Client, other: httpx.Client, one: Sent, *, twice: bool) -> None:
        self.keep(one)
        if not twice:
            self.post(client, one)
            return
        copy = Sent(one.path, one.body, one.who)
        beside = threading.Thread(target=self.post, args=(other, copy))
        beside.start()
        self.post(client, one)
        beside.join(PATIENCE_S)
        if one.status in ANSWERED and copy.status in ANSWERED:
            assert (one.status, one.text) == (copy.status, copy.text), "one request has one answer"

    def ask_again(self, some: Sequence[Sent]) -> None:
        """Send requests again under their own ids: what was answered is answered alike, the rest is done now."""
        for one in some:
            again = self.post(self.clients[0], Sent(one.path, one.body, one.who))
            assert again.status in ANSWERED, again.text
            if one.status in ANSWERED:
                assert (again.status, again.text) == (one.status, one.text)
            one.status, one.text = again.status, again.text


def _body(order: dict[str, Any]) -> dict[str, Any]:
    return {"request_id": str(uuid.uuid4()), "order": order}


def nothing_is_lost(office: Office, rows: Callable[[str], list[tuple[Any, ...]]]) -> int:
    """Every answer that was given stands in the ledger, once, with the hash that it named. Gives how many."""
    found: dict[str, list[tuple[int, str, str]]] = {}
    for seq, event, request_id, digest in rows("SELECT seq, event, request_id, hash FROM ledger_entry ORDER BY seq"):
        found.setdefault(request_id, []).append((seq, event, digest))
    known = {request_id for (request_id,) in rows("SELECT request_id FROM ledger_request")}
    counted = 0
    for one in office.sent:
        entries = found.get(one.request_id, [])
        own = [seq for seq, event, _ in entries if event in OWN[one.path]]
        assert len(own) <= 1, f"{one.path} was done {len(own)} times"
        if one.status in ANSWERED:
            counted += 1
            assert len(own) == 1, f"{one.path} was acknowledged and is lost: {one.text}"
        if one.status == 200:
            entry = json.loads(one.text)["entry"]
            assert (entry["seq"], entry["hash"]) in {(seq, digest) for seq, _, digest in entries}
        assert bool(own) == (one.request_id in known), "a request and its entry stand together or not at all"
    return counted


OWN = {
    "bedside/check": ("bedside:bag:checked", "bedside:bag:checked:refused"),
    "quality/hold": ("quality:hold:placed", "quality:hold:placed:refused"),
}


def rows_of(file: Path) -> Callable[[str], list[tuple[Any, ...]]]:
    """Reads a SQLite file by itself."""

    def read(statement: str) -> list[tuple[Any, ...]]:
        link = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            return link.execute(statement).fetchall()
        finally:
            link.close()

    return read


def verified(folder: Path, **settings: Any) -> Report:
    """What `cellchain verify` finds."""
    with opened(Settings(data_dir=folder, **settings)) as installation:
        return run_verify(installation.database, installation.folder, composition.INVARIANTS)
