"""Trespasses in the trial office and at the administrator's: the other arm, a second row, one signature for two."""

from decimal import Decimal
from typing import Any

from cellchain.accounts import commands as accounts
from cellchain.demo.clinic import DOSE
from cellchain.labels import commands as labels
from cellchain.ledger.run import Call
from cellchain.simulate.scene import Acts, Scene, refused
from cellchain.simulate.trespasses.common import Trespass, trespass
from cellchain.trial import commands as trial
from cellchain.trial import queries

UNPLANNED = """
    SELECT r.code FROM trial_recipient r WHERE r.phase = 'randomised'
    AND NOT EXISTS (SELECT 1 FROM trial_planned_infusion p WHERE p.recipient = r.code) ORDER BY r.code"""
FIRST = "SELECT id FROM trial_planned_infusion WHERE recipient = {0} ORDER BY number"
ASKED_BY = "SELECT asked_by FROM accounts_decision WHERE id = {0}"


def _other_arm(scene: Scene, assign: Call) -> Acts:
    """A bag becomes somebody's whose arm it is not."""
    order: Any = assign.order
    arm = _arm(scene, order.recipient)
    others = (code for (code,) in scene.eyes.rows(UNPLANNED) if _arm(scene, code) != arm)
    other = next(others, None)
    if other is None:
        return
    today = scene.stage.today()
    if refused((yield scene.call("coordinator1", trial.plan_infusions, recipient=other, first_on=today))):
        return
    weight = scene.one("SELECT weight_g FROM trial_recipient WHERE code = {0}", other)
    turn: dict[str, Any] = {"infusion": scene.one(FIRST, other), "dose_cells_count": DOSE}
    yield scene.call("physician1", trial.order_infusion, **turn, weight_kg=Decimal(weight) / 1_000)
    yield from scene.attempt(scene.again(assign, recipient=other))


def _arm(scene: Scene, recipient: str) -> str | None:
    with scene.stage.installation.database.read() as tx:
        return queries.arm_of(tx, recipient, scene.stage.people["statistician1"])


def _second_row(scene: Scene, band: Call) -> Acts:
    """Somebody who was randomised a moment ago is randomised once more."""
    order: Any = band.order
    recipient = scene.one("SELECT recipient FROM trial_wristband WHERE code = {0}", order.target)
    if recipient is not None:
        yield from scene.attempt(scene.call("coordinator1", trial.randomise, recipient=recipient))


def _signed_by_one(scene: Scene, second: Call) -> Acts:
    """The second signature under a decision is the first person's."""
    order: Any = second.order
    first = scene.one(ASKED_BY, order.decision)
    if first is not None:
        yield from scene.attempt(scene.call(first, accounts.countersign, decision=order.decision))


OFFICE: tuple[Trespass, ...] = (
    trespass("other arm", trial.assign_bag, "bag.wrong_arm", _other_arm, spoils=True),
    trespass("second row", labels.print_label, "recipient.phase", _second_row),
    trespass("signed by one", accounts.countersign, "decision.own", _signed_by_one),
)
