"""The first administrator: made at the command line, because nobody can be signed in yet."""

import uuid

from pydantic import ValidationError

from cellchain.accounts import commands
from cellchain.accounts.strength.rules import password_is_fit
from cellchain.kernel.errors import Invalid
from cellchain.kernel.text import T
from cellchain.ledger.actor import SYSTEM_ACTOR
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call, Runner
from cellchain.web.faults import invalid_from


def read_first_administrator(username: str, line: bytes) -> commands.RegisterAdministrator:
    """The order that a name and a line of input give, looked at before anything is made. Raises Invalid or Refused."""
    try:
        password = line.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Invalid({"password": T("The password is no UTF-8 text. Type it again.")}) from error
    try:
        order = commands.RegisterAdministrator(username=username, password=password)
    except ValidationError as error:
        raise invalid_from(error) from error
    password_is_fit(order.password, about=(order.username,))
    return order


def create_first_administrator(runner: Runner, order: commands.RegisterAdministrator) -> str:
    """Register the person with role and password, all or nothing. Gives the code. Raises Refused."""
    call = Call(command_of(commands.register_administrator), order, SYSTEM_ACTOR, str(uuid.uuid4()), by_house=True)
    return str(runner.run(call).result()["person"])
