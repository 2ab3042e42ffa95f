"""Lists inside a refusal: each part stays translatable."""

from collections.abc import Sequence
from enum import StrEnum

from cellchain.kernel.text import T


def listed(items: Sequence[StrEnum]) -> T:
    """`gradient, medium`, said in the reader's language; a dash for nothing."""
    if not items:
        return T("—")
    said = T("{these}", these=items[0])
    for item in items[1:]:
        said = T("{these}, {another}", these=said, another=item)
    return said
