"""A physician finds a donor eligible or ineligible, or puts the donor off."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from cellchain.donors import definitions, queries
from cellchain.donors.commands.common import DonorField, DonorResult, Reason, id_of
from cellchain.donors.models import Donor, Eligibility
from cellchain.donors.rules import donor as rules
from cellchain.donors.rules.lifecycles import DONOR, Outcome
from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, Order, Text, command
from cellchain.ledger.tx import CommandTx


class EligibilityResult(CommandResult):
    """A signed determination and how long it carries a harvest."""

    eligibility: int
    donor: str
    outcome: Outcome
    valid_until: datetime | None


class DetermineEligibility(Order):
    """A physician's decision over what stands in the donor's file at this moment."""

    donor: DonorField
    outcome: Annotated[Outcome, Field(title="Outcome")]
    note: Annotated[
        Text | None,
        Field(max_length=1000, title="Note", description="Needed where CMV is positive, or the donor is ineligible."),
    ] = None


def eligibility_facts(tx: CommandTx, order: DetermineEligibility) -> Json:
    """What the physician's signature binds: the outcome, and every answer and standing result that it rests on."""
    facts = queries.donor_facts(tx, order.donor)
    results: list[Json] = [
        [
            str(result.marker),
            str(result.assay),
            str(result.stage),
            str(result.result),
            canonical.moment(result.sampled_at),
        ]
        for result in facts.results
    ]
    answers = queries.standing_answers(tx, order.donor)
    answered: Json = None if answers is None else [id_of(answers.id), answers.questions_hash, str(answers.phase)]
    consented = None if facts.consented_at is None else canonical.moment(facts.consented_at)
    return {
        "donor": facts.code,
        "outcome": str(order.outcome),
        "consented_at": consented,
        "answers": answered,
        "results": results,
    }


@command(
    event="donors:eligibility:determined",
    subject="donor",
    signature="I determine this donor's eligibility from history, consent and screening",
    signs=eligibility_facts,
)
def determine_eligibility(tx: CommandTx, by: Actor, order: DetermineEligibility) -> EligibilityResult:
    """Find a donor eligible or ineligible (`rules.may_determine`).

    Eligible for one donation, until the first answer or sample that it rests on is too old. A positive CMV is recorded
    and allowed with a note: most adults carry the virus, and recipients' physicians see the result. Raises Refused
    `donor.determiner_entered_screening`, `.deferred`, `.deferred_for_good`, `.no_consent`, `.not_asked`, `.answers_*`,
    `.screening_*`, `.cmv_needs_note`, `.reactive_needs_note`, `.ineligible_needs_note`.
    """
    donor = tx.lock(Donor, order.donor)
    facts, criteria = queries.donor_facts(tx, donor.code), definitions.criteria()
    rules.may_determine(facts, order.outcome, criteria, by.person, tx.now)
    rules.note_suffices(facts, order.outcome, has_note=bool(order.note))
    is_eligible = order.outcome is Outcome.ELIGIBLE
    valid_until = rules.valid_until(facts, criteria) if is_eligible else None
    tx.change(donor, phase=DONOR.move("find_eligible" if is_eligible else "find_ineligible", donor.phase))
    row = tx.add(
        Eligibility(
            donor=donor.code,
            outcome=order.outcome,
            valid_until=valid_until,
            determined_by=by.person,
            determined_at=tx.now,
            note=order.note,
        )
    )
    tx.note(outcome=str(order.outcome))
    return EligibilityResult(
        eligibility=id_of(row.id), donor=donor.code, outcome=order.outcome, valid_until=valid_until
    )


class DeferDonor(Order):
    """A donor who may not give before a day, or never: travel, illness, a recent harvest elsewhere."""

    donor: DonorField
    until: Annotated[
        Day | None,
        Field(
            title="Until",
            description="From this day on the donor may be screened again. Left empty, the deferral is for good.",
        ),
    ] = None
    reason: Reason


@command(event="donors:donor:deferred", subject="donor")
def defer_donor(tx: CommandTx, by: Actor, order: DeferDonor) -> DonorResult:
    """Put a donor off until a day to come, or for good; a later deferral replaces it. Eligibility is determined anew.

    Raises Refused `donor.deferral_ended`, and `donor.phase` for an ineligible donor, who is off already.
    """
    donor = tx.lock(Donor, order.donor)
    phase = DONOR.move("defer", donor.phase)
    rules.may_defer(order.until, tx.today)
    donor = tx.change(donor, phase=phase, deferred_until=order.until, deferral_reason=order.reason)
    return DonorResult(donor=donor.code, phase=donor.phase)
