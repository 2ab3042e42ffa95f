"""Argon2id hashing, kept slow for thieves and bounded for us (RFC 9106; OWASP parameters, measured in libraries.md)."""

import threading
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.profiles import CHEAPEST

from cellchain.accounts.strength.rules import normalised

MEMORY_KIB = 19_456
PASSES = 2
# Hashing takes a core for about 25 ms: more at once would let a flood of sign-ins starve the bedside.
AT_ONCE = 2


@dataclass(frozen=True)
class Hashed:
    """What somebody chose, as it is kept; and whether others have lost the same password already."""

    password: str
    pin: str | None
    is_stolen: bool


class Passwords:
    """Hashes and checks passwords and PINs. `cost` is "standard", or "cheap" for tests alone."""

    def __init__(self, cost: str) -> None:
        self._hasher = (
            PasswordHasher.from_parameters(CHEAPEST)
            if cost == "cheap"
            else PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
        )
        self._room = threading.BoundedSemaphore(AT_ONCE)
        # An unknown name is checked against this, so that it takes as long as a known one.
        self._nobody = self._hasher.hash("nobody's password")

    def hash(self, plain: str) -> str:
        """The argon2id hash of `plain`."""
        with self._room:
            return self._hasher.hash(normalised(plain))

    def matches(self, stored: str | None, plain: str) -> bool:
        """Whether `plain` is what was stored. Takes its time also when nothing was."""
        with self._room:
            try:
                self._hasher.verify(stored or self._nobody, normalised(plain))
                return stored is not None
            except (VerifyMismatchError, InvalidHashError):
                return False


class _Process:
    """The hasher of this process: one, so that the bound on hashing at once holds for all of it."""

    def __init__(self) -> None:
        self.hasher: Passwords | None = None


_process = _Process()


def configure(cost: str) -> Passwords:
    """Make the process's hasher; called once by whoever composes the application."""
    _process.hasher = Passwords(cost)
    return _process.hasher


def current_passwords() -> Passwords:
    """The process's hasher."""
    return _process.hasher or configure("standard")
