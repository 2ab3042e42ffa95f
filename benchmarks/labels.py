"""`make bench`: labels a second on one core, as a page and as a job for a label printer.

Every label is another one: its identifiers, its dose and its infusion differ, what its design says stays. The label of
an infusion bag has one Data Matrix and two Code 128. The rate of the processor's own time is the one to read, since a
machine may be doing other things; the floor is a bare page of the same lines of text, as reportlab sets it without
layout, symbols or refusals. A batch of 1,000 should take ten times as long as one of 100.
"""

import time
from collections.abc import Callable
from io import BytesIO

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from cellchain.identity.codes import Kind, issue
from cellchain.labels import design, fonts, layout, render
from cellchain.labels.design import Design, Language
from cellchain.labels.fonts import Face
from cellchain.labels.raster import Resolution

LABELS: tuple[tuple[str, Language], ...] = (
    ("infusion_bag", "ru"),
    ("infusion_bag", "both"),
    ("cryovial", "ru"),
    ("wristband", "ru"),
    ("sample", "ru"),
)
BATCHES = (100, 1000)
KINDS = {"LB": Kind.LABEL, "BG": Kind.BAG, "CV": Kind.CRYOVIAL, "RC": Kind.RECIPIENT, "WB": Kind.WRISTBAND}
Drawn = Callable[[dict[str, str]], object]


def main() -> None:
    """Print a row for each label and output."""
    print(
        "| label | language | as | bytes | first ms | labels/s (core) | labels/s (clock) | rate / floor | 1,000 / 100 |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name, language in LABELS:
        made = design.load(name)
        for output, draw in _outputs(made, language).items():
            print(f"| {name} | {language} | {output} | {_row(made, language, draw)} |")


def _outputs(made: Design, language: Language) -> dict[str, Drawn]:
    def zpl(resolution: Resolution) -> Drawn:
        return lambda data: render.zpl(made, data, language=language, resolution=resolution)

    return {
        "PDF": lambda data: render.pdf(made, data, language=language),
        "ZPL 203 dpi": zpl(Resolution.DPI_203),
        "ZPL 300 dpi": zpl(Resolution.DPI_300),
    }


def _row(made: Design, language: Language, draw: Drawn) -> str:
    sample = design.sample(made.name)
    labels = [data_of(sample, number) for number in range(1, BATCHES[-1] + 1)]
    before = time.process_time()
    first = draw(labels[0])
    first_ms = (time.process_time() - before) * 1000
    taken = [_taken(draw, labels[:batch]) for batch in BATCHES]
    floor, _ = _taken(_floor(made, language), labels[: BATCHES[0]])
    core, clock = taken[-1]
    rate, floor_rate = BATCHES[-1] / core, BATCHES[0] / floor
    size = len(first) if isinstance(first, bytes | str) else 0
    figures = f"{rate:.0f} | {BATCHES[-1] / clock:.0f} | {rate / floor_rate:.2f} | {core / taken[0][0]:.1f}"
    return f"{size:,} | {first_ms:.0f} | {figures}"


def _floor(made: Design, language: Language) -> Drawn:
    sheet = layout.place(made, design.sample(made.name), language=language)
    lines = [item for item in (*sheet.ground, *sheet.items) if isinstance(item, layout.Writing)]

    def draw(data: dict[str, str]) -> bytes:
        buffer = BytesIO()
        canvas = Canvas(buffer, pagesize=(made.width_mm * layout.MM, made.height_mm * layout.MM), invariant=1)
        for line in lines:
            canvas.setFont(line.face.value, line.size_pt)
            canvas.drawString(line.x_mm * layout.MM, line.baseline_mm * layout.MM, line.text)
        canvas.save()
        return buffer.getvalue()

    fonts_known()
    return draw


def fonts_known() -> None:
    """Tell reportlab of the faces that labels are set in."""
    for face in Face:
        pdfmetrics.registerFont(TTFont(face.value, str(fonts.file_of(face))))


def _taken(draw: Drawn, labels: list[dict[str, str]]) -> tuple[float, float]:
    """Seconds of the processor and of the clock."""
    began, began_clock = time.process_time(), time.perf_counter()
    for data in labels:
        draw(data)
    return time.process_time() - began, time.perf_counter() - began_clock


def data_of(sample: dict[str, str], number: int) -> dict[str, str]:
    """A sample with identifiers, dose and infusion of its own."""
    data = dict(sample)
    for field, value in sample.items():
        if value[:2] in KINDS and len(value) == 14 and value.isalnum():
            data[field] = issue(KINDS[value[:2]], 1, 2026, number)
    own = {"dose": f"{1 + number / 1000:.3f} × 10⁸", "infusion": f"{number % 8 + 1} / 8", "passage": f"P{number % 5}"}
    return data | {key: own.get(key.partition(".")[0], value) for key, value in data.items()}


if __name__ == "__main__":
    main()
