"""Deviations opened by people and by rules."""

from typing import Any

import pytest

from cellchain.identity.codes import Kind
from cellchain.identity.numbering import issue
from cellchain.kernel.errors import Forbidden
from cellchain.materials.models import Material, MaterialLot, MaterialUse
from cellchain.materials.rules import Unit
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import DeviationSource
from tests.quality.lab import Lab
from tests.quality.workshop import row

RULE = "manufacturing:limit:breached"


def opened(lab: Lab, lot: str) -> int:
    made = lab.do(
        commands.open_deviation, by=lab.technician, subject=lot, title="Door left open", description="For ten minutes"
    )
    return int(made["deviation"])


def facts(lab: Lab, deviation: int) -> queries.DeviationFacts:
    with lab.house.read() as tx:
        return queries.deviation_facts(tx, deviation)


def test_it_belongs_to_the_lot_of_its_subject(lab: Lab) -> None:
    lot = lab.lot()
    found = [facts(lab, opened(lab, subject)) for subject in (lot, lab.containers(lot)[0], lab.sample(lot))]
    for deviation in found:
        assert (deviation.lot, deviation.source, deviation.severity) == (lot, DeviationSource.PERSON, None)
    assert found[-1].number == "DV-26-003"
    assert str(found[-1].title) == "Door left open"


def test_its_words_stay_out_of_the_ledger(lab: Lab) -> None:
    opened(lab, lab.lot())
    assert all("Door left open" not in entry.body for entry in lab.house.entries())


def test_a_rule_opens_one_and_the_same_once(lab: Lab) -> None:
    lot = lab.lot()
    order: dict[str, Any] = {
        "subject": lot,
        "lot": lot,
        "rule": RULE,
        "facts": {"parameter": "viability", "value": "64.0"},
    }
    first = lab.house.do(commands.open_deviation_by_rule, by=lab.technician, by_house=True, **order)
    again = lab.house.do(commands.open_deviation_by_rule, by=lab.technician, by_house=True, **order)
    assert (first["deviation"], again["deviation"]) == (1, 0)
    found = facts(lab, 1)
    assert str(found.title) == "A value left its limit"
    assert found.description == "parameter: viability; value: 64.0"


def test_a_material_lot_in_doubt_questions_every_lot_that_it_went_into(lab: Lab) -> None:
    used, untouched = lab.lot(), lab.lot("control")

    def work(tx: Any) -> str:
        material = tx.add(
            row(
                Material,
                name="Medium",
                kind="medium",
                storage="refrigerated",
                unit="mL",
                soon_days=30,
                needs_certificate=False,
            )
        )
        code = issue(tx, Kind.MATERIAL_LOT)
        received = row(
            MaterialLot,
            code=code,
            phase="accepted",
            material=material.id,
            supplier="Example",
            supplier_lot="X",
            expires_on=tx.now.date(),
            certificate="C",
            received_at=tx.now,
            received_by="PS01",
            accepted_at=tx.now,
            accepted_by="PS02",
        )
        tx.add(received)
        tx.add(
            MaterialUse(
                lot=code, used_for=used, step="1", amount_milli=10_000, unit=Unit.ML, used_at=tx.now, used_by="PS01"
            )
        )
        return code

    code = lab.seed(work)
    from cellchain.materials import commands as materials

    lab.do(materials.quarantine_lot, by=lab.qa, lot=code, reason="Supplier's letter")
    with lab.house.read() as tx:
        (deviation,) = queries.deviations_of(tx, used)
        assert deviation.facts == {"root": code}
        assert queries.deviations_of(tx, untouched) == []


def test_who_may_not(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.open_deviation, by=lab.nurse, subject="X", title="Odd", description="Very odd")
