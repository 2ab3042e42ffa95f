"""What is always true of people."""

from sqlmodel import col, select

from cellchain.accounts.emergency.models import EmergencyAccess
from cellchain.accounts.expiry.rules import TermPhase
from cellchain.accounts.models import AccessReview, Decision, Grant, LastDay, Person, ReviewLine
from cellchain.accounts.review.rules import ReviewPhase
from cellchain.accounts.rules import GUARDED_ROLES, DecisionPhase, GrantPhase
from cellchain.ledger.actor import SYSTEM
from cellchain.ledger.invariants import Invariant
from cellchain.platform.db import ReadTx

OWN_SECOND = select(Decision.id).where(Decision.given_by == Decision.asked_by)
SELF_RAISED = select(Grant.id).where(Grant.granted_by == Grant.person)
UNSEEN = select(Decision.subject).where(
    Decision.event == "accounts:role:granted", Decision.phase == DecisionPhase.GIVEN
)
PEOPLE = select(Person).order_by(col(Person.code))
GRANTS = select(Grant).order_by(col(Grant.id))
SAID = select(LastDay).where(LastDay.phase == TermPhase.COUNTS).order_by(col(LastDay.id))
EXTENSIONS_SIGNED = select(Decision.subject).where(
    Decision.event == "accounts:last_day:extended", Decision.phase == DecisionPhase.GIVEN
)
OPEN_LINES_OF_CLOSED = (
    select(ReviewLine.id)
    .join(AccessReview, col(AccessReview.id) == col(ReviewLine.review))
    .where(AccessReview.phase == ReviewPhase.CLOSED, col(ReviewLine.answer).is_(None))
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


def last_days_were_said(tx: ReadTx) -> list[str]:
    """What stands at a person or a grant is what was said last and took effect; what guards lives took two."""
    accounts: dict[str, LastDay] = {}
    roles: dict[int, LastDay] = {}
    for row in tx.every(SAID):
        if row.role_grant is None:
            accounts[row.person] = row
        else:
            roles[row.role_grant] = row
    people, grants = tx.every(PEOPLE), tx.every(GRANTS)
    signed = set(tx.every(EXTENSIONS_SIGNED))
    wrong = [
        f"the account {row.code} lasts until {row.last_day}, which nobody said"
        for row in people
        if row.last_day != (accounts[row.code].last_day if row.code in accounts else None)
    ]
    wrong += [
        f"grant {row.id} lasts until {row.last_day}, which nobody said"
        for row in grants
        if row.id in roles and row.last_day != roles[row.id].last_day
    ]
    guarded = {row.id for row in grants if row.role in GUARDED_ROLES}
    return wrong + [
        f"last day {row.id} lengthens a role that guards lives and lacks a countersignature"
        for row in roles.values()
        if row.role_grant in guarded and _lengthens(row) and str(row.id) not in signed
    ]


def _lengthens(row: LastDay) -> bool:
    return row.was is not None and (row.last_day is None or row.last_day > row.was)


def closed_reviews_are_answered(tx: ReadTx) -> list[str]:
    """Every line of a closed review has an answer."""
    return [f"line {row} of a closed review has no answer" for row in tx.every(OPEN_LINES_OF_CLOSED)]


INVARIANTS = (
    Invariant("accounts.second_signature", "Nobody countersigns or raises themselves.", second_signature_is_anothers),
    Invariant("accounts.last_days", "A last day is what was said last, and signed where due.", last_days_were_said),
    Invariant("accounts.reviews", "A closed review of access has every answer.", closed_reviews_are_answered),
    Invariant("accounts.guarded_roles", "An active guarded role was countersigned.", guarded_roles_are_countersigned),
    Invariant(
        "accounts.emergency_review",
        "Emergency access is reviewed by somebody else.",
        emergencies_are_reviewed_by_others,
    ),
)
