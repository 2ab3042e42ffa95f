"""Connections on which nothing moves: each has its time, and all of them together have their number.

uvicorn closes what lies idle between two requests, and waits for ever for the rest of a head, for the rest of a body
and for a client that takes no answer. Here each connection is looked at once a second (docs/operations/faults.md).
"""

import asyncio
from typing import Any, cast

import orjson
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from cellchain.kernel.errors import Busy, CellchainError, TooLarge, Unfinished
from cellchain.web.problems import PROBLEM_TYPE, problem, problem_response

LOOK_S = 1.0
# From the first byte of a head to its last, and before the first one.
HEAD_S = 15.0
HEAD_BYTES_MAX = 65_536
# A body has a while, and more for what of it has come: a ward's picture of 10 MB over a poor line is in time.
BODY_S, BODY_BYTES_A_SECOND = 20.0, 4_096
# Who takes nothing of an answer for so long takes nothing any more; a byte now and then is nothing.
ANSWER_S, ANSWER_BYTES_MIN = 30.0, 1_024
# Held by one process. Beyond that, the one that has lain idle longest makes room.
HELD_MAX = 1_000
LEFT_UNKNOWN = 2**62


class Connection(HttpToolsProtocol):
    """One connection of uvicorn's, with its time measured."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a client in, in the place of the longest idle one if there are too many."""
        super().connection_made(cast(asyncio.Transport, transport))
        self._head_bytes = self._came_bytes = 0
        self._now_at: tuple[object, ...] = ()
        self._since = self.loop.time()
        self._left_bytes = 0
        if len(self.connections) > HELD_MAX and not self._make_room():
            self.app = cast(Any, _full)
        self._look_again = self.loop.call_later(LOOK_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._look_again.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A part of a request."""
        super().data_received(data)
        if self._answered:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refuse(TooLarge(most=HEAD_BYTES_MAX))
        else:
            self._head_bytes = 0
            self._came_bytes += len(data)

    def resume_writing(self) -> None:
        """The client took most of what was left for it."""
        self._left_bytes = LEFT_UNKNOWN
        super().resume_writing()

    @property
    def _answered(self) -> bool:
        """Whether no request is in hand: the head of the next one has not come whole."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.response_complete

    @property
    def _waits_for(self) -> str:
        """What the client has to do next: `head`, `body` or `answer`; nothing while it is ours to do something."""
        if self.transport.get_write_buffer_size():
            return "answer"
        if self._answered:
            return "" if self.timeout_keep_alive_task is not None else "head"
        return "body" if self.cycle.more_body and not self.flow.read_paused else ""

    def _look(self) -> None:
        """Once a second: close what has waited too long for its client."""
        if self.transport.is_closing() and not self.transport.get_write_buffer_size():
            return
        now, waits = self.loop.time(), self._waits_for
        if (waits, self.cycle) != self._now_at:
            self._now_at, self._since, self._came_bytes = (waits, self.cycle), now, 0
            self._left_bytes = self.transport.get_write_buffer_size()
        if waits and now - self._since > self._patience_s(waits):
            self._give_up(waits)
            return
        self._look_again = self.loop.call_later(LOOK_S, self._look)

    def _patience_s(self, waits: str) -> float:
        if waits == "body":
            return BODY_S + self._came_bytes / BODY_BYTES_A_SECOND
        if waits == "answer":
            left = self.transport.get_write_buffer_size()
            if left <= self._left_bytes - ANSWER_BYTES_MIN:
                self._left_bytes, self._since = left, self.loop.time()
            return ANSWER_S
        return HEAD_S

    def _give_up(self, waits: str) -> None:
        """Nobody who sent nothing is told anything, and nobody who does not read."""
        if waits == "answer":
            self.transport.abort()
        elif waits == "body" and not self.cycle.response_started:
            # Whoever reads the body hears that its client is gone, and answers nobody.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._refuse(Unfinished())
        elif waits == "head" and self._head_bytes:
            self._refuse(Unfinished())
        else:
            self.transport.close()

    def _refuse(self, error: CellchainError) -> None:
        """Say so, in the words of the house, and close."""
        if self.transport.is_closing():
            return
        body = problem(error)
        content = orjson.dumps(body)
        head = f"HTTP/1.1 {body['status']} {body['title']}\r\ncontent-type: {PROBLEM_TYPE}\r\n"
        head += f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
        self.transport.write(head.encode("ascii") + content)
        self.transport.close()

    def _make_room(self) -> bool:
        """Close the connection that has been without a request longest. False where each of them has one in hand."""
        idle = [one for one in cast("set[Connection]", self.connections) if one is not self and one._answered]
        open_ = [one for one in idle if not one.transport.is_closing()]
        if open_:
            min(open_, key=lambda one: one._since).transport.close()
        return bool(open_)


async def _full(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to one connection too many."""
    response = problem_response(Busy())
    response.headers["connection"] = "close"
    await response(scope, receive, send)
