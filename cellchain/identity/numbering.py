"""Giving a thing its identifier: the next number of its kind, site and year. Numbers are never used twice."""

from datetime import datetime
from typing import Protocol

from cellchain.identity.codes import Kind
from cellchain.identity.codes import issue as _issue


class Counting(Protocol):
    """What a write transaction offers here."""

    site: int

    @property
    def now(self) -> datetime: ...

    def next_value(self, name: str) -> int: ...


def issue(tx: Counting, kind: Kind) -> str:
    """A new identifier of `kind`, counted in this transaction; a rolled-back command gives its number back."""
    year = tx.now.year
    sequence = tx.next_value(f"code:{kind.value}:{tx.site:02d}:{year}")
    return str(_issue(kind, tx.site, year, sequence))
