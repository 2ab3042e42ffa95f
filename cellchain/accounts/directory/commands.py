"""Links between people and the directory, the signing PIN, and who waits for a link."""

import secrets
from datetime import datetime
from typing import Annotated

from pydantic import Field

from cellchain.accounts import rules as accounts
from cellchain.accounts.commands import ask_countersignature
from cellchain.accounts.directory import rules
from cellchain.accounts.directory.models import DirectoryArrival, DirectoryLink, SigningPin
from cellchain.accounts.directory.provider import Known
from cellchain.accounts.directory.queries import (
    ARRIVAL_OF,
    LOCAL_ADMINISTRATORS,
    STALE,
    STANDING_FOR,
    STANDING_OF,
    is_of_directory,
    mark_of,
)
from cellchain.accounts.directory.rules import LINK, LinkPhase
from cellchain.accounts.models import Credential, Grant, Person, WebSession
from cellchain.accounts.one_time.codes import matching_code, use_code
from cellchain.accounts.passwords import current_passwords
from cellchain.accounts.queries import ACTIVE_GRANTS, COUNTERSIGNED, SESSIONS_OF, holders_without, roles_of
from cellchain.identity.codes import PersonCode
from cellchain.kernel.errors import Refused, Stale
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, Symbol, command
from cellchain.ledger.tx import CommandTx
from cellchain.platform.write import WriteTx

PIN_LENGTH_MAX = 200
BADGE_PIN_LENGTH_MAX = 12
CODE_LENGTH_MAX = 40
CODES_TRIED_MAX = 5  # one that somebody else has is taken about once in a million million
LINKED = "accounts:directory_link:made"
ArrivalCode = Annotated[
    str,
    Field(
        min_length=rules.ARRIVAL_LENGTH,
        max_length=rules.ARRIVAL_LENGTH + 1,
        title="Code",
        description="As the person reads it from their screen after signing in at the directory.",
    ),
]


class LinkResult(CommandResult):
    """A link and where it stands."""

    link: int
    person: str
    phase: LinkPhase


class LinkToDirectory(Order):
    """Somebody here, and the code that the directory's account was shown."""

    person: Annotated[PersonCode, Field(title="Person")]
    code: ArrivalCode


@command(event=LINKED, subject="person")
def link_to_directory(tx: CommandTx, by: Actor, order: LinkToDirectory) -> LinkResult:
    """Let somebody sign in at the directory. Whose roles guard lives waits for QA's signature, as the roles did.

    Raises NotFound, Refused `directory_link.no_arrival`, `.own`, `.gone`, `.linked_already`, `.taken`,
    `.last_local_administrator`.
    """
    person = tx.lock(Person, order.person)
    arrival = tx.find(DirectoryArrival, order.code.replace("-", "").upper())
    if arrival is None or tx.now - arrival.came_at > rules.ARRIVAL_COUNTS_FOR:
        raise Refused(
            "directory_link.no_arrival",
            "Nobody waits with this code. The person signs in at the directory and reads the code anew.",
        )
    held = frozenset(roles_of(tx, person.code))
    rules.may_link(
        person.code,
        by.person,
        gone=person.phase == accounts.PersonPhase.LEFT,
        linked=tx.one(STANDING_OF, person=person.code) is not None,
        taken=tx.one(STANDING_FOR, mark=arrival.subject_mark) is not None,
    )
    _administrator_stays(tx, person.code, held)
    row = tx.add(
        DirectoryLink(
            person=person.code,
            issuer=arrival.issuer,
            subject=arrival.subject,
            subject_mark=arrival.subject_mark,
            shown=arrival.shown,
            phase=LinkPhase.PROPOSED,
            linked_by=by.person,
            linked_at=tx.now,
        )
    )
    tx.take_back(arrival)
    if rules.waits_for_qa(held, accounts.GUARDED_ROLES):
        _ask_second(tx, person.code, row.id or 0, held)
        return _result(row)
    return _result(_activated(tx, row))


def _administrator_stays(tx: CommandTx, person: str, held: frozenset[str]) -> None:
    """One administrator signs in without the directory, for the day on which it does not answer.

    The grants of all are held, so that two of them who are linked at once wait for one another.
    """
    if accounts.Role.ADMINISTRATOR in held:
        for grant in tx.every(ACTIVE_GRANTS, role=accounts.Role.ADMINISTRATOR):
            tx.lock(Grant, grant)
        rules.may_leave_password(others=tx.one(LOCAL_ADMINISTRATORS, person=person, today=tx.today) or 0)


def _ask_second(tx: CommandTx, person: str, link: int, held: frozenset[str]) -> None:
    """QA signs too; the only one of QA cannot sign their own, so another administrator stands in."""
    alone = accounts.Role.QA in held and not holders_without(tx, accounts.Role.QA, person)
    permission = accounts.FIRST_QA if alone else "accounts.countersign_role"
    ask_countersignature(tx, event=LINKED, subject=str(link), permission=permission)


class ActivateLink(Order):
    """Names a link."""

    link: int


@command(event="accounts:directory_link:activated", internal=True)
def activate_directory_link(tx: CommandTx, by: Actor, order: ActivateLink) -> LinkResult:
    """Make a countersigned link count. Raises Refused `role.own_countersignature`, `directory_link.phase`."""
    row = tx.lock(DirectoryLink, order.link)
    tx.about(row.person)
    decision = tx.one(COUNTERSIGNED, event=LINKED, subject=str(order.link))
    accounts.may_activate(row.person, None if decision is None else decision.given_by, qa_at_work=False)
    return _result(_activated(tx, row))


def _activated(tx: CommandTx, row: DirectoryLink) -> DirectoryLink:
    """From now on the directory keeps the password: the one here is no key any more, and open sessions end."""
    _administrator_stays(tx, row.person, frozenset(roles_of(tx, row.person)))
    credential = tx.lock(Credential, row.person)
    if credential.password_hash is not None:
        tx.change(credential, password_hash=None, set_at=tx.now)
    _end_sessions(tx, row.person)
    return tx.change(row, phase=LINK.move("activate", row.phase), active_at=tx.now)


class OfLinked(Order):
    """Names somebody who is linked."""

    person: Annotated[PersonCode, Field(title="Person")]


@command(event="accounts:directory_link:ended", subject="person")
def unlink_from_directory(tx: CommandTx, by: Actor, order: OfLinked) -> LinkResult:
    """End a link at once; the signing PIN goes with it, what was signed stays. Raises Refused `.not_linked`, `.own`."""
    tx.lock(Person, order.person)
    live = tx.one(STANDING_OF, person=order.person)
    if live is None:
        raise Refused("directory_link.not_linked", "This person is not linked to the directory. Nothing was changed.")
    if order.person == by.person:
        raise Refused("directory_link.own", "Nobody links their own account. Ask another administrator.")
    row = tx.lock(DirectoryLink, live.id)
    pin = tx.find(SigningPin, order.person)
    if pin is not None and pin.pin_hash is not None:
        tx.change(tx.lock(SigningPin, order.person), pin_hash=None, set_at=tx.now)
    _end_sessions(tx, order.person)
    return _result(tx.change(row, phase=LINK.move("end", row.phase), ended_by=by.person, ended_at=tx.now))


class EnrolSigningPin(Order):
    """A PIN to sign with, and one for the badge where given. The proof that it is the person is `session`, or a
    one-time `code` of an administrator, where the directory does not say when it asked for the password."""

    session: str
    signing_pin: Annotated[Symbol, Field(min_length=1, max_length=PIN_LENGTH_MAX, title="Signing PIN", repr=False)]
    badge_pin: Annotated[
        Symbol | None, Field(max_length=BADGE_PIN_LENGTH_MAX, title="PIN of the badge", repr=False)
    ] = None
    code: Annotated[str | None, Field(max_length=CODE_LENGTH_MAX, repr=False)] = None


def _hash_pins(_house: object, order: EnrolSigningPin) -> tuple[str, str | None]:
    """Runs before the write lock is taken: hashing is slow on purpose."""
    hasher = current_passwords()
    return hasher.hash(order.signing_pin), None if order.badge_pin is None else hasher.hash(order.badge_pin)


@command(event="accounts:signing_pin:set", internal=True, prepare=_hash_pins)
def enrol_signing_pin(tx: CommandTx, by: Actor, order: EnrolSigningPin) -> NoResult:
    """Set the PIN that one signs with, right after the directory asked for the password, or with a one-time code. Other
    sessions end.

    No program does this for somebody: it takes a browser that comes from the directory. Raises Refused
    `signing_pin.not_needed`, `.not_fresh`, `.not_there`, `.code_wrong`, `.too_short`, `.too_easy`, `.same_as_badge`,
    and what `pin_is_fit` does.
    """
    person = tx.lock(Person, by.person)
    tx.about(person.code)
    if not is_of_directory(tx, person.code):
        raise Refused(
            "signing_pin.not_needed", "You sign with your password here. A signing PIN is for people of the directory."
        )
    _proved(tx, person.code, order)
    rules.signing_pin_is_fit(order.signing_pin, person.username, order.badge_pin)
    signing_hash, badge_hash = tx.prepared
    if order.badge_pin is not None:
        accounts.pin_is_fit(order.badge_pin)
        tx.change(tx.lock(Credential, person.code), pin_hash=badge_hash, set_at=tx.now)
    if tx.find(SigningPin, person.code) is None:
        tx.add(SigningPin(person=person.code, pin_hash=signing_hash, set_at=tx.now))
    else:
        tx.change(tx.lock(SigningPin, person.code), pin_hash=signing_hash, set_at=tx.now)
    _end_sessions(tx, person.code, but=order.session)
    tx.note(badge_pin=order.badge_pin is not None, by_code=order.code is not None)
    return NoResult()


def _proved(tx: CommandTx, person: str, order: EnrolSigningPin) -> None:
    session = tx.get(WebSession, order.session)
    if order.code is None:
        rules.may_enrol_pin(session.method, session.opened_at, tx.now)
        return
    rules.came_from_directory(session.method)
    found = matching_code(tx, person, order.code)
    if found is None:
        raise Refused(
            "signing_pin.code_wrong",
            "This one-time code is wrong, used or too old. Ask an administrator for a new one.",
        )
    use_code(tx, found)


def note_arrival(tx: WriteTx, known: Known, now: datetime) -> str:
    """The code under which somebody whom nobody here knows waits for a link. The same account keeps its code while it
    counts; what is older is forgotten."""
    for stale in tx.many(STALE, limit=1_000, before=now - rules.ARRIVAL_COUNTS_FOR):
        tx.take_back(stale)
    mark = mark_of(tx, known.issuer, known.subject)
    waiting = tx.one(ARRIVAL_OF, mark=mark)
    if waiting is not None:
        return str(waiting.code)
    return _claimed(tx, known, mark, now)


def _claimed(tx: WriteTx, known: Known, mark: str, now: datetime) -> str:
    """A code of their own; where another process gave one at the same moment, that one counts."""
    for _ in range(CODES_TRIED_MAX):
        code = "".join(secrets.choice(rules.ARRIVAL_LETTERS) for _ in range(rules.ARRIVAL_LENGTH))
        row = {"code": code, "issuer": known.issuer, "subject_mark": mark, "came_at": now}
        sealed = {"subject": tx.encrypted_text(known.subject), "shown": tx.encrypted_text(known.shown)}
        if tx.claim(DirectoryArrival, {**row, **sealed}):
            return code
        waiting = tx.one(ARRIVAL_OF, mark=mark)
        if waiting is not None:
            return str(waiting.code)
    raise Stale()


def _end_sessions(tx: CommandTx, person: str, *, but: str | None = None) -> None:
    for session in tx.every(SESSIONS_OF, person=person):
        if session.token_hash != but:
            tx.take_back(session)


def _result(row: DirectoryLink) -> LinkResult:
    return LinkResult(link=row.id or 0, person=row.person, phase=row.phase)
