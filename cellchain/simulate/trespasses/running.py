"""Trespasses while a bag runs: too fast, more than it held, on again although something speaks against it."""

from typing import Any

from cellchain.bedside.infusions import commands as infusions
from cellchain.bedside.infusions import queries
from cellchain.demo.custody import label_on
from cellchain.ledger.run import Call
from cellchain.quality import commands as quality
from cellchain.simulate.scene import WHY, Acts, Scene, refused
from cellchain.simulate.trespasses.common import Trespass, trespass

TOO_FAST_ML_H = 400
SPILT_UL = 50_000
BAG_OF = "SELECT bag FROM bedside_infusion WHERE id = {0}"
BAND_OF = """
    SELECT b.code FROM trial_wristband b JOIN bedside_infusion i ON i.recipient = b.recipient
    WHERE i.id = {0} AND b.phase = 'live'"""
OTHER_BAND = """
    SELECT b.code FROM trial_wristband b JOIN labels_label l ON l.target = b.code
    WHERE b.phase = 'live' AND l.phase = 'confirmed'
    AND b.recipient <> (SELECT recipient FROM bedside_infusion WHERE id = {0}) ORDER BY b.code"""


def _too_fast(scene: Scene, rate: Call) -> Acts:
    """The drip is set to twice what the study allows."""
    yield from scene.attempt(scene.again(rate, rate_ml_h=TOO_FAST_ML_H))


def _too_much(scene: Scene, stop: Call) -> Acts:
    """More is said to have been given than the bag held."""
    order: Any = stop.order
    yield from scene.attempt(scene.again(stop, volume_given_ul=order.volume_given_ul + SPILT_UL))


def _on_again(scene: Scene, rate: Call) -> Acts:
    """The bag is put on hold while it is paused, and the nurse lets it flow again."""
    infusion = _infusion(rate)
    if refused((yield scene.call("nurse1", infusions.pause, infusion=infusion, why=WHY))):
        return
    hold = yield scene.call("qa1", quality.hold, subject=scene.one(BAG_OF, infusion), reason=WHY)
    if not refused(hold):
        yield from scene.attempt(_resume(scene, infusion))
        yield scene.call("qa2", quality.lift_hold, hold=hold["hold"], reason=WHY)
    yield _resume(scene, infusion)


def _decided_blindly(scene: Scene, rate: Call) -> Acts:
    """A physician lets it go on, having read the page before the second hold was placed."""
    infusion = _infusion(rate)
    bag = scene.one(BAG_OF, infusion)
    first = yield scene.call("qa1", quality.hold, subject=bag, reason=WHY)
    if refused(first):
        return
    with scene.stage.installation.database.read() as tx:
        seen = " ".join(queries.infusion_view(tx, infusion).marks)
    second = yield scene.call("qa2", quality.hold, subject=scene.lot_of(bag), reason=WHY)
    decides = {"infusion": infusion, "choice": "go_on", "why": WHY, "seen": seen}
    yield from scene.attempt(scene.call("physician1", infusions.decide_running, **decides))
    for hold in (first, second):
        if not refused(hold):
            yield scene.call("qa2", quality.lift_hold, hold=hold["hold"], reason=WHY)


def _others_band(scene: Scene, rate: Call) -> Acts:
    """At another bed than its own, it is let flow again."""
    infusion = _infusion(rate)
    band = scene.one(OTHER_BAND, infusion)
    if band is None or refused((yield scene.call("nurse1", infusions.pause, infusion=infusion, why=WHY))):
        return
    yield from scene.attempt(_resume(scene, infusion, wristband=band))
    yield _resume(scene, infusion)


def _resume(scene: Scene, infusion: int, **other: Any) -> Call:
    scans = {"wristband": scene.one(BAND_OF, infusion), "bag": label_on(scene.stage, scene.one(BAG_OF, infusion))}
    return scene.call("nurse1", infusions.resume, infusion=infusion, **{**scans, **other})


def _infusion(rate: Call) -> int:
    order: Any = rate.order
    return int(order.infusion)


RUNNING: tuple[Trespass, ...] = (
    trespass("too fast", infusions.set_rate, "infusion.rate_too_high", _too_fast),
    trespass("too much", infusions.stop_infusion, "infusion.more_than_bag", _too_much),
    trespass("on again", infusions.set_rate, "infusion.stopped_meanwhile", _on_again),
    trespass("decided blindly", infusions.set_rate, "infusion.decision_stale", _decided_blindly),
    trespass("at another bed", infusions.set_rate, "infusion.other_recipient", _others_band),
)
