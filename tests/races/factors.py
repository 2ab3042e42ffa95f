"""Phones and passkeys of people of the demonstration."""

from typing import Any

import pyotp

from cellchain.accounts.second_factor import commands, passkeys, rules
from tests.accounts.device import Device
from tests.bedside.world import World
from tests.races.things import person

SECRET = rules.secret_from(bytes(range(20)))
PAPER = [rules.recovery_from(bytes([number] * rules.RECOVERY_BYTES)) for number in range(rules.RECOVERY_COUNT)]


def phone(world: World) -> dict[str, Any]:
    """A phone that shows the code of now."""
    return {"secret": SECRET, "code": pyotp.TOTP(SECRET).at(world.clock.now()), "recovery": PAPER}


def enrolled(world: World, who: str) -> str:
    """Somebody with a phone: their code."""
    world.do(who, commands.enrol_second_factor, **phone(world))
    return person(world, who)


def passkey_answer(world: World, who: str) -> str:
    """What a new device answers to being added."""
    options = world.installation.gate.factors.asks_to_add(person(world, who), who, who)
    party = world.installation.gate.factors.party
    return Device(rp=party.id, origin=party.origin).adds(options)


def own_passkey(world: World, who: str) -> int:
    """A passkey of somebody."""
    return int(world.do(who, passkeys.add_passkey, name="Key", answer=passkey_answer(world, who))["passkey"])


def nothing_but(_: str) -> dict[str, str]:
    """An order that says nothing, after somebody enrolled."""
    return {}
