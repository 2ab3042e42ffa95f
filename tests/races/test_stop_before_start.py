"""A STOP and a start at one moment, on PostgreSQL: what the STOP has taken away starts nothing."""

import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from cellchain.bedside import commands as bedside
from cellchain.ledger.models import Head
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
    start = bedside.StartInfusion.model_validate({"wristband": band, "bag": symbol, "planned_minutes": 120})
    run = world.installation.runner.run
    engine = world.installation.database.engine
    with ThreadPoolExecutor(2) as threads:
        with engine.begin() as held:
            held.execute(Head.metadata.tables["ledger_head"].select().with_for_update())
            stopping = threads.submit(run, world.call("nurse2", bedside.check, stop))
            wait_until_waiting(world, 1)
            starting = threads.submit(run, world.call("nurse1", bedside.start_infusion, start))
            wait_until_waiting(world, 2)
        assert stopping.result().result()["verdict"] == "STOP"
        answer = starting.result()
    assert not answer.done, "the STOP stands in the ledger before the start, and both checks were void by then"
    assert answer.refusal().code == NOTHING_STARTED
    assert morning.rows(world, "bedside_infusion", bag=bag) == []


def wait_until_waiting(world: World, count: int) -> None:
    """Until so many transactions wait for a lock."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with world.installation.database.engine.connect() as link:
            if link.execute(WAITING).scalar_one() >= count:
                return
        time.sleep(0.02)
    raise AssertionError(f"{count} transactions were to wait")
