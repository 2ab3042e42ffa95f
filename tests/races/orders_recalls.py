"""Orders of recalls, exercises, alerts, and doubts about lots of the same origin."""

from datetime import timedelta
from typing import Any

from cellchain.ledger import queries as ledger
from cellchain.quality import commands as quality
from cellchain.quality.recalls.queries import alerts_of
from tests.bedside.world import World
from tests.races.things import REASON, Builder, donor, first, lot


def batch(world: World) -> str:
    """The lot of today, which is released conditionally."""
    return lot(world, "conditionally_released")


def started(world: World, kind: str = "recall") -> int:
    """A recall of that lot, or an exercise, that was just started."""
    order = {"kind": kind, "root": batch(world), "reason": REASON}
    return int(world.do("qa1", quality.start_recall, **order)["recall"])


def signed(world: World) -> int:
    """A recall of that lot that was just signed."""
    return int(world.do("qa1", quality.recall, root=batch(world), reason=REASON)["recall"])


def bag(world: World) -> str:
    """A bag of that lot."""
    return str(first(world, "manufacturing_container", lot=batch(world), kind="infusion_bag", column="code"))


def sponsors_alert(world: World) -> int:
    """The sponsor's alert of a recall that was just signed."""
    return int(first(world, "quality_alert", recall=str(signed(world)), audience="sponsor"))


def read_exercise(world: World) -> int:
    """An exercise that everybody has acknowledged."""
    number = started(world, "exercise")
    world.do("qa1", quality.list_recall, recall=number)
    with world.installation.database.read() as tx:
        alerts = alerts_of(tx, recall=number)
    for row in alerts:
        who = {"sponsor": "sponsor1", "physician": "physician1"}[row.audience]
        world.do(who, quality.acknowledge_alert, alert=row.id)
    return number


def soon(world: World) -> str:
    """A week from now."""
    return (world.clock.now() + timedelta(days=7)).isoformat()


def today(world: World) -> str:
    """The day of the site."""
    return world.clock.now().astimezone(world.installation.settings.zone).date().isoformat()


def reasoned(world: World) -> tuple[int, int]:
    """A hold with its reason, and the entry that wrote it."""
    hold = world.do("qa1", quality.hold, subject=donor(world), reason="Entered by mistake")["hold"]
    return hold, last_entry(world)


def asking(world: World) -> dict[str, Any]:
    """An order that asks for the reason of a hold to be erased."""
    hold, entry = reasoned(world)
    place = {"entry": entry, "table": "quality_hold", "key": str(hold), "field": "reason"}
    return {**place, "ground": "entered_by_mistake", "reason": REASON}


def asked(world: World) -> int:
    """A reason that one of QA asked to erase."""
    return int(world.do("qa1", quality.ask_redaction, **asking(world))["redaction"])


def last_entry(world: World) -> int:
    """The number of the last entry of the ledger that wrote a hold."""
    with world.installation.database.read() as tx:
        return max(one.seq for one in ledger.latest_entries(tx, 5) if one.event == "quality:hold:placed")


RECALLS: dict[str, Builder] = {
    "ask_redaction": lambda w: ("qa1", asking(w)),
    "redact": lambda w: ("qa2", {"redaction": asked(w)}),
    "account_for": lambda w: ("technician1", {"recall": signed(w), "subjects": [bag(w)], "place": "Shelf"}),
    "acknowledge_alert": lambda w: ("sponsor1", {"alert": sponsors_alert(w)}),
    "close_recall": lambda w: ("qa2", {"recall": read_exercise(w), "conclusion": "Everything was found in time."}),
    "decide_doubt": lambda w: ("qa1", {"result": first(w, "quality_result"), "reason": REASON, "expires_at": soon(w)}),
    "record_letter": lambda w: (
        "qa1",
        {"recall": signed(w), "to": "authority", "sent_on": today(w), "reference": "R-1", "told_by": "The sponsor"},
    ),
    "send_letters": lambda w: ("qa1", {"recall": signed(w), "to": ["sponsor"], "digests": ["a" * 64]}),
    "list_recall": lambda w: ("qa1", {"recall": started(w)}),
    "start_recall": lambda w: ("qa1", {"kind": "exercise", "root": donor(w), "reason": REASON}),
}
