"""What a trespass is."""

from collections.abc import Callable
from typing import Any

from cellchain.kernel.values import dataclass
from cellchain.simulate.scene import Tries


@dataclass(frozen=True)
class Trespass:
    """Something that must not be done, tried right before `verb`.

    guard   the codes of which the house has to name one
    """

    name: str
    verb: Callable[..., Any]
    guard: frozenset[str]
    tries: Tries
    spoils: bool = False


def trespass(name: str, verb: Callable[..., Any], guard: str, tries: Tries, *, spoils: bool = False) -> Trespass:
    """`guard` has spaces between its codes."""
    return Trespass(name, verb, frozenset(guard.split()), tries, spoils)
