"""When a master record is approved, a line is clear, a lot is opened and a donation is received."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, LotKind, LotPhase

CLEARANCE_VALID = timedelta(hours=24)
WORKING = (ContainerKind.TUBE, ContainerKind.VESSEL, ContainerKind.HARVEST_BAG)


def may_review(drafted_by: str, by: str) -> None:
    """Whoever wrote a master record does not review it."""
    if by == drafted_by:
        raise Refused("master_record.own_review", "You drafted this master record. Another person has to review it.")


def may_approve(drafted_by: str, by: str) -> None:
    """Whoever wrote a master record neither approves it nor countersigns its approval."""
    if by == drafted_by:
        raise Refused("master_record.own_draft", "You drafted this master record. Another person has to approve it.")


@dataclass(frozen=True)
class Clearance:
    """A verified clearance that no lot has used yet."""

    verified_at: datetime


@dataclass(frozen=True)
class Source:
    """Where the cells of a lot are to come from. `phase` is the donation's or the bank lot's own."""

    code: str
    kind: LotKind | None
    phase: str
    donor_eligible: bool = True

    @property
    def is_donation(self) -> bool:
        return self.kind is None


def may_clear(open_lot: str | None) -> None:
    """A line is cleared while no lot is open on it."""
    if open_lot is not None:
        raise Refused(
            "clearance.lot_open",
            "Lot {lot} is open at this location. Complete or discard it, then clear the line.",
            lot=open_lot,
        )


def may_verify_clearance(cleared_by: str, by: str) -> None:
    """Two people clear a line."""
    if cleared_by == by:
        raise Refused("clearance.same_person", "You cleared this line. Another person has to look at it and verify.")


def may_open(clearance: Clearance | None, open_lot: str | None, now: datetime) -> None:
    """A lot is opened on a line that is free and was cleared and verified within 24 hours."""
    if open_lot is not None:
        raise Refused(
            "location.occupied",
            "Lot {lot} is open at this location. One place holds one open lot: choose another, or complete that lot.",
            lot=open_lot,
        )
    if clearance is None or now - clearance.verified_at > CLEARANCE_VALID:
        raise Refused(
            "clearance.missing",
            "This line was not cleared and verified within 24 hours. Clear it, let another person verify, then open.",
        )


def may_come_from(kind: LotKind, sources: Sequence[Source]) -> None:
    """A bank lot comes from donations, a product lot from donations or one bank lot, a control lot from nothing."""
    if kind == LotKind.CONTROL:
        if sources:
            raise Refused(
                "lot.sources_unwanted", "A control lot holds no cells. Open it without a donation or a bank lot."
            )
        return
    if not sources:
        raise Refused("lot.sources_missing", "Name the donation or the bank lot that the cells come from.")
    banks = [source for source in sources if not source.is_donation]
    if banks and (kind == LotKind.BANK or len(sources) > 1):
        raise Refused(
            "lot.sources_mixed",
            "A bank lot comes from donations alone, a product lot from donations or from one bank lot.",
        )
    for source in sources:
        _source_ready(source)


def _source_ready(source: Source) -> None:
    if source.is_donation:
        if source.phase != "received":
            raise Refused(
                "donation.not_received",
                "Donation {donation} was not received in the laboratory. Receive it first.",
                donation=source.code,
            )
        if not source.donor_eligible:
            donor_not_eligible(source.code)
    elif source.kind != LotKind.BANK or source.phase not in (LotPhase.COMPLETED, LotPhase.CLOSED):
        raise Refused(
            "lot.not_a_bank", "Lot {lot} is not a completed bank lot. Scan a bank lot or a donation.", lot=source.code
        )


def donor_not_eligible(donation: str) -> None:
    """Raise the refusal that stops work on a donation whose donor is not eligible."""
    raise Refused(
        "donor.not_eligible",
        "The donor of donation {donation} is not eligible. Put the cells aside and tell QA.",
        donation=donation,
    )


def may_receive(*, bag: str, scanned: str, intact: bool, legible: bool, process_by: datetime, now: datetime) -> None:
    """A donation is received as the bag it was harvested into, sound, within its time limit."""
    if bag != scanned:
        raise Refused(
            "donation.wrong_bag",
            "{scanned} is not the harvest bag of this donation. Scan the bag that wears this donation's label.",
            scanned=scanned,
        )
    within_time(process_by, now)
    if not (intact and legible):
        raise Refused("donation.inspection", "The harvest bag did not pass its inspection. Put it aside and tell QA.")


def within_time(process_by: datetime, now: datetime) -> None:
    """Marrow is processed within the time limit of its donation."""
    if now > process_by:
        raise Refused(
            "donation.too_late",
            "This marrow had to be processed by {process_by}. Put it aside and tell QA.",
            process_by=process_by,
        )


def is_left(kind: ContainerKind, phase: ContainerPhase) -> bool:
    """Whether a container keeps its batch from being complete: somebody works in it, and it still holds something."""
    return kind in WORKING and phase == ContainerPhase.IN_USE


def nothing_left(containers: Sequence[tuple[str, ContainerKind, ContainerPhase]]) -> None:
    """At the end of a batch every tube and vessel of it was emptied or discarded: its cells are accounted for."""
    left = [code for code, kind, phase in containers if is_left(kind, phase)]
    if left:
        raise Refused(
            "lot.containers_left",
            "Containers still in use: {count}, the first is {container}. Use or discard them, then complete the batch.",
            count=len(left),
            container=left[0],
        )
