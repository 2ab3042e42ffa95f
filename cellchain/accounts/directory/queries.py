"""Reading links, waiting arrivals, and what somebody signs with."""

from datetime import datetime

from sqlalchemy import bindparam, or_
from sqlmodel import col, func, select

from cellchain.accounts.directory import rules
from cellchain.accounts.directory.models import DirectoryArrival, DirectoryLink, SigningPin
from cellchain.accounts.directory.rules import LinkPhase
from cellchain.accounts.models import Credential, Grant, Person
from cellchain.accounts.rules import GrantPhase, PersonPhase, Role
from cellchain.kernel.errors import NeedsSignature, SignInNeeded
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx

LINKS_MAX = 50

LINKS_OF = (
    select(DirectoryLink).where(col(DirectoryLink.person) == bindparam("person")).order_by(col(DirectoryLink.id).desc())
)
STANDING_OF = select(DirectoryLink).where(
    col(DirectoryLink.person) == bindparam("person"), col(DirectoryLink.phase) != LinkPhase.ENDED
)
ACTIVE_OF = select(DirectoryLink.id).where(
    col(DirectoryLink.person) == bindparam("person"), col(DirectoryLink.phase) == LinkPhase.ACTIVE
)
STANDING_FOR = select(DirectoryLink).where(
    col(DirectoryLink.subject_mark) == bindparam("mark"), col(DirectoryLink.phase) != LinkPhase.ENDED
)
ARRIVAL_OF = select(DirectoryArrival).where(col(DirectoryArrival.subject_mark) == bindparam("mark"))
STALE = select(DirectoryArrival).where(col(DirectoryArrival.came_at) < bindparam("before"))
# The password's hash is a sealed cell: whether there is one can be asked, what it is cannot.
LOCAL_ADMINISTRATORS = (
    select(func.count(func.distinct(col(Grant.person))))
    .join(Person, col(Person.code) == col(Grant.person))
    .join(Credential, col(Credential.person) == col(Grant.person))
    .where(
        Grant.role == Role.ADMINISTRATOR,
        Grant.phase == GrantPhase.ACTIVE,
        or_(col(Grant.last_day).is_(None), col(Grant.last_day) >= bindparam("today")),
        Person.phase == PersonPhase.ACTIVE,
        or_(col(Person.last_day).is_(None), col(Person.last_day) >= bindparam("today")),
        Person.code != bindparam("person"),
        col(Credential.password_hash).is_not(None),
    )
)


@dataclass(frozen=True)
class LinkFacts:
    """A link as pages show it: never the subject itself, which is the directory's own name for somebody."""

    id: int
    person: str
    issuer: str
    shown: str
    phase: LinkPhase
    linked_by: str
    linked_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Proof:
    """What somebody signs with: the word for it, and the hash it is held against."""

    method: str
    stored: str | None


def mark_of(tx: ReadTx, issuer: str, subject: str) -> str:
    """The digest by which an account of the directory is found."""
    return tx.fingerprint(f"directory\n{issuer}\n{subject}")


def links_of(tx: ReadTx, person: str) -> list[LinkFacts]:
    """Every link of a person, the newest first."""
    return [
        LinkFacts(**{name: getattr(row, name) for name in LinkFacts.__dataclass_fields__})
        for row in tx.many(LINKS_OF, limit=LINKS_MAX, person=person)
    ]


def is_of_directory(tx: ReadTx, person: str) -> bool:
    """Whether somebody signs in at the directory, and so has no password here."""
    return tx.one(ACTIVE_OF, person=person) is not None


def person_behind(tx: ReadTx, issuer: str, subject: str) -> str | None:
    """The person whom an account of the directory stands for here, or None.

    Raises SignInNeeded where the link waits for its second signature: until then it stands for nobody.
    """
    link = tx.one(STANDING_FOR, mark=mark_of(tx, issuer, subject))
    if link is not None and link.phase == LinkPhase.PROPOSED:
        raise SignInNeeded(
            "sign_in.link_waits",
            "Your account is linked, and the link waits for QA's signature. Sign in again once they have signed.",
        )
    return None if link is None else str(link.person)


def signing_pin_set_at(tx: ReadTx, person: str) -> datetime | None:
    """When somebody set the PIN they sign with, or None where they have none."""
    row = tx.find(SigningPin, person)
    return None if row is None or row.pin_hash is None else row.set_at


def proof_of(tx: ReadTx, person: str, password_hash: str | None) -> Proof:
    """What `person` signs with: the directory keeps passwords to itself, so its people have a PIN of their own here."""
    if not is_of_directory(tx, person):
        return Proof(rules.BY_HOUSE, password_hash)
    row = tx.find(SigningPin, person)
    return Proof(rules.BY_SIGNING_PIN, None if row is None else row.pin_hash)


def check_has_proof(proof: Proof) -> None:
    """Raises NeedsSignature `signature.no_pin` where somebody has nothing to sign with yet."""
    if proof.method == rules.BY_SIGNING_PIN and proof.stored is None:
        raise NeedsSignature(
            "signature.no_pin",
            "You have no signing PIN yet, so nothing was signed. Set one under “Your PIN”, then sign again.",
        )


def wrong_proof(proof: Proof) -> NeedsSignature:
    """What is said to a signer whose secret is not theirs. The directory is never asked, so it is never to blame."""
    if proof.method == rules.BY_SIGNING_PIN:
        return NeedsSignature(
            "signature.pin_wrong",
            "User name or signing PIN is wrong. Nothing was signed. The password of the directory signs nothing here.",
        )
    return NeedsSignature("signature.wrong", "Name or password is wrong. Nothing was signed. Try again.")
