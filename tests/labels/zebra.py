"""A label printer that is none: jobs in ZPL go in and dots come out, drawn by a program that is not ours."""

import json
import re
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from threading import Timer
from typing import IO

import numpy as np
from PIL import Image

from cellchain.labels.raster import Dots
from scripts import vendor

SCRIPT = Path(__file__).with_name("zebra.cjs")
SECONDS_MAX = 120
# The program knows whole dots a millimetre only. What a dot measures is not its business: it draws dots.
DOTS_PER_MM = 8


class Zebra:
    """The program, waiting for the next job."""

    def __init__(self, program: "subprocess.Popen[str]", jobs: IO[str], pictures: IO[str]) -> None:
        self.program = program
        self.jobs = jobs
        self.pictures = pictures

    def print(self, zpl: str) -> Dots:
        """The dots of one job, true where black. Raises RuntimeError where the program draws none."""
        width, height = (int(re.findall(rf"\^{command}(\d+)", zpl)[0]) for command in ("PW", "LL"))
        job = {
            "zpl": zpl,
            "widthMm": width / DOTS_PER_MM,
            "heightMm": height / DOTS_PER_MM,
            "dotsPerMm": DOTS_PER_MM,
        }
        watch = Timer(SECONDS_MAX, self.program.kill)
        watch.start()
        try:
            self.jobs.write(json.dumps(job) + "\n")
            self.jobs.flush()
            answer = self.pictures.readline().strip()
        finally:
            watch.cancel()
        if not answer or answer.startswith("fault:"):
            raise RuntimeError(f"nothing was drawn: {answer or 'see the output of Node.js'}")
        grey = np.asarray(Image.open(BytesIO(b64decode(answer))).convert("L"))
        assert set(np.unique(grey)) <= {0, 255}, "a printer knows no grey"
        return grey == 0


@contextmanager
def running() -> Iterator[Zebra]:
    """The program, started and ended."""
    command = [*vendor.node(), str(SCRIPT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        try:
            yield Zebra(program, program.stdin, program.stdout)
        finally:
            program.stdin.close()
            try:
                program.wait(SECONDS_MAX)
            except subprocess.TimeoutExpired:
                program.kill()
