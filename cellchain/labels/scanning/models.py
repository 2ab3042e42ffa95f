"""What the reader of a station needs, and every scan as it came."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index

from cellchain.identity.typed import Capture
from cellchain.labels.scanning.rules import AFFIX_MAX, GAP_MS, SPAN_MS
from cellchain.platform.columns import Record, choice, chosen, flag, moment, number, outside_ledger, text


class Scanner(Record, table=True):
    """How the reader of a station sends: waits in milliseconds, and what it puts around every scan by itself."""

    __tablename__ = "labels_scanner"
    __table_args__ = (
        CheckConstraint(f"gap_ms BETWEEN {GAP_MS.least} AND {GAP_MS.most}", name="gap_bounded"),
        CheckConstraint(f"span_ms BETWEEN {SPAN_MS.least} AND {SPAN_MS.most}", name="span_bounded"),
    )

    station: str = text(40, primary_key=True)
    gap_ms: int = number()
    span_ms: int = number()
    prefix: str = text(AFFIX_MAX)
    suffix: str = text(AFFIX_MAX)
    sends_separators: bool = flag()
    configured_by: str = text(14)
    configured_at: datetime = moment()


class RawScan(Record, table=True):
    """One beep: what arrived, taken or not. The nonce is its key, so that a scan that is sent again stands here once.

    symbol   as it came, or its shape alone (`is_shape`) where it may be about a person
    answer   the kind of thing that it stood for, or `unknown`
    problem  the code that says why it was not taken; none where it was
    """

    __tablename__ = "labels_raw_scan"
    __table_args__ = (
        chosen("capture", Capture),
        Index("ix_labels_raw_scan_at", "at", "nonce"),
        outside_ledger("raw scans; whatever one changed has its entry"),
    )

    nonce: str = text(64, primary_key=True)
    at: datetime = moment()
    person: str = text(14)
    device: str | None = text(40, optional=True)
    symbol: str = text(256)
    is_shape: bool = flag()
    capture: Capture = choice(Capture)
    answer: str = text(20)
    problem: str | None = text(40, optional=True)
