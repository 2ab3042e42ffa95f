"""A donor is looked after following a harvest, and what comes to light afterwards reaches those who have to know."""

from typing import Annotated

from pydantic import Field

from cellchain.donors import aftercare
from cellchain.donors.commands.common import INFORMED, DonationField, DonorField, id_of, inform, informed
from cellchain.donors.commands.complications import ComplicationSeen, keep_complications
from cellchain.donors.models import Donation, Donor, DonorVisit
from cellchain.donors.rules import aftercare as rules
from cellchain.donors.rules.harvest import COMPLICATIONS_MAX
from cellchain.donors.rules.lifecycles import Contact
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command, listed
from cellchain.ledger.tx import CommandTx


class VisitResult(CommandResult):
    """A recorded visit, the complications seen at it, and the report to quality where something bears on the cells."""

    visit: int
    donation: str
    complications: list[int]
    information: int | None


class InformationResult(CommandResult):
    """What was reported, and which donations it concerns."""

    information: int
    donor: str
    donations: list[str]


class RecordVisit(Order):
    """One planned visit after a harvest, made or missed. When it was made is the event's time."""

    donation: DonationField
    visit: Annotated[
        Text, Field(min_length=1, max_length=40, title="Visit", json_schema_extra=listed(aftercare.VISITS))
    ]
    contact: Annotated[Contact, Field(title="The donor was")]
    findings: Annotated[
        Text | None,
        Field(max_length=2000, title="Findings", description="Or why the donor was not reached."),
    ] = None
    bears_on_donation: Annotated[
        bool,
        Field(
            title="Something found may matter to whoever gets these cells",
            description="QA is told at once, and everything from this donor is held until QA decides.",
        ),
    ] = False
    complications: Annotated[
        tuple[ComplicationSeen, ...], Field(max_length=COMPLICATIONS_MAX, title="Complications of the donor")
    ] = ()


@command(event="donors:visit:recorded", subject="donation")
def record_visit(tx: CommandTx, by: Actor, order: RecordVisit) -> VisitResult:
    """Record a follow-up visit of a donor.

    What bears on the donation is reported as post-donation information, and quality holds what came of it. Raises
    Refused `donor_visit.unknown`, `.recorded_already`, `.too_early`, `.still_open`, `.nobody_seen`, `.needs_findings`,
    `.needs_cause`, `complication.times`, `.needs_words`.
    """
    donation = tx.lock(Donation, order.donation)
    rules.may_record(
        aftercare.planned_after(tx, donation.ended_at),
        order.visit,
        order.contact,
        tx.day_of(tx.happened_at),
        is_recorded=aftercare.visit_of(tx, donation.code, order.visit) is not None,
        has_words=bool(order.findings),
        bears_on_donation=order.bears_on_donation,
        complications_count=len(order.complications),
    )
    information = None
    if order.bears_on_donation:
        report = inform(tx, by, donation.donor, order.findings or "", "Follow-up visit")
        information = id_of(report.id)
        tx.record(INFORMED, donation.donor, **informed(tx, donation.donor, report))
    row = tx.add(
        DonorVisit(
            donation=donation.code,
            visit=order.visit,
            contact=order.contact,
            made_at=tx.happened_at,
            findings=order.findings,
            information=information,
            recorded_by=by.person,
        )
    )
    seen = keep_complications(tx, by, donation, order.complications, tx.happened_at, row.id)
    tx.note(visit=order.visit, contact=str(order.contact), bears_on_donation=order.bears_on_donation)
    return VisitResult(
        visit=id_of(row.id),
        donation=donation.code,
        complications=[id_of(one.id) for one in seen],
        information=information,
    )


class ReportPostDonationInformation(Order):
    """Something that came to light after a donation: an illness, a travel, a result from elsewhere."""

    donor: DonorField
    information: Annotated[Text, Field(min_length=3, max_length=2000, title="What was learnt")]
    learnt_from: Annotated[Text, Field(min_length=2, max_length=200, title="From whom")]


@command(event="donors:information:reported", subject="donor")
def report_post_donation_information(
    tx: CommandTx, by: Actor, order: ReportPostDonationInformation
) -> InformationResult:
    """Report information about a donor's safety. Quality answers with a hold at once, and decides later."""
    donor = tx.lock(Donor, order.donor)
    report = inform(tx, by, donor.code, order.information, order.learnt_from)
    facts = informed(tx, donor.code, report)
    tx.note(**facts)
    return InformationResult.model_validate(facts)
