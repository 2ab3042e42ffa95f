"""Renews the golden labels after a design was changed on purpose: `python -m tests.labels.make_golden`."""

from pathlib import Path

from PIL import Image

from cellchain.labels import design
from cellchain.labels.design import Language
from cellchain.labels.raster import Resolution
from tests.labels.pages import full, golden, printed

FOLDER = Path(__file__).parent / "golden"
# The least and the finest print, white on black, a half-empty mark, letters and a name.
PRINTED: tuple[tuple[str, Language, Resolution], ...] = (
    ("cryovial", "ru", Resolution.DPI_203),
    ("infusion_bag", "both", Resolution.DPI_203),
    ("issue_tag", "en", Resolution.DPI_300),
    ("wristband", "ru", Resolution.DPI_300),
)


def main() -> None:
    """Write a picture of the page a design and language at 203 dpi, one with all that may be said, and a few jobs."""
    FOLDER.mkdir(exist_ok=True)
    for name in design.names():
        made = design.load(name)
        for language in made.languages:
            golden(made, language, design.sample(name)).save(FOLDER / f"{name}.{language}.png", optimize=True)
        golden(made, made.languages[-1], full(name)).save(FOLDER / f"{name}.full.png", optimize=True)
    for name, language, resolution in PRINTED:
        picture = Image.fromarray(~printed(design.load(name), language, resolution))
        picture.save(FOLDER / f"{name}.{language}.{int(resolution)}dpi.png", optimize=True)


if __name__ == "__main__":
    main()
