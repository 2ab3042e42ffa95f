"""A camera for tests: Chromium shows a video file as its camera, and the file shows a label as a hand would hold it."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import zxingcpp
from PIL import Image, ImageFilter
from playwright.sync_api import Browser

from cellchain.labels import design, render
from tests.support import chromium

SIZE = (640, 480)
DPI = 300
TURNED_DEGREES = 8
TABLE = 96  # grey
INSECURE = "ward.test"


class Camera:
    """What lies before the camera. The browser reads the file anew each time that the camera starts."""

    def __init__(self, video: Path) -> None:
        self.video = video
        self.show_nothing()

    def show(self, name: str, **fields: str) -> None:
        """Hold a real label of a design before it, the first of its square symbols in the middle."""
        document = render.pdf(design.load(name), {**design.sample(name), **fields}, language="en")
        label = Image.open(BytesIO(render.png(document, DPI))).convert("L")
        square = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCode])
        place = zxingcpp.read_barcodes(label, formats=square)[0].position
        self._hold(label, (place.top_left.x + place.bottom_right.x, place.top_left.y + place.bottom_right.y))

    def show_two(self, first: str, second: str) -> None:
        """Hold two codes side by side before it."""
        table = Image.new("L", SIZE, 255)
        for left, text in ((170, first), (350, second)):
            code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
            table.paste(Image.fromarray(code.to_image(scale=6)), (left, 180))
        self._film(table)

    def show_nothing(self) -> None:
        """An empty table."""
        self._film(Image.new("L", SIZE, TABLE))

    def _hold(self, label: Image.Image, twice_middle: tuple[int, int]) -> None:
        x, y = twice_middle[0] // 2, twice_middle[1] // 2
        table = Image.new("L", (label.width + 2 * SIZE[0], label.height + 2 * SIZE[1]), TABLE)
        table.paste(label, SIZE)
        middle = (x + SIZE[0], y + SIZE[1])
        turned = table.rotate(TURNED_DEGREES, Image.Resampling.BICUBIC, center=middle, fillcolor=TABLE)
        seen = turned.crop((middle[0] - 320, middle[1] - 240, middle[0] + 320, middle[1] + 240))
        self._film(seen.filter(ImageFilter.GaussianBlur(0.8)))

    def _film(self, picture: Image.Image) -> None:
        frame = BytesIO()
        picture.convert("RGB").save(frame, "JPEG", quality=85)
        self.video.write_bytes(frame.getvalue() * 2)


@contextmanager
def with_camera(browser: Browser, video: Path) -> Iterator[Browser]:
    """Another browser of the same kind, whose camera is a file. `INSECURE` is a name of this machine without https."""
    flags = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
        f"--host-resolver-rules=MAP {INSECURE} 127.0.0.1",
    )
    filming = browser.browser_type.launch(executable_path=chromium.provide(), args=[*chromium.ARGUMENTS, *flags])
    try:
        yield filming
    finally:
        filming.close()
