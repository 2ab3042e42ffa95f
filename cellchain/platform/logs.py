"""The log: one JSON object a line on stderr, and nothing in it that tells of a person.

A line keeps the fields of FIELDS alone; another is left out, and its name is told. A fault is logged by the way to it,
kinds and places in our source, and without what any exception says: that often repeats what somebody sent.
"""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Any, BinaryIO

import orjson
import structlog

# What a line may hold. None of these takes what a person typed, scanned or is called.
FIELDS = frozenset(
    {
        *("event", "level", "at", "request_id", "left_out"),
        *("method", "route", "status", "ms", "station", "by", "about"),  # a request; the last two are marks
        *("kind", "fault", "trace", "code", "command", "logger"),  # what went wrong, and in what
        *("seconds", "since", "folder", "job", "mail", "printer"),  # the clock, a witness, a line of work
    }
)
TEXT_MAX = 300
TRACE_MAX = 60
REQUEST: ContextVar[str] = ContextVar("request", default="")
Line = MutableMapping[str, Any]


def configure(level: str, to: BinaryIO | None = None) -> None:
    """Write lines of `level` (debug, info, warning, error) and above to stderr from now on, those of libraries too."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            number_request,
            way_to_fault,
            allowed_alone,
            _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: Lines(to),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[Libraries()], force=True)


class Lines:
    """Writes a line at once to whoever holds stderr now. One that is gone is no fault of a request: the line is lost,
    the work is not."""

    def __init__(self, to: BinaryIO | None = None) -> None:
        self._to = to

    def msg(self, line: bytes) -> None:
        """Write a line."""
        with suppress(OSError, ValueError):
            to = self._to or sys.stderr.buffer
            to.write(line + b"\n")
            to.flush()

    debug = info = warning = error = critical = exception = msg


def number_request(_logger: object, _name: str, line: Line) -> Line:
    """Whatever is said while a request is answered bears its number."""
    number = REQUEST.get()
    if number:
        line.setdefault("request_id", number)
    return line


def way_to_fault(_logger: object, _name: str, line: Line) -> Line:
    """In place of an exception, the places it came through; what it says is left out with all its values."""
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        line["trace"] = list(way_of(error))[-TRACE_MAX:]
    return line


def allowed_alone(_logger: object, _name: str, line: Line) -> Line:
    """The fields that may be there, each no longer than is useful, and the names of the others."""
    if not line.keys() <= FIELDS:
        others = sorted(line.keys() - FIELDS)
        for name in others:
            del line[name]
        line["left_out"] = others
    for name, value in line.items():
        if isinstance(value, str) and len(value) > TEXT_MAX:
            line[name] = value[:TEXT_MAX]
    return line


def way_of(error: BaseException) -> Iterator[str]:
    """`file:line function` from the outside in, then the kind of the exception; causes come first."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from way_of(before)
    yield from _places(error.__traceback__)
    yield type(error).__qualname__


def _places(step: TracebackType | None) -> Iterator[str]:
    while step is not None:
        code = step.tb_frame.f_code
        yield f"{'/'.join(code.co_filename.split('/')[-3:])}:{step.tb_lineno} {code.co_name}"
        step = step.tb_next


def _as_json(_logger: object, _name: str, line: Line) -> bytes:
    return orjson.dumps(line, default=lambda value: type(value).__name__)


class Libraries(logging.Handler):
    """What libraries log by Python's own means, as a line of ours: their sentence without the values in it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass it on."""
        line = {"logger": record.name}
        # Without arguments a sentence may have its values in it already; uvicorn's are constants.
        if record.args or record.name.startswith("uvicorn"):
            line["fault"] = str(record.msg).strip()
        if record.exc_info and record.exc_info[1] is not None:
            line["kind"] = type(record.exc_info[1]).__name__
        speak = structlog.get_logger()
        (speak.error if record.levelno >= logging.ERROR else speak.warning)("library", **line)
