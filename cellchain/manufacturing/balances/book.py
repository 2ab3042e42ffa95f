"""Writing into the book of a container: what is lost, what is found, and what makes one think of a mix-up."""

from collections.abc import Sequence
from decimal import Decimal

from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries
from cellchain.manufacturing.balances import queries as balances
from cellchain.manufacturing.balances.models import BalanceCheck, ContainerLoss
from cellchain.manufacturing.models import Container
from cellchain.manufacturing.rules import balance
from cellchain.manufacturing.rules.balance import Doubt, Grown, LossKind, Quantity, Suspicion
from cellchain.manufacturing.rules.cells import Draw, Growth
from cellchain.manufacturing.rules.definition import Balance, Definition
from cellchain.manufacturing.statements import RUNNING

# What the numbers of each doubt are called where a sentence is made of them.
_FACTS = {
    Doubt.GREW_TOO_FAST: ("per_day", "most"),
    Doubt.UNLIKE_HISTORY: ("per_day", "usual"),
    Doubt.VIABILITY_JUMPED: ("points", "most_points"),
}


def lose(tx: CommandTx, row: Container, kind: LossKind, drawn: Draw, reason: str | None = None) -> None:
    """Write down that `drawn` left a locked container and went into no other."""
    running = None if row.lot is None else tx.one(RUNNING, lot=row.lot)
    tx.add(
        ContainerLoss(
            container=row.code,
            kind=kind,
            step_record=None if running is None else running.id,
            cells_count=drawn.cells_count,
            volume_ul=drawn.volume_ul,
            at=tx.happened_at,
            by=tx.by.person,
            reason=reason,
        )
    )


def compare(tx: CommandTx, row: Container, quantity: Quantity, expected: int, found: int) -> bool:
    """Hold what was found against what the record says; beyond the measuring error it is `manufacturing:balance:off`.

    Answers whether it is off. The record is not altered: what was found stands beside it.
    """
    limits = Balance() if row.lot is None else queries.definition_of(tx, row.lot).balance
    error = balance.error_of(limits, quantity)
    is_off = balance.is_off(expected, found, error)
    tx.add(
        BalanceCheck(
            lot=row.lot,
            container=row.code,
            quantity=quantity,
            expected=expected,
            found=found,
            error_permille=int(error * 10),
            is_off=is_off,
            at=tx.happened_at,
            by=tx.by.person,
        )
    )
    if is_off:
        subject = row.lot or row.code
        numbers = {"expected": _said(quantity, expected), "found": _said(quantity, found), "error": f"{error:f}"}
        names = {f"{name}_{quantity.value}": number for name, number in numbers.items()}
        tx.record("manufacturing:balance:off", subject, lot=row.lot, container=row.code, **names)
    return is_off


def _said(quantity: Quantity, amount: int) -> str:
    """Millilitres, or cells."""
    return f"{Decimal(amount) / 1000:f}" if quantity == Quantity.VOLUME else str(amount)


def doubt_growth(
    tx: CommandTx, lot: str, definition: Definition, grown: Growth, viability_permille: int, before_permille: int | None
) -> bool:
    """Whether a passage can have grown like this; where not, somebody may have mixed up two batches."""
    seen = Grown(grown.doublings_milli, grown.minutes, viability_permille, before_permille)
    history = balances.rates_elsewhere(tx, lot, definition.kind)
    return _suspect(tx, lot, balance.suspicions(definition.plausible, seen, history))


def doubt_viability(
    tx: CommandTx, lot: str, definition: Definition, now_permille: int, before_permille: int | None
) -> bool:
    """Whether viability jumped between two counts of one lot."""
    return _suspect(tx, lot, balance.viability_suspicions(definition.plausible, now_permille, before_permille))


def _suspect(tx: CommandTx, lot: str, found: Sequence[Suspicion]) -> bool:
    for one in found:
        name, limit = _FACTS[one.why]
        numbers = {name: f"{one.found.normalize():f}", limit: f"{one.limit.normalize():f}"}
        tx.record("manufacturing:mixup:suspected", lot, lot=lot, why=one.why.value, **numbers)
    return bool(found)
