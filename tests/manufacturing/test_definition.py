"""What a master record may say, and how each fault is named with its place."""

from typing import Any

import pytest

from cellchain.kernel.errors import Invalid, Refused
from cellchain.manufacturing.rules.definition import Definition, LabelDesign, parse
from cellchain.manufacturing.rules.formulas import Formula
from cellchain.manufacturing.rules.lifecycles import LotKind, StepPhase
from cellchain.manufacturing.rules.steps import Done, may_start, next_steps
from tests.manufacturing.conftest import RECORDS

ROLES = frozenset({"technician"})
HEAD = """
name = "A record"
kind = "bank"
product_code = "A-1"
"""
PHASES = """
[[phases]]
key = "first"
title = { en = "First", ru = "Первая" }
[[phases]]
key = "last"
title = { en = "Last", ru = "Последняя" }
"""


def step(key: str, *lines: str) -> str:
    return "\n".join(["[[steps]]", f'key = "{key}"', 'title = { en = "Step", ru = "Шаг" }', *lines, ""])


def parameter(key: str, *lines: str) -> str:
    return "\n".join(
        ["[[steps.parameters]]", f'key = "{key}"', 'title = { en = "Value", ru = "Значение" }', *lines, ""]
    )


def faults(text: str) -> str:
    with pytest.raises(Invalid) as caught:
        parse(text)
    return str(caught.value.fields["source"])


def shipped(kind: str) -> Definition:
    return parse((RECORDS / f"{kind}.toml").read_text())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + step("one", 'colour = "red"'), "At steps.0.colour: Extra inputs are not permitted"),
        (HEAD + PHASES + step("one"), "step one names one of the phases: first, last"),
        (HEAD + step("one", 'phase = "first"'), "step one names one of the phases: there is none"),
        (
            HEAD + PHASES + step("one", 'phase = "last"') + step("two", 'phase = "first"'),
            "in the order of their phases",
        ),
        (HEAD + step("one", 'performer = "juggler"'), "At steps.0.performer"),
        (HEAD + step("one", 'verifier = "juggler"'), "At steps.0.verifier"),
        (HEAD + step("one", 'labels = ["poster"]'), "At steps.0.labels.0"),
        (HEAD + step("one") + parameter("aa", "target = 5", "action = { high = 4 }"), "At steps.0.parameters.0"),
        (
            HEAD + step("one") + parameter("aa", "alert = { low = 1 }", "action = { low = 2 }"),
            "inside the action limits",
        ),
        (
            HEAD + step("one") + parameter("aa", 'computed = { formula = "eval" }'),
            "steps.0.parameters.0.computed.formula",
        ),
        (HEAD + step("one") + parameter("aa", 'computed = { formula = "sum", of = ["bb"] }'), "values of one unit"),
        (
            HEAD + step("one") + parameter("aa", 'computed = { formula = "mean", of = ["bb", "cc"] }'),
            "nothing called bb",
        ),
        (
            HEAD + step("one") + parameter("aa", 'computed = { formula = "yield", of = ["aa"] }'),
            "a yield, and nothing else, has something expected",
        ),
        (
            HEAD
            + step("one")
            + parameter("aa", 'computed = { formula = "minutes_since", of = ["two"] }')
            + step("two"),
            "step one, aa: nothing called two",
        ),
        (
            HEAD
            + step("one")
            + parameter("aa")
            + parameter("bb", 'computed = { formula = "sum", of = ["aa", "aa"] }')
            + parameter("cc", 'computed = { formula = "sum", of = ["bb", "aa"] }'),
            "nothing called bb",
        ),
        (
            HEAD
            + step("one")
            + '[[steps.samples]]\nkey = "aa"\ntitle = { en = "S", ru = "П" }\ntests = []\nvolume_ul = 5\n',
            "At steps.0.samples.0: Value error, a sample is tested, or it is kept",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(text: str, said: str) -> None:
    assert said in faults(text)


def test_every_fault_is_named_at_once() -> None:
    said = faults(HEAD + step("one", 'colour = "red"') + step("Two") + parameter("aa", "decimals = 9"))
    assert all(place in said for place in ("steps.0.colour", "steps.1.key", "steps.1.parameters.0.decimals"))
    assert "at least 1 item" not in said


def computed(kind: str) -> dict[str, set[Formula]]:
    return {
        step.key: {one.computed.formula for one in step.parameters if one.computed is not None}
        for step in shipped(kind).steps
    }


def test_the_shipped_records_say_the_whole_process() -> None:
    bank, product, control = (shipped(kind.value) for kind in LotKind)
    assert [stage.key for stage in bank.phases] == ["marrow", "culture", "bank"]
    assert [one.key for one in bank.steps] == [
        "receipt",
        "separation",
        "seeding",
        "medium",
        "passage",
        "harvest",
        "splitting",
        "pooling",
        "freeze",
    ]
    assert {"thaw", "harvest", "suspension"} <= {one.key for one in product.steps}
    assert [one.key for one in control.steps] == ["preparation"]
    assert Formula.MINUTES_SINCE in computed("bank")["seeding"] & computed("bank")["freeze"]
    assert Formula.MINUTES_SINCE in computed("product")["suspension"]
    assert {Formula.DOUBLINGS, Formula.YIELD} <= computed("product")["harvest"]
    assert all(one.open_minutes for one in (*bank.steps, *product.steps, *control.steps) if one.act)
    for definition in (bank, product, control):
        assert any(one.samples for one in definition.steps)
        assert any(value.target is not None for one in definition.steps for value in one.parameters)


def test_what_a_step_makes_wears_the_label_that_it_names() -> None:
    made = {"seeding": LabelDesign.VESSEL, "harvest": LabelDesign.TUBE, "freeze": LabelDesign.CRYOVIAL}
    assert {key: shipped("bank").step(key).labels for key in made} == {  # type: ignore[union-attr]
        key: (design,) for key, design in made.items()
    }


# ---- order and branches ----------------------------------------------------------------------------------------------

BRANCHED = parse(
    HEAD
    + step("start")
    + step("cells_one", 'branch = "cells"')
    + step("cells_two", 'branch = "cells"', "repeats = true")
    + step("tests", 'branch = "tests"')
    + step("end")
)


def done(*keys: str) -> list[Done]:
    return [Done(key, StepPhase.COMPLETED) for key in keys]


def coming(*keys: str) -> set[str]:
    return {one.key for one in next_steps(BRANCHED, done(*keys))}


def test_branches_do_not_wait_for_each_other() -> None:
    assert coming() == {"start"}
    assert coming("start") == {"cells_one", "tests"}
    assert coming("start", "tests") == {"cells_one"}
    assert coming("start", "cells_one", "cells_two") == {"cells_two", "tests"}
    assert coming("start", "tests", "cells_one", "cells_two") == {"cells_two", "end"}
    assert coming("start", "tests", "cells_one", "cells_two", "end") == set()


def out_of_order(key: str, *before: str) -> bool:
    try:
        may_start(BRANCHED, key, done(*before), ROLES)
    except Refused as refusal:
        return refusal.code == "step.out_of_order"
    return False


def test_a_branch_keeps_its_own_order_and_what_follows_waits_for_all() -> None:
    assert out_of_order("cells_two", "start")
    assert out_of_order("end", "start", "cells_one", "cells_two")
    assert not out_of_order("end", "start", "cells_one", "cells_two", "tests")
    assert out_of_order("cells_two", "start", "cells_one", "cells_two", "tests", "end")
    assert out_of_order("tests")


@pytest.mark.parametrize("kind", LotKind)
def test_the_way_through_a_shipped_record_never_ends_early(kind: LotKind) -> None:
    definition, way = shipped(kind.value), list[Done]()
    while coming := [one for one in next_steps(definition, way) if one.key not in {made.step for made in way}]:
        way += done(coming[0].key)
    required = {one.key for one in definition.steps if not one.optional}
    assert required <= {one.step for one in way}


def document(**changes: Any) -> dict[str, Any]:
    return {**shipped("control").document(), **changes}


def test_what_was_stored_before_is_still_read() -> None:
    old = document()
    del old["phases"]
    for one in old["steps"]:
        for name in ("phase", "branch", "verifier", "labels", "samples"):
            del one[name]
        one["parameters"] = [
            {key: value for key, value in each.items() if key not in ("computed", "target")}
            for each in one["parameters"]
            if each["computed"] is None
        ]
    found = Definition.model_validate(old)
    assert [one.key for one in found.steps] == ["preparation"]
    assert found.steps[0].verifier == "technician"
