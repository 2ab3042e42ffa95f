"""What is always true of people."""

from sqlmodel import col, select

from cellchain.accounts.emergency.models import EmergencyAccess
from cellchain.accounts.models import Decision, Grant
from cellchain.accounts.rules import GUARDED_ROLES, DecisionPhase, GrantPhase
from cellchain.ledger.actor import SYSTEM
from cellchain.ledger.invariants import Invariant
from cellchain.platform.db import ReadTx

OWN_SECOND = select(Decision.id).where(Decision.given_by == Decision.asked_by)
SELF_RAISED = select(Grant.id).where(Grant.granted_by == Grant.person)
UNSEEN = select(Decision.subject).where(
    Decision.event == "accounts:role:granted", Decision.phase == DecisionPhase.GIVEN
)
GUARDED = select(Grant).where(Grant.phase == GrantPhase.ACTIVE, Grant.granted_by != SYSTEM)


def second_signature_is_anothers(tx: ReadTx) -> list[str]:
    """Nobody countersigns their own decision, and nobody raises themselves."""
    return [f"decision {row} was countersigned by who asked for it" for row in tx.every(OWN_SECOND)] + [
        f"grant {row} was given by its holder" for row in tx.every(SELF_RAISED)
    ]


def guarded_roles_are_countersigned(tx: ReadTx) -> list[str]:
    """An active guarded role has a given decision behind it."""
    given = set(tx.every(UNSEEN))
    return [
        f"grant {row.id} of {row.role} lacks a countersignature"
        for row in tx.every(GUARDED)
        if row.role in GUARDED_ROLES and str(row.id) not in given
    ]


REVIEWED_BY_SELF = select(EmergencyAccess.id).where(col(EmergencyAccess.reviewed_by) == col(EmergencyAccess.person))


def emergencies_are_reviewed_by_others(tx: ReadTx) -> list[str]:
    """Nobody reviews what they took in an emergency themselves."""
    return [f"emergency access {row} was reviewed by who took it" for row in tx.every(REVIEWED_BY_SELF)]


INVARIANTS = (
    Invariant("accounts.second_signature", "Nobody countersigns or raises themselves.", second_signature_is_anothers),
    Invariant("accounts.guarded_roles", "An active guarded role was countersigned.", guarded_roles_are_countersigned),
    Invariant(
        "accounts.emergency_review",
        "Emergency access is reviewed by somebody else.",
        emergencies_are_reviewed_by_others,
    ),
)
