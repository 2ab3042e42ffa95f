"""Different commands in one batch on SQLite: each sees what those before it did, and a refusal takes nobody along."""

from cellchain.bedside.infusions import commands as infusions
from cellchain.ledger.answers import Answer
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.quality import commands as quality
from tests.bedside.world import World
from tests.races import morning
from tests.races.test_every_command import source as source
from tests.races.test_every_command import world as world


def calls(world: World, place: int) -> tuple[str, Call, Call]:
    """A start and a hold of one bag that both nurses have checked."""
    bag, symbol, _, band = world.checked(place)
    start = {"wristband": band, "bag": symbol, "planned_minutes": 120}
    hold = {"subject": bag, "reason": "For the batch."}
    return (
        bag,
        world.call(
            "nurse1", infusions.start_infusion, command_of(infusions.start_infusion).order.model_validate(start)
        ),
        world.call("qa1", quality.hold, command_of(quality.hold).order.model_validate(hold)),
    )


def answers(world: World, *batch: Call) -> list[Answer]:
    found = world.installation.runner.run_batch(batch)
    assert all(isinstance(one, Answer) for one in found), found
    return [one for one in found if isinstance(one, Answer)]


def test_each_sees_what_stands_before_it(world: World) -> None:
    bag, start, hold = calls(world, 1)
    held, started = answers(world, hold, start)
    assert held.done
    assert not started.done
    assert started.refusal().code == "infusion.changed_since_check"
    assert morning.rows(world, "bedside_infusion", bag=bag) == []
    bag, start, hold = calls(world, 2)
    started, held = answers(world, start, hold)
    assert started.done
    assert held.done
    assert len(morning.rows(world, "bedside_infusion", bag=bag)) == 1


def test_a_refusal_and_a_repeat_in_the_middle_take_nobody_along(world: World) -> None:
    """The second start is refused, the repeated hold is answered alike, and all stand in the chain in their order."""
    _, start, hold = calls(world, 2)
    again = world.call("nurse2", infusions.start_infusion, start.order)
    before = world.size()
    started, refused, held, repeated = answers(world, start, again, hold, hold)
    assert (started.done, refused.done, held.done) == (True, False, True)
    assert repeated.replayed
    assert repeated.text == held.text
    fresh = world.since(before)
    assert [one.seq for one in fresh] == list(range(before + 1, before + 1 + len(fresh)))
    assert [one.request_id for one in fresh if one.request_id in {start.request_id, again.request_id}][:1] == [
        start.request_id
    ]
