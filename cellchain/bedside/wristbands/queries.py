"""Whose wristband of a hospital this is."""

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.bedside.wristbands.models import HospitalBand
from cellchain.bedside.wristbands.rules import BandPhase, symbol_of
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.trial import queries as trial
from cellchain.trial.definition import HospitalWristband

# The live one before those that were: a hospital may put a band on again that was taken off.
OF_MARK = (
    select(HospitalBand)
    .where(HospitalBand.mark == bindparam("mark"))
    .order_by(col(HospitalBand.phase), col(HospitalBand.id).desc())
)
LIVE_OF = select(HospitalBand).where(
    HospitalBand.recipient == bindparam("recipient"), HospitalBand.phase == BandPhase.LIVE
)


@dataclass(frozen=True, slots=True)
class Bound:
    """A hospital's wristband: for whom two people bound it, and whether it still counts."""

    recipient: str
    live: bool


def bound(tx: ReadTx, raw: str) -> Bound | None:
    """Whose band of a hospital was scanned; None for one that is bound to nobody, or no such thing at all.

    It counts while it is bound and while the study takes symbols of its kind.
    """
    symbol = symbol_of(raw)
    row = None if symbol is None else tx.one(OF_MARK, mark=tx.fingerprint(symbol.text))
    if symbol is None or row is None:
        return None
    setting = trial.study_of(tx, row.recipient).bedside.hospital_wristband
    return Bound(row.recipient, row.phase == BandPhase.LIVE and symbol.counts_under(setting))


def is_gsrn(raw: str) -> bool:
    """Whether this is a GS1 service relation number, whoever's: it can only be a wristband."""
    symbol = symbol_of(raw)
    return symbol is not None and symbol.is_gsrn


def may_be_bound(tx: ReadTx) -> bool:
    """Whether any study here takes a hospital's wristband."""
    return any(
        trial.study_definition(tx, one.code).bedside.hospital_wristband is not HospitalWristband.NONE
        for one in trial.studies(tx)
    )


def live_of(tx: ReadTx, recipient: str) -> HospitalBand | None:
    """The hospital's wristband that counts for a recipient."""
    return tx.one(LIVE_OF, recipient=recipient)
