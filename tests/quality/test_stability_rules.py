"""The plan of a bank's stability, its windows, and how a time point stands: rules and the picture, without a house."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from cellchain.kernel.errors import Refused
from cellchain.quality import defaults
from cellchain.quality.rules import limits, stability
from cellchain.quality.rules.lifecycles import DispositionPhase, LotKind, Stage
from cellchain.quality.rules.limits import Limit, LimitKind
from cellchain.quality.rules.stability import Condition, Programme, Progress, Served, Standing
from cellchain.quality.stability import charts
from cellchain.quality.stability.charts import Reading

FROZEN = date(2025, 8, 31)
PLAN = Programme((6, 12), window_days=14, vials_count=1, condition=Condition.VAPOUR)
DUE = date(2026, 2, 28)  # six months after a 31st of August
SOURCE = """
name = "Bank"
kind = "bank"
[programme]
months = {months}
window_days = {days}
vials_count = {vials}
condition = "{condition}"
[[stability]]
test = "viability_after_thaw"
group = "dose"
kind = "at_least"
low = 70
unit = "%"
{more}
"""


def read(
    months: object = (6, 12), days: object = 14, vials: object = 1, condition: str = "vapour", more: str = ""
) -> Programme | None:
    text = list(months) if isinstance(months, tuple) else months
    source = SOURCE.format(months=text, days=days, vials=vials, condition=condition, more=more)
    return stability.read(source, Stage.STABILITY, limits.read(source, LotKind.BANK, Stage.STABILITY)[1])


def test_the_plan_of_the_house_can_be_read_and_asks_for_fewer_vials_than_a_bank_has() -> None:
    source = defaults.source_of(LotKind.BANK)
    _, found = limits.read(source, LotKind.BANK, Stage.STABILITY)
    programme = stability.read(source, Stage.STABILITY, found)
    assert programme is not None
    assert (programme.months, programme.vials_needed_count) == ((6, 12, 24, 36, 60), 5)
    assert Programme.of(programme.document()) == programme
    assert limits.from_document([limit.document() for limit in found]) == found
    assert {limit.test for limit in stability.asked(found, Stage.STABILITY, 6)} == {
        "viability_after_thaw",
        "recovery_after_thaw",
    }
    assert len(stability.asked(found, Stage.STABILITY, 12)) == len(found)


@pytest.mark.parametrize(
    "wrong",
    [
        {"months": ()},
        {"months": (12, 6)},
        {"months": (6, 6)},
        {"months": (0, 6)},
        {"months": (6, 400)},
        {"months": '["six"]'},
        {"months": "[true]"},
        {"months": tuple(range(1, 60))},
        {"months": (6, 7), "days": 14},  # the two windows meet
        {"days": -1},
        {"days": '"14"'},
        {"vials": 0},
        {"vials": 11},
        {"condition": "warm"},
        {"more": "months = [9]"},
        {"more": "months = 6"},
        {"more": 'months = ["6"]'},
        {"more": "[surprise]\nx = 1\n[programme.more]\ny = 1"},
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Refused) as caught:
        read(**wrong)  # type: ignore[arg-type]
    assert caught.value.code == "specification.malformed"


def test_a_plan_without_its_table_is_refused_and_months_stand_nowhere_else() -> None:
    limit = Limit("viability", "dose", LimitKind.AT_LEAST, low=Decimal(70))
    for source, stage, found in (
        ('kind = "bank"', Stage.STABILITY, [limit]),
        ('programme = "none"', Stage.STABILITY, [limit]),
        ("", Stage.FURTHER_USE, [Limit("viability", "dose", LimitKind.AT_LEAST, low=Decimal(70), months=(6,))]),
    ):
        with pytest.raises(Refused) as caught:
            stability.read(source, stage, found)
        assert caught.value.code == "specification.malformed"
    assert stability.read("", Stage.FURTHER_USE, [limit]) is None


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2025, 11, 30), 1, date(2025, 12, 30)),
        (date(2025, 12, 15), 12, date(2026, 12, 15)),
        (date(2025, 1, 1), 360, date(2055, 1, 1)),
    ],
)
def test_months_are_calendar_months(day: date, months: int, later: date) -> None:
    assert stability.months_after(day, months) == later


def placed(**facts: object) -> tuple[Programme, date]:
    given: dict[str, object] = {"placed": False, "frozen_on": FROZEN, "vials_count": 2}
    kind = facts.pop("kind", LotKind.BANK)
    phase, plan = facts.pop("phase", DispositionPhase.RELEASED_FOR_FURTHER_USE), facts.pop("plan", PLAN)
    return stability.may_place(kind, phase, plan, **{**given, **facts})  # type: ignore[arg-type]


def test_a_bank_with_enough_vials_begins_its_plan_even_before_its_release() -> None:
    assert placed() == (PLAN, FROZEN)
    assert placed(phase=DispositionPhase.QUARANTINED) == (PLAN, FROZEN)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"kind": LotKind.PRODUCT}, "stability.not_a_bank"),
        ({"placed": True}, "stability.placed_already"),
        ({"phase": DispositionPhase.REJECTED}, "stability.bank_given_up"),
        ({"phase": DispositionPhase.RECALLED}, "stability.bank_given_up"),
        ({"plan": None}, "stability.no_plan"),
        ({"frozen_on": None}, "stability.nothing_frozen"),
        ({"vials_count": 1}, "stability.too_few_vials"),
    ],
)
def test_what_keeps_a_bank_from_a_plan(facts: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as caught:
        placed(**facts)
    assert caught.value.code == code


EDGE = timedelta(days=14)


@pytest.mark.parametrize("today", [DUE - EDGE, DUE, DUE + EDGE])
def test_a_vial_is_pulled_on_any_day_of_the_window(today: date) -> None:
    stability.may_pull(PLAN, FROZEN, 6, Served(), today)


@pytest.mark.parametrize(
    ("month", "served", "today", "code"),
    [
        (7, Served(), DUE, "stability.no_such_point"),
        (6, Served(pulled_count=1), DUE, "stability.point_settled"),
        (6, Served(reported=True), DUE, "stability.point_settled"),
        (6, Served(), DUE - EDGE - timedelta(days=1), "stability.too_early"),
        (6, Served(), DUE + EDGE + timedelta(days=1), "stability.too_late"),
    ],
)
def test_what_keeps_a_vial_in_its_store(month: int, served: Served, today: date, code: str) -> None:
    with pytest.raises(Refused) as caught:
        stability.may_pull(PLAN, FROZEN, month, served, today)
    assert caught.value.code == code


def test_a_point_is_missed_only_after_its_window() -> None:
    stability.may_report_missed(PLAN, FROZEN, 6, Served(), DUE + EDGE + timedelta(days=1))
    for served, today, code in (
        (Served(), DUE + EDGE, "stability.not_missed_yet"),
        (Served(pulled_count=1), DUE + 2 * EDGE, "stability.point_settled"),
    ):
        with pytest.raises(Refused) as caught:
            stability.may_report_missed(PLAN, FROZEN, 6, served, today)
        assert caught.value.code == code


def test_only_a_stored_vial_of_the_bank_is_pulled() -> None:
    stability.may_come_from(is_vial=True, is_stored=True, of_lot=True)
    for wrong in ("is_vial", "is_stored", "of_lot"):
        with pytest.raises(Refused) as caught:
            stability.may_come_from(**{"is_vial": True, "is_stored": True, "of_lot": True, wrong: False})
        assert caught.value.code == "stability.not_a_vial_of_it"


def test_a_sample_is_tested_at_its_own_stage_with_the_tests_of_its_time() -> None:
    yearly = Limit("cd73", "identity", LimitKind.AT_LEAST, low=Decimal(95), months=(12,))
    stability.at_its_stage(Stage.STABILITY, 6)
    stability.at_its_stage(Stage.FURTHER_USE, None)
    stability.is_asked(yearly, 12)
    with pytest.raises(Refused, match=r"stability\.not_pulled"):
        stability.at_its_stage(Stage.STABILITY, None)
    with pytest.raises(Refused, match=r"stability\.other_stage"):
        stability.at_its_stage(Stage.FURTHER_USE, 6)
    with pytest.raises(Refused, match=r"stability\.not_at_this_point"):
        stability.is_asked(yearly, 6)
    assert stability.asked([yearly], Stage.STABILITY, None) == ()
    assert stability.asked([yearly], Stage.FURTHER_USE, 12) == ()


NOTHING = Progress(asked={"a", "b"}, verified=set(), failed=set())


@pytest.mark.parametrize(
    ("served", "progress", "days", "standing"),
    [
        (Served(), NOTHING, -15, Standing.AHEAD),
        (Served(), NOTHING, -14, Standing.DUE),
        (Served(), NOTHING, 0, Standing.DUE),
        (Served(), NOTHING, 1, Standing.OVERDUE),
        (Served(), NOTHING, 14, Standing.OVERDUE),
        (Served(), NOTHING, 15, Standing.MISSED),
        (Served(reported=True), NOTHING, 15, Standing.MISSED),
        (Served(pulled_count=1), NOTHING, 15, Standing.TESTING),
        (Served(pulled_count=1), Progress({"a", "b"}, {"a"}, set()), 15, Standing.TESTING),
        (Served(pulled_count=1), Progress({"a", "b"}, {"a", "b"}, set()), 15, Standing.PASSED),
        (Served(pulled_count=1), Progress({"a", "b"}, {"a", "b"}, {"b"}), 15, Standing.FAILED),
        (Served(pulled_count=1), Progress({"a", "b"}, set(), {"b"}), 0, Standing.FAILED),
    ],
)
def test_how_a_time_point_stands(served: Served, progress: Progress, days: int, standing: Standing) -> None:
    window = PLAN.window(FROZEN, 6)
    assert window.due_on == DUE
    assert stability.standing(window, served, 1, progress, DUE + timedelta(days=days)) is standing


def test_half_of_the_vials_leave_a_time_point_due() -> None:
    window = PLAN.window(FROZEN, 6)
    assert stability.standing(window, Served(pulled_count=1), 2, NOTHING, DUE) is Standing.DUE


# ---- the picture -----------------------------------------------------------------------------------------------------


def test_a_trend_shows_the_limit_and_does_not_bridge_a_missed_point() -> None:
    readings = [Reading(24, Decimal(66), True), Reading(0, Decimal(91), False), Reading(6, Decimal(89), False)]
    drawn = charts.trend(readings, Decimal(70), None, (6, 12, 24), missed={12})
    assert drawn is not None
    assert [mark.reading.month for mark in drawn.marks] == [0, 6, 24]
    assert len(drawn.paths) == 2
    assert drawn.paths[1] == f"M{drawn.marks[2].x} {drawn.marks[2].y}"
    (limit,) = drawn.limits
    assert drawn.marks[2].y > limit > drawn.marks[1].y
    assert drawn.beyond == ((limit, round(charts.BOTTOM - limit, 1)),)
    assert [month for _, month in drawn.months] == [0, 6, 12, 24]
    assert len(drawn.missed) == 1
    assert all(charts.LEFT <= mark.x <= charts.RIGHT and charts.TOP <= mark.y <= charts.BOTTOM for mark in drawn.marks)
    assert 2 <= len(drawn.ticks) <= charts.TICKS_MAX + 1
    assert all(charts.TOP <= at <= charts.BOTTOM for at, _ in drawn.ticks)


def test_a_trend_of_one_reading_between_two_limits_and_of_none() -> None:
    assert charts.trend([], Decimal(1), None, (6,)) is None
    drawn = charts.trend([Reading(6, Decimal(5), False)], Decimal(1), Decimal(9), (6, 12))
    assert drawn is not None
    assert (len(drawn.beyond), len(drawn.paths)) == (2, 1)
    alone = charts.trend([Reading(6, Decimal(5), False)], None, None, (6,))
    assert alone is not None
    assert (alone.limits, alone.beyond) == ((), ())
