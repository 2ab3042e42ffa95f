"""Labels as issued, designs as approved, sums as reconciled."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy import text as sql

from cellchain.labels.licensed.models import IsbtScheme as IsbtScheme
from cellchain.labels.printing.models import Copy as Copy
from cellchain.labels.printing.models import PrintJob as PrintJob
from cellchain.labels.rules import DesignPhase, LabelPhase
from cellchain.labels.scanning.models import RawScan as RawScan
from cellchain.labels.scanning.models import Scanner as Scanner
from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    code,
    key,
    moment,
    number,
    personal,
    reference,
    text,
)

SOURCE_MAX = 100_000
REASONS_MAX = 601  # of its end and of its replacement, 300 characters each


class Design(Record, table=True):
    """One version of a label design: its text, the hash of that, and whether QA approved it.

    The text is kept so that a version prints as it was approved and stays viewable when its folder has changed.
    """

    __tablename__ = "labels_design"
    __table_args__ = (
        chosen("phase", DesignPhase),
        UniqueConstraint("name", "version", name="uq_labels_design_version"),
    )

    id: int | None = key()
    name: str = text(40, index=True)
    version: int = number()
    content_hash: str = text(64)
    source: str = text(SOURCE_MAX)
    phase: DesignPhase = choice(DesignPhase)
    drafted_by: str = text(14)
    approved_at: datetime | None = moment(optional=True)


class Label(Record, table=True):
    """One printed label, with a serial of its own. `symbol` is what its symbols carry.

    ended_by   who put it out of use; nobody where the house did, because what it says was no longer true
    reason     why it went out of use, and on a line of its own why it was replaced after that
    """

    __tablename__ = "labels_label"
    __table_args__ = (
        chosen("phase", LabelPhase),
        Index(
            "uq_labels_label_live",
            "target",
            "design",
            unique=True,
            sqlite_where=sql("phase IN ('printed', 'confirmed', 'stopped')"),
            postgresql_where=sql("phase IN ('printed', 'confirmed', 'stopped')"),
        ),
        Index(
            "ix_labels_label_waiting",
            "lot",
            sqlite_where=sql("phase = 'printed'"),
            postgresql_where=sql("phase = 'printed'"),
        ),
        Index("ix_labels_label_standing", "phase", "code"),
        Index("ix_labels_label_printed", "printed_at", "code"),
    )

    code: str = code(primary_key=True)
    design: str = text(40)
    design_version: int = number()
    target: str = text(14, index=True)
    lot: str | None = text(14, optional=True, index=True)
    symbol: str = text(14, index=True)
    language: str = text(4)
    phase: LabelPhase = choice(LabelPhase)
    data: str = personal(4_000, encrypted=True)
    printed_at: datetime = moment()
    printed_by: str = text(14)
    confirmed_at: datetime | None = moment(optional=True)
    confirmed_by: str | None = text(14, optional=True)
    replaces: str | None = reference("labels_label.code", optional=True)
    ended_at: datetime | None = moment(optional=True)
    ended_by: str | None = text(14, optional=True)
    witness: str | None = text(14, optional=True)
    reason: str | None = personal(REASONS_MAX, optional=True)


class Reconciliation(Record, table=True):
    """A lot's labels counted against each other."""

    __tablename__ = "labels_reconciliation"

    id: int | None = key()
    lot: str = text(14, index=True)
    printed_count: int = number()
    applied_count: int = number()
    in_record_count: int = number()
    spoiled_count: int = number()
    destroyed_count: int = number()
    difference_count: int = number()
    reconciled_at: datetime = moment()
    reconciled_by: str = text(14)
