"""The data of a study as an analysis reads them: a row for each recipient, visit and outcome. Pure.

It is made from row images as the ledger tells them (canonical forms, open columns alone), so that the same entries give
the same rows at any later time. Days are counted from the anchor of the visits, and no row bears a calendar date.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from cellchain.followup import rules
from cellchain.followup.baselines import Base, change_permille, chosen, may_be_base, of_trial
from cellchain.followup.lifecycles import MeasurementPhase, VisitPhase
from cellchain.kernel.values import dataclass
from cellchain.trial.definition import Outcome, StudyDefinition, Visit
from cellchain.trial.lung.rules import Judged, told

BASELINE = "baseline"
MEASURED, MISSING, NOT_ENTERED = "measured", "missing", "not_entered"
UNUSABLE = "unusable"  # measured, but no summary counts it
NOT_DUE, DUE, OVERDUE = "not_due", "due", "overdue"
Image = Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """Row images of one study. `arms` is empty where they stay hidden; `today` is the site's day that is told."""

    study: StudyDefinition
    recipients: Sequence[Image]
    baselines: Sequence[Image]
    infusions: Sequence[Image]
    visits: Sequence[Image]
    measurements: Sequence[Image]
    walks: Sequence[Image]
    arms: Mapping[str, str]
    today: date
    zone: tzinfo


@dataclass(frozen=True)
class Row:
    """One outcome of one recipient at one visit. Values are whole numbers, as they are stored; days from the anchor."""

    recipient: str
    site: str
    sex: str
    arm: str | None
    visit: str
    week: int | None
    scheduled: bool
    due_day: int | None
    window_from_day: int | None
    window_until_day: int | None
    visit_day: int | None
    outcome: Outcome
    status: str
    missing_reason: str | None = None
    value: int | None = None
    base: int | None = None
    base_day: int | None = None
    measurement: Image | None = None
    walk: Image | None = None
    judged: Judged | None = None

    @property
    def days_outside(self) -> int | None:
        """How many days outside its window; None where it has none or did not take place."""
        if not self.scheduled or None in (self.visit_day, self.window_from_day, self.window_until_day):
            return None
        day, begin, end = self.visit_day or 0, self.window_from_day or 0, self.window_until_day or 0
        return min(0, day - begin) + max(0, day - end)

    @property
    def change(self) -> int | None:
        """The change from baseline, in the unit of the value."""
        return None if self.value is None or self.base is None or self.is_baseline else self.value - self.base

    @property
    def change_permille(self) -> int | None:
        """The change relative to baseline, tenths of a percent."""
        if self.value is None or self.base is None or self.is_baseline:
            return None
        return change_permille(self.value, self.base)

    @property
    def counts(self) -> bool:
        """Whether a summary counts it: a test of grade F had no acceptable try. The data tell it all the same."""
        return may_be_base(self.of_measurement("grade"))

    @property
    def is_baseline(self) -> bool:
        """Whether this row tells the baseline itself."""
        return self.visit == BASELINE

    def of_measurement(self, column: str) -> Any:
        """A column of the measurement, or None."""
        return None if self.measurement is None else self.measurement.get(column)

    def of_judged(self, field: str) -> Any:
        """What the value is against its prediction, or None."""
        return None if self.judged is None else getattr(self.judged, field)

    def of_walk(self, column: str) -> Any:
        """A column of the walk, or None."""
        return None if self.walk is None else self.walk.get(column)


def rows(source: Source) -> list[Row]:
    """Every row, by recipient, then by day due, then by outcome in the order of the definition."""
    visits = _by(source.visits, "recipient")
    baselines, infusions = _by(source.baselines, "recipient"), _by(source.infusions, "recipient")
    current = [one for one in source.measurements if one["phase"] == MeasurementPhase.CURRENT]
    measured = _by(current, "visit")
    walks = {one["measurement"]: one for one in source.walks}
    found: list[Row] = []
    for recipient in sorted(source.recipients, key=lambda one: str(one["code"])):
        if recipient["randomised_at"] is None:
            continue
        told = _Told(
            source,
            recipient,
            baselines[recipient["code"]],
            infusions[recipient["code"]],
            visits[recipient["code"]],
            measured,
            walks,
        )
        found += told.rows()
    return found


def _by(images: Iterable[Image], column: str) -> defaultdict[Any, list[Image]]:
    found: defaultdict[Any, list[Image]] = defaultdict(list)
    for image in images:
        found[image[column]].append(image)
    return found


def _judged_of(measurement: Image) -> Judged | None:
    return told(measurement["equation"], measurement["height_mm"], measurement["judged"])


@dataclass(frozen=True)
class _Told:
    """One recipient's images."""

    source: Source
    recipient: Image
    baselines: Sequence[Image]
    infusions: Sequence[Image]
    visits: Sequence[Image]
    measured: Mapping[Any, Sequence[Image]]
    walks: Mapping[Any, Image]

    def rows(self) -> Iterator[Row]:
        study = self.source.study
        outcomes = {one.code: one for one in study.outcomes}
        # An amendment may have taken an outcome out of a visit: what was measured before that is told all the same.
        measured = {one["outcome"] for visit in self.visits for one in self.measured.get(visit["id"], ())}
        planned = dict.fromkeys(code for visit in study.visits for code in visit.measures)
        codes = [*planned, *(code for code in outcomes if code in measured and code not in planned)]
        bases = {code: self._base(outcomes[code]) for code in codes}
        for code in codes:
            yield self._baseline(outcomes[code], bases[code])
        for image in sorted(self.visits, key=lambda one: (one["due_on"], one["id"])):
            known = rules.visit_of(study, image["code"])
            entered = {one["outcome"]: one for one in self.measured.get(image["id"], ())}
            for code in codes:
                # An unscheduled visit owes nothing: what was measured at it is told, and nothing else.
                if code in entered or (code in known.measures and image["scheduled"]):
                    yield self._row(image, known, outcomes[code], entered.get(code), bases[code])

    @property
    def anchor(self) -> date:
        """The day that weeks count from."""
        return rules.anchor_day(self._first_infused, self._day(self.recipient["randomised_at"]))

    @property
    def _first_infused(self) -> date | None:
        return min((self._day(one["started_at"]) for one in self.infusions), default=None)

    def _day(self, moment: str) -> date:
        return datetime.fromisoformat(moment).astimezone(self.source.zone).date()

    def _since(self, on: str | None) -> int | None:
        return None if on is None else (date.fromisoformat(on) - self.anchor).days

    def _base(self, outcome: Outcome) -> Base | None:
        latest = max(self.baselines, key=lambda one: int(one["id"]), default=None)
        first = None
        if latest is not None:
            first = of_trial(outcome, date.fromisoformat(latest["measured_on"]), latest)
        candidates = [] if first is None else [first]
        candidates += [
            Base(date.fromisoformat(visit["visited_on"]), one["value"], visit["id"], _judged_of(one))
            for visit in self.visits
            for one in self.measured.get(visit["id"], ())
            if one["outcome"] == outcome.code and one["value"] is not None and may_be_base(one["grade"])
        ]
        return chosen(candidates, self.anchor)

    def _shared(self, outcome: Outcome, base: Base | None) -> dict[str, Any]:
        return {
            "recipient": self.recipient["code"],
            "site": self.recipient["site"],
            "sex": self.recipient["sex"],
            "arm": self.source.arms.get(self.recipient["code"]),
            "outcome": outcome,
            "base": None if base is None else base.value,
            "base_day": None if base is None else (base.on - self.anchor).days,
        }

    def _baseline(self, outcome: Outcome, base: Base | None) -> Row:
        return Row(
            **self._shared(outcome, base),
            visit=BASELINE,
            week=0,
            scheduled=True,
            due_day=None,
            window_from_day=None,
            window_until_day=None,
            visit_day=None if base is None else (base.on - self.anchor).days,
            status=NOT_ENTERED if base is None else MEASURED,
            value=None if base is None else base.value,
            judged=None if base is None else base.judged,
        )

    def _row(self, image: Image, known: Visit, outcome: Outcome, one: Image | None, base: Base | None) -> Row:
        planned = bool(image["scheduled"])
        return Row(
            **self._shared(outcome, base),
            visit=known.code,
            week=known.week if planned else None,
            scheduled=planned,
            due_day=self._since(image["due_on"]) if planned else None,
            window_from_day=self._since(image["window_from"]) if planned else None,
            window_until_day=self._since(image["window_until"]) if planned else None,
            visit_day=self._since(image["visited_on"]),
            status=self._status(image, one),
            missing_reason=image["missing_reason"] if one is None else one["missing_reason"],
            value=None if one is None else one["value"],
            measurement=one,
            judged=None if one is None else _judged_of(one),
            walk=None if one is None else self.walks.get(one["id"]),
        )

    def _status(self, image: Image, one: Image | None) -> str:
        if one is not None:
            return MEASURED if one["value"] is not None else MISSING
        if image["phase"] == VisitPhase.MISSED:
            return MISSING
        if image["phase"] == VisitPhase.DONE:
            return NOT_ENTERED
        today = self.source.today.isoformat()
        if today < image["window_from"]:
            return NOT_DUE
        return DUE if today <= image["window_until"] else OVERDUE
