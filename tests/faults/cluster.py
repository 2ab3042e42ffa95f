"""A PostgreSQL server that a test may stop, crash and start again."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import postgres as servers

STOP_S = 60
# Unlike in other tests, an answer means that the commit is in the log.
DURABLE = {"synchronous_commit": "on", "full_page_writes": "on"}


class Cluster:
    """One server over one folder. `crash` ends it at once, `stop` as an administrator does."""

    def __init__(self, binaries: Path, user: str | None, home: Path) -> None:
        self._binaries, self._user, self._home = binaries, user, home
        self.data = home / "data"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> servers.Postgres:
        """Start it, and wait until it takes connections."""
        self._process = servers.start(self._binaries, self._user, self._home, DURABLE)
        return servers.connected(self._process, self._home)

    def crash(self) -> None:
        """End it at once; it recovers at its next start."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """End it in order: everybody is disconnected."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(STOP_S)
            self._process = None


@contextmanager
def cluster(*, checksums: bool = False) -> Iterator[Cluster]:
    """A cluster that is not started yet."""
    home = Path(tempfile.mkdtemp(prefix="cellchain-pg-"))
    user = servers.UNPRIVILEGED if os.geteuid() == 0 else None
    if user:
        os.chown(home, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    binaries = servers.binaries_for(user, home)
    servers.initialise(binaries, user, home, checksums=checksums)
    made = Cluster(binaries, user, home)
    try:
        yield made
    finally:
        made.crash()
        shutil.rmtree(home, ignore_errors=True)
