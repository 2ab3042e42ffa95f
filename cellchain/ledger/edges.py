"""The steps of the way that cells took, as every room tells its own: for graphs and recalls. Pure."""

from datetime import datetime
from typing import NamedTuple


class Edge(NamedTuple):
    """One step of the way the cells took: from `source` into `target`. `at` is UTC.

    Where cells were counted, `cells_count` of the `cells_of_count` that ever were in the source took this step.
    """

    source: str
    target: str
    kind: str
    at: datetime
    cells_count: int | None = None
    cells_of_count: int | None = None
