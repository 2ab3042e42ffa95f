"""Cells of boxes, and vials that are kept for a lot. Pure.

A cell is a letter for its row and a number for its column, A1 in the corner nearest to the label.
"""

import re
from enum import StrEnum

from cellchain.kernel.errors import Refused

ROWS_MAX, COLUMNS_MAX = 26, 24
_CELL = re.compile(r"([A-Z])0?([1-9][0-9]?)")


class ReservationEnding(StrEnum):
    """What became of a vial that was kept for a lot."""

    USED = "used"
    RELEASED = "released"


def cells(rows_count: int, columns_count: int) -> tuple[str, ...]:
    """Every cell of a box, row by row."""
    return tuple(f"{chr(65 + row)}{column}" for row in range(rows_count) for column in range(1, columns_count + 1))


def cell_of(position: str | None, rows_count: int, columns_count: int) -> str:
    """The cell that a position names, as it is written. Raises Refused `custody.cell_needed`, `.no_such_cell`."""
    last = f"{chr(64 + rows_count)}{columns_count}"
    if position is None:
        raise Refused(
            "custody.cell_needed", "This is a box with cells. Name the cell, from A1 to {last}, as position.", last=last
        )
    found = _CELL.fullmatch(position.strip().upper().replace(" ", ""))
    cell = None if found is None else f"{found[1]}{int(found[2])}"
    if cell not in cells(rows_count, columns_count):
        raise Refused(
            "custody.no_such_cell",
            "This box has no cell {position}. Its cells go from A1 to {last}.",
            position=position,
            last=last,
        )
    return cell or ""


def takes_hand_overs(*, is_box: bool) -> None:
    """Raises Refused `custody.box_takes_cells` for a box: things go into its cells one by one."""
    if is_box:
        raise Refused(
            "custody.box_takes_cells",
            "This is a box with cells. Bring it to the room or store first, then put it into its cell.",
        )


def may_lay_out(*, is_box: bool, stands_there: int) -> None:
    """Raises Refused `custody.box_already`, `custody.place_in_use`: a box is divided once, while it is empty."""
    if is_box:
        raise Refused("custody.box_already", "This place is divided into cells already. Register another place.")
    if stands_there:
        raise Refused(
            "custody.place_in_use",
            "{count} things stand at this place. Move them away, then divide it into cells.",
            count=stands_there,
        )


def may_reserve(*, is_stored: bool, in_place: bool, comes_from_bank: bool, reserved_for: str | None) -> None:
    """Raises Refused `reservation.not_a_stored_vial`, `.nowhere`, `.other_bank`, `.taken`."""
    if not is_stored:
        raise Refused("reservation.not_a_stored_vial", "This vial was used up or discarded. Choose another vial.")
    if not in_place:
        raise Refused("reservation.nowhere", "It is not known where this vial lies. Store it in its cell first.")
    if not comes_from_bank:
        raise Refused("reservation.other_bank", "This lot does not come from the bank of this vial. Choose another.")
    if reserved_for is not None:
        raise Refused(
            "reservation.taken", "This vial is reserved for lot {lot} already. Choose another vial.", lot=reserved_for
        )


def may_thaw(lot: str, reserved_for: str | None) -> None:
    """Raises Refused `reservation.other_lot` where a vial is kept for another lot."""
    if reserved_for is not None and reserved_for != lot:
        raise Refused(
            "reservation.other_lot",
            "This vial is reserved for lot {lot}. Put it back and take one that is reserved for yours, or a free one.",
            lot=reserved_for,
        )


def is_reserved(*, is_open: bool) -> None:
    """Raises Refused `reservation.none` where a vial is kept for nobody."""
    if not is_open:
        raise Refused("reservation.none", "This vial is not reserved. Nothing was changed.")
