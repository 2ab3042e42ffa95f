"""The catalogue of methods: drafted, approved by another, one version effective; what a reading has to name."""

from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands, defaults, queries
from cellchain.quality.methods import commands as methods
from cellchain.quality.methods import queries as catalogue
from cellchain.quality.rules.limits import TITLES
from cellchain.quality.rules.methods import TITLES as METHOD_TITLES
from cellchain.quality.rules.methods import MethodPhase
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab

WEIGHING: dict[str, Any] = {
    "name": "weighing",
    "title": "Weighing",
    "procedure": "SOP-7",
    "tests": ["volume"],
    "instrument": "analytical_balance",
}


def drafted(lab: Lab, **changes: Any) -> int:
    return int(lab.do(methods.draft_method, by=lab.analyst, **{**WEIGHING, **changes})["method"])


def test_a_method_is_effective_once_another_has_approved_it(lab: Lab) -> None:
    number = drafted(lab)
    with lab.house.read() as tx:
        assert catalogue.method(tx, number).phase is MethodPhase.DRAFT
        assert catalogue.effective(tx) == []
    lab.do(methods.approve_method, by=lab.qa, method=number)
    assert lab.last_event() == "quality:method:approved"
    with lab.house.read() as tx:
        (method,) = catalogue.effective(tx)
    assert (method.id, method.version, method.tests, method.instrument) == (
        number,
        1,
        ("volume",),
        "analytical_balance",
    )


def test_the_next_version_retires_the_one_before(lab: Lab) -> None:
    first = drafted(lab)
    lab.do(methods.approve_method, by=lab.qa, method=first)
    second = drafted(lab, procedure="SOP-7b")
    lab.do(methods.approve_method, by=lab.qa, method=second)
    with lab.house.read() as tx:
        assert [(one.method.version, one.method.phase) for one in catalogue.methods(tx)] == [
            (2, MethodPhase.EFFECTIVE),
            (1, MethodPhase.RETIRED),
        ]


def test_nobody_approves_their_own_draft(lab: Lab, refuses: Refuses) -> None:
    both = lab.house.actor("analyst", "qa", number=9)
    number = lab.do(methods.draft_method, by=both, **WEIGHING)["method"]
    with refuses("method.own_draft"):
        lab.do(methods.approve_method, by=both, method=number)
    lab.do(methods.approve_method, by=lab.qa, method=number)
    with refuses("method.phase"):
        lab.do(methods.approve_method, by=lab.qa, method=number)
    with pytest.raises(Forbidden):
        lab.do(methods.approve_method, by=lab.analyst, method=number)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tests": ["volume", "volume"]}, "method.test_twice"),
        ({"is_panel": True}, "method.panel_of_one"),
    ],
)
def test_what_is_no_method(lab: Lab, refuses: Refuses, changes: dict[str, Any], code: str) -> None:
    with refuses(code):
        drafted(lab, **changes)


def test_a_result_keeps_the_version_that_it_was_read_with(lab: Lab) -> None:
    lab.specify("product")
    sample = lab.sample(lab.lot())
    made = lab.result(sample, "volume", "400")
    with lab.house.read() as tx:
        (before,) = [one for one in catalogue.effective(tx) if one.name == "weighing"]
    lab.do(methods.approve_method, by=lab.qa, method=drafted(lab))
    with lab.house.read() as tx:
        result = queries.result_facts(tx, made)
        assert (result.method, catalogue.method(tx, result.method).version) == (before.id, 1)
    later = lab.result(lab.sample(result.lot), "volume", "401")
    with lab.house.read() as tx:
        assert catalogue.method(tx, queries.result_facts(tx, later).method).version == 2


def read(lab: Lab, sample: str, test: str, value: str | None, **more: Any) -> dict[str, Any]:
    fields = {"sample": sample, "stage": "conditional", "test": test, "value": value, **more}
    return lab.do(commands.record_result, by=lab.analyst, **fields)


def test_what_a_reading_has_to_name(lab: Lab, refuses: Refuses) -> None:
    lab.specify("product")
    sample = lab.sample(lab.lot())
    balance = lab.instruments["analytical_balance"]
    with refuses("method.instrument_needed"):
        read(lab, sample, "volume", "400")
    with refuses("equipment.wrong_kind"):
        read(lab, sample, "volume", "400", instrument=lab.instruments["counter"])
    with refuses("equipment.calibration_overdue"):
        read(lab, sample, "volume", "400", instrument=lab.instrument("analytical_balance", due_in_days=-1))
    with refuses("equipment.qualification_overdue"):
        read(lab, sample, "cd73", "98", instrument=lab.instrument("cytometer", due_in_days=-1, calibrated=True))
    with refuses("method.not_for_test"):
        read(lab, sample, "volume", "400", instrument=balance, method=1)


def test_a_test_with_two_methods_says_which(lab: Lab, refuses: Refuses) -> None:
    lab.specify("product")
    sample = lab.sample(lab.lot())
    other = drafted(lab, name="volume_by_eye", title="Volume by its marks", instrument=None)
    lab.do(methods.approve_method, by=lab.qa, method=other)
    with refuses("method.choose_one"):
        read(lab, sample, "volume", "400", instrument=lab.instruments["analytical_balance"])
    with refuses("method.no_instrument"):
        read(lab, sample, "volume", "400", method=other, instrument=lab.instruments["analytical_balance"])
    assert read(lab, sample, "volume", "400", method=other)["outcome"] == "pass"


def test_a_retired_method_reads_nothing_more(lab: Lab, refuses: Refuses) -> None:
    lab.specify("product")
    sample = lab.sample(lab.lot())
    with lab.house.read() as tx:
        (weighing,) = [one for one in catalogue.effective(tx) if one.name == "weighing"]
    lab.do(methods.retire_method, by=lab.qa, method=weighing.id)
    with refuses("method.none_effective"):
        lab.result(sample, "volume", "400")
    with refuses("method.phase"):
        lab.do(methods.retire_method, by=lab.qa, method=weighing.id)


def test_a_culture_goes_on_with_what_it_was_started_with(lab: Lab) -> None:
    lab.specify("product")
    lot = lab.lot()
    sample = lab.sample(lot)
    begun = lab.result(sample, "sterility_72h", None)
    lab.wait(days=3)
    done = read(lab, sample, "sterility_72h", "no growth")
    assert done["result"] == begun
    with lab.house.read() as tx:
        assert queries.result_facts(tx, begun).instrument == lab.instruments["culture_system"]


def test_the_house_brings_a_method_for_every_test_that_it_specifies() -> None:
    read_by = [test for one in defaults.methods() for test in one["tests"]]
    assert sorted(read_by) == sorted(set(read_by))
    assert set(read_by) == set(TITLES)
    assert {one["name"] for one in defaults.methods()} == set(METHOD_TITLES)
    assert [one["name"] for one in defaults.methods() if one.get("is_panel")] == ["phenotype"]


def test_an_instrument_leads_to_what_it_read(lab: Lab) -> None:
    lab.specify("product")
    lot = lab.lot()
    sample = lab.sample(lot)
    lab.result(sample, "volume", "400")
    balance = lab.instruments["analytical_balance"]
    with lab.house.read() as tx:
        assert [(edge.target, edge.kind) for edge in queries.edges_from(tx, [balance])] == [(sample, "tested_with")]
        assert lot in queries.lots_from(tx, balance)
        assert balance in {edge.source for edge in queries.edges_to(tx, [sample])}
