"""What is kept of a request: the figures, the log and its number, and that none of them tells of a person."""

import io
import json
import logging
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from cellchain.accounts.models import Person
from cellchain.cli import app as cli
from cellchain.ledger import foundation
from cellchain.main import create_app, opened
from cellchain.platform import logs
from cellchain.platform.config import Settings
from cellchain.trace.operations import rules
from cellchain.web.observed import NUMBER, marker
from tests.web.door import PASSWORD, USERNAME, Door, settle

TOKEN = "a-token-of-the-monitoring-system"
SECRET = "Sidorov-4471"
Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


class Watched(Door):
    """A door with a log beside it, and with two addresses to come from."""

    app: FastAPI
    log: io.BytesIO

    def lines(self) -> list[dict[str, Any]]:
        """The log so far."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def last(self) -> dict[str, Any]:
        """The last request in it."""
        return [line for line in self.lines() if line["event"] == "request"][-1]

    def measured(self, path: str = "/metrics") -> Series:
        """The figures, read on this machine."""
        answer = TestClient(self.app, client=("127.0.0.1", 5)).get(path)
        assert answer.status_code == 200, answer.text
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("observed")
    (folder / "token").write_text(f"{TOKEN}\n")
    settings = Settings(data_dir=folder / "data", password_cost="cheap", metrics_token_file=folder / "token")
    before = structlog.get_config()
    log = io.BytesIO()
    with opened(settings) as installation:
        foundation.found(installation.database, installation.runner, demonstration=False)
        settle(installation)
        logs.configure("info", log)
        app = create_app(installation, told=True)

        @app.get("/broken/{code}")
        def broken(code: str) -> None:
            try:
                raise ValueError(f"{code} of {SECRET}")
            except ValueError as error:
                raise RuntimeError(code) from error

        broken.access = ("house.use",)  # type: ignore[attr-defined]
        with TestClient(app, raise_server_exceptions=False) as client:
            door = Watched(client, installation)
            door.app, door.log = app, log
            yield door
    structlog.configure(**before)


def test_a_line_of_the_log_for_each_request_by_its_declared_route(watched: Watched) -> None:
    answer = watched.get(f"/people/PS26010000007?name={SECRET}")
    line = watched.last()
    of_request = {"method", "route", "status", "ms", "station", "by", "about"}
    assert line.keys() == {"event", "level", "at", "request_id", *of_request}
    assert (line["method"], line["route"], line["status"]) == ("GET", "/people/{code}", answer.status_code)
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["ms"] > 0
    for path, route in (
        ("/static/css/base.css", "/static"),
        (f"/no/such/{SECRET}", "unmatched"),
        ("/do/accounts/lock", "/do/{capability}/{verb}"),
    ):
        watched.get(path)
        assert watched.last()["route"] == route
    watched.client.head("/healthz")
    assert (watched.last()["method"], watched.last()["route"]) == ("HEAD", "/healthz")


def test_who_opened_what_is_told_to_whoever_has_the_key(watched: Watched) -> None:
    """Pages that were shown and pages that were refused; the marks are the same each time, and hide what they mark."""
    with watched.installation.database.read() as tx:
        person = tx.many(select(Person), limit=1)[0].code
    mark = marker(watched.installation.database.sealer)
    for path, status in ((f"/people/{person}", 200), ("/donors/DN012600000126", 404), ("/quality/recalls/77", 404)):
        watched.get(path)
        line = watched.last()
        told = (line["status"], line["by"], line["about"])
        assert told == (status, mark(person), mark(path.rpartition("/")[2]))
    watched.get("/ledger")
    assert (watched.last()["by"], watched.last()["about"]) == (mark(person), None)
    watched.client.get(f"/people/{person}", follow_redirects=False)
    assert (watched.last()["status"], watched.last()["by"], watched.last()["about"]) == (303, None, mark(person))
    assert person not in watched.log.getvalue().decode()
    assert len({mark(person), mark("DN012600000126"), watched.installation.database.sealer.fingerprint(person)}) == 3


def test_the_command_line_marks_as_the_log_does(watched: Watched) -> None:
    code = "DN012600000126"
    folder = str(watched.installation.settings.data_dir)
    done = CliRunner().invoke(cli, ["mark", code, "77", "--data-dir", folder])
    assert done.exit_code == 0, done.output
    mark = marker(watched.installation.database.sealer)
    assert done.stdout.splitlines() == [f"{mark(code)} {code}", f"{mark('77')} 77"]


@pytest.mark.parametrize("given", ["0123456789abcdef0123456789abcdef", "5f0e6c9a-8f0b-4d5e-9a51-0a0f2f6b1c11"])
def test_a_number_that_is_one_is_kept(watched: Watched, given: str) -> None:
    assert watched.get("/healthz", **{"x-request-id": given}).headers["x-request-id"] == given
    assert watched.last()["request_id"] == given


@pytest.mark.parametrize("given", [SECRET, "PS26010000007", "", "a" * 15, "A" * 16, "f" * 33, "deadbeef deadbeef"])
def test_a_number_that_is_none_is_replaced(watched: Watched, given: str) -> None:
    kept = watched.get("/healthz", **{"x-request-id": given}).headers["x-request-id"]
    assert kept != given
    assert NUMBER.fullmatch(kept.encode())
    assert not given or given not in watched.log.getvalue().decode()


def test_who_meets_an_error_can_say_its_number(watched: Watched) -> None:
    page = watched.get("/no/such/page", accept="text/html")
    assert page.headers["x-request-id"] in page.text
    fragment = watched.get("/no/such/page", **{"hx-request": "true"})
    assert fragment.headers["x-request-id"] in fragment.text
    problem = watched.get("/api/v1/no/such")
    assert problem.json()["request_id"] == problem.headers["x-request-id"]


def test_a_fault_is_told_by_its_way_and_without_what_it_says(watched: Watched) -> None:
    answer = watched.get(f"/broken/{SECRET}", accept="text/html")
    number = answer.headers["x-request-id"]
    assert (answer.status_code, number in answer.text) == (500, True)
    assert "ValueError" not in answer.text
    fault = next(line for line in watched.lines() if line["event"] == "fault")
    assert (fault["request_id"], fault["route"], fault["kind"]) == (number, "/broken/{code}", "RuntimeError")
    assert any(re.fullmatch(r".*test_observed\.py:\d+ broken", place) for place in fault["trace"])
    assert fault["trace"][-1] == "RuntimeError"
    assert "ValueError" in fault["trace"]
    asked = watched.get(f"/broken/{SECRET}", accept="application/json")
    assert asked.json()["request_id"] == asked.headers["x-request-id"]
    assert watched.last()["status"] == 500


def test_a_whole_story_leaves_no_name_password_token_or_code(watched: Watched) -> None:
    client = watched.client
    body = {"username": USERNAME, "password": PASSWORD}
    token = client.post("/api/v1/sign-in", json=body).json()["token"]
    assert client.post("/api/v1/sign-in", json={**body, "password": SECRET}).status_code == 401
    assert client.post("/api/v1/sign-in", json={**body, "username": SECRET}).status_code == 401
    client.post("/sign-in?next=/people", data={"username": SECRET, "password": PASSWORD})
    checked = watched.order("bedside/check", {"wristband": "WB260100000012", "bag": "BG260100000018"})
    assert checked.status_code in (409, 422)
    watched.get(f"/code/PS26010000007?q={SECRET}")
    watched.get(f"/broken/{SECRET}")
    logging.getLogger("cellchain.accounts.directory.desk").warning("the directory is away: %s", SECRET)
    logging.getLogger("some.library").error(f"{SECRET} said {PASSWORD}")
    structlog.get_logger().error("odd", password=PASSWORD, code="x" * 400)
    text = watched.log.getvalue().decode()
    hidden = (USERNAME, PASSWORD, SECRET, token, TOKEN, watched.bearer["authorization"][7:], "WB26", "BG26", "PS26")
    assert [one for one in hidden if one in text] == []
    odd = watched.lines()[-1]
    assert (odd["left_out"], len(odd["code"])) == (["password"], logs.TEXT_MAX)
    routes = {line.get("route") for line in watched.lines()}
    assert {"/api/v1/sign-in", "/sign-in", "/api/v1/{capability}/{verb}", "/code/{code}"} <= routes
    assert all(line.keys() <= logs.FIELDS for line in watched.lines())


def test_requests_and_commands_are_counted(watched: Watched) -> None:
    before = watched.measured()
    for _ in range(3):
        watched.get(f"/people/{SECRET}")
    assert watched.send("accounts/no_such_verb", {}).status_code == 404
    with watched.installation.database.read() as tx:
        person = tx.many(select(Person), limit=1)[0].code
    once = {"request_id": str(uuid.uuid4()), "order": {"person": person}}
    assert [watched.send("accounts/lock", once).status_code for _ in range(2)] == [409, 409]
    after = watched.measured()

    def more(name: str, **labels: str) -> float:
        key = (name, tuple(sorted(labels.items())))
        return after[key] - before.get(key, 0)

    people = {"route": "/people/{code}"}
    assert more("cellchain_requests_total", **people, method="GET", status="4xx") == 3
    assert more("cellchain_request_seconds_count", **people) == 3
    assert more("cellchain_requests_total", route="unmatched", method="POST", status="4xx") == 1
    assert more("cellchain_commands_total", command="accounts/lock", outcome="refused") == 1
    assert more("cellchain_commands_total", command="accounts/lock", outcome="replayed") == 1
    assert more("cellchain_ledger_entries_total") == 1
    assert after["cellchain_commands_total", (("command", "accounts/grant_role"), ("outcome", "done"))] >= 1
    assert after["cellchain_batch_commands_count", ()] >= 1
    assert after["cellchain_ledger_entries_total", ()] >= 4
    assert after["process_resident_memory_bytes", ()] > 10_000_000
    assert after["cellchain_database_up", ()] == 1
    for name in ("unsigned_entries", "witnesses_away", "clock_step_seconds", "disk_free_bytes", "build"):
        assert f"cellchain_{name}" in {key[0] for key in after}
    for name in ("mails", "print_jobs"):
        assert sum(key[0] == f"cellchain_{name}" for key in after) == 2


def test_no_figure_is_labelled_with_anything_a_person_sent(watched: Watched) -> None:
    for path in (f"/people/{SECRET}", f"/{SECRET}", f"/api/v1/{SECRET}/x", f"/do/{SECRET}/x?y={SECRET}"):
        watched.get(path)
    watched.client.request(SECRET, "/healthz")
    series = watched.measured()
    values = {value for _, labels in series for _, value in labels}
    assert not [value for value in values if SECRET in value or USERNAME in value or re.search(r"[A-Z]{2}\d{9}", value)]
    assert ("cellchain_requests_total", (("method", "other"), ("route", "/healthz"), ("status", "4xx"))) in series


def test_the_figures_are_for_this_machine_or_who_bears_the_token(watched: Watched) -> None:
    def asked(address: str, **headers: str) -> int:
        client = TestClient(watched.app, client=(address, 5))
        return client.get("/metrics", headers=headers).status_code

    assert (asked("127.0.0.1"), asked("::1")) == (200, 200)
    assert asked("10.1.2.3") == 403
    assert asked("127.0.0.1", **{"x-forwarded-for": "127.0.0.1"}) == 403, "a proxy asks for somebody else"
    assert asked("10.1.2.3", authorization=f"Bearer {TOKEN}") == 200
    assert asked("127.0.0.1", **{"x-real-ip": "10.1.2.3"}, authorization=f"Bearer {TOKEN}") == 200
    for wrong in ("", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}"):
        assert asked("10.1.2.3", authorization=wrong) == 403, wrong
    assert not rules.holds_token("Bearer ключ", TOKEN)
    assert watched.get("/metrics").status_code == 403, "a session opens nothing"


def test_a_token_file_that_is_away_or_empty_opens_nothing(watched: Watched) -> None:
    file: Path = watched.installation.settings.metrics_token_file or Path()
    client = TestClient(watched.app, client=("10.1.2.3", 5))
    try:
        for text, given in (("", ""), ("short", "short")):
            file.write_text(text)
            assert client.get("/metrics", headers={"authorization": f"Bearer {given}"}).status_code == 403
        file.unlink()
        assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 403
    finally:
        file.write_text(TOKEN)


def test_a_stderr_that_is_gone_costs_a_line_and_nothing_else() -> None:
    gone = io.BytesIO()
    gone.close()
    logs.Lines(gone).info(b"nobody reads this")
    kept = io.BytesIO()
    logs.Lines(kept).warning(b"one line")
    assert kept.getvalue() == b"one line\n"
