"""The command runner: the only code that begins and commits a transaction that writes.

On either database commands that arrive together share one transaction and its commit, each behind a savepoint
(docs/decisions/0003). It holds the end of the chain from its beginning: SQLite has one connection that writes, and on
PostgreSQL the row of the head is locked first. So every command rests on all that stands before it in the ledger, and
no two of them wait for each other (docs/decisions/0044).
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import anyio.to_thread
import psycopg

from cellchain.kernel import canonical
from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Busy, CellchainError, Forbidden, Invalid, Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import SYSTEM_ACTOR, Actor, Signing
from cellchain.ledger.answers import Answer, answer_of, done_text, in_a_word, refused_text
from cellchain.ledger.append import Draft, Position, append, held_position, last_position, news_after, store_head
from cellchain.ledger.batches import Batches
from cellchain.ledger.models import Request, Signature
from cellchain.ledger.registry import Command, Order, Reaction, command_of
from cellchain.ledger.remarks import named_in
from cellchain.ledger.transactions import Links
from cellchain.ledger.tx import CommandTx, Recorded
from cellchain.platform import away
from cellchain.platform.db import AWAY, CONTENTION, Database, Link, ReadTx
from cellchain.platform.measures import Measures
from cellchain.platform.pace import Pace
from cellchain.platform.write import WriteTx

# So long the event loop itself waits while a thread commits, before it leaves its batch to a thread as well.
LOOP_PATIENCE_S = 0.1
ATTEMPTS_MAX = 5
REACTION_DEPTH_MAX = 5
LATE_AFTER = timedelta(minutes=15)
CLOCK_SKEW = timedelta(seconds=5)
AT_ONCE_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Call:
    """One command on its way: what, by whom, under which request id."""

    command: Command
    order: Order
    actor: Actor
    request_id: str
    reason: str | None = None
    happened_at: datetime | None = None
    signing: Signing | None = None
    by_house: bool = False  # the house runs an internal command of its own (sign-in, foundation)
    prepared: Any = None
    noted: Mapping[str, Json] | None = None  # open facts about how the order came in: typed and not scanned, and why

    def ready(self, house: Any) -> "Call":
        """With the command's slow preparation done, before any lock is taken; nothing is prepared for who may not."""
        prepare = self.command.prepare
        if prepare is None or not (self.by_house or self.actor.may(self.command.permission)):
            return self
        return replace(self, prepared=prepare(house, self.order))

    def fingerprint_text(self) -> str:
        """Everything that makes two requests the same request."""
        moment = "" if self.happened_at is None else canonical.moment(self.happened_at)
        return "\x1f".join(
            [self.actor.person, self.command.path, self.order.model_dump_json(), self.reason or "", moment]
        )


class End:
    """The end of the chain while a transaction moves it. The table gets it once, before the commit."""

    def __init__(self, position: Position | None = None) -> None:
        self.position = position

    def of(self, tx: WriteTx) -> Position:
        """Where the next entry goes."""
        if self.position is None:
            self.position = last_position(tx)
        return self.position


class Runner:
    """Runs commands over one database. `touched` listeners hear which tables a commit changed."""

    def __init__(self, database: Database, *, site: int, reactions: Sequence[Reaction] = ()) -> None:
        self.database = database
        database.news = news_after
        self.site = site
        self.measures = Measures()
        self.listeners: list[Callable[[frozenset[str]], None]] = []
        # Asked before each command whether whoever sent it still stands; raises what they are told. Nothing is stored.
        self.standing: Callable[[ReadTx, Actor, Command], None] | None = None
        self._reactions: dict[str, list[Reaction]] = {}
        for reaction in reactions:
            self._reactions.setdefault(reaction.event, []).append(reaction)
        self._end = End()  # on SQLite, from one batch to the next
        self.pace = Pace(max(1, database.read_links // 2), self.measures.flushed)
        self._links = Links(database, self.pace, forget=self._forget_end, foreign=self._hear_foreign)
        self._batches: Batches[Call, Answer] = Batches(self.run_batch, self._held_up)

    # -- ways in ---------------------------------------------------------------------------------------------------

    async def submit(self, call: Call) -> Answer:
        """Run `call` from the event loop, together with those that come at the same time."""
        if call.command.prepare is not None:
            call = await anyio.to_thread.run_sync(call.ready, self.database.house)
        return await self._batches.add(call, asyncio.get_running_loop())

    def answer(self, call: Call, loop: asyncio.AbstractEventLoop) -> Answer:
        """Run `call` for a page, from one of the few threads that make them.

        Raises Unavailable where the disk is slow and too many of them wait for it already.
        """
        with self.pace.writer():
            return asyncio.run_coroutine_threadsafe(self.submit(call), loop).result()

    def run(self, call: Call) -> Answer:
        """Run `call` from a thread, the command line or a test. Raises what was not the caller's fault."""
        call = call.ready(self.database.house)
        [outcome] = self.run_batch([call])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def do(
        self, function: Callable[..., Any], order: Order, actor: Actor, request_id: str, **more: Any
    ) -> dict[str, Any]:
        """Run a command function and give its result as data. Raises what it refused."""
        return self.run(Call(command_of(function), order, actor, request_id, **more)).result()

    def outside(self, work: Callable[[WriteTx], Any]) -> Any:
        """Write to tables outside the ledger (sessions, scans).

        Raises InvariantBroken if `work` wrote to others, Unavailable where the disk is full or read-only.
        """
        with away.told(), self._transaction() as link:
            tx = WriteTx(self.database, link, now=self.database.clock.now())
            result = work(tx)
            ensure(not tx.changes, "what is written outside a command is outside the ledger")
            return result

    def record_system(self, event: str, request_id: str, work: Callable[[CommandTx], None]) -> None:
        """Append an entry of the system's own (foundation, migration, acknowledged loss)."""
        with away.told(), self._transaction() as link:
            now = self.database.clock.now()
            tx = CommandTx(self.database, link, now=now, by=SYSTEM_ACTOR, site=self.site)
            work(tx)
            end = last_position(tx) if self.database.is_sqlite else held_position(tx)
            store_head(tx, append(tx, end, _system_draft(tx, event, request_id), now))
        self._end.position = None

    # -- batches ---------------------------------------------------------------------------------------------------

    def _held_up(self) -> bool:
        """Whether a batch had better run beside the loop: it talks to a server, commits are slow, or a thread holds the
        connection."""
        return not self.database.is_sqlite or self.pace.slow or not self._links.is_free(LOOP_PATIENCE_S)

    def run_batch(self, calls: Sequence[Call]) -> list[Answer | Exception]:
        """Run `calls` in one transaction and answer after its commit; if that fails, nobody is told it was done."""
        outcomes: list[Answer | Exception] = [Busy()] * len(calls)
        for _attempt in range(ATTEMPTS_MAX):
            try:
                outcomes = self._committed(calls)
            except CONTENTION:  # what is written outside commands was in the way
                continue
            except CellchainError as error:  # nothing was begun, or the server is away
                outcomes = [error] * len(calls)
            except psycopg.Error as error:  # refused at COMMIT, for one of them
                if len(calls) > 1:
                    return [outcome for call in calls for outcome in self.run_batch([call])]
                outcomes = [error]
            except sqlite3.Error as error:
                fault: Exception = away.fault_of(error) or error
                fault.__cause__ = error if fault is not error else None
                outcomes = [fault] * len(calls)
            break
        for call, outcome in zip(calls, outcomes, strict=True):
            self.measures.ran(call.command.path, in_a_word(outcome))
        return outcomes

    def _committed(self, calls: Sequence[Call]) -> list[Answer | Exception]:
        touched: set[str] = set()
        with self._transaction() as link:
            end = self._end_of(link)
            began = end.position
            outcomes = [self._guarded(link, end, call, touched) for call in calls]
            if end.position is not None and end.position is not began:
                store_head(WriteTx(self.database, link, now=self.database.clock.now()), end.position)
        if self.database.holds_traces:
            self._links.remove_traces()
        self._tell(touched)
        self.measures.committed(len(calls))
        return outcomes

    def _guarded(self, link: Link, end: End, call: Call, touched: set[str]) -> Answer | Exception:
        """One command of a batch: a fault of ours in it must not take its neighbours along."""
        before = end.position
        link.execute("SAVEPOINT command")
        try:
            answer: Answer | Exception = self._answer(link, end, call, touched)
        except Exception as error:
            if away.fault_of(error) is not None or isinstance(error, AWAY):
                raise  # full, damaged or gone: the whole batch is lost, and every caller is told
            self._roll_back(link, end, before)
            answer = error
        link.execute("RELEASE SAVEPOINT command")
        return answer

    # -- one command -----------------------------------------------------------------------------------------------

    def _answer(self, link: Link, end: End, call: Call, touched: set[str]) -> Answer:
        """What comes of a command, written down under its request. Who holds the end of the chain is alone with it."""
        now = self.database.clock.now()
        outer = WriteTx(self.database, link, now=now)
        if self.standing is not None and not call.by_house:
            self.standing(outer, call.actor, call.command)
        fingerprint = self.database.sealer.fingerprint(call.fingerprint_text())
        answered = outer.find(Request, call.request_id)
        if answered is not None:
            return _stored(answered, call, fingerprint)
        before = end.position
        try:
            answer = self._perform(link, end, call, now, touched)
        except (
            CellchainError,
            sqlite3.IntegrityError,
            psycopg.errors.IntegrityError,
            psycopg.errors.DataError,
        ) as error:
            self._roll_back(link, end, before)
            answer = self._refuse(link, end, call, now, _named(error))
        request = {
            "request_id": call.request_id,
            "person": call.actor.person,
            "fingerprint": fingerprint,
            "at": now,
            "done": answer.done,
            "answer": answer.text,
        }
        outer.add_outside(Request, request)
        return answer

    def _perform(self, link: Link, end: End, call: Call, now: datetime, touched: set[str]) -> Answer:
        _check_call(call, now)
        drafts: list[Draft] = []
        result = self._run_command(link, call, now, None, drafts, touched)
        tx = WriteTx(self.database, link, now=now)
        first = position = append(tx, end.of(tx), drafts[0], now)
        for draft in drafts[1:]:
            position = append(tx, position, draft, now)
        end.position = position
        touched.update(cast(str, cast(Any, change)["table"]) for draft in drafts for change in draft.changes)
        return Answer(done=True, text=done_text(call.command.result, result, first.seq, first.hash))

    def _run_command(
        self,
        link: Link,
        call: Call,
        now: datetime,
        on_behalf: str | None,
        drafts: list[Draft],
        touched: set[str],
        depth: int = 0,
    ) -> Any:
        """Run a command and, after it, every reaction to what it did or recorded; each leaves a draft of its entry."""
        ensure(depth <= REACTION_DEPTH_MAX, "reactions end")
        command = call.command
        tx = CommandTx(
            self.database,
            link,
            now=now,
            by=call.actor,
            site=self.site,
            happened_at=call.happened_at,
            reason=call.reason,
        )
        if command.subject is not None:
            tx.subject = str(getattr(call.order, command.subject))
        tx.prepared = call.prepared
        tx.note(**(call.noted or {}))
        try:
            result = command.function(tx, call.actor, call.order)
        except CellchainError as error:
            error.about = tx.subject or error.about
            raise
        touched |= tx.taken_back
        signature = _sign(tx, call) if command.signature is not None and on_behalf is None else None
        drafts.append(_draft(tx, call, command.event, on_behalf, signature, tx.changes))
        done = Recorded(command.event, tx.subject or "", {"subject": tx.subject, **tx.facts})
        for recorded in [*tx.recorded, done]:
            for reaction in self._reactions.get(recorded.event, ()):
                order = reaction.order(recorded.facts)
                if order is not None:
                    follow = Call(
                        command_of(reaction.command), order, call.actor, call.request_id, happened_at=call.happened_at
                    )
                    self._run_command(link, follow, now, reaction.rule, drafts, touched, depth + 1)
        return result

    def _refuse(self, link: Link, end: End, call: Call, now: datetime, error: CellchainError) -> Answer:
        """Record the blocked attempt: it is evidence, and its answer replays like any other."""
        tx = CommandTx(self.database, link, now=now, by=call.actor, site=self.site, reason=call.reason)
        subject = error.about or (call.command.subject and getattr(call.order, call.command.subject, None))
        tx.subject = None if subject is None else str(subject)[:40]
        tx.note(code=error.code, **named_in(call.order))
        draft = _draft(tx, call, f"{call.command.event}:refused", None, None, [])
        end.position = append(tx, end.of(tx), draft, now)
        return Answer(done=False, text=refused_text(error))

    # -- transactions ----------------------------------------------------------------------------------------------

    def _end_of(self, link: Link) -> End:
        """The end of the chain, held until the commit. On SQLite nobody else moves it, so it is remembered."""
        if self.database.is_sqlite:
            return self._end
        return End(held_position(WriteTx(self.database, link, now=self.database.clock.now())))

    def _roll_back(self, link: Link, end: End, position: Position | None) -> None:
        """Take back what a command did, and what is remembered of it."""
        link.execute("ROLLBACK TO SAVEPOINT command")
        self.database.known_by(link).undone()
        end.position = position

    def _transaction(self) -> AbstractContextManager[Link]:
        return self._links.transaction()

    def _forget_end(self) -> None:
        self._end.position = None

    def _hear_foreign(self) -> None:
        self._end.position = None
        self._tell({"*"})

    def _tell(self, touched: set[str]) -> None:
        if touched:
            for listener in self.listeners:
                listener(frozenset(touched))

    def close(self) -> None:
        """Close the connections that write. On SQLite everything then stands in the one file that people copy."""
        self._links.close()


def _check_call(call: Call, now: datetime) -> None:
    if call.by_house:
        return
    if call.command.internal or not call.actor.may(call.command.permission):
        raise Forbidden(
            "access.forbidden",
            "Your roles do not allow “{permission}”. Ask an administrator which role you need.",
            permission=call.command.permission,
        )
    if call.command.signature is not None:
        ensure(call.signing is not None, "a decision is signed before it enters the batch")
    if call.happened_at is None:
        return
    if call.happened_at > now + CLOCK_SKEW:
        raise Invalid({"happened_at": T("The time of the event lies in the future. Enter when it happened.")})
    if call.command.at_once and now - call.happened_at > AT_ONCE_WITHIN:
        raise Invalid({"happened_at": T("This counts when it is done, not afterwards. Leave the time out.")})
    if now - call.happened_at > LATE_AFTER and not call.reason:
        raise Invalid({"reason": T("The event is more than 15 minutes old. A late entry needs a reason.")})


def _stored(request: Request, call: Call, fingerprint: str) -> Answer:
    if request.fingerprint != fingerprint or request.person != call.actor.person:
        raise Refused("request.reused", "This request id was used for something else. Reload the page and repeat.")
    return answer_of(request.done, request.answer)


def _named(error: Exception) -> CellchainError:
    """A constraint that caught what no rule did, most often two people at once, in words."""
    if isinstance(error, CellchainError):
        return error
    message = str(error)
    if "FOREIGN KEY" in message or isinstance(error, psycopg.errors.ForeignKeyViolation):
        return Refused("record.unknown_reference", "Something this refers to is not known here. Scan it again.")
    if "UNIQUE" in message or isinstance(error, psycopg.errors.UniqueViolation):
        return Refused("record.taken", "Somebody else just recorded this. Open the record again to see it.")
    return Refused("record.out_of_bounds", "A value lies outside what this record can hold. Check the values.")


def _sign(tx: CommandTx, call: Call) -> dict[str, canonical.Json]:
    command, signing = call.command, call.signing
    ensure(signing is not None and command.signature is not None, "a decision has a signer and a meaning")
    record = command.signs(tx, call.order) if command.signs is not None else cast(canonical.Json, list(tx.changes))
    digest = canonical.digest(record)
    row = tx.add(
        Signature(
            subject=tx.subject or "",
            event=command.event,
            signer=call.actor.person,
            meaning=cast(str, command.signature),
            method=cast(Signing, signing).method,
            signed_at=tx.now,
            record_hash=digest,
        )
    )
    return {"id": row.id, "signer": call.actor.person, "meaning": command.signature, "record_hash": digest}


def _draft(
    tx: CommandTx,
    call: Call,
    event: str,
    on_behalf: str | None,
    signature: dict[str, canonical.Json] | None,
    changes: Sequence[Mapping[str, Any]],
) -> Draft:
    return Draft(
        event=event,
        version=call.command.version,
        actor=call.actor.person,
        on_behalf=on_behalf,
        device=call.actor.device,
        subject=tx.subject,
        reason=call.reason,
        request_id=call.request_id,
        happened_at=tx.happened_at,
        facts=tx.facts if call.actor.emergency is None else {**tx.facts, "emergency": call.actor.emergency},
        signature=signature,
        changes=cast(Sequence[canonical.Json], changes),
    )


def _system_draft(tx: CommandTx, event: str, request_id: str) -> Draft:
    return Draft(
        event, 1, tx.by.person, None, None, tx.subject, None, request_id, tx.now, tx.facts, None, cast(Any, tx.changes)
    )
