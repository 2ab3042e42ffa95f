"""Addresses of other servers that secrets are sent to."""

from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def confidential(address: str) -> bool:
    """Whether nobody on the way reads along: TLS, or a server on this machine. No name, no fragment stands in it."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    near = parts.scheme == "http" and host in LOOPBACK
    return (parts.scheme == "https" or near) and bool(host) and not parts.fragment and parts.username is None
