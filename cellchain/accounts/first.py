"""The first administrator: made at the command line, because nobody can be signed in yet."""

import uuid
from collections.abc import Callable
from typing import Any

from cellchain.accounts import commands
from cellchain.accounts.permissions import permissions_of
from cellchain.accounts.rules import Role
from cellchain.identity.codes import PersonCode
from cellchain.ledger.actor import SYSTEM_ACTOR, Actor
from cellchain.ledger.registry import Order, command_of
from cellchain.ledger.run import Call, Runner


def create_first_administrator(runner: Runner, username: str, password: str) -> str:
    """Register a person, grant the administrator role, set the password. Gives the code.

    Raises Refused where the name is taken or the password unfit, pydantic's ValidationError for a malformed name.
    """
    registered = commands.RegisterPerson(username=username, name=username, initials=username[:24])
    code: str = _as_house(runner, commands.register_person, registered, SYSTEM_ACTOR)["person"]
    _as_house(
        runner, commands.grant_role, commands.GrantRole(person=PersonCode(code), role=Role.ADMINISTRATOR), SYSTEM_ACTOR
    )
    owner = Actor(code, permissions_of([Role.ADMINISTRATOR]))
    _as_house(runner, commands.set_password, commands.SetPassword(password=password), owner)
    return code


def _as_house(runner: Runner, function: Callable[..., Any], order: Order, actor: Actor) -> dict[str, Any]:
    return runner.run(Call(command_of(function), order, actor, str(uuid.uuid4()), by_house=True)).result()
