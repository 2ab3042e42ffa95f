"""Assertions that stay on: they guard against our own mistakes, never against the world."""

from cellchain.kernel.errors import InvariantBroken


def ensure(condition: object, statement: str) -> None:
    """Raise InvariantBroken unless `statement` holds. Unlike `assert` it survives `python -O`."""
    if not condition:
        raise InvariantBroken(f"does not hold: {statement}")
