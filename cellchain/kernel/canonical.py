"""One text for one value: canonical JSON, and SHA-256 over it.

Equal to RFC 8785 for what it accepts: ASCII keys, text without lone surrogates, integers within 2^53, booleans, null.
Floats are refused; decimals and larger integers travel as strings, by the type of their column (`platform/columns.py`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import orjson

from cellchain.kernel.errors import InvariantBroken

INTEGER_MAX = 2**53
_PLAIN = frozenset({str, bool, type(None)})
Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def dumps(value: Json) -> str:
    """The canonical text of `value`.

    Raises InvariantBroken for a float, a large integer, a non-ASCII key or a lone surrogate.
    """
    _examine(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError as error:
        raise InvariantBroken("does not hold: text in a record is well-formed") from error


def digest(value: Json) -> str:
    """SHA-256 over the canonical text, as 64 hexadecimal digits."""
    return hashlib.sha256(dumps(value).encode()).hexdigest()


def moment(value: datetime) -> str:
    """A time as every record writes it: UTC, microseconds, `YYYY-MM-DDTHH:MM:SS.ffffffZ`."""
    if value.tzinfo is None:
        raise InvariantBroken("does not hold: a recorded time has a zone")
    in_utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds")[:-6] + "Z"  # in place of +00:00


def _examine(value: Json) -> None:
    """What is a text and well-formed, the encoder itself decides; a walk over the rest, quick over what is frequent."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise InvariantBroken(f"does not hold: key {key!r} is ASCII text")
            if type(item) not in _PLAIN:
                _examine(item)
    elif isinstance(value, list | tuple):
        for item in value:
            if type(item) not in _PLAIN:
                _examine(item)
    elif isinstance(value, int):
        if not -INTEGER_MAX < value < INTEGER_MAX:
            raise InvariantBroken("does not hold: an integer in a record fits 53 bits")
    elif not isinstance(value, str) and value is not None:
        raise InvariantBroken(f"does not hold: {type(value).__name__} has a canonical form")
