"""The specifications that the house brings along, as data beside the code. A site drafts its own versions from them."""

from functools import cache
from pathlib import Path

from cellchain.quality.rules.lifecycles import LotKind

FOLDER = Path(__file__).parent / "specifications"


@cache
def source_of(kind: LotKind) -> str:
    """The TOML text of the default specification for lots of `kind`, with every stage that they have."""
    return (FOLDER / f"{kind.value}.toml").read_text(encoding="utf-8")
