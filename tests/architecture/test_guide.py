"""The guides say only what the screens say, and show the pictures that are there."""

from scripts import guide


def test_the_guides_hold() -> None:
    assert guide.faults() == []
