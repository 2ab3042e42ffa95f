"""What the verbs of an infusion share: its row, its two symbols, and the acts of its flow."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from cellchain.bedside.infusions import queries, rules
from cellchain.bedside.infusions.models import Infusion, Pause, RateStep
from cellchain.bedside.infusions.rules import INFUSION, PauseKind, RateCause
from cellchain.kernel.ensure import ensure
from cellchain.ledger.registry import Text
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing

VOLUME_MAX_UL = 2_000_000
InfusionId = Annotated[int, Field(ge=1, title="Infusion")]
Note = Annotated[Text, Field(max_length=300)]
Volume = Annotated[int, Field(ge=0, le=VOLUME_MAX_UL)]
RateField = Annotated[int, Field(ge=1, le=2_000, title="Rate, mL/h")]
EXPIRED_WHILE_RUNNING = "bedside:bag:expired_while_running"


def held(tx: CommandTx, number: int) -> Infusion:
    """An infusion, locked; the entry is about its bag."""
    row = tx.lock(Infusion, number)
    tx.about(row.bag)
    return row


def halt(tx: CommandTx, row: Infusion, person: str, kind: PauseKind, why: str | None) -> None:
    """Nothing flows from the time of the event on."""
    tx.change(row, phase=INFUSION.move("pause", row.phase))
    tx.add(
        Pause(
            infusion=row.id or 0,
            kind=kind,
            paused_at=tx.happened_at,
            paused_by=person,
            pause_entered_at=tx.now,
            reason=why,
        )
    )


def flow_again(tx: CommandTx, row: Infusion, person: str) -> None:
    """The open pause ends with the event."""
    open_pause = tx.one(queries.OPEN_PAUSE, infusion=row.id)
    ensure(open_pause is not None, "a paused infusion has an open pause")
    number = open_pause.id if open_pause else 0
    tx.change(tx.lock(Pause, number), resumed_at=tx.happened_at, resumed_by=person, resume_entered_at=tx.now)


def set_to(tx: CommandTx, row: Infusion, person: str, rate_ml_h: int, cause: RateCause, at: datetime) -> None:
    """The drip is set to a rate."""
    tx.add(
        RateStep(infusion=row.id or 0, rate_ml_h=rate_ml_h, cause=cause, set_at=at, set_by=person, entered_at=tx.now)
    )


def end(tx: CommandTx, row: Infusion, person: str, verb: str, why: str | None) -> Infusion:
    """It ends with the event, whatever was given: that is stated, and beside it stands what the rates gave."""
    return tx.change(
        row,
        phase=INFUSION.move(verb, row.phase),
        ended_at=tx.happened_at,
        ended_by=person,
        end_entered_at=tx.now,
        computed_ul=queries.computed_ul(tx, row, tx.happened_at),
        stop_reason=why,
    )


def note_if_expired(tx: CommandTx, row: Infusion, until: datetime) -> Infusion:
    """A bag that ran on after its expiry is a deviation, once: told by whoever comes first, the clock or a person."""
    facts = manufacturing.bag_facts(tx, row.bag)
    if facts is None or row.expiry_noted_at is not None or until < facts.expires_at:
        return row
    row = tx.change(row, expiry_noted_at=tx.now)
    tx.record(EXPIRED_WHILE_RUNNING, row.bag, lot=facts.lot, infusion=row.id, bag=row.bag, recipient=row.recipient)
    return row


def follows_all(tx: CommandTx, row: Infusion) -> bool:
    """Whether the event comes after everything that happened to the flow so far."""
    acts = [queries.latest_act(tx, row), *(rate.at for rate in queries.rates(tx, row.id))]
    return tx.happened_at >= max(acts)


def may_follow_all(tx: CommandTx, row: Infusion) -> None:
    """Raises Refused where the event would come before something that happened to the flow already."""
    rules.may_follow(tx.happened_at, queries.latest_act(tx, row))
    for rate in queries.rates(tx, row.id):
        rules.may_follow(tx.happened_at, rate.at)
