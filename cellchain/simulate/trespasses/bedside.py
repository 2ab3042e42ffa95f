"""Trespasses right before an infusion starts: two nurses have checked, and something is not as it should be."""

from datetime import timedelta
from typing import Any

from cellchain.accounts import commands as accounts
from cellchain.bedside import commands as bedside
from cellchain.bedside.infusions import commands as infusions
from cellchain.custody import commands as custody
from cellchain.ledger.run import Call
from cellchain.quality import commands as quality
from cellchain.simulate.scene import WHY, Acts, Scene, refused
from cellchain.simulate.trespasses.common import Trespass, trespass
from cellchain.trial import commands as trial
from cellchain.trial.pauses import commands as pauses

CHANGED = "infusion.changed_since_check"
UNCHECKED = "infusion.needs_two_checks"
PAST_WINDOW, PAST_EXPIRY = timedelta(minutes=16), timedelta(hours=7)
COLD_MC, HOT_MC = 4_000, 26_000
OPEN_FINDINGS = "SELECT id FROM custody_excursion WHERE subject = {0} AND phase = 'open'"
CHECKERS = "SELECT count(DISTINCT checked_by) FROM bedside_check WHERE bag = {0} AND phase = 'open'"
PLACE = "SELECT code FROM materials_location WHERE kind = {0} ORDER BY code"
OTHER_BAND = """
    SELECT b.code FROM trial_wristband b JOIN trial_planned_infusion p ON p.recipient = b.recipient
    WHERE b.phase = 'live' AND b.recipient <> {0} AND p.phase IN ('ordered', 'assigned')
    AND EXISTS (SELECT 1 FROM labels_label l WHERE l.target = b.code AND l.phase = 'confirmed')
    AND NOT EXISTS (SELECT 1 FROM bedside_infusion i WHERE i.recipient = b.recipient AND i.ended_at IS NULL)
    ORDER BY b.code"""


def _held(scene: Scene, start: Call) -> Acts:
    """Somebody of QA holds the bag, its lot or what it came from, after both checks."""
    bag = scene.bag_of(_order(start).bag)
    lot = scene.lot_of(bag)
    origins = scene.eyes.rows("SELECT source FROM manufacturing_lot_source WHERE lot = {0} ORDER BY id", lot)
    subject = scene.stage.random.choice([bag, lot, *(one for (one,) in origins)])
    hold = yield scene.call("qa1", quality.hold, subject=subject, reason=WHY)
    if refused(hold):
        return
    yield from scene.attempt(scene.again(start))
    yield scene.call("qa2", quality.lift_hold, hold=hold["hold"], reason=WHY)


def _recalled(scene: Scene, start: Call) -> Acts:
    """The lot is recalled after both checks."""
    yield scene.call("qa1", quality.recall, root=scene.lot_of(scene.bag_of(_order(start).bag)), reason=WHY)
    yield from scene.attempt(scene.again(start))


def _rejected(scene: Scene, start: Call) -> Acts:
    """The lot is rejected after both checks."""
    yield scene.call("qa1", quality.reject, lot=scene.lot_of(scene.bag_of(_order(start).bag)), reason=WHY)
    yield from scene.attempt(scene.again(start))


def _neighbour(scene: Scene, start: Call) -> Acts:
    """The bag is carried to somebody else, who waits for an infusion too."""
    bag = scene.bag_of(_order(start).bag)
    own = scene.one("SELECT recipient FROM trial_assignment WHERE bag = {0} AND phase = 'live'", bag)
    band = scene.one(OTHER_BAND, own)
    if band is None:
        return
    for nurse in ("nurse1", "nurse2"):
        yield from scene.attempt(scene.check(nurse, start, wristband=band))
    yield from scene.attempt(scene.again(start, wristband=band))
    yield from scene.check_both(start)


def _withdrawn(scene: Scene, start: Call) -> Acts:
    """The recipient withdraws after both checks."""
    yield scene.call("coordinator1", trial.withdraw_consent, recipient=_recipient(scene, start), account=WHY)
    yield from scene.attempt(scene.again(start))


def _discontinued(scene: Scene, start: Call) -> Acts:
    """The physician ends the treatment after both checks."""
    yield scene.call("physician1", trial.discontinue_treatment, recipient=_recipient(scene, start), account=WHY)
    yield from scene.attempt(scene.again(start))


def _too_long(scene: Scene, start: Call) -> Acts:
    """It is to run for eight hours, and the bag is good for fewer."""
    yield from scene.attempt(scene.again(start, planned_minutes=480))


def _expired(scene: Scene, start: Call) -> Acts:
    """The bag lay for too long before both check it."""
    yield PAST_EXPIRY
    yield from scene.start_anyhow(start)


def _stale_check(scene: Scene, start: Call) -> Acts:
    """A quarter of an hour goes by after the checks."""
    yield PAST_WINDOW
    yield from scene.attempt(scene.again(start))
    yield from scene.check_both(start)


def _alone(scene: Scene, start: Call) -> Acts:
    """One nurse checks twice, and nobody else does."""
    yield scene.check("nurse2", start, capture="typed")  # a STOP: no check stands any more
    for _ in range(2):
        yield scene.check("nurse1", start)
    yield from scene.attempt(scene.again(start))
    yield from scene.check_both(start)


def _typed(scene: Scene, start: Call) -> Acts:
    """Both identities are typed."""
    yield from scene.check_both(start, capture="typed")
    yield from scene.attempt(scene.again(start))
    yield from scene.check_both(start)


def _damaged(scene: Scene, start: Call) -> Acts:
    """Both nurses see that something is wrong with the bag."""
    fault = scene.stage.random.choice(["intact", "no_clumps", "label_legible"])
    sound = {"intact": True, "no_clumps": True, "label_legible": True}
    yield from scene.check_both(start, inspection={**sound, fault: False})
    yield from scene.attempt(scene.again(start))
    yield from scene.check_both(start)


def _paused(scene: Scene, start: Call) -> Acts:
    """The study is paused for safety after both checks."""
    study = scene.one("SELECT study FROM trial_recipient WHERE code = {0}", _recipient(scene, start))
    came = yield scene.call("sponsor1", pauses.pause_study, study=study, why=WHY)
    if refused(came):
        return
    yield from scene.attempt(scene.again(start))
    signed = yield scene.call("committee1", pauses.resume_study, study=study, grounds=WHY)
    if not refused(signed):
        yield scene.call("sponsor1", accounts.countersign, decision=signed["decision"])


def _on_its_way(scene: Scene, start: Call) -> Acts:
    """The bag is being given back to the laboratory."""
    order = _order(start)
    bag, store = scene.bag_of(order.bag), scene.one(PLACE, "store")
    offer: dict[str, Any] = {"label": order.bag, "to_location": store, "temperature_mc": COLD_MC, "seal": "SIM-1"}
    came = yield scene.call("nurse2", custody.hand_over, **offer)
    if refused(came):
        return
    yield from scene.attempt(scene.again(start))
    yield scene.call("technician1", custody.refuse_hand_over, subject=bag, reason=WHY)


def _found_wrong(temperature_mc: int, seal: str) -> Any:
    """It goes to the store and comes back, and something about it is not as it left."""

    def tries(scene: Scene, start: Call) -> Acts:
        label = _order(start).bag
        store, ward = scene.one(PLACE, "store"), scene.one(PLACE, "ward")
        for giver, taker, place, warm, found in (
            ("nurse2", "technician1", store, COLD_MC, "SIM-2"),
            ("technician1", "nurse2", ward, temperature_mc, seal),
        ):
            left = {"label": label, "to_location": place, "temperature_mc": COLD_MC, "seal": "SIM-2"}
            offered = yield scene.call(giver, custody.hand_over, **left)
            if refused(offered):
                return
            yield scene.call(taker, custody.accept, label=label, temperature_mc=warm, seal=found)
        yield from scene.start_anyhow(start)
        for (excursion,) in scene.eyes.rows(OPEN_FINDINGS, scene.bag_of(label)):
            judged = {"excursion": excursion, "outcome": "usable", "assessment": WHY}
            yield scene.call("qa1", custody.assess_excursion, **judged)
        yield from scene.check_both(start)

    return tries


def _one_check(scene: Scene, check: Call) -> Acts:
    """A start after one's own check, before the second person's."""
    order: Any = check.order
    if scene.one(CHECKERS, scene.bag_of(order.bag)) > 0:
        return
    yield scene.again(check)
    scans = {"wristband": order.wristband, "bag": order.bag, "planned_minutes": 130}
    yield from scene.attempt(scene.call(check.actor.person, infusions.start_infusion, **scans))


def _order(start: Call) -> Any:
    return start.order


def _recipient(scene: Scene, start: Call) -> str:
    band = _order(start).wristband
    return str(scene.one("SELECT recipient FROM trial_wristband WHERE code = {0}", band))


BEDSIDE: tuple[Trespass, ...] = (
    trespass("held", infusions.start_infusion, CHANGED, _held),
    trespass("recalled", infusions.start_infusion, CHANGED, _recalled, spoils=True),
    trespass("rejected", infusions.start_infusion, CHANGED, _rejected, spoils=True),
    trespass("neighbour", infusions.start_infusion, f"{CHANGED} {UNCHECKED} check.wrong_recipient", _neighbour),
    trespass("withdrawn", infusions.start_infusion, CHANGED, _withdrawn, spoils=True),
    trespass("discontinued", infusions.start_infusion, CHANGED, _discontinued, spoils=True),
    trespass("too long", infusions.start_infusion, "infusion.expires_before_end", _too_long),
    trespass("expired", infusions.start_infusion, UNCHECKED, _expired, spoils=True),
    trespass("stale check", infusions.start_infusion, UNCHECKED, _stale_check),
    trespass("one nurse twice", infusions.start_infusion, UNCHECKED, _alone),
    trespass("typed", infusions.start_infusion, UNCHECKED, _typed),
    trespass("damaged", infusions.start_infusion, UNCHECKED, _damaged),
    trespass("study paused", infusions.start_infusion, CHANGED, _paused),
    trespass("on its way", infusions.start_infusion, CHANGED, _on_its_way),
    trespass("broken seal", infusions.start_infusion, UNCHECKED, _found_wrong(COLD_MC, "SIM-3")),
    trespass("too warm", infusions.start_infusion, UNCHECKED, _found_wrong(HOT_MC, "SIM-2")),
    trespass("one check", bedside.check, UNCHECKED, _one_check),
)
