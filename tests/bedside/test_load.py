"""A computed limit looks at the recipient again: at the assignment, and at the bedside."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlmodel import col, select

from cellchain.accounts import commands as accounts
from cellchain.kernel.errors import Refused
from cellchain.ledger.registry import command_of
from cellchain.quality import commands as quality
from cellchain.quality import queries
from cellchain.quality.models import Result
from cellchain.quality.rules.doses import Giving
from cellchain.quality.rules.lifecycles import Outcome, ResultPhase
from cellchain.trial import commands as trial
from cellchain.trial import givings
from tests.bedside.world import World, codes

OVER = "bag.load_over_limit"
ENDOTOXIN = (
    select(Result)
    .where(col(Result.test) == "endotoxin", col(Result.phase) == ResultPhase.VERIFIED)
    .order_by(col(Result.id).desc())
)


def correct(world: World, value: str) -> dict[str, Any]:
    """The endotoxin of today's lot turns out to be another."""
    [before, *_] = world.every(ENDOTOXIN)
    model: Any = command_of(quality.correct_result).order
    order = model(result=before.id, value=value)
    call = replace(world.call("analyst1", quality.correct_result, order), reason="Read from the wrong line.")
    return world.installation.runner.run(call).result()


def test_a_lot_is_judged_for_the_lightest_of_its_recipients(world: World) -> None:
    [found, *_] = world.every(ENDOTOXIN)
    with world.installation.database.read() as tx:
        giving = givings.of_lot(tx, found.lot)
        result = queries.result_facts(tx, found.id)
        none_assigned = givings.of_lot(
            tx, next(one["code"] for one in world.manifest["lots"] if one["phase"] == "recalled")
        )
    assert giving is not None
    assert giving.is_assigned
    assert (giving.volume_ul, giving.minutes) == (400_000, 120)
    assert none_assigned == Giving(400_000, 120, 40_000)
    assert result.giving is not None
    assert result.load is not None
    assert result.load.per_kg == Fraction(Decimal("0.05")) * 400_000 / result.giving.weight_g


def test_over_the_limit_is_a_stop_at_the_bedside(world: World) -> None:
    _, symbol, _, band = world.ready(0)
    assert world.check("nurse1", band, symbol)["verdict"] == "MATCH"
    assert correct(world, "4")["outcome"] == Outcome.FAILED
    checked = world.check("nurse2", band, symbol)
    assert checked["verdict"] == "STOP"
    assert OVER in codes(checked)
    message = next(one["message"] for one in checked["reasons"] if one["code"] == OVER)
    assert "EU/kg/h" in message


def test_a_saline_bag_has_no_such_limit(world: World) -> None:
    correct(world, "4")
    bag = world.bags("ready", "saline")[0]
    assert world.check("nurse1", world.band(bag["recipient"]), bag["label"])["verdict"] == "MATCH"


def test_a_higher_value_that_everybody_bears_stops_nobody(world: World) -> None:
    assert correct(world, "0.5")["outcome"] == Outcome.PASSED
    _, symbol, _, band = world.ready(0)
    assert world.check("nurse1", band, symbol)["verdict"] == "MATCH"


def test_over_the_limit_is_not_assigned(world: World) -> None:
    assigned, spare = world.bags("assigned_unreleased", "msc")[0], world.bags("unassigned", "msc")[-1]
    released = world.do("qa1", trial.release_assignment, bag=assigned["code"])
    world.do("qa2", accounts.countersign, decision=released["decision"])
    order = {"bag": spare["code"], "recipient": assigned["recipient"]}
    correct(world, "4")
    with pytest.raises(Refused) as caught:
        world.do("technician1", trial.assign_bag, **order)
    assert caught.value.code == OVER


def test_within_the_limit_it_is(world: World) -> None:
    assigned, spare = world.bags("assigned_unreleased", "msc")[0], world.bags("unassigned", "msc")[-1]
    released = world.do("qa1", trial.release_assignment, bag=assigned["code"])
    world.do("qa2", accounts.countersign, decision=released["decision"])
    made = world.do("technician1", trial.assign_bag, bag=spare["code"], recipient=assigned["recipient"])
    assert made["bag"] == spare["code"]
