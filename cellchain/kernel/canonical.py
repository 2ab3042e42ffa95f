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
_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode
_PLAIN = frozenset({str, bool, type(None)})
Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def dumps(value: Json) -> str:
    """The canonical text of `value`.

    Raises InvariantBroken for a float, a large integer, a non-ASCII key or a lone surrogate.
    """
    _examine(value)
    text = _encode(value)
    if not text.isascii():
        _check_text(text)
    return text


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
    """A walk over what is no plain text, quick over what is frequent; texts are looked at once they are all one."""
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


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvariantBroken("does not hold: text in a record is well-formed") from error
