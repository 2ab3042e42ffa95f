"""The worker: sends the mails in line, and tells of what only the clock can notice, while the application serves.

An attempt is recorded and committed before it begins. What breaks off is sent again under the same Message-ID: better
twice than never. A server that is away is left alone for a while, and nothing waits for it but the mails.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import structlog

from cellchain.accounts import queries as accounts
from cellchain.accounts.permissions import permissions_of
from cellchain.kernel.errors import CellchainError
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import SYSTEM_ACTOR, Actor
from cellchain.ledger.registry import Order, command_of
from cellchain.ledger.run import Call, Runner
from cellchain.notices import commands, letters, queries, queue, rules
from cellchain.notices.kinds import BY_KEY
from cellchain.notices.letters import Letterhead, Said
from cellchain.notices.models import Mail, Notice
from cellchain.notices.post import MailServer, NotTaken
from cellchain.notices.rules import MailAbout
from cellchain.platform.db import Database, ReadTx
from cellchain.platform.write import WriteTx
from cellchain.web.i18n import Voice

POLL_S = 2.0
STOP_S = 10.0
LOOK_EVERY = timedelta(seconds=15)
LEASE = timedelta(minutes=5)
WAKING = frozenset({"notices_notice", "*"})
# Faults are logged by their kind, without a trace: its values may be an address.
log = structlog.get_logger()


@dataclass(frozen=True)
class Seen:
    """Something that the clock alone brought about. `occasion` is what makes it the same at the next look."""

    kind: str
    subject: str
    occasion: str


@dataclass(frozen=True)
class Act:
    """What the house has to do itself because time has passed: an internal command, and its order."""

    function: Callable[..., Any]
    order: Order


def _nothing(_: ReadTx) -> Iterable[Act]:
    return ()


@dataclass(frozen=True)
class Watch:
    """What higher rooms tell the worker: what the clock brought about, how much is overdue and due for a person, and
    what the house has to do by itself about it."""

    seen: Callable[[ReadTx], Iterable[Seen]]
    due: Callable[[ReadTx, Actor], tuple[int, int]]
    acts: Callable[[ReadTx], Iterable[Act]] = _nothing


class NoticeWorker:
    """`start` and `stop` belong to the application; `look` and `work_through` are one round of it."""

    def __init__(
        self,
        database: Database,
        runner: Runner,
        *,
        server: MailServer | None,
        head: Letterhead,
        watch: Watch | None = None,
    ) -> None:
        self.database = database
        self.runner = runner
        self.server = server
        self.head = head
        self.watch = watch
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        self._looked_at: datetime | None = None
        self._digest_day: date | None = None
        self._away_count = 0
        self._quiet_until: datetime | None = None

    # -- while serving -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Put back what the last process left undone, then work until `stop`."""
        self.recover()
        self.runner.listeners.append(self._heard)
        self._thread.start()

    def stop(self) -> None:
        """Take up no more mails. One that is being sent is sent again after the next start if this takes too long."""
        self._stopping.set()
        self._wake.set()
        self.runner.listeners.remove(self._heard)
        self._thread.join(STOP_S)

    def recover(self) -> None:
        """Attempts whose process ended go back into line. One process serves SQLite, so there each of them has."""
        age = timedelta(0) if self.database.is_sqlite else LEASE
        self.runner.outside(partial(queue.recover, older_than=age))

    def _heard(self, tables: frozenset[str]) -> None:
        if tables & WAKING:
            self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            for work in (self.look, self.work_through):
                try:
                    work()
                except Exception as error:  # a database that is away now is back later
                    log.warning("notices.round_failed", fault=type(error).__name__)
            self._wake.wait(POLL_S)

    # -- what the clock brings about -----------------------------------------------------------------------------------

    def look(self) -> None:
        """Raise what the clock brought about since the last look, and write the digests of the day."""
        now = self.database.clock.now()
        # A clock that was put back must not keep the alarms waiting until it has caught up.
        lately = self._looked_at is not None and timedelta(0) <= now - self._looked_at < LOOK_EVERY
        if self.watch is None or lately:
            return
        self._looked_at = now
        with self.database.read() as tx:
            fresh = [one for one in self.watch.seen(tx) if tx.one(queries.OCCASION, occasion=one.occasion) is None]
            acts = list(self.watch.acts(tx))
        for act in acts:
            self._do(act.function, act.order)
        for one in fresh:
            self._raise(one)
        if self.server is not None:
            self._write_digests(now)

    def _raise(self, seen: Seen) -> None:
        self._do(commands.notify, commands.Notify(kind=seen.kind, subject=seen.subject, occasion=seen.occasion))

    def _do(self, function: Callable[..., Any], order: Order) -> None:
        call = Call(command_of(function), order, SYSTEM_ACTOR, str(uuid4()), by_house=True)
        try:
            self.runner.run(call).result()
        except CellchainError as error:  # another process was quicker
            log.info("notices.not_done", command=call.command.path, code=error.code)

    def _write_digests(self, now: datetime) -> None:
        """One mail a person and day for whatever is overdue or due, none where nothing is."""
        zone = self.database.house.zone
        day = now.astimezone(zone).date()
        if day == self._digest_day or not rules.is_digest_time(now, zone):
            return
        with self.database.read() as tx:
            waiting = [(person, *self._due(tx, person)) for person in queries.reachable(tx) if _wants(tx, person, day)]
        for person, late, due in waiting:
            if late or due:
                self.runner.outside(partial(_enter_digest, person=person, day=day, late=late, due=due))
        self._digest_day = day

    def _due(self, tx: ReadTx, person: str) -> tuple[int, int]:
        roles = accounts.roles_of(tx, person)
        actor = Actor(person, permissions_of(roles), frozenset(roles))
        return (0, 0) if self.watch is None else self.watch.due(tx, actor)

    # -- mails ---------------------------------------------------------------------------------------------------------

    def work_through(self) -> None:
        """Every mail that is due, in this thread, until the server is found to be away."""
        if self.server is None or self._is_quiet():
            return
        if not self.database.is_sqlite:
            self.recover()
        while not self._stopping.is_set() and self._work_on(self.server):
            pass

    def _is_quiet(self) -> bool:
        return self._quiet_until is not None and self.database.clock.now() < self._quiet_until

    def _work_on(self, server: MailServer) -> bool:
        """The next mail. False: there is none, or the server takes nothing now."""
        with self.database.read() as tx:
            mail = queue.due(tx)
            told = None if mail is None else self._told(tx, mail)
        if mail is None:
            return False
        if told is None:
            self._write(partial(queue.cancel, mail=mail))
            return True
        begun: Mail | None = self._write(partial(queue.begin, mail=mail, host=_host_of(self.head.sender)))
        if begun is None:
            return True
        try:
            server.send(letters.letter(self.head, told.said, told.voice, **_envelope(begun, told)))
        except NotTaken as fault:
            return self._not_taken(begun, fault)
        except Exception as error:
            log.warning("notices.mail_failed", mail=mail.id, fault=type(error).__name__)
            self._write(partial(queue.refuse, mail=begun, problem="fault", detail=type(error).__name__))
            return True
        self._away_count, self._quiet_until = 0, None
        self._write(partial(queue.finish, mail=begun))
        return True

    def _not_taken(self, mail: Mail, fault: NotTaken) -> bool:
        end = queue.refuse if fault.never else queue.put_back
        self._write(partial(end, mail=mail, problem=fault.problem, detail=fault.detail))
        if fault.server:
            self._away_count += 1
            self._quiet_until = self.database.clock.now() + rules.wait_after(self._away_count)
        return not fault.server

    def _told(self, tx: ReadTx, mail: Mail) -> "_Told | None":
        """To whom a mail goes and what it says; None where nobody is there any more."""
        address = queries.address_of(tx, mail.person)
        if address is None or address.email is None or accounts.active_person(tx, mail.person) is None:
            return None
        return _Told(address.email, Voice(address.language.value, self.database.house.zone), _said(tx, mail))

    def _write(self, step: Callable[[WriteTx], Any]) -> Any:
        return self.runner.outside(step)


@dataclass(frozen=True)
class _Told:
    email: str
    voice: Voice
    said: Said


def _said(tx: ReadTx, mail: Mail) -> Said:
    if mail.about is MailAbout.DIGEST:
        return letters.of_day(mail.late_count or 0, mail.due_count or 0)
    if mail.notice is None:
        return letters.of_test()
    notice = tx.get(Notice, mail.notice)
    return letters.of_notice(BY_KEY[notice.kind], mail.notice, notice.subject)


def _envelope(mail: Mail, told: _Told) -> dict[str, Any]:
    return {"to": told.email, "message_id": mail.message_id, "at": mail.queued_at}


def _host_of(sender: str) -> str:
    return sender.rpartition("@")[2].rstrip("> ")


def _wants(tx: ReadTx, person: str, day: date) -> bool:
    return queries.wants_digest(tx, person) and tx.one(queries.DIGEST_OF, person=person, day=day) is None


def _enter_digest(tx: WriteTx, person: str, day: date, late: int, due: int) -> None:
    """Unless another process was quicker: the database itself lets a person have one a day."""
    if tx.one(queries.DIGEST_OF, person=person, day=day) is None:
        queue.enter(tx, MailAbout.DIGEST, person, day=day, late_count=late, due_count=due)
