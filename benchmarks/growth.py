"""How the check, the trace and the lists of entries and scans take longer as a house grows: docs/images/growth.png.

Each point is a demonstration with so many containers, and as many ledger entries and scans. Milliseconds at one client,
in a house of its own; the curve is what to look at: flat is good.
"""

import argparse
import tempfile
from io import BytesIO
from pathlib import Path

import pypdfium2
from reportlab.pdfgen.canvas import Canvas

from benchmarks import long_lists, wide_database
from benchmarks.bedside_check import CHECK, orders_of
from benchmarks.client import demonstration, measure, served, signed_in, somebody
from benchmarks.grown import add_entries
from cellchain.main import opened
from cellchain.platform.config import Settings

SIZES = (1_000, 10_000, 100_000, 1_000_000)
PICTURE = Path(__file__).parent.parent / "docs" / "images" / "growth.png"
CURVES = ("bedside check", "trace of a bag", "ledger, first page", "ledger, a page far down", "scans of a day")
COLOURS = ((0.05, 0.35, 0.65), (0.75, 0.35, 0.05), (0.1, 0.5, 0.25), (0.5, 0.2, 0.55), (0.35, 0.35, 0.35))
WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT, TOP = 640, 360, 60, 50, 220, 330
POINT_MS_LEAST = 10.0
LINE = 13  # of writing
WARMING_S, SECONDS = 0.5, 2.0


def main() -> None:
    """Measure every size, print the table, draw the picture."""
    parser = argparse.ArgumentParser(prog="growth", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--to", type=int, default=SIZES[-1], help="the largest size")
    sizes = [size for size in SIZES if size <= parser.parse_args().to]
    print(f"| | {' | '.join(CURVES)} |\n|{'---|' * (len(CURVES) + 1)}")
    points = []
    for size in sizes:
        taken = _measured(size)
        points.append(taken)
        print(f"| {size:,} | {' | '.join(f'{ms:.1f}' for ms in taken)} |", flush=True)
    PICTURE.write_bytes(_drawn(sizes, points))


def _measured(size: int) -> list[float]:
    """Milliseconds of each curve at this size."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        manifest = demonstration(data)
        with opened(Settings(data_dir=data)) as installation:
            wide_database.make(installation.database, size)
        add_entries(data / "cellchain.db", size)
        long_lists.add_scans(data / "cellchain.db", size)
        with served(data) as port:
            nurse, qa = (signed_in(port, somebody(manifest, role)) for role in ("nurse", "qa"))
            bag = next(one["code"] for one in manifest["bags"] if one["bedside"] == "ready")
            asked = (
                (CHECK, nurse, orders_of(manifest)),
                (f"/api/v1/trace/{bag}?direction=backward", qa, None),
                ("/ledger", qa, None),
                ("/ledger?older=501", qa, None),
                ("/scans", qa, None),
            )
            for path, head, body in asked:  # the first answer of each also draws its page for the first time
                measure(port, path, head, body, 1, seconds=WARMING_S)
            return [measure(port, path, head, body, 1, seconds=SECONDS).p50 for path, head, body in asked]


def _drawn(sizes: list[int], points: list[list[float]]) -> bytes:
    """The curves over sizes on a scale of powers of ten, milliseconds from zero, each named at its end."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), invariant=1)
    most = max(POINT_MS_LEAST, *(ms for taken in points for ms in taken))
    across, up = WIDTH - LEFT - RIGHT, TOP - BOTTOM

    def x(place: int) -> float:
        return LEFT + across * place / max(1, len(sizes) - 1)

    def y(ms: float) -> float:
        return BOTTOM + up * ms / most

    canvas.setFont("Helvetica", 10)
    for part in range(5):
        ms = most * part / 4
        canvas.setStrokeGray(0.85)
        canvas.line(LEFT, y(ms), LEFT + across, y(ms))
        canvas.setFillGray(0.25)
        canvas.drawRightString(LEFT - 6, y(ms) - 3, f"{ms:g} ms")
    for place, size in enumerate(sizes):
        canvas.drawCentredString(x(place), BOTTOM - 18, f"{size:,}")
    canvas.drawString(LEFT, BOTTOM - 36, "containers, and as many ledger entries and scans")
    names: list[tuple[float, int]] = []
    for curve, colour in enumerate(COLOURS):
        canvas.setStrokeColorRGB(*colour)
        canvas.setFillColorRGB(*colour)
        canvas.setLineWidth(1.8)
        for place in range(1, len(sizes)):
            canvas.line(x(place - 1), y(points[place - 1][curve]), x(place), y(points[place][curve]))
        for place in range(len(sizes)):
            canvas.circle(x(place), y(points[place][curve]), 2.5, stroke=0, fill=1)
        names.append((points[-1][curve], curve))
    below = 0.0
    for ms, curve in sorted(names):  # each at the end of its line, or as far above it as those below need
        below = max(y(ms), below + LINE)
        canvas.setFillColorRGB(*COLOURS[curve])
        canvas.drawString(LEFT + across + 10, below - 3, f"{CURVES[curve]}, {ms:.1f} ms")
    canvas.save()
    document = pypdfium2.PdfDocument(buffer.getvalue())
    picture = BytesIO()
    document[0].render(scale=2).to_pil().save(picture, "PNG", optimize=True)
    document.close()
    return picture.getvalue()


if __name__ == "__main__":
    main()
