"""What the laboratory buys, with the symbols on its packages; each lot is received by a scan of one.

The trade numbers begin with 952, which GS1 keeps for demonstrations: no package that anybody sells carries one.
"""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from cellchain.demo.stage import Stage
from cellchain.identity import gs1
from cellchain.ledger import uploads
from cellchain.materials import commands as materials
from cellchain.materials import packages

MATERIALS = (
    ("Heparin sodium 5000 IU/mL", "anticoagulant", "09520000000011"),
    ("Density gradient 1.077 g/mL", "gradient", "09520000000028"),
    ("Alpha-MEM with 10 % platelet lysate", "medium", "09520000000035"),
    ("Recombinant trypsin", "enzyme", "09520000000042"),
    ("DMSO 10 % in albumin", "cryoprotectant", "09520000000059"),
    ("Sodium chloride 0.9 %, 400 mL", "saline", "09520000000066"),
    ("Multilayer vessel 636 cm²", "vessel", "09520000000073"),
    ("Infusion bag 600 mL", "bag", "09520000000080"),
)
# How much of each material arrived, in its unit, and at how much it is ordered again. The enzyme runs low.
AMOUNTS = {
    "anticoagulant": ("50000", "5000"),
    "gradient": ("500", "100"),
    "medium": ("60000", "10000"),
    "enzyme": ("2400", "1000"),
    "cryoprotectant": ("100", "20"),
    "saline": ("20000", "4000"),
    "vessel": ("400", "40"),
    "bag": ("60", "12"),
}
# What touches the cells for days is accepted by its certificate alone.
WITH_CERTIFICATE = frozenset({"medium", "enzyme", "cryoprotectant"})
# The fields of a receipt that a package fills.
FILLED = {
    packages.MATERIAL: "material",
    packages.LOT: "supplier_lot",
    packages.SERIAL: "serial",
    packages.EXPIRY: "expires_on",
}


def register(stage: Stage, name: str, kind: str, gtin: str) -> int:
    """Put a material into the list of what is bought; gives its number there."""
    fields: dict[str, Any] = {"name": name, "kind": kind, "gtin": gtin, "needs_certificate": kind in WITH_CERTIFICATE}
    number: int = stage.do("technician1", materials.register_material, **fields)["material"]
    return number


def receive(stage: Stage, gtin: str, mark: str, *, days: int, accept: bool, amount: str | None = None) -> str:
    """Receive a lot that expires `days` after the story's end, by the symbol on its package; gives its code."""
    expires = (stage.end + timedelta(days=days)).date()
    filled = scanned(stage, f"]d2{package(gtin, f'DEMO-{mark}', expires).text}")
    papers: dict[str, Any] = {"supplier": "Demo Supplies", "certificate": f"COA-{mark}", "amount": amount}
    papers["certificate_file"] = certificate(stage, f"COA-{mark}", f"DEMO-{mark}")
    code: str = stage.do("technician1", materials.receive_lot, **filled, **papers)["lot"]
    if accept:
        stage.do("qa1", materials.accept_lot, lot=code)
    return code


def certificate(stage: Stage, number: str, supplier_lot: str) -> dict[str, str]:
    """A supplier's certificate as a file that came; it says of itself that it certifies nothing."""
    return paper(stage, "technician1", number, f"Certificate of analysis {number}", f"Lot {supplier_lot}")


def paper(stage: Stage, who: str, name: str, *lines: str) -> dict[str, str]:
    """A page as a file that somebody sent; it says of itself that it certifies nothing."""
    kept = BytesIO()
    page = Canvas(kept, pagesize=A4, invariant=1)
    for at, line in enumerate(("DEMONSTRATION: CERTIFIES NOTHING", *(lines or (name,)))):
        page.setFont("Helvetica-Bold" if at == 0 else "Helvetica", 14)
        page.drawString(72, 760 - 28 * at, line)
    page.save()
    person = stage.code_of(who)
    return {"name": f"{name}.pdf", "sha256": uploads.receive(stage.installation, person, kept.getvalue())}


def package(gtin: str, lot: str, expires: date) -> gs1.Elements:
    """What the symbol on a package of a supplier's lot says."""
    return gs1.element_string([(gs1.GTIN, gtin), (gs1.EXPIRY, f"{expires:%y%m%d}"), (gs1.LOT, lot)])


def scanned(stage: Stage, symbol: str) -> dict[str, Any]:
    """The fields of a receipt as a scan of this symbol fills them. Raises LookupError where none is read."""
    with stage.installation.database.read() as tx:
        read = tx.house.read(tx, symbol)
        if read.problem is not None:
            raise LookupError(f"this symbol is not read here: {read.problem}")
        said = tx.house.finders[read.system].parts(tx, read, frozenset(FILLED))
    return {FILLED[token]: value for token, value in said.items()}
