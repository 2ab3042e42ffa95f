"""A lot is rejected with a reason."""

import pytest

from cellchain.kernel.errors import Forbidden
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import DispositionPhase
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab


def test_from_quarantine_and_after_a_conditional_release(lab: Lab) -> None:
    for lot in (lab.lot(), lab.released()):
        lab.do(commands.reject, by=lab.qa, lot=lot, reason="Growth")
        assert lab.disposition(lot).phase is DispositionPhase.REJECTED
        assert lab.codes(lab.containers(lot)[0]) >= {"lot.rejected"}
        assert lab.phase(lot) == "closed"
    with lab.house.read() as tx:
        assert [row.phase.value for row in queries.decisions_on(tx, lot)] == ["rejected", "conditionally_released"]


def test_once(lab: Lab, refuses: Refuses) -> None:
    lot = lab.lot()
    lab.do(commands.reject, by=lab.qa, lot=lot, reason="Growth")
    with refuses("disposition.phase"):
        lab.do(commands.reject, by=lab.qa, lot=lot, reason="Growth")


def test_an_analyst_may_not(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.reject, by=lab.analyst, lot=lab.lot(), reason="Growth")
