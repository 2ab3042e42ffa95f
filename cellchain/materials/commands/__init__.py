"""The verbs of materials, equipment and places."""

from cellchain.materials.commands.amendments import amend_material
from cellchain.materials.commands.certificates import attach_certificate
from cellchain.materials.commands.equipment import (
    plan_cleaning,
    record_calibration,
    record_cleaning,
    record_qualification,
    register_equipment,
    return_to_service,
    take_out_of_service,
)
from cellchain.materials.commands.lots import (
    accept_lot,
    book_harvest_use,
    book_use,
    count_stock,
    quarantine_lot,
    recall_lot,
    receive_lot,
    register_material,
    reject_lot,
    set_stock_limits,
    unbook_use,
)
from cellchain.materials.commands.places import (
    classify_location,
    close_location,
    register_location,
)

__all__ = [
    "accept_lot",
    "amend_material",
    "attach_certificate",
    "book_harvest_use",
    "book_use",
    "classify_location",
    "close_location",
    "count_stock",
    "plan_cleaning",
    "quarantine_lot",
    "recall_lot",
    "receive_lot",
    "record_calibration",
    "record_cleaning",
    "record_qualification",
    "register_equipment",
    "register_location",
    "register_material",
    "reject_lot",
    "return_to_service",
    "set_stock_limits",
    "take_out_of_service",
    "unbook_use",
]
