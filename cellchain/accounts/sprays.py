"""Addresses that try one name after the other: how many names failed from each of late (docs/decisions/0010)."""

import threading
from collections import OrderedDict
from datetime import datetime

from cellchain.accounts.rules import ATTEMPTS_WINDOW

ADDRESSES_MAX = 10_000
NAMES_MAX = 64


class Sprays:
    """In memory and bounded: what is forgotten too early costs an attacker one wait less, and nobody else anything."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, OrderedDict[str, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, address: str, name: str, now: datetime) -> None:
        """A sign-in under this name failed from there."""
        with self._lock:
            names = self._failed.setdefault(address, OrderedDict())
            names[name] = now
            names.move_to_end(name)
            if len(names) > NAMES_MAX:
                names.popitem(last=False)
            self._failed.move_to_end(address)
            if len(self._failed) > ADDRESSES_MAX:
                self._failed.popitem(last=False)

    def since(self, address: str, now: datetime) -> tuple[int, datetime | None]:
        """How many names failed from there within the window, and when the last of them did."""
        with self._lock:
            times = [at for at in self._failed.get(address, {}).values() if now - at < ATTEMPTS_WINDOW]
        return len(times), max(times, default=None)
