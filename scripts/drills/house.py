"""What drills begin and end with: a house that is served on loopback, and what is said where a drill cannot run."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from scripts.drills.cluster import Missing, asked, await_true

CELLCHAIN = Path(sys.executable).with_name("cellchain")
STOPPED_S = 90
# A drill's load comes in fewer names than a ward has people.
UNHURRIED = {"CELLCHAIN_REQUESTS_A_MINUTE_MAX": "10000000"}


def through(drill: Callable[[], int]) -> int:
    """What a drill comes to: its own word, 2 where a program is missing, 1 where it did not get through."""
    try:
        return drill()
    except Missing as error:
        print(error, file=sys.stderr)
        return 2
    except (TimeoutError, httpx.HTTPError) as error:
        print(f"The drill did not get through: {error}", file=sys.stderr)
        return 1


@contextlib.contextmanager
def served(data: Path, port: int, variables: dict[str, str], *more: str) -> Iterator[None]:
    """`cellchain serve` over a data folder, ready, with `more` on its command line. Raises TimeoutError."""
    command = [str(CELLCHAIN), "serve", "--data-dir", str(data), "--port", str(port), *more]
    with (data / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **UNHURRIED, **variables}, stdout=log, stderr=log)
    try:
        told = f"the server is ready: {(data / 'serve.log').read_text()[-2_000:]}"
        await_true(lambda: _is_ready(port), told)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOPPED_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_ready(port: int) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return asked(port, "/readyz")[0] == 200
    return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
