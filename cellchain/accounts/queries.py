"""Reading people: for signing in, for pages, and for names beside codes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, or_
from sqlalchemy import select as columns
from sqlmodel import col, func, select

from cellchain.accounts.expiry.rules import is_over
from cellchain.accounts.models import (
    Badge,
    Credential,
    Decision,
    FailedSignIn,
    Grant,
    Person,
    Station,
    Training,
    WebSession,
)
from cellchain.accounts.permissions import permissions_of
from cellchain.accounts.rules import BadgePhase, DecisionPhase, GrantPhase, PersonPhase, Role
from cellchain.identity import scan
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import Listing

PEOPLE_MAX = 1_000

_people: Any = Person  # a day that may be missing is a column all the same, which the stubs do not know

# A role that was given and counts on the site's day `today`; an account that does.
ROLE_COUNTS = and_(
    col(Grant.phase) == GrantPhase.ACTIVE,
    or_(col(Grant.last_day).is_(None), col(Grant.last_day) >= bindparam("today")),
)
ACCOUNT_COUNTS = and_(
    col(Person.phase) == PersonPhase.ACTIVE,
    or_(col(Person.last_day).is_(None), col(Person.last_day) >= bindparam("today")),
)
BY_USERNAME = (
    select(Person, Credential)
    .join(Credential, col(Credential.person) == col(Person.code))
    .where(Person.username == bindparam("username"))
)
CREDENTIAL_OF = (
    select(Person, Credential)
    .join(Credential, col(Credential.person) == col(Person.code))
    .where(Person.code == bindparam("person"))
)
ROLES = select(Grant.role).where(Grant.person == bindparam("person"), ROLE_COUNTS).order_by(col(Grant.role))
GRANTS = select(Grant).where(Grant.person == bindparam("person")).order_by(col(Grant.id))
ALL_GRANTS = select(Grant).where(Grant.phase != GrantPhase.REVOKED).order_by(col(Grant.id))
HOLDERS = (
    select(Grant.person)
    .join(Person, col(Person.code) == col(Grant.person))
    .where(Grant.role == bindparam("role"), ROLE_COUNTS, ACCOUNT_COUNTS)
)
ACTIVE_GRANTS = (
    select(Grant.id).where(Grant.role == bindparam("role"), Grant.phase == GrantPhase.ACTIVE).order_by(col(Grant.id))
)
PEOPLE_BY_CODE = Listing(columns(col(Person.code), col(Person.phase), col(Person.registered_at)), col(Person.code))
PEOPLE = select(Person).order_by(col(Person.username))
STATIONS = select(Station).order_by(col(Station.name))
LIVE_BADGE = select(Badge).where(Badge.person == bindparam("person"), Badge.phase == BadgePhase.LIVE)
FAILURES = (
    select(func.count())
    .select_from(FailedSignIn)
    .where(FailedSignIn.tried == bindparam("tried"), col(FailedSignIn.at) > bindparam("since"))
)
LAST_FAILURE = (
    select(FailedSignIn.at).where(FailedSignIn.tried == bindparam("tried")).order_by(col(FailedSignIn.at).desc())
)
SPRAYED = select(func.count(func.distinct(FailedSignIn.tried)), func.max(FailedSignIn.at)).where(
    FailedSignIn.sprayed_from == bindparam("address"), col(FailedSignIn.at) > bindparam("since")
)
COUNTERSIGNED = (
    select(Decision)
    .where(
        Decision.event == bindparam("event"),
        Decision.subject == bindparam("subject"),
        col(Decision.given_at).is_not(None),
    )
    .order_by(col(Decision.id))
)
OPEN_DECISIONS = select(Decision).where(Decision.phase == DecisionPhase.OPEN).order_by(col(Decision.id))
SESSIONS_AT = (
    select(WebSession)
    .where(WebSession.person == bindparam("person"), WebSession.device == bindparam("device"))
    .order_by(col(WebSession.seen_at).desc())
)
SESSIONS_OF = select(WebSession).where(WebSession.person == bindparam("person"))
# One row for each role that counts, and one without a role where none does.
STANDING = (
    select(WebSession.expires_at, Person.phase, _people.last_day, Grant.role)
    .join(Person, col(Person.code) == col(WebSession.person))
    .outerjoin(Grant, and_(col(Grant.person) == col(Person.code), ROLE_COUNTS))
    .where(WebSession.token_hash == bindparam("token_hash"))
)
TRAININGS = select(Training).where(Training.person == bindparam("person")).order_by(col(Training.id))


@dataclass(frozen=True)
class PersonView:
    """A person as lists show them. `works`: they may sign in today."""

    code: str
    username: str
    name: str
    initials: str
    phase: str
    roles: tuple[str, ...]
    last_day: date | None = None
    works: bool = True


def roles_of(tx: ReadTx, person: str) -> tuple[str, ...]:
    """The roles of a person that count today."""
    return tuple(str(role) for role in tx.every(ROLES, person=person, today=tx.today))


def roles_without(tx: ReadTx, person: str) -> list[Role]:
    """The roles that a person neither holds today nor waits for."""
    taken = {
        grant.role
        for grant in tx.every(GRANTS, person=person)
        if grant.phase != GrantPhase.REVOKED and not is_over(grant.last_day, tx.today)
    }
    return [role for role in Role if role not in taken]


def people(tx: ReadTx) -> list[PersonView]:
    """Everybody registered, with the roles that count today."""
    held: dict[str, list[str]] = {}
    for grant in tx.every(ALL_GRANTS):
        if grant.phase == GrantPhase.ACTIVE and not is_over(grant.last_day, tx.today):
            held.setdefault(grant.person, []).append(str(grant.role))
    return [_view(tx, row, tuple(sorted(held.get(row.code, ())))) for row in tx.many(PEOPLE, limit=PEOPLE_MAX)]


def _view(tx: ReadTx, row: Person, roles: tuple[str, ...]) -> PersonView:
    works = row.phase == PersonPhase.ACTIVE and not is_over(row.last_day, tx.today)
    return PersonView(row.code, row.username, row.name, row.initials, row.phase, roles, row.last_day, works)


def holders_without(tx: ReadTx, role: Role, person: str) -> int:
    """How many people with `role` may work, `person` not counted."""
    return len(set(tx.every(HOLDERS, role=role, today=tx.today)) - {person})


def holders(tx: ReadTx, role: Role) -> list[str]:
    """Everybody who may work and holds `role`."""
    return sorted(set(tx.every(HOLDERS, role=role, today=tx.today)))


def display_name(tx: ReadTx, person: str) -> str:
    """Initials and family name of a member of staff, as screens and records print them; the code where unknown."""
    row = tx.find(Person, person)
    return person if row is None else row.initials


def person_of_badge(tx: ReadTx, badge: str) -> str | None:
    """Whose live badge this is, or None for a revoked or unknown one."""
    # Whatever else a reader sent is no badge, and PostgreSQL would not even compare a NUL.
    row = tx.find(Badge, badge) if badge.isalnum() else None
    return row.person if row is not None and row.phase == BadgePhase.LIVE else None


def witness_of(tx: ReadTx, symbol: str, permission: str) -> str | None:
    """Who stands by with this badge, or None: a badge that is not live, or somebody whose work it is not."""
    person = person_of_badge(tx, scan.read(symbol).text)
    if person is None or active_person(tx, person) is None:
        return None
    return person if permission in permissions_of(roles_of(tx, person)) else None


def thing_of(tx: ReadTx, code: str) -> str:
    """The person whose badge this is; a person's own code stands for itself. Raises Refused `badge.revoked`."""
    badge = tx.find(Badge, code)
    if badge is None:
        return code
    if badge.phase != BadgePhase.LIVE:
        raise Refused("badge.revoked", "This badge was revoked. Scan the badge that the person wears now.")
    return badge.person


def badge_of(tx: ReadTx, person: str) -> Badge | None:
    """The live badge of a person."""
    return tx.one(LIVE_BADGE, person=person)


def failures(tx: ReadTx, tried: str, since: datetime) -> tuple[int, datetime | None]:
    """How often signing in failed under this name since then, and when last."""
    return tx.one(FAILURES, tried=tried, since=since) or 0, tx.one(LAST_FAILURE, tried=tried)


def sprayed(tx: ReadTx, address: str, since: datetime) -> tuple[int, datetime | None]:
    """Under how many different names signing in failed from an address since then, and when last."""
    names, last = tx.one(SPRAYED, address=address, since=since)
    return int(names), last


def open_decisions(tx: ReadTx, limit: int = 100) -> list[Decision]:
    """Decisions that wait for a second signature."""
    return tx.many(OPEN_DECISIONS, limit=limit)


def countersigned(tx: ReadTx, event: str, subject: str) -> list[Decision]:
    """The decisions of a kind about one thing that a second person signed."""
    return tx.many(COUNTERSIGNED, limit=100, event=event, subject=subject)


def active_person(tx: ReadTx, person: str) -> Person | None:
    """The person if they may work now."""
    row = tx.find(Person, person)
    return row if row is not None and row.phase == "active" and not is_over(row.last_day, tx.today) else None
