"""A lifecycle that is not whole stops the program when it starts; an undeclared move is refused."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping

import pytest

import cellchain
from cellchain.kernel.errors import InvariantBroken, Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase


class Door(Phase):
    OPEN = "open"
    SHUT = "shut"
    BRICKED_UP = "bricked_up"


Moves = Mapping[str, tuple[Iterable[Phase], Phase]]
WHOLE: Moves = {
    "shut": ([Door.OPEN], Door.SHUT),
    "open": ([Door.SHUT], Door.OPEN),
    "brick_up": ([Door.OPEN, Door.SHUT], Door.BRICKED_UP),
}


def made(moves: Moves = WHOLE, final: Iterable[Phase] = (Door.BRICKED_UP,)) -> Lifecycle:
    """The life of a door."""
    return Lifecycle("door", first=Door.OPEN, moves=moves, final=final)


def test_declared_moves() -> None:
    door = made()
    assert door.move("shut", Door.OPEN) == Door.SHUT
    assert door.move("brick_up", "shut") == Door.BRICKED_UP


@pytest.mark.parametrize(
    ("verb", "phase"), [("open", "open"), ("shut", "bricked_up"), ("brick_up", "bricked_up"), ("open", "no such")]
)
def test_an_undeclared_move_is_refused_and_says_what_is_needed(verb: str, phase: str) -> None:
    with pytest.raises(Refused) as refused:
        made().move(verb, phase)
    assert refused.value.code == "door.phase"
    assert phase.replace("_", " ") in str(refused.value.text)


def test_a_verb_that_is_not_declared_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        made().move("paint", Door.OPEN)


@pytest.mark.parametrize(
    ("moves", "final"),
    [
        pytest.param({"shut": WHOLE["shut"], "open": WHOLE["open"]}, (), id="a phase that is never reached"),
        pytest.param({**WHOLE, "brick_up": ([Door.OPEN], Door.BRICKED_UP)}, (), id="an end that is not declared"),
        pytest.param(
            {"shut": WHOLE["shut"], "brick_up": ([Door.OPEN], Door.BRICKED_UP)}, (Door.BRICKED_UP,), id="a dead end"
        ),
        pytest.param({**WHOLE, "break": ([Door.BRICKED_UP], Door.OPEN)}, (Door.BRICKED_UP,), id="a way out of the end"),
        pytest.param(WHOLE, (Door.BRICKED_UP, Door.SHUT), id="an end with a way out"),
        pytest.param(
            {"shut": WHOLE["shut"], "knock": ([Door.SHUT], Door.SHUT), "brick_up": ([Door.OPEN], Door.BRICKED_UP)},
            (Door.BRICKED_UP,),
            id="a way that leads to itself alone",
        ),
    ],
)
def test_a_life_that_is_not_whole(moves: Moves, final: Iterable[Phase]) -> None:
    with pytest.raises(InvariantBroken):
        made(moves, final)


def lifecycles() -> list[Lifecycle]:
    """Every lifecycle of the product."""
    found: dict[int, Lifecycle] = {}
    for module in pkgutil.walk_packages(cellchain.__path__, "cellchain."):
        if "rules" in module.name or module.name.endswith("lifecycles"):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, Lifecycle):
                    found[id(value)] = value
    return list(found.values())


def test_every_lifecycle_of_the_product() -> None:
    known = lifecycles()
    assert len(known) > 20
    for life in known:
        for verb, move in life.moves.items():
            for phase in life.phases:
                if phase in move.sources:
                    assert life.move(verb, phase) == move.target
                else:
                    with pytest.raises(Refused):
                        life.move(verb, phase)
