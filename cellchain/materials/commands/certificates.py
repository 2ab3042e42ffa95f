"""The supplier's certificate of a material lot, as a file that QA reads before accepting the lot."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import MaterialLotCode
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.filekinds import PAPERS
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.uploads import Upload, accepting, received
from cellchain.materials import queries
from cellchain.materials.models import LotCertificate, MaterialLot


class CertificateResult(CommandResult):
    """A certificate that was attached, by its number and its SHA-256."""

    lot: str
    certificate: int
    digest: str


class AttachCertificate(Order):
    """Which file is the certificate of a lot."""

    lot: Annotated[MaterialLotCode, Field(title="Material lot")]
    file: Annotated[
        Upload,
        Field(
            title="Certificate",
            description="PDF, or a picture of the paper.",
            json_schema_extra=accepting(PAPERS),
        ),
    ]


@command(event="materials:certificate:attached", subject="lot")
def attach_certificate(tx: CommandTx, by: Actor, order: AttachCertificate) -> CertificateResult:
    """Attach a certificate to a lot; those that lie there stay. It may come after a decision, and its time says so.

    Raises NotFound `file.not_received`, Refused `file.wrong_kind`, `material.certificate_there`.
    """
    lot = tx.lock(MaterialLot, order.lot)
    row = keep(tx, lot.code, order.file)
    return CertificateResult(lot=lot.code, certificate=row.id or 0, digest=row.digest)


def keep(tx: CommandTx, lot: str, sent: Upload) -> LotCertificate:
    """Put a file that came to a lot that is held. Raises as `attach_certificate` does."""
    file = received(tx, sent, PAPERS)
    if any(one.digest == file.digest for one in queries.certificates_of(tx, lot)):
        raise Refused("material.certificate_there", "This file lies at this lot already. Attach another one.")
    tx.note(file=file.digest)
    return tx.add(
        LotCertificate(
            lot=lot,
            digest=file.digest,
            kind=file.kind,
            size_bytes=file.size_bytes,
            name=file.name,
            attached_at=tx.happened_at,
            attached_by=tx.by.person,
        )
    )
