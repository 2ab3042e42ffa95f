"""What results, dispositions and deviations are called and shaped on a page, and how their values are written."""

from collections.abc import Iterable
from decimal import Decimal

from cellchain.accounts.queries import display_name
from cellchain.kernel.text import T
from cellchain.platform.db import ReadTx
from cellchain.quality.rules.lifecycles import (
    DeviationPhase,
    DispositionPhase,
    LotKind,
    Outcome,
    ResultPhase,
    SamplePhase,
    SpecificationPhase,
    Stage,
)
from cellchain.quality.rules.limits import WORDS, Limit, is_number, number

DISPOSITIONS = {
    DispositionPhase.QUARANTINED: ("hold", T("Quarantined")),
    DispositionPhase.RELEASED_FOR_FURTHER_USE: ("ok", T("Released for further use")),
    DispositionPhase.CONDITIONALLY_RELEASED: ("cond", T("Conditionally released")),
    DispositionPhase.RELEASED: ("ok", T("Released")),
    DispositionPhase.REJECTED: ("stop", T("Rejected")),
    DispositionPhase.RECALLED: ("stop", T("Recalled")),
}
RESULTS = {
    (ResultPhase.PENDING, Outcome.PENDING): ("pend", T("Pending")),
    (ResultPhase.ENTERED, Outcome.PASSED): ("now", T("Pass, to be verified")),
    (ResultPhase.ENTERED, Outcome.FAILED): ("stop", T("Fail, to be verified")),
    (ResultPhase.VERIFIED, Outcome.PASSED): ("ok", T("Pass")),
    (ResultPhase.VERIFIED, Outcome.FAILED): ("stop", T("Fail")),
    (ResultPhase.CORRECTED, Outcome.PASSED): ("off", T("Corrected")),
    (ResultPhase.CORRECTED, Outcome.FAILED): ("off", T("Corrected")),
}
DEVIATIONS = {
    DeviationPhase.OPEN: ("now", T("Open")),
    DeviationPhase.ASSESSED: ("pend", T("Assessed")),
    DeviationPhase.CLOSED: ("ok", T("Closed")),
}
SPECIFICATIONS = {
    SpecificationPhase.DRAFT: ("off", T("Draft")),
    SpecificationPhase.APPROVED: ("pend", T("Waits for the second signature")),
    SpecificationPhase.EFFECTIVE: ("ok", T("Effective")),
    SpecificationPhase.RETIRED: ("off", T("Retired")),
}
SAMPLES = {
    SamplePhase.TAKEN: ("pend", T("Taken")),
    SamplePhase.TESTED: ("ok", T("Tested")),
    SamplePhase.DISCARDED: ("off", T("Discarded")),
}
KINDS = {LotKind.BANK: T("Cell bank"), LotKind.PRODUCT: T("MSC, allogeneic"), LotKind.CONTROL: T("Saline control")}
STAGES = {
    Stage.IN_PROCESS: T("Tests on the way"),
    Stage.FURTHER_USE: T("Tests before further use"),
    Stage.CONDITIONAL: T("Tests before conditional release"),
    Stage.FINAL: T("Final tests"),
}


def shown(limit: Limit, value: str | None) -> Decimal | T | str:
    """A result's value as the reader's language writes it."""
    return (WORDS.get(value or "") or value or "") if limit.words else plain(value)


def plain(value: str | None) -> Decimal | T | str:
    """A value of a batch record or a result: as a number where it is one, as a word of ours where it is one."""
    if value is None:
        return ""
    return number(value) if is_number(value) else WORDS.get(value) or value


def words(values: Iterable[str]) -> list[T | str]:
    """The words of a limit in the reader's language."""
    return [WORDS.get(value) or value for value in values]


def names_of(tx: ReadTx, people: Iterable[str | None]) -> dict[str, str]:
    """Short names beside codes, as records print them."""
    return {person: display_name(tx, person) for person in set(people) if person is not None}
