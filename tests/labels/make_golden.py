"""Renews the golden labels after a design was changed on purpose: `python -m tests.labels.make_golden`."""

from pathlib import Path

from cellchain.labels import design
from tests.labels.pages import golden

FOLDER = Path(__file__).parent / "golden"


def main() -> None:
    """Write one picture a design and language, as a printer of 203 dpi would set its dots."""
    FOLDER.mkdir(exist_ok=True)
    for name in design.names():
        made = design.load(name)
        for language in made.languages:
            golden(made, language).save(FOLDER / f"{name}.{language}.png", optimize=True)


if __name__ == "__main__":
    main()
