"""One text for one value: canonical JSON, and SHA-256 over it.

Equal to RFC 8785 for what it accepts: ASCII keys, text without lone surrogates, integers within 2^53, booleans, null.
Floats are refused; decimals and larger integers travel as strings, by the type of their column (`platform/columns.py`).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from cellchain.kernel.errors import InvariantBroken

INTEGER_MAX = 2**53
Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]

_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


def dumps(value: Json) -> str:
    """The canonical text of `value`.

    Raises InvariantBroken for a float, a large integer, a non-ASCII key or a lone surrogate.
    """
    _examine(value)
    return _encode(value)


def digest(value: Json) -> str:
    """SHA-256 over the canonical text, as 64 hexadecimal digits."""
    return hashlib.sha256(dumps(value).encode()).hexdigest()


def moment(value: datetime) -> str:
    """A time as every record writes it: UTC, microseconds, `YYYY-MM-DDTHH:MM:SS.ffffffZ`."""
    if value.tzinfo is None:
        raise InvariantBroken("does not hold: a recorded time has a zone")
    if value.tzinfo is UTC:  # as every recorded time is read
        return value.isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _examine(value: Json) -> None:
    if value is None:
        return
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int):
        if not -INTEGER_MAX < value < INTEGER_MAX:
            raise InvariantBroken("does not hold: an integer in a record fits 53 bits")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise InvariantBroken(f"does not hold: key {key!r} is ASCII text")
            _examine(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _examine(item)
    else:
        raise InvariantBroken(f"does not hold: {type(value).__name__} has a canonical form")


def _check_text(value: str) -> None:
    if value.isascii():
        return
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvariantBroken("does not hold: text in a record is well-formed") from error
