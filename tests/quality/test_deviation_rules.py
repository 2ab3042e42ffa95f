"""How deviations, actions and changes are judged, as pure rules."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from cellchain.kernel.errors import Refused
from cellchain.quality.actions import rules as actions
from cellchain.quality.actions.rules import ActionPhase, Due, Outcome, Plan
from cellchain.quality.changes import rules as changes
from cellchain.quality.changes.rules import ChangeClass, ChangePhase, Request
from cellchain.quality.deviations import rules
from cellchain.quality.deviations.rules import CRITERIA, Concerned, Findings
from cellchain.quality.rules.lifecycles import DeviationKind, DeviationPhase, Severity

TODAY = date(2026, 3, 2)
WEEK = timedelta(days=7)
MAJOR = Findings(DeviationKind.DEVIATION, Severity.MAJOR, has_cause=True)
MINOR = Findings(DeviationKind.DEVIATION, Severity.MINOR, has_cause=False)


def refused(work: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.code


def codes(found: Findings) -> list[str]:
    return [refusal.code for refusal in rules.missing(found)]


def test_every_class_has_its_criteria() -> None:
    assert set(CRITERIA) == set(Severity)
    assert set(changes.CRITERIA) == set(ChangeClass)


def test_a_new_deviation_is_assessed_within_days_and_closed_by_its_class() -> None:
    assert rules.due_on(DeviationPhase.OPEN, None, TODAY, None) == TODAY + timedelta(days=3)
    days = [rules.due_on(DeviationPhase.ASSESSED, severity, TODAY, None) for severity in Severity]
    assert days == [TODAY + timedelta(days=many) for many in (30, 30, 15)]
    assert rules.due_on(DeviationPhase.ASSESSED, Severity.CRITICAL, TODAY, TODAY + 9 * WEEK) == TODAY + 9 * WEEK
    assert rules.due_on(DeviationPhase.CLOSED, Severity.CRITICAL, TODAY, None) is None


def test_what_the_class_asks_for_before_the_closing() -> None:
    assert codes(MAJOR) == []
    assert codes(MINOR) == []
    assert codes(Findings(DeviationKind.DEVIATION, Severity.CRITICAL, has_cause=False)) == ["deviation.cause_missing"]
    waiting = Findings(DeviationKind.DEVIATION, Severity.MAJOR, has_cause=False, undone=["CA-1"], unanswered=["CA-2"])
    assert codes(waiting) == [
        "deviation.cause_missing",
        "deviation.action_undone",
        "deviation.action_not_effective",
    ]
    undone = Findings(DeviationKind.DEVIATION, Severity.MINOR, has_cause=False, undone=["CA-1"])
    assert codes(undone) == ["deviation.action_undone"]


def test_what_its_kind_asks_for() -> None:
    silent = Findings(DeviationKind.COMPLAINT, Severity.MINOR, has_cause=False, is_answered=False)
    assert codes(silent) == ["deviation.complaint_unanswered"]
    there = Findings(DeviationKind.RETURNED_PRODUCT, Severity.MINOR, has_cause=False, is_there=True)
    assert codes(there) == ["deviation.returned_not_destroyed"]
    assert codes(Findings(DeviationKind.DEVIATION, Severity.MINOR, has_cause=False, is_there=True)) == []


@pytest.mark.parametrize("by", ["opener", "assessor", "earlier assessor", "investigator", "owner"])
def test_nobody_closes_what_they_had_a_hand_in(by: str) -> None:
    who = Concerned(
        "opener", frozenset({"assessor", "earlier assessor"}), frozenset({"investigator"}), frozenset({"owner"})
    )
    assert refused(lambda: rules.may_close(who, MAJOR, by)) == "deviation.closer_involved"
    rules.may_close(who, MAJOR, "another")


def test_an_assessment_replaces_the_one_that_was_read() -> None:
    rules.may_assess(None, None)
    rules.may_assess(3, 3)
    for latest, replaces in ((3, None), (3, 2), (None, 1)):
        assert refused(partial(rules.may_assess, latest, replaces)) == "deviation.assessed_meanwhile"


def test_a_returned_bag_is_a_kind_of_its_own() -> None:
    assert rules.kind_of("custody:bag:returned") is DeviationKind.RETURNED_PRODUCT
    assert rules.kind_of("quality:result:failed") is DeviationKind.DEVIATION
    assert rules.kind_of(None) is DeviationKind.DEVIATION


# ---- actions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "severity", "code"),
    [
        (Plan(TODAY - WEEK, None, None), Severity.MINOR, "action.due_in_past"),
        (Plan(TODAY, TODAY + WEEK, None), Severity.MINOR, "action.check_incomplete"),
        (Plan(TODAY, None, "No leak"), Severity.MINOR, "action.check_incomplete"),
        (Plan(TODAY, None, None), Severity.MAJOR, "action.check_needed"),
        (Plan(TODAY, None, None), Severity.CRITICAL, "action.check_needed"),
        (Plan(TODAY, TODAY, "No leak"), Severity.MAJOR, "action.check_too_early"),
    ],
)
def test_a_plan_that_is_not_one(plan: Plan, severity: Severity, code: str) -> None:
    assert refused(lambda: actions.may_plan(plan, severity, TODAY, owner_may=True)) == code


def test_a_plan() -> None:
    actions.may_plan(Plan(TODAY, None, None), Severity.MINOR, TODAY, owner_may=True)
    whole = Plan(TODAY, TODAY + WEEK, "No leak")
    actions.may_plan(whole, Severity.CRITICAL, TODAY, owner_may=True)
    assert refused(lambda: actions.may_plan(whole, None, TODAY, owner_may=False)) == "action.owner_cannot"


def test_an_action_follows_only_one_that_did_not_help() -> None:
    actions.may_follow(ActionPhase.NOT_EFFECTIVE, same_deviation=True, followed=False)
    for phase, same, followed in (
        (ActionPhase.EFFECTIVE, True, False),
        (ActionPhase.NOT_EFFECTIVE, False, False),
        (ActionPhase.NOT_EFFECTIVE, True, True),
    ):
        work = partial(actions.may_follow, phase, same_deviation=same, followed=followed)
        assert refused(work) == "action.follows_other"


def test_the_owner_does_it_and_another_judges() -> None:
    actions.may_complete("a", "a")
    assert refused(lambda: actions.may_complete("a", "b")) == "action.not_yours"
    actions.may_judge("a", "b", has_check=True)
    assert refused(lambda: actions.may_judge("a", "a", has_check=True)) == "action.judge_owns_it"
    assert refused(lambda: actions.may_judge("a", "b", has_check=False)) == "action.no_check"
    assert refused(lambda: actions.may_withdraw("a", "a")) == "action.withdraws_own"


def test_more_time_is_later_and_given_by_another() -> None:
    due = Due(TODAY, "owner", TODAY + WEEK)
    assert actions.may_extend(due, TODAY + timedelta(days=6), "qa") == TODAY
    assert refused(lambda: actions.may_extend(due, TODAY, "qa")) == "extension.not_later"
    assert refused(lambda: actions.may_extend(due, TODAY + WEEK, "qa")) == "extension.after_check"
    assert refused(lambda: actions.may_extend(due, TODAY + timedelta(days=1), "owner")) == "extension.own"
    assert refused(lambda: actions.may_extend(Due(None), TODAY, "qa")) == "extension.nothing_due"


def test_what_of_the_actions_keeps_a_deviation_open() -> None:
    every = [Outcome(str(phase), "a", phase, is_followed=False) for phase in ActionPhase]
    assert actions.undone(every) == ["planned"]
    assert actions.unanswered(every) == ["not_effective"]
    assert actions.unanswered([Outcome("1", "a", ActionPhase.NOT_EFFECTIVE, is_followed=True)]) == []


# ---- changes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Request(ChangeClass.MINOR, TODAY, None, None, affects_anything=False), "change.nothing_affected"),
        (Request(ChangeClass.MINOR, TODAY - WEEK, None, None, affects_anything=True), "change.due_in_past"),
        (Request(ChangeClass.MINOR, TODAY, TODAY + WEEK, None, affects_anything=True), "change.check_incomplete"),
        (Request(ChangeClass.MAJOR, TODAY, None, None, affects_anything=True), "change.check_needed"),
        (Request(ChangeClass.MAJOR, TODAY, TODAY, "No leak", affects_anything=True), "change.check_too_early"),
    ],
)
def test_a_request_that_is_not_one(request_: Request, code: str) -> None:
    assert refused(lambda: changes.may_request(request_, TODAY)) == code


def test_a_request() -> None:
    changes.may_request(Request(ChangeClass.MINOR, TODAY, None, None, affects_anything=True), TODAY)
    changes.may_request(Request(ChangeClass.MAJOR, TODAY, TODAY + WEEK, "No leak", affects_anything=True), TODAY)


def test_who_asked_or_makes_it_decides_nothing() -> None:
    changes.may_decide("asked", "makes", "qa")
    for by in ("asked", "makes"):
        assert refused(partial(changes.may_decide, "asked", "makes", by)) == "change.own"
        closing = partial(changes.may_close, ChangePhase.EFFECTIVE, "asked", "makes", by, has_check=True)
        assert refused(closing) == "change.closer_involved"
    early = partial(changes.may_close, ChangePhase.IMPLEMENTED, "asked", "makes", "qa", has_check=True)
    assert refused(early) == "change.not_judged"
    changes.may_close(ChangePhase.IMPLEMENTED, "asked", "makes", "qa", has_check=False)
    assert refused(lambda: changes.may_judge("makes", "makes", has_check=True)) == "change.judge_owns_it"
    assert refused(lambda: changes.may_judge("makes", "qa", has_check=False)) == "change.no_check"
    assert refused(lambda: changes.may_implement("makes", "qa")) == "change.not_yours"


def test_a_version_is_drafted_under_an_approved_change() -> None:
    for phase in ChangePhase:
        if phase in changes.UNDER_WAY:
            changes.may_refer(phase, "CC-26-001")
        else:
            assert refused(partial(changes.may_refer, phase, "CC-26-001")) == "change.not_approved"
    assert refused(lambda: changes.may_refer(None, "CC-26-999")) == "change.unknown"
    assert changes.key_of("CC-26-007") == 7
    assert changes.key_of("DV-26-007") is None
