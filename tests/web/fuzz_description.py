"""What the description of the API promises, held against the served application by schemathesis, with all its checks.

Each operation gets what its schema allows and what it forbids, from somebody who holds every role, over a copy of the
demonstration. No answer may be a fault of ours, a status, type or shape that the description does not name, or a yes to
what it forbids or to who has no session. It is run by `make fuzz` alone: it takes minutes.

Two things are set apart. An order that its schema allows may be answered with 422: no schema says that the check digits
of a code fit, or that a day lies between 1900 and 2199; a reading call has no such excuse. And signing out is left to
tests/web/test_api.py, because it would end the session that asks.
"""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cellchain.accounts import commands as accounts
from cellchain.accounts.rules import Role
from cellchain.identity.codes import PersonCode
from cellchain.ledger.actor import SYSTEM_ACTOR
from cellchain.ledger.registry import Order, command_of
from cellchain.ledger.run import Call
from tests.bedside.world import World, played
from tests.e2e.server import Demonstration, serving
from tests.support.campaign import times

WHO, PASSWORD = "everything", "four unrelated plain words"
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
LONGEST_S = 3_600
FEW = 1  # of what each operation allows, and of what it forbids
CONFIG = """
[[operations]]
include-method = "POST"
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "413", "422", "429"]
"""


def with_everybodys_roles(source: Path, folder: Path) -> Path:
    """A copy of the demonstration with one more person, who holds every role there is."""
    world = World(source, folder)

    def run(function: Any, order: Order) -> dict[str, Any]:
        call = Call(command_of(function), order, SYSTEM_ACTOR, str(uuid.uuid4()), by_house=True)
        return world.installation.runner.run(call).result()

    person = run(accounts.register_person, accounts.RegisterPerson(username=WHO, name="Every Thing", initials="ET"))
    run(accounts.give_password, accounts.GivePassword(person=PersonCode(person["person"]), password=PASSWORD))
    for role in Role:
        run(accounts.grant_role, accounts.GrantRole(person=PersonCode(person["person"]), role=role))
    world.close()
    return folder


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Demonstration]:
    """A server of its own: what random orders do to it is nobody else's."""
    source = played(tmp_path_factory.getbasetemp())
    with serving(with_everybodys_roles(source, tmp_path / "data")) as server:
        server.passwords[WHO] = PASSWORD
        yield server


def test_the_application_keeps_what_its_description_promises(served: Demonstration, tmp_path: Path) -> None:
    description = served.get("/openapi.json", WHO)
    assert description.status_code == 200
    (tmp_path / "openapi.json").write_bytes(description.content)
    (tmp_path / "schemathesis.toml").write_text(CONFIG, encoding="utf-8")
    examples = times(FEW)
    run = [
        *(SCHEMATHESIS, "--config-file", "schemathesis.toml", "run", "openapi.json"),
        *("--url", served.url, "--header", f"Authorization: {served.bearer(WHO)['authorization']}"),
        *("--checks", "all", "--phases", "fuzzing" if examples == FEW else "coverage,fuzzing"),
        *("--max-examples", str(examples), "--exclude-path", "/api/v1/sign-out", "--continue-on-failure"),
        *("--no-shrink", "--seed", "1", "--report", "json", "--report-json-path", "report.json"),
    ]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=LONGEST_S)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["failures"] == [], done.stdout
    assert done.returncode == 0, done.stdout
    assert report["complete"]
    assert served.get("/api/v1/ledger/entries", WHO).status_code == 200, "the session that asked is still one"
