"""What a lot's bags bring to whom they are given: computed limits, looked at again for each recipient."""

from cellchain.kernel.text import T
from cellchain.platform.db import ReadTx
from cellchain.quality.models import Result
from cellchain.quality.queries.testing import COMPUTED_OF_LOT, result_facts
from cellchain.quality.rules.doses import HOUSE_WORST, Giving, shown
from cellchain.quality.rules.lifecycles import Outcome


def worst_of(tx: ReadTx, lot: str) -> Giving:
    """How the bags of a lot are given at their worst: to the lightest of those they are for, else the study's lightest.

    Recipients come later in the chain, so the house asks for us; a lot of no study has the house's own worst case.
    """
    found = tx.house.giving_of(tx, lot)
    if found is None:
        return HOUSE_WORST
    return Giving(found.volume_ul, found.minutes, found.weight_g, found.is_assigned)


def over_limit(tx: ReadTx, lot: str, giving: Giving) -> T | None:
    """What speaks against giving a bag of a lot like this: a load over its limit for this very recipient, or None.

    A failure that was accepted exceptionally was accepted with its risk; that decision is seen elsewhere.
    """
    for row in tx.every(COMPUTED_OF_LOT, lot=lot):
        if row.value is None or _was_as_hard(row, giving):
            continue
        result = result_facts(tx, row.id or 0)
        dose = result.limit.dose
        if dose is None or result.accepted or result.limit.outcome(row.value, giving) is not Outcome.FAILED:
            continue
        load = result.load_for(giving)
        return T(
            "{test} of this bag is over its limit for this recipient: {per_kg} {unit}/kg, {per_kg_hour} {unit}/kg/h at "
            "{weight} kg. Do not use it. Call QA.",
            test=result.limit.name,
            unit=result.limit.counted,
            per_kg=shown(load.per_kg),
            per_kg_hour=shown(load.per_kg_hour),
            weight=giving.weight_kg,
        )
    return None


def _was_as_hard(row: Result, giving: Giving) -> bool:
    """Whether the value passed for a giving that is as hard as this one or harder: then it passes here."""
    if row.outcome is not Outcome.PASSED or row.giving is None:
        return False
    then = Giving(**row.giving)
    return then.volume_ul >= giving.volume_ul and then.minutes <= giving.minutes and then.weight_g <= giving.weight_g
