"""Orders after a failed test: its investigation, and the acts of an exceptional use."""

from typing import Any

from cellchain.quality import commands as quality
from cellchain.quality.investigations import commands as investigations
from cellchain.quality.investigations import exceptional
from cellchain.quality.investigations import queries as reading
from cellchain.quality.rules.investigations import CHECKS
from cellchain.trial import queries as trial
from tests.bedside.world import World
from tests.races.things import REASON, Builder, Built, first, machine

ALL_RIGHT: dict[str, Any] = {**dict.fromkeys(CHECKS, "in_order"), "hypothesis": REASON}
FULLY: dict[str, Any] = {
    "manufacturing_review": REASON,
    "scope_account": REASON,
    "root_cause": "not_found",
    "root_account": REASON,
}
CONFIRMED: dict[str, Any] = {"conclusion": "confirmed", "reasoning": REASON}


def grown(world: World) -> int:
    """A culture of the lot at the ward grew: its investigation, just opened."""
    pending = {"lot": world.bags("ready", "saline")[0]["lot"], "phase": "pending", "test": "sterility_14d"}
    read: dict[str, Any] = {
        "sample": first(world, "quality_result", **pending, column="sample"),
        "stage": "final",
        "test": "sterility_14d",
        "value": "growth",
        "instrument": machine(world, "culture_system"),
    }
    made = world.do("analyst1", quality.record_result, **read)["result"]
    world.do("analyst2", quality.verify_result, result=made)
    with world.installation.database.read() as tx:
        found = reading.investigation_of(tx, made)
    assert found is not None
    return found.id


def without_cause(world: World) -> int:
    """An investigation in its full phase."""
    number = grown(world)
    world.do("analyst2", investigations.investigate_laboratory, investigation=number, **ALL_RIGHT)
    return number


def reported(world: World) -> int:
    """An investigation that wants its conclusion."""
    number = without_cause(world)
    world.do("qa1", investigations.investigate_fully, investigation=number, **FULLY)
    return number


def asking(world: World) -> Built:
    """The treating physician of a recipient, and what they ask for after a confirmed failure."""
    number = reported(world)
    world.do("qa2", investigations.conclude_investigation, investigation=number, **CONFIRMED)
    recipient = world.bags("ready", "saline")[0]["recipient"]
    with world.installation.database.read() as tx:
        treats = trial.physician_of(tx, recipient)
    who = next(name for name, actor in world.actors.items() if actor.person == treats)
    return who, {"investigation": number, "recipient": recipient, "request": REASON}


def asked(world: World) -> tuple[str, int]:
    """A request, and who made it."""
    who, order = asking(world)
    return who, int(world.do(who, exceptional.request_exceptional_use, **order)["use"])


def evaluated(world: World) -> tuple[str, int]:
    """A request whose risk is evaluated."""
    who, use = asked(world)
    world.do("qa1", exceptional.evaluate_exceptional_use, use=use, evaluation=REASON)
    return who, use


def told(world: World, use: int) -> dict[str, Any]:
    """That the sponsor was told just now."""
    return {"use": use, "told": "S. Example", "told_at": world.clock.now()}


def taken_on(world: World) -> int:
    """An exceptional use that wants nothing but its acceptance."""
    who, use = evaluated(world)
    world.do(who, exceptional.take_on_exceptional_use, use=use)
    world.do("coordinator1", exceptional.record_sponsor_told, **told(world, use))
    return use


def lift_hold(world: World) -> None:
    """QA has decided on the failure: the hold that came with it is lifted."""
    hold = first(world, "quality_hold", phase="placed", cause="failed_test")
    world.do("qa2", quality.lift_hold, hold=hold, reason=REASON)


def taking_on(world: World) -> Built:
    """The physician takes the risk on."""
    who, use = evaluated(world)
    return who, {"use": use}


def withdrawing(world: World) -> Built:
    """The physician changes their mind."""
    who, use = asked(world)
    return who, {"use": use, "reason": REASON}


FAILURES: dict[str, Builder] = {
    "accept_exceptional_use": lambda w: ("qa2", {"use": taken_on(w)}),
    "conclude_investigation": lambda w: ("qa2", {"investigation": reported(w), **CONFIRMED}),
    "evaluate_exceptional_use": lambda w: ("qa1", {"use": asked(w)[1], "evaluation": REASON}),
    "extend_investigation": lambda w: ("qa2", {"investigation": reported(w), "extension": REASON}),
    "investigate_fully": lambda w: ("qa1", {"investigation": without_cause(w), **FULLY}),
    "investigate_laboratory": lambda w: ("analyst2", {"investigation": grown(w), **ALL_RIGHT}),
    "plan_retests": lambda w: ("qa1", {"investigation": without_cause(w), "count": 1, "plan": REASON}),
    "record_sponsor_told": lambda w: ("coordinator1", told(w, asked(w)[1])),
    "request_exceptional_use": asking,
    "take_on_exceptional_use": taking_on,
    "withdraw_exceptional_use": withdrawing,
}
