"""A bank under its stability plan: placed, vials pulled and tested, a time point missed; on its pages and on Today."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain.custody.models import Reservation
from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.labels.rules import LabelPhase
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerPhase
from cellchain.quality import commands, defaults, queries
from cellchain.quality.invariants import INVARIANTS
from cellchain.quality.rules.lifecycles import LotKind, Purpose, Stage
from cellchain.quality.rules.stability import Standing
from cellchain.quality.stability import commands as stability
from cellchain.quality.stability import pages
from cellchain.trace import needs
from cellchain.web.format import grouped
from tests.quality.app import app_for
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab
from tests.quality.test_pages import Desk

NOBODY = issue(Kind.LOT, 1, 2026, 999)
VIABILITY, RECOVERY = "viability_after_thaw", "recovery_after_thaw"


def plan(lab: Lab) -> None:
    lab.specification("bank", Stage.STABILITY)


def place(lab: Lab, lot: str) -> dict[str, Any]:
    return lab.do(stability.place_on_stability, by=lab.qa, lot=lot)


def pull(lab: Lab, lot: str, month: int = 6, vial: str = "", **more: Any) -> str:
    fields = {"lot": lot, "month": month, "vial": vial or stored(lab, lot)[0], **more}
    sample = str(lab.do(stability.pull_vial, by=lab.technician, **fields)["sample"])
    lab.label(sample, "sample")
    return sample


def later(lab: Lab, days: int) -> None:
    """Some days go by, and the instruments are kept in order all the while."""
    lab.wait(days=days)
    for kind in lab.instruments:
        lab.instruments[kind] = lab.instrument(kind)


def stored(lab: Lab, lot: str) -> list[str]:
    with lab.house.read() as tx:
        vials = manufacturing.containers_of(tx, lot)
    return [vial.code for vial in vials if vial.phase is ContainerPhase.STORED]


@pytest.fixture
def desk(lab: Lab) -> Iterator[Desk]:
    made = Desk(lab)
    with TestClient(app_for(lab.house, lambda: made.actor), base_url="https://testserver") as client:
        made.client = client
        yield made


@pytest.fixture
def bank(lab: Lab) -> str:
    """A bank of seven vials under the house's plan, on the day that its first time point is due."""
    plan(lab)
    lot = lab.lot("bank", bags=7)
    due: date = date.fromisoformat(place(lab, lot)["first_due_on"])
    later(lab, (due - lab.today()).days)
    return lot


def line(lab: Lab, lot: str) -> pages.BankLine:
    with lab.house.read() as tx:
        found = pages.line_of(tx, lot)
    assert found is not None
    return found


def standings(lab: Lab, lot: str) -> list[Standing]:
    return [point.standing for point in line(lab, lot).points]


def test_a_bank_is_placed_once_under_the_version_that_is_effective(lab: Lab, refuses: Refuses) -> None:
    lot = lab.lot("bank", bags=7)
    with refuses("stability.no_plan"):
        place(lab, lot)
    plan(lab)
    made = place(lab, lot)
    assert lab.last_event() == "quality:stability:placed"
    assert made["frozen_on"] == lab.today().isoformat()
    with refuses("stability.placed_already"):
        place(lab, lot)
    plan(lab)  # the next version is for banks placed later
    with lab.house.read() as tx:
        kept = queries.specification_for(tx, lot, queries.kind_of(tx, lot), Stage.STABILITY)
        other = lab.lot("bank", bags=7)
    assert kept is not None
    assert kept.id == made["specification"]
    assert place(lab, other)["specification"] > made["specification"]


def test_what_is_not_placed(lab: Lab, refuses: Refuses) -> None:
    plan(lab)
    with refuses("stability.not_a_bank"):
        place(lab, lab.lot("product"))
    with refuses("stability.too_few_vials"):
        place(lab, lab.lot("bank", bags=4))
    with refuses("stability.nothing_frozen"):
        place(lab, lab.lot("bank", bags=0))
    rejected = lab.lot("bank", bags=7)
    lab.do(commands.reject, by=lab.qa, lot=rejected, reason="It failed.")
    with refuses("stability.bank_given_up"):
        place(lab, rejected)
    with pytest.raises(NotFound):
        place(lab, NOBODY)
    with pytest.raises(Forbidden):
        lab.do(stability.place_on_stability, by=lab.technician, lot=rejected)


def test_a_pulled_vial_is_used_up_and_is_a_sample(lab: Lab, bank: str, refuses: Refuses) -> None:
    vial = stored(lab, bank)[0]
    sample = pull(lab, bank, vial=vial)
    (recorded,) = [entry for entry in lab.house.entries() if entry.event == "quality:stability:pulled"]
    assert recorded.subject == sample
    with lab.house.read() as tx:
        facts = queries.sample_facts(tx, sample)
    assert (facts.purpose, facts.container, facts.lot, facts.volume_ul) == (Purpose.STABILITY, vial, bank, 400_000)
    assert vial not in stored(lab, bank)
    assert standings(lab, bank)[0] is Standing.TESTING
    assert line(lab, bank).needed_count == 4
    with refuses("stability.point_settled"):
        pull(lab, bank)
    with refuses("stability.too_early"):
        pull(lab, bank, 12)
    with lab.house.read() as tx:
        assert [wrong for invariant in INVARIANTS for wrong in invariant.check(tx)] == []


def test_what_is_not_pulled(lab: Lab, bank: str, refuses: Refuses) -> None:
    with refuses("stability.no_such_point"):
        pull(lab, bank, 7)
    other = lab.lot("bank", bags=1)
    with refuses("stability.not_a_vial_of_it"):
        pull(lab, bank, vial=stored(lab, other)[0])
    with refuses("stability.not_placed"):
        pull(lab, other, vial=stored(lab, other)[0])
    with pytest.raises(Forbidden):
        lab.do(stability.pull_vial, by=lab.nurse, lot=bank, month=6, vial=stored(lab, bank)[0])
    vial = stored(lab, bank)[0]
    lab.label(vial, "cryovial", phase=LabelPhase.STOPPED.value)
    with refuses("label.stopped"):
        pull(lab, bank, vial=vial)
    lab.wait(days=31)
    with refuses("stability.too_late"):
        pull(lab, bank)
    when = lab.house.clock.now() - timedelta(days=2)
    sample = lab.house.do(
        stability.pull_vial,
        by=lab.technician,
        lot=bank,
        month=6,
        vial=stored(lab, bank)[1],
        happened_at=when,
        reason="Entered late.",
    )["sample"]
    with lab.house.read() as tx:
        assert queries.sample_facts(tx, sample).taken_at == when


def test_a_reserved_vial_is_not_pulled(lab: Lab, bank: str, refuses: Refuses) -> None:
    vial, other = stored(lab, bank)[:2]
    lot = lab.lot("product", sources=(bank,), phase="open")
    kept: dict[str, Any] = {
        "vial": vial,
        "lot": lot,
        "reserved_by": lab.technician.person,
        "reserved_at": lab.house.clock.now(),
    }
    lab.seed(lambda tx: tx.add(Reservation(**kept)))
    with refuses("reservation.other_lot"):
        pull(lab, bank, vial=vial)
    assert vial in stored(lab, bank)
    pull(lab, bank, vial=other)


def test_a_point_is_judged_by_the_limits_of_its_plan(lab: Lab, bank: str, refuses: Refuses) -> None:
    beside, sample = lab.sample(bank), pull(lab, bank)
    with refuses("stability.not_at_this_point"):
        lab.result(sample, "cd73", "97", Stage.STABILITY)
    with refuses("stability.other_stage"):
        lab.result(sample, VIABILITY, "88", Stage.FURTHER_USE)
    with refuses("stability.not_pulled"):
        lab.result(beside, VIABILITY, "88", Stage.STABILITY)
    lab.result(sample, VIABILITY, "88", Stage.STABILITY)
    assert standings(lab, bank)[0] is Standing.TESTING
    lab.result(sample, RECOVERY, "81", Stage.STABILITY)
    assert standings(lab, bank) == [Standing.PASSED, *[Standing.AHEAD] * 4]
    with lab.house.read() as tx:
        view = pages.study_page(tx, bank)
        assert queries.deviations_of(tx, bank) == []
    assert [(trend.limit.test, len(trend.chart.marks)) for trend in view.trends] == [(VIABILITY, 1), (RECOVERY, 1)]


def test_a_value_out_of_its_limit_opens_a_deviation_and_is_shown(lab: Lab, bank: str) -> None:
    sample = pull(lab, bank)
    result = lab.result(sample, VIABILITY, "61", Stage.STABILITY, verify=False)
    assert standings(lab, bank)[0] is Standing.FAILED
    assert line(lab, bank).worst is Standing.FAILED
    with lab.house.read() as tx:
        (deviation,) = queries.deviations_of(tx, bank)
    assert (deviation.rule, deviation.subject) == ("quality:result:failed", sample)
    lab.do(commands.correct_result, by=lab.analyst, result=result, value="71", why="Read again from the sheet.")
    assert standings(lab, bank)[0] is Standing.TESTING


def test_a_missed_point_says_so_and_opens_a_deviation(lab: Lab, bank: str, refuses: Refuses) -> None:
    missed: dict[str, Any] = {"lot": bank, "month": 6, "reason": "The freezer was being moved."}
    with refuses("stability.not_missed_yet"):
        lab.do(stability.report_missed_point, by=lab.qa, **missed)
    lab.wait(days=30)
    assert standings(lab, bank)[0] is Standing.OVERDUE
    lab.wait(days=1)
    assert standings(lab, bank)[0] is Standing.MISSED
    with pytest.raises(Forbidden):
        lab.do(stability.report_missed_point, by=lab.analyst, **missed)
    with refuses("stability.no_such_point"):
        lab.do(stability.report_missed_point, by=lab.qa, **{**missed, "month": 5})
    lab.do(stability.report_missed_point, by=lab.qa, **missed)
    with refuses("stability.point_settled"):
        lab.do(stability.report_missed_point, by=lab.qa, **missed)
    with lab.house.read() as tx:
        (deviation,) = queries.deviations_of(tx, bank)
    assert deviation.rule == "quality:stability:missed"
    first = line(lab, bank).points[0]
    assert first.missed is not None
    assert (first.standing, first.missed.reason) == (Standing.MISSED, "The freezer was being moved.")


def test_a_release_does_not_wait_for_stability(lab: Lab) -> None:
    lot = lab.ready("bank", bags=7)
    plan(lab)
    place(lab, lot)
    later(lab, 180)
    lab.result(pull(lab, lot), RECOVERY, "81", Stage.STABILITY, verify=False)
    lab.do(commands.release_for_further_use, by=lab.qa, lot=lot)


def told(lab: Lab, by: Any) -> list[str]:
    with lab.house.read() as tx:
        return [str(need.sentence) for need in needs.gathered(tx, by)[1] if "stability" in str(need.sentence)]


def test_today_says_what_is_due_and_what_was_missed(lab: Lab, bank: str) -> None:
    lot = grouped(bank)
    assert told(lab, lab.technician) == told(lab, lab.analyst) == [f"Pull a vial of bank {lot} for stability."]
    assert told(lab, lab.qa) == [f"A stability vial of bank {lot} is due."]
    lab.wait(days=1)
    assert told(lab, lab.qa) == [f"A stability vial of bank {lot} is overdue."]
    lab.wait(days=30)
    assert told(lab, lab.technician) == []
    assert told(lab, lab.qa) == [f"A stability time point of bank {lot} was missed."]
    lab.do(stability.report_missed_point, by=lab.qa, lot=bank, month=6, reason="Nobody was told.")
    assert told(lab, lab.qa) == []
    later(lab, 153)
    sample = pull(lab, bank, 12)
    assert told(lab, lab.analyst) == [f"Test the stability sample of bank {lot}."]
    for test in (VIABILITY, RECOVERY, "cd73", "cd90", "cd105"):
        lab.result(sample, test, "97", Stage.STABILITY)
    for test in ("sterility_14d", "trilineage"):
        lab.result(sample, test, None, Stage.STABILITY)
    assert told(lab, lab.analyst) == []


def test_the_pages_say_how_the_bank_stands(lab: Lab, bank: str, desk: Desk) -> None:
    assert "No bank is under a stability plan." not in desk.get("/quality/stability")
    assert "A vial is to be pulled from 1 bank." in desk.get("/quality/stability")
    page = desk.as_(lab.technician).get(f"/quality/stability/{bank}")
    assert "Pull a vial for 6 months" in page
    sample = pull(lab, bank)
    lab.result(sample, VIABILITY, "61", Stage.STABILITY)
    page = desk.get(f"/quality/stability/{bank}")
    assert "1 time point is out of limits." in page
    assert "Pull a vial for 6 months" not in page
    assert "out of limit" in page
    assert 'class="chart"' in page
    assert "after 6 months" in desk.get(f"/quality/samples/{sample}")
    assert "Out of limits" in desk.get(f"/quality/stability/{bank}/standing")
    bare = lab.lot("bank", bags=1)
    assert "under no stability plan" in desk.get(f"/quality/stability/{bare}/standing")
    desk.get(f"/quality/stability/{bare}", status=409)
    desk.get(f"/quality/stability/{NOBODY}", status=404)
    desk.get("/quality/stability/nonsense", status=404)
    assert "Used for stability" in desk.get(f"/custody/bank/{bank}")


def test_a_plan_shows_its_time_points_and_what_changed_in_them(lab: Lab, desk: Desk) -> None:
    first = lab.specification("bank", Stage.STABILITY)
    source = defaults.source_of(LotKind.BANK).replace("window_days = 30", "window_days = 20")
    second = lab.specification("bank", Stage.STABILITY, source)
    assert "6, 12, 24, 36, 60" in desk.get(f"/quality/specifications/{first}")
    compared = desk.get(f"/quality/specifications/{first}/compare/{second}")
    assert "The plan differs" in compared
    with lab.house.read() as tx:
        hashes = [queries.specification_facts(tx, number).limits_hash for number in (first, second)]
    assert hashes[0] != hashes[1]
