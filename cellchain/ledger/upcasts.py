"""What each schema revision did to the rows that were there, as pure transforms of their images; kept for ever.

Entries are never rewritten, so an image keeps the columns that its table had when it was taken. When replay comes to
the entry `platform:schema:migrated` of a revision, it takes every image so far through the transform of that revision.
A revision that only adds tables, indexes or constraints needs none.

    UPCASTS = {"0007": Upcast({"quality_lot": (renamed("state", "phase"), added("kind", "product"))})}
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.kernel.values import dataclass

Image = dict[str, Json]
Step = Callable[[Image], Image]


@dataclass(frozen=True)
class Upcast:
    """One revision: the steps for the images of each table, and what became of the tables themselves.

    rows     table (by its old name) to steps, applied in order
    tables   old name of a table to its new name, or to None where the revision dropped it
    """

    rows: Mapping[str, Sequence[Step]] = field(default_factory=dict)
    tables: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def touched(self) -> frozenset[str]:
        """The tables, by their old names, whose images change."""
        return frozenset(self.rows) | frozenset(self.tables)

    def apply(self, table: str, image: Image) -> tuple[str, Image] | None:
        """The image after the revision and the table it lies in then; None where that was dropped."""
        for step in self.rows.get(table, ()):
            image = step(image)
        target = self.tables.get(table, table)
        return None if target is None else (target, image)


def renamed(old: str, new: str) -> Step:
    """A column was renamed."""

    def step(image: Image) -> Image:
        ensure(old in image and new not in image, f"an image has {old} before it is renamed to {new}")
        return {(new if name == old else name): value for name, value in image.items()}

    return step


def added(name: str, value: Json) -> Step:
    """A column was added; the rows that were there got `value`, in canonical form."""

    def step(image: Image) -> Image:
        ensure(name not in image, f"an image has no {name} before it is added")
        return {**image, name: value}

    return step


def dropped(name: str) -> Step:
    """A column was dropped."""

    def step(image: Image) -> Image:
        ensure(name in image, f"an image has {name} before it is dropped")
        return {key: value for key, value in image.items() if key != name}

    return step


# By revision, as alembic/versions/ names it.
UPCASTS: dict[str, Upcast] = {}
