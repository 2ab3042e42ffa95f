"""What a donor is tested for, what several tests of one sample come to, and for how long a sample counts. Pure.

A sample is tested once. If it is reactive, the same sample is tested again in duplicate; if it stays reactive, another
method confirms it or does not. A reactive sample that nothing cleared counts against the donor, whatever later samples
say: only the laboratory's own repeat, confirmation or correction clears it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import reduce

from pydantic import Field

from cellchain.donors.rules.lifecycles import Assay, Conclusion, Marker, MarkerResult, Stage
from cellchain.donors.rules.words import Days, Part
from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass

Key = tuple[Marker, Assay]
# What counts against a donor from any sample, newest or not.
SUSPECT = frozenset({Conclusion.REACTIVE, Conclusion.REPEATEDLY_REACTIVE, Conclusion.POSITIVE})


class AssayPlan(Part):
    """The markers that are looked for with one kind of test, and for how many days its sample counts."""

    markers: tuple[Marker, ...] = Field(min_length=1)
    days: Days = Field(ge=1)


class Panel(Part):
    """What every donor is tested for."""

    version: int = Field(ge=1)
    serology: AssayPlan
    nucleic_acid: AssayPlan

    def plan(self, assay: Assay) -> AssayPlan:
        """What is looked for with one kind of test."""
        return self.serology if assay is Assay.SEROLOGY else self.nucleic_acid

    def window(self, assay: Assay) -> timedelta:
        """For how long a sample counts."""
        return timedelta(days=self.plan(assay).days)

    @property
    def wanted(self) -> tuple[Key, ...]:
        """Every test that a donor needs, in the order of the markers."""
        return tuple((marker, assay) for marker in Marker for assay in Assay if marker in self.plan(assay).markers)


@dataclass(frozen=True)
class MarkerFacts:
    """One standing result: of which test, for which sample, and who entered it."""

    marker: Marker
    result: MarkerResult
    sampled_at: datetime
    resulted_at: datetime | None
    entered_by: str
    assay: Assay = Assay.SEROLOGY
    stage: Stage = Stage.INITIAL


@dataclass(frozen=True)
class Finding:
    """What the tests of one sample come to, for one marker and assay. `was_reactive`: its first test was positive."""

    marker: Marker
    assay: Assay
    sampled_at: datetime
    conclusion: Conclusion
    was_reactive: bool

    @property
    def key(self) -> Key:
        """Marker and assay."""
        return self.marker, self.assay

    @property
    def is_suspect(self) -> bool:
        """Whether it counts against the donor: reactive, not cleared, and nothing that most healthy adults carry."""
        return self.conclusion in SUSPECT and not is_tolerated(self.marker, self.assay)


def is_tolerated(marker: Marker, assay: Assay) -> bool:
    """Antibodies to CMV are common among healthy adults and no ground for refusal; the virus itself is."""
    return marker is Marker.CMV and assay is Assay.SEROLOGY


def conclude(stages: Mapping[Stage, MarkerResult]) -> Conclusion:
    """What the tests of one sample come to."""
    first = stages.get(Stage.INITIAL, MarkerResult.PENDING)
    if first is not MarkerResult.POSITIVE:
        return Conclusion.NEGATIVE if first is MarkerResult.NEGATIVE else Conclusion.PENDING
    again = stages.get(Stage.REPEAT, MarkerResult.PENDING)
    if again is not MarkerResult.POSITIVE:
        return Conclusion.NEGATIVE if again is MarkerResult.NEGATIVE else Conclusion.REACTIVE
    confirmed = stages.get(Stage.CONFIRMATORY, MarkerResult.PENDING)
    return Conclusion.REPEATEDLY_REACTIVE if confirmed is MarkerResult.PENDING else Conclusion(confirmed.value)


def findings(results: Iterable[MarkerFacts]) -> list[Finding]:
    """One finding for each sample, marker and assay, oldest sample first."""
    grouped: dict[tuple[Marker, Assay, datetime], dict[Stage, MarkerResult]] = {}
    for result in results:
        grouped.setdefault((result.marker, result.assay, result.sampled_at), {})[result.stage] = result.result
    found = [
        Finding(marker, assay, at, conclude(stages), stages.get(Stage.INITIAL) is MarkerResult.POSITIVE)
        for (marker, assay, at), stages in grouped.items()
    ]
    return sorted(found, key=lambda finding: finding.sampled_at)


def newest(results: Iterable[MarkerFacts]) -> dict[Key, Finding]:
    """The finding of the newest sample for each marker and assay."""
    return {finding.key: finding for finding in findings(results)}


def valid_until(results: Iterable[MarkerFacts], panel: Panel) -> datetime | None:
    """How long the newest samples of the panel carry a determination: until the first of their windows ends."""
    current = newest(results)
    ends = (current[key].sampled_at + panel.window(key[1]) for key in panel.wanted if key in current)
    return min(ends, default=None)


def alarming(given: Mapping[Marker, MarkerResult], assay: Assay) -> list[Marker]:
    """The markers whose positive result is told at once to whoever has something of this donor."""
    return [marker for marker in given if given[marker] is MarkerResult.POSITIVE and not is_tolerated(marker, assay)]


def may_record(
    given: Mapping[Marker, MarkerResult],
    stage: Stage,
    sampled_at: datetime,
    resulted_at: datetime | None,
    now: datetime,
) -> None:
    """Raises Refused `screening.empty`, `.not_sampled_yet`, `.times`, `.no_result_time`, `.pending_with_time` or
    `.indeterminate`."""
    if not given:
        raise Refused("screening.empty", "No result is given. Enter at least one marker.")
    if sampled_at > now:
        raise Refused("screening.not_sampled_yet", "The sample lies in the future. Enter when it was taken.")
    if stage is not Stage.CONFIRMATORY and MarkerResult.INDETERMINATE in given.values():
        raise Refused(
            "screening.indeterminate",
            "Only a confirmatory test ends indeterminate. Enter what this test showed: negative or positive.",
        )
    is_pending = all(result is MarkerResult.PENDING for result in given.values())
    if resulted_at is None and not is_pending:
        raise Refused("screening.no_result_time", "A final result has a time. Enter when the laboratory reported it.")
    if resulted_at is not None and is_pending:
        raise Refused(
            "screening.pending_with_time", "Pending results have no time of result. Leave it empty until they arrive."
        )
    if resulted_at is not None and not sampled_at <= resulted_at <= now:
        raise Refused("screening.times", "A result comes after its sample and not in the future. Check both times.")


def may_follow(stage: Stage, earlier: Mapping[Stage, MarkerResult], marker: Marker) -> None:
    """A sample is repeated where it was reactive, and confirmed where the repeat was reactive as well.

    Raises Refused `screening.nothing_to_repeat` or `.not_repeated`.
    """
    if stage is Stage.REPEAT and earlier.get(Stage.INITIAL) is not MarkerResult.POSITIVE:
        raise Refused(
            "screening.nothing_to_repeat",
            "{marker} was not reactive in this sample. Record a repeat only of what was, with the sample's own time.",
            marker=marker.label,
        )
    if stage is Stage.CONFIRMATORY and earlier.get(Stage.REPEAT) is not MarkerResult.POSITIVE:
        raise Refused(
            "screening.not_repeated",
            "{marker} was not reactive in a repeat of this sample. Repeat it first, then confirm.",
            marker=marker.label,
        )


def may_replace_result(standing: MarkerResult | None, correction: bool, marker: Marker, has_reason: bool) -> None:
    """What a new result may do to the one that stands for the same test of the same sample.

    A pending one is replaced by the final result. Any other only by a correction, which gives a reason. Raises Refused
    `screening.already_recorded`, `.nothing_to_correct` or `.correction_needs_reason`.
    """
    if correction and not has_reason:
        raise Refused("screening.correction_needs_reason", "A corrected result needs a reason. Say what was wrong.")
    if correction and standing is None:
        raise Refused(
            "screening.nothing_to_correct",
            "{marker} has no result for a sample of this time. Record it as a new result.",
            marker=marker.label,
        )
    if not correction and standing not in (None, MarkerResult.PENDING):
        raise Refused(
            "screening.already_recorded",
            "{marker} is already recorded for this sample. Enter a correction if it is wrong.",
            marker=marker.label,
        )


def suspicions(results: Iterable[MarkerFacts]) -> Iterator[Refused]:
    """What speaks against a donor at any time: `donor.screening_positive`, `_reactive`, `_indeterminate`."""
    found = findings(results)
    positive = [one for one in found if one.is_suspect and one.conclusion is Conclusion.POSITIVE]
    if positive:
        yield Refused(
            "donor.screening_positive",
            "Positive: {markers}. This donor cannot be eligible unless the result is corrected.",
            markers=_listed(one.key for one in positive),
        )
    reactive = [one for one in found if one.is_suspect and one.conclusion is not Conclusion.POSITIVE]
    if reactive:
        yield Refused(
            "donor.screening_reactive",
            "Reactive and not cleared: {markers}. Have the sample repeated, and confirmed if it stays reactive.",
            markers=_listed(one.key for one in reactive),
        )
    unclear = [one for one in newest(results).values() if one.conclusion is Conclusion.INDETERMINATE]
    if unclear:
        yield Refused(
            "donor.screening_indeterminate",
            "Indeterminate: {markers}. Defer the donor, and take a new sample then.",
            markers=_listed(one.key for one in unclear),
        )


def problems(
    results: tuple[MarkerFacts, ...], panel: Panel, harvested_at: datetime | None, now: datetime
) -> Iterator[Refused]:
    """What is wrong with a donor's screening, gravest first.

    `suspicions`, then `donor.screening_missing`, `_used` (the sample was taken for an earlier donation), `_pending`,
    `_too_old`.
    """
    yield from suspicions(results)
    current = newest(results)
    missing = [key for key in panel.wanted if key not in current]
    if missing:
        yield Refused(
            "donor.screening_missing", "Not tested: {markers}. The whole panel is needed.", markers=_listed(missing)
        )
    wanted = [current[key] for key in panel.wanted if key in current]
    used = [one for one in wanted if harvested_at is not None and one.sampled_at <= harvested_at]
    if used:
        yield Refused(
            "donor.screening_used",
            "Sampled before the last harvest: {markers}. Each donation takes a new panel.",
            markers=_listed(one.key for one in used),
        )
    pending = [one for one in wanted if one.conclusion is Conclusion.PENDING]
    if pending:
        yield Refused(
            "donor.screening_pending",
            "Still pending: {markers}. Wait for the results.",
            markers=_listed(one.key for one in pending),
        )
    for assay in Assay:
        window = panel.window(assay)
        old = [one for one in wanted if one.assay is assay and now - one.sampled_at > window and one not in used]
        if old:
            yield Refused(
                "donor.screening_too_old",
                "The sample is older than {days} days: {markers}. Take a new one.",
                days=window.days,
                markers=_listed(one.key for one in old),
            )


def named(key: Key) -> T:
    """A test in words: serology by its marker alone, the rest by marker and assay."""
    marker, assay = key
    return marker.label if assay is Assay.SEROLOGY else T("{marker}, nucleic acid", marker=marker.label)


def _listed(keys: Iterable[Key]) -> T:
    """Tests in one sentence, each once and each still translatable."""
    names = [named(key) for key in dict.fromkeys(keys)]
    return reduce(lambda these, another: T("{these}; {another}", these=these, another=another), names)
