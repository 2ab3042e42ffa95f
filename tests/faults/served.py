"""`cellchain serve` that starts at once, however often it is killed: one process reads the program and forks servers.

Run as `python -m tests.faults.served FOLDER PORT`: a line on stdin starts a server, whose process id is answered.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx2 as httpx

from scripts.served import UNHURRIED
from tests.support.postgres import LIBC, PR_SET_PDEATHSIG

START_S = 180
PATIENCE = "CELLCHAIN_TEST_PATIENCE_S"  # instead of the time that connections have
CLOCK = "CELLCHAIN_TEST_CLOCK"  # a file that says by how many seconds the machine's clock is off


class Servers:
    """Servers over one folder at one address, one after the other."""

    def __init__(self, folder: Path, port: int, process: "subprocess.Popen[str]") -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self._process = process
        self.pid = 0

    def start(self) -> None:
        """Start the next one, and wait until it takes entries."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        self.pid = int(self._process.stdout.readline())
        self.await_ready()

    def await_ready(self) -> None:
        """Until it takes entries."""
        deadline = time.monotonic() + START_S
        with httpx.Client(timeout=START_S) as client:  # one, because each reads all certificates of the system
            while time.monotonic() < deadline:
                with suppress(httpx.TransportError):
                    if client.get(f"{self.url}/readyz").status_code == 200:
                        return
                time.sleep(0.02)
        raise AssertionError((self.folder.parent / "served.log").read_text())

    def kill(self) -> None:
        """kill -9."""
        os.kill(self.pid, signal.SIGKILL)
        self._await_gone()

    def stop(self) -> None:
        """As an administrator stops it."""
        os.kill(self.pid, signal.SIGTERM)
        self._await_gone()

    def _await_gone(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "gone\n"
        self.pid = 0


@contextmanager
def servers(folder: Path, port: int, **environment: str) -> Iterator[Servers]:
    """Servers over a folder; whatever still runs at the end is killed."""
    with (folder.parent / "served.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.served", str(folder), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **UNHURRIED, **environment},
        )
        made = Servers(folder, port, process)
        try:
            yield made
        finally:
            if made.pid:
                os.kill(made.pid, signal.SIGKILL)
            assert process.stdin is not None
            process.stdin.close()
            process.wait(START_S)
            if process.stdout is not None:
                process.stdout.close()


def _serve(folder: str, port: str) -> None:
    """One server for each line; says its process id, and later that it is gone."""
    from cellchain import cli, main
    from cellchain.kernel.clock import ClockStep, WatchedClock
    from cellchain.web import connections

    if patience := os.environ.get(PATIENCE):
        connections.HEAD_S = connections.BODY_S = connections.ANSWER_S = float(patience)
    if offset := os.environ.get(CLOCK):
        file, program = Path(offset), cast(Any, main)

        class Moved(WatchedClock):
            def __init__(self, heard: Callable[[ClockStep], None]) -> None:
                super().__init__(heard, wall=lambda: _off_by(file))

        program.WatchedClock = Moved
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # no server outlives the run of tests
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            sys.argv = ["cellchain", "serve", "--data-dir", folder, "--port", port]
            cli.main()
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


def _off_by(offset: Path) -> datetime:
    """The machine's clock as somebody has set it."""
    return datetime.now(UTC) + timedelta(seconds=float(offset.read_text()))


if __name__ == "__main__":
    _serve(*sys.argv[1:])
