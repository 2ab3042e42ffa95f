"""Whether a bank keeps: a plan of time points, what is due at each, and what became of it. Pure.

A stability plan is a specification of the stage `stability`: its limits, and one table `[programme]` that says after
how many months vials are tested, how many days a pull may lie beside its day, how many vials that takes, and how they
are kept. A limit may name `months` of its own; without them it is asked for at every time point.
"""

import calendar
import tomllib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.quality.rules.lifecycles import DispositionPhase, LotKind, Stage
from cellchain.quality.rules.limits import Limit

MALFORMED = "specification.malformed"
MONTHS_MAX, POINTS_MAX = 360, 40
VIALS_MAX = 10
DAYS_IN_SHORTEST_MONTH = 28


class Condition(StrEnum):
    """How the vials of a plan are kept until they are tested."""

    VAPOUR = "vapour"
    ULTRA_COLD = "ultra_cold"

    @property
    def label(self) -> T:
        """In words, with its temperature."""
        return _CONDITIONS[self]


_CONDITIONS: Mapping[Condition, T] = {
    Condition.VAPOUR: T("nitrogen vapour, −140 °C or colder"),
    Condition.ULTRA_COLD: T("freezer, −70 °C or colder"),
}


@dataclass(frozen=True)
class Window:
    """When a time point is due, and between which days its vials may be pulled, both ends included."""

    due_on: date
    opens_on: date
    closes_on: date


@dataclass(frozen=True)
class Programme:
    """The time points of a plan, in months after freezing, and what each of them takes."""

    months: tuple[int, ...]
    window_days: int
    vials_count: int
    condition: Condition

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Programme":
        """The programme that `document` wrote."""
        return cls(
            tuple(document["months"]),
            document["window_days"],
            document["vials_count"],
            Condition(document["condition"]),
        )

    @property
    def vials_needed_count(self) -> int:
        """How many vials all time points take together."""
        return len(self.months) * self.vials_count

    def document(self) -> dict[str, Any]:
        """As the table, the ledger and a signature hold it."""
        return {
            "months": list(self.months),
            "window_days": self.window_days,
            "vials_count": self.vials_count,
            "condition": self.condition.value,
        }

    def window(self, frozen_on: date, month: int) -> Window:
        """The days of one time point of a bank that was frozen on a day."""
        due = months_after(frozen_on, month)
        beside = timedelta(days=self.window_days)
        return Window(due, due - beside, due + beside)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or the last day of that month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


# ---- the plan --------------------------------------------------------------------------------------------------------


def read(source: str, stage: Stage, limits: Sequence[Limit]) -> Programme | None:
    """The programme in a specification file; None for every other stage. Raises Refused `specification.malformed`."""
    if stage is not Stage.STABILITY:
        if any(limit.months for limit in limits):
            raise Refused(MALFORMED, "Only a limit of stability names months. Leave them out.")
        return None
    programme = _programme(tomllib.loads(source).get("programme"))
    for limit in limits:
        if not set(limit.months) <= set(programme.months):
            raise Refused(MALFORMED, "“{test}” names a month that is no time point of the programme.", test=limit.test)
    return programme


def _programme(table: Any) -> Programme:
    if not isinstance(table, dict) or set(table) != {"months", "window_days", "vials_count", "condition"}:
        raise Refused(
            MALFORMED, "A stability plan has a table [programme] with months, window_days, vials_count and condition."
        )
    months, days, vials = table["months"], table["window_days"], table["vials_count"]
    if not isinstance(months, list) or not 1 <= len(months) <= POINTS_MAX or not all(map(_is_month, months)):
        raise Refused(MALFORMED, "A programme has 1 to {most} time points, each a number of months.", most=POINTS_MAX)
    if not _is_count(vials, 1, VIALS_MAX) or not _is_count(days, 0, MONTHS_MAX) or table["condition"] not in _VALUES:
        raise Refused(
            MALFORMED,
            "A programme takes 1 to {most} vials at each time point, whole days beside it, and keeps them in one of: "
            "{conditions}.",
            most=VIALS_MAX,
            conditions=", ".join(sorted(_VALUES)),
        )
    closest = min((after - before for before, after in pairwise([0, *months])), default=1)
    if closest < 1 or 2 * days >= closest * DAYS_IN_SHORTEST_MONTH:
        raise Refused(MALFORMED, "The time points of a programme come one after the other, and no two windows meet.")
    return Programme(tuple(months), days, vials, Condition(table["condition"]))


_VALUES = frozenset(condition.value for condition in Condition)


def _is_month(value: Any) -> bool:
    return _is_count(value, 1, MONTHS_MAX)


def _is_count(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def asked(limits: Sequence[Limit], stage: Stage, month: int | None) -> tuple[Limit, ...]:
    """The limits that a sample may be tested against: one pulled for `month` has those of its time, and no other."""
    if (stage is Stage.STABILITY) is (month is None):
        return ()
    return tuple(limit for limit in limits if month is None or not limit.months or month in limit.months)


# ---- a bank under its plan -------------------------------------------------------------------------------------------


def may_place(
    kind: LotKind,
    phase: DispositionPhase | None,
    programme: Programme | None,
    *,
    placed: bool,
    frozen_on: date | None,
    vials_count: int,
) -> tuple[Programme, date]:
    """The programme that a bank begins, and the day that it counts from.

    Raises Refused `stability.not_a_bank`, `.placed_already`, `.bank_given_up`, `.no_plan`, `.nothing_frozen`,
    `.too_few_vials`.
    """
    if kind is not LotKind.BANK:
        raise Refused("stability.not_a_bank", "Only a cell bank is kept for years. Choose a lot of kind “bank”.")
    if placed:
        raise Refused("stability.placed_already", "This bank is under its stability plan already. Nothing was changed.")
    if phase in (DispositionPhase.REJECTED, DispositionPhase.RECALLED):
        raise Refused(
            "stability.bank_given_up", "This bank was rejected or recalled. Nothing of it is kept for stability."
        )
    if programme is None:
        raise Refused(
            "stability.no_plan",
            "No stability plan is effective for banks. Let QA draft and approve a specification for stability.",
        )
    if frozen_on is None:
        raise Refused("stability.nothing_frozen", "No vial of this lot was frozen yet. Freeze the bank first.")
    if vials_count < programme.vials_needed_count:
        raise Refused(
            "stability.too_few_vials",
            "The plan takes {needed} vials, and this bank has {count} left. Draft a plan with fewer time points.",
            needed=programme.vials_needed_count,
            count=vials_count,
        )
    return programme, frozen_on


@dataclass(frozen=True)
class Served:
    """What became of one time point so far: how many vials were pulled, and whether it was reported as missed."""

    pulled_count: int = 0
    reported: bool = False


def may_pull(programme: Programme, frozen_on: date, month: int, served: Served, today: date) -> None:
    """A vial is pulled within the window of its time point.

    Raises Refused `stability.no_such_point`, `.point_settled`, `.too_early`, `.too_late`.
    """
    window = _open_point(programme, frozen_on, month, served)
    if today < window.opens_on:
        raise Refused(
            "stability.too_early",
            "This time point is due {due}. Vials are pulled from {opens} to {closes}.",
            due=window.due_on,
            opens=window.opens_on,
            closes=window.closes_on,
        )
    if today > window.closes_on:
        raise Refused(
            "stability.too_late",
            "The window of this time point closed on {closes}. Tell QA, who reports it as missed.",
            closes=window.closes_on,
        )


def may_report_missed(programme: Programme, frozen_on: date, month: int, served: Served, today: date) -> None:
    """A time point is missed once its window has closed.

    Raises Refused `stability.no_such_point`, `.point_settled`, `.not_missed_yet`.
    """
    window = _open_point(programme, frozen_on, month, served)
    if today <= window.closes_on:
        raise Refused(
            "stability.not_missed_yet",
            "The window of this time point is open until {closes}. Pull its vials until then.",
            closes=window.closes_on,
        )


def _open_point(programme: Programme, frozen_on: date, month: int, served: Served) -> Window:
    if month not in programme.months:
        raise Refused(
            "stability.no_such_point",
            "The plan has no time point at {month} months. Its months are: {months}.",
            month=month,
            months=", ".join(map(str, programme.months)),
        )
    if served.reported or served.pulled_count >= programme.vials_count:
        raise Refused(
            "stability.point_settled",
            "This time point has its vials already, or was reported as missed. Nothing was changed.",
        )
    return programme.window(frozen_on, month)


def may_come_from(*, is_vial: bool, is_stored: bool, of_lot: bool) -> None:
    """What is pulled is a vial of the bank that lies in its store. Raises Refused `stability.not_a_vial_of_it`."""
    if not (is_vial and is_stored and of_lot):
        raise Refused(
            "stability.not_a_vial_of_it",
            "This is no vial of this bank that is still stored. Take one from its list of vials, and scan it.",
        )


# ---- testing ---------------------------------------------------------------------------------------------------------


def at_its_stage(stage: Stage, month: int | None) -> None:
    """A sample that was pulled for stability is tested for stability, and no other is.

    Raises Refused `stability.not_pulled`, `.other_stage`.
    """
    if stage is Stage.STABILITY and month is None:
        raise Refused(
            "stability.not_pulled",
            "This sample was not pulled for a time point of a stability plan. Enter its result at another stage.",
        )
    if stage is not Stage.STABILITY and month is not None:
        raise Refused(
            "stability.other_stage",
            "This sample was pulled for stability at {month} months. Enter its results at the stage of stability.",
            month=month,
        )


def is_asked(limit: Limit, month: int | None) -> None:
    """A time point has its own tests. Raises Refused `stability.not_at_this_point`."""
    if limit.months and month not in limit.months:
        raise Refused(
            "stability.not_at_this_point",
            "The plan does not ask for this test at {month} months. Enter a test that it asks for.",
            month=month,
        )


# ---- how it stands ---------------------------------------------------------------------------------------------------


class Standing(StrEnum):
    """How a time point stands. `overdue` is past its day and still in its window; `missed` is past both."""

    AHEAD = "ahead"
    DUE = "due"
    OVERDUE = "overdue"
    MISSED = "missed"
    TESTING = "testing"
    PASSED = "passed"
    FAILED = "failed"


WAITING = frozenset({Standing.DUE, Standing.OVERDUE})


@dataclass(frozen=True)
class Progress:
    """How far the tests of a time point are: what is asked, what was verified, what was out of its limit."""

    asked: AbstractSet[str]
    verified: AbstractSet[str]
    failed: AbstractSet[str]


def standing(window: Window, served: Served, vials_count: int, progress: Progress, today: date) -> Standing:
    """How a time point stands: what is wrong with it before what is still to do."""
    if progress.failed:
        return Standing.FAILED
    if served.reported:
        return Standing.MISSED
    if served.pulled_count >= vials_count:
        return Standing.PASSED if progress.asked <= progress.verified else Standing.TESTING
    if today > window.closes_on:
        return Standing.MISSED
    if today < window.opens_on:
        return Standing.AHEAD
    return Standing.DUE if today <= window.due_on else Standing.OVERDUE
