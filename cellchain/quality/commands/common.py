"""Fields that several orders share, and the small steps that several commands take."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from cellchain.identity.codes import Identifier, Kind, LotCode
from cellchain.kernel.canonical import Json
from cellchain.ledger.registry import CommandResult, Text
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.quality import queries
from cellchain.quality.deviations.rules import kind_of
from cellchain.quality.models import FREE_TEXT_LENGTH, REASON_LENGTH, Deviation, Hold
from cellchain.quality.queries.deciding import placed_hold
from cellchain.quality.rules import deciding as rules
from cellchain.quality.rules.lifecycles import (
    DeviationKind,
    DeviationPhase,
    DeviationSource,
    DispositionPhase,
    HoldCause,
    HoldPhase,
    Severity,
)

LotField = Annotated[LotCode, Field(title="Lot")]
Reason = Annotated[Text, Field(min_length=3, max_length=REASON_LENGTH, title="Reason")]
Account = Annotated[Text, Field(min_length=3, max_length=FREE_TEXT_LENGTH, title="What happened")]
ResultField = Annotated[int, Field(ge=1, title="Result")]
DeviationField = Annotated[int, Field(ge=1, title="Deviation")]


class HeldCode(Identifier):
    """What can be held: a bag, a vial, a lot, a donation or a donor."""

    kinds = (Kind.BAG, Kind.CRYOVIAL, Kind.CONTAINER, Kind.LOT, Kind.DONATION, Kind.DONOR)


class RootCode(Identifier):
    """What a recall can begin from: anything that something else came out of, or was made with."""

    kinds = (
        Kind.DONOR,
        Kind.DONATION,
        Kind.LOT,
        Kind.BAG,
        Kind.CONTAINER,
        Kind.CRYOVIAL,
        Kind.MATERIAL_LOT,
        Kind.EQUIPMENT,
        Kind.PERSON,
    )


class LotDecision(CommandResult):
    """What became of a lot."""

    lot: str
    phase: DispositionPhase


class DeviationResult(CommandResult):
    """A deviation, what people call it, and where it stands. Number 0: a rule found that one was open already."""

    deviation: int
    number: str
    phase: DeviationPhase


class HoldResult(CommandResult):
    """A hold. Number 0: the thing was held for the same cause already."""

    hold: int
    subject: str
    phase: str


def lot_of(tx: CommandTx, code: str) -> str | None:
    """The lot that a thing belongs to, as far as manufacturing and quality know."""
    if code.startswith("LT"):
        return code if manufacturing.find_lot(tx, code) is not None else None
    if code.startswith("SM"):
        sample = queries.find_sample(tx, code)
        return None if sample is None else sample.lot
    container = manufacturing.find_container(tx, code) if code[:2] in manufacturing.CONTAINERS else None
    return None if container is None else container.lot


def open_one(
    tx: CommandTx,
    *,
    subject: str,
    lot: str | None,
    title: str,
    description: str,
    rule: str | None = None,
    facts: Mapping[str, Json] | None = None,
    severity: Severity | None = None,
    kind: DeviationKind | None = None,
) -> DeviationResult:
    """Open a deviation, and tell whoever listens. Without a `kind`, the rule that opened it says which it is."""
    row = tx.add(
        Deviation(
            kind=kind or kind_of(rule),
            subject=subject,
            lot=lot,
            title=title,
            description=description,
            severity=severity,
            source=DeviationSource.PERSON if rule is None else DeviationSource.RULE,
            rule=rule,
            facts=None if facts is None else dict(facts),
            phase=DeviationPhase.OPEN,
            opened_by=tx.by.person,
            opened_at=tx.now,
            happened_at=tx.happened_at,
        )
    )
    return deviation_result(row)


def deviation_result(row: Deviation) -> DeviationResult:
    """A deviation as its commands answer."""
    number = row.id or 0
    return DeviationResult(
        deviation=number, number=queries.deviation_number(number, row.opened_at), phase=DeviationPhase(row.phase)
    )


def place_one(tx: CommandTx, subject: str, cause: HoldCause, reason: str, deviation: int | None = None) -> Hold | None:
    """Place a hold unless one of the same cause, or of the same deviation, is on the thing already."""
    if placed_hold(tx, subject, cause, deviation) is not None:
        return None
    return tx.add(
        Hold(
            subject=subject,
            cause=cause,
            deviation=deviation,
            reason=reason,
            phase=HoldPhase.PLACED,
            placed_by=tx.by.person,
            placed_at=tx.happened_at,
        )
    )


def rule_words(rule: str) -> str:
    """The English title of a deviation that a rule opened, as the table keeps it."""
    return str(rules.rule_title(rule))


def rule_account(rule: str, facts: Mapping[str, Any]) -> str:
    """What a rule noticed, in English, as the table keeps it; pages say it in the reader's language."""
    return str(rules.rule_account(rule, facts))
