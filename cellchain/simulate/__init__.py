"""The random story with faults: people who do right and wrong, crashes, repeats, and an oracle that reads along.

It works on a demonstration of its own in a temporary folder alone. The same seed tells the same story.
"""

from cellchain.simulate.director import Outcome, simulate

__all__ = ["Outcome", "simulate"]
