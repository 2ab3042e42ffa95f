"""How far random tests go: as far as `make test` has time for, or many times as far in a campaign."""

import os

VARIABLE = "CELLCHAIN_CAMPAIGN"


def times(count: int) -> int:
    """`count` repetitions, times the factor that `make campaign` sets."""
    return count * int(os.environ.get(VARIABLE, "1"))
