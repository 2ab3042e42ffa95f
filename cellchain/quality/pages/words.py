"""What results, dispositions and deviations are called and shaped on a page, and how their values are written."""

from collections.abc import Iterable
from decimal import Decimal

from cellchain.accounts.queries import display_name
from cellchain.kernel.text import T
from cellchain.platform.db import ReadTx
from cellchain.quality.rules.doses import shown as load_shown
from cellchain.quality.rules.laboratories import LaboratoryKind, TransferPhase
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
from cellchain.quality.rules.limits import ABOVE, BELOW, TITLES, WORDS, Limit, is_number, measured, number
from cellchain.quality.rules.methods import TITLES as METHOD_TITLES
from cellchain.quality.rules.methods import MethodPhase
from cellchain.quality.rules.specification_comparison import Change

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
    (ResultPhase.INVALIDATED, Outcome.FAILED): ("off", T("Fail, invalidated")),
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
METHODS = {
    MethodPhase.DRAFT: ("off", T("Draft")),
    MethodPhase.EFFECTIVE: ("ok", T("Effective")),
    MethodPhase.RETIRED: ("off", T("Retired")),
}
TRANSFERS = {
    TransferPhase.SENT: ("pend", T("On its way")),
    TransferPhase.RECEIVED: ("ok", T("Received")),
    TransferPhase.REFUSED: ("stop", T("Refused")),
}
CHANGES = {
    Change.CHANGED: ("now", T("Limit changed")),
    Change.WORDS: ("off", T("Words changed")),
    Change.ADDED: ("now", T("Added")),
    Change.REMOVED: ("warn", T("Taken away")),
    Change.SAME: ("off", T("The same")),
}
LABORATORIES = {LaboratoryKind.IN_HOUSE: T("Our own laboratory"), LaboratoryKind.CONTRACT: T("Contract laboratory")}
KINDS = {LotKind.BANK: T("Cell bank"), LotKind.PRODUCT: T("MSC, allogeneic"), LotKind.CONTROL: T("Saline control")}
ANSWERS = {"yes": T("yes"), "no": T("no")}
STAGES = {
    Stage.IN_PROCESS: T("Tests on the way"),
    Stage.FURTHER_USE: T("Tests before further use"),
    Stage.CONDITIONAL: T("Tests before conditional release"),
    Stage.FINAL: T("Final tests"),
    Stage.STABILITY: T("Stability tests"),
}

# A load on a page: rounded up, so that it never looks smaller than it is.
load = load_shown


def shown(limit: Limit, value: str | None) -> Decimal | T | str:
    """A result's value as the reader's language writes it; a bound keeps its sign."""
    if limit.words or value is None or is_number(value):
        return (WORDS.get(value or "") or value or "") if limit.words else plain(value)
    return T("{sign} {bound}", sign=value[:1], bound=measured(value)) if value[:1] in (BELOW, ABOVE) else value


def plain(value: str | None) -> Decimal | T | str:
    """A value of a batch record or a result: as a number where it is one, as a word of ours where it is one."""
    if value is None:
        return ""
    return number(value) if is_number(value) else WORDS.get(value) or ANSWERS.get(value) or value


def test(name: str) -> T:
    """What a test is called."""
    return TITLES.get(name) or T(name.replace("_", " "))


def method(name: str) -> T:
    """What a method of the house is called."""
    return METHOD_TITLES.get(name) or T(name.replace("_", " "))


def instrument(kind: str) -> T:
    """A kind of equipment in words."""
    return T(kind.replace("_", " ").capitalize())


def words(values: Iterable[str]) -> list[T | str]:
    """The words of a limit in the reader's language."""
    return [WORDS.get(value) or value for value in values]


def names_of(tx: ReadTx, people: Iterable[str | None]) -> dict[str, str]:
    """Short names beside codes, as records print them."""
    return {person: display_name(tx, person) for person in set(people) if person is not None}


def each(name: str, values: Iterable[object]) -> list[tuple[str, object]]:
    """Hidden fields of one name, for an act that takes several things."""
    return [(name, value) for value in values]
