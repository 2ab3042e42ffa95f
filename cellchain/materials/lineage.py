"""What material lots went into, read for many codes in one question."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import col, select

from cellchain.ledger.describe import Contact
from cellchain.materials.models import Equipment, MaterialUse
from cellchain.materials.rules import EquipmentKind
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import among, code_list

# What stands in these is in them until it is moved elsewhere, not for the moment of a scan.
KEEPERS = frozenset({EquipmentKind.INCUBATOR, EquipmentKind.FREEZER, EquipmentKind.COOLER})
# What was taken back at once went into nothing.
_USED = col(MaterialUse.undone_at).is_(None)
_WENT_INTO: Any = select(MaterialUse.used_for, MaterialUse.used_at).where(among(col(MaterialUse.lot)), _USED)
_WENT_IN = select(MaterialUse.lot).where(among(col(MaterialUse.used_for)), _USED)
_KEEPING: Any = select(Equipment.code, Equipment.kind).where(among(col(Equipment.code)))


def following(tx: ReadTx, codes: Iterable[str], limit: int) -> list[str]:
    """What material lots went into."""
    return [row[0] for row in tx.many(_WENT_INTO, limit=limit, codes=code_list(codes))]


def contacts(tx: ReadTx, code: str, limit: int) -> list[Contact]:
    """The same from one material lot, each at the moment of its use."""
    return [Contact(to, at, at) for to, at in tx.many(_WENT_INTO, limit=limit, codes=code_list([code]))]


def preceding(tx: ReadTx, codes: Iterable[str], limit: int) -> list[str]:
    """The material lots that went into any of `codes`, each once."""
    return list(dict.fromkeys(tx.many(_WENT_IN, limit=limit, codes=code_list(codes))))


def keepers(tx: ReadTx, codes: Iterable[str], limit: int) -> dict[str, EquipmentKind]:
    """Those machines among `codes` in which things stand for hours or weeks, with what they are."""
    rows = tx.many(_KEEPING, limit=limit, codes=code_list(codes))
    return {code: kind for code, kind in rows if kind in KEEPERS}
