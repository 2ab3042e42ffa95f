"""Storytellers that take turns: each in a thread of its own, of which one alone runs at any moment."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cellchain.demo.stage import Stage
from cellchain.kernel.errors import CellchainError
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor, Signing
from cellchain.ledger.registry import REGISTRY, Order, command_of
from cellchain.ledger.run import Call

GIVES_UP = 0.25


class Curtain(BaseException):
    """The simulation is over: whoever is in the middle of a story leaves it."""


@dataclass
class Turn:
    """What a storyteller hands over: a call to make, or a time before which it wants nothing. Neither: it has ended."""

    call: Call | None = None
    wakes: datetime | None = None
    fault: BaseException | None = None


class ActorStage(Stage):
    """The stage as a storyteller sees it: every act and every waiting hands the turn over."""

    teller: "Teller"

    def at(self, moment: datetime) -> None:
        """Sleep until `moment`; the others go on meanwhile."""
        if moment > self.clock.now():
            self.teller.hand_over(Turn(wakes=min(moment, self.end)))

    def do(
        self, who: str, function: Callable[..., Any], /, *, because: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        """Ask for an act, and hear what came of it.

        Who is refused mostly goes on all the same, as people do: with nothing in hand where the act gave something.
        """
        command = command_of(function)
        order: Order = command.order(**fields)
        call = call_of(self, self.people[who], command.path, order, because)
        try:
            done: dict[str, Any] = self.teller.hand_over(Turn(call=call))
        except CellchainError:
            if self.random.random() < GIVES_UP:
                raise
            return {}
        return done


def call_of(stage: Stage, actor: Actor, path: str, order: Order, because: str | None = None) -> Call:
    """What somebody sends now; a decision is signed."""
    command = REGISTRY[path]
    signing = Signing("password", stage.clock.now()) if command.signature is not None else None
    return Call(command, order, actor, stage.request_id(), because, None, signing)


class Teller:
    """One storyteller. `resume` lets it go on until it hands over its next turn."""

    def __init__(self, name: str, stage: ActorStage, tale: Callable[[Stage], None], ends: tuple[type[Exception], ...]):
        self.name = name
        self.stage = stage
        self.turn = Turn()
        self._tale, self._ends = tale, ends
        self._go, self._handed = threading.Semaphore(0), threading.Semaphore(0)
        self._outcome: Any = None
        self._thread = threading.Thread(target=self._tell, daemon=True)
        stage.teller = self
        self._thread.start()

    def hand_over(self, turn: Turn) -> Any:
        """In the storyteller's thread: hand over, and go on with what comes back."""
        self.turn = turn
        self._handed.release()
        self._go.acquire()
        outcome, self._outcome = self._outcome, None
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def resume(self, outcome: Any = None) -> Turn:
        """In the director's thread: give it what came of its last turn, and wait for the next."""
        self._outcome = outcome
        self._go.release()
        self._handed.acquire()
        return self.turn

    def dismiss(self) -> None:
        """End it in the middle of its story."""
        if self._thread.is_alive():
            self.resume(Curtain())
        self._thread.join()

    def _tell(self) -> None:
        self._go.acquire()
        fault: BaseException | None = None
        try:
            outcome, self._outcome = self._outcome, None
            if not isinstance(outcome, BaseException):
                self._tale(self.stage)
        except Curtain:
            pass
        except self._ends:
            pass
        except BaseException as error:
            fault = error
        self.turn = Turn(fault=fault)
        self._handed.release()
