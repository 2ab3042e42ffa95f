"""What the machine gives: room on its disk, a clock that is set, a folder that is private, an address that is safe."""

import ctypes
import ipaddress
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from cellchain.kernel.clock import Clock
from cellchain.platform.config import EVERY_ROLE, ROLES, Settings
from cellchain.platform.files import DataDir
from cellchain.platform.viruses import Scanner
from cellchain.safekeeping.health.lines import Line, bad, ok, size, warn

# Below this nothing is safe; and a backup needs the database three times over while it is made.
ROOM_BYTES_MIN = 200_000_000
COPIES = 3
OTHERS = stat.S_IRWXG | stat.S_IRWXO
PUBLIC = (".pub", ".crt")
SCANNER_S = 5.0
SIGNATURE_DAYS_MAX = 7
NOT_SET = 0x40  # STA_UNSYNC of adjtimex(2)


def room(folder: DataDir, database_bytes: int) -> Line:
    """Room on the disk of the data folder."""
    free = shutil.disk_usage(folder.path).free
    seen = f"{size(free)} free"
    if free < max(ROOM_BYTES_MIN, database_bytes):
        return bad("disk", f"{seen}.", "Make room at once: a full disk stops every entry.")
    if free < ROOM_BYTES_MIN + COPIES * database_bytes:
        return warn("disk", f"{seen}.", f"A backup needs {size(COPIES * database_bytes)} for a while. Make room.")
    return ok("disk", seen)


def clock_is_set(state: tuple[int, int] | None) -> Line:
    """Whether the kernel says that the clock follows another one; `state` is what `kernel_clock` gave."""
    advice = "Set up chrony or systemd-timesyncd: expiry and every entry go by this clock."
    if state is None:
        return warn("clock", "this system does not say whether it is set by another.", advice)
    status, error_us = state
    if status & NOT_SET:
        return warn("clock", "no other clock sets it.", advice)
    return ok("clock", f"set by another, within {error_us / 1000:.0f} ms")


def kernel_clock() -> tuple[int, int] | None:
    """Status bits and the estimated error (µs) of the kernel's clock; None where it cannot be asked."""
    record = (ctypes.c_char * 512)()  # struct timex; `modes` is 0, so nothing is set
    try:
        asked = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(record))
    except (OSError, AttributeError):
        return None
    if asked < 0:
        return None
    word = ctypes.sizeof(ctypes.c_long)
    # modes (int, padded), offset, freq, maxerror, esterror, status (int)
    longs = ctypes.cast(record, ctypes.POINTER(ctypes.c_long))
    status = ctypes.cast(ctypes.byref(record, 5 * word), ctypes.POINTER(ctypes.c_int))
    return status[0], longs[4]


def zone(settings: Settings, clock: Clock) -> Line:
    """The site's zone, as a time that a person can hold against the clock on the wall."""
    local = clock.now().astimezone(settings.zone)
    return ok("zone", f"{settings.site_timezone}, where it is {local:%H:%M on %Y-%m-%d} now")


def privacy(folder: DataDir) -> Line:
    """Whether only the owner can read keys and data."""
    open_ones = [place for place, mode in _private(folder) if mode & OTHERS]
    if open_ones:
        named = ", ".join(str(place) for place in open_ones[:3])
        return bad(
            "permissions", f"others may read or enter {named}.", "Run chmod -R go= on the folder; then ask who did."
        )
    owners = {place.stat().st_uid for place, _ in _private(folder)}
    if owners - {os.geteuid()}:
        return warn("permissions", "the folder is not all this user's.", "Run the doctor as the user who serves.")
    return ok("permissions", "keys and data are their owner's alone")


def _private(folder: DataDir) -> Iterator[tuple[Path, int]]:
    keys = [file for file in sorted(folder.keys_folder.glob("*")) if not file.name.endswith(PUBLIC)]
    for place in (folder.keys_folder, *keys, folder.database):
        if place.exists():
            yield place, place.stat().st_mode


def address(settings: Settings) -> Line:
    """Whether people reach the house over an encrypted connection, as far as the settings say."""
    parts = urlsplit(settings.public_url)
    if parts.path not in ("", "/"):
        return bad(
            "address",
            f"{settings.public_url} is a folder of a name that others may use too.",
            "Give cellchain a name of its own: what else is served under one name may act for its people.",
        )
    if parts.scheme == "https":
        return ok("address", f"{settings.public_url} is encrypted")
    if _is_this_machine(parts.hostname or ""):
        return ok("address", f"{settings.public_url} is this machine alone")
    return bad(
        "address",
        f"{settings.public_url} shows sign-ins to the network.",
        "Serve with --certificate and --key or behind a proxy that speaks TLS, and set CELLCHAIN_PUBLIC_URL to https.",
    )


def ways_in(settings: Settings) -> Line:
    """Which roles a password alone opens, as far as the settings say."""
    alone = [role for role in ROLES.split("|") if role not in settings.roles_with_second_factor]
    if alone:
        return warn(
            "second factor",
            f"a password alone opens {', '.join(alone)}.",
            f"Set CELLCHAIN_SECOND_FACTOR_ROLES={EVERY_ROLE}, or to the roles that are to have one.",
        )
    if settings.oidc_issuer is not None and not settings.oidc_strong:
        return warn(
            "second factor",
            f"a sign-in at {settings.oidc_name} counts as strong, whatever it asked for.",
            "Set CELLCHAIN_OIDC_STRONG to what it states of a sign-in with a second factor, see single-sign-on.md.",
        )
    return ok("second factor", "every role is opened beside one alone, or by badge and PIN at a station")


def stolen_passwords(settings: Settings) -> Line:
    """Whether new passwords are looked up in a list of stolen ones."""
    file = settings.stolen_passwords_file
    if file is None:
        return warn("passwords", "no list of stolen ones is set.", "See passwords.md, and set a list.")
    if not file.is_file():
        return bad("passwords", f"{file} is no file; until it is, nobody can set a password.", "Put the list there.")
    return ok("passwords", f"looked up in {file}")


def mail_server(settings: Settings) -> Line:
    """Whether mails leave encrypted."""
    if settings.smtp_host is None:
        return ok("mail server", "none is set up; notices stay behind the bell")
    if settings.smtp_security == "none" and not _is_this_machine(settings.smtp_host):
        return bad("mail server", f"mails go to {settings.smtp_host} in the clear.", "Set CELLCHAIN_SMTP_SECURITY.")
    return ok("mail server", f"{settings.smtp_host}, {settings.smtp_security}")


def virus_scanner(settings: Settings, today: date) -> Line:
    """Whether the scanner that is set answers, and how old its signatures are."""
    name = "virus scanner"
    if settings.clamd_address is None:
        return ok(name, "none is set up; files are kept as they come")
    try:
        found = replace(Scanner.at(settings.clamd_address), timeout_s=SCANNER_S).version()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return bad(
            name,
            f"{settings.clamd_address} does not answer as one: {why}.",
            "No file is taken meanwhile. Start clamd, or see that this user may reach its socket.",
        )
    if found.made_on is None:
        advice = "Run freshclam, and see that clamd loads what it fetches."
        return warn(name, f"{found.name} answers and names no signatures.", advice)
    age = (today - found.made_on).days
    seen = f"{found.name} answers, with signatures {found.signatures} of {found.made_on:%Y-%m-%d}"
    if age > SIGNATURE_DAYS_MAX:
        return warn(name, f"{seen}, which are {age} days old.", "Run freshclam every day.")
    return ok(name, seen)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
