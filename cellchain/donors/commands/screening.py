"""What a laboratory found in a donor's blood."""

from typing import Annotated

from pydantic import Field

from cellchain.donors import queries
from cellchain.donors.commands.common import DonorField, donations_of, id_of
from cellchain.donors.models import Donor, Screening
from cellchain.donors.rules import screening as rules
from cellchain.donors.rules.lifecycles import SCREENING, Assay, Marker, MarkerResult, ScreeningPhase, Stage
from cellchain.kernel.canonical import Json
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Moment, Order, Text, command
from cellchain.ledger.tx import CommandTx


class ScreeningResult(CommandResult):
    """The results that now stand, by their numbers."""

    donor: str
    screenings: dict[Marker, int]


class RecordScreening(Order):
    """One laboratory report on one sample, of one kind of test. A marker that is left empty was not tested."""

    donor: DonorField
    assay: Annotated[Assay, Field(title="Kind of test")] = Assay.SEROLOGY
    stage: Annotated[
        Stage,
        Field(
            title="Which test of this sample",
            description="A reactive sample is repeated in duplicate, and confirmed by another method.",
        ),
    ] = Stage.INITIAL
    sampled_at: Annotated[Moment, Field(title="Sample taken")]
    resulted_at: Annotated[Moment | None, Field(title="Reported by the laboratory")] = None
    method: Annotated[Text, Field(min_length=2, max_length=80, title="Method")]
    report: Annotated[Text, Field(min_length=1, max_length=60, title="Laboratory report number")]
    hiv: Annotated[MarkerResult | None, Field(title="HIV-1/2")] = None
    hbv: Annotated[MarkerResult | None, Field(title="Hepatitis B")] = None
    hcv: Annotated[MarkerResult | None, Field(title="Hepatitis C")] = None
    syphilis: Annotated[MarkerResult | None, Field(title="Syphilis")] = None
    htlv: Annotated[MarkerResult | None, Field(title="HTLV-I/II")] = None
    cmv: Annotated[MarkerResult | None, Field(title="CMV")] = None
    correction: Annotated[
        bool,
        Field(title="Corrects what was entered for this sample", description="The earlier entry stays readable."),
    ] = False
    reason: Annotated[Text | None, Field(max_length=500, title="Reason of the correction")] = None

    def given(self) -> dict[Marker, MarkerResult]:
        """The markers that were tested."""
        results = {marker: getattr(self, marker.value) for marker in Marker}
        return {marker: result for marker, result in results.items() if result is not None}


@command(event="donors:screening:recorded", subject="donor")
def record_screening(tx: CommandTx, by: Actor, order: RecordScreening) -> ScreeningResult:
    """Record a laboratory report.

    A final result replaces the pending one of the same test; a correction replaces a final one and needs a reason. A
    repeat and a confirmation stand beside the first test of the sample. Positive for anything but antibodies to CMV, it
    records `donors:screening:positive` for quality to answer, at the first test already. Raises Refused
    `screening.empty`, `.not_sampled_yet`, `.times`, `.indeterminate`, `.no_result_time`, `.pending_with_time`,
    `.nothing_to_repeat`, `.not_repeated`, `.already_recorded`, `.nothing_to_correct`, `.correction_needs_reason`.
    """
    donor = tx.lock(Donor, order.donor)
    given = order.given()
    rules.may_record(given, order.stage, order.sampled_at, order.resulted_at, tx.now)
    numbers = {marker: _record_marker(tx, by, order, marker, result) for marker, result in given.items()}
    positive: list[Json] = [str(marker) for marker in rules.alarming(given, order.assay)]
    if positive:
        donations: list[Json] = list(donations_of(tx, donor.code))
        tx.record("donors:screening:positive", donor.code, donor=donor.code, donations=donations)
    return ScreeningResult(donor=donor.code, screenings=numbers)


def _record_marker(tx: CommandTx, by: Actor, order: RecordScreening, marker: Marker, result: MarkerResult) -> int:
    earlier = queries.of_sample(tx, order.donor, marker, order.assay, order.sampled_at)
    rules.may_follow(order.stage, {stage: row.result for stage, row in earlier.items()}, marker)
    standing = earlier.get(order.stage)
    known = None if standing is None else standing.result
    rules.may_replace_result(known, order.correction, marker, has_reason=bool(order.reason))
    if standing is not None:
        locked = tx.lock(Screening, standing.id)
        tx.change(locked, phase=SCREENING.move("replace", locked.phase))
    row = tx.add(
        Screening(
            donor=order.donor,
            marker=marker,
            assay=order.assay,
            stage=order.stage,
            result=result,
            sampled_at=order.sampled_at,
            resulted_at=None if result is MarkerResult.PENDING else order.resulted_at,
            method=order.method,
            report=order.report,
            phase=ScreeningPhase.STANDING,
            replaces=None if standing is None else standing.id,
            correction_reason=order.reason if order.correction else None,
            entered_by=by.person,
            entered_at=tx.now,
        )
    )
    return id_of(row.id)
