"""What an entry wrote that could be erased, and what was asked for."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import SQLModel, col, select

from cellchain.kernel.values import dataclass
from cellchain.ledger import queries as ledger
from cellchain.ledger import redaction
from cellchain.platform.columns import CellText
from cellchain.platform.db import ReadTx
from cellchain.quality.redactions.models import Redaction
from cellchain.quality.redactions.rules import REASON_OF_ENTRY, Ground, Place, may_hold_words

ROWS_MAX = 1_000
ALL = select(Redaction).order_by(col(Redaction.id).desc())
OF_PLACE = select(Redaction).where(
    col(Redaction.table) == bindparam("table"),
    col(Redaction.place) == bindparam("place"),
    col(Redaction.field) == bindparam("field"),
    col(Redaction.erased_at).is_(None),
)


@dataclass(frozen=True)
class RedactionFacts:
    """One value that was asked to be erased: where it stood, why it goes, and who signed."""

    id: int
    entry: int
    table: str
    place: str
    field: str
    ground: Ground
    reason: str
    asked_by: str
    asked_at: datetime
    erased_by: str | None
    erased_at: datetime | None


def redactions(tx: ReadTx) -> list[RedactionFacts]:
    """Everything that was asked for, the newest first."""
    return [facts(row) for row in tx.many(ALL, limit=ROWS_MAX)]


def facts(row: Redaction) -> RedactionFacts:
    """A row as others see it."""
    return RedactionFacts(**{name: getattr(row, name) for name in RedactionFacts.__dataclass_fields__})


def waits(tx: ReadTx, place: Place) -> bool:
    """Whether erasing this was asked for and is not signed."""
    return tx.one(OF_PLACE, table=place.table, place=place.key, field=place.field) is not None


def offered(tx: ReadTx, entry: int) -> list[Place]:
    """The personal words that an entry wrote and that still stand as it wrote them. Raises NotFound."""
    row = ledger.entry(tx, entry)
    found = [Place(REASON_OF_ENTRY, str(entry), "reason")] if row.reason is not None else []
    return found + [place for place, commitment in _written(row.body) if redaction.stands(tx, *spot(place), commitment)]


def _written(body: str) -> Iterator[tuple[Place, str]]:
    """Where an entry put personal words, each with its commitment."""
    for change in json.loads(body)["changes"]:
        table = SQLModel.metadata.tables.get(change["table"])
        for field, value in change["after"].items() if table is not None else ():
            column: Any = None if table is None else table.columns.get(field)
            if value is None or column is None or not isinstance(column.type, CellText):
                continue
            if may_hold_words(field, column.type.length_max, column.info["class"]):
                yield Place(change["table"], str(change["key"]), field), value


def spot(place: Place) -> tuple[Any, Any, str]:
    """The table, the key as its column has it, and the field."""
    table = SQLModel.metadata.tables[place.table]
    [key] = table.primary_key.columns
    return table, int(place.key) if key.type.python_type is int else place.key, place.field
