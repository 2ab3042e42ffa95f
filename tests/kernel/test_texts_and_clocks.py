"""Texts apart from their language, errors that carry them, clocks that never run back, assertions that stay on."""

import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from cellchain.kernel import errors
from cellchain.kernel.clock import SimulatedClock, SystemClock
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import CellchainError, Invalid, InvariantBroken, NotFound, Refused
from cellchain.kernel.text import T

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_a_text_says_itself_in_english() -> None:
    assert str(T("Lot {lot} has expired.", lot="LT1")) == "Lot LT1 has expired."
    assert str(T("100 % of {it}.", it=T("{n} mL", n=5))) == "100 % of 5 mL."


def test_a_text_without_parameters_may_hold_braces() -> None:
    assert str(T("Write {this} down.")) == "Write {this} down."


def test_equal_texts_are_one() -> None:
    assert T("a {b}", b=1) == T("a {b}", b=1)
    assert len({T("a {b}", b=1), T("a {b}", b=1), T("a {b}", b=2)}) == 2


def test_a_text_does_not_change() -> None:
    text: Any = T("a")
    with pytest.raises(AttributeError):
        text.template = "b"


def test_an_error_carries_its_code_and_its_text() -> None:
    error = Refused("lot.expired", "Lot {lot} has expired.", lot="LT1")
    assert (error.code, str(error.text), str(error)) == (
        "lot.expired",
        "Lot LT1 has expired.",
        "lot.expired: Lot LT1 has expired.",
    )
    invalid = Invalid({"volume": T("Enter a whole number.")})
    assert (invalid.code, list(invalid.fields)) == ("order.invalid", ["volume"])
    assert str(NotFound(key="XX").text).startswith("XX is not known")


def test_every_error_has_a_sentence_of_its_own() -> None:
    named = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, CellchainError)]
    for kind in set(named) - {CellchainError, Refused, Invalid}:
        make: Any = kind
        assert make().text.template.endswith("."), kind


def test_the_machines_clock_is_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
    assert SystemClock().now() <= SystemClock().now()


def test_a_simulated_clock_stands_until_it_is_moved() -> None:
    clock = SimulatedClock(datetime(2026, 3, 2, 11, 0, tzinfo=timezone(timedelta(hours=3))))
    assert clock.now() == clock.now() == START
    assert clock.advance(timedelta(minutes=5)) == START + timedelta(minutes=5)
    assert clock.advance(timedelta(0)) == START + timedelta(minutes=5)
    assert clock.advance_to(START) == START + timedelta(minutes=5), "it stays where it is later already"
    assert clock.advance_to(START + timedelta(hours=1)) == clock.now()
    assert clock.now().tzinfo == UTC


def test_a_simulated_clock_never_runs_back() -> None:
    clock = SimulatedClock(START)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="aware"):
        SimulatedClock(START.replace(tzinfo=None))


def test_ensure_stays_on() -> None:
    ensure(1, "one is true")
    with pytest.raises(InvariantBroken, match="does not hold: nothing is nothing"):
        ensure(None, "nothing is nothing")


def test_a_text_can_be_sent_on() -> None:
    assert pickle.loads(pickle.dumps(T("a {b}", b=1))) == T("a {b}", b=1)
