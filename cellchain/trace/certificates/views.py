"""What the pages of certificates show: the certificates of a lot, one of them, and what a check of a file found."""

import hashlib
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from cellchain.accounts import queries as accounts
from cellchain.kernel.errors import Refused
from cellchain.kernel.later import later
from cellchain.kernel.values import dataclass
from cellchain.ledger import merkle
from cellchain.ledger import queries as ledger
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.facts import LotFacts
from cellchain.platform.db import ReadTx
from cellchain.platform.files import DataDir
from cellchain.quality.certificates import queries as issuing
from cellchain.quality.certificates.queries import IssuedFacts
from cellchain.trace.certificates import record, rules
from cellchain.trace.certificates.rules import Finding, RootCheck, Standing, Verdict
from cellchain.trace.documents import beside, queue
from cellchain.trace.documents.rules import CERTIFICATES, OPEN, Form, JobPhase
from cellchain.trace.models import DocumentJob

if TYPE_CHECKING:
    from cellchain.trace.certificates import seal
else:
    seal = later("cellchain.trace.certificates.seal")

CHECK_S_MAX = 60.0
# One at a time: a check takes a process of its own, and nobody may start many of them.
_checking = threading.Lock()


@dataclass(frozen=True)
class Row:
    """A certificate in a list; `standing` is None while it is not made."""

    job: DocumentJob
    standing: Standing | None
    asked_by: str


@dataclass(frozen=True)
class Offer:
    """A kind of certificate, and what stands in its way."""

    form: Form
    refusal: Refused | None


@dataclass(frozen=True)
class LotView:
    """The certificates of a lot."""

    lot: LotFacts
    offers: Sequence[Offer]
    rows: Sequence[Row]
    until: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether one is being made."""
        return any(row.job.phase in OPEN for row in self.rows)


@dataclass(frozen=True)
class View:
    """One certificate. `root` is None where none was asked about; `newer` is the number of one that is current.

    `issued` is what the ledger says of it, `entry` the number of its entry there.
    """

    row: Row
    lot: LotFacts
    root: RootCheck | None
    newer: int | None
    issued: IssuedFacts | None
    entry: int | None


@dataclass(frozen=True)
class Checked:
    """A file that somebody held against the house. `row` is the certificate that it is, byte for byte.

    `issued` and `entry` are what the ledger says of this very file.
    """

    finding: Finding
    verdict: Verdict
    digest: str
    row: Row | None
    issued: IssuedFacts | None
    entry: int | None


def of_lot(tx: ReadTx, code: str, folder: DataDir) -> LotView:
    """The certificates of a lot. Raises NotFound."""
    lot = manufacturing.lot_facts(tx, code)
    own = seal.held(folder)
    facts = record.facts(tx, code, own)
    offers = [Offer(form, _refusal(form, facts, tx.now)) for form in CERTIFICATES]
    return LotView(lot, offers, rows(tx, code, facts), facts.seal_until)


def _refusal(form: Form, facts: rules.CertificateFacts, now: datetime) -> Refused | None:
    try:
        rules.may_ask(form, facts, now)
    except Refused as refusal:
        return refusal
    return None


def rows(tx: ReadTx, lot: str, facts: rules.CertificateFacts) -> list[Row]:
    """The certificates of a lot, each with what became of it, the newest first."""
    jobs = queue.certificates_of(tx, lot)
    now = {form: record.fingerprint(tx, lot, form) for form in {job.form for job in jobs}}
    return [_row(tx, job, now[job.form], facts) for job in jobs]


def _row(tx: ReadTx, job: DocumentJob, now_hash: str, facts: rules.CertificateFacts) -> Row:
    made = job.phase is JobPhase.READY
    standing = rules.standing(job.facts_hash, now_hash, facts) if made else None
    return Row(job, standing, accounts.display_name(tx, job.requested_by))


def may_ask(tx: ReadTx, lot: str, form: Form, folder: DataDir) -> str:
    """The fingerprint of what a certificate would say now. Raises Refused `certificate.*`, NotFound."""
    rules.may_ask(form, record.facts(tx, lot, seal.held(folder)), tx.now)
    return record.fingerprint(tx, lot, form)


def one(tx: ReadTx, job: DocumentJob, folder: DataDir, entries: int, root: str) -> View:
    """One certificate; `entries` and `root` are what the code on its paper brought. Raises NotFound."""
    every = rows(tx, job.lot, record.facts(tx, job.lot, seal.held(folder)))
    row = next((row for row in every if row.job.id == job.id), None) or _alone(tx, job, folder)
    newer = next(
        (
            other.job.id
            for other in every
            if other.standing is Standing.CURRENT
            and (other.job.form, other.job.language) == (job.form, job.language)
            and other.job.id != job.id
        ),
        None,
    )
    asked = root_check(tx, entries, root) if root else None
    return View(row, manufacturing.lot_facts(tx, job.lot), asked, newer, *_in_ledger(tx, job.digest))


def _in_ledger(tx: ReadTx, digest: str | None) -> tuple[IssuedFacts | None, int | None]:
    """What the ledger says of a file, and where."""
    found = None if digest is None else issuing.issued_as(tx, digest)
    return found, None if found is None else issuing.entry_of(tx, found)


def _alone(tx: ReadTx, job: DocumentJob, folder: DataDir) -> Row:
    """A certificate that is older than the list of its lot reaches."""
    facts = record.facts(tx, job.lot, seal.held(folder))
    return _row(tx, job, record.fingerprint(tx, job.lot, job.form), facts)


def root_check(tx: ReadTx, entries: int, root: str) -> RootCheck:
    """Whether the ledger's first `entries` entries have this root, worked out anew."""
    leaves = ledger.hashes(tx, upto=entries) if entries else []
    if not leaves or len(leaves) != entries:
        return RootCheck.UNKNOWN
    return RootCheck.SAME if merkle.root(leaves).hex() == root else RootCheck.OTHER


# ---- a file ----------------------------------------------------------------------------------------------------------


def check(content: bytes) -> Finding:
    """What a file shows. Raises Refused `certificate.check_busy`, `certificate.check_broke_off`."""
    if not _checking.acquire(blocking=False):
        raise Refused("certificate.check_busy", "Another file is being checked. Send this one again in a few seconds.")
    try:
        return beside.call(beside.check, content, seconds_max=CHECK_S_MAX)
    except beside.BrokeOff as error:
        raise Refused(
            "certificate.check_broke_off",
            "This file could not be checked to its end, so it is no certificate of ours. Ask where it comes from.",
        ) from error
    finally:
        _checking.release()


def checked(tx: ReadTx, content: bytes, finding: Finding, folder: DataDir) -> Checked:
    """The finding as this house sees it: whose certificate signed it, and which of ours it is."""
    digest = hashlib.sha256(content).hexdigest()
    job = queue.with_digest(tx, digest)
    row = _alone(tx, job, folder) if job is not None and job.form in CERTIFICATES else None
    verdict = rules.of_this_site(finding, seal.known(folder))
    return Checked(finding, verdict, digest, row, *_in_ledger(tx, digest))
