import json
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from cellchain.donors import commands, definitions, queries
from cellchain.donors.commands.eligibility import DetermineEligibility, eligibility_facts
from cellchain.donors.rules.lifecycles import Outcome
from cellchain.identity.codes import DonorCode
from cellchain.kernel.errors import Forbidden, Refused
from cellchain.ledger.models import Signature
from cellchain.ledger.tx import CommandTx
from tests.donors.story import CLEAR, CLEAR_NUCLEIC, DonorStory


def test_eligible_until_thirty_days_after_the_sample(story: DonorStory) -> None:
    donor = story.register()
    story.consent(donor)
    story.ask(donor)
    story.screen_all(donor, days_ago=3)
    answer = story.determine(donor)
    with story.house.read() as tx:
        found = queries.donor_standing(tx, donor)
        signature = tx.get(Signature, 1)
    assert found.may_give
    assert found.eligible_until == story.house.clock.now() + timedelta(days=27)
    assert answer["outcome"] == "eligible"
    assert (signature.signer, signature.subject) == (story.physician.person, donor)
    assert signature.meaning.startswith("I determine this donor's eligibility")
    assert story.house.entries()[-1].event == "donors:eligibility:determined"


def test_it_ends_with_its_window(story: DonorStory) -> None:
    donor = story.eligible()
    story.house.clock.advance(timedelta(days=28, minutes=1))
    with story.house.read() as tx:
        assert [code for code, _ in queries.donor_standing(tx, donor).reasons] == ["donor.eligibility_ended"]


def test_a_positive_cmv_needs_a_note(story: DonorStory) -> None:
    donor = story.register()
    story.consent(donor)
    story.ask(donor)
    story.screen(donor, **{**CLEAR, "cmv": "positive"})
    story.screen(donor, assay="nucleic_acid", **CLEAR_NUCLEIC)
    with pytest.raises(Refused) as refusal:
        story.determine(donor)
    assert refusal.value.code == "donor.cmv_needs_note"
    story.determine(donor, note="Past infection; recipients' physicians are told.")
    with story.house.read() as tx:
        assert queries.donor_standing(tx, donor).may_give


def test_ineligible_needs_a_note(story: DonorStory) -> None:
    donor = story.register()
    with pytest.raises(Refused) as refusal:
        story.determine(donor, "ineligible")
    assert refusal.value.code == "donor.ineligible_needs_note"
    story.determine(donor, "ineligible", note="Cancer ten years ago.")
    with story.house.read() as tx:
        assert queries.profile(tx, donor).phase == "ineligible"
        assert [code for code, _ in queries.donor_standing(tx, donor).reasons] == [
            "donor.ineligible",
            "donor.no_consent",
        ]
    assert "Cancer" not in story.house.entries()[-1].body


def test_every_refusal_of_the_rule_reaches_the_command(story: DonorStory) -> None:
    donor = story.register()
    for step, code in (
        (lambda: None, "donor.no_consent"),
        (lambda: story.consent(donor), "donor.not_asked"),
        (lambda: story.ask(donor, travel="Two weeks in Example."), "donor.answers_unassessed"),
        (lambda: story.judge(donor, "unacceptable"), "donor.answers_declined"),
        (lambda: story.ask(donor, travel="Two weeks in Example."), "donor.answers_unassessed"),
        (lambda: story.judge(donor), "donor.screening_missing"),
        (lambda: story.screen(donor, days_ago=20, assay="nucleic_acid", **CLEAR_NUCLEIC), "donor.screening_missing"),
        (lambda: story.screen(donor, days_ago=20, **{**CLEAR, "hiv": "pending"}), "donor.screening_pending"),
        (lambda: story.screen(donor, days_ago=20, hiv="negative"), None),
    ):
        step()
        if code is None:
            story.determine(donor)
            continue
        with pytest.raises(Refused) as refusal:
            story.determine(donor)
        assert refusal.value.code == code
    story.house.clock.advance(timedelta(days=11))
    with pytest.raises(Refused) as refusal:
        story.determine(donor)
    assert refusal.value.code == "donor.screening_too_old"
    story.screen(donor, hcv="positive")
    with pytest.raises(Refused) as refusal:
        story.determine(donor)
    assert refusal.value.code == "donor.screening_reactive"


def test_answers_run_out_as_samples_do(story: DonorStory) -> None:
    donor = story.register()
    story.consent(donor)
    story.ask(donor)
    story.house.clock.advance(timedelta(days=10))
    story.screen_all(donor)
    valid_until = datetime.fromisoformat(story.determine(donor)["valid_until"])
    assert valid_until == story.house.clock.now() + timedelta(days=20)
    story.house.clock.advance(timedelta(days=20, minutes=1))
    story.screen_all(donor, days_ago=1)
    with pytest.raises(Refused) as refusal:
        story.determine(donor)
    assert refusal.value.code == "donor.answers_too_old"


def test_the_signature_binds_the_answers(story: DonorStory) -> None:
    """What the physician signs names the answers and the version they were given to, and none of their words."""
    donor = story.register()
    story.consent(donor)
    story.ask(donor, travel="Two weeks in Example.")
    story.judge(donor)
    story.screen_all(donor)
    story.determine(donor)
    order = DetermineEligibility(donor=DonorCode(donor), outcome=Outcome.ELIGIBLE)
    with story.house.read() as tx:
        facts: Any = eligibility_facts(cast(CommandTx, tx), order)
    assert facts["answers"] == [1, definitions.fingerprint(1), "accepted"]
    assert "Example" not in json.dumps(facts)


def test_not_by_who_entered_the_screening(story: DonorStory) -> None:
    both = story.house.actor("physician", "coordinator")
    story.coordinator = both
    donor = story.register()
    story.consent(donor)
    story.ask(donor)
    story.screen_all(donor)
    with pytest.raises(Refused) as refusal:
        story.determine(donor, by=both)
    assert refusal.value.code == "donor.determiner_entered_screening"
    story.determine(donor)


def test_not_before_the_end_of_a_deferral(story: DonorStory) -> None:
    donor = story.eligible()
    until = (story.house.clock.now() + timedelta(days=5)).date()
    story.do(commands.defer_donor, by=story.physician, donor=donor, until=until, reason="fever")
    with pytest.raises(Refused) as refusal:
        story.determine(donor)
    assert refusal.value.code == "donor.deferred"
    story.house.clock.advance(timedelta(days=5))
    story.determine(donor)
    with story.house.read() as tx:
        assert queries.donor_standing(tx, donor).may_give


def test_only_for_physicians(story: DonorStory) -> None:
    donor = story.eligible()
    for by in (story.coordinator, story.qa):
        with pytest.raises(Forbidden):
            story.determine(donor, by=by)


def test_not_while_deferred_for_good(story: DonorStory) -> None:
    donor = story.eligible()
    story.do(commands.defer_donor, by=story.physician, donor=donor, reason="an illness that stays")
    story.house.clock.advance(timedelta(days=20))
    with pytest.raises(Refused) as refusal:
        story.determine(donor)
    assert refusal.value.code == "donor.deferred_for_good"
