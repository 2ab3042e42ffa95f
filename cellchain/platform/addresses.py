"""Addresses of other servers that secrets are sent to."""

from urllib.parse import parse_qs, urlsplit

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# What PostgreSQL's own library calls a connection that is always encrypted.
ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})


def confidential(address: str) -> bool:
    """Whether nobody on the way reads along: TLS, or a server on this machine. No name, no fragment stands in it."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    near = parts.scheme == "http" and host in LOOPBACK
    return (parts.scheme == "https" or near) and bool(host) and not parts.fragment and parts.username is None


def nobody_reads_along(database: str) -> bool:
    """Whether a database is this machine's (a file, a socket, loopback), or is spoken to over TLS alone."""
    parts = urlsplit(database)
    if not parts.scheme.startswith("postgresql"):
        return True
    asked = parse_qs(parts.query)
    named = parts.netloc.rpartition("@")[2]
    hosts = [one for one in (*named.split(","), *",".join(asked.get("host", [])).split(",")) if one]
    near = all(one.startswith("/") or _without_port(one) in LOOPBACK for one in hosts)
    return near or asked.get("sslmode", [""])[-1] in ENCRYPTED


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host if host.count(":") > 1 else host.partition(":")[0]
