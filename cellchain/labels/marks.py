"""Signs that a label draws itself, as polygons in millimetres: every output fills them alike.

The biological hazard sign has the proportions in which it is usually defined: three horns from circles of 30 and 21
units around centres 11 and 15 units out, a ring 3.5 wide through them, gaps of 1 and openings of 4.
"""

import math
from collections.abc import Iterator
from functools import lru_cache

from cellchain.kernel.values import dataclass

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled polygon."""

    points_mm: Points
    ink: bool = True


_CORNERS = 48
_OUTER, _OUTER_OUT = 15.0, 11.0
_INNER, _INNER_OUT = 10.5, 15.0
_RING = 10.0, 13.5
_GAP, _OPENING, _HUB = 1.0, 4.0, 3.0
_WIDE, _ABOVE, _BELOW = 2 * (_OUTER + _OUTER_OUT * math.cos(math.pi / 6)), _OUTER + _OUTER_OUT, _OUTER + _OUTER_OUT / 2
_HORNS = tuple(math.radians(degrees) for degrees in (90, 210, 330))


def decision(left: float, top: float, width: float, height: float, line: float, *, whole: bool) -> Iterator[Shape]:
    """A diamond in a rectangle: whole for a final decision, its right half empty for a conditional one."""
    x, y = left + width / 2, top + height / 2
    half = min(width, height) / 2 - line
    # The line runs along the diamond's edge, half of it outside and half of it inside.
    outer, inner = half + line * math.sqrt(0.5), half - line * math.sqrt(0.5)
    yield Shape(((x, y - outer), (x + outer, y), (x, y + outer), (x - outer, y)))
    if not whole:
        yield Shape(((x, y - inner), (x + inner, y), (x, y + inner)), ink=False)


@lru_cache(maxsize=16)
def biohazard(left: float, top: float, width: float, height: float) -> tuple[Shape, ...]:
    """The biological hazard sign, as large as a rectangle allows and in the middle of it."""
    unit = min(width / _WIDE, height / (_ABOVE + _BELOW))
    x, y = left + width / 2, top + (height + (_ABOVE - _BELOW) * unit) / 2

    def placed(points: Points, *, ink: bool) -> Shape:
        return Shape(tuple((x + across * unit, y - up * unit) for across, up in points), ink)

    return (
        *(placed(_disc(_OUTER, _OUTER_OUT, turn), ink=True) for turn in _HORNS),
        *(placed(_disc(_INNER, _INNER_OUT, turn), ink=False) for turn in _HORNS),
        *(placed(_bar(_OPENING, _INNER_OUT, _ABOVE + 1, turn), ink=False) for turn in _HORNS),
        *(placed(_bar(_GAP, 0.0, _INNER_OUT, turn), ink=False) for turn in _HORNS),
        placed(_disc(_HUB, 0.0, 0.0), ink=False),
        *(placed(_arch(turn), ink=True) for turn in _HORNS),
    )


def _at(radius: float, angle: float) -> tuple[float, float]:
    return radius * math.cos(angle), radius * math.sin(angle)


def _disc(radius: float, out: float, turn: float) -> Points:
    x, y = _at(out, turn)
    around = (_at(radius, math.tau * corner / _CORNERS) for corner in range(_CORNERS))
    return tuple((x + across, y + up) for across, up in around)


def _bar(width: float, start: float, end: float, turn: float) -> Points:
    """A bar that points outwards from the middle of the sign."""
    along, aside = _at(1.0, turn), _at(width / 2, turn + math.pi / 2)
    corners = ((start, 1), (end, 1), (end, -1), (start, -1))
    return tuple((out * along[0] + side * aside[0], out * along[1] + side * aside[1]) for out, side in corners)


def _arch(turn: float) -> Points:
    """The part of the ring that is seen between two horns, a gap short of them."""
    inner, outer = _RING
    seen = _INNER - _GAP
    reach = math.acos((outer**2 + _INNER_OUT**2 - seen**2) / (2 * outer * _INNER_OUT))
    steps = [turn - reach + 2 * reach * step / _CORNERS for step in range(_CORNERS + 1)]
    return (*(_at(outer, angle) for angle in steps), *(_at(inner, angle) for angle in reversed(steps)))
