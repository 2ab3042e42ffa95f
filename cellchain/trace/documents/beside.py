"""What a process beside the application does: setting a document, signing it, and checking one that somebody sent.

Such work takes a processor for seconds, loads libraries that nobody who serves needs, and may break off on a file that
was made to break it. None of that reaches whoever scans: it runs at a lower priority, in memory of its own.
"""

import multiprocessing
import os
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, TypeVar

from cellchain.kernel.values import dataclass

if TYPE_CHECKING:
    from cellchain.trace.certificates.rules import Finding
    from cellchain.trace.certificates.seal import Signing

LOWER_PRIORITY = 10
SPAWN = multiprocessing.get_context("spawn")
Told = dict[str, Any]
Result = TypeVar("Result")
# Told of the process as soon as it is there, and of None when it is gone.
Watch = Callable[[BaseProcess | None], None]


class BrokeOff(Exception):
    """The process ended without an answer. `kind` is the fault's name; its words may be what a person wrote."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class _Answer:
    value: Any = None
    fault: str = ""


def call(
    work: Callable[..., Result], *given: Any, watch: Watch = lambda _: None, seconds_max: float | None = None
) -> Result:
    """Run `work(*given)` in a process of its own and wait for what it gives. Raises BrokeOff."""
    here, there = SPAWN.Pipe(duplex=False)
    child = SPAWN.Process(target=_answer, args=(there, work, given), name="document", daemon=True)
    try:
        child.start()
        watch(child)
        there.close()
        if not here.poll(seconds_max):
            raise BrokeOff("TimeoutError")
        answer: _Answer = here.recv()
    except EOFError as error:
        raise BrokeOff("EOFError") from error
    finally:
        watch(None)
        here.close()
        if child.pid is not None:
            child.terminate()
            child.join()
    if answer.fault:
        raise BrokeOff(answer.fault)
    value: Result = answer.value
    return value


def _answer(there: Connection, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    with suppress(PermissionError):  # a service that is shut in may not be let change its rank
        os.nice(LOWER_PRIORITY)
    try:
        answer = _Answer(work(*given))
    except Exception as error:
        answer = _Answer(fault=type(error).__name__)
    there.send(answer)
    there.close()


# ---- the work itself: each imports what it needs, where it is needed -------------------------------------------------


def record(told: Told) -> bytes:
    """A batch record on paper."""
    from cellchain.trace.documents import sheets

    return sheets.draw(told)


def ward_packs(told: list[Told]) -> list[bytes]:
    """Packs for a ward that works on paper."""
    from cellchain.trace.ward_pack import sheets

    return sheets.draw_all(told)


def certificate(told: Told, how: "Signing") -> bytes:
    """A certificate on paper, signed."""
    from cellchain.trace.certificates import sheets, signing

    return signing.sign(sheets.draw(told), how)


def check(content: bytes) -> "Finding":
    """What a file shows that somebody sent."""
    from cellchain.trace.certificates import checking

    checking.limit_memory()
    return checking.check(content)
