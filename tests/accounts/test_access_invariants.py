"""What verify asks about last days and reviews: silent over every story, and loud where a hand was in the table."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cellchain.accounts import commands
from cellchain.accounts.expiry import commands as expiry
from cellchain.accounts.invariants import INVARIANTS
from cellchain.accounts.review import commands as review
from tests.accounts.story import Office

WHY = "A contract."


def findings(office: Office) -> list[str]:
    with office.house.read() as tx:
        return [found for one in INVARIANTS for found in one.check(tx)]


@pytest.fixture
def lived(office: Office) -> str:
    """A nurse with everything that can be said of a last day, and a review that is closed."""
    today = office.house.clock.now().date()
    person = office.person("nurse1", "nurse", secret=False)
    for role in (None, "nurse"):
        named: dict[str, Any] = {"person": person, "role": role}
        office.do(expiry.set_last_day, **named, reason=WHY, last_day=today + timedelta(days=20))
        office.do(expiry.set_last_day, **named, reason=WHY, last_day=today + timedelta(days=10))
        office.do(expiry.extend_last_day, **named, reason=WHY, last_day=today + timedelta(days=30))
        office.do(expiry.extend_last_day, **named, reason=WHY)
        office.do(commands.countersign, by=office.qa, decision=office.decisions()[-1])
    office.do(commands.grant_role, person=person, role="analyst", last_day=today)
    number = office.do(review.open_access_review)["review"]
    office.do(review.review_access, by=office.qa, review=number, person=person, answer="keep")
    office.do(review.close_access_review, by=office.qa, review=number)
    assert findings(office) == []
    return person


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("UPDATE accounts_person SET last_day = '2030-01-01'", "which nobody said"),
        ("UPDATE accounts_grant SET last_day = '2030-01-01' WHERE role = 'nurse'", "which nobody said"),
        (
            "UPDATE accounts_decision SET phase = 'open', given_by = NULL WHERE event = 'accounts:last_day:extended'",
            "lacks a countersignature",
        ),
        ("UPDATE accounts_review_line SET answer = NULL, answered_by = NULL, answered_at = NULL", "has no answer"),
    ],
)
def test_a_hand_in_the_table_is_told(office: Office, lived: str, change: str, word: str) -> None:
    assert lived
    with office.house.database.engine.begin() as connection:
        connection.execute(sa.text(change))
    assert any(word in found for found in findings(office))
