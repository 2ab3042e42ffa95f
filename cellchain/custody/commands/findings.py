"""Writing down what was found wrong with something, for QA to assess and for quality to open a deviation."""

from datetime import datetime

from cellchain.custody import queries, rules
from cellchain.custody.models import Excursion
from cellchain.custody.rules import ExcursionPhase
from cellchain.custody.rules.shipping import FindingKind
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing


def check_temperature(tx: CommandTx, subject: str, temperature_mc: int) -> bool:
    """Whether one temperature lies outside the range; then QA has to know."""
    outside = queries.is_outside(tx, subject, temperature_mc)
    if outside:
        notice(tx, subject, FindingKind.TEMPERATURE, temperature_mc=temperature_mc)
    return outside


def check_seal(tx: CommandTx, subject: str, left_with: str, came_with: str) -> bool:
    """Whether something came under another seal than it left with; then QA has to know."""
    is_another = left_with != came_with
    if is_another:
        notice(tx, subject, FindingKind.SEAL)
    return is_another


def check_exposure(tx: CommandTx, subject: str) -> bool:
    """Whether something was out of controlled temperature for longer than it bears, over its whole way.

    One that waits for QA already is told QA once.
    """
    _, exposed, is_over = queries.chain_of(tx, subject)
    if is_over and not queries.waits_for_qa(tx, subject, FindingKind.BUDGET):
        notice(tx, subject, FindingKind.BUDGET, minutes=exposed.minutes)
    return is_over


def check_arrival(tx: CommandTx, subject: str) -> None:
    """Marrow that arrives too late is told to quality at once; whether it is received is the laboratory's to say."""
    facts = manufacturing.container_facts(tx, subject)
    if facts.expires_at is not None and rules.arrives_late(facts.kind, facts.expires_at, tx.happened_at):
        late_minutes = int((tx.happened_at - facts.expires_at).total_seconds()) // 60
        tx.record("custody:arrival:late", subject, donation=facts.donation, minutes=late_minutes)


def notice(
    tx: CommandTx,
    subject: str,
    kind: FindingKind,
    *,
    temperature_mc: int | None = None,
    minutes: int | None = None,
    shipment: str | None = None,
    account: str | None = None,
    at: datetime | None = None,
) -> None:
    """Write a finding down. Until QA has assessed it, its subject is not used."""
    row = tx.add(
        Excursion(
            subject=subject,
            kind=kind,
            temperature_mc=temperature_mc,
            minutes=minutes,
            shipment=shipment,
            account=account,
            at=at or tx.happened_at,
            noticed_by=tx.by.person,
            phase=ExcursionPhase.OPEN,
        )
    )
    climate = queries.climate_of(tx, subject)
    allowed = climate.budget_minutes if climate is not None and kind is FindingKind.BUDGET else None
    facts = {"temperature_mc": temperature_mc, "minutes": minutes, "allowed": allowed, "shipment": shipment}
    said = {name: value for name, value in facts.items() if value is not None}
    tx.record("custody:excursion:noticed", subject, excursion=row.id, **{kind.value: True}, **said)
