"""Orders about what is done of deviations: containment, causes, actions, changes, complaints."""

from typing import Any

from cellchain.accounts import commands as accounts
from cellchain.accounts import queries as people
from cellchain.quality.actions import commands as actions
from cellchain.quality.changes import commands as changes
from cellchain.quality.deviations import commands as deviations
from tests.bedside.world import World
from tests.races.orders_lab import received
from tests.races.things import REASON, Builder, first, person, ready_bag, today


def assessed(world: World) -> int:
    """The deviation that has its class, and is not closed."""
    return int(first(world, "quality_deviation", phase="assessed"))


def plan(world: World) -> dict[str, Any]:
    """An action of the first technician's."""
    told: dict[str, Any] = {"kind": "corrective", "what": "Renew the gasket", "owner": person(world, "technician1")}
    days = {"due_on": today(world, 7), "check_due_on": today(world, 60), "criterion": "No leak in 60 days"}
    return {"deviation": assessed(world), **told, **days}


def planned(world: World) -> int:
    """An action that waits to be done."""
    return int(world.do("qa1", actions.plan_action, **plan(world))["action"])


def done(world: World) -> int:
    """An action that waits to be judged."""
    number = planned(world)
    world.do("technician1", actions.complete_action, action=number, account="Renewed", evidence=received(world))
    return number


def request(world: World) -> dict[str, Any]:
    """A change of the first technician's."""
    told: dict[str, Any] = {
        "title": "Another gasket",
        "what": "Silicone for rubber",
        "grounds": "Rubber ages",
        "impact": "None on cells",
    }
    told |= {"kind": "minor", "documents": ["SOP-3 v2"], "owner": person(world, "technician1")}
    days = {"due_on": today(world, 14), "check_due_on": today(world, 90), "criterion": "No leak in 90 days"}
    return {**told, **days}


def requested(world: World) -> int:
    """A change that nobody has decided about."""
    return int(world.do("technician1", changes.request_change, **request(world))["change"])


def approved(world: World) -> int:
    """A change that two people have approved."""
    number = requested(world)
    world.do("qa1", changes.approve_change, change=number)
    with world.installation.database.read() as tx:
        waiting = next(one.id for one in people.open_decisions(tx) if one.event == changes.APPROVED)
    world.do("qa2", accounts.countersign, decision=waiting)
    return number


def implemented(world: World) -> int:
    """A change that waits to be judged."""
    number = approved(world)
    world.do("technician1", changes.implement_change, change=number, account="Changed", evidence=received(world))
    return number


def effective(world: World) -> int:
    """A change that waits to be closed."""
    number = implemented(world)
    world.do("qa1", changes.judge_change, change=number, is_effective=True, judgement="No leak")
    return number


def complaint(world: World) -> dict[str, Any]:
    """What the ward said about a bag."""
    told: dict[str, Any] = {"subject": ready_bag(world), "title": "A scratched port", "description": REASON}
    return {**told, "complainant": "Ward 2", "came_by": "Telephone", "received_at": world.clock.now()}


def complained(world: World) -> int:
    """A complaint that nobody has answered."""
    return int(world.do("qa1", deviations.record_complaint, **complaint(world))["deviation"])


FOLLOW_UP: dict[str, Builder] = {
    "answer_complaint": lambda w: ("qa1", {"deviation": complained(w), "answer": REASON}),
    "approve_change": lambda w: ("qa1", {"change": requested(w)}),
    "close_change": lambda w: ("qa2", {"change": effective(w), "conclusion": REASON}),
    "complete_action": lambda w: (
        "technician1",
        {"action": planned(w), "account": REASON, "evidence": received(w)},
    ),
    "contain_deviation": lambda w: ("qa1", {"deviation": assessed(w), "reason": REASON}),
    "determine_root_cause": lambda w: ("qa1", {"deviation": assessed(w), "kind": "machine", "account": REASON}),
    "extend_due_date": lambda w: (
        "qa1",
        {"dated": "action", "number": planned(w), "until": today(w, 20), "reason": REASON},
    ),
    "implement_change": lambda w: (
        "technician1",
        {"change": approved(w), "account": REASON, "evidence": received(w)},
    ),
    "judge_action": lambda w: ("qa1", {"action": done(w), "is_effective": False, "judgement": REASON}),
    "judge_change": lambda w: ("qa1", {"change": implemented(w), "is_effective": False, "judgement": REASON}),
    "plan_action": lambda w: ("qa1", plan(w)),
    "record_complaint": lambda w: ("qa1", complaint(w)),
    "reject_change": lambda w: ("qa1", {"change": requested(w), "rejection": REASON}),
    "request_change": lambda w: ("technician1", request(w)),
    "withdraw_action": lambda w: ("qa1", {"action": planned(w), "withdrawal": REASON}),
}
