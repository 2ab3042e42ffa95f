"""The Internet Printing Protocol, as much as a label needs: RFC 8010 encoding, RFC 8011 operations and status codes."""

import itertools
import struct
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any

from cellchain.kernel.values import dataclass

VERSION = 0x0101
MEDIA_TYPE = "application/ipp"
VALUES_MAX = 20_000


class Operation(IntEnum):
    """RFC 8011 section 5.4.15, operations-supported."""

    PRINT_JOB = 0x0002
    VALIDATE_JOB = 0x0004
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B


class Group(IntEnum):
    """RFC 8010 section 3.5.1, delimiter tags."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04


class Tag(IntEnum):
    """RFC 8010 section 3.5.2, value tags."""

    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    BEGIN_COLLECTION = 0x34
    END_COLLECTION = 0x37
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49
    MEMBER = 0x4A


class Status(IntEnum):
    """RFC 8011 appendix B, as far as one is treated in a way of its own."""

    SUCCESSFUL_LAST = 0x00FF
    SERVER_ERROR_FIRST = 0x0500
    OPERATION_NOT_SUPPORTED = 0x0501
    SERVICE_UNAVAILABLE = 0x0502
    VERSION_NOT_SUPPORTED = 0x0503
    TEMPORARY_ERROR = 0x0505
    NOT_ACCEPTING_JOBS = 0x0506
    BUSY = 0x0507


# Server errors that say "not now, and nothing of it", and those that say "never".
LATER = frozenset({Status.SERVICE_UNAVAILABLE, Status.TEMPORARY_ERROR, Status.NOT_ACCEPTING_JOBS, Status.BUSY})
NEVER = frozenset({Status.OPERATION_NOT_SUPPORTED, Status.VERSION_NOT_SUPPORTED})


class JobState(IntEnum):
    """RFC 8011 section 5.3.7, job-state."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


FAILED_JOBS = frozenset({JobState.CANCELED, JobState.ABORTED})
Value = str | int | bool | Mapping[str, Any]
# (name, tag, value); an IPP attribute with several values takes a list.
Attribute = tuple[str, Tag, Value | Sequence[Value]]


class NotIpp(ValueError):
    """An answer that is no IPP message."""


@dataclass(frozen=True)
class Answer:
    """A printer's answer: its status, and each group of attributes with all their values."""

    status: int
    groups: tuple[tuple[int, Mapping[str, tuple[Any, ...]]], ...]

    @property
    def is_successful(self) -> bool:
        """Whether the printer did what it was asked, if only in part of its detail."""
        return self.status <= Status.SUCCESSFUL_LAST

    @property
    def is_final(self) -> bool:
        """Whether the printer refused the request itself, so that repeating it is of no use."""
        return self.status in NEVER or Status.SUCCESSFUL_LAST < self.status < Status.SERVER_ERROR_FIRST

    def of(self, group: Group) -> Iterator[Mapping[str, tuple[Any, ...]]]:
        """The groups of one kind: each job of Get-Jobs is one."""
        return (attributes for kind, attributes in self.groups if kind == group)

    def values(self, group: Group, name: str) -> tuple[Any, ...]:
        """The values of an attribute in the first group of a kind, empty where there is none."""
        return next(self.of(group), {}).get(name, ())


def request(
    operation: Operation, number: int, uri: str, operational: Sequence[Attribute], job: Sequence[Attribute] = ()
) -> bytes:
    """A request without its document, which follows the bytes."""
    head: list[Attribute] = [
        ("attributes-charset", Tag.CHARSET, "utf-8"),
        ("attributes-natural-language", Tag.LANGUAGE, "en"),
        ("printer-uri", Tag.URI, uri),
        ("requesting-user-name", Tag.NAME, "cellchain"),
    ]
    groups = [bytes([Group.OPERATION]), *map(_attribute, [*head, *operational])]
    if job:
        groups += [bytes([Group.JOB]), *map(_attribute, job)]
    return b"".join([struct.pack(">HHI", VERSION, operation, number), *groups, bytes([Group.END])])


def answer(message: bytes) -> Answer:
    """Read an answer. Raises NotIpp for anything else, however it is damaged."""
    try:
        return _answer(message)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise NotIpp("the answer is no IPP message") from error


def _attribute(attribute: Attribute) -> bytes:
    name, tag, given = attribute
    values = [given] if isinstance(given, str | int | Mapping) else given
    return b"".join(_value(tag, "" if turn else name, value) for turn, value in enumerate(values))


def _value(tag: int, name: str, value: Value) -> bytes:
    if isinstance(value, Mapping):
        members = b"".join(_member(*member) for member in value.items())
        return _field(Tag.BEGIN_COLLECTION, name, b"") + members + _field(Tag.END_COLLECTION, "", b"")
    if isinstance(value, bool):
        return _field(tag, name, struct.pack(">b", value))
    if isinstance(value, int):
        return _field(tag, name, struct.pack(">i", value))
    return _field(tag, name, value.encode())


def _member(name: str, value: int | Mapping[str, Any]) -> bytes:
    """A member of a collection; the only ones we send are numbers and collections."""
    return _field(Tag.MEMBER, "", name.encode()) + _value(Tag.INTEGER, "", value)


def _field(tag: int, name: str, value: bytes) -> bytes:
    named = name.encode()
    return struct.pack(">BH", tag, len(named)) + named + struct.pack(">H", len(value)) + value


def _answer(message: bytes) -> Answer:
    _version, status, _number = struct.unpack_from(">HHI", message)
    groups: list[tuple[int, dict[str, tuple[Any, ...]]]] = []
    at, name, depth = 8, "", 0
    for _turn in itertools.repeat(None, VALUES_MAX):
        tag = message[at]
        if tag == Group.END:
            return Answer(status, tuple(groups))
        if tag < 0x10:
            groups.append((tag, {}))
            at += 1
            continue
        named, value, at = _read(message, at)
        depth += (tag == Tag.BEGIN_COLLECTION) - (tag == Tag.END_COLLECTION)
        if depth or tag == Tag.END_COLLECTION:  # what a collection holds is nothing we ask for
            continue
        name = named or name
        held = groups[-1][1]
        held[name] = (*held.get(name, ()), _meant(tag, value))
    raise NotIpp("the answer does not end")


def _read(message: bytes, at: int) -> tuple[str, bytes, int]:
    """Name and value of the field at `at`, and where the next one begins."""
    (length,) = struct.unpack_from(">H", message, at + 1)
    name_end = at + 3 + length
    (size,) = struct.unpack_from(">H", message, name_end)
    end = name_end + 2 + size
    if end > len(message):
        raise IndexError
    return message[at + 3 : name_end].decode(), message[name_end + 2 : end], end


def _meant(tag: int, value: bytes) -> Any:
    if tag in (Tag.INTEGER, Tag.ENUM):
        return struct.unpack(">i", value)[0]
    if tag == Tag.BOOLEAN:
        return value != b"\x00"
    return value.decode() if 0x40 <= tag < 0x60 else value
