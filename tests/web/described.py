"""The served application beside the description of its API, and schemathesis between them, with all its checks.

Each operation gets what its schema allows and what it forbids, from somebody who holds every role, over a copy of the
demonstration. No answer may be a fault of ours, a status, type or shape that the description does not name, or a yes to
what it forbids or to who has no session. No check and no operation is left out; what may end
the session that asks (signing out, here or everywhere, ending a session) has a run of its own, in a session of its own.

Two answers are named, because schemathesis does not know them as what they are. An order that its schema allows may be
answered with 422: no schema says that the check digits of a code fit, or that a day lies between 1900 and 2199; a
reading call has no such excuse. And an order that its schema forbids may be answered with 413, which its list of
refusals lacks: it was larger than any order, and nobody read it. Until that was said, one request in ten thousand was
taken for accepted.
"""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cellchain.accounts import commands as accounts
from cellchain.accounts.rules import Role
from cellchain.identity.codes import PersonCode
from cellchain.ledger.actor import SYSTEM_ACTOR
from cellchain.ledger.registry import REGISTRY, Order, command_of
from cellchain.ledger.run import Call
from tests.bedside.world import World
from tests.e2e.server import Demonstration, serving

WHO, PASSWORD = "everything", "four unrelated plain words"
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# What ends the session that asks: each has a run of its own.
ENDS_ITSELF = tuple(f"/api/v1/{path}" for path in ("sign-out", "accounts/sign_out_everywhere", "accounts/end_session"))
WITHOUT = [part for path in ENDS_ITSELF for part in ("--exclude-path", path)]
LONGEST_S = 3_600
CONFIG = """
[checks]
negative_data_rejection.expected-statuses = ["401", "403", "404", "405", "409", "413", "422", "429"]

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


@contextmanager
def described(source: Path, folder: Path) -> Iterator[Demonstration]:
    """A server of its own, which random orders may do anything to; what it says about itself lies beside its folder."""
    with serving(with_everybodys_roles(source, folder)) as server:
        server.passwords[WHO] = PASSWORD
        answer = server.get("/openapi.json", WHO)
        assert answer.status_code == 200
        (folder.parent / "openapi.json").write_bytes(answer.content)
        (folder.parent / "schemathesis.toml").write_text(CONFIG, encoding="utf-8")
        yield server


def operations(server: Demonstration) -> list[tuple[str, str]]:
    """Every method and path that is described."""
    paths = json.loads((server.folder.parent / "openapi.json").read_bytes())["paths"]
    return [(method.upper(), path) for path in paths for method in paths[path]]


def by_hand(server: Demonstration) -> list[str]:
    """The paths whose description is written by hand, and not made from an order."""
    orders = {f"/api/v1/{path}" for path in REGISTRY}
    return sorted({path for _, path in operations(server)} - orders - set(ENDS_ITSELF))


def held_against(server: Demonstration, *options: object) -> dict[str, Any]:
    """Run schemathesis in a new session. Gives its report; a failure is shown with the request that made it."""
    server.forget(WHO)
    run: list[str | Path] = [
        *(SCHEMATHESIS, "--config-file", "schemathesis.toml", "run", "openapi.json", "--url", server.url),
        *("--header", f"Authorization: {server.bearer(WHO)['authorization']}", "--checks", "all"),
        *("--continue-on-failure", "--no-shrink", "--report", "json", "--report-json-path", "report.json"),
        *(str(option) for option in options),
    ]
    done = subprocess.run(run, cwd=server.folder.parent, capture_output=True, text=True, timeout=LONGEST_S)
    report: dict[str, Any] = json.loads((server.folder.parent / "report.json").read_text(encoding="utf-8"))
    assert report["failures"] == [], done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    assert report["complete"]
    print(next((line for line in done.stdout.splitlines() if " generated, " in line), "").strip())
    return report
