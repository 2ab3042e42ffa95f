"""What a recall reaches: from people, machines, material lots, deviations, windows, and back to the donor."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.identity.codes import Kind
from cellchain.identity.numbering import issue as number
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing.models import EquipmentUse, Lot, StepRecord
from cellchain.materials.models import Equipment
from cellchain.quality import commands
from cellchain.quality.recalls import queries
from cellchain.quality.recalls.queries import Scope
from cellchain.quality.recalls.rules import Criteria
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab
from tests.quality.workshop import person, row


def found(lab: Lab, **named: Any) -> Scope:
    with lab.house.read() as tx:
        return queries.find(tx, Criteria(**named))


def machine(lab: Lab, kind: str) -> str:
    def work(tx: CommandTx) -> str:
        code = number(tx, Kind.EQUIPMENT)
        tx.add(row(Equipment, code=code, phase="in_service", name=code, kind=kind, serial=code))
        return code

    return str(lab.seed(work))


def use(lab: Lab, lot: str, equipment: str) -> None:
    """A step of the lot that takes ten minutes and uses a machine."""

    def work(tx: CommandTx) -> None:
        step = tx.add(
            row(
                StepRecord,
                lot=lot,
                step="count",
                sequence=tx.next_value(f"test:{lot}") + 10,
                phase="completed",
                performer=lab.technician.person,
                started_at=tx.now,
                completed_at=tx.now + timedelta(minutes=10),
            )
        )
        tx.add(
            row(
                EquipmentUse,
                equipment=equipment,
                lot=lot,
                step_record=step.id,
                used_at=tx.now,
                used_by=lab.technician.person,
            )
        )

    lab.seed(work)


def test_a_culture_is_in_an_incubator_until_it_is_in_another(lab: Lab) -> None:
    first, second, centrifuge = machine(lab, "incubator"), machine(lab, "incubator"), machine(lab, "centrifuge")
    lot = lab.lot()
    begin = lab.house.clock.now()
    use(lab, lot, first)
    use(lab, lot, centrifuge)
    lab.wait(days=3)
    moved = lab.house.clock.now()
    use(lab, lot, second)
    day = timedelta(days=1)
    assert found(lab, root=first, since=begin + day, until=begin + 2 * day).lots == (lot,)
    assert found(lab, root=first, since=moved + day, until=moved + 2 * day).lots == ()
    assert found(lab, root=second, since=moved + day, until=moved + 2 * day).lots == (lot,)
    assert found(lab, root=centrifuge, since=begin + day, until=begin + 2 * day).lots == ()
    assert found(lab, root=centrifuge).lots == (lot,)


def test_somebody_within_a_window(lab: Lab) -> None:
    early = lab.lot()
    lab.wait(days=2)
    middle = lab.house.clock.now()
    late = lab.lot()
    who = lab.technician.person
    assert set(found(lab, root=who).lots) == {early, late}
    assert found(lab, root=who, since=middle - timedelta(hours=1)).lots == (late,)
    assert found(lab, root=who, until=middle - timedelta(hours=1)).lots == (early,)
    assert found(lab, root=person(9)).items == ()


def test_a_window_alone_and_things_together(lab: Lab) -> None:
    one, two = machine(lab, "centrifuge"), machine(lab, "centrifuge")
    both, other = lab.lot(), lab.lot()
    lab.wait(hours=5)
    for lot, used in ((both, one), (both, two), (other, one)):
        use(lab, lot, used)
    now = lab.house.clock.now()
    assert set(found(lab, since=now - timedelta(hours=1), until=now).lots) == {both, other}
    assert found(lab, since=now - timedelta(hours=3), until=now - timedelta(hours=2)).lots == ()
    assert found(lab, root=one, also=two).lots == (both,)
    assert set(found(lab, root=one).lots) == {both, other}


def test_a_deviation_and_the_way_back_to_the_donor(lab: Lab) -> None:
    donor, donation = lab.donation()
    bank = lab.released("bank", sources=(donation,))
    lot, sibling = lab.lot(sources=(bank,)), lab.lot(sources=(bank,))
    made = lab.do(commands.open_deviation, by=lab.technician, subject=lot, title="A door", description="It stood open.")
    scope = found(lab, deviation=made["deviation"])
    assert (scope.lots, set(scope.bags)) == ((lot,), set(lab.containers(lot)))
    bag = lab.containers(lot)[0]
    assert found(lab, root=bag).items == (bag,)
    whole = found(lab, root=bag, origin=True)
    assert set(whole.lots) == {bank, lot, sibling}
    assert set(whole.vials) == set(lab.containers(bank))
    with lab.house.read() as tx:
        assert {donor, donation, bank, lot} <= queries.came_from(tx, [bag])


def test_too_wide_is_said(lab: Lab, refuses: Refuses, monkeypatch: pytest.MonkeyPatch) -> None:
    _, donation = lab.donation()
    lab.lot(sources=(donation,))
    monkeypatch.setattr(queries, "REACH_MAX", 2)
    with refuses("recall.too_wide"):
        found(lab, root=donation)


def test_lots_read_from_their_rows(lab: Lab) -> None:
    lot = lab.lot()
    with lab.house.read() as tx:
        assert tx.get(Lot, lot).code == found(lab, root=lot).lots[0]
