"""The two forms of a report."""

from enum import StrEnum


class Variant(StrEnum):
    """Whether a form tells the arm."""

    BLINDED = "blinded"
    UNBLINDED = "unblinded"
