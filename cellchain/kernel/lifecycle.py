"""States and the moves between them, declared once and checked when the program starts.

An undeclared move is refused: fail closed. The column that holds the state is always called `phase`.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from cellchain.kernel.errors import InvariantBroken, Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass


class Phase(StrEnum):
    """Base of every set of phases. A member's value is what the table, the API and the ledger say."""


@dataclass(frozen=True)
class Move:
    """One permitted change of phase: the verb that makes it, from where, to where."""

    verb: str
    sources: frozenset[Phase]
    target: Phase


class Lifecycle:
    """The whole life of one kind of record.

    Raises InvariantBroken at import if a phase cannot be reached, if a phase that is not final has no way out,
    if a final phase has one, or if a verb leads to two places from one phase.
    """

    def __init__(
        self,
        name: str,
        *,
        first: Phase,
        moves: Mapping[str, tuple[Iterable[Phase], Phase]],
        final: Iterable[Phase] = (),
    ) -> None:
        self.name = name
        self.first = first
        self.final = frozenset(final)
        self.phases = type(first)
        self.moves = {verb: Move(verb, frozenset(sources), target) for verb, (sources, target) in moves.items()}
        self._check()

    def move(self, verb: str, phase: str) -> Phase:
        """The phase that `verb` leads to from `phase`. Raises Refused `<name>.phase` for an undeclared move."""
        move = self.moves[verb]
        if phase not in move.sources:
            raise Refused(
                f"{self.name}.phase",
                "This cannot be done while it is “{phase}”. It needs to be: {needed}.",
                phase=phase_text(phase),
                needed=", ".join(sorted(source.replace("_", " ") for source in move.sources)),
            )
        return move.target

    def _check(self) -> None:
        reached = {self.first}
        frontier = [self.first]
        while frontier:
            here = frontier.pop()
            for move in self.moves.values():
                if here in move.sources and move.target not in reached:
                    reached.add(move.target)
                    frontier.append(move.target)
        unreached = set(self.phases) - reached
        if unreached:
            raise InvariantBroken(f"does not hold: {self.name} reaches {sorted(unreached)}")
        for phase in self.phases:
            leaves = any(phase in move.sources and move.target != phase for move in self.moves.values())
            if leaves == (phase in self.final):
                raise InvariantBroken(f"does not hold: {self.name} {phase} is final exactly when nothing leaves it")


def phase_text(phase: str) -> T:
    """A phase in words: `conditionally_released` reads "conditionally released". Translated by its words."""
    return T(str(phase).replace("_", " "))
