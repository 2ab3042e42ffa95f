"""An installation with one person who may see everything, behind the application's door: for both databases."""

import uuid
from typing import Any

import httpx2 as httpx
from starlette.testclient import TestClient

from cellchain.accounts import commands
from cellchain.accounts.first import create_first_administrator
from cellchain.accounts.rules import Role
from cellchain.identity.codes import PersonCode
from cellchain.ledger.actor import SYSTEM_ACTOR
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.main import Installation

USERNAME, PASSWORD = "somebody", "four unrelated plain words"
ROLES = (Role.INSPECTOR, Role.QA, Role.NURSE, Role.TECHNICIAN)


def settle(installation: Installation) -> None:
    """Register the one person of this house."""
    order = commands.RegisterAdministrator(username=USERNAME, password=PASSWORD)
    person = create_first_administrator(installation.runner, order)
    for role in ROLES:
        grant = commands.GrantRole(person=PersonCode(person), role=role)
        call = Call(command_of(commands.grant_role), grant, SYSTEM_ACTOR, str(uuid.uuid4()), by_house=True)
        installation.runner.run(call).result()


class Door:
    """A client of the application, signed in as that person when it has to be."""

    def __init__(self, client: TestClient, installation: Installation) -> None:
        self.client = client
        self.installation = installation
        body = {"username": USERNAME, "password": PASSWORD}
        self.bearer = {"authorization": f"Bearer {client.post('/api/v1/sign-in', json=body).json()['token']}"}

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Read something, signed in."""
        return self.client.get(path, headers={**self.bearer, **headers}, follow_redirects=False)

    def send(self, path: str, body: Any) -> httpx.Response:
        """Post JSON, signed in."""
        return self.client.post(f"/api/v1/{path}", json=body, headers=self.bearer)

    def order(self, path: str, order: Any, **envelope: Any) -> httpx.Response:
        """Run a command."""
        return self.send(path, {"request_id": str(uuid.uuid4()), "order": order, **envelope})
