"""Kinds, waits and answers, by the rules alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cellchain import composition
from cellchain.accounts.rules import Role
from cellchain.kernel.errors import NotFound, Refused
from cellchain.ledger.registry import REGISTRY
from cellchain.notices import kinds, rules
from cellchain.notices.rules import MAIL, Delivery

SOURCE = Path(__file__).parents[2] / "cellchain"


def test_every_kind_waits_for_something_that_is_recorded() -> None:
    assert composition.REACTIONS
    known = {command.event for command in REGISTRY.values()}
    rooms = [path for path in SOURCE.rglob("*.py") if path.name not in ("kinds.py", "reactions.py")]
    told = "\n".join(path.read_text() for path in rooms)
    for kind in kinds.KINDS:
        assert not kind.event or kind.event in known or f'"{kind.event}"' in told, kind.event


def test_no_kind_reaches_a_blind_assessor() -> None:
    about_themselves = {"credential_changed", "credential_set", "sign_in_guessed"}
    told = {kind.key for kind in kinds.KINDS if Role.ASSESSOR in kind.roles}
    assert told == about_themselves, "of no lot, no bag and no recipient"
    assert {kind.key for kind in kinds.kinds_for(["assessor"])} == about_themselves


def test_no_two_kinds_have_one_name() -> None:
    assert len(kinds.BY_KEY) == len(kinds.KINDS)
    with pytest.raises(NotFound, match=r"notice\.no_kind"):
        kinds.kind_of("gossip")


def test_a_kind_fits_where_its_facts_agree() -> None:
    kind = kinds.kind_of("critical_deviation")
    assert kind.fits({"severity": "critical"})
    assert not kind.fits({"severity": "minor"})
    assert not kind.fits({})


def test_a_mail_waits_longer_each_time_and_never_gives_up() -> None:
    waits = [rules.wait_after(count) for count in range(1, 10)]
    assert waits[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert waits == sorted(waits)
    assert rules.wait_after(10_000) == timedelta(hours=1)


def test_what_was_sent_is_never_sent_again_and_what_was_refused_is() -> None:
    assert MAIL.move("retry", Delivery.REFUSED) is Delivery.QUEUED
    for delivery in set(Delivery) - {Delivery.REFUSED}:
        with pytest.raises(Refused):
            MAIL.move("retry", delivery)


@pytest.mark.parametrize(
    ("zone", "at", "may"),
    [
        ("Europe/Moscow", datetime(2026, 3, 2, 3, 59, tzinfo=UTC), False),
        ("Europe/Moscow", datetime(2026, 3, 2, 4, 0, tzinfo=UTC), True),
        ("Europe/Berlin", datetime(2026, 3, 28, 6, 0, tzinfo=UTC), True),
        ("Europe/Berlin", datetime(2026, 3, 29, 4, 59, tzinfo=UTC), False),
        ("Europe/Berlin", datetime(2026, 3, 29, 5, 0, tzinfo=UTC), True),
    ],
)
def test_the_digest_goes_by_the_clock_on_the_wall(zone: str, at: datetime, may: bool) -> None:
    assert rules.is_digest_time(at, ZoneInfo(zone)) is may
