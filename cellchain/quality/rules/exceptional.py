"""The exceptional use of a lot out of its specification (EU GMP Part IV, 11.53): five acts, each its own. Pure."""

from datetime import datetime

from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.quality.rules.investigations import Conclusion
from cellchain.quality.rules.lifecycles import DispositionPhase, LotKind


class ExceptionalPhase(Phase):
    """How far the acts are: the physician asks, QA evaluates the risk, the physician takes it on, QA accepts."""

    REQUESTED = "requested"
    EVALUATED = "evaluated"
    TAKEN_ON = "taken_on"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


OPEN = (ExceptionalPhase.REQUESTED, ExceptionalPhase.EVALUATED, ExceptionalPhase.TAKEN_ON)
EXCEPTIONAL_USE = Lifecycle(
    "exceptional_use",
    first=ExceptionalPhase.REQUESTED,
    moves={
        "evaluate_exceptional_use": ([ExceptionalPhase.REQUESTED], ExceptionalPhase.EVALUATED),
        "take_on_exceptional_use": ([ExceptionalPhase.EVALUATED], ExceptionalPhase.TAKEN_ON),
        "accept_exceptional_use": ([ExceptionalPhase.TAKEN_ON], ExceptionalPhase.ACCEPTED),
        "withdraw_exceptional_use": ([*OPEN, ExceptionalPhase.ACCEPTED], ExceptionalPhase.WITHDRAWN),
    },
    final=[ExceptionalPhase.WITHDRAWN],
)
GONE = frozenset({DispositionPhase.REJECTED, DispositionPhase.RECALLED})


def may_ask(
    *,
    kind: LotKind,
    conclusion: Conclusion | None,
    disposition: DispositionPhase,
    asked_already: bool,
) -> None:
    """Only a confirmed failure of bags that still exist is asked about, once for a recipient."""
    if conclusion is not Conclusion.CONFIRMED:
        raise Refused(
            "exceptional.not_confirmed",
            "The failure of this test is not confirmed. Wait for the conclusion of its investigation.",
        )
    if kind is LotKind.BANK:
        raise Refused("exceptional.bank", "A cell bank is given to nobody. Ask about a lot of bags.")
    if disposition in GONE:
        raise Refused("exceptional.lot_gone", "This lot was rejected or recalled. Nothing of it may be used.")
    if asked_already:
        raise Refused(
            "exceptional.asked_already",
            "The exceptional use for this recipient was asked for already. Go on with that request.",
        )


def is_treating(physician: str | None, by: str) -> None:
    """The request and the risk are the treating physician's."""
    if physician != by:
        raise Refused(
            "exceptional.not_treating",
            "You are not the treating physician of this recipient. The treating physician has to sign.",
        )


def may_tell(phase: ExceptionalPhase, *, told: bool, told_at: datetime, asked_at: datetime, now: datetime) -> None:
    """The sponsor is told at once: after the request, before the acceptance, and once."""
    if told:
        raise Refused(
            "exceptional.told_already", "It is recorded already that the sponsor was told. Nothing was changed."
        )
    if phase not in OPEN:
        raise Refused("exceptional.over", "This request was accepted or withdrawn. Nothing is added to it any more.")
    if not asked_at <= told_at <= now:
        raise Refused(
            "exceptional.told_when",
            "The sponsor is told after the physician has asked, and before it is recorded. Check the time.",
        )


def may_accept(by: str, *, evaluated_by: str | None, told: bool, results_changed: bool) -> None:
    """QA accepts last, by another person than evaluated the risk, and what was evaluated is what failed."""
    if by == evaluated_by:
        raise Refused(
            "exceptional.own_evaluation", "You evaluated the risk. Another person of QA has to accept the use."
        )
    if not told:
        raise Refused(
            "exceptional.sponsor_not_told",
            "Nobody has recorded yet that the sponsor was told. The sponsor or the trial office has to sign that.",
        )
    if results_changed:
        raise Refused(
            "exceptional.results_changed",
            "Since the request another result of this test failed. Withdraw it, and let the physician ask anew.",
        )
