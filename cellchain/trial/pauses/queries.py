"""Reading the pauses of a study."""

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.errors import Refused
from cellchain.platform.db import ReadTx, kept
from cellchain.trial.pauses.lifecycles import PausePhase
from cellchain.trial.pauses.models import StudyPause

PAUSES_MAX = 1_000
STANDING = select(StudyPause).where(StudyPause.study == bindparam("study"), StudyPause.phase == PausePhase.STANDING)
PAUSES = select(StudyPause).where(StudyPause.study == bindparam("study")).order_by(col(StudyPause.id).desc())


def standing(tx: ReadTx, study: str) -> StudyPause | None:
    """The pause that stands, or None while the study goes on."""
    return tx.one(STANDING, study=study)


@kept
def is_paused(tx: ReadTx, study: str) -> bool:
    """Whether nobody may be randomised or treated now."""
    return standing(tx, study) is not None


def pauses_of(tx: ReadTx, study: str) -> list[StudyPause]:
    """Every pause of a study, the newest first."""
    return tx.many(PAUSES, limit=PAUSES_MAX, study=study)


def standing_or_refuse(tx: ReadTx, study: str) -> StudyPause:
    """The pause that stands. Raises Refused where there is none."""
    found = standing(tx, study)
    if found is None:
        raise Refused("study.not_paused", "This study is not paused. Nothing was changed.")
    return found
