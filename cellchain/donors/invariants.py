"""What is always true of donors and donations."""

from itertools import pairwise
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.donors.models import Answers, Donation, DonorConsent, DrawnFrom, Eligibility, Screening
from cellchain.donors.rules.donor import HARVEST_INTERVAL
from cellchain.donors.rules.lifecycles import ConsentScope, Outcome
from cellchain.ledger.invariants import Invariant
from cellchain.platform.db import ReadTx

_DONATIONS = select(Donation).order_by(Donation.donor, col(Donation.started_at))
_CONSENTS = select(DonorConsent).where(
    DonorConsent.donor == bindparam("donor"), DonorConsent.scope == ConsentScope.DONATION
)
_ELIGIBLE = select(Eligibility).where(Eligibility.donor == bindparam("donor"), Eligibility.outcome == Outcome.ELIGIBLE)
_ANSWERS = select(Answers).where(Answers.donor == bindparam("donor"))
_DRAWN = select(DrawnFrom).where(DrawnFrom.donation == bindparam("donation"))
_screenings: Any = Screening
_OWN_RESULTS: Any = (
    select(Eligibility.id, Eligibility.donor)
    .join(Screening, (_screenings.donor == Eligibility.donor) & (_screenings.entered_by == Eligibility.determined_by))
    .where(_screenings.entered_at < Eligibility.determined_at, Eligibility.outcome == Outcome.ELIGIBLE)
)


def _consent_stood(tx: ReadTx) -> list[str]:
    """A consent that was replaced by a newer version stood as well: the two follow each other without a gap."""
    wrong = []
    for donation in tx.every(_DONATIONS):
        at = donation.started_at
        consents = tx.every(_CONSENTS, donor=donation.donor)
        if not any(
            consent.given_at <= at and (consent.ended_at is None or consent.ended_at >= at) for consent in consents
        ):
            wrong.append(f"donation {donation.code} was taken without a standing consent of {donation.donor}")
    return wrong


def _eligibility_stood(tx: ReadTx) -> list[str]:
    wrong = []
    for donation in tx.every(_DONATIONS):
        at = donation.started_at
        found = tx.every(_ELIGIBLE, donor=donation.donor)
        if not any(row.determined_at <= at and row.valid_until is not None and at <= row.valid_until for row in found):
            wrong.append(f"donation {donation.code} was taken while {donation.donor} was not found eligible")
    return wrong


def _harvests_keep_their_distance(tx: ReadTx) -> list[str]:
    wrong = []
    donations = tx.every(_DONATIONS)
    for before, after in pairwise(donations):
        if before.donor == after.donor and after.started_at < before.ended_at + HARVEST_INTERVAL:
            wrong.append(f"donation {after.code} came too soon after {before.code}")
    return wrong


def _nobody_judges_their_own_entries(tx: ReadTx) -> list[str]:
    return [f"eligibility {key} of {donor} was signed by who entered results" for key, donor in tx.every(_OWN_RESULTS)]


def _asked_for_each_donation(tx: ReadTx) -> list[str]:
    """Answers and determination of a donation lie between the harvest before it and its own."""
    wrong = []
    earlier: dict[str, Donation] = {}
    for donation in tx.every(_DONATIONS):
        before = earlier.get(donation.donor)
        earlier[donation.donor] = donation

        def lies_between(at: Any, before: Donation | None = before, donation: Donation = donation) -> bool:
            return at <= donation.started_at and (before is None or at > before.ended_at)

        asked = [row.answered_at for row in tx.every(_ANSWERS, donor=donation.donor)]
        signed = [row.determined_at for row in tx.every(_ELIGIBLE, donor=donation.donor)]
        if not any(lies_between(at) for at in asked) or not any(lies_between(at) for at in signed):
            wrong.append(f"donation {donation.code} rests on answers or a signature of an earlier one")
    return wrong


def _harvests_add_up(tx: ReadTx) -> list[str]:
    return [
        f"the sites of donation {donation.code} do not add up to its volume"
        for donation in tx.every(_DONATIONS)
        if sum(one.volume_ul for one in tx.every(_DRAWN, donation=donation.code)) != donation.volume_ul
    ]


INVARIANTS = (
    Invariant("donors.consent_stood", "Nobody is harvested without a standing consent.", _consent_stood),
    Invariant("donors.eligibility_stood", "Nobody is harvested who was not found eligible.", _eligibility_stood),
    Invariant(
        "donors.asked_anew", "Each donation has answers and a determination of its own.", _asked_for_each_donation
    ),
    Invariant("donors.harvest_adds_up", "What the sites gave is what the bag holds.", _harvests_add_up),
    Invariant("donors.harvest_interval", "Marrow recovers between two harvests.", _harvests_keep_their_distance),
    Invariant(
        "donors.determiner", "Nobody determines eligibility on their own entries.", _nobody_judges_their_own_entries
    ),
)
