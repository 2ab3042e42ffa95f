"""Makes the fonts that labels are set in: `python labels/fonts/subset.py [FOLDER OF DEJAVU FONTS]`.

The full faces hold thousands of glyphs that no label needs, and the renderer reads the whole file at every start. The
result is committed, so that a label printed in ten years has the same shapes and the same line breaks as today.
"""

import sys
from pathlib import Path

from fontTools import subset

SOURCE = Path("/usr/share/fonts/truetype/dejavu")
HERE = Path(__file__).resolve().parent
FACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono-Bold")

RANGES = (
    (0x0020, 0x007E),  # Basic Latin
    (0x00A0, 0x017F),  # Latin-1 and Extended-A: names of people and of suppliers
    (0x0218, 0x021B),  # Romanian letters with a comma below
    (0x0400, 0x04FF),  # Cyrillic, with the letters of the peoples of Russia and its neighbours
    (0x2010, 0x2015),  # hyphens and dashes
    (0x2018, 0x201E),  # quotation marks
    (0x2070, 0x2089),  # superscripts and subscripts, for 10⁸ and CO₂
)
SINGLE = "\u0394\u03b1\u03b2\u03b3\u03bc\u2022\u2026\u202f\u2030\u2032\u2033\u2116\u2192\u2212\u2248\u2264\u2265"


def main(source: Path) -> None:
    """Write one subset a face beside this file, and the fonts' own licence."""
    options = subset.Options()
    options.layout_features = []  # The renderer places glyph after glyph.
    options.drop_tables += ["FFTM"]  # A time stamp of the font editor.
    options.hinting = False  # Labels are drawn as outlines at the printer's resolution.
    options.name_IDs = ["*"]  # The licence asks for its notice in every copy.
    options.notdef_outline = True
    wanted = {point for first, last in RANGES for point in range(first, last + 1)} | set(map(ord, SINGLE))
    for face in FACES:
        font = subset.load_font(str(source / f"{face}.ttf"), options)
        maker = subset.Subsetter(options)
        maker.populate(unicodes=wanted)
        maker.subset(font)
        subset.save_font(font, str(HERE / f"{face}.ttf"), options)
        notice = font["name"].getDebugName(13).replace("\r\n", "\n").rstrip()
        (HERE / "LICENSE").write_text(notice + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE)
