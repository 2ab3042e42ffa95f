"""The demonstration: the story of the trial, played through the real commands with a simulated clock that ends now.

Everybody in it is invented. The same seed tells the same story; a seed and a simulated clock work nowhere else.
"""

from cellchain.demo.play import play, refuse_unless_empty

__all__ = ["play", "refuse_unless_empty"]
