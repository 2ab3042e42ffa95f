"""Clients that vanish, stop in the middle, read nothing or only hold a connection: everybody else is answered."""

import json
import resource
import shutil
import socket
import statistics
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx2 as httpx
import pytest

from cellchain.web import connections
from scripts.served import free_port
from tests.bedside.world import INSPECTION, played
from tests.faults.clients import Office, Sent, nothing_is_lost, rows_of, verified
from tests.faults.served import Servers, servers
from tests.support.campaign import times

LONG = times(1) > 1
VANISHING = 200 if LONG else 20
IDLE = 2 * connections.HELD_MAX if LONG else 300
MEMORY_KB = 60_000
CHECKS = 40 if LONG else 5
# Connections of the database and of the clients that really ask.
FILES_MORE = 20


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Servers, Office]]:
    """A served demonstration, with two people signed in; its patience with connections is shorter than in earnest."""
    with working(tmp_path_factory, CELLCHAIN_TEST_PATIENCE_S="3") as made:
        yield made


@pytest.fixture
def patient(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Servers, Office]]:
    """In the long run a server of its own with the patience that it has in earnest, so that thousands are held."""
    if not LONG:
        yield request.getfixturevalue("office")
        return
    with working(tmp_path_factory) as made:
        yield made


@contextmanager
def working(factory: pytest.TempPathFactory, **environment: str) -> Iterator[tuple[Servers, Office]]:
    """A server and its office."""
    folder = factory.mktemp("half-open") / "data"
    shutil.copytree(played(factory.getbasetemp()), folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    with servers(folder, free_port(), **environment) as served:
        served.start()
        made = Office(served.url, manifest, clients=[httpx.Client(timeout=30)])
        made.sign_in("nurse1", "qa1")
        yield served, made
        made.close()


def check(office: Office) -> Sent:
    """What a nurse sends."""
    bag = next(one for one in office.manifest["bags"] if one["bedside"] == "ready")
    band = next(one["wristband"] for one in office.manifest["recipients"] if one["code"] == bag["recipient"])
    order = {"wristband": band, "bag": bag["label"], "inspection": dict(INSPECTION)}
    return Sent("bedside/check", {"request_id": str(uuid.uuid4()), "order": order}, "nurse1")


def spelled(office: Office, one: Sent) -> bytes:
    """A request as it goes over the wire."""
    body = json.dumps(one.body).encode()
    head = f"POST /api/v1/{one.path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {office.tokens[one.who]}\r\n"
    return head.encode() + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


@contextmanager
def line(office: Office) -> Iterator[socket.socket]:
    """A connection of one's own."""
    port = urlsplit(office.url).port
    with socket.create_connection(("127.0.0.1", port or 0), timeout=30) as made:
        yield made


def said(made: socket.socket) -> str:
    """Everything that comes until the server closes."""
    parts = []
    with suppress(ConnectionError):
        while part := made.recv(65_536):
            parts.append(part)
    return b"".join(parts).decode()


def answers(office: Office) -> None:
    """Others are answered: a page at once, and a check."""
    began = time.monotonic()
    assert httpx.get(f"{office.url}/readyz", timeout=10).status_code == 200
    one = check(office)
    office.keep(one)
    assert office.post(office.clients[0], one).status == 200
    assert time.monotonic() - began < 10


def test_who_vanishes_before_the_answer_is_done_once(office: tuple[Servers, Office]) -> None:
    """Sent whole, and gone: it is done or not, and sent again under its id it is answered, and done once."""
    served, work = office
    sent = [check(work) for _ in range(VANISHING)]
    for number, one in enumerate(sent):
        work.keep(one)
        with line(work) as made:
            made.sendall(spelled(work, one))
            if number % 2:  # a reset, as from a machine that lost its power, and not a farewell
                made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    answers(work)
    work.ask_again(sent)
    assert nothing_is_lost(work, rows_of(served.folder / "cellchain.db")) >= VANISHING


def test_half_an_order_is_no_order(office: tuple[Servers, Office]) -> None:
    """The client goes away in the middle of its body, at any byte of it: nothing is done, and no fault is logged."""
    served, work = office
    rows = rows_of(served.folder / "cellchain.db")
    before = rows("SELECT count(*) FROM ledger_request")
    whole = spelled(work, check(work))
    begins = whole.index(b"\r\n\r\n") + 4
    for number in range(VANISHING):
        with line(work) as made:
            made.sendall(whole[: begins + (len(whole) - begins) * number // VANISHING])
    time.sleep(0.5)
    assert rows("SELECT count(*) FROM ledger_request") == before
    assert "Traceback" not in (served.folder.parent / "served.log").read_text()


def test_half_a_form_is_no_form(office: tuple[Servers, Office]) -> None:
    """A form that breaks off reads like a shorter form: a reason in half its words would be signed as it came."""
    served, work = office
    lot = work.manifest["lots"][0]["code"]
    with httpx.Client(base_url=work.url, timeout=30) as browser:
        people = {one["username"]: one["password"] for one in work.manifest["people"]}
        browser.headers["origin"] = work.url
        form = {"username": "qa1", "password": people["qa1"]}
        assert browser.post("/sign-in", data=form).status_code == 303
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        page = browser.get("/do/quality/hold", headers={"cookie": cookie}).text
    csrf, request_id = (page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("csrf", "request_id"))
    body = urlencode({"csrf": csrf, "request_id": request_id, "subject": lot, "reason": "Do not use before Friday"})
    head = (
        f"POST /do/quality/hold HTTP/1.1\r\nhost: {urlsplit(work.url).netloc}\r\ncookie: {cookie}\r\n"
        f"origin: {work.url}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    rows = rows_of(served.folder / "cellchain.db")
    asked = f"SELECT count(*) FROM ledger_request WHERE request_id = '{request_id}'"
    with line(work) as made:
        made.sendall((head + body[: -len("+before+Friday")]).encode())
    time.sleep(0.5)
    assert rows(asked) == [(0,)]
    with line(work) as made:
        made.sendall((head + body).encode())
        assert made.recv(100).startswith(b"HTTP/1.1 303"), "the same form, whole"
    assert rows(asked) == [(1,)]


def test_who_stops_in_the_middle_is_told_and_let_go(office: tuple[Servers, Office]) -> None:
    """Nothing, half a head, a head alone, half a body: each is closed in time, and told where it said something."""
    served, work = office
    whole = spelled(work, check(work))
    ends = (0, 60, whole.index(b"\r\n\r\n") + 4, len(whole) - 9)
    with ExitStack() as held:
        made = [held.enter_context(line(work)) for _ in ends]
        for one, end in zip(made, ends, strict=True):
            one.sendall(whole[:end])
        answers(work)
        silent, *told = [said(one) for one in made]
    assert silent == ""
    for answer in told:
        assert answer.startswith("HTTP/1.1 408 ")
        problem = json.loads(answer.partition("\r\n\r\n")[2])
        assert (problem["code"], problem["message"][-1]) == ("request.unfinished", ".")
    assert "Traceback" not in (served.folder.parent / "served.log").read_text()


def test_a_byte_now_and_then_does_not_hold_it_open(office: tuple[Servers, Office]) -> None:
    """Slowly sent heads (slowloris): each has its time as a whole, however lively it is."""
    _, work = office
    with line(work) as made:
        made.sendall(b"GET /sign-in HTTP/1.1\r\nhost: localhost\r\n")
        made.settimeout(0.3)
        began, heard = time.monotonic(), b""
        while time.monotonic() - began < 30 and not heard:
            with suppress(ConnectionError):
                made.sendall(b"x-a: b\r\n")
            try:
                heard = made.recv(1_000)
            except TimeoutError:
                continue
    assert heard.startswith(b"HTTP/1.1 408 ")


def test_a_head_without_end_is_refused(office: tuple[Servers, Office]) -> None:
    _, work = office
    with line(work) as made:
        made.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n")
        with suppress(ConnectionError):
            for _ in range(100):
                made.sendall(b"x-much: " + b"y" * 4_000 + b"\r\n")
        answer = said(made)
    assert answer == "" or answer.startswith("HTTP/1.1 413 ")
    answers(work)


def test_who_reads_nothing_is_let_go(office: tuple[Servers, Office]) -> None:
    """It asks again and again and takes no answer."""
    served, work = office
    before = memory_kb(served)
    with line(work) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        request = b"GET /static/vendor/htmx.min.js HTTP/1.1\r\nhost: localhost\r\n\r\n"
        made.settimeout(0.5)
        with suppress(TimeoutError, ConnectionError):
            for _ in range(2_000):
                made.sendall(request)
        answers(work)
        ended = False
        deadline = time.monotonic() + 30
        while not ended and time.monotonic() < deadline:
            time.sleep(0.5)
            try:
                made.sendall(b"G")
            except TimeoutError:
                continue
            except ConnectionError:
                ended = True
    assert ended
    assert memory_kb(served) - before < MEMORY_KB


def test_idle_connections_hold_nobody_up(patient: tuple[Servers, Office]) -> None:
    """Hundreds that say nothing: whoever has something to say is answered, and memory has an end.

    A bedside check is sent before, beside them and after; afterwards the server has let go of every connection.
    """
    served, work = patient
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, IDLE + 1_000)), hard))
    before, files_before = memory_kb(served), files_of(served)
    alone = [taken(work) for _ in range(CHECKS)]
    with ExitStack() as held:
        for number in range(IDLE):
            made = held.enter_context(line(work))
            if number % 3:
                made.sendall(b"GET / HTTP/1.1\r\nhost: local"[: 5 + number % 20])
            if number % 100 == 0:
                answers(work)
        answers(work)
        beside = [taken(work) for _ in range(CHECKS)]
        most = files_of(served)
        assert memory_kb(served) - before < MEMORY_KB
        assert most <= files_before + connections.HELD_MAX + FILES_MORE
    answers(work)
    deadline = time.monotonic() + 60
    while files_of(served) > files_before + FILES_MORE and time.monotonic() < deadline:
        time.sleep(0.2)
    assert files_of(served) <= files_before + FILES_MORE, "everything is let go of"
    one, other = statistics.median(alone), statistics.median(beside)
    print(
        f"{IDLE} silent connections, {most} files open at most, {files_of(served)} after; a check takes "
        f"{other * 1000:.1f} ms beside them and {one * 1000:.1f} ms without, {other / one:.2f} times; "
        f"{(memory_kb(served) - before) / 1000:.1f} MB more"
    )


def taken(office: Office) -> float:
    """How long a check takes, in seconds."""
    one = check(office)
    office.keep(one)
    began = time.monotonic()
    assert office.post(office.clients[0], one).status == 200
    return time.monotonic() - began


def files_of(served: Servers) -> int:
    """How many files and connections the server holds open."""
    return len(list(Path(f"/proc/{served.pid}/fd").iterdir()))


def memory_kb(served: Servers) -> int:
    """What the server holds in memory."""
    status = Path(f"/proc/{served.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def test_afterwards_it_is_whole(office: tuple[Servers, Office]) -> None:
    served, work = office
    nothing_is_lost(work, rows_of(served.folder / "cellchain.db"))
    served.stop()
    report = verified(served.folder)
    assert report.intact, report.text()
