"""The Gate: sessions looked up, signers checked, people signed in. Handed to `web` and the runner by `main.py`."""

import secrets
import threading
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from cellchain.accounts import queries, rules
from cellchain.accounts.attempts import Attempts, Tried, hashed
from cellchain.accounts.commands import SetPassword
from cellchain.accounts.directory.commands import EnrolSigningPin, enrol_signing_pin
from cellchain.accounts.directory.queries import check_has_proof, proof_of, wrong_proof
from cellchain.accounts.directory.rules import BY_DIRECTORY, BY_DIRECTORY_ANEW
from cellchain.accounts.expiry.rules import account_stands
from cellchain.accounts.models import Person, WebSession
from cellchain.accounts.one_time.codes import matching_code
from cellchain.accounts.one_time.commands import UseOneTimeCode, use_one_time_code
from cellchain.accounts.one_time.rules import wrong_code
from cellchain.accounts.passwords import Passwords
from cellchain.accounts.rules import Role, SessionFacts
from cellchain.accounts.second_factor import ceremony, challenges
from cellchain.accounts.second_factor.prover import Prover
from cellchain.accounts.second_factor.queries import factors_of
from cellchain.accounts.second_factor.rules import Factors
from cellchain.accounts.sessions import commands
from cellchain.accounts.sessions.found import by_password_alone, find_session, session_from, stands
from cellchain.identity import scan
from cellchain.kernel.errors import NeedsSignature, Refused, SignInNeeded, Unavailable
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor, Signing
from cellchain.ledger.registry import Order, command_of
from cellchain.ledger.run import Call, Runner
from cellchain.platform.db import Database
from cellchain.platform.write import WriteTx
from cellchain.web.session import PasskeyAsked, Session

TOKEN_BYTES = 32
CODE_LENGTH_MAX = 40
SESSIONS_REMEMBERED_MAX = 2_000
SEEN_WRITTEN_EVERY = timedelta(minutes=1)
BADGE_ALONE = "badge alone"


@dataclass
class _Remembered:
    """A session as this process last read it."""

    session: Session
    facts: SessionFacts
    seen_at: datetime
    written_at: datetime
    day: date  # the site's: with its end, what counts until then counts no more


@dataclass(frozen=True)
class Opened:
    """A session just opened: the only time its token is known."""

    token: str
    expires_at: datetime
    session: Session


class SecondStep(SignInNeeded):
    """The password was right, and is not enough: `ticket` stands for it until the code comes."""

    def __init__(self, ticket: str, factors: Factors) -> None:
        self.ticket = ticket
        self.factors = factors
        super().__init__(
            "sign_in.code_needed", "The password is right. Now enter the code of your phone, or use your passkey."
        )


class AccountsGate:
    """Finds sessions, remembers them while nothing about people changes, signs people in and out."""

    def __init__(
        self,
        database: Database,
        runner: Runner,
        hasher: Passwords,
        *,
        idle: timedelta,
        longest: timedelta,
        guarded: frozenset[str] = frozenset(),
    ) -> None:
        self._database = database
        self._runner = runner
        self._hasher = hasher
        self._idle = idle
        self._longest = longest
        self._guarded = frozenset(Role(role) for role in guarded)
        self.factors = Prover(runner)
        self._attempts = Attempts(database, runner)
        self._remembered: dict[str, _Remembered] = {}
        self._stations: dict[str, str] | None = None
        self._lock = threading.Lock()
        self._changes = 0  # how often something about people changed: what was read before it is not kept
        runner.listeners.append(self._forget)
        runner.standing = stands

    # -- finding -----------------------------------------------------------------------------------------------------

    def remembered(self, token: str, *, by_cookie: bool, watching: bool = False) -> Session | None:
        """The session if this process knows it and it holds. Never on PostgreSQL: other processes may change it."""
        if not self._database.is_sqlite:
            return None
        known = self._remembered.get(hashed(token))
        now = self._database.clock.now()
        if known is None or known.session.by_cookie != by_cookie or now - known.written_at > SEEN_WRITTEN_EVERY:
            return None
        if known.session.emergency is not None and now >= known.session.emergency.until:
            return None  # the role is over, and so is what this session may do by it
        if self._day(now) != known.day:
            return None
        facts = SessionFacts(known.seen_at, known.facts.expires_at, known.facts.person_phase)
        if watching:
            return self._watching(known.session, facts, now)
        rules.session_holds(facts, now, self._idle)
        known.seen_at = now
        return known.session

    def find(self, token: str, *, by_cookie: bool, watching: bool = False) -> Session:
        """The session behind a token, read from the database, and marked as seen unless it only watches.

        Raises SignInNeeded.
        """
        digest = hashed(token)
        now, changes = self._database.clock.now(), self._changes
        found = find_session(self._database, digest, self._day(now))
        if found is None:
            raise SignInNeeded("session.unknown", "You are not signed in any more. Sign in again.")
        row = found.row
        account_stands(found.person.last_day, self._day(now))
        is_weak = partial(by_password_alone, self._database)
        session = session_from(found, now, by_cookie, self._guarded, is_weak)
        known = self._remembered.get(digest)
        seen_at = max(row.seen_at, known.seen_at) if known is not None else row.seen_at
        facts = SessionFacts(seen_at, row.expires_at, found.person.phase)
        if watching:
            return self._watching(session, facts, now)
        rules.session_holds(facts, now, self._idle)
        self._remember(digest, session, facts, row.seen_at, changes)
        return session

    def _watching(self, session: Session, facts: SessionFacts, now: datetime) -> Session:
        """A session whose page asks by itself: that is no sign of somebody there. Raises SignInNeeded."""
        rules.session_stands(facts.expires_at, facts.person_phase, now)
        try:
            rules.session_holds(facts, now, self._idle)
        except SignInNeeded as idled:
            return replace(session, locked=idled)
        return session

    def _remember(self, digest: str, session: Session, facts: SessionFacts, written_at: datetime, changes: int) -> None:
        """Write that the session is in use, and keep it in mind where no other process can change it, unless something
        about people changed (`changes`) since it was read: a role may have gone meanwhile.

        On PostgreSQL once a minute is enough: a write at each look would cost a flush, on two machines. An idle session
        ends up to a minute early there, never late.
        """
        now = self._database.clock.now()
        if self._database.is_sqlite or not timedelta(0) <= now - written_at <= SEEN_WRITTEN_EVERY:
            with suppress(Unavailable):  # where nothing can be written, people read on
                self._runner.outside(lambda tx: _mark_seen(tx, digest, now))
        if not self._database.is_sqlite:
            return
        with self._lock:
            if len(self._remembered) >= SESSIONS_REMEMBERED_MAX:
                self._remembered.clear()
            if changes == self._changes:
                self._remembered[digest] = _Remembered(session, facts, now, now, self._day(now))

    def _day(self, now: datetime) -> date:
        house = self._database.house
        return now.astimezone(UTC if house is None else house.zone).date()

    def station_of(self, token: str | None) -> str | None:
        """The enrolled station whose cookie this is, or None."""
        if token is None:
            return None
        stations, changes = self._stations, self._changes  # another thread may forget them between two looks
        if stations is None:
            with self._database.read() as tx:
                stations = {row.token_hash: row.name for row in tx.many(queries.STATIONS, limit=1_000) if row.in_use}
            with self._lock:
                if self._database.is_sqlite and changes == self._changes:  # elsewhere another process may retire one
                    self._stations = stations
        return stations.get(hashed(token))

    def _forget(self, tables: frozenset[str]) -> None:
        if "*" in tables or any(table.startswith("accounts_") for table in tables):
            with self._lock:
                self._changes += 1
                self._remembered.clear()
                self._stations = None

    # -- signing -----------------------------------------------------------------------------------------------------

    def reauthenticate(self, actor: Actor, proof: Mapping[str, str] | None, act: str = "") -> Signing:
        """A signer gives their name again, and their password or, of the directory's people, their signing PIN; or the
        answer of their passkey about `act`, the order's digest. The directory itself is never asked.

        Raises NeedsSignature, and PasskeyAsked where the passkey has to be asked; a wrong one counts as an attempt.
        """
        if proof is not None and "passkey" in proof:
            return self._signed_by_passkey(actor, proof["passkey"], act)
        if not proof or not proof.get("password"):
            raise NeedsSignature()
        username = proof.get("username", "").strip().lower()
        tried = Tried(actor.person, actor.device, person=actor.person)  # guesses from outside keep nobody from signing
        self._attempts.check_wait(tried)
        with self._database.read() as tx:
            found = tx.one(queries.BY_USERNAME, username=username)
            proof_kept = proof_of(tx, actor.person, None if found is None else found[1].password_hash)
        if found is None or found[0].code != actor.person:
            self._hasher.matches(None, proof["password"])
            raise NeedsSignature(
                "signature.not_you", "The signature has to be that of the person signed in. Sign in as yourself first."
            )
        check_has_proof(proof_kept)
        if not self._hasher.matches(proof_kept.stored, proof["password"]):
            self._attempts.note(tried, "signature")
            raise wrong_proof(proof_kept)
        return Signing(proof_kept.method, self._database.clock.now())

    def _signed_by_passkey(self, actor: Actor, answer: str, act: str) -> Signing:
        if not answer:
            options = self.factors.asks_signer(actor.person, act)
            if options is None:
                raise NeedsSignature(
                    "signature.no_passkey", "You have no passkey here. Sign with your user name and password."
                )
            raise PasskeyAsked(options)
        tried = Tried(actor.person, actor.device, person=actor.person)
        self._attempts.check_wait(tried)
        try:
            self.factors.prove(answer, challenges.SIGN, person=actor.person, act=act)
        except Refused as error:
            self._attempts.note(tried, "signature by passkey")
            raise NeedsSignature(
                "signature.passkey_wrong", "The passkey did not sign this. Nothing was signed. Sign again."
            ) from error
        return Signing("passkey", self._database.clock.now())

    # -- in and out --------------------------------------------------------------------------------------------------

    def sign_in(
        self,
        username: str,
        password: str,
        *,
        device: str | None,
        by_cookie: bool,
        address: str | None = None,
        code: str | None = None,
    ) -> Opened:
        """Open a session with name and password, and a code where there is a second factor.

        Raises SignInNeeded, SecondStep or TooMany.
        """
        tried = Tried(username.strip().lower()[:64], device, address)
        failed = self._attempts.check_wait(tried)
        with self._database.read() as tx:
            found = tx.one(queries.BY_USERNAME, username=tried.name)
        tried = tried.of(None if found is None else found[0].code)
        matches = self._hasher.matches(found[1].password_hash if found is not None else None, password)
        if found is None or not matches or found[0].phase != rules.PersonPhase.ACTIVE:
            self._attempts.note(tried, "password")
            raise SignInNeeded("sign_in.wrong", "Name or password is wrong. Try again.")
        person = found[0].code
        with self._database.read() as tx:
            factors = factors_of(tx, person)
        if not factors.any:
            return self._open(person, "password", device, by_cookie=by_cookie, failed=failed)
        if not code:
            raise SecondStep(self.factors.ticket(person, tried.key), factors)
        self._prove_code(person, code, tried)
        return self._open(person, "code", device, by_cookie=by_cookie, failed=failed)

    def sign_in_with_code(self, ticket: str, code: str, *, device: str | None, by_cookie: bool) -> Opened:
        """The second step: a code of the phone or from paper. Raises SignInNeeded or TooMany."""
        try:
            holder = self.factors.holder(ticket)
        except Refused as error:
            raise SignInNeeded(
                "sign_in.too_slow", "This took longer than five minutes. Enter name and password again."
            ) from error
        person = str(holder.person)
        tried = Tried(person, device, known=holder.bound, person=person)
        failed = self._attempts.check_wait(tried)
        self._prove_code(person, code, tried, ticket)
        return self._open_if_active(person, "code", device, by_cookie=by_cookie, failed=failed)

    def _prove_code(self, person: str, code: str, tried: Tried, ticket: str | None = None) -> None:
        try:
            self.factors.use_code(person, code[:CODE_LENGTH_MAX], ticket)
        except Refused as error:
            self._attempts.note(tried, "code")
            raise SignInNeeded(
                "sign_in.code_wrong", "This code is wrong or was used already. Enter the one that shows now."
            ) from error

    def choose_password(
        self, username: str, code: str, chosen: SetPassword, *, device: str | None, address: str | None
    ) -> None:
        """Set a password, and a PIN where given, with a one-time code. Raises SignInNeeded, TooMany, Refused."""
        tried = Tried(username.strip().lower()[:64], device, address)
        self._attempts.check_wait(tried)
        with self._database.read() as tx:
            found = tx.one(queries.BY_USERNAME, username=tried.name)
            fits = found is not None and matching_code(tx, found[0].code, code) is not None
        tried = tried.of(None if found is None else found[0].code)
        if found is None or not fits:
            self._hasher.matches(None, chosen.password)  # as long as a code that fits takes
            self._attempts.note(tried, "one-time code")
            raise wrong_code()
        person = found[0].code
        order = UseOneTimeCode(person=person, code=code, password=chosen.password, pin=chosen.pin)
        try:
            self._house_call(use_one_time_code, order, Actor(person, device=device))
        except Refused as error:
            if error.code != wrong_code().code:
                raise
            raise wrong_code() from error  # somebody used it meanwhile

    def sign_in_by_passkey(
        self, answer: str, *, device: str | None, by_cookie: bool, address: str | None = None
    ) -> Opened:
        """Open a session with a passkey, which knows its person. Raises SignInNeeded or TooMany."""
        tried = Tried(_named(answer), device, address)
        self._attempts.check_wait(tried)
        try:
            person = self.factors.prove(answer, challenges.PROVE)
        except Refused as error:
            self._attempts.note(tried, "passkey")
            raise SignInNeeded(
                "sign_in.passkey_wrong",
                "The passkey was not accepted here. Try again, or sign in with user name and password.",
            ) from error
        return self._open_if_active(person, "passkey", device, by_cookie=by_cookie)

    def _open_if_active(
        self, person: str, method: str, device: str | None, *, by_cookie: bool, failed: int = 0
    ) -> Opened:
        if not self._is_active(person):
            raise SignInNeeded("session.person_locked", "This account is locked. Ask an administrator.")
        return self._open(person, method, device, by_cookie=by_cookie, failed=failed)

    def _is_active(self, person: str) -> bool:
        """Neither locked nor closed. Whether the account has ended is asked, and told, as the session opens."""
        with self._database.read() as tx:
            found = tx.find(Person, person)
        return found is not None and found.phase == rules.PersonPhase.ACTIVE

    def sign_in_from_directory(self, person: str, *, device: str | None, anew: bool) -> Opened:
        """Open a session for somebody whom the directory has just named. Whoever is locked or has left here stays out,
        whatever the directory says. Raises SignInNeeded."""
        if not self._is_active(person):
            self._attempts.note(Tried(person, device, person=person), BY_DIRECTORY)
            raise SignInNeeded(
                "sign_in.closed_here",
                "The directory knows you; your account here is locked or closed. Ask an administrator.",
            )
        return self._open(person, BY_DIRECTORY_ANEW if anew else BY_DIRECTORY, device, by_cookie=True)

    def signs_with(self, actor: Actor) -> str:
        """The word for what this person signs with, so that the form asks for it."""
        with self._database.read() as tx:
            return proof_of(tx, actor.person, None).method

    def enrol_signing_pin(
        self, session: Session, signing_pin: str, badge_pin: str | None, code: str | None = None
    ) -> None:
        """Set the PIN that the person of this session signs with. Raises Refused."""
        order = EnrolSigningPin(session=session.token_hash, signing_pin=signing_pin, badge_pin=badge_pin, code=code)
        self._house_call(enrol_signing_pin, order, session.actor)

    def sign_in_by_badge(self, raw_badge: str, pin: str, *, device: str | None, by_cookie: bool) -> Opened:
        """Open a shift with badge and PIN at an enrolled station. Raises SignInNeeded or TooMany."""
        if device is None:
            raise SignInNeeded(
                "sign_in.no_station",
                "A badge and PIN sign in at an enrolled station alone. Use name and password here.",
            )
        badge = scan.read(raw_badge).text[:64]
        tried = Tried(badge, device)
        self._attempts.check_wait(tried)
        with self._database.read() as tx:
            person = queries.person_of_badge(tx, badge)
            found = None if person is None else tx.one(queries.CREDENTIAL_OF, person=person)
        tried = tried.of(person)
        matches = self._hasher.matches(found[1].pin_hash if found is not None else None, pin)
        if found is None or not matches or found[0].phase != rules.PersonPhase.ACTIVE:
            self._attempts.note(tried, "badge")
            raise SignInNeeded("sign_in.badge_wrong", "Badge or PIN is wrong. Scan the badge and enter the PIN again.")
        return self._open(found[0].code, "badge", device, by_cookie=by_cookie)

    def switch_by_badge(self, raw_badge: str, *, device: str | None) -> Opened:
        """Back to a person's open shift at this station by badge alone. Raises SignInNeeded where there is none, and
        TooMany where too many badges were none."""
        badge = scan.read(raw_badge).text
        now, tried = self._database.clock.now(), Tried(BADGE_ALONE, device)
        self._attempts.check_wait(tried)
        with self._database.read() as tx:
            person = queries.person_of_badge(tx, badge) if device is not None else None
            sessions = [] if person is None else tx.many(queries.SESSIONS_AT, limit=10, person=person, device=device)
        for row in sessions:
            if now < row.expires_at and now - row.seen_at <= self._idle and person is not None:
                self.sign_out_hash(row.token_hash, person)
                return self._open(person, BADGE_ALONE, device, by_cookie=True, until=row.expires_at)
        if person is None and device is not None:
            self._attempts.note(tried, BADGE_ALONE)  # numbers of badges are not tried through at a station
        raise SignInNeeded(
            "sign_in.no_shift", "There is no open shift of this badge at this station. Enter the PIN to open one."
        )

    def leave(self, token: str, opened: Opened) -> None:
        """The session that a browser had before, now that `opened` takes its place: it ends. The shift of somebody else
        at the same station waits for its badge, under a token that nobody has."""
        with self._database.read() as tx:
            row = tx.find(WebSession, hashed(token))
        if row is None or row.token_hash == opened.session.token_hash:
            return
        actor = opened.session.actor
        if row.person == actor.person or row.device is None or row.device != actor.device:
            self.sign_out_hash(row.token_hash, row.person)
            return
        resting = hashed(secrets.token_urlsafe(TOKEN_BYTES))
        order = commands.ParkSession(person=row.person, token_hash=row.token_hash, resting_hash=resting)
        self._house_call(commands.park_session, order, Actor(row.person, device=row.device))

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
        self,
        person: str,
        method: str,
        device: str | None,
        *,
        by_cookie: bool,
        until: datetime | None = None,
        failed: int = 0,
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
            failed=failed,
        )
        self._house_call(commands.open_session, order, Actor(person, device=device))
        return Opened(token, expires_at, self.find(token, by_cookie=by_cookie))

    def _house_call(self, function: Callable[..., Any], order: Order, actor: Actor) -> None:
        call = Call(command_of(function), order, actor, str(uuid.uuid4()), by_house=True)
        self._runner.run(call).result()


def _named(answer: str) -> str:
    """Which passkey an answer says it is of: wrong answers count against it."""
    try:
        return ceremony.credential_in(answer)[:64]
    except Refused:
        return "passkey"


def _mark_seen(tx: WriteTx, digest: str, now: datetime) -> None:
    if tx.find(WebSession, digest) is not None:
        tx.change(tx.lock(WebSession, digest), seen_at=now)
