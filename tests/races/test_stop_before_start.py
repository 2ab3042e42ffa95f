"""What speaks against a bag and what uses it, at one moment, on PostgreSQL: what stands first in the ledger counts."""

import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from cellchain.bedside import commands as bedside
from cellchain.bedside.infusions import commands as infusions
from cellchain.ledger.answers import Answer
from cellchain.ledger.models import Head
from cellchain.ledger.run import Call
from cellchain.quality.commands import holds as quality
from tests.bedside.world import INSPECTION, World
from tests.races import morning
from tests.races.test_every_command import source_on_postgres as source_on_postgres
from tests.races.test_every_command import world_on_postgres as world_on_postgres

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
PATIENCE_S = 20
NOTHING_STARTED = "infusion.needs_two_checks"


def test_a_stop_under_way_takes_the_checks_from_a_start(world_on_postgres: World) -> None:
    """The end of the chain is held, so that the STOP has done all but its entry when the start reads the checks."""
    world = world_on_postgres
    bag, symbol, _, band = world.checked(1)
    look = {**INSPECTION, "intact": False}
    stop = bedside.CheckOrder.model_validate({"wristband": band, "bag": symbol, "inspection": look})
    start = infusions.StartInfusion.model_validate({"wristband": band, "bag": symbol, "planned_minutes": 120})
    stopped, answer = one_after_the_other(
        world, world.call("nurse2", bedside.check, stop), world.call("nurse1", infusions.start_infusion, start)
    )
    assert stopped.result()["verdict"] == "STOP"
    assert not answer.done, "the STOP stands in the ledger before the start, and both checks were void by then"
    assert answer.refusal().code == NOTHING_STARTED
    assert morning.rows(world, "bedside_infusion", bag=bag) == []


def test_a_hold_under_way_stops_a_start(world_on_postgres: World) -> None:
    """The same with a hold: it has done all but its entry, nothing of it can be read yet, and it comes first."""
    world = world_on_postgres
    bag, symbol, _, band = world.checked(1)
    hold = quality.PlaceHold.model_validate({"subject": bag, "reason": "Seen to leak in the store."})
    start = infusions.StartInfusion.model_validate({"wristband": band, "bag": symbol, "planned_minutes": 120})
    held_back, starting = one_after_the_other(
        world, world.call("qa1", quality.hold, hold), world.call("nurse1", infusions.start_infusion, start)
    )
    assert held_back.done
    assert not starting.done, "the hold stands in the ledger before the start"
    assert morning.rows(world, "bedside_infusion", bag=bag) == []


def one_after_the_other(world: World, first: Call, second: Call) -> tuple[Answer, Answer]:
    """Both begin while the end of the chain is held; `first` waits for it before `second` begins."""
    run, engine = world.installation.runner.run, world.installation.database.engine
    with ThreadPoolExecutor(2) as threads:
        with engine.begin() as held:
            held.execute(Head.metadata.tables["ledger_head"].select().with_for_update())
            before = threads.submit(run, first)
            wait_until_waiting(world, 1)
            after = threads.submit(run, second)
            wait_until_waiting(world, 2)
        return before.result(), after.result()


def wait_until_waiting(world: World, count: int) -> None:
    """Until so many transactions wait for a lock."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with world.installation.database.engine.connect() as link:
            if link.execute(WAITING).scalar_one() >= count:
                return
        time.sleep(0.02)
    raise AssertionError(f"{count} transactions were to wait")
