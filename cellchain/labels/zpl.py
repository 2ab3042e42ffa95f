"""A laid-out label as a job for a label printer, in ZPL II: one picture, which no data can break out of.

The printer gets no text, no font and no symbol to draw, only dots: what it prints depends on nothing that was stored in
it, and no value of a label can be read as a command.
"""

import binascii
import zlib
from base64 import b64encode
from typing import TYPE_CHECKING

from cellchain.kernel.later import later
from cellchain.labels import raster
from cellchain.labels.layout import Sheet
from cellchain.labels.raster import Dots, Resolution

if TYPE_CHECKING:
    import numpy as np
else:
    np = later("numpy")

# A printer keeps what the job before it has set. So each job names its unit (dots), orientation, mirroring, reversal,
# shift and origin again, before it says how wide and long the label is.
_START = "^XA^MUD^PON^PMN^LRN^LS0^LH0,0"
_END = "^FS^PQ1^XZ"

# A bag label in two languages is 21 kB at level 4. At 9 it would be 19 kB in ten times the time; in run lengths, the
# other form that ^GF takes, 50 kB in four times the time.
_LEVEL = 4


def draw(sheet: Sheet, resolution: Resolution) -> str:
    """The job that prints one copy. Equal sheets give equal text."""
    dots = raster.draw(sheet, resolution)
    height, width = dots.shape
    across = (width + 7) // 8
    total = across * height
    return f"{_START}^PW{width}^LL{height}^FO0,0^GFA,{total},{total},{across},{_packed(dots)}{_END}"


def _packed(dots: Dots) -> str:
    """Dots as ZPL's Z64: black as 1, rows filled up to whole bytes, zlib, base 64, and a CRC-16 of the latter."""
    coded = b64encode(zlib.compress(np.packbits(dots, axis=1).tobytes(), _LEVEL))
    return f":Z64:{coded.decode()}:{binascii.crc_hqx(coded, 0):04X}"
