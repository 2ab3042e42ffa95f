"""Reading records of destruction, and the signatures under them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.accounts.queries import display_name
from cellchain.custody.models import Destruction
from cellchain.custody.rules import DestructionMethod
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger import queries as ledger
from cellchain.manufacturing import queries as manufacturing
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx

ROWS_MAX = 500
METHODS = {
    DestructionMethod.AUTOCLAVE: T("Autoclave"),
    DestructionMethod.INCINERATION: T("Incineration"),
    DestructionMethod.CHEMICAL: T("Chemical inactivation"),
    DestructionMethod.CLINICAL_WASTE: T("Handed over as clinical waste"),
}

ALL = select(Destruction).order_by(col(Destruction.id).desc())
OF_SUBJECT: Any = select(Destruction.id).where(col(Destruction.subject) == bindparam("subject"))
UNSIGNED_BY = (
    select(Destruction)
    .where(col(Destruction.witness) == bindparam("person"), col(Destruction.witnessed_at).is_(None))
    .order_by(col(Destruction.id))
)


@dataclass(frozen=True)
class DestructionFacts:
    """One record of destruction. `volume_ul` is what of the thing was destroyed."""

    id: int
    subject: str
    performer: str
    witness: str
    method: DestructionMethod
    place: str
    volume_ul: int
    at: datetime
    witnessed_at: datetime | None
    reason: str

    @property
    def number(self) -> str:
        """`DR-26-007`: how people call the record."""
        return f"DR-{self.at.year % 100:02d}-{self.id:03d}"


@dataclass(frozen=True)
class SignedAs:
    """A signature under a record: whose, what it means, when, and the hash of what was signed."""

    name: str
    meaning: str
    at: datetime
    record_hash: str


@dataclass(frozen=True)
class DestructionPage:
    """A record of destruction as it is read and printed."""

    row: DestructionFacts
    lot: str | None
    place_name: str
    performer: str
    witness: str
    signatures: Sequence[SignedAs]


def destruction(tx: ReadTx, number: int) -> DestructionFacts:
    """One record. Raises NotFound."""
    return _facts(tx.get(Destruction, number))


def destructions(tx: ReadTx) -> list[DestructionFacts]:
    """The records made last."""
    return [_facts(row) for row in tx.many(ALL, limit=ROWS_MAX)]


def number_of(tx: ReadTx, subject: str) -> int | None:
    """The record of the destruction of a thing, where it was destroyed."""
    found: int | None = tx.one(OF_SUBJECT, subject=subject)
    return found


def unsigned_by(tx: ReadTx, person: str) -> list[DestructionFacts]:
    """Records that wait for somebody's signature as the witness."""
    return [_facts(row) for row in tx.many(UNSIGNED_BY, limit=ROWS_MAX, person=person)]


def destruction_page(tx: ReadTx, number: int) -> DestructionPage:
    """One record with the names and signatures under it. Raises NotFound."""
    row = destruction(tx, number)
    signed = [*ledger.signatures_on(tx, row.subject, "custody:container:destroyed")]
    signed += ledger.signatures_on(tx, row.subject, "custody:destruction:witnessed")
    return DestructionPage(
        row=row,
        lot=manufacturing.container_facts(tx, row.subject).lot,
        place_name=materials.location_facts(tx, row.place).name,
        performer=display_name(tx, row.performer),
        witness=display_name(tx, row.witness),
        signatures=[
            SignedAs(display_name(tx, one.signer), one.meaning, one.signed_at, one.record_hash) for one in signed
        ],
    )


def _facts(row: Destruction) -> DestructionFacts:
    return DestructionFacts(**{name: getattr(row, name) for name in DestructionFacts.__dataclass_fields__})
