"""Our `dataclass` and the standard library's do the same with every feature that the house uses."""

import copy
import dataclasses
import pickle
import threading
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, ClassVar

import pytest

from cellchain.kernel.values import dataclass as ours

BOTH = pytest.mark.parametrize("made", [dataclasses.dataclass, ours], ids=["library", "ours"])
Made = Callable[..., Any]


def some(made: Made, **how: Any) -> Any:
    class Bag:
        code: str
        cells: int = 3
        notes: list[str] = field(default_factory=list)
        secret: str = field(default="", repr=False, compare=False)
        limit: ClassVar[int] = 7

    return made(**how)(Bag)


@BOTH
@pytest.mark.parametrize("slots", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
def test_instances_are_made_shown_and_compared(made: Made, slots: bool, frozen: bool) -> None:
    bag = some(made, frozen=frozen, slots=slots)
    one, same, other = bag("A", 4), bag(code="A", cells=4, secret="x"), bag("B", 4)
    assert repr(same) == "some.<locals>.Bag(code='A', cells=4, notes=[])"
    assert one == same
    assert one != other
    assert one != some(made, frozen=frozen, slots=slots)("A", 4), "another class of the same fields is another thing"
    assert bag("A").notes is not bag("A").notes
    assert dataclasses.replace(one, cells=5) == bag("A", 5)
    assert dataclasses.asdict(one) == {"code": "A", "cells": 4, "notes": [], "secret": ""}
    assert [one.name for one in dataclasses.fields(bag)] == ["code", "cells", "notes", "secret"]
    assert hasattr(one, "__dict__") is not slots
    assert copy.deepcopy(one) == one


@BOTH
def test_what_is_left_out_or_too_much_is_a_type_error(made: Made) -> None:
    bag = some(made, frozen=True)
    for _ in range(2):  # before the first instance and after it
        with pytest.raises(TypeError, match=r"Bag\.__init__\(\) missing 1 required positional argument: 'code'"):
            bag()
        with pytest.raises(TypeError, match="unexpected keyword argument 'volume'"):
            bag("A", volume=3)


@BOTH
@pytest.mark.parametrize("slots", [False, True])
def test_a_frozen_instance_is_not_changed(made: Made, slots: bool) -> None:
    one = some(made, frozen=True, slots=slots)("A")
    with pytest.raises(FrozenInstanceError, match="code"):
        one.code = "B"
    with pytest.raises(FrozenInstanceError, match="code"):
        del one.code
    assert one.code == "A"


@BOTH
def test_hashes_follow_what_is_compared(made: Made) -> None:
    class Place:
        room: str
        shelf: int | None = None

    class Only:
        room: str

    place = made(frozen=True)(Place)
    assert hash(place("R", 1)) == hash(place("R", 1)) == hash(("R", 1))
    assert hash(made(frozen=True)(Only)("R")) == hash(("R",))
    with pytest.raises(TypeError, match="unhashable"):
        hash(some(made)("A"))


@BOTH
def test_what_a_class_says_itself_stands(made: Made) -> None:
    class Said:
        """Words of its own."""

        a: int
        b: int = 0

        def __repr__(self) -> str:
            return "said"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Said) and self.a == other.a

        def __hash__(self) -> int:
            return 11

    class Built:
        a: int

        def __init__(self, twice: int) -> None:
            object.__setattr__(self, "a", 2 * twice)

    said = made(frozen=True)(Said)
    assert (repr(said(1)), said(1, 2) == said(1, 3), hash(said(1)), said.__doc__) == (
        "said",
        True,
        11,
        "Words of its own.",
    )
    assert made(frozen=True, init=False)(Built)(4).a == 8


@BOTH
def test_fields_are_inherited_and_given_by_name_alone(made: Made) -> None:
    class Base:
        code: str
        cells: int = 3

        def __post_init__(self) -> None:
            if self.cells < 0:
                raise ValueError("cells are counted")

    base: Any = made(frozen=True)(Base)

    more: Any = made(frozen=True, kw_only=True)(type("More", (base,), {"__annotations__": {"site": str}}))
    plain: Any = type("Plain", (base,), {})
    assert (more("A", site="S").site, more("A", 4, site="S").cells) == ("S", 4)
    assert plain("A") == plain("A") != base("A")
    with pytest.raises(TypeError):
        more("A", 4, "S")
    for one in (base, more, plain):
        with pytest.raises(ValueError, match="counted"):
            one("A", -1, **({"site": "S"} if one is more else {}))


@ours(frozen=True, slots=True)
class Kept:
    """Where pickle finds it."""

    code: str
    cells: int = 3


def test_a_slotted_value_is_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept("A", 5))) == Kept("A", 5)


def test_a_class_is_used_by_many_threads_at_first() -> None:
    for _ in range(50):
        bag = some(ours, frozen=True)
        start = threading.Barrier(8)
        found: list[Any] = []

        def make(bag: Any = bag, start: threading.Barrier = start, found: list[Any] = found) -> None:
            start.wait()
            found.append(bag("A", 4))

        threads = [threading.Thread(target=make) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [bag("A", 4)] * 8


def test_the_first_init_gives_way_to_the_compiled_one() -> None:
    bag = some(ours, frozen=True)
    before = bag.__init__
    bag("A")
    assert bag.__init__ is not before
    assert bag.__init__.__code__.co_varnames[:5] == ("self", "code", "cells", "notes", "secret")
