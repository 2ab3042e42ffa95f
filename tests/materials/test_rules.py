"""The rules of materials as tables: facts in, a refusal's code out."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from cellchain.kernel.errors import Refused
from cellchain.materials import rules
from cellchain.materials.rules import (
    CalibrationOutcome,
    EquipmentFacts,
    EquipmentKind,
    EquipmentPhase,
    LotFacts,
    LotPhase,
    MaterialKind,
    Storage,
)

NOW = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
TODAY = NOW.date()
LOT = LotFacts(
    code="ML012600007755",
    phase=LotPhase.ACCEPTED,
    material=1,
    name="Heparin",
    kind=MaterialKind.ANTICOAGULANT,
    storage=Storage.ROOM,
    supplier="Example Supply",
    supplier_lot="X-1",
    expires_on=TODAY,
    certificate="C-1",
    received_at=NOW,
    received_by="PS012600000165",
)
INCUBATOR = EquipmentFacts(
    "EQ012600007735",
    EquipmentPhase.IN_SERVICE,
    "INC-1",
    EquipmentKind.INCUBATOR,
    "S-1",
    TODAY,
    qualification_due=TODAY,
)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phase": LotPhase.QUARANTINED}, "material.quarantined"),
        ({"phase": LotPhase.REJECTED}, "material.rejected"),
        ({"phase": LotPhase.RECALLED}, "material.recalled"),
        ({"expires_on": date(2026, 3, 1)}, "material.expired"),
        ({"kind": MaterialKind.MEDIUM}, "material.wrong_kind"),
    ],
)
def test_a_lot_that_may_not_be_used(changes: dict, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.may_use(replace(LOT, **changes), TODAY, MaterialKind.ANTICOAGULANT)
    assert refusal.value.code == code


def test_a_lot_serves_through_its_last_day_in_utc() -> None:
    rules.may_use(LOT, TODAY, MaterialKind.ANTICOAGULANT)
    rules.may_use(LOT, TODAY, None)
    with pytest.raises(Refused):
        rules.may_use(LOT, date(2026, 3, 3), None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phase": EquipmentPhase.OUT_OF_SERVICE}, "equipment.out_of_service"),
        ({"calibration_due": None}, "equipment.not_calibrated"),
        ({"calibration_due": date(2026, 3, 1)}, "equipment.calibration_overdue"),
        ({"qualification_due": None}, "equipment.not_qualified"),
        ({"qualification_due": date(2026, 3, 1)}, "equipment.qualification_overdue"),
        ({"kind": EquipmentKind.FREEZER}, "equipment.wrong_kind"),
    ],
)
def test_equipment_that_may_not_be_used(changes: dict, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.may_work(replace(INCUBATOR, **changes), TODAY, EquipmentKind.INCUBATOR)
    assert refusal.value.code == code


def test_equipment_that_may_be_used() -> None:
    rules.may_work(INCUBATOR, TODAY)
    rules.may_work(replace(INCUBATOR, kind=EquipmentKind.SCANNER, calibration_due=None), TODAY)
    rules.may_work(replace(INCUBATOR, kind=EquipmentKind.COUNTER, qualification_due=None), TODAY)


def test_a_calibration_holds_until_a_later_day() -> None:
    rules.may_calibrate(CalibrationOutcome.OUT_OF_TOLERANCE, None, TODAY)
    for due_on, code in ((None, "calibration.needs_due_day"), (TODAY, "calibration.due_before_done")):
        with pytest.raises(Refused) as refusal:
            rules.may_calibrate(CalibrationOutcome.WITHIN_TOLERANCE, due_on, TODAY)
        assert refusal.value.code == code


@pytest.mark.parametrize("text", ["4006381333931", "04006381333931", "036000291452", "96385074"])
def test_trade_numbers_are_kept_in_fourteen_digits(text: str) -> None:
    assert rules.gtin14(text) == text.rjust(14, "0")


@pytest.mark.parametrize("text", ["4006381333932", "0400638133393", "963850740"])
def test_a_trade_number_whose_check_digit_does_not_fit(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.gtin14(text)
    assert refusal.value.code == "material.bad_gtin"


def test_soon_is_thirty_days() -> None:
    days = (date(2026, 3, 1), date(2026, 3, 2), date(2026, 4, 1), date(2026, 4, 2))
    assert [rules.ends_soon(day, TODAY) for day in days] == [False, True, True, False]
