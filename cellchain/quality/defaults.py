"""Specifications and methods that the house brings along, as data beside the code. A site drafts its own from them."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from cellchain.quality.rules.lifecycles import LotKind

FOLDER = Path(__file__).parent / "specifications"
METHODS = Path(__file__).parent / "methods" / "catalogue.toml"


@cache
def source_of(kind: LotKind) -> str:
    """The TOML text of the default specification for lots of `kind`, with every stage that they have."""
    return (FOLDER / f"{kind.value}.toml").read_text(encoding="utf-8")


@cache
def methods() -> Sequence[Mapping[str, Any]]:
    """The methods that the house brings along, each as the order that drafts it."""
    found: list[dict[str, Any]] = tomllib.loads(METHODS.read_text(encoding="utf-8"))["methods"]
    return found
