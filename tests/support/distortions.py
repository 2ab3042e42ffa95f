"""What happens to a label between the printer and the camera, done to its picture.

A picture is an array of grey, 0 black to 255 white, at `DPI`. A distortion takes it with the place of a symbol in it, a
source of chance and a strength from 0 to 1, and gives another picture. The same seed gives the same picture.
"""

import math
from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

DPI = 300
DOTS_PER_MM = DPI / 25.4
DAMAGED_SHARE = 0.15
LEAST_CONTRAST = 0.3

Picture = NDArray[np.uint8]
Numbers = NDArray[np.floating]
Chance = np.random.Generator


class Place(NamedTuple):
    """A rectangle of a picture in dots."""

    left: int
    top: int
    width: int
    height: int


Distortion = Callable[[Picture, Place, Chance, float], Picture]


# ---- what happens to the label -------------------------------------------------------------------------------------


def damaged(picture: Picture, place: Place, chance: Chance, strength: float) -> Picture:
    """Scratched off or covered on 15 % of the symbol's area, at any strength: a spot, a strip, a torn edge, specks."""
    rows, columns = np.indices((place.height, place.width))
    x, y = chance.uniform(0, place.width), chance.uniform(0, place.height)
    angle = chance.uniform(0, 2 * math.pi)
    along = (columns - x) * math.cos(angle) + (rows - y) * math.sin(angle)
    specks = chance.uniform((0, 0), (place.width, place.height), (int(chance.integers(4, 13)), 2))
    # Each is a distance; the nearest 15 % of the points are lost.
    distance = (
        np.hypot(columns - x, rows - y),
        np.abs(along),
        along,
        np.min([np.hypot(columns - left, rows - top) for left, top in specks], axis=0),
    )[int(chance.integers(4))]
    lost = distance <= np.quantile(distance, DAMAGED_SHARE)
    harmed = picture.copy()
    harmed[place.top : place.top + place.height, place.left : place.left + place.width][lost] = chance.choice([0, 255])
    return harmed


def creased(picture: Picture, place: Place, chance: Chance, strength: float) -> Picture:
    """One or two folds across the symbol: the ink on each is gone, and up to 0.3 mm of the label is hidden in it."""
    rows, columns = np.indices(picture.shape)
    for _ in range(chance.integers(1, 3)):
        x, y = _inside(place, chance)
        angle = chance.uniform(0, 2 * math.pi)
        across = (columns - x) * math.cos(angle) + (rows - y) * math.sin(angle)
        hidden = np.where(across > 0, 0.3 * strength * DOTS_PER_MM, 0.0)
        from_x = np.rint(columns + hidden * math.cos(angle)).clip(0, picture.shape[1] - 1).astype(int)
        from_y = np.rint(rows + hidden * math.sin(angle)).clip(0, picture.shape[0] - 1).astype(int)
        bare = np.abs(across) < chance.uniform(0.05, 0.1 + 0.2 * strength) * DOTS_PER_MM
        picture = np.where(bare, np.uint8(chance.integers(180, 256)), picture[from_y, from_x])
    return picture


def curved(picture: Picture, place: Place, chance: Chance, strength: float) -> Picture:
    """Around an arm or a full bag: on a cylinder of 100 mm radius down to 20, whose middle lies on the symbol."""
    upright = bool(chance.integers(2))
    flat = picture if upright else picture.T
    middle = _inside(place, chance)[0 if upright else 1]
    radius = (100 - 80 * strength) * DOTS_PER_MM
    seen = np.arange(-math.floor(0.95 * radius), math.floor(0.95 * radius) + 1)
    columns = np.rint(middle + radius * np.arcsin(seen / radius)).astype(int)
    bent = flat[:, columns[(columns >= 0) & (columns < flat.shape[1])]]
    return np.ascontiguousarray(bent if upright else bent.T)


# ---- what happens in the camera ------------------------------------------------------------------------------------


def glaring(picture: Picture, place: Place, chance: Chance, strength: float) -> Picture:
    """A lamp mirrored somewhere in the symbol; at full strength the middle of its spot is white."""
    x, y = _inside(place, chance)
    rows, columns = np.indices(picture.shape)
    radius = chance.uniform(0.2, 0.5) * min(place.width, place.height)
    light = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * radius**2))
    return _grey(picture + strength * light * (255.0 - picture))


def turned(picture: Picture, place: Place, chance: Chance, strength: float) -> Picture:
    """At any angle, and from the side: each corner moves by up to a fifth of the picture. Around it lies a table."""
    table = int(chance.integers(60, 256))
    angle = chance.uniform(-180, 180)
    image = Image.fromarray(picture).rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=table)
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * np.array(image.size)
    moved = corners + 0.2 * strength * chance.uniform(-1, 1, (4, 2)) * np.array(image.size)
    moved -= moved.min(axis=0)
    width, height = np.ceil(moved.max(axis=0)).astype(int)
    way = Image.Transform.PERSPECTIVE
    numbers = _perspective(moved, corners)
    image = image.transform((int(width), int(height)), way, numbers, Image.Resampling.BICUBIC, fillcolor=table)
    return np.array(image)


def blurred(picture: Picture, place: Place, chance: Chance, strength: float) -> Picture:
    """Out of focus, up to a standard deviation of 0.4 mm."""
    return np.array(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(0.4 * strength * DOTS_PER_MM)))


def pale(picture: Picture, place: Place, chance: Chance, strength: float) -> Picture:
    """With little contrast, down to 30 %, anywhere between a dark room and a bright one."""
    contrast = 1 - (1 - LEAST_CONTRAST) * strength
    return _grey(chance.uniform(0, 255 * (1 - contrast)) + contrast * picture)


def noisy(picture: Picture, place: Place, chance: Chance, strength: float) -> Picture:
    """In little light: noise, up to a standard deviation of a third of the scale."""
    return _grey(picture + chance.normal(0, 85 * strength, picture.shape))


def coarse(picture: Picture, place: Place, chance: Chance, strength: float) -> Picture:
    """From far away: down to 75 dots an inch."""
    share = 1 - 0.75 * strength
    size = round(picture.shape[1] * share), round(picture.shape[0] * share)
    return np.array(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def compressed(picture: Picture, place: Place, chance: Chance, strength: float) -> Picture:
    """As JPEG, from a quality of 60 down to 5."""
    kept = BytesIO()
    Image.fromarray(picture).save(kept, "JPEG", quality=round(60 - 55 * strength))
    return np.array(Image.open(kept))


def everything(picture: Picture, place: Place, chance: Chance, strength: float) -> Picture:
    """A hasty picture: some of all of it."""
    for distortion in (glaring, curved, turned, blurred, pale, noisy, compressed):
        picture = distortion(picture, place, chance, 0.5 * strength)
    return picture


# ---- what a copier makes of it -------------------------------------------------------------------------------------


def photocopied(picture: Picture, chance: Chance, scale: float) -> Picture:
    """On a copier that enlarges: askew, hard in contrast, with specks of toner and a shadow along one edge."""
    size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    image = Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)
    image = image.rotate(chance.uniform(-4, 4), Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    copy = np.array(image.filter(ImageFilter.GaussianBlur(0.1 * DOTS_PER_MM)), dtype=np.float64)
    copy += chance.normal(0, 20, copy.shape)
    copy -= np.linspace(90, 0, copy.shape[1])
    copy = 255 / (1 + np.exp((110 - copy) / 12))
    copy[chance.random(copy.shape) < 0.002] = 0
    return _grey(copy)


def _inside(place: Place, chance: Chance) -> tuple[float, float]:
    """A point of the symbol."""
    return place.left + chance.uniform(0, place.width), place.top + chance.uniform(0, place.height)


def _grey(picture: Numbers) -> Picture:
    return np.rint(picture).clip(0, 255).astype(np.uint8)


def _perspective(corners: Numbers, origins: Numbers) -> list[float]:
    """The eight numbers by which Pillow finds, for each point of the new picture, where it was in the old one."""
    rows, values = [], []
    for (x, y), (from_x, from_y) in zip(corners, origins, strict=True):
        rows += [(x, y, 1, 0, 0, 0, -from_x * x, -from_x * y), (0, 0, 0, x, y, 1, -from_y * x, -from_y * y)]
        values += [from_x, from_y]
    return [float(number) for number in np.linalg.solve(np.array(rows), np.array(values))]
