"""A module loaded when something of it is asked for first: what draws, or talks to a server, is not needed to answer.

    if TYPE_CHECKING:
        import numpy as np
    else:
        np = later("numpy")

Only what most processes never need, or need long after their first answer, is worth it. The import under TYPE_CHECKING
is what types and import contracts are checked against.
"""

from importlib import import_module
from types import ModuleType
from typing import Any


def later(name: str) -> Any:
    """Stands for the module `name`. What fails while it is loaded is raised where it was asked for."""
    return _Later(name)


class _Later:
    """Two threads may ask first at once: Python's import lets one load, and the other wait."""

    __slots__ = ("_module", "_name")

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, attribute: str) -> Any:
        if self._module is None:
            self._module = import_module(self._name)
        return getattr(self._module, attribute)
