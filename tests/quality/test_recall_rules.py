"""Criteria, windows, tallies, alerts and doubts, without a database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cellchain.kernel.errors import CellchainError, Invalid
from cellchain.kernel.text import T
from cellchain.ledger.describe import Contact
from cellchain.quality.doubts import rules as doubts
from cellchain.quality.doubts.rules import Decided, Doubt, DoubtKind
from cellchain.quality.recalls import rules
from cellchain.quality.recalls.rules import Audience, Criteria, RecallKind, RecallPhase, Tally

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def refused(code: str, call: Callable[[], None]) -> None:
    with pytest.raises(CellchainError) as caught:
        call()
    assert caught.value.code == code


def test_something_is_named() -> None:
    refused("recall.no_criterion", lambda: rules.may_search(Criteria()))
    rules.may_search(Criteria(root="DN", since=NOON))
    rules.may_search(Criteria(since=NOON, until=NOON + HOUR))
    for wrong in (
        Criteria(since=NOON),
        Criteria(root="DN", since=NOON, until=NOON - HOUR),
        Criteria(since=NOON, until=NOON + timedelta(days=400)),
    ):
        with pytest.raises(Invalid) as caught:
            rules.may_search(wrong)
        assert set(caught.value.fields) == {"until"}


@pytest.mark.parametrize(
    ("began", "ended", "inside"),
    [
        (-2, -1, False),
        (-2, 0, True),
        (-2, None, True),
        (0, 0, True),
        (1, 1, True),
        (2, 3, False),
        (2, None, False),
    ],
)
def test_a_contact_counts_when_any_of_it_lay_in_the_window(began: int, ended: int | None, inside: bool) -> None:
    contact = Contact("LT", NOON + began * HOUR, None if ended is None else NOON + ended * HOUR)
    assert contact.within(NOON, NOON + HOUR) is inside
    assert contact.within(None, None)


def test_effectiveness_says_all_only_when_all_is_there() -> None:
    assert Tally(gone=1, set_apart=998, sought=1).effectiveness_permille == 999
    assert Tally(gone=1, set_apart=9_998, sought=1).effectiveness_permille == 999
    assert Tally(gone=3, set_apart=2, sought=0).effectiveness_permille == 1000
    assert Tally(gone=0, set_apart=0, sought=0).effectiveness_permille == 1000
    assert rules.minutes_between(NOON, NOON + timedelta(seconds=61)) == 2


def test_when_a_recall_is_signed_counted_and_closed() -> None:
    exercise, recall = RecallKind.EXERCISE, RecallKind.RECALL
    refused("recall.is_exercise", lambda: rules.may_sign(exercise))
    rules.may_sign(recall)
    refused("recall.not_open", lambda: rules.may_account(recall, RecallPhase.LISTED, known=True, subject="BG"))
    refused("recall.not_an_item", lambda: rules.may_account(exercise, RecallPhase.LISTED, known=False, subject="BG"))
    rules.may_account(recall, RecallPhase.SIGNED, known=True, subject="BG")
    refused("recall.not_signed", lambda: rules.may_close(recall, RecallPhase.LISTED, unread=0))
    refused("recall.unread", lambda: rules.may_close(exercise, RecallPhase.LISTED, unread=1))
    rules.may_close(exercise, RecallPhase.LISTED, unread=0)


def test_an_alert_is_read_by_whom_it_is_for() -> None:
    other: dict[str, Any] = {"raised_by": "PS1", "by": "PS2"}
    refused("alert.not_for_you", lambda: rules.may_acknowledge(Audience.SPONSOR, {"qa"}, **other))
    refused("alert.own", lambda: rules.may_acknowledge(Audience.QA, {"qa"}, raised_by="PS1", by="PS1"))
    rules.may_acknowledge(Audience.PHYSICIAN, {"physician"}, **other)


def test_a_decision_covers_one_doubt_for_a_time() -> None:
    doubt = Doubt(7, "LT1", T("Sterility"), DoubtKind.OVERDUE)
    decided = Decided(7, DoubtKind.OVERDUE, None, NOON + HOUR)
    assert doubts.open_doubts([doubt], [decided], "LT2", NOON) == ()
    assert doubts.open_doubts([doubt], [decided], "LT2", NOON + HOUR) == (doubt,)
    failed = Doubt(7, "LT1", T("Sterility"), DoubtKind.FAILED)
    assert doubts.open_doubts([failed], [decided], "LT2", NOON) == (failed,)
    for_another = Decided(7, DoubtKind.OVERDUE, "LT3", NOON + HOUR)
    assert doubts.open_doubts([doubt], [for_another], "LT2", NOON) == (doubt,)
    assert doubts.refusal(doubt).code == "lot.sibling_overdue"
    assert "LT1" in str(doubts.refusal(failed).text)
    assert "Sterility" in str(doubts.refusal(failed).text)


def test_who_decides_about_a_doubt() -> None:
    doubt = Doubt(7, "LT1", T("Sterility"), DoubtKind.FAILED)
    good: dict[str, Any] = {"related": True, "involved": False, "expires_at": NOON + HOUR, "now": NOON}
    doubts.may_decide(doubt, **good)
    refused("doubt.other_origin", lambda: doubts.may_decide(doubt, **{**good, "related": False}))
    refused("doubt.involved", lambda: doubts.may_decide(doubt, **{**good, "involved": True}))
    refused("doubt.none", lambda: doubts.may_decide(None, **good))
    for until in (NOON, NOON + timedelta(days=32)):
        with pytest.raises(Invalid):
            doubts.may_decide(doubt, **{**good, "expires_at": until})
