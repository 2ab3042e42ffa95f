"""cellchain as a process of its own on loopback: drills, tests and benchmarks begin and end with it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

CELLCHAIN = Path(sys.executable).with_name("cellchain")
# A program asks more in one name than people do.
UNHURRIED = {"CELLCHAIN_REQUESTS_A_MINUTE_MAX": "10000000"}
HOST = "127.0.0.1"
READY_S = 90
STOPPED_S = 90


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(
    data: Path, port: int, variables: Mapping[str, str], *more: str, log: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """`cellchain serve` over a data folder, ready, with `more` on its command line; its words go to `log`, or to
    `serve.log` there. Raises TimeoutError with the end of them where it ends or is not ready in time.
    """
    log = log or data / "serve.log"
    command = [str(CELLCHAIN), "serve", "--data-dir", str(data), "--port", str(port), *more]
    with log.open("ab") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env={**os.environ, **UNHURRIED, **variables})
    try:
        if not _becomes_ready(process, port):
            raise TimeoutError(f"the server is not ready: {log.read_text()[-2_000:]}")
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, wait until it has, and kill it where it does not."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOPPED_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _becomes_ready(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        if _is_ready(port):
            return True
        time.sleep(0.1)
    return False


def _is_ready(port: int) -> bool:
    link = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        link.request("GET", "/readyz")
        return link.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        link.close()
