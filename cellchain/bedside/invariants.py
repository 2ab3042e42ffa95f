"""What is always true of infusions (architecture.md section 5, 1, 2 and 4)."""

from sqlmodel import col, select

from cellchain.bedside.models import Check, Infusion
from cellchain.bedside.rules import CheckPhase, Verdict
from cellchain.ledger.invariants import Invariant
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx
from cellchain.trial import queries as trial

INFUSIONS = select(Infusion).order_by(col(Infusion.id))
OPEN_STOPS = select(Check.id).where(Check.verdict == Verdict.STOP, Check.phase != CheckPhase.STOPPED)


def bag_went_to_its_recipient(tx: ReadTx) -> list[str]:
    """Every infusion is of a bag assigned to that recipient and infusion, with the content the arm gives."""
    found = []
    for row in tx.every(INFUSIONS):
        tie = trial.last_assignment_of(tx, row.bag)
        if tie is None or tie.recipient != row.recipient or tie.planned_infusion != row.planned_infusion:
            found.append(f"infusion {row.id}: bag {row.bag} was not assigned to {row.recipient}")
        bag = manufacturing.bag_facts(tx, row.bag)
        if bag is not None and trial.content_for(tx, row.recipient) != bag.content:
            found.append(f"infusion {row.id}: bag {row.bag} has not the content of the recipient's arm")
    return found


def nothing_started_expired(tx: ReadTx) -> list[str]:
    """No bag was started that would expire before the planned end."""
    found = []
    for row in tx.every(INFUSIONS):
        bag = manufacturing.bag_facts(tx, row.bag)
        if bag is None or row.started_at >= bag.expires_at:
            found.append(f"infusion {row.id}: bag {row.bag} had expired at the start")
    return found


def two_people_checked(tx: ReadTx) -> list[str]:
    """Two different people checked before every infusion, and one of them started it."""
    return [
        f"infusion {row.id} was not checked by two people"
        for row in tx.every(INFUSIONS)
        if row.first_checker == row.second_checker or row.started_by not in (row.first_checker, row.second_checker)
    ]


def a_stop_stays_a_stop(tx: ReadTx) -> list[str]:
    """No STOP was turned into anything else."""
    return [f"check {number} was a STOP and counts as something else" for number in tx.every(OPEN_STOPS)]


INVARIANTS = (
    Invariant(
        "bedside.own_bag", "A bag is infused only into the recipient it is assigned to.", bag_went_to_its_recipient
    ),
    Invariant("bedside.not_expired", "Nothing is started that has expired.", nothing_started_expired),
    Invariant("bedside.two_people", "Two people checked, one of them started.", two_people_checked),
    Invariant("bedside.stop", "A STOP stays a STOP.", a_stop_stays_a_stop),
)
