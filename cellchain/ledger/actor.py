"""Who acts, and the Gate that says who may: handed in by `accounts`, so that nothing here imports it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Protocol

from cellchain.kernel.values import dataclass

SYSTEM = "SYSTEM"


@dataclass(frozen=True)
class Actor:
    """The person (or the system) behind a command, where they stand, and what they may do.

    `session` is the hash of the token behind which they are signed in: their command counts only while it does.
    `emergency` is the number under which one of their roles was taken for a short time: each entry of theirs bears it.
    """

    person: str
    permissions: frozenset[str] = field(default_factory=frozenset)
    roles: frozenset[str] = field(default_factory=frozenset)
    device: str | None = None
    session: str | None = field(default=None, repr=False)
    emergency: int | None = None

    def may(self, permission: str) -> bool:
        """Whether one of this person's roles grants `permission`."""
        return permission in self.permissions


@dataclass(frozen=True)
class Signing:
    """A signer who has just proved to be the signed-in person."""

    method: str
    at: datetime


class Gate(Protocol):
    """What the runner and the web need to know about people."""

    def reauthenticate(self, actor: Actor, proof: Mapping[str, str] | None, act: str = "") -> Signing:
        """Check the signer's own password (slow hash; never inside the write lock). Raises NeedsSignature."""


SYSTEM_ACTOR = Actor(SYSTEM)
