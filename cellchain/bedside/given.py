"""Which of many bags were given, read in one question."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col

from cellchain.bedside.infusions.models import Infusion
from cellchain.bedside.infusions.rules import InfusionPhase
from cellchain.kernel.errors import NotFound
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import among, code_list

GIVEN_MAX = 100_000
_GIVEN: tuple[Any, ...] = (
    Infusion.id,
    Infusion.bag,
    Infusion.recipient,
    Infusion.phase,
    Infusion.started_at,
    Infusion.ended_at,
    Infusion.volume_given_ul,
)
# Nothing of a bag that went back had flowed.
_GOT: Any = col(Infusion.returned_at).is_(None)
GIVEN: Any = columns(*_GIVEN).where(among(col(Infusion.bag)), _GOT).order_by(col(Infusion.started_at))
ONE: Any = columns(*_GIVEN).where(col(Infusion.id) == bindparam("infusion"))
TO: Any = (
    columns(*_GIVEN).where(col(Infusion.recipient) == bindparam("recipient"), _GOT).order_by(col(Infusion.started_at))
)
EVERY: Any = columns(*_GIVEN).where(_GOT).order_by(col(Infusion.started_at))
RUNS = frozenset({InfusionPhase.RUNNING, InfusionPhase.PAUSED})


@dataclass(frozen=True, slots=True)
class Given:
    """A bag that was given, or runs now."""

    infusion: int
    bag: str
    recipient: str
    phase: InfusionPhase
    started_at: datetime
    ended_at: datetime | None
    volume_given_ul: int | None

    @property
    def runs(self) -> bool:
        """Whether it is running into somebody now."""
        return self.phase in RUNS


def given(tx: ReadTx, bags: Sequence[str]) -> list[Given]:
    """Those of many bags that were given, by the time of their start."""
    return [Given(*row) for row in tx.many(GIVEN, limit=GIVEN_MAX, codes=code_list(bags))]


def infusion(tx: ReadTx, number: int) -> Given:
    """One infusion. Raises NotFound."""
    row = tx.one(ONE, infusion=number)
    if row is None:
        raise NotFound(key=str(number))
    return Given(*row)


def given_to(tx: ReadTx, recipient: str) -> list[Given]:
    """What a recipient was given, the first first."""
    return [Given(*row) for row in tx.many(TO, limit=GIVEN_MAX, recipient=recipient)]


def everything_given(tx: ReadTx) -> list[Given]:
    """Every infusion of the house, by the time of its start."""
    return [Given(*row) for row in tx.many(EVERY, limit=GIVEN_MAX)]
