"""Two people check one bag at one moment, and a recall comes between the check and the start, on PostgreSQL."""

from cellchain.bedside import commands as bedside
from cellchain.bedside.downtime import commands as downtime
from cellchain.bedside.infusions import commands as infusions
from cellchain.ledger.registry import command_of
from cellchain.quality import commands as quality
from tests.bedside.world import INSPECTION, World
from tests.races import morning
from tests.races.orders_clinic import on_paper
from tests.races.test_every_command import at_once
from tests.races.test_every_command import source as source
from tests.races.test_every_command import source_on_postgres as source_on_postgres
from tests.races.test_every_command import world as world
from tests.races.test_every_command import world_on_postgres as world_on_postgres
from tests.races.test_stop_before_start import one_after_the_other

EACH = 8


def both_at_once(world: World) -> None:
    """Both press at one moment, several times over: two people are counted, and the bag starts once after it."""
    _, symbol, _, band = world.ready(2)
    order = bedside.CheckOrder.model_validate({"wristband": band, "bag": symbol, "inspection": INSPECTION})
    calls = [world.call(f"nurse{1 + turn % 2}", bedside.check, order) for turn in range(2 * EACH)]
    results = [answer.result() for answer in at_once(world, calls)]
    assert {one["verdict"] for one in results} == {"MATCH"}
    assert max(one["checks"] for one in results) == 2
    assert len(morning.rows(world, "bedside_check", bag=world.ready(2)[0], phase="open")) == 2
    start = infusions.StartInfusion.model_validate({"wristband": band, "bag": symbol, "planned_minutes": 120})
    starts = [world.call(f"nurse{1 + turn % 2}", infusions.start_infusion, start) for turn in range(32)]
    assert sum(answer.done for answer in at_once(world, starts)) == 1


def test_both_people_check_at_once(world: World) -> None:
    both_at_once(world)


def test_both_people_check_at_once_on_postgres(world_on_postgres: World) -> None:
    both_at_once(world_on_postgres)


def test_a_recall_under_way_stops_a_start(world_on_postgres: World) -> None:
    """It has done all but its entry when the start reads the bag: it stands first, and nothing starts."""
    world = world_on_postgres
    bag, symbol, _, band = world.checked(1)
    lot = next(one["lot"] for one in world.bags("ready") if one["code"] == bag)
    recall = world.call(
        "qa1",
        quality.recall,
        command_of(quality.recall).order.model_validate({"root": lot, "reason": "The supplier warned."}),
    )
    start = infusions.StartInfusion.model_validate({"wristband": band, "bag": symbol, "planned_minutes": 120})
    recalled, starting = one_after_the_other(world, recall, world.call("nurse1", infusions.start_infusion, start))
    assert recalled.done, recalled.text
    assert not starting.done
    assert starting.refusal().code == "infusion.changed_since_check"
    assert morning.rows(world, "bedside_infusion", bag=bag) == []


def test_the_end_of_a_downtime_under_way_stops_a_start(world_on_postgres: World) -> None:
    """A bag that may have been given on paper does not start beside the entry that says so."""
    world = world_on_postgres
    number = world.do("nurse2", downtime.declare_downtime, cause="The network was away.")["downtime"]
    bag, symbol, _, band = world.checked(1)
    end = world.call("nurse2", downtime.end_downtime, downtime.EndDowntime(downtime=number))
    start = infusions.StartInfusion.model_validate({"wristband": band, "bag": symbol, "planned_minutes": 120})
    ended, starting = one_after_the_other(world, end, world.call("nurse1", infusions.start_infusion, start))
    assert ended.done, ended.text
    assert not starting.done
    assert morning.rows(world, "bedside_infusion", bag=bag) == []


def test_a_paper_entry_under_way_stops_a_start(world_on_postgres: World) -> None:
    """Somebody presses Start while two people enter the form of the same bag: it was given once, on paper."""
    world = world_on_postgres
    form = on_paper(world)
    bag, symbol, _, band = world.ready(2)
    entry = world.call("nurse1", downtime.enter_paper_infusion, downtime.EnterPaperInfusion.model_validate(form))
    start = infusions.StartInfusion.model_validate({"wristband": band, "bag": symbol, "planned_minutes": 120})
    entered, starting = one_after_the_other(world, entry, world.call("nurse2", infusions.start_infusion, start))
    assert entered.done, entered.text
    assert not starting.done
    assert len(morning.rows(world, "bedside_infusion", bag=bag)) == 1
