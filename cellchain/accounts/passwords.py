"""Argon2id hashing, kept slow for thieves and bounded for us (RFC 9106; OWASP parameters, measured in libraries.md)."""

import threading
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.profiles import CHEAPEST

from cellchain.accounts.strength.rules import normalised
from cellchain.kernel.values import dataclass

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
        self._nobody = _of_nobody(self._hasher)

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


def _of_nobody(hasher: PasswordHasher) -> str:
    """A hash of no password that anybody knows, of the cost that others have. None is computed for it at each start."""
    salt, digest = (b64encode(bytes(length)).rstrip(b"=").decode() for length in (hasher.salt_len, hasher.hash_len))
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


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
