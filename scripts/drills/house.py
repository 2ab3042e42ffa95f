"""What is said where a drill cannot run, or does not get through."""

import sys
from collections.abc import Callable

import httpx

from scripts.drills.cluster import Missing


def through(drill: Callable[[], int]) -> int:
    """What a drill comes to: its own word, 2 where a program is missing, 1 where it did not get through."""
    try:
        return drill()
    except Missing as error:
        print(error, file=sys.stderr)
        return 2
    except (TimeoutError, httpx.HTTPError) as error:
        print(f"The drill did not get through: {error}", file=sys.stderr)
        return 1
