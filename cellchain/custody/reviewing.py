"""What custody tells whoever reviews a batch: what was found wrong with its containers on their way."""

from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, or_
from sqlmodel import col, select

from cellchain.custody.models import Excursion
from cellchain.custody.rules.shipping import FINDING_WORDS
from cellchain.kernel.text import T
from cellchain.platform.db import ReadTx
from cellchain.quality.queries.exceptions.facts import Batch, Check, Checked, ExceptionFacts, Tie
from cellchain.quality.rules.lifecycles import ExceptionKind

ASKED_AT_ONCE = 25  # so many containers one question names
FOUND_ON: Any = (
    select(Excursion)
    .where(or_(*(col(Excursion.subject) == bindparam(f"subject_{at}") for at in range(ASKED_AT_ONCE))))
    .order_by(col(Excursion.id))
)


def on_their_way(tx: ReadTx, batch: Batch) -> Checked:
    """Containers with which nothing was found wrong: temperature, time, seal, papers, a gap in who had them."""
    rows = [row for slots in _slots(batch.containers) for row in tx.every(FOUND_ON, **slots)]
    found = tuple(
        ExceptionFacts(
            key=f"excursion:{row.id}",
            kind=ExceptionKind.CUSTODY,
            title=T("Found on the way: {what}", what=FINDING_WORDS[row.kind]),
            after=None if row.temperature_mc is None else f"{Decimal(row.temperature_mc) / 1000:f}",
            unit="" if row.temperature_mc is None else "°C",
            note=row.assessment or row.account,
            things=(row.subject,),
            person=row.assessed_by or row.noticed_by,
            happened_at=row.at,
            entered_at=row.assessed_at or row.at,
            href=f"/custody/{row.subject}",
            tie=Tie("custody:excursion:noticed", {"excursion": row.id}),
        )
        for row in rows
    )
    return Checked(len(batch.containers) - len({row.subject for row in rows}), found)


def _slots(codes: tuple[str, ...]) -> list[dict[str, str | None]]:
    parts = [codes[first : first + ASKED_AT_ONCE] for first in range(0, len(codes), ASKED_AT_ONCE)]
    return [{f"subject_{at}": part[at] if at < len(part) else None for at in range(ASKED_AT_ONCE)} for part in parts]


CHECKS = (Check("custody", T("Containers with nothing found on their way"), on_their_way),)
