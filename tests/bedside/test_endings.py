"""Four ways to leave, kept apart: each stops the bag that is ready, and each leaves something else of the study."""

from typing import Any

import pytest

from cellchain.followup import queries as followup
from cellchain.followup import rules as visits
from cellchain.trial import commands as trial
from cellchain.trial import queries
from tests.bedside.world import World

ENDINGS = [
    (trial.discontinue_treatment, "discontinued", True, True),
    (trial.withdraw_consent, "withdrawn", False, False),
    (trial.lose_to_follow_up, "lost", False, True),
    (trial.record_death, "died", False, True),
]


@pytest.mark.parametrize(("verb", "phase", "awaited", "consents"), ENDINGS)
def test_each_ending_stops_the_bag_and_keeps_what_was_recorded(
    world: World, verb: Any, phase: str, *, awaited: bool, consents: bool
) -> None:
    """Only who stopped treatment is still awaited at visits; only who withdrew gives nothing new; nothing is lost."""
    bag, symbol, recipient, band = world.ready()
    with world.installation.database.read() as tx:
        before = len(followup.visits_of(tx, recipient))
    assert world.check("nurse1", band, symbol)["verdict"] == "MATCH"
    world.do("physician1", verb, recipient=recipient, account="As it came.")
    stopped = world.check("nurse2", band, symbol)
    assert stopped["verdict"] == "STOP"
    assert "check.not_on_treatment" in {reason["code"] for reason in stopped["reasons"]}
    with world.installation.database.read() as tx:
        facts = queries.recipient_facts(tx, recipient)
        consented = queries.consent_given(tx, recipient)
        plan = queries.plan_of(tx, recipient)
        assert (str(facts.phase), consented) == (phase, consents)
        assert visits.is_expected(facts.phase, consent_given=consented) is awaited
        assert {str(one.phase) for one in plan} <= {"infused", "missed", "cancelled", "assigned"}
        tie = queries.assignment_of(tx, bag)
        assert tie is not None
        assert len(followup.visits_of(tx, recipient)) == before
