"""From `cellchain serve` to its first answer, and the memory it holds then, beside importing two of its libraries."""

import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.client import demonstration
from benchmarks.figures import Figure, heading, note
from scripts.served import CELLCHAIN, free_port

TURNS = 5
MEGABYTE = 1_000_000
MEMORY_MOST = 200 * MEGABYTE


def main() -> None:
    """Print and keep two figures."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        demonstration(data)
        heading()
        imports, starts, held = [], [], []
        for _ in range(TURNS):
            imports.append(_imported())
            started, memory = _started(data)
            starts.append(started)
            held.append(memory)
        note(Figure("serve, to its first answer", statistics.median(starts), statistics.median(imports), "s", 3))
        note(Figure("serve, resident memory", max(held) / MEGABYTE, MEMORY_MOST / MEGABYTE, "MB", 1))


def _imported() -> float:
    before = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import fastapi, sqlmodel"], check=True)
    return time.perf_counter() - before


def _started(data: Path) -> tuple[float, int]:
    """Seconds until /healthz answers, and bytes held after a page was asked for."""
    port = free_port()
    before = time.perf_counter()
    command = [str(CELLCHAIN), "serve", "--data-dir", str(data), "--port", str(port)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        while not _answers(port, "/healthz"):
            time.sleep(0.005)
        took = time.perf_counter() - before
        _answers(port, "/sign-in")
        return took, _resident(server.pid)
    finally:
        server.terminate()
        server.wait(30)


def _answers(port: int, path: str) -> bool:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        link.request("GET", path)
        return link.getresponse().status == 200
    except OSError:
        return False
    finally:
        link.close()


def _resident(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    kilobytes = next(line for line in lines if line.startswith("VmRSS")).split()[1]
    return int(kilobytes) * 1024


if __name__ == "__main__":
    main()
