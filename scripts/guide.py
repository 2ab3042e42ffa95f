"""Takes the pictures that the guides name, and checks that what the guides quote stands on a screen.

`python -m scripts.guide` plays a demonstration (or takes a copy of the one `--data` names), photographs exactly the
screens that docs/guide/*.md name as images/SCREEN.LANGUAGE.WIDTH.png, and leaves no other picture there. Each is cut to
its first screenful and reduced to a palette. `python -m scripts.guide --check` only looks: every bold phrase of a guide
is a text of the product in the guide's language, and every picture is there and used.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po
from PIL import Image

from cellchain.web.i18n import LOCALE
from scripts.screen_story import Story
from scripts.screens import HEIGHTS, SCREENS, demonstration, photograph
from tests.support import browser as browsers

GUIDES = Path(__file__).parents[1] / "docs" / "guide"
IMAGES = GUIDES / "images"
HEIGHT_WIDE = 800
COLOURS = 64
SIZE_MOST = 2_500_000

_NAMED = re.compile(r"\(images/([a-z-]+)\.(en|ru)\.(\d+)\.png\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_WORD = re.compile(r"[^\W\d_]{3}")
_FILLED = re.compile(r"%\\\(\w+\\\)s|\\\{\w+\\\}")


@dataclass(frozen=True, order=True)
class Picture:
    """One picture as a guide names it. Width in pixels of the page."""

    language: str
    width: int
    screen: str

    @property
    def name(self) -> str:
        """Its file."""
        return f"{self.screen}.{self.language}.{self.width}.png"


def named() -> list[Picture]:
    """Every picture that a guide names, once."""
    found = (match for guide in guides() for match in _NAMED.finditer(guide.read_text(encoding="utf-8")))
    return sorted({Picture(match[2], int(match[3]), match[1]) for match in found})


def guides() -> list[Path]:
    """The guides, in both languages."""
    return sorted(GUIDES.glob("*.md"))


def faults() -> list[str]:
    """What is wrong with the guides, one line each."""
    pictures = named()
    screens = {screen.name for screen in SCREENS}
    wanted, there = {one.name for one in pictures}, {file.name for file in IMAGES.glob("*")}
    size = sum(file.stat().st_size for file in IMAGES.glob("*"))
    return [
        *(f"there is no screen {one.screen}" for one in pictures if one.screen not in screens),
        *(f"images/{name} is not there: make guide" for name in sorted(wanted - there)),
        *(f"images/{name} is in no guide: make guide" for name in sorted(there - wanted)),
        *([f"images: {size} bytes, at most {SIZE_MOST}"] if size > SIZE_MOST else []),
        *(fault for guide in guides() for fault in _unsaid(guide)),
    ]


def _unsaid(guide: Path) -> Iterator[str]:
    """Bold phrases that no screen says."""
    language = "ru" if guide.name.endswith(".ru.md") else "en"
    said = re.compile("|".join(sorted(_texts(language))))
    for phrase in _BOLD.findall(" ".join(guide.read_text(encoding="utf-8").split())):
        if not said.fullmatch(phrase):
            yield f"{guide.name}: no screen says “{phrase}”"


def _texts(language: str) -> set[str]:
    """Every text of the product in a language, as patterns: what is filled in may be anything."""
    with (LOCALE / "ru" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    texts: set[str] = set()
    for message in catalogue:
        told = message.id if language == "en" else message.string
        texts.update([told] if isinstance(told, str) else told or ())
    patterns = (re.escape(text) for text in texts)
    # A text that is all filled in would say anything.
    return {_FILLED.sub(".+", pattern) for pattern in patterns if _WORD.search(_FILLED.sub("", pattern))}


def take(pictures: Sequence[Picture], data: Path | None) -> None:
    """Photograph the pictures into docs/guide/images."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, demonstration(data) as served, browsers.launched() as browser:
        story, folder = Story(served), Path(scratch)
        for (width, languages), screens in _sittings(pictures):
            # A word takes every screen whose name holds it, so some are taken beside those that a guide names.
            chosen = argparse.Namespace(only=screens, language=languages, width=[width], scheme=["light"])
            photograph(story, browser, folder, chosen)
        for one in pictures:
            _reduce(folder / f"{one.screen}.{one.language}.{one.width}.light.png", IMAGES / one.name)
    for stale in {file.name for file in IMAGES.glob("*")} - {one.name for one in pictures}:
        (IMAGES / stale).unlink()


def _sittings(pictures: Sequence[Picture]) -> list[tuple[tuple[int, Sequence[str]], list[str]]]:
    """Screens by width and languages. A screen is taken in every language before the story goes on to the next."""
    languages: dict[tuple[int, str], list[str]] = {}
    for one in pictures:
        languages.setdefault((one.width, one.screen), []).append(one.language)
    sittings: dict[tuple[int, Sequence[str]], list[str]] = {}
    for (width, screen), wanted in languages.items():
        sittings.setdefault((width, tuple(wanted)), []).append(screen)
    return list(sittings.items())


def _reduce(taken: Path, target: Path) -> None:
    with Image.open(taken) as picture:
        height = min(picture.height, HEIGHTS.get(picture.width, HEIGHT_WIDE))
        screenful = picture.convert("RGB").crop((0, 0, picture.width, height))
    screenful.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="guide", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, help="a demonstration's data folder; it is copied, not written to")
    parser.add_argument("--check", action="store_true", help="take nothing, only look")
    chosen = parser.parse_args(arguments)
    if not chosen.check:
        take(named(), chosen.data)
    found = faults()
    print("\n".join(found) or f"{len(named())} pictures, {len(guides())} guides: nothing is missing.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
