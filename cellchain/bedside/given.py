"""Which of many bags were given, read in one question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import col

from cellchain.bedside.infusions.models import Infusion
from cellchain.bedside.infusions.rules import InfusionPhase
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
GIVEN: Any = columns(*_GIVEN).where(among(col(Infusion.bag))).order_by(col(Infusion.started_at))
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
