"""The Gate: sessions looked up, signers checked, people signed in. Handed to `web` and the runner by `main.py`."""

import hashlib
import math
import secrets
import threading
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cellchain.accounts import commands, queries, rules
from cellchain.accounts.models import Person, WebSession
from cellchain.accounts.passwords import Passwords
from cellchain.accounts.permissions import permissions_of
from cellchain.accounts.rules import SessionFacts
from cellchain.identity import scan
from cellchain.kernel.errors import NeedsSignature, SignInNeeded, TooMany, Unavailable
from cellchain.ledger.actor import SYSTEM_ACTOR, Actor, Signing
from cellchain.ledger.registry import Order, command_of
from cellchain.ledger.run import Call, Runner
from cellchain.platform.db import Database, ReadTx
from cellchain.platform.write import WriteTx
from cellchain.web.session import Session

TOKEN_BYTES = 32
SESSIONS_REMEMBERED_MAX = 2_000
SEEN_WRITTEN_EVERY = timedelta(minutes=1)


@dataclass
class _Remembered:
    """A session as this process last read it."""

    session: Session
    facts: SessionFacts
    seen_at: datetime
    written_at: datetime


@dataclass(frozen=True)
class Opened:
    """A session just opened: the only time its token is known."""

    token: str
    expires_at: datetime
    session: Session


class AccountsGate:
    """Finds sessions, remembers them while nothing about people changes, signs people in and out."""

    def __init__(
        self, database: Database, runner: Runner, hasher: Passwords, *, idle: timedelta, longest: timedelta
    ) -> None:
        self._database = database
        self._runner = runner
        self._hasher = hasher
        self._idle = idle
        self._longest = longest
        self._remembered: dict[str, _Remembered] = {}
        self._stations: dict[str, str] | None = None
        self._lock = threading.Lock()
        runner.listeners.append(self._forget)

    # -- finding -----------------------------------------------------------------------------------------------------

    def remembered(self, token: str, *, by_cookie: bool) -> Session | None:
        """The session if this process knows it and it holds. Never on PostgreSQL: other processes may change it."""
        if not self._database.is_sqlite:
            return None
        known = self._remembered.get(hashed(token))
        now = self._database.clock.now()
        if known is None or known.session.by_cookie != by_cookie or now - known.written_at > SEEN_WRITTEN_EVERY:
            return None
        rules.session_holds(
            SessionFacts(known.seen_at, known.facts.expires_at, known.facts.person_phase), now, self._idle
        )
        known.seen_at = now
        return known.session

    def find(self, token: str, *, by_cookie: bool) -> Session:
        """The session behind a token, read from the database and marked as seen. Raises SignInNeeded."""
        digest = hashed(token)
        now = self._database.clock.now()
        with self._database.read() as tx:
            row = tx.find(WebSession, digest)
            if row is None:
                raise SignInNeeded("session.unknown", "You are not signed in any more. Sign in again.")
            person = tx.get(Person, row.person)
            session = _session(tx, row, person, by_cookie)
        known = self._remembered.get(digest)
        seen_at = max(row.seen_at, known.seen_at) if known is not None else row.seen_at
        facts = SessionFacts(seen_at, row.expires_at, person.phase)
        rules.session_holds(facts, now, self._idle)
        self._remember(digest, session, facts, row.seen_at, now)
        return session

    def _remember(self, digest: str, session: Session, facts: SessionFacts, seen_at: datetime, now: datetime) -> None:
        """Write that the session is in use, and keep it in mind where no other process can change it.

        On PostgreSQL once a minute is enough: a write at each look would cost a flush, on two machines. An idle session
        ends up to a minute early there, never late.
        """
        if self._database.is_sqlite or not timedelta(0) <= now - seen_at <= SEEN_WRITTEN_EVERY:
            with suppress(Unavailable):  # where nothing can be written, people read on
                self._runner.outside(lambda tx: _mark_seen(tx, digest, now))
        if not self._database.is_sqlite:
            return
        with self._lock:
            if len(self._remembered) >= SESSIONS_REMEMBERED_MAX:
                self._remembered.clear()
            self._remembered[digest] = _Remembered(session, facts, now, now)

    def station_of(self, token: str | None) -> str | None:
        """The enrolled station whose cookie this is, or None."""
        if token is None:
            return None
        stations = self._stations  # another thread may forget them between two looks
        if stations is None:
            with self._database.read() as tx:
                stations = {row.token_hash: row.name for row in tx.many(queries.STATIONS, limit=1_000) if row.in_use}
            if self._database.is_sqlite:  # on PostgreSQL another process may retire one at any time
                self._stations = stations
        return stations.get(hashed(token))

    def _forget(self, tables: frozenset[str]) -> None:
        if "*" in tables or any(table.startswith("accounts_") for table in tables):
            with self._lock:
                self._remembered.clear()
                self._stations = None

    # -- signing -----------------------------------------------------------------------------------------------------

    def reauthenticate(self, actor: Actor, proof: Mapping[str, str] | None) -> Signing:
        """A signer gives name and password again. Raises NeedsSignature; a wrong one counts as a failed attempt."""
        if not proof or not proof.get("password"):
            raise NeedsSignature()
        username = proof.get("username", "").strip().lower()
        tried = _Tried(username, actor.device)
        self._check_wait(tried)
        with self._database.read() as tx:
            found = tx.one(queries.BY_USERNAME, username=username)
        stored = found[1].password_hash if found is not None else None
        if found is None or found[0].code != actor.person:
            self._hasher.matches(None, proof["password"])
            raise NeedsSignature(
                "signature.not_you", "The signature has to be that of the person signed in. Sign in as yourself first."
            )
        if not self._hasher.matches(stored, proof["password"]):
            self._note_failure(tried, "signature")
            raise NeedsSignature("signature.wrong", "Name or password is wrong. Nothing was signed. Try again.")
        return Signing("password", self._database.clock.now())

    # -- in and out --------------------------------------------------------------------------------------------------

    def sign_in(
        self, username: str, password: str, *, device: str | None, by_cookie: bool, address: str | None = None
    ) -> Opened:
        """Open a session with name and password. Raises SignInNeeded or TooMany."""
        tried = _Tried(username.strip().lower()[:64], device, address)
        self._check_wait(tried)
        with self._database.read() as tx:
            found = tx.one(queries.BY_USERNAME, username=tried.name)
        matches = self._hasher.matches(found[1].password_hash if found is not None else None, password)
        if found is None or not matches or found[0].phase != rules.PersonPhase.ACTIVE:
            self._note_failure(tried, "password")
            raise SignInNeeded("sign_in.wrong", "Name or password is wrong. Try again.")
        return self._open(found[0].code, "password", device, by_cookie=by_cookie)

    def sign_in_by_badge(self, raw_badge: str, pin: str, *, device: str | None, by_cookie: bool) -> Opened:
        """Open a shift with badge and PIN at an enrolled station. Raises SignInNeeded or TooMany."""
        if device is None:
            raise SignInNeeded(
                "sign_in.no_station",
                "A badge and PIN sign in at an enrolled station alone. Use name and password here.",
            )
        badge = scan.read(raw_badge).text[:64]
        tried = _Tried(badge, device)
        self._check_wait(tried)
        with self._database.read() as tx:
            person = queries.person_of_badge(tx, badge)
            found = None if person is None else tx.one(queries.CREDENTIAL_OF, person=person)
        matches = self._hasher.matches(found[1].pin_hash if found is not None else None, pin)
        if found is None or not matches or found[0].phase != rules.PersonPhase.ACTIVE:
            self._note_failure(tried, "badge")
            raise SignInNeeded("sign_in.badge_wrong", "Badge or PIN is wrong. Scan the badge and enter the PIN again.")
        return self._open(found[0].code, "badge", device, by_cookie=by_cookie)

    def switch_by_badge(self, raw_badge: str, *, device: str | None) -> Opened:
        """Back to a person's open shift at this station by badge alone. Raises SignInNeeded where there is none."""
        badge = scan.read(raw_badge).text
        now = self._database.clock.now()
        with self._database.read() as tx:
            person = queries.person_of_badge(tx, badge) if device is not None else None
            sessions = [] if person is None else tx.many(queries.SESSIONS_AT, limit=10, person=person, device=device)
        for row in sessions:
            if now < row.expires_at and now - row.seen_at <= self._idle and person is not None:
                self.sign_out_hash(row.token_hash, person)
                return self._open(person, "badge alone", device, by_cookie=True, until=row.expires_at)
        raise SignInNeeded(
            "sign_in.no_shift", "There is no open shift of this badge at this station. Enter the PIN to open one."
        )

    def sign_out(self, session: Session) -> None:
        """Close a session."""
        self.sign_out_hash(session.token_hash, session.actor.person)

    def sign_out_hash(self, token_hash: str, person: str) -> None:
        """Close the session with this token hash."""
        self._house_call(
            commands.close_session, commands.CloseSession(person=person, token_hash=token_hash), Actor(person)
        )
        self._remembered.pop(token_hash, None)

    def _open(
        self, person: str, method: str, device: str | None, *, by_cookie: bool, until: datetime | None = None
    ) -> Opened:
        token, csrf = secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES)
        now = self._database.clock.now()
        expires_at = until or now + self._longest
        order = commands.OpenSession(
            person=person,
            token_hash=hashed(token),
            csrf=csrf,
            device=device,
            method=method,
            expires_in_minutes=max(1, int((expires_at - now).total_seconds() // 60)),
        )
        self._house_call(commands.open_session, order, Actor(person, device=device))
        return Opened(token, expires_at, self.find(token, by_cookie=by_cookie))

    def _house_call(self, function: Callable[..., Any], order: Order, actor: Actor) -> None:
        call = Call(command_of(function), order, actor, str(uuid.uuid4()), by_house=True)
        self._runner.run(call).result()

    # -- failed attempts ---------------------------------------------------------------------------------------------

    def _check_wait(self, tried: "_Tried") -> None:
        now = self._database.clock.now()
        since = now - rules.ATTEMPTS_WINDOW
        address = self._address_of(tried)
        with self._database.read() as tx:
            counts = [queries.failures(tx, tried.key, since)]
            if address is not None:
                counts.append(queries.sprayed(tx, address, since))
        ends = [last + rules.wait_after(count) for count, last in counts if last is not None]
        remaining = max(ends, default=now) - now
        if remaining > timedelta(0):
            raise TooMany(seconds=math.ceil(remaining.total_seconds()))

    def _note_failure(self, tried: "_Tried", method: str) -> None:
        # The name is kept as a hash: people type passwords into name fields.
        order = commands.NoteFailedSignIn(tried=tried.key, method=method, sprayed_from=self._address_of(tried))
        self._house_call(commands.note_failed_sign_in, order, SYSTEM_ACTOR)

    def _address_of(self, tried: "_Tried") -> str | None:
        """Where a spray would come from, as a keyed digest: there are few enough addresses to try them all."""
        return None if tried.sprayed_from is None else self._database.sealer.fingerprint(tried.sprayed_from)


@dataclass(frozen=True)
class _Tried:
    """A name that somebody tries, and where. An enrolled station counts by itself: guesses from elsewhere do not keep
    people from their work there, and its own people are no spray."""

    name: str
    station: str | None
    address: str | None = None

    @property
    def key(self) -> str:
        return hashed(self.name if self.station is None else f"{self.station}\n{self.name}")

    @property
    def sprayed_from(self) -> str | None:
        return self.address if self.station is None else None


def hashed(token: str) -> str:
    """What the table knows of a token. Tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _session(tx: ReadTx, row: WebSession, person: Person, by_cookie: bool) -> Session:
    roles = queries.roles_of(tx, person.code)
    actor = Actor(person.code, permissions_of(roles), frozenset(roles), row.device)
    return Session(actor, row.token_hash, row.csrf, person.initials, by_cookie)


def _mark_seen(tx: WriteTx, digest: str, now: datetime) -> None:
    if tx.find(WebSession, digest) is not None:
        tx.change(tx.lock(WebSession, digest), seen_at=now)
