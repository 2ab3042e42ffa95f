"""Several processes over one PostgreSQL database: what one of them did holds in all, and nothing is done twice."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import psycopg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from cellchain.cli import app
from cellchain.platform.turns import DUTIES
from scripts.served import CELLCHAIN, UNHURRIED, free_port
from tests.notices.mailbox import Mailbox, open_mailbox
from tests.support.postgres import Postgres

WAIT_S = 60
ADMIN = {"username": "first", "password": "A long enough passphrase 1"}


class Server:
    """One `cellchain serve`, and its first administrator."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.log = log
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)

    def until_ready(self) -> None:
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.client.get("/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def sign_in(self, **given: str) -> httpx.Response:
        return self.client.post("/api/v1/sign-in", json=given or ADMIN)

    def order(self, token: str, path: str, order: dict[str, Any], request_id: str | None = None) -> httpx.Response:
        body = {"request_id": request_id or str(uuid.uuid4()), "order": order}
        return self.client.post(f"/api/v1/{path}", json=body, headers={"authorization": f"Bearer {token}"})

    def do(self, token: str, path: str, **order: Any) -> dict[str, Any]:
        answer = self.order(token, path, order)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()["result"]
        return result

    def children(self) -> list[int]:
        """The workers, by the system's own book."""
        number = self.process.pid
        return [int(one) for one in Path(f"/proc/{number}/task/{number}/children").read_text().split()]


@contextmanager
def served(folder: Path, url: str, *more: str, **settings: str) -> Iterator[Server]:
    """Serve a data folder over a database; ended by its number, and well."""
    log, port = folder.with_suffix(".log"), free_port()
    named = {"CELLCHAIN_DATABASE_URL": url, "CELLCHAIN_PASSWORD_COST": "cheap", **settings}
    variables = {**os.environ, **UNHURRIED, **named}
    command = [str(CELLCHAIN), "serve", "--data-dir", str(folder), "--port", str(port), *more]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=variables, stdout=out, stderr=out)
    server = Server(process, port, log)
    try:
        server.until_ready()
        yield server
    finally:
        server.client.close()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(WAIT_S)


@pytest.fixture(scope="module")
def founded(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A data folder and a database with its first administrator."""
    folder, url = tmp_path_factory.mktemp("servers") / "one", postgres.fresh_database()
    variables = {**os.environ, "CELLCHAIN_DATABASE_URL": url, "CELLCHAIN_PASSWORD_COST": "cheap"}
    command = [str(CELLCHAIN), "create-admin", "--data-dir", str(folder), "--username", ADMIN["username"]]
    subprocess.run(command, env=variables, input=f"{ADMIN['password']}\n", text=True, check=True, timeout=WAIT_S)
    yield folder, url
    postgres.drop(url)


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def pair(founded: tuple[Path, str], mailbox: Mailbox) -> Iterator[tuple[Server, Server]]:
    """Two servers with a data folder each and the same keys, as on two machines."""
    folder, url = founded
    other = folder.with_name("two")
    shutil.copytree(folder / "keys", other / "keys")
    mail = {"CELLCHAIN_SMTP_HOST": "127.0.0.1", "CELLCHAIN_SMTP_PORT": str(mailbox.port)}
    mail |= {"CELLCHAIN_SMTP_SECURITY": "none"}
    with served(folder, url, **mail) as one, served(other, url, **mail) as two:
        yield one, two


def asked(url: str, statement: str) -> list[Any]:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as link:
        return link.execute(statement).fetchall()


def test_a_session_ended_on_one_is_gone_on_the_other(pair: tuple[Server, Server]) -> None:
    one, two = pair
    token = one.sign_in().json()["token"]
    headers = {"authorization": f"Bearer {token}"}
    assert [server.client.get("/api/v1/ledger/entries", headers=headers).status_code for server in pair] == [200, 200]
    assert one.client.post("/api/v1/sign-out", headers=headers).status_code < 300
    assert two.client.get("/api/v1/ledger/entries", headers=headers).status_code == 401


def test_a_role_and_a_person_taken_away_on_one_are_gone_on_the_other(pair: tuple[Server, Server]) -> None:
    one, two = pair
    token = one.sign_in().json()["token"]
    person = one.do(token, "accounts/register_person", username="inspector", name="I. Spector", initials="I. S.")
    code = person["person"]
    one.do(token, "accounts/reset_password", person=code, code="ABCD-EFGH-2345-WXYZ")
    form = {"username": "inspector", "code": "ABCD-EFGH-2345-WXYZ"}
    form |= dict.fromkeys(("password", "password_again"), "Another long passphrase 2")
    chosen = two.client.post("/first-password", data=form, headers={"sec-fetch-site": "same-origin"})
    assert chosen.status_code in (200, 303), "the code of one server opens at the other"
    one.do(token, "accounts/grant_role", person=code, role="inspector")
    theirs = two.sign_in(username="inspector", password="Another long passphrase 2").json()["token"]
    headers = {"authorization": f"Bearer {theirs}"}
    assert two.client.get("/api/v1/ledger/entries", headers=headers).status_code == 200
    one.do(token, "accounts/revoke_role", person=code, role="inspector")
    assert two.client.get("/api/v1/ledger/entries", headers=headers).status_code == 403
    one.do(token, "accounts/lock", person=code)
    assert two.client.get("/api/v1/ledger/entries", headers=headers).status_code == 401


def test_one_request_sent_to_both_at_once_is_done_once(pair: tuple[Server, Server], founded: tuple[Path, str]) -> None:
    token = pair[0].sign_in().json()["token"]
    request = str(uuid.uuid4())
    order = {"username": "once", "name": "O. Nce", "initials": "O. N."}

    def send(number: int) -> httpx.Response:
        return pair[number % 2].order(token, "accounts/register_person", order, request)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replay" not in answer.headers for answer in answers) == 1
    [[count]] = asked(founded[1], f"SELECT count(*) FROM ledger_entry WHERE request_id = '{request}'")
    assert count == 1


def test_names_sprayed_over_both_are_counted_together(pair: tuple[Server, Server]) -> None:
    answers = [pair[number % 2].sign_in(username=f"guess{number}", password="wrong") for number in range(8)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:5] == [401] * 5
    assert 429 in statuses[5:]


def await_true(what: Any, within_s: float = WAIT_S) -> None:
    deadline = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@contextmanager
def printer() -> Iterator[tuple[int, list[bytes]]]:
    """A raw printer on the network: its port, and what it was sent."""
    sheets: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                with link:
                    sheet = b""
                    while part := link.recv(65_536):
                        sheet += part
                    sheets.append(sheet)

        threading.Thread(target=take, daemon=True).start()
        yield listener.getsockname()[1], sheets


def test_neither_a_sheet_nor_a_mail_comes_twice(
    pair: tuple[Server, Server], founded: tuple[Path, str], mailbox: Mailbox
) -> None:
    time.sleep(1)  # the wait after the names that were sprayed
    token = asked_in(pair[0])
    me = str(asked(founded[1], "SELECT code FROM accounts_person WHERE username = 'first'")[0][0])
    pair[0].do(token, "notices/set_address", person=me, email="first@example.org", language="en")
    with printer() as (port, sheets):
        pair[0].do(
            token, "labels/configure_printer", printer="bench-printer", transport="raw", host="127.0.0.1", port=port
        )
        for number in range(6):
            pair[number % 2].do(token, "labels/print_test", printer="bench-printer")
            pair[number % 2].do(token, "notices/send_test_mail")
        statement = "SELECT count(*) FROM {} WHERE delivery = 'sent'"
        await_true(lambda: asked(founded[1], statement.format("labels_print_job")) == [(6,)])
        await_true(lambda: asked(founded[1], statement.format("notices_mail")) == [(6,)])
        time.sleep(0.5)
        assert len(sheets) == 6
    assert len(mailbox.arrived) == 6


def asked_in(server: Server) -> str:
    """A token, once the wait for an address that guessed is over."""
    await_true(lambda: server.sign_in().status_code == 200)
    return str(server.sign_in().json()["token"])


def holders(url: str) -> list[int]:
    return [row[0] for row in asked(url, f"SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = {DUTIES}")]


def test_the_duties_pass_to_another_when_their_holder_is_killed(
    pair: tuple[Server, Server], founded: tuple[Path, str]
) -> None:
    one, two = pair
    [first] = holders(founded[1])
    one.process.kill()  # the one that was there first
    one.process.wait()
    await_true(lambda: holders(founded[1]) not in ([], [first]), 30)
    assert len(holders(founded[1])) == 1
    assert two.client.get("/readyz").status_code == 200


def test_workers_share_an_address_are_replaced_and_end_well(founded: tuple[Path, str]) -> None:
    folder, url = founded
    five = folder.with_name("five")
    shutil.copytree(folder / "keys", five / "keys")
    with served(five, url, "--workers", "2") as server:
        await_true(lambda: len(server.children()) == 2)
        before = server.children()
        assert len(holders(url)) == 1
        os.kill(before[0], signal.SIGKILL)
        await_true(lambda: len(server.children()) == 2 and before[0] not in server.children())
        for _ in range(20):
            assert httpx.get(f"{server.client.base_url}/healthz", timeout=30).status_code == 200
        last = server.children()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(WAIT_S) == 0, server.log.read_text()
        assert not [one for one in last if Path(f"/proc/{one}").exists()]
    [[size]] = asked(url, "SELECT seq FROM ledger_head")
    assert (five / f"checkpoints/{size}.txt").exists()
    assert f"Worker {before[0]} was ended by signal 9." in server.log.read_text()


def test_workers_go_with_a_parent_that_is_killed(founded: tuple[Path, str]) -> None:
    folder, url = founded
    six = folder.with_name("six")
    shutil.copytree(folder / "keys", six / "keys")
    with served(six, url, "--workers", "2") as server:
        await_true(lambda: len(server.children()) == 2)
        last = server.children()
        server.process.kill()
        server.process.wait()
        await_true(lambda: not [one for one in last if Path(f"/proc/{one}/cmdline").exists() and is_alive(one)])


def is_alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_database_that_is_away_is_said_and_connections_that_broke_are_replaced(
    postgres: Postgres, founded: tuple[Path, str]
) -> None:
    folder, url = founded
    seven = folder.with_name("seven")
    shutil.copytree(folder / "keys", seven / "keys")
    with served(seven, url) as server:
        headers = {"authorization": f"Bearer {asked_in(server)}"}
        ledger = "/api/v1/ledger/entries?limit=1"
        assert server.client.get(ledger, headers=headers).status_code == 200
        broken = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        asked(url, f"{broken} AND datname = current_database()")
        assert server.client.get(ledger, headers=headers).status_code == 200
        postgres.drop(url)
        order = {"username": "late", "name": "L. Ate", "initials": "L. A."}
        answers = [
            server.client.get(ledger, headers=headers),
            server.order(headers["authorization"][7:], "accounts/register_person", order),
            server.sign_in(),
        ]
        assert [(one.status_code, one.json()["code"]) for one in answers] == [(503, "database.away")] * 3
        assert {one.headers["retry-after"] for one in answers} == {"3"}
        page = server.client.get("/", headers={"cookie": "__Host-cellchain=anything"})
        assert page.status_code == 503
        assert "The database cannot be reached at the moment." in page.text
        assert server.client.get("/readyz").status_code == 503
        assert server.client.get("/healthz").status_code == 200


def test_more_than_one_worker_needs_postgresql(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["serve", "--data-dir", str(tmp_path / "data"), "--workers", "2"])
    assert done.exit_code == 2
    assert "SQLite takes one process" in done.stderr
    assert not (tmp_path / "data").exists()
    assert done.stdout == ""
