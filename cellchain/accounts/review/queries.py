"""Reading reviews: what stands on a line, when the next is due, and what a closed one still asks for."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.accounts.directory.rules import LinkPhase
from cellchain.accounts.expiry.rules import is_over
from cellchain.accounts.models import Badge, DirectoryLink, Grant, Passkey, Person, Phone, Training
from cellchain.accounts.queries import COUNTERSIGNED, PEOPLE, PEOPLE_MAX, roles_of
from cellchain.accounts.review.models import AccessReview, ReviewLine
from cellchain.accounts.review.rules import DAYS_BETWEEN, LineAnswer, ReviewPhase, due_on
from cellchain.accounts.review.seen import Seen, seen
from cellchain.accounts.rules import BadgePhase, GrantPhase, PersonPhase
from cellchain.accounts.second_factor.rules import FactorPhase
from cellchain.kernel.canonical import Json, moment
from cellchain.kernel.values import dataclass
from cellchain.ledger.queries import last_at
from cellchain.platform.db import ReadTx

REVIEWS_MAX = 200

REVIEWS = select(AccessReview).order_by(col(AccessReview.id).desc())
OPEN_REVIEW = select(AccessReview).where(AccessReview.phase == ReviewPhase.OPEN)
LAST_CLOSED = (
    select(AccessReview.closed_at)
    .where(AccessReview.phase == ReviewPhase.CLOSED)
    .order_by(col(AccessReview.closed_at).desc())
)
FIRST_PERSON = select(func.min(Person.registered_at))
HERE = select(Person).where(Person.phase != PersonPhase.LEFT).order_by(col(Person.username))
LINES = (
    select(ReviewLine, Person)
    .join(Person, col(Person.code) == col(ReviewLine.person))
    .where(ReviewLine.review == bindparam("review"))
    .order_by(col(Person.username))
)
LINE_OF = select(ReviewLine).where(ReviewLine.review == bindparam("review"), ReviewLine.person == bindparam("person"))
UNANSWERED = (
    select(ReviewLine.person)
    .where(ReviewLine.review == bindparam("review"), col(ReviewLine.answer).is_(None))
    .order_by(col(ReviewLine.id))
)
UNSETTLED = (
    select(ReviewLine, Person)
    .join(AccessReview, col(AccessReview.id) == col(ReviewLine.review))
    .join(Person, col(Person.code) == col(ReviewLine.person))
    .where(
        AccessReview.phase == ReviewPhase.CLOSED,
        col(ReviewLine.answer) != LineAnswer.KEEP,
        col(ReviewLine.settled_at).is_(None),
    )
    .order_by(col(ReviewLine.id))
)
STANDING_GRANTS = (
    select(Grant).where(Grant.person == bindparam("person"), Grant.phase != GrantPhase.REVOKED).order_by(col(Grant.id))
)
TRAININGS_OF = select(Training).where(Training.person == bindparam("person")).order_by(col(Training.id).desc())
PHONES_OF = (
    select(func.count())
    .select_from(Phone)
    .where(col(Phone.person) == bindparam("person"), col(Phone.phase) == FactorPhase.ACTIVE)
)
PASSKEYS_OF = (
    select(func.count())
    .select_from(Passkey)
    .where(col(Passkey.person) == bindparam("person"), col(Passkey.phase) == FactorPhase.ACTIVE)
)
BADGES_OF = (
    select(func.count()).select_from(Badge).where(Badge.person == bindparam("person"), Badge.phase == BadgePhase.LIVE)
)
LINKS_OF = (
    select(func.count())
    .select_from(DirectoryLink)
    .where(col(DirectoryLink.person) == bindparam("person"), col(DirectoryLink.phase) == LinkPhase.ACTIVE)
)
TRAININGS_SHOWN = 20


@dataclass(frozen=True)
class Line:
    """A line of a review. `seen` is what was stored when it was opened; `name` and `username` are the person's now."""

    person: str
    name: str
    initials: str
    username: str
    seen: Seen
    answer: LineAnswer | None
    remark: str | None
    answered_by: str | None
    answered_at: datetime | None
    settled: str | None
    settled_by: str | None
    settled_at: datetime | None
    changed: bool


@dataclass(frozen=True)
class ReviewFacts:
    """A review as others see it."""

    id: int
    phase: ReviewPhase
    opened_by: str
    opened_at: datetime
    lines_count: int
    findings: str | None
    closed_by: str | None
    closed_at: datetime | None


@dataclass(frozen=True)
class Waiting:
    """What a closed review decided about somebody and nobody has recorded as done."""

    review: int
    person: str
    initials: str
    answer: LineAnswer


def reviews(tx: ReadTx) -> list[AccessReview]:
    """Every review, the newest first."""
    return tx.many(REVIEWS, limit=REVIEWS_MAX)


def review_facts(tx: ReadTx, number: int) -> ReviewFacts:
    """One review. Raises NotFound."""
    row = tx.get(AccessReview, number)
    return ReviewFacts(**{name: getattr(row, name) for name in ReviewFacts.__dataclass_fields__})


def open_review(tx: ReadTx) -> AccessReview | None:
    """The review that is under way."""
    return tx.one(OPEN_REVIEW)


def next_due(tx: ReadTx) -> date | None:
    """When the next review is to be done, by the setting; None while one is open, or nobody is here."""
    if open_review(tx) is not None:
        return None
    closed, begun = tx.one(LAST_CLOSED), tx.one(FIRST_PERSON)
    days = DAYS_BETWEEN if tx.house is None else tx.house.access_review_days
    return due_on(None if closed is None else tx.day_of(closed), None if begun is None else tx.day_of(begun), days)


def lines_of(tx: ReadTx, review: AccessReview | ReviewFacts) -> list[Line]:
    """The lines of a review by user name. While it is open, what has changed since it was opened is marked."""
    is_open = review.phase == ReviewPhase.OPEN
    rows: list[tuple[ReviewLine, Person]] = tx.many(LINES, limit=PEOPLE_MAX, review=review.id)
    return [_line(row, person, is_open and changed_since(tx, row)) for row, person in rows]


def unanswered(tx: ReadTx, review: int) -> list[str]:
    """Whose lines have no answer yet."""
    return tx.many(UNANSWERED, limit=PEOPLE_MAX, review=review)


def changed_since(tx: ReadTx, row: ReviewLine) -> bool:
    """Whether roles, last days or the account itself are other than the line says."""
    person = tx.get(Person, row.person)
    now = {**_account(person), "roles": _roles(tx, person.code)}
    return any(row.facts[name] != now[name] for name in now)


def _line(row: ReviewLine, person: Person, changed: bool) -> Line:
    return Line(
        row.person,
        person.name,
        person.initials,
        person.username,
        seen(row.facts),
        row.answer,
        row.remark,
        row.answered_by,
        row.answered_at,
        row.settled,
        row.settled_by,
        row.settled_at,
        changed,
    )


def names(tx: ReadTx) -> dict[str, str]:
    """The short names of everybody, also of who has left, by code."""
    return {row.code: row.initials for row in tx.many(PEOPLE, limit=PEOPLE_MAX)}


def unsettled(tx: ReadTx) -> list[Waiting]:
    """What closed reviews decided and nobody has recorded as done, the oldest first."""
    rows: Sequence[tuple[ReviewLine, Person]] = tx.many(UNSETTLED, limit=PEOPLE_MAX)
    return [Waiting(row.review, row.person, person.initials, row.answer) for row, person in rows if row.answer]


def stands(tx: ReadTx, person: str) -> tuple[bool, bool]:
    """Whether somebody may sign in, and whether a role of theirs counts."""
    row = tx.get(Person, person)
    works = row.phase == PersonPhase.ACTIVE and not is_over(row.last_day, tx.today)
    return works, bool(roles_of(tx, person))


def facts_of(tx: ReadTx, person: Person) -> dict[str, Json]:
    """What a reviewer has to see of an account, as plain data. No name, and nothing that somebody wrote freely but the
    topic of a training."""
    signed_in = last_at(tx, person.code, "accounts:session:opened")
    return {
        **_account(person),
        "roles": _roles(tx, person.code),
        "last_sign_in": None if signed_in is None else moment(signed_in),
        "phone": bool(tx.one(PHONES_OF, person=person.code)),
        "passkeys": tx.one(PASSKEYS_OF, person=person.code) or 0,
        "badge": bool(tx.one(BADGES_OF, person=person.code)),
        "directory": bool(tx.one(LINKS_OF, person=person.code)),
        "trainings": _trainings(tx, person.code),
    }


def _account(person: Person) -> dict[str, Json]:
    return {"phase": str(person.phase), "last_day": _day(person.last_day), "since": moment(person.registered_at)}


def _roles(tx: ReadTx, person: str) -> list[Json]:
    return [_role(tx, grant) for grant in tx.every(STANDING_GRANTS, person=person)]


def _role(tx: ReadTx, grant: Grant) -> Json:
    decision = tx.one(COUNTERSIGNED, event="accounts:role:granted", subject=str(grant.id))
    return {
        "role": str(grant.role),
        "phase": str(grant.phase),
        "since": moment(grant.granted_at),
        "granted_by": grant.granted_by,
        "countersigned_by": None if decision is None else decision.given_by,
        "last_day": _day(grant.last_day),
    }


def _trainings(tx: ReadTx, person: str) -> list[Json]:
    """The newest training of each topic."""
    newest: dict[str, Json] = {}
    for row in tx.many(TRAININGS_OF, limit=200, person=person):
        newest.setdefault(
            row.topic.casefold(),
            {"topic": row.topic, "trained_on": _day(row.trained_on), "valid_until": _day(row.valid_until)},
        )
    return list(newest.values())[:TRAININGS_SHOWN]


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
