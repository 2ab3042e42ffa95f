"""Two acts that must not both win, at one moment, round after round: 200 of each in a campaign.

Both are sent from a thread of their own. What stands first in the ledger decides: the second is refused, or it stops
what the first allowed.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cellchain.accounts import commands as accounts
from cellchain.bedside.infusions import commands as infusions
from cellchain.demo import clinic
from cellchain.ledger.answers import Answer
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.quality import commands as quality
from cellchain.quality import queries
from cellchain.trial import commands as trial
from tests.bedside.world import World
from tests.quality.batches import Batches
from tests.races import morning
from tests.races.test_every_command import at_once
from tests.races.test_every_command import source as source
from tests.races.test_every_command import source_on_postgres as source_on_postgres
from tests.races.test_release_against import ready, release, seq_of
from tests.support.campaign import times
from tests.support.postgres import Postgres

ROUNDS = times(10) if times(1) > 1 else 2
WHY = "For the race."
LEFT = (1, 2)  # of the ready bags, those that nobody has begun to give on that morning
LOTS = 8  # of which the stores of one copy are enough
ENOUGH = 100  # rounds, in which each of the two has to have come first at least once
Round = Callable[[World], Iterator[str]]


def call(world: World, who: str, function: Callable[..., Any], **fields: Any) -> Call:
    return world.call(who, function, command_of(function).order.model_validate(fields))


def turned(number: int, one: Call, other: Call) -> list[Call]:
    """Each of the two is the first to be handed in in half of the rounds."""
    return [one, other] if number % 2 == 0 else [other, one]


def raced(world: World, number: int, one: Call, other: Call) -> tuple[Answer, Answer]:
    """The answers of `one` and `other`, sent at one moment."""
    answers = at_once(world, turned(number, one, other))
    first, second = answers if number % 2 == 0 else answers[::-1]
    return first, second


def who_won(first: Answer, second: Answer) -> str:
    return {(True, True): "both", (True, False): "first", (False, True): "second", (False, False): "none"}[
        first.done, second.done
    ]


def start_start(world: World) -> Iterator[str]:
    """Both nurses start the bag that they checked: it starts once."""
    for number, place in enumerate(LEFT):
        bag, symbol, _, band = world.checked(place)
        order = {"wristband": band, "bag": symbol, "planned_minutes": 120}
        starts = [call(world, nurse, infusions.start_infusion, **order) for nurse in ("nurse1", "nurse2")]
        first, second = raced(world, number, *starts)
        lost(first, second, {"infusion.changed_since_check"})
        assert len(morning.rows(world, "bedside_infusion", bag=bag)) == 1
        yield who_won(first, second)


def start_hold(world: World) -> Iterator[str]:
    """A bag is held while it is started: it never starts behind its hold."""
    for number, place in enumerate(LEFT):
        bag, symbol, _, band = world.checked(place)
        start = call(world, "nurse1", infusions.start_infusion, wristband=band, bag=symbol, planned_minutes=120)
        started, held = raced(world, number, start, call(world, "qa1", quality.hold, subject=bag, reason=WHY))
        assert held.done
        if started.done:
            assert seq_of(started) < seq_of(held)
        else:
            assert started.refusal().code == "infusion.changed_since_check"
        assert len(morning.rows(world, "bedside_infusion", bag=bag)) == started.done
        yield who_won(started, held)


def release_against(function: Callable[..., Any], field: str, ends: str, too_late: str = "") -> Round:
    """A lot is released while QA rejects or recalls it: it ends rejected or recalled, never released."""

    def play(world: World) -> Iterator[str]:
        house = Batches(world)
        for number in range(LOTS):
            lot = ready(house)
            against = call(world, "qa1", function, **{field: lot, "reason": WHY})
            released, stopped = raced(world, number, release(house, lot), against)
            with world.installation.database.read() as tx:
                disposition = queries.disposition_of(tx, lot)
                usable = queries.standing(tx, house.bag_of(lot), tx.now).reasons == ()
            assert disposition is not None
            if released.done and stopped.done:
                assert seq_of(released) < seq_of(stopped)
            assert stopped.done or (released.done and stopped.refusal().code == too_late)
            assert released.done or released.refusal().code == "disposition.phase"
            assert disposition.phase == (ends if stopped.done else "conditionally_released")
            assert not (usable and stopped.done)
            yield who_won(released, stopped)

    return play


def assign_two_bags(world: World) -> Iterator[str]:
    """Two bags are assigned to the one infusion that is due: one of them is for it."""
    bag = world.bags("assigned_unreleased")[0]
    spare = fresh_bag(world)
    for number in range(ROUNDS):
        free(world, bag["recipient"])
        calls = [
            call(world, who, trial.assign_bag, bag=code, recipient=bag["recipient"])
            for who, code in (("technician1", bag["code"]), ("technician2", spare))
        ]
        first, second = raced(world, number, *calls)
        lost(first, second, {"infusion.none_due", "infusion.phase", "record.taken"})
        assert len(morning.rows(world, "trial_assignment", recipient=bag["recipient"], phase="live")) == 1
        yield who_won(first, second)


def assign_one_bag(world: World) -> Iterator[str]:
    """One bag is assigned to two recipients who are both due: it is for one of them."""
    bag = fresh_bag(world)
    due = (str(world.bags("assigned_unreleased")[0]["recipient"]), also_due(world))
    for number in range(ROUNDS):
        for recipient in due:
            free(world, recipient)
        calls = [
            call(world, who, trial.assign_bag, bag=bag, recipient=recipient)
            for who, recipient in zip(("technician1", "technician2"), due, strict=True)
        ]
        first, second = raced(world, number, *calls)
        lost(first, second, {"bag.assigned", "record.taken"})
        assert len(morning.rows(world, "trial_assignment", bag=bag, phase="live")) == 1
        yield who_won(first, second)


def fresh_bag(world: World) -> str:
    """A bag that nobody was promised, and that has not expired."""
    now = world.clock.now()
    return next(str(one["code"]) for one in world.bags("unassigned") if datetime.fromisoformat(one["expires_at"]) > now)


def also_due(world: World) -> str:
    """Somebody else in the arm that gets cells, whose first infusion is ordered for today."""
    planned = {row["recipient"] for row in morning.rows(world, "trial_planned_infusion")}
    person = next(
        str(one["code"])
        for one in world.manifest["recipients"]
        if (one["phase"], one["arm"]) == ("randomised", "MSC") and one["code"] not in planned
    )
    with world.installation.database.read() as tx:
        today = tx.today
    world.do("coordinator1", trial.plan_infusions, recipient=person, first_on=today)
    turn = next(row["id"] for row in morning.rows(world, "trial_planned_infusion", recipient=person))
    ordered = {"dose_cells_count": clinic.DOSE, "weight_kg": Decimal(70)}
    world.do("physician1", trial.order_infusion, infusion=turn, **ordered)
    return person


def free(world: World, recipient: str) -> None:
    """Nothing is assigned to a recipient any more."""
    for held in morning.rows(world, "trial_assignment", recipient=recipient, phase="live"):
        signed = world.do("qa1", trial.release_assignment, bag=held["bag"])
        world.do("qa2", accounts.countersign, decision=signed["decision"])


def lost(first: Answer, second: Answer, codes: set[str]) -> None:
    """One of the two was done, and the other refused for that, not for anything else."""
    assert first.done != second.done
    [loser] = [one for one in (first, second) if not one.done]
    assert loser.refusal().code in codes, loser


PAIRS: dict[str, Round] = {
    "assign two bags to one": assign_two_bags,
    "assign one bag to two": assign_one_bag,
    "start and start": start_start,
    "start and hold": start_hold,
    "release and reject": release_against(quality.reject, "lot", "rejected"),
    "release and recall": release_against(quality.recall, "root", "recalled"),
}


@contextmanager
def worlds_on(database: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Callable[[int], World]]:
    """Makes fresh copies of the morning on either database; what is open at the end is closed."""
    opened: list[tuple[World, str | None]] = []
    server: Postgres | None = request.getfixturevalue("postgres") if database == "postgresql" else None

    def closed() -> None:
        for world, url in opened:
            world.close()
            if server is not None and url is not None:
                server.drop(url)
        opened.clear()

    def fresh(number: int) -> World:
        closed()
        if server is None:
            made, url = World(request.getfixturevalue("source"), folder / f"world{number}"), None
        else:
            base, name = request.getfixturevalue("source_on_postgres")
            url = server.fresh_database(like=name)
            made = World(base, folder / f"world{number}", url=url)
        opened.append((made, url))
        made.wait(minutes=1)
        return made

    try:
        yield fresh
    finally:
        closed()


@pytest.mark.campaign
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("pair", PAIRS)
def test_the_two_do_not_both_win(pair: str, database: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    won: Counter[str] = Counter()
    with worlds_on(database, request, tmp_path) as fresh:
        copy = 0
        while won.total() < ROUNDS:
            for outcome in PAIRS[pair](fresh(copy)):
                won[outcome] += 1
                if won.total() == ROUNDS:
                    break
            copy += 1
    print(f"{pair} on {database}: {dict(won)}")
    assert won.total() == ROUNDS
    assert len(won) > 1 or ROUNDS < ENOUGH, "each of the two came first"
