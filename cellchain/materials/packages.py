"""Supplier's packages: which material lot a GS1 symbol stands for, and what it says for the forms that receive one.

The scan finds, it does not decide: a form is filled for a person to compare with the package, and a symbol that fits
more than one receipt, or disagrees with the record, is refused by name.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from cellchain.identity.gs1 import NotGs1, TradeItem
from cellchain.identity.scan import Scan
from cellchain.kernel.errors import InvariantBroken, NotFound, Refused
from cellchain.kernel.text import T
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Action
from cellchain.materials import queries, rules
from cellchain.materials.queries import MaterialFacts
from cellchain.platform.db import ReadTx

# What a field takes of a symbol (`registry.scanned`). The material stands for its trade number, by its own number.
TRADE_NUMBER, MATERIAL = "gs1:gtin", "gs1:material"
LOT, SERIAL, EXPIRY = "gs1:lot", "gs1:serial", "gs1:expiry"
# The list of materials to choose from (`registry.listed`).
CATALOGUE = "materials"


def find(tx: ReadTx, read: Scan) -> str:
    """Our code for the lot on a package.

    Raises NotFound `material.gtin_unknown`, `material.lot_not_received`; Refused `material.lot_not_in_symbol`,
    `material.several_receipts`, `material.expiry_disagrees`, `gs1.no_gtin`, `gs1.bad_date`.
    """
    item = _item(tx, read)
    material = _material(tx, item)
    if item.lot is None:
        raise Refused(
            "material.lot_not_in_symbol",
            "This symbol says {name}, but not which lot. Scan the symbol that has the lot, or our own label.",
            name=material.name,
        )
    return rules.receipt_of(item, material.name, queries.receipts_of(tx, material.id, item.lot)).code


def parts(tx: ReadTx, read: Scan, wanted: frozenset[str]) -> Mapping[str, str]:
    """What a package says for a form, by token; what its symbol does not hold stays for a person to enter.

    Raises NotFound `material.gtin_unknown` where the material is wanted and nobody registered it; Refused as `find`.
    """
    item = _item(tx, read)
    ends_on = item.expires_on or item.best_before
    said = {TRADE_NUMBER: item.gtin, LOT: item.lot, SERIAL: item.serial}
    said[EXPIRY] = None if ends_on is None else ends_on.isoformat()
    if MATERIAL in wanted:
        said[MATERIAL] = str(_material(tx, item).id)
    return {token: value for token, value in said.items() if value is not None and token in wanted}


def offer(tx: ReadTx, read: Scan, actor: Actor) -> Action | None:
    """Receive what was not received yet, or register what was never bought, with all that the symbol says filled in."""
    item = _item(tx, read)
    material = queries.material_by_gtin(tx, item.gtin)
    if material is None:
        verb, label, filled = "register_material", T("Register material"), {"gtin": item.gtin}
    else:
        verb, label, filled = "receive_lot", T("Receive this lot"), _received(item, material)
    path = f"materials/{verb}"
    return Action(path, label, f"/do/{path}?{urlencode(filled)}") if actor.may(f"materials.{verb}") else None


def catalogue(tx: ReadTx) -> list[tuple[str, str]]:
    """Everything that is bought, by its number and its name."""
    return [(str(material.id), material.name) for material in queries.materials(tx)]


def _received(item: TradeItem, material: MaterialFacts) -> dict[str, str]:
    ends_on = item.expires_on or item.best_before
    said = {"supplier_lot": item.lot, "serial": item.serial, "expires_on": ends_on and ends_on.isoformat()}
    return {"material": str(material.id), **{name: value for name, value in said.items() if value}}


def _item(tx: ReadTx, read: Scan) -> TradeItem:
    if read.gs1 is None:
        raise InvariantBroken("a package is found by the elements of its symbol")
    try:
        return read.gs1.trade_item(tx.today)
    except NotGs1 as fault:
        raise Refused(str(fault.reason), fault.text.template) from fault


def _material(tx: ReadTx, item: TradeItem) -> MaterialFacts:
    material = queries.material_by_gtin(tx, item.gtin)
    if material is None:
        raise NotFound(
            "material.gtin_unknown",
            "No material here has the trade number {gtin}. Register the material with it first.",
            gtin=item.gtin,
        )
    return material
