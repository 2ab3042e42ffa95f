"""Verdicts as others see them: Chromium's own simulations of colour vision, and the contrast that is left in each."""

from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page

# What each is called by the browser; the last is a picture in shades of grey.
VISIONS = ("none", "protanopia", "deuteranopia", "tritanopia", "achromatopsia")
SHEET_WIDTH = 260


def picture(page: Page, vision: str, place: Path) -> Path:
    """The page as somebody with this vision sees it."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": vision})
    page.screenshot(path=place)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
    session.detach()
    return place


def two_colours(place: Path) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """The ground of a picture, and what is written on it: its most frequent colour, and the most frequent one that
    stands out from it."""
    with Image.open(place) as opened:
        pixels = opened.convert("RGB")
        counted: Any = pixels.getcolors(pixels.width * pixels.height)
    colours = [colour for _, colour in sorted(counted, reverse=True)]
    return colours[0], next(one for one in colours if contrast(colours[0], one) > 3)


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The contrast of two colours (WCAG 2.2, relative luminance), from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance of an sRGB colour."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def sheet(rows: list[list[Path]], place: Path) -> Path:
    """All pictures on one, a row below the other, in few colours: small enough to be kept."""
    shown = [[_small(one) for one in row] for row in rows]
    wide = sum(one.width for one in shown[0]) + 8 * (len(shown[0]) - 1)
    high = sum(row[0].height for row in shown) + 8 * (len(shown) - 1)
    whole = Image.new("RGB", (wide, high), "white")
    top = 0
    for row in shown:
        left = 0
        for one in row:
            whole.paste(one, (left, top))
            left += one.width + 8
        top += row[0].height + 8
    whole.quantize(64).save(place, optimize=True)
    return place


def _small(place: Path) -> Image.Image:
    with Image.open(place) as opened:
        return opened.convert("RGB").resize((SHEET_WIDTH, opened.height * SHEET_WIDTH // opened.width))
