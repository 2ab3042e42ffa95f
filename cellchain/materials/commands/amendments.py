"""What the catalogue says of a material, put right: what it was stays in the ledger, beside the reason."""

from typing import Annotated

from pydantic import Field

from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Order, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.materials import packages, queries, rules
from cellchain.materials.commands.common import Name
from cellchain.materials.commands.lots import MaterialResult
from cellchain.materials.models import Material
from cellchain.materials.rules import Storage


class AmendMaterial(Order):
    """A material as the catalogue says it from now on. Its kind and its unit stay: lots were counted in them."""

    material: Annotated[int, Field(ge=1, title="Material", description="Its number in the list of materials.")]
    name: Name
    storage: Annotated[Storage, Field(title="Storage")]
    gtin: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9]{8,14}$",
            title="Trade number (GTIN)",
            description="8 to 14 digits. Left empty, the material has none.",
            json_schema_extra=scanned(part=packages.TRADE_NUMBER),
        ),
    ] = None
    needs_certificate: Annotated[
        bool,
        Field(
            title="Needs its certificate as a file",
            description="From the next acceptance on; what was accepted stays accepted.",
        ),
    ] = False


@command(event="materials:material:amended")
def amend_material(tx: CommandTx, by: Actor, order: AmendMaterial) -> MaterialResult:
    """Amend a material, for a reason that stands in the entry.

    Raises NotFound, Refused `material.reason_needed`, `.unchanged`, `.name_taken`, `.bad_gtin`, `.gtin_taken`.
    """
    row = tx.lock(Material, order.material)
    gtin = None if order.gtin is None else rules.gtin14(order.gtin)
    changed = {
        name: value
        for name, value in (
            ("name", order.name),
            ("storage", order.storage),
            ("gtin", gtin),
            ("needs_certificate", order.needs_certificate),
        )
        if getattr(row, name) != value
    }
    rules.may_amend(changed, tx.reason)
    if "name" in changed and queries.material_named(tx, order.name) is not None:
        raise Refused("material.name_taken", "{name} is registered already. Receive a lot of it.", name=order.name)
    known = None if gtin is None else queries.material_by_gtin(tx, gtin)
    if known is not None and known.id != row.id:
        raise Refused("material.gtin_taken", "This trade number belongs to {name}.", name=known.name)
    row = tx.change(row, **changed)
    tx.about(str(row.id))
    tx.note(changed=sorted(changed))
    return MaterialResult(material=row.id or 0, name=row.name)
