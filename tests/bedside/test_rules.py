"""The verdict, fact by fact: each reason by what causes it, all of them in their order, and the edges of the sums."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cellchain.bedside import rules
from cellchain.bedside.infusions import rules as infusion_rules
from cellchain.bedside.rules import (
    BagRead,
    BagState,
    Capture,
    CheckFacts,
    Inspection,
    Limits,
    Pair,
    PriorCheck,
    Reason,
    RecipientState,
    Tie,
    WristbandRead,
)
from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BAG = BagState(filled=True, content="msc", volume_ul=400_000, expires_at=NOW + timedelta(hours=4), infused_into=None)
RECIPIENT = RecipientState(
    code="RC1", on_treatment=True, consent_given=True, content="msc", due_infusion=7, running_infusion=False
)
GOOD = CheckFacts(
    capture=Capture.WEDGE,
    inspection=Inspection(intact=True, no_clumps=True, label_legible=True),
    wristband=WristbandRead("RC1"),
    bag=BagRead("BG1"),
    state=BAG,
    tie=Tie("RC1", 7, 2),
    recipient=RECIPIENT,
)


def reason(code: str) -> Reason:
    """What another package has against something."""
    return Reason(code, T("Something is wrong. Call the laboratory."))


def said(**other: Any) -> list[str]:
    """The codes of the reasons against the good pair with `other` facts."""
    return [one.code for one in rules.reasons(replace(GOOD, **other), NOW)]


def test_nothing_against_it_is_a_match() -> None:
    assert said() == []
    assert said(capture=Capture.CAMERA) == []


EACH: list[tuple[str, dict[str, Any]]] = [
    ("check.typed", {"capture": Capture.TYPED}),
    ("check.wristband_void", {"wristband": WristbandRead("RC1", reason("check.wristband_void"))}),
    ("check.label_void", {"bag": BagRead("BG1", reason("check.label_void"))}),
    ("check.bag_unassigned", {"tie": None}),
    ("check.wrong_recipient", {"tie": Tie("RC2", 7, 2)}),
    ("check.not_on_treatment", {"recipient": replace(RECIPIENT, on_treatment=False)}),
    ("check.no_consent", {"recipient": replace(RECIPIENT, consent_given=False)}),
    ("check.infusion_running", {"recipient": replace(RECIPIENT, running_infusion=True)}),
    ("check.wrong_content", {"recipient": replace(RECIPIENT, content="saline")}),
    ("check.not_due", {"recipient": replace(RECIPIENT, due_infusion=8)}),
    ("check.not_due", {"recipient": replace(RECIPIENT, due_infusion=None)}),
    ("check.already_infused", {"state": replace(BAG, infused_into="RC2")}),
    ("check.already_infused", {"state": replace(BAG, infused_into="RC2", filled=False)}),
    ("check.already_infused", {"state": replace(BAG, infused_into="RC1"), "tie": None}),
    ("check.bag_not_usable", {"state": replace(BAG, filled=False)}),
    ("check.expired", {"state": replace(BAG, expires_at=NOW)}),
    ("check.expires_too_soon", {"state": replace(BAG, expires_at=NOW + timedelta(minutes=120) - SECOND)}),
    ("lot.on_hold", {"standing": (reason("lot.on_hold"),)}),
    ("custody.not_at_ward", {"custody": (reason("custody.not_at_ward"),)}),
    ("check.bag_damaged", {"inspection": Inspection(intact=False, no_clumps=True, label_legible=True)}),
    ("check.clumps", {"inspection": Inspection(intact=True, no_clumps=False, label_legible=True)}),
    ("check.label_illegible", {"inspection": Inspection(intact=True, no_clumps=True, label_legible=False)}),
    ("check.looks_wrong", {"inspection": Inspection(intact=False, no_clumps=False, label_legible=False)}),
]


@pytest.mark.parametrize(("code", "facts"), EACH)
def test_each_reason_alone(code: str, facts: dict[str, Any]) -> None:
    assert said(**facts) == [code]


@pytest.mark.parametrize(("code", "facts"), EACH)
def test_each_reason_says_what_to_do(code: str, facts: dict[str, Any]) -> None:
    [found] = rules.reasons(replace(GOOD, **facts), NOW)
    assert str(found.text).endswith(".")
    assert "{" not in str(found.text)


def test_a_bag_that_ran_into_somebody_else_is_the_wrong_one_too() -> None:
    spent = {"state": replace(BAG, infused_into="RC2"), "tie": None}
    assert said(**spent) == ["check.wrong_recipient", "check.already_infused"]


def test_all_reasons_at_once_in_their_order() -> None:
    facts = CheckFacts(
        capture=Capture.TYPED,
        inspection=Inspection(intact=False, no_clumps=False, label_legible=True),
        wristband=WristbandRead("RC1", reason("check.wristband_void")),
        bag=BagRead("BG1", reason("check.label_void")),
        state=replace(BAG, expires_at=NOW - SECOND, infused_into="RC2"),
        tie=Tie("RC2", 9, 1),
        recipient=RecipientState("RC1", False, False, "saline", 7, True),
        standing=(reason("lot.on_hold"), reason("lot.recalled")),
        custody=(reason("custody.not_at_ward"),),
    )
    assert [one.code for one in rules.reasons(facts, NOW)] == [
        "check.typed",
        "check.wristband_void",
        "check.label_void",
        "check.wrong_recipient",
        "check.not_on_treatment",
        "check.no_consent",
        "check.infusion_running",
        "check.wrong_content",
        "check.already_infused",
        "check.expired",
        "lot.on_hold",
        "lot.recalled",
        "custody.not_at_ward",
        "check.bag_damaged",
        "check.clumps",
    ]


def test_a_bag_that_lasts_exactly_as_long_as_its_infusion_is_no_reason() -> None:
    assert said(state=replace(BAG, expires_at=NOW + timedelta(minutes=120))) == []


def test_unreadable_symbols_give_their_own_reasons_alone() -> None:
    facts = CheckFacts(
        capture=Capture.WEDGE,
        inspection=GOOD.inspection,
        wristband=WristbandRead(None, reason("check.wristband_unreadable")),
        bag=BagRead(None, reason("check.bag_unreadable")),
    )
    assert [one.code for one in rules.reasons(facts, NOW)] == ["check.wristband_unreadable", "check.bag_unreadable"]


def test_a_recipient_whose_arm_may_not_be_known_has_no_content_to_compare() -> None:
    assert said(recipient=replace(RECIPIENT, content=None)) == []


# -- the shortest infusion -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("volume_ul", "rate_ml_h", "minutes"),
    [
        (400_000, 200, 120),
        (400_001, 200, 121),
        (100_000, 200, 30),
        (1, 200, 1),
        (400_000, 100, 240),
        (100_000, 180, 34),
    ],
)
def test_least_minutes(volume_ul: int, rate_ml_h: int, minutes: int) -> None:
    assert rules.least_minutes(volume_ul, Limits(rate_highest_ml_h=rate_ml_h)) == minutes


# -- two people ------------------------------------------------------------------------------------------------------


def check(number: int, by: str, minutes_ago: float) -> PriorCheck:
    """An open check."""
    return PriorCheck(number, by, NOW - timedelta(minutes=minutes_ago))


WINDOW = timedelta(minutes=15)


def test_nobody_checked() -> None:
    assert rules.pair_of([], NOW, Limits()) == Pair(0, NOW)


@pytest.mark.parametrize(
    ("checks", "people", "counted", "until"),
    [
        ([check(1, "A", 1)], 1, (1,), NOW - timedelta(minutes=1) + WINDOW),
        ([check(1, "A", 15)], 1, (1,), NOW),
        ([check(1, "A", 15.001)], 0, (), NOW),
        ([check(1, "A", 5), check(2, "B", 1)], 2, (1, 2), NOW - timedelta(minutes=5) + WINDOW),
        ([check(1, "A", 16), check(2, "B", 1)], 1, (2,), NOW - timedelta(minutes=1) + WINDOW),
        ([check(1, "A", 15), check(2, "B", 0)], 2, (1, 2), NOW),
        ([check(1, "A", 9), check(2, "A", 1)], 1, (2,), NOW - timedelta(minutes=1) + WINDOW),
        ([check(2, "A", 1), check(1, "A", 9), check(3, "B", 2)], 2, (2, 3), NOW - timedelta(minutes=2) + WINDOW),
        ([check(1, "A", 3), check(2, "B", 2), check(3, "C", 1)], 3, (1, 2, 3), NOW - timedelta(minutes=3) + WINDOW),
    ],
)
def test_pair_of(checks: list[PriorCheck], people: int, counted: tuple[int, ...], until: datetime) -> None:
    assert rules.pair_of(checks, NOW, Limits()) == Pair(people, until, counted)


def test_a_check_out_of_the_future_does_not_count() -> None:
    """It was made before the clock was put back; two servers whose clocks differ by a moment are no such thing."""
    made = [_check_in(1, "A", rules.CLOCKS_APART), _check_in(2, "B", rules.CLOCKS_APART + timedelta(seconds=1))]
    assert rules.pair_of(made, NOW, Limits()).checks == (1,)


def _check_in(number: int, by: str, ahead: timedelta) -> PriorCheck:
    return PriorCheck(number, by, NOW + ahead)


PAIR = Pair(2, NOW + WINDOW, (1, 2))


def start(**other: Any) -> None:
    """May A start the pair that A and B checked, for two hours?"""
    facts: dict[str, Any] = {
        "pair": PAIR,
        "by": "A",
        "checkers": frozenset({"A", "B"}),
        "found": [],
        "planned_minutes": 120,
        "state": BAG,
        "now": NOW,
        "limits": Limits(),
        **other,
    }
    rules.may_start(**facts)


def test_two_fresh_checks_may_start() -> None:
    start()
    start(by="B", planned_minutes=240)
    start(planned_minutes=480, state=replace(BAG, expires_at=NOW + timedelta(hours=8)))


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("infusion.needs_two_checks", {"pair": Pair(1, NOW, (1,))}),
        ("infusion.needs_two_checks", {"pair": Pair(0, NOW)}),
        ("infusion.starter_did_not_check", {"by": "C"}),
        ("infusion.changed_since_check", {"found": [reason("lot.on_hold")]}),
    ],
)
def test_what_stops_a_start(code: str, facts: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        start(**facts)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("infusion.duration", {"planned_minutes": 119}),
        ("infusion.duration", {"planned_minutes": 481, "state": replace(BAG, expires_at=NOW + timedelta(hours=9))}),
        ("infusion.expires_before_end", {"planned_minutes": 241}),
    ],
)
def test_a_plan_has_its_bounds(code: str, facts: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        start(**facts)
    assert refused.value.code == code


# -- the end ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_ul", "complete", "why", "code"),
    [
        (400_001, True, None, "infusion.more_than_bag"),
        (359_999, True, None, "infusion.not_complete"),
        (100_000, False, None, "infusion.stop_needs_reason"),
        (100_000, False, "", "infusion.stop_needs_reason"),
    ],
)
def test_what_stops_an_end(given_ul: int, complete: bool, why: str | None, code: str) -> None:
    with pytest.raises(Refused) as refused:
        infusion_rules.may_stop(given_ul, 400_000, complete, why)
    assert refused.value.code == code


def test_an_end_within_its_bounds() -> None:
    infusion_rules.may_stop(400_000, 400_000, True, None)
    infusion_rules.may_stop(360_000, 400_000, True, None)
    infusion_rules.may_stop(0, 400_000, False, "The recipient asked to stop.")
