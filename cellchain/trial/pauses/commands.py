"""Pausing a study, by a rule of its protocol or by a person; and letting it go on, which takes two."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts.commands import ask_countersignature
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial.commands.studies import StudyCode
from cellchain.trial.models import Study
from cellchain.trial.pauses import queries, rules
from cellchain.trial.pauses.lifecycles import PAUSE, PausePhase
from cellchain.trial.pauses.models import RULE_LENGTH, WHY_LENGTH, StudyPause

RESUME_SIGNED = "trial:study:resume_signed"
EVENTS_MAX = 1_000
Why = Annotated[Text, Field(min_length=3, max_length=WHY_LENGTH)]


class PauseResult(CommandResult):
    """A pause and where it stands."""

    pause: int
    study: str
    phase: str


def hold_study(tx: CommandTx, study: str) -> None:
    """Hold the study's row, so that two events that arrive together are counted one after the other.

    For `followup`, within its own command and entry. Raises NotFound.
    """
    tx.lock(Study, study)


class PauseByRule(Order):
    """The rule of the protocol that is met, and the adverse events that it counts."""

    study: StudyCode
    rule: Annotated[str, Field(max_length=RULE_LENGTH)]
    events: Annotated[list[int], Field(max_length=EVENTS_MAX)]


@command(event="trial:study:paused", subject="study", internal=True)
def pause_by_rule(tx: CommandTx, by: Actor, order: PauseByRule) -> PauseResult:
    """Pause the study because a stopping rule is met. Where it is paused already, that pause stands."""
    tx.lock(Study, order.study)
    known = queries.standing(tx, order.study)
    if known is not None:
        tx.note(paused_already=True)
        return PauseResult(pause=known.id or 0, study=known.study, phase=known.phase)
    return _paused(tx, by, order.study, rule=order.rule, events=order.events)


class PauseStudy(Order):
    """Why nobody more is to be treated for now."""

    study: StudyCode
    why: Annotated[Why, Field(title="Why")]


@command(
    event="trial:study:paused",
    subject="study",
    signature="I pause this study: nobody is randomised or treated until two people let it go on",
    cannot_wait=True,
)
def pause_study(tx: CommandTx, by: Actor, order: PauseStudy) -> PauseResult:
    """Pause the study at once, whatever the rules say. Raises Refused `study.paused_already`."""
    tx.lock(Study, order.study)
    rules.may_pause(paused=queries.is_paused(tx, order.study))
    return _paused(tx, by, order.study, reason=order.why)


def _paused(
    tx: CommandTx,
    by: Actor,
    study: str,
    *,
    rule: str | None = None,
    events: list[int] | None = None,
    reason: str | None = None,
) -> PauseResult:
    row = tx.add(
        StudyPause(
            study=study,
            rule=rule,
            events=events or [],
            reason=reason,
            paused_by=by.person,
            paused_at=tx.now,
            phase=PausePhase.STANDING,
        )
    )
    tx.note(pause=row.id, paused_already=False)
    return PauseResult(pause=row.id or 0, study=row.study, phase=row.phase)


class ResumeStudy(Order):
    """On what grounds the study goes on: what was found, what was changed, who advised it."""

    study: StudyCode
    grounds: Annotated[Why, Field(title="Grounds")]


class ResumeResult(PauseResult, frozen=True):
    """The study goes on when a second person has countersigned this decision."""

    decision: int


@command(
    event=RESUME_SIGNED,
    subject="study",
    signature="I have reviewed why this study was paused. It goes on",
)
def resume_study(tx: CommandTx, by: Actor, order: ResumeStudy) -> ResumeResult:
    """Sign that a paused study goes on. It takes effect when a second person has countersigned."""
    tx.lock(Study, order.study)
    row = tx.lock(StudyPause, queries.standing_or_refuse(tx, order.study).id)
    rules.may_resume(row.resume_signed_by)
    row = tx.change(row, phase=PAUSE.move("resume", row.phase), resume_signed_by=by.person, grounds=order.grounds)
    decision = ask_countersignature(tx, event=RESUME_SIGNED, subject=str(row.id), permission="trial.resume_study")
    tx.note(pause=row.id)
    return ResumeResult(pause=row.id or 0, study=row.study, phase=row.phase, decision=decision)


class MakeStudyResumed(Order):
    """Which pause."""

    pause: Annotated[int, Field(ge=1)]


@command(event="trial:study:resumed", internal=True)
def make_study_resumed(tx: CommandTx, by: Actor, order: MakeStudyResumed) -> NoResult:
    """A countersigned decision takes effect: the study goes on. What was counted stays counted."""
    known = tx.get(StudyPause, order.pause)
    tx.about(known.study)
    tx.lock(Study, known.study)
    row = tx.lock(StudyPause, order.pause)
    tx.change(row, phase=PAUSE.move("lift", row.phase), lifted_by=by.person, lifted_at=tx.now)
    tx.note(pause=row.id)
    return NoResult()
