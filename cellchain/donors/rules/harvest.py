"""A harvest: its times, where marrow was drawn from, what is usual, and what it did to the donor. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cellchain.donors.rules.donor import DonorFacts, standing_problems
from cellchain.donors.rules.lifecycles import ComplicationKind, HarvestSite
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass

# Heparinised marrow reaches the laboratory within 24 hours (domain.md 3.2).
PROCESS_WITHIN = timedelta(hours=24)
# domain.md 3.2: outside the hard bounds nothing is recorded; outside the usual ones a limit is breached.
VOLUME_UL_MIN, VOLUME_UL_MAX = 5_000, 200_000
VOLUME_UL_USUAL = (30_000, 100_000)
HEPARIN_UNITS_MAX = 100_000
HEPARIN_UNITS_PER_ML_USUAL = (10, 100)
# Our own assumption: a bound against slips of the finger, far from what anybody does.
PULLS_COUNT_MAX = 100
# Grades follow the common criteria for adverse events (CTCAE): from 3 on a complication is severe.
GRADE_MIN, GRADE_MAX, GRADE_SEVERE = 1, 5, 3
COMPLICATIONS_MAX = 8


@dataclass(frozen=True)
class Drawn:
    """What was drawn from one site: so many pulls of the syringe, and what they gave together."""

    site: HarvestSite
    pulls_count: int
    volume_ul: int


@dataclass(frozen=True)
class Breach:
    """A value outside its usual bounds, allowed and to be explained. Whole numbers, in `unit`."""

    parameter: str
    value: int
    low: int
    high: int
    unit: str


def may_record_harvest(
    donor: DonorFacts, drawn: Sequence[Drawn], started_at: datetime, ended_at: datetime, now: datetime
) -> None:
    """Whether this donor could give this at these times.

    Raises `harvest.times`, `harvest.site_twice`, `harvest.volume`, or the first of `standing_problems`.
    """
    if not started_at <= ended_at <= now:
        raise Refused("harvest.times", "A harvest ends after it started and not in the future. Check both times.")
    if len({one.site for one in drawn}) < len(drawn):
        raise Refused(
            "harvest.site_twice", "A site stands twice. Enter each site once, with all of its pulls together."
        )
    if not VOLUME_UL_MIN <= total_volume_ul(drawn) <= VOLUME_UL_MAX:
        raise Refused(
            "harvest.volume",
            "All sites together give {volume} mL. A harvest has {least} to {most} mL: check the volumes.",
            volume=total_volume_ul(drawn) / 1000,
            least=VOLUME_UL_MIN // 1000,
            most=VOLUME_UL_MAX // 1000,
        )
    for problem in standing_problems(donor, started_at):
        raise problem


def total_volume_ul(drawn: Sequence[Drawn]) -> int:
    """What went into the bag from all sites."""
    return sum(one.volume_ul for one in drawn)


def harvest_breaches(volume_ul: int, anticoagulant_units: int) -> list[Breach]:
    """What about a harvest lies outside the usual bounds (domain.md 3.2)."""
    found = []
    low, high = VOLUME_UL_USUAL
    if not low <= volume_ul <= high:
        found.append(Breach("volume", volume_ul, low, high, "uL"))
    low, high = HEPARIN_UNITS_PER_ML_USUAL
    if not low * volume_ul <= anticoagulant_units * 1000 <= high * volume_ul:
        found.append(Breach("heparin", anticoagulant_units * 1000 // volume_ul, low, high, "IU/mL"))
    return found


def may_report_complication(
    kind: ComplicationKind, noticed_at: datetime, started_at: datetime, now: datetime, *, has_note: bool
) -> None:
    """Raises Refused `complication.times` or `.needs_words`."""
    if not started_at <= noticed_at <= now:
        raise Refused(
            "complication.times",
            "A complication is noticed after the harvest began and not in the future. Check the time.",
        )
    if kind is ComplicationKind.OTHER and not has_note:
        raise Refused("complication.needs_words", "This kind says nothing by itself. Say in the note what it is.")


def may_resolve(noticed_at: datetime, resolved_at: datetime, now: datetime) -> None:
    """Raises Refused `complication.resolved_times`."""
    if not noticed_at <= resolved_at <= now:
        raise Refused(
            "complication.resolved_times",
            "A complication is over after it was noticed and not in the future. Check the time.",
        )
