"""The server's clock is moved while people check bags: nothing is lost, no time runs back, what expired stays expired.

In the short test the program's own reading of the clock is off by what a file says; in a campaign the clock of the
whole process is, where Debian's libfaketime is installed (`apt-get install faketime`).
"""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx2 as httpx
import pytest

from scripts.served import free_port
from tests.bedside.world import INSPECTION, played
from tests.faults.clients import Office, Sent, _body, nothing_is_lost, rows_of, verified
from tests.faults.served import CLOCK, Servers, servers
from tests.support.campaign import times

HOUR_S, LONG_S = 3_600, 9 * 3_600  # a bag keeps for six hours
MOVES = (-HOUR_S, 0, HOUR_S, 0)
PEOPLE, AT_WORK_S, NOTICED_S = 4, 0.4, 30.0
SIGNED_OUT = 401  # an hour later a session has been idle for too long
LIBRARIES = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]
NOTICES = "SELECT count(*) FROM notices_notice WHERE kind = 'clock_stepped'"


@dataclass
class Signing(Office):
    """An office whose people sign in again where the clock has ended their session."""

    also: frozenset[int] = frozenset({SIGNED_OUT})
    _again: threading.Lock = field(default_factory=threading.Lock)

    def post(self, client: httpx.Client, one: Sent) -> Sent:
        sent = super().post(client, one)
        if sent.status == SIGNED_OUT:
            with self._again:
                self.sign_in(one.who)
            sent = super().post(client, one)
        return sent


@dataclass
class Clock:
    """The clock of a server; `move` sets it off by so many seconds from the machine's."""

    file: Path
    form: Callable[[int], str]

    def move(self, seconds: int) -> None:
        """From one reading to the next."""
        new = self.file.with_suffix(".new")
        new.write_text(self.form(seconds), encoding="utf-8")
        new.replace(self.file)


@pytest.fixture(params=["the program's", "the process's"] if LIBRARIES and times(1) > 1 else ["the program's"])
def served(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Servers, Clock, dict[str, Any]]]:
    """A server over a demonstration, and its clock."""
    folder, file = tmp_path / "data", tmp_path / "clock"
    shutil.copytree(played(tmp_path_factory.getbasetemp()), folder)
    environment: dict[str, str] = {CLOCK: str(file)}
    form: Callable[[int], str] = str
    if request.param == "the process's":
        environment = {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1"}
        environment |= {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        form = _as_faketime
    clock = Clock(file, form)
    clock.move(0)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    with servers(folder, free_port(), **environment) as made:
        made.start()
        yield made, clock, manifest


def _as_faketime(seconds: int) -> str:
    return f"{seconds:+d}"


@pytest.mark.campaign
def test_the_clock_moves_under_load(served: tuple[Servers, Clock, dict[str, Any]]) -> None:
    server, clock, manifest = served
    rounds, random = times(1), Random(times(1))
    office = Signing(server.url, manifest)
    office.sign_in("nurse1", "nurse2", "qa1")
    rows = rows_of(server.folder / "cellchain.db")
    for number in range(rounds):
        with office.at_work(PEOPLE, number):
            for seconds in MOVES if number == 0 else random.sample(MOVES, len(MOVES)):
                clock.move(seconds)
                office.warm()
                time.sleep(AT_WORK_S)
    deadline = time.monotonic() + NOTICED_S
    while rows(NOTICES) == [(0,)] and time.monotonic() < deadline:
        time.sleep(0.2)
    counted = nothing_is_lost(office, rows)
    at = [one for (one,) in rows("SELECT at FROM ledger_entry ORDER BY seq")]
    print(f"{rounds} rounds, {counted} answers, {dict(office.statuses)}, {rows(NOTICES)[0][0]} notices")
    assert counted >= rounds * len(MOVES)
    assert at == sorted(at), "times never run backwards along the chain"
    assert rows(NOTICES)[0][0] > 0, "people are told that the clock was moved"
    assert "clock.stepped" in (server.folder.parent / "served.log").read_text(encoding="utf-8")
    server.stop()
    office.close()
    report = verified(server.folder)
    assert report.intact, report.text()


def test_what_expired_stays_expired(served: tuple[Servers, Clock, dict[str, Any]]) -> None:
    """The clock goes forward until a bag has expired, and back again: it does not become fit for use."""
    server, clock, manifest = served
    office = Signing(server.url, manifest)
    office.sign_in("nurse1", "nurse2")
    bag = next(one for one in manifest["bags"] if one["bedside"] == "ready")
    band = next(one["wristband"] for one in manifest["recipients"] if one["code"] == bag["recipient"])
    order = {"wristband": band, "bag": bag["label"], "inspection": INSPECTION}
    with httpx.Client(timeout=60) as client:

        def reasons(seconds: int) -> list[str]:
            clock.move(seconds)
            answer = office.post(client, Sent("bedside/check", _body(order), "nurse1"))
            assert answer.status == 200, answer.text
            return [one["code"] for one in json.loads(answer.text)["result"]["reasons"]]

        assert reasons(0) == []
        assert "check.expired" in reasons(LONG_S)
        assert "check.expired" in reasons(0)
        assert "check.expired" in reasons(-HOUR_S)
    office.close()
