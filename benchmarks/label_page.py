"""The page of an infusion bag's label, one and a hundred, beside reportlab drawing the same boxes, lines and symbols.

The floor is given everything that our code works out: what is written where, and which modules are dark. It draws.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from benchmarks.figures import Figure, heading, note
from benchmarks.labels import data_of, fonts_known
from cellchain.labels import design, layout, render
from cellchain.labels.design import Design
from cellchain.labels.layout import MM, Area, Outline, Sheet, Writing

TURNS = 7


def main() -> None:
    """Print and keep two figures."""
    fonts_known()
    made = design.load("infusion_bag")
    heading()
    for count in (1, 100):
        labels = [data_of(design.sample(made.name), number) for number in range(1, count + 1)]
        sheets = [layout.place(made, data, language="both") for data in labels]
        ours = _ms(partial(_ours, made, labels))
        floor = _ms(partial(_floor, made, sheets))
        note(Figure(f"bag label as PDF, {count}", ours, floor, "ms", 2))


def _ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(TURNS):
        before = time.process_time()
        work()
        taken.append((time.process_time() - before) * 1000)
    return statistics.median(taken)


def _ours(made: Design, labels: Sequence[dict[str, str]]) -> list[bytes]:
    return [render.pdf(made, data, language="both") for data in labels]


def _floor(made: Design, sheets: Sequence[Sheet]) -> list[bytes]:
    return [_draw(made, sheet) for sheet in sheets]


def _draw(made: Design, sheet: Sheet) -> bytes:
    buffer = BytesIO()
    height = made.height_mm * MM
    canvas = Canvas(buffer, pagesize=(made.width_mm * MM, height), invariant=1)
    for item in (*sheet.ground, *sheet.items):
        if isinstance(item, Writing):
            canvas.setFillGray(0 if item.ink else 1)
            canvas.setFont(item.face.value, item.size_pt)
            canvas.drawString(item.x_mm * MM, height - item.baseline_mm * MM, item.text)
        elif isinstance(item, Area):
            canvas.setFillGray(0 if item.ink else 1)
            down = height - (item.y_mm + item.height_mm) * MM
            canvas.rect(item.x_mm * MM, down, item.width_mm * MM, item.height_mm * MM, stroke=0, fill=1)
        elif isinstance(item, Outline):
            canvas.setLineWidth(item.line_mm * MM)
            down = height - (item.y_mm + item.height_mm) * MM
            canvas.rect(item.x_mm * MM, down, item.width_mm * MM, item.height_mm * MM)
    canvas.setFillGray(0)
    for bars in sheet.symbols:
        module = bars.module_mm * MM
        tall = bars.height_mm * MM if bars.symbol.is_linear else module
        path = canvas.beginPath()
        for x, y, length in bars.symbol.bars():
            path.rect(bars.x_mm * MM + x * module, height - bars.y_mm * MM - y * module - tall, length * module, tall)
        canvas.drawPath(path, stroke=0, fill=1)
    canvas.save()
    return buffer.getvalue()


if __name__ == "__main__":
    main()
