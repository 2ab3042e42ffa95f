"""PostgreSQL is stopped, crashes, or drops its connections under load: 503 and a sentence, then on it goes."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from cellchain.accounts import commands as accounts
from cellchain.kernel.errors import Busy
from cellchain.ledger import foundation
from cellchain.ledger.actor import SYSTEM_ACTOR
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.main import Installation, create_app, open_installation
from cellchain.platform.config import Settings
from tests.faults.cluster import Cluster, cluster
from tests.support.postgres import Postgres

PEOPLE = 4
AWAY_S = 1.0
WORKED = 20
PATIENCE_S = 120
SENTENCES = {"database.away", "database.unknown"}


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[tuple[Cluster, Installation]]:
    """A server of our own, and a founded database on it."""
    with cluster() as server:
        running = server.start()
        url = running.fresh_database()
        running.close()
        installation = open_installation(Settings(data_dir=tmp_path / "data", password_cost="cheap", database_url=url))
        foundation.found(installation.database, installation.runner, demonstration=False)
        yield server, installation
        installation.close()


def registers(number: int, request_id: str) -> Call:
    """The house registers somebody: a command that needs nothing but the database."""
    command = command_of(accounts.register_person)
    who = {"username": f"person{number}", "name": f"Person Example {number}", "initials": "P. Example"}
    order = command.order.model_validate(who)
    return Call(command, order, SYSTEM_ACTOR, request_id, by_house=True)


class Work:
    """Several people register others until it is over; each request is sent until it is answered."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.answered: dict[str, str] = {}
        self.codes: Counter[str] = Counter()
        self.faults: list[BaseException] = []
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(PEOPLE)]

    def __enter__(self) -> "Work":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def until(self, more: int) -> None:
        """Until so many more are answered."""
        wanted, deadline = len(self.answered) + more, time.monotonic() + PATIENCE_S
        while len(self.answered) < wanted and not self.faults and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not self.faults, self.faults[0]
        assert len(self.answered) >= wanted

    def _work(self, number: int) -> None:
        turn = 0
        while not self._ends.is_set():
            turn += 1
            self._one(registers(number * 1_000_000 + turn, str(uuid.uuid4())))

    def _one(self, call: Call) -> None:
        while True:
            try:
                answer = self.installation.runner.run(call)
                answer.result()
                self.answered[call.request_id] = answer.text
                return
            except Busy as error:
                self.codes[error.code] += 1
                if self._ends.is_set():
                    return
                time.sleep(0.02)
            except BaseException as error:
                self.faults.append(error)
                return


def stands(installation: Installation, work: Work) -> None:
    """Everything that was answered is there, once, and answered alike."""
    assert work.codes.keys() <= SENTENCES, work.codes
    assert not work.faults, work.faults[0]
    with installation.database.engine.connect() as link:
        entries = Counter(
            link.exec_driver_sql(
                "SELECT request_id FROM ledger_entry WHERE event = 'accounts:person:registered'"
            ).scalars()
        )
        sequence = link.exec_driver_sql("SELECT count(*), max(seq) FROM ledger_entry").one()
    assert {entries[request_id] for request_id in work.answered} == {1}
    assert set(entries.values()) == {1}
    assert sequence[0] == sequence[1], "no gap"


@pytest.mark.parametrize("how", ["crash", "stop"])
def test_a_restart_under_load(installed: tuple[Cluster, Installation], how: str) -> None:
    server, installation = installed
    with TestClient(create_app(installation), base_url="https://testserver") as client, Work(installation) as work:
        work.until(WORKED)
        getattr(server, how)()
        time.sleep(AWAY_S)
        away = client.get("/readyz", headers={"accept": "application/json"})
        assert (away.status_code, away.json()["code"]) == (503, "system.not_ready")
        page = client.get("/sign-in")
        assert page.status_code in (200, 503)
        assert "Traceback" not in page.text
        refused = client.post("/api/v1/sign-in", json={"username": "person1", "password": "wrong words here"})
        assert (refused.status_code, refused.json()["code"]) == (503, "database.away")
        server.start().close()
        work.until(WORKED)
        assert client.get("/readyz").status_code == 200
    assert work.codes
    stands(installation, work)


def test_dropped_connections_are_not_seen(installed: tuple[Cluster, Installation]) -> None:
    """Idle connections that the server closed are replaced before anybody is told of them."""
    _, installation = installed
    run = installation.runner.run
    run(registers(1, str(uuid.uuid4()))).result()
    with installation.database.read() as tx:
        assert not foundation.is_demonstration(tx)
    address = installation.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as link:
        link.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    run(registers(2, str(uuid.uuid4()))).result()
    with installation.database.read() as tx:
        assert not foundation.is_demonstration(tx)


def test_a_commit_nobody_heard_of_is_done_once(postgres: Postgres, tmp_path: Path) -> None:
    """The connection breaks after the commit has reached the server: that is said, and the same request is answered."""
    url = postgres.fresh_database()
    installation = open_installation(Settings(data_dir=tmp_path / "data", password_cost="cheap", database_url=url))
    foundation.found(installation.database, installation.runner, demonstration=False)
    database = installation.database
    broke: list[str] = []

    class Deaf:
        """Hears nothing of its first commit."""

        def __init__(self, link: "psycopg.Connection[tuple[object, ...]]") -> None:
            self.link = link

        def __getattr__(self, name: str) -> object:
            return getattr(self.link, name)

        def execute(self, sql: str, parameters: Any = None) -> object:
            found = self.link.execute(sql, parameters) if parameters is not None else self.link.execute(sql)
            if sql == "COMMIT" and not broke:
                broke.append(sql)
                self.link.close()
                raise psycopg.OperationalError("the connection is lost")
            return found

    connects = database.write_link
    database.write_link = lambda: Deaf(connects())  # type: ignore[method-assign,arg-type]
    installation.runner.close()
    call = registers(7, str(uuid.uuid4()))
    with pytest.raises(Busy) as caught:
        installation.runner.run(call)
    assert broke
    assert caught.value.code == "database.unknown"
    answer = installation.runner.run(call)
    assert answer.done
    assert answer.replayed, "it was done by the commit that nobody heard of"
    with database.engine.connect() as link:
        assert link.exec_driver_sql("SELECT count(*) FROM accounts_person").scalar_one() == 1
    installation.close()
    postgres.drop(url)
