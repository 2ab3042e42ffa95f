"""CUPS's own IPP printer, `ippeveprinter`, unpacked beside the tests and started for them: nothing is installed.

Debian builds it with Avahi, so it wants a D-Bus to talk to although it announces nothing: it gets one of its own.
`CELLCHAIN_TEST_IPPEVEPRINTER` names one that is installed.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.labels.printing.sink import closed_port

VARIABLE = "CELLCHAIN_TEST_IPPEVEPRINTER"
UNPACKED = Path(__file__).parents[3] / ".venv" / "ippeveprinter"
PROGRAM, BUS = "ippeveprinter", "dbus-daemon"
PACKAGES = {PROGRAM: "cups-ipp-utils", BUS: "dbus-daemon"}
ADVICE = f"There is no {PROGRAM} here. Install it (Debian: cups-ipp-utils and dbus-daemon), or name it in {VARIABLE}."
FORMATS = "application/pdf,application/vnd.zebra-zpl"
START_S = 20
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
BUS_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>
"""


class NoPrinter(Exception):
    """There is no ippeveprinter, and none could be fetched."""


@dataclass
class EvePrinter:
    """A running printer. `spool` holds each document that it took, named by job and label."""

    port: int
    spool: Path
    process: subprocess.Popen[bytes]

    def documents(self) -> list[Path]:
        """What it took, in order; what its program made of that ends in `.prn`."""
        return sorted((path for path in self.spool.iterdir() if path.suffix != ".prn"), key=_number)

    def freeze(self) -> None:
        """It no longer answers, but the network still takes what is sent to it."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on with what lies before it."""
        self.process.send_signal(signal.SIGCONT)


def _number(path: Path) -> int:
    return int(path.name.split("-")[0])


# -- finding it ------------------------------------------------------------------------------------------------------


def provide() -> dict[str, str]:
    """The paths of the printer and its bus, after fetching Debian's packages if need be. Raises NoPrinter."""
    if named := os.environ.get(VARIABLE):
        return {PROGRAM: named, BUS: _found(BUS) or BUS}
    # Tests run in several processes; the first one fetches, the others wait until everything is unpacked.
    with _alone():
        missing = [name for name in PACKAGES if _found(name) is None]
        if missing:
            _fetch([PACKAGES[name] for name in missing])
    found = {name: path for name in PACKAGES if (path := _found(name)) is not None}
    if len(found) < len(PACKAGES):
        raise NoPrinter(ADVICE)
    return found


@contextmanager
def _alone() -> Iterator[None]:
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with (UNPACKED / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _found(name: str) -> str | None:
    installed = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    unpacked = [str(path) for path in UNPACKED.glob(f"root/usr/*bin/{name}")]
    return next(iter([*unpacked, *([installed] if installed else [])]), None)


def _fetch(packages: Sequence[str]) -> None:
    """Unpack packages, with what they need and this machine lacks, below `.venv`. It takes no rights to do so."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return
    archives = UNPACKED / "cache" / "archives"
    (archives / "partial").mkdir(parents=True, exist_ok=True)
    lists = UNPACKED / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    options = [f"Dir::Cache={UNPACKED / 'cache'}", "Debug::NoLocking=1", "APT::Sandbox::User="]
    apt = ["apt-get", "-qq", *(part for option in options for part in ("--option", option))]
    install = ["install", "--download-only", "--yes", "--no-install-recommends", *packages]
    # The machine's own lists first; where they are missing or old, lists of our own.
    if subprocess.run([*apt, *install], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        own = [*apt, "--option", f"Dir::State::Lists={lists}"]
        subprocess.run([*own, "update"], stdout=subprocess.DEVNULL)
        subprocess.run([*own, *install], stdout=subprocess.DEVNULL)
    # Under another name until it is whole: an unpacking that was broken off is never taken for the printer.
    unfinished = UNPACKED / "unfinished"
    for archive in sorted(archives.glob("*.deb")):
        subprocess.run(["dpkg-deb", "--extract", str(archive), str(unfinished)], check=True)
    if unfinished.exists():
        shutil.rmtree(UNPACKED / "root", ignore_errors=True)
        unfinished.rename(UNPACKED / "root")


def _environment(**more: str) -> dict[str, str]:
    libraries = [str(path) for path in [*UNPACKED.glob("root/usr/lib/*-linux-*"), *UNPACKED.glob("root/lib/*-linux-*")]]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries), **more}


# -- running it ------------------------------------------------------------------------------------------------------


@contextmanager
def bus() -> Iterator[str]:
    """A D-Bus of our own; gives its address."""
    # The path of a socket has to be short.
    home = Path(tempfile.mkdtemp(prefix="cellchain-bus-"))
    try:
        (home / "bus.conf").write_text(BUS_CONFIGURATION.format(socket=home / "bus"))
        command = [provide()[BUS], f"--config-file={home / 'bus.conf'}", "--nofork", "--nopidfile", "--nosyslog"]
        with _running(command, home / "log", _environment()) as process:
            _wait_until((home / "bus").exists, process, home / "log")
            yield f"unix:path={home / 'bus'}"
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def printer(bus_address: str, folder: Path, command: str = "true") -> Iterator[EvePrinter]:
    """A printer that keeps what it takes in `folder/spool` and prints by running a program.

    It is gone at the end, frozen or not.
    """
    spool = folder / "spool"
    spool.mkdir()
    port = closed_port()
    quiet = ["-r", "off", "-n", "localhost"]
    kept = ["-k", "-d", str(spool), "-f", FORMATS, "-c", shutil.which(command) or command]
    started = [provide()[PROGRAM], *quiet, "-p", str(port), *kept, "Labels"]
    with _running(started, folder / "log", _environment(DBUS_SYSTEM_BUS_ADDRESS=bus_address)) as process:
        _wait_until(lambda: _listens(port), process, folder / "log")
        yield EvePrinter(port, spool, process)


@contextmanager
def _running(command: list[str], log: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=ends_with_us,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=START_S)


def ends_with_us() -> None:
    """For a child before it starts: if the test run is killed, it goes with it."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise NoPrinter(f"{process.args!r} did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("localhost", port), timeout=1):
        return True
    return False
