"""What the codes of material lots, equipment and locations stand for, and what their labels say.

Each carries its own code in the symbol, not a label's serial: a scan of a copy uses up the same lot, and nothing is
infused by it.
"""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from cellchain.identity.codes import Kind
from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.text import T
from cellchain.labels.render import local_text
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Action, Description, LabelData
from cellchain.materials import queries
from cellchain.materials.rules import EquipmentPhase, LocationPhase, LotPhase
from cellchain.platform.db import ReadTx
from cellchain.web.i18n import LANGUAGES, Voice

# What each kind of thing wears.
DESIGNS = {Kind.MATERIAL_LOT: "material_lot", Kind.EQUIPMENT: "equipment", Kind.LOCATION: "location"}
# Usable through its last day in UTC: the label says the minute in which that day ends, and that it is UTC.
_END_OF_DAY = time(23, 59, tzinfo=UTC)

_LOT_VERBS = {
    LotPhase.QUARANTINED: (
        ("accept_lot", T("Accept lot")),
        ("attach_certificate", T("Attach the certificate")),
        ("reject_lot", T("Reject lot")),
        ("recall_lot", T("Recall lot")),
    ),
    LotPhase.ACCEPTED: (
        ("quarantine_lot", T("Quarantine lot")),
        ("count_stock", T("Count what is left")),
        ("attach_certificate", T("Attach the certificate")),
        ("recall_lot", T("Recall lot")),
    ),
    LotPhase.REJECTED: (),
    LotPhase.RECALLED: (),
}
_UPKEEP_VERBS = (
    ("record_cleaning", T("Record cleaning")),
    ("record_calibration", T("Record calibration")),
    ("record_qualification", T("Record qualification")),
)
_EQUIPMENT_VERBS = {
    EquipmentPhase.IN_SERVICE: (
        *_UPKEEP_VERBS,
        ("take_out_of_service", T("Take out of service")),
    ),
    EquipmentPhase.OUT_OF_SERVICE: (
        *_UPKEEP_VERBS,
        ("return_to_service", T("Return to service")),
    ),
}


def describe(tx: ReadTx, code: str, actor: Actor) -> Description | None:
    """A material lot, a piece of equipment or a location, for whoever may read materials."""
    if not actor.may("materials.read"):
        return None
    try:
        if code.startswith("ML"):
            return _lot(tx, code, actor)
        return _equipment(tx, code, actor) if code.startswith("EQ") else _location(tx, code, actor)
    except NotFound:
        return None


# What stands in the way, in the few words of a list. Whole sentences come with the refusals themselves.
_STANDS = {
    "material.quarantined": ("hold", T("In quarantine")),
    "material.rejected": ("stop", T("Rejected")),
    "material.recalled": ("stop", T("Recalled")),
    "material.expired": ("stop", T("Expired")),
    "equipment.out_of_service": ("off", T("Out of service")),
    "equipment.not_calibrated": ("stop", T("Not calibrated")),
    "equipment.calibration_overdue": ("stop", T("Calibration overdue")),
    "equipment.not_qualified": ("stop", T("Not qualified")),
    "equipment.qualification_overdue": ("stop", T("Qualification overdue")),
}


def stands(line: queries.LotLine | queries.EquipmentLine) -> tuple[str, T]:
    """Shape and words for where a lot or a piece of equipment stands now."""
    if line.problem is not None:
        return _STANDS[line.problem[0]]
    if isinstance(line, queries.LotLine):
        if line.lot.left_milli == 0:
            return "off", T("Used up")
        return ("warn", T("Expires soon")) if line.expires_soon else ("ok", T("May be used"))
    return ("warn", T("Due soon")) if line.due_soon else ("ok", T("In service"))


def next_step(line: queries.LotLine | queries.EquipmentLine, certificates_count: int = 0) -> str | None:
    """The verb that brings this into use, or keeps it there; None where nothing is due."""
    if isinstance(line, queries.LotLine):
        if line.lot.phase is not LotPhase.QUARANTINED:
            return None
        waits_for_paper = line.lot.needs_certificate and certificates_count == 0
        return "materials/attach_certificate" if waits_for_paper else "materials/accept_lot"
    if _needs_calibration(line):
        return "materials/record_calibration"
    if line.due_soon or not line.is_qualified:
        return "materials/record_qualification"
    return "materials/return_to_service" if line.equipment.phase is EquipmentPhase.OUT_OF_SERVICE else None


def _needs_calibration(line: queries.EquipmentLine) -> bool:
    ends_first = line.equipment.due_on is not None and line.equipment.due_on == line.equipment.calibration_due
    return not line.is_calibrated or (line.due_soon and line.is_qualified and ends_first)


def lot_actions(line: queries.LotLine, actor: Actor) -> tuple[Action, ...]:
    """What this person may do with a lot where it stands."""
    lot = line.lot
    return _actions(_LOT_VERBS[lot.phase], f"lot={lot.code}", actor)


def equipment_actions(line: queries.EquipmentLine, actor: Actor) -> tuple[Action, ...]:
    """What this person may do with equipment where it stands."""
    equipment = line.equipment
    return _actions(_EQUIPMENT_VERBS[equipment.phase], f"equipment={equipment.code}", actor)


def location_actions(location: queries.LocationFacts, actor: Actor) -> tuple[Action, ...]:
    """What this person may do with a location."""
    verbs = (("classify_location", T("Set the room class")), ("close_location", T("Close location")))
    return _actions(verbs if location.phase is LocationPhase.OPEN else (), f"location={location.code}", actor)


def design_of(code: str) -> str:
    """The design of the label that this material lot, equipment or location wears."""
    return DESIGNS[Kind(code[:2])]


def label(tx: ReadTx, code: str, design: str) -> LabelData:
    """The label of a material lot, of equipment or of a location: each has a design of its own.

    Raises NotFound, or Refused `material.label_design` for a design that does not fit.
    """
    kind, wanted = Kind(code[:2]), design_of(code)
    if design != wanted:
        raise Refused("material.label_design", "This wears the label “{design}”. Choose that design.", design=wanted)
    if kind is Kind.MATERIAL_LOT:
        return _lot_label(tx, code)
    if kind is Kind.EQUIPMENT:
        equipment = queries.equipment_facts(tx, code)
        fields = {"equipment": code, "equipment_name": equipment.name, "serial": equipment.serial}
        return LabelData(fields, symbol=code)
    return LabelData({"location": code, "place": queries.location_facts(tx, code).name}, symbol=code)


def _lot_label(tx: ReadTx, code: str) -> LabelData:
    lot = queries.lot_facts(tx, code)
    zone: ZoneInfo = tx.house.zone
    expires_at = datetime.combine(lot.expires_on, _END_OF_DAY)
    fields = {"material_lot": code, "supplier_lot": lot.supplier_lot, "supplier": lot.supplier, "name": lot.name}
    for language in LANGUAGES:
        words = {
            "storage": Voice(language, zone).say(lot.storage.label),
            "received_local": local_text(lot.received_at, zone, language),
            "expires_local": local_text(expires_at, ZoneInfo("UTC"), language),
        }
        fields.update({f"{name}.{language}": said for name, said in words.items()})
    return LabelData(fields, symbol=code)


def _lot(tx: ReadTx, code: str, actor: Actor) -> Description:
    line = queries.lot_line(tx, code)
    title = T("{name}, expires {day}", name=line.lot.name, day=line.lot.expires_on)
    return Description(
        "material_lot", code, title, str(line.lot.phase), f"/materials/lots/{code}", lot_actions(line, actor)
    )


def _equipment(tx: ReadTx, code: str, actor: Actor) -> Description:
    line = queries.equipment_line(tx, code)
    return Description(
        "equipment",
        code,
        T("{name}", name=line.equipment.name),
        str(line.equipment.phase),
        f"/materials/equipment/{code}",
        equipment_actions(line, actor),
    )


def _location(tx: ReadTx, code: str, actor: Actor) -> Description:
    location = queries.location_facts(tx, code)
    return Description(
        "location",
        code,
        T("{name}", name=location.name),
        str(location.phase),
        f"/materials/locations/{code}",
        location_actions(location, actor),
    )


def _actions(verbs: tuple[tuple[str, T], ...], query: str, actor: Actor) -> tuple[Action, ...]:
    return tuple(
        Action(f"materials/{verb}", label, f"/do/materials/{verb}?{query}")
        for verb, label in verbs
        if actor.may(f"materials.{verb}")
    )
