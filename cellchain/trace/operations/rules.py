"""Who may read the figures, and from when on a state of the house is told as a fault."""

import hmac
import ipaddress
from collections.abc import Container
from datetime import timedelta

# A proxy says for whom it asks, in one of these: then the address is the proxy's, and proves nothing.
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "via")
TOKEN_LENGTH_MIN = 16
ROOM_BYTES_MIN = 200_000_000
ROOM_BYTES_LOW = 2_000_000_000
RHYTHMS_MAX = 3


def asks_from_here(address: str, headers: Container[str]) -> bool:
    """Whether a request came from this machine itself, and through nobody who may have brought it from elsewhere."""
    if any(name in headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def holds_token(authorization: str, token: str) -> bool:
    """Whether `authorization` bears the token. One that is empty or short opens nothing."""
    kind, _, given = authorization.partition(" ")
    if kind.lower() != "bearer" or len(token) < TOKEN_LENGTH_MIN:
        return False
    return hmac.compare_digest(given.strip().encode(), token.encode())


def checkpoint_is_late(age: timedelta | None, unsigned: int, rhythm: timedelta) -> bool:
    """Whether entries wait longer for a checkpoint than the rhythm explains."""
    return unsigned > 0 and (age is None or age > RHYTHMS_MAX * rhythm)
