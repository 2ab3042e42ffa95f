"""Checks and downtimes; what runs has its room in `infusions`, whose tables are the bedside's as well."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy import text as sql

from cellchain.bedside.downtime.models import Downtime as Downtime  # tables of the rooms inside this one
from cellchain.bedside.downtime.models import PaperBag as PaperBag
from cellchain.bedside.downtime.models import PaperEntry as PaperEntry
from cellchain.bedside.infusions.models import Decision as Decision
from cellchain.bedside.infusions.models import Infusion as Infusion
from cellchain.bedside.infusions.models import Observation as Observation
from cellchain.bedside.infusions.models import Pause as Pause
from cellchain.bedside.infusions.models import RateStep as RateStep
from cellchain.bedside.infusions.models import Reaction as Reaction
from cellchain.bedside.infusions.models import TakeOver as TakeOver
from cellchain.bedside.rules import Capture, Cause, CheckPhase, Identity, Verdict
from cellchain.bedside.wristbands.models import HospitalBand as HospitalBand
from cellchain.platform.columns import (
    Record,
    Series,
    choice,
    chosen,
    document,
    flag,
    key,
    moment,
    number,
    only_while,
    personal,
    text,
)

STOPS = Series("bedside:stop", ())  # near misses, over all years


class Check(Record, table=True):
    """One person's scan of wristband and bag, with its verdict and every reason.

    `infusion` is set where it was one more scan at an infusion under way that did not fit; nobody looked at the bag.
    """

    __tablename__ = "bedside_check"
    __table_args__ = (
        chosen("phase", CheckPhase),
        chosen("verdict", Verdict),
        chosen("capture", Capture),
        chosen("identity_stated", Identity),
        CheckConstraint("infusion IS NOT NULL OR intact IS NOT NULL", name="bag_was_looked_at"),
        CheckConstraint("(verdict = 'STOP') = (stop_number IS NOT NULL)", name="stops_are_numbered"),
        Index(
            "ix_bedside_check_open",
            "bag",
            "recipient",
            sqlite_where=sql("phase = 'open'"),
            postgresql_where=sql("phase = 'open'"),
        ),
        Index("ix_bedside_check_stopped", "verdict", "id", **only_while("verdict = 'STOP'")),
        Index(
            "ix_bedside_check_open_recipient",
            "recipient",
            sqlite_where=sql("phase = 'open'"),
            postgresql_where=sql("phase = 'open'"),
        ),
    )

    id: int | None = key()
    bag: str | None = text(14, optional=True)
    recipient: str | None = text(14, optional=True)
    wristband_read: str = personal(256)
    bag_read: str = personal(256)
    verdict: Verdict = choice(Verdict)
    stop_number: int | None = number(optional=True, series=STOPS)
    reasons: list[str] = document()
    phase: CheckPhase = choice(CheckPhase)
    capture: Capture = choice(Capture)
    identity_stated: Identity | None = choice(Identity, optional=True)
    intact: bool | None = flag(optional=True)
    no_clumps: bool | None = flag(optional=True)
    label_legible: bool | None = flag(optional=True)
    checked_at: datetime = moment(index=True)
    checked_by: str = text(14)
    device: str | None = text(40, optional=True)
    infusion: int | None = number(references="bedside_infusion.id", optional=True)
    cause: Cause | None = choice(Cause, optional=True)
    acknowledged_at: datetime | None = moment(optional=True)
