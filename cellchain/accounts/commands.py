"""The verbs of accounts."""

from collections.abc import Collection
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from cellchain.accounts import rules
from cellchain.accounts.directory.queries import LOCAL_ADMINISTRATORS, is_of_directory
from cellchain.accounts.emergency.commands import end_of
from cellchain.accounts.expiry.rules import is_over, may_begin
from cellchain.accounts.models import (
    Badge,
    Credential,
    Decision,
    Grant,
    Person,
    Station,
    Training,
)
from cellchain.accounts.moves.leaving import end_what_is_left
from cellchain.accounts.one_time.codes import end_codes
from cellchain.accounts.passwords import Hashed, current_passwords
from cellchain.accounts.queries import (
    ACTIVE_GRANTS,
    COUNTERSIGNED,
    GRANTS,
    LIVE_BADGE,
    holders,
    holders_without,
    roles_of,
)
from cellchain.accounts.rules import (
    BADGE,
    DECISION,
    GRANT,
    GUARDED_ROLES,
    KEPT_ROLES,
    PERSON,
    BadgePhase,
    DecisionPhase,
    GrantPhase,
    PersonPhase,
    Role,
    StationKind,
)
from cellchain.accounts.second_factor.commands import end_everything
from cellchain.accounts.second_factor.queries import factors_of
from cellchain.accounts.sessions.commands import end_all
from cellchain.accounts.strength.rules import (
    ALONE_MIN,
    LENGTH_MAX,
    WITH_SECOND_FACTOR_MIN,
    is_not_stolen,
    normalised,
    password_is_fit,
)
from cellchain.identity.codes import Kind, PersonCode
from cellchain.identity.numbering import issue
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import SYSTEM, Actor
from cellchain.ledger.registry import CommandResult, Day, NoResult, Order, Text, command
from cellchain.ledger.tx import CommandTx

PRODUCT = "cellchain"
Name = Annotated[Text, Field(min_length=1, max_length=80, title="Full name")]
Username = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9._-]{1,39}$", title="User name", description="Small letters, digits, dot, dash.")
]
StationName = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$", title="Station", description="Small letters, digits, dash.")
]


class PersonResult(CommandResult):
    person: str
    badge: str | None = None


class GrantResult(CommandResult):
    grant: int
    phase: str


class DecisionResult(CommandResult):
    decision: int
    event: str
    subject: str


class RegisterPerson(Order):
    username: Username
    name: Name
    initials: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=24,
            title="Short name",
            description="As records print it, for example L. Marchenko.",
        ),
    ]


@command(event="accounts:person:registered")
def register_person(tx: CommandTx, by: Actor, order: RegisterPerson) -> PersonResult:
    """Register somebody who works here. They hold no role and cannot sign in yet."""
    person = tx.add(
        Person(
            code=issue(tx, Kind.PERSON),
            username=order.username,
            name=order.name,
            initials=order.initials,
            phase=PersonPhase.ACTIVE,
            registered_at=tx.now,
        )
    )
    tx.add(Credential(person=person.code, set_at=tx.now))
    tx.about(person.code)
    return PersonResult(person=person.code)


class OfRole(Order):
    person: Annotated[PersonCode, Field(title="Person")]
    role: Annotated[Role, Field(title="Role")]


class GrantRole(OfRole):
    last_day: Annotated[
        Day | None, Field(title="Last day", description="Left empty, without an end. It counts whole.")
    ] = None


@command(event="accounts:role:granted", subject="person")
def grant_role(tx: CommandTx, by: Actor, order: GrantRole) -> GrantResult:
    """Give a role. A role that guards lives waits for a countersignature: QA's, or for the first of QA another
    administrator's. Nobody raises themselves."""
    person = tx.lock(Person, order.person)
    if person.code == by.person:
        raise Refused("role.own", "Nobody grants a role to themselves. Ask another administrator.")
    tx.note(role=str(order.role))
    grant = give_role(tx, by, person.code, order.role, order.last_day)
    return GrantResult(grant=grant.id or 0, phase=grant.phase)


def give_role(tx: CommandTx, by: Actor, person: str, role: Role, last_day: date | None = None) -> Grant:
    """A new grant, which counts at once, or waits for its second signature where the role guards lives. What was given
    before and is over makes room for it. Raises Refused `last_day.past`."""
    may_begin(last_day, tx.today)
    for old in tx.every(GRANTS, person=person):
        if old.role == role and old.phase == GrantPhase.ACTIVE and is_over(old.last_day, tx.today):
            end_grant(tx, old.id)
    guarded = role in GUARDED_ROLES and by.person != SYSTEM
    phase = GrantPhase.PROPOSED if guarded else GrantPhase.ACTIVE
    grant = tx.add(
        Grant(person=person, role=role, phase=phase, granted_by=by.person, granted_at=tx.now, last_day=last_day)
    )
    if guarded:
        ask_guarded(tx, event="accounts:role:granted", subject=str(grant.id), person=person, roles=[role])
    return grant


def end_grant(tx: CommandTx, grant: int | None) -> Grant:
    """Take what was given away, at once."""
    held = tx.lock(Grant, grant)
    return tx.change(held, phase=GRANT.move("revoke", held.phase), ended_at=tx.now)


def ask_guarded(tx: CommandTx, *, event: str, subject: str, person: str, roles: Collection[Role]) -> None:
    """Ask for the second signature about roles that guard lives: QA's, or where nobody else is QA, another
    administrator's."""
    is_first = Role.QA in roles and not holders_without(tx, Role.QA, person)
    permission = rules.FIRST_QA if is_first else "accounts.countersign_role"
    ask_countersignature(tx, event=event, subject=subject, permission=permission)


def may_activate_guarded(tx: CommandTx, *, event: str, subject: str, person: str) -> None:
    """Whether the second signature makes a decision about roles of `person` count.

    Raises Refused `role.own_countersignature`, `role.qa_at_work`.
    """
    decision = tx.one(COUNTERSIGNED, event=event, subject=subject)
    if decision is None:
        return
    by_qa = Role.QA in roles_of(tx, decision.given_by or "")
    stands_in = decision.permission == rules.FIRST_QA and not by_qa
    qa_at_work = stands_in and holders_without(tx, Role.QA, person) > 0
    rules.may_activate(person, decision.given_by, qa_at_work=qa_at_work)


class ActivateGrant(Order):
    grant: int


@command(event="accounts:role:activated", internal=True)
def activate_grant(tx: CommandTx, by: Actor, order: ActivateGrant) -> GrantResult:
    """Make a countersigned role effective. Raises Refused `role.own_countersignature`, `role.qa_at_work`."""
    grant = tx.lock(Grant, order.grant)
    tx.about(grant.person)
    may_activate_guarded(tx, event="accounts:role:granted", subject=str(order.grant), person=grant.person)
    tx.change(grant, phase=GRANT.move("activate", grant.phase))
    return GrantResult(grant=order.grant, phase=GrantPhase.ACTIVE)


@command(event="accounts:role:revoked", subject="person")
def revoke_role(tx: CommandTx, by: Actor, order: OfRole) -> GrantResult:
    """Take a role away at once; what was done under it stays. The last administrator and the last of QA keep theirs."""
    tx.lock(Person, order.person)
    for grant in tx.every(GRANTS, person=order.person):
        if grant.role == order.role and grant.phase != GrantPhase.REVOKED:
            if grant.phase == GrantPhase.ACTIVE:
                somebody_stays(tx, order.person, order.role)
            return GrantResult(grant=end_grant(tx, grant.id).id or 0, phase=GrantPhase.REVOKED)
    raise Refused("role.not_held", "This person does not hold that role. Nothing was changed.")


def somebody_stays(tx: CommandTx, person: str, *roles: Role) -> None:
    """Raises Refused where nobody who may work would hold one of `roles`.

    The grants of all holders are held, so that two who take each other's roles wait for one another.
    """
    held = roles_of(tx, person)
    for role in roles:
        if role in KEPT_ROLES and role in held:
            for grant in tx.every(ACTIVE_GRANTS, role=role):
                tx.lock(Grant, grant)
            rules.may_lose(role, others=holders_without(tx, role, person))
            if role == Role.ADMINISTRATOR:
                credential = tx.find(Credential, person)
                rules.keeps_way_in(
                    has_password=credential is not None and credential.password_hash is not None,
                    others_with_password=tx.one(LOCAL_ADMINISTRATORS, person=person, today=tx.today) or 0,
                )


class Countersign(Order):
    decision: Annotated[int, Field(ge=1, title="Decision")]


def _signed_decision(tx: CommandTx, order: Countersign) -> dict[str, str]:
    decision = tx.get(Decision, order.decision)
    return {"event": decision.event, "subject": decision.subject, "asked_by": decision.asked_by}


@command(
    event="accounts:decision:countersigned",
    signature="I have checked this decision and agree to it",
    signs=_signed_decision,
)
def countersign(tx: CommandTx, by: Actor, order: Countersign) -> DecisionResult:
    """Give the second signature to somebody else's decision."""
    decision = tx.lock(Decision, order.decision)
    tx.about(decision.subject)
    phase = DECISION.move("countersign", decision.phase)
    if decision.asked_by == by.person:
        raise Refused("decision.own", "You signed this first. A second person has to countersign.")
    if not by.may(decision.permission):
        raise Refused(
            "decision.not_yours",
            "Countersigning this needs “{permission}”. Ask somebody who holds it.",
            permission=decision.permission,
        )
    tx.change(decision, phase=phase, given_by=by.person, given_at=tx.now)
    tx.note(event=decision.event, subject=decision.subject)
    return DecisionResult(decision=order.decision, event=decision.event, subject=decision.subject)


def ask_countersignature(tx: CommandTx, *, event: str, subject: str, permission: str) -> int:
    """Open a decision that takes effect only when a second person with `permission` has signed it too."""
    row = tx.add(
        Decision(
            event=event,
            subject=subject,
            permission=permission,
            phase=DecisionPhase.OPEN,
            asked_by=tx.by.person,
            asked_at=tx.now,
        )
    )
    return row.id or 0


class SetPassword(Order):
    password: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LENGTH_MAX,
            title="New password",
            description="15 characters or more: a few unrelated words. No rule about signs or capitals, no expiry.",
            repr=False,
            json_schema_extra={"format": "password"},
        ),
    ]
    pin: Annotated[
        str | None, Field(max_length=12, title="New PIN", repr=False, json_schema_extra={"format": "password"})
    ] = None


def hash_secrets(house: Any, order: SetPassword) -> Hashed:
    """Runs before the write lock is taken: hashing is slow on purpose, and so may a long list of passwords be.

    Raises Unavailable `password.list_away`.
    """
    hasher = current_passwords()
    pin = None if order.pin is None else hasher.hash(order.pin)
    return Hashed(hasher.hash(order.password), pin, house.is_stolen(order.password))


@command(event="accounts:password:set", prepare=hash_secrets, signature="This password is mine alone", cannot_wait=True)
def set_password(tx: CommandTx, by: Actor, order: SetPassword) -> NoResult:
    """Set one's own password, and PIN where given; the one before proves whose it is. Every session of theirs ends.

    Raises Refused `password.too_short`, `.about_you`, `.too_easy`, `.stolen`, `pin.malformed`, `.too_easy`.
    """
    person = tx.lock(Person, by.person)
    store_secrets(tx, person, order)
    return NoResult()


class GivePassword(SetPassword):
    person: Annotated[PersonCode, Field(title="Person")]


@command(event="accounts:password:given", subject="person", internal=True, prepare=hash_secrets)
def give_password(tx: CommandTx, by: Actor, order: GivePassword) -> NoResult:
    """The house gives somebody of a demonstration the password that its manifest states. No person does this."""
    store_secrets(tx, tx.lock(Person, order.person), order)
    return NoResult()


def store_secrets(tx: CommandTx, person: Person, order: SetPassword) -> None:
    """Keep what somebody chose, if it is fit; what they had before opens nothing any more. Raises Refused."""
    if is_of_directory(tx, person.code):
        raise Refused(
            "password.in_directory",
            "The directory keeps this person's password. Change it there, or end the link to the directory first.",
        )
    least = WITH_SECOND_FACTOR_MIN if factors_of(tx, person.code).any else ALONE_MIN
    about = (person.username, person.name, person.initials, PRODUCT, tx.house.site_name)
    password_is_fit(order.password, about=about, least=least)
    chosen: Hashed = tx.prepared
    is_not_stolen(stolen=chosen.is_stolen)
    if order.pin is not None:
        rules.pin_is_fit(order.pin)
    credential = tx.lock(Credential, person.code)
    tx.about(person.code)
    tx.change(
        credential,
        password_hash=chosen.password,
        pin_hash=chosen.pin or credential.pin_hash,
        set_at=tx.now,
        needs_second_factor=len(normalised(order.password)) < ALONE_MIN,
    )
    end_codes(tx, person.code)
    end_all(tx, person.code)


class RegisterAdministrator(SetPassword):
    username: Username


@command(event="accounts:administrator:registered", internal=True, prepare=hash_secrets)
def register_administrator(tx: CommandTx, by: Actor, order: RegisterAdministrator) -> PersonResult:
    """Register the first administrator, with role and password at once: nobody could sign in to give them later."""
    rules.may_register_administrator(holders(tx, Role.ADMINISTRATOR))
    named = RegisterPerson(username=order.username, name=order.username, initials=order.username[:24])
    made = register_person(tx, by, named)
    person = tx.lock(Person, made.person)
    grant_role(tx, by, GrantRole(person=PersonCode(person.code), role=Role.ADMINISTRATOR))
    store_secrets(tx, person, order)
    return made


class OfPerson(Order):
    person: Annotated[PersonCode, Field(title="Person")]


@command(event="accounts:badge:issued", subject="person")
def issue_badge(tx: CommandTx, by: Actor, order: OfPerson) -> PersonResult:
    """Give a person a badge with a code of its own; the one before is revoked."""
    person = tx.lock(Person, order.person)
    _revoke_live_badge(tx, person.code)
    badge = tx.add(Badge(code=issue(tx, Kind.PERSON), person=person.code, phase=BadgePhase.LIVE, issued_at=tx.now))
    return PersonResult(person=person.code, badge=badge.code)


@command(event="accounts:badge:revoked", subject="person")
def revoke_badge(tx: CommandTx, by: Actor, order: OfPerson) -> NoResult:
    """Revoke a lost badge at once."""
    tx.lock(Person, order.person)
    if not _revoke_live_badge(tx, order.person):
        raise Refused("badge.none", "This person has no live badge. Nothing was changed.")
    return NoResult()


def _revoke_live_badge(tx: CommandTx, person: str) -> bool:
    live = tx.one(LIVE_BADGE, person=person)
    if live is None:
        return False
    badge = tx.lock(Badge, live.code)
    tx.change(badge, phase=BADGE.move("revoke", badge.phase), ended_at=tx.now)
    return True


class EnrolStation(Order):
    station: StationName
    kind: Annotated[StationKind, Field(title="Kind")]
    token_hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$", title="Hash of the station's token")]


class StationResult(CommandResult):
    station: str


@command(event="accounts:station:enrolled", subject="station")
def enrol_station(tx: CommandTx, by: Actor, order: EnrolStation) -> StationResult:
    """Make this browser a station. Its cookie names it in every entry; enrolling again replaces the cookie."""
    known = tx.find(Station, order.station)
    if known is None:
        tx.add(
            Station(name=order.station, kind=order.kind, token_hash=order.token_hash, enrolled_at=tx.now, in_use=True)
        )
    else:
        tx.change(
            tx.lock(Station, order.station),
            kind=order.kind,
            token_hash=order.token_hash,
            enrolled_at=tx.now,
            in_use=True,
        )
    return StationResult(station=order.station)


class RecordTraining(OfPerson):
    topic: Annotated[Text, Field(min_length=1, max_length=120, title="Trained in")]
    trained_on: Annotated[Day, Field(title="On")]
    valid_until: Annotated[Day | None, Field(title="Valid until")] = None


@command(event="accounts:training:recorded", subject="person")
def record_training(tx: CommandTx, by: Actor, order: RecordTraining) -> NoResult:
    """Record what a person was trained in."""
    tx.lock(Person, order.person)
    if order.trained_on > tx.today:
        raise Refused("training.in_future", "Training is recorded once it took place. Check the date.")
    tx.add(Training(person=order.person, topic=order.topic, trained_on=order.trained_on, valid_until=order.valid_until))
    return NoResult()


@command(event="accounts:person:locked", subject="person")
def lock(tx: CommandTx, by: Actor, order: OfPerson) -> NoResult:
    """Lock an account: the person's sessions end and nothing more is done in their name."""
    person = tx.lock(Person, order.person)
    phase = PERSON.move("lock", person.phase)
    rules.may_close(person.code, by.person)
    # An account of QA may be locked whoever is left: an administrator unlocks it again.
    somebody_stays(tx, person.code, Role.ADMINISTRATOR)
    tx.change(person, phase=phase)
    end_of(tx, person.code)
    end_codes(tx, person.code)
    end_all(tx, person.code)
    return NoResult()


@command(event="accounts:person:unlocked", subject="person")
def unlock(tx: CommandTx, by: Actor, order: OfPerson) -> NoResult:
    """Let a locked person work again."""
    person = tx.lock(Person, order.person)
    tx.change(person, phase=PERSON.move("unlock", person.phase))
    return NoResult()


@command(event="accounts:person:left", subject="person", permission="accounts.lock")
def leave(tx: CommandTx, by: Actor, order: OfPerson) -> NoResult:
    """Close the account of somebody who left: roles, badge, password, second factors, link to the directory, sessions
    and tokens end with it."""
    person = tx.lock(Person, order.person)
    phase = PERSON.move("leave", person.phase)
    rules.may_close(person.code, by.person)
    somebody_stays(tx, person.code, *KEPT_ROLES)
    tx.change(person, phase=phase)
    for grant in tx.every(GRANTS, person=person.code):
        if grant.phase != GrantPhase.REVOKED:
            end_grant(tx, grant.id)
    _revoke_live_badge(tx, person.code)
    end_everything(tx, person.code)
    end_of(tx, person.code)
    end_codes(tx, person.code)
    end_what_is_left(tx, by, person.code)
    end_all(tx, person.code)
    return NoResult()
