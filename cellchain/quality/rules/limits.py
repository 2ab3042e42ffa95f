"""Limits of a specification: how they are written down, and what a value means against one. Pure.

A specification file has one table a limit under the name of its stage (`[[conditional]]`). Values are exact decimals or
words from a list: a misspelt word is refused and never counts as a failure.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.quality.rules.doses import HOUSE_WORST, DoseLimit, Giving
from cellchain.quality.rules.lifecycles import LotKind, Outcome, Stage

LIMITS_MAX = 60
SOURCE_LENGTH_MAX = 20_000
NAME_LENGTH_MAX = 80
MALFORMED = "specification.malformed"
HUNDRED = Decimal(100)
# Twelve digits before the point are more than any count of cells needs, and no exponent can hide in them.
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(?:[.,][0-9]{1,9})?")
# What an instrument cannot tell any more: less than the least that it sees, or more than the most.
BELOW, ABOVE = "<", ">"


class LimitKind(StrEnum):
    """How a value is held against its limit. `report` is written down and never fails.

    `dose` is computed: a concentration is measured, and the limit is what a bag may bring to its recipient.
    """

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BETWEEN = "between"
    ONE_OF = "one_of"
    REPORT = "report"
    DOSE = "dose"


# What the house's own tests are called; a test of another name is shown by the title in its specification.
TITLES: Mapping[str, T] = {
    "viable_cells": T("Viable cells, lowest bag"),
    "viability": T("Viability"),
    "viability_after_thaw": T("Viability after thaw"),
    "recovery_after_thaw": T("Recovery after thaw"),
    "volume": T("Volume"),
    "appearance": T("Appearance"),
    "bag_integrity": T("Bag and seals"),
    "confluence": T("Confluence"),
    "cd73": T("CD73⁺"),
    "cd90": T("CD90⁺"),
    "cd105": T("CD105⁺"),
    "cd34": T("CD34⁺"),
    "cd45": T("CD45⁺"),
    "cd14": T("CD14⁺"),
    "cd19": T("CD19⁺"),
    "hla_dr": T("HLA-DR⁺"),
    "endotoxin": T("Endotoxin"),
    "gram_stain": T("Gram stain"),
    "mycoplasma": T("Mycoplasma, PCR"),
    "karyotype": T("Karyotype"),
    "sterility_72h": T("Sterility, sample at −72 h"),
    "sterility_48h": T("Sterility, sample at −48 h"),
    "sterility_in_process": T("Sterility on the way"),
    "sterility_14d": T("Sterility, 14-day culture"),
    "trilineage": T("Differentiation into bone, fat and cartilage"),
}
GROUPS: Mapping[str, T] = {
    "dose": T("Dose and viability"),
    "identity": T("Identity"),
    "safety": T("Safety"),
    "potency": T("Potency"),
    "container": T("Container"),
}
WORDS: Mapping[str, T] = {
    "no growth": T("no growth"),
    "growth": T("growth"),
    "no organisms": T("no organisms"),
    "organisms seen": T("organisms seen"),
    "negative": T("negative"),
    "positive": T("positive"),
    "normal": T("normal"),
    "abnormal": T("abnormal"),
    "clear": T("clear"),
    "particles or colour": T("particles or colour"),
    "even suspension": T("even suspension"),
    "clumps or particles": T("clumps or particles"),
    "intact": T("intact"),
    "damaged": T("damaged"),
    "all three": T("all three"),
    "two of three": T("two of three"),
    "one of three": T("one of three"),
    "none": T("none"),
}


@dataclass(frozen=True)
class Limit:
    """What one test has to show. `low` and `high` are in `unit`; `due_days` counts from the start of a slow test.

    `per_kg` and `per_kg_hour` are the most that a bag may bring, in the units counted by `unit` (EU of EU/mL). `months`
    are the time points of a stability plan at which it is asked for; empty, all of them.
    """

    test: str
    group: str
    kind: LimitKind
    title: str = ""
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    per_kg: Decimal | None = None
    per_kg_hour: Decimal | None = None
    passing: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    due_days: int | None = None
    months: tuple[int, ...] = ()
    method: str = ""
    source: str = ""

    @property
    def name(self) -> T:
        """What the test is called."""
        return TITLES.get(self.test) or T(self.title or self.test.replace("_", " "))

    @property
    def group_name(self) -> T:
        """The heading that the test stands under."""
        return GROUPS.get(self.group) or T(self.group.replace("_", " "))

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that this test may be answered with; empty for a number."""
        return (*self.passing, *self.failing)

    @property
    def required(self) -> bool:
        """Whether a release waits for it to pass. A test that is only reported has to be entered, whatever it shows."""
        return self.kind is not LimitKind.REPORT

    @property
    def dose(self) -> DoseLimit | None:
        """The most that a bag may bring, where the limit is computed."""
        return DoseLimit(self.per_kg, self.per_kg_hour) if self.kind is LimitKind.DOSE else None

    @property
    def counted(self) -> str:
        """What is counted in a millilitre: `EU` of `EU/mL`."""
        return self.unit.partition("/")[0]

    def outcome(self, value: str, giving: Giving | None = None) -> Outcome:
        """What `value` means; a computed limit looks at how the bag is given.

        Raises Refused `result.not_a_number`, `result.wrong_bound`, `result.unknown_word`.
        """
        if self.words:
            return self._outcome_of_word(value)
        found = self._measured(value)
        if self.kind is LimitKind.REPORT:
            return Outcome.PASSED
        if self.dose is not None:
            return Outcome.PASSED if self.dose.holds(found, giving or HOUSE_WORST) else Outcome.FAILED
        too_low = self.low is not None and found < self.low
        too_high = self.high is not None and found > self.high
        return Outcome.FAILED if too_low or too_high else Outcome.PASSED

    def place_permille(self, value: str, giving: Giving | None = None) -> int | None:
        """Where a number lies between the ends of its limit, 0 to 1000; None for words, reports and open ends.

        A limit with one end is drawn towards 0 or 100 where it is a share, and towards twice itself otherwise.
        """
        if self.words or self.kind is LimitKind.REPORT:
            return None
        found = measured(value)
        if self.dose is not None:
            return int(min(Fraction(1), self.dose.share(found, giving or HOUSE_WORST)) * 1000)
        low = self.low if self.low is not None else Decimal(0)
        high = self.high
        if high is None:
            high = HUNDRED if self.unit == "%" else low * 2
        if high <= low:
            return None
        share = (found - low) / (high - low)
        return int(max(Decimal(0), min(Decimal(1), share)) * 1000)

    def document(self) -> dict[str, Any]:
        """As the table, the ledger and a signature hold it: decimals as text, what is empty left out."""
        held = {
            "test": self.test,
            "group": self.group,
            "kind": self.kind.value,
            "title": self.title,
            "unit": self.unit,
            "low": None if self.low is None else str(self.low),
            "high": None if self.high is None else str(self.high),
            "per_kg": None if self.per_kg is None else str(self.per_kg),
            "per_kg_hour": None if self.per_kg_hour is None else str(self.per_kg_hour),
            "passing": list(self.passing),
            "failing": list(self.failing),
            "due_days": self.due_days,
            "months": list(self.months),
            "method": self.method,
            "source": self.source,
        }
        return {name: value for name, value in held.items() if value not in (None, "", [])}

    def _measured(self, value: str) -> Decimal:
        """The number in `value`; a bound counts as itself, which is the worst that it can mean."""
        bound = value[:1] if value[:1] in (BELOW, ABOVE) else ""
        proves = {LimitKind.AT_MOST: BELOW, LimitKind.DOSE: BELOW, LimitKind.AT_LEAST: ABOVE}
        if bound and self.kind is not LimitKind.REPORT and proves.get(self.kind) != bound:
            raise Refused(
                "result.wrong_bound",
                "“{value}” does not show that this limit is kept. Measure again, so that there is a number.",
                value=value,
            )
        found = measured(value)
        if self.kind is LimitKind.DOSE and found < 0:
            raise _no_number(value)
        return found

    def _outcome_of_word(self, value: str) -> Outcome:
        if value not in self.words:
            raise Refused(
                "result.unknown_word",
                "“{value}” is not an answer to this test. It is one of: {words}.",
                value=value,
                words=", ".join(self.words),
            )
        return Outcome.FAILED if value in self.failing else Outcome.PASSED


def is_number(value: str) -> bool:
    """Whether `value` is written as a measured number."""
    return _NUMBER.fullmatch(value) is not None


def number(value: str) -> Decimal:
    """A measured number, written with a point or a comma. Raises Refused `result.not_a_number`."""
    if not is_number(value):
        raise _no_number(value)
    return Decimal(value.replace(",", "."))


def measured(value: str) -> Decimal:
    """The number in a value that may be a bound, such as `<0.05`. Raises Refused `result.not_a_number`."""
    return number(value[1:].strip() if value[:1] in (BELOW, ABOVE) else value)


def _no_number(value: str) -> Refused:
    return Refused("result.not_a_number", "“{value}” is not a number. Enter digits and a point.", value=value)


def from_document(rows: Iterable[Mapping[str, Any]]) -> tuple[Limit, ...]:
    """The limits that `Limit.document` wrote."""
    return tuple(
        Limit(
            test=row["test"],
            group=row["group"],
            kind=LimitKind(row["kind"]),
            title=row.get("title", ""),
            unit=row.get("unit", ""),
            low=None if "low" not in row else Decimal(row["low"]),
            high=None if "high" not in row else Decimal(row["high"]),
            per_kg=None if "per_kg" not in row else Decimal(row["per_kg"]),
            per_kg_hour=None if "per_kg_hour" not in row else Decimal(row["per_kg_hour"]),
            passing=tuple(row.get("passing", ())),
            failing=tuple(row.get("failing", ())),
            due_days=row.get("due_days"),
            months=tuple(row.get("months", ())),
            method=row.get("method", ""),
            source=row.get("source", ""),
        )
        for row in rows
    )


def read(source: str, kind: LotKind, stage: Stage) -> tuple[str, tuple[Limit, ...]]:
    """Name and limits of `stage` in a specification file for lots of `kind`. Raises `specification.malformed`."""
    try:
        file = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise Refused(MALFORMED, "The file is not well-formed TOML: {fault}.", fault=str(error)) from error
    if file.get("kind") != kind.value:
        raise Refused(MALFORMED, "The file is for lots of another kind. It needs kind = “{kind}”.", kind=kind.value)
    entries = file.get(stage.value, [])
    if not isinstance(entries, list) or not 1 <= len(entries) <= LIMITS_MAX:
        raise Refused(MALFORMED, "Stage “{stage}” needs 1 to {most} limits.", stage=stage.value, most=LIMITS_MAX)
    limits = tuple(_limit(entry) for entry in entries)
    names = [limit.test for limit in limits]
    if len(set(names)) < len(names):
        raise Refused(MALFORMED, "A test stands twice in stage “{stage}”.", stage=stage.value)
    return str(file.get("name", ""))[:NAME_LENGTH_MAX] or kind.value, limits


def _limit(entry: Any) -> Limit:
    fields = set(Limit.__dataclass_fields__)
    if not isinstance(entry, dict) or not {"test", "group", "kind"} <= set(entry) <= fields:
        raise Refused(MALFORMED, "A limit names its test, group and kind, and nothing that is not a limit's.")
    test = str(entry["test"])
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", test):
        raise Refused(MALFORMED, "“{test}” names no test: small letters, digits and underscores.", test=test)
    try:
        limit = from_document([{**entry, "test": test, **_exact(entry)}])[0]
    except (ValueError, TypeError, ArithmeticError) as error:
        raise Refused(MALFORMED, "The limit of “{test}” cannot be read.", test=test) from error
    _check_ends(limit)
    return limit


def _exact(entry: Mapping[str, Any]) -> dict[str, str]:
    """The ends of a limit as text. A float is refused: 0.1 in a file would not be 0.1 in the record."""
    ends = {end: entry[end] for end in ("low", "high", "per_kg", "per_kg_hour") if end in entry}
    for end in ends.values():
        if isinstance(end, bool) or not isinstance(end, int | str) or not Decimal(end).is_finite():
            raise ValueError("an end is a whole number or a decimal in quotes")
    return {name: str(end) for name, end in ends.items()}


def _check_ends(limit: Limit) -> None:
    has = (limit.low is not None, limit.high is not None, bool(limit.passing))
    loads = [most for most in (limit.per_kg, limit.per_kg_hour) if most is not None]
    fits = bool(loads) == (limit.kind is LimitKind.DOSE) and all(most > 0 for most in loads)
    if limit.kind is LimitKind.DOSE and not limit.unit.endswith("/mL"):
        fits = False
    if not fits or has not in _ENDS[limit.kind] or (limit.kind is LimitKind.REPORT and limit.failing):
        raise Refused(MALFORMED, "The limit of “{test}” does not have the ends that its kind needs.", test=limit.test)
    if limit.low is not None and limit.high is not None and limit.low > limit.high:
        raise Refused(MALFORMED, "The limit of “{test}” ends below where it starts.", test=limit.test)


# For each kind, whether it has a low end, a high end and passing words.
_ENDS: Mapping[LimitKind, tuple[tuple[bool, bool, bool], ...]] = {
    LimitKind.AT_LEAST: ((True, False, False),),
    LimitKind.AT_MOST: ((False, True, False),),
    LimitKind.BETWEEN: ((True, True, False),),
    LimitKind.ONE_OF: ((False, False, True),),
    LimitKind.REPORT: ((False, False, False), (False, False, True)),
    LimitKind.DOSE: ((False, False, False),),
}
