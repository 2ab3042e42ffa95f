"""The end of an infusion, what was given, and the bag's last way."""

from typing import Annotated

from pydantic import Field

from cellchain.bedside.infusions import rules
from cellchain.bedside.infusions.commands.common import (
    InfusionId,
    Note,
    Volume,
    end,
    held,
    may_follow_all,
    note_if_expired,
)
from cellchain.bedside.infusions.rules import INFUSION
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial

Given = Annotated[Volume, Field(title="Volume given")]
Left = Annotated[Volume | None, Field(title="Volume left in the bag")]
Flush = Annotated[Volume | None, Field(title="Flush of the line")]


class StopInfusion(Order):
    infusion: InfusionId
    volume_given_ul: Given
    complete: Annotated[bool, Field(title="The whole bag was given")]
    volume_left_ul: Left = None
    flush_ul: Flush = None
    why: Annotated[Note | None, Field(title="Why it stopped early")] = None


class VolumeResult(CommandResult):
    """What the rates gave beside what was stated, in microlitres."""

    computed_ul: int
    differs: bool


@command(event="bedside:infusion:ended")
def stop_infusion(tx: CommandTx, by: Actor, order: StopInfusion) -> VolumeResult:
    """End an infusion, complete or early. It never comes back: a bag runs once."""
    row = held(tx, order.infusion)
    rules.may_stop(order.volume_given_ul, row.volume_ul, order.complete, order.why)
    rules.may_state(order.volume_given_ul, order.volume_left_ul, row.volume_ul)
    verb = "complete" if order.complete else "stop"
    INFUSION.move(verb, row.phase)
    may_follow_all(tx, row)
    row = note_if_expired(tx, row, tx.happened_at)
    row = end(tx, row, by.person, verb, order.why)
    return _stated(tx, row.id or 0, order.volume_given_ul, order.volume_left_ul, order.flush_ul)


class StateVolume(Order):
    infusion: InfusionId
    volume_given_ul: Given
    volume_left_ul: Left = None
    flush_ul: Flush = None


@command(event="bedside:volume:stated")
def state_volume(tx: CommandTx, by: Actor, order: StateVolume) -> VolumeResult:
    """State what was given of a bag that a reaction or a physician's decision ended. Once: it is read from the bag.

    Raises Refused `infusion.not_ended`, `infusion.volume_stated`, `infusion.more_than_bag`,
    `infusion.volumes_disagree`.
    """
    row = held(tx, order.infusion)
    if row.ended_at is None:
        raise Refused("infusion.not_ended", "The infusion has not ended. End it before its bag is disposed of.")
    if row.volume_given_ul is not None:
        raise Refused("infusion.volume_stated", "What was given is stated already. Nothing was changed.")
    rules.may_state(order.volume_given_ul, order.volume_left_ul, row.volume_ul)
    return _stated(tx, order.infusion, order.volume_given_ul, order.volume_left_ul, order.flush_ul)


def _stated(tx: CommandTx, number: int, given_ul: int, left_ul: int | None, flush_ul: int | None) -> VolumeResult:
    row = held(tx, number)
    left = row.volume_ul - given_ul if left_ul is None else left_ul
    row = tx.change(row, volume_given_ul=given_ul, volume_left_ul=left, flush_ul=flush_ul)
    computed, tolerance = row.computed_ul or 0, trial.study_of(tx, row.recipient).running.volume_tolerance_percent
    far = rules.differs(given_ul, computed, row.volume_ul, tolerance)
    tx.note(computed_ul=computed, differs=far)
    return VolumeResult(computed_ul=computed, differs=far)


class DisposeBag(Order):
    infusion: InfusionId


@command(event="bedside:bag:disposed")
def dispose_bag(tx: CommandTx, by: Actor, order: DisposeBag) -> NoResult:
    """Record that the empty or stopped bag was disposed of."""
    row = held(tx, order.infusion)
    if row.ended_at is None:
        raise Refused("infusion.not_ended", "The infusion has not ended. End it before its bag is disposed of.")
    if row.volume_given_ul is None:
        raise Refused("infusion.volume_missing", "What was given is not stated yet. Read the bag and state it first.")
    if row.disposed_at is not None:
        raise Refused("infusion.disposed", "This bag is already disposed of. Nothing was changed.")
    if row.returned_at is not None:
        raise Refused("infusion.returned", "This bag went back unused. The laboratory destroys it before a witness.")
    rules.may_follow(tx.happened_at, row.ended_at)
    tx.change(row, disposed_at=tx.happened_at, disposed_by=by.person)
    return NoResult()
