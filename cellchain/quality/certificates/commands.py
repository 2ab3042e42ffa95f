"""Issuing a certificate: the house writes down which file bears which number."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import LotCode, PersonCode
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.quality.certificates import queries, rules
from cellchain.quality.certificates.models import Certificate
from cellchain.quality.certificates.rules import CertificateForm, CertificateLanguage

NUMBER_MAX = 2**53 - 1
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class CertificateResult(CommandResult):
    """A certificate by its number, and the SHA-256 of its file."""

    number: int
    digest: str


class IssueCertificate(Order):
    """A file that was signed, for whom, and from what it was made."""

    number: Annotated[int, Field(ge=1, le=NUMBER_MAX)]
    lot: LotCode
    form: CertificateForm
    language: CertificateLanguage
    digest: Hash
    size_bytes: Annotated[int, Field(ge=1, le=NUMBER_MAX)]
    facts_hash: Hash
    entries_count: Annotated[int, Field(ge=1, le=NUMBER_MAX)]
    root: Hash
    seal: Hash
    asked_by: PersonCode


@command(event="quality:certificate:issued", subject="lot", internal=True)
def issue_certificate(tx: CommandTx, by: Actor, order: IssueCertificate) -> CertificateResult:
    """Give a signed file its number for ever. Raises Refused `certificate.issued_already`."""
    rules.may_issue(order.number, known=queries.issued(tx, order.number) is not None)
    tx.add(Certificate(**order.model_dump(), issued_at=tx.now))
    tx.note(number=order.number, form=order.form.value, digest=order.digest, asked_by=str(order.asked_by))
    return CertificateResult(number=order.number, digest=order.digest)
