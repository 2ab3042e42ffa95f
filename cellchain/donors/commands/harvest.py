"""Marrow is drawn, goes to the laboratory, and is received or turned away there."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.accounts.queries import person_of_badge
from cellchain.donors import queries
from cellchain.donors.commands.common import DonorField
from cellchain.donors.commands.complications import ComplicationSeen, keep_complications
from cellchain.donors.models import Donation, Donor, DrawnFrom
from cellchain.donors.rules import harvest as rules
from cellchain.donors.rules.lifecycles import DONATION, DonationPhase, HarvestSite
from cellchain.identity.codes import Kind, MaterialLotCode, PersonCode
from cellchain.identity.numbering import issue
from cellchain.kernel import canonical
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Moment, Order, command
from cellchain.ledger.tx import CommandTx


class HarvestResult(CommandResult):
    """The donation number, the code of the harvest bag, and when the laboratory needs it at the latest."""

    donation: str
    container: str
    donor: str
    process_by: datetime


class DrawnAt(BaseModel, frozen=True, extra="forbid"):
    """What one site gave, all pulls of the syringe together."""

    site: Annotated[HarvestSite, Field(title="Place of puncture")]
    pulls_count: Annotated[int, Field(ge=1, le=rules.PULLS_COUNT_MAX, title="Pulls of the syringe")]
    volume_ul: Annotated[int, Field(gt=0, le=rules.VOLUME_UL_MAX, title="Volume")]


class RecordHarvest(Order):
    """One bone-marrow harvest (domain.md 3.2)."""

    donor: DonorField
    sites: Annotated[tuple[DrawnAt, ...], Field(min_length=1, max_length=len(HarvestSite), title="Drawn from")]
    anticoagulant_lot: Annotated[MaterialLotCode, Field(title="Anticoagulant lot")]
    anticoagulant_units: Annotated[
        int, Field(gt=0, le=rules.HEPARIN_UNITS_MAX, title="Heparin, IU", description="Units in the whole bag.")
    ]
    operator: Annotated[PersonCode, Field(title="Operator", description="Badge or code of who harvested.")]
    started_at: Annotated[Moment, Field(title="Started")]
    ended_at: Annotated[Moment, Field(title="Ended")]
    complications: Annotated[
        tuple[ComplicationSeen, ...], Field(max_length=rules.COMPLICATIONS_MAX, title="Complications of the donor")
    ] = ()


@command(event="donors:donation:harvested")
def record_harvest(tx: CommandTx, by: Actor, order: RecordHarvest) -> HarvestResult:
    """Record a harvest: issues the donation number and the code of the harvest bag.

    By reaction the bag becomes a container and the anticoagulant lot is booked; a lot that may not be used refuses the
    whole. A volume or heparin dose outside the usual bounds is recorded as `donors:limit:breached`, a severe
    complication as `donors:complication:severe`. Raises Refused `harvest.times`, `.site_twice`, `.volume`,
    `complication.*`, and the refusals of `donor.standing_problems`, all asked for the time when the harvest began.
    """
    donor = tx.lock(Donor, order.donor)
    drawn = [rules.Drawn(one.site, one.pulls_count, one.volume_ul) for one in order.sites]
    facts = queries.donor_facts(tx, donor.code)
    rules.may_record_harvest(facts, drawn, order.started_at, order.ended_at, tx.now)
    donation = _add(tx, by, order, rules.total_volume_ul(drawn))
    for one in drawn:
        tx.add(DrawnFrom(donation=donation.code, site=one.site, pulls_count=one.pulls_count, volume_ul=one.volume_ul))
    tx.about(donation.code)
    _tell(tx, donation)
    keep_complications(tx, by, donation, order.complications, donation.ended_at)
    return HarvestResult(
        donation=donation.code, container=donation.container, donor=donor.code, process_by=donation.process_by
    )


def _add(tx: CommandTx, by: Actor, order: RecordHarvest, volume_ul: int) -> Donation:
    return tx.add(
        Donation(
            code=issue(tx, Kind.DONATION),
            phase=DonationPhase.HARVESTED,
            donor=order.donor,
            container=issue(tx, Kind.CONTAINER),
            volume_ul=volume_ul,
            anticoagulant_lot=order.anticoagulant_lot,
            anticoagulant_units=order.anticoagulant_units,
            operator=person_of_badge(tx, order.operator) or order.operator,
            started_at=order.started_at,
            ended_at=order.ended_at,
            process_by=order.ended_at + rules.PROCESS_WITHIN,
            recorded_by=by.person,
        )
    )


def _tell(tx: CommandTx, donation: Donation) -> None:
    """What containers and materials need, and what left its usual bounds."""
    tx.note(
        donation=donation.code,
        donor=donation.donor,
        container=donation.container,
        volume_ul=donation.volume_ul,
        anticoagulant_lot=donation.anticoagulant_lot,
        anticoagulant_units=donation.anticoagulant_units,
        ended_at=canonical.moment(donation.ended_at),
    )
    for breach in rules.harvest_breaches(donation.volume_ul, donation.anticoagulant_units):
        tx.record(
            "donors:limit:breached",
            donation.code,
            donation=donation.code,
            donor=donation.donor,
            parameter=breach.parameter,
            value=breach.value,
            low=breach.low,
            high=breach.high,
            unit=breach.unit,
        )


# ---- for manufacturing, which receives what was harvested ------------------------------------------------------------


def mark_received(tx: CommandTx, donation: str) -> queries.DonationFacts:
    """The laboratory has the harvest bag. The time limit `process_by` is manufacturing's to judge.

    Raises NotFound, or Refused `donation.phase` where it was received or rejected already.
    """
    row = tx.lock(Donation, donation)
    tx.change(row, phase=DONATION.move("receive", row.phase), decided_at=tx.happened_at)
    return queries.donation_facts(tx, donation)


def mark_rejected(tx: CommandTx, donation: str, reason: str) -> queries.DonationFacts:
    """The laboratory turned the harvest bag away. Raises NotFound, or Refused `donation.phase`."""
    row = tx.lock(Donation, donation)
    phase = DONATION.move("reject", row.phase)
    tx.change(row, phase=phase, decided_at=tx.happened_at, rejection_reason=reason)
    return queries.donation_facts(tx, donation)
