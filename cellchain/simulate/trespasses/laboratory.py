"""Trespasses at the bench and at QA's desk: one person where there have to be two, and what is not fit for use."""

from typing import Any

from cellchain.custody import commands as custody
from cellchain.donors import commands as donors
from cellchain.ledger.run import Call
from cellchain.manufacturing import commands as manufacturing
from cellchain.quality import commands as quality
from cellchain.quality.redactions import commands as redactions
from cellchain.simulate.scene import WHY, Acts, Came, Scene, Tries, refused
from cellchain.simulate.trespasses.common import Trespass, trespass

PERFORMER = "SELECT performer FROM manufacturing_step_record WHERE id = {0}"
CLEARER = "SELECT cleared_by FROM manufacturing_line_clearance WHERE id = {0}"
ENTERER = "SELECT entered_by FROM quality_result WHERE id = {0}"
GIVER = "SELECT giver FROM custody_hand_over WHERE subject = {0} AND phase = 'offered'"
QUARANTINED = """
    SELECT o.code FROM materials_lot l JOIN materials_lot o ON o.material = l.material
    WHERE l.code = {0} AND o.phase = 'quarantined' ORDER BY o.code"""
SEEN_BEFORE = "0" * 64  # a list of exceptions that nobody sees now


def _by_the_same(statement: str, field: str) -> Tries:
    """Whoever did the first half does the second: `field` of the order names what it is a half of."""

    def tries(scene: Scene, second: Call) -> Acts:
        first = scene.one(statement, getattr(second.order, field))
        if first is not None:
            yield from scene.attempt(scene.call(first, second.command.function, **_fields(second)))

    return tries


def _taken_by_the_giver(scene: Scene, accept: Call) -> Acts:
    """Whoever hands something over takes it as well."""
    order: Any = accept.order
    subject = order.subject or scene.bag_of(order.label or "")
    giver = scene.one(GIVER, subject)
    if giver is not None:
        yield from scene.attempt(scene.call(giver, custody.accept, **_fields(accept)))


def _quarantined_material(scene: Scene, use: Call) -> Acts:
    """A lot of the same material that QA has not accepted."""
    order: Any = use.order
    other = scene.one(QUARANTINED, order.material)
    if other is not None:
        yield from scene.attempt(scene.again(use, material=other))


def _held_vial(scene: Scene, thaw: Call) -> Acts:
    """The vial or its bank is put on hold while somebody fetches it."""
    order: Any = thaw.order
    subject = scene.stage.random.choice([order.vial, scene.lot_of(order.vial)])
    hold = yield scene.call("qa1", quality.hold, subject=subject, reason=WHY)
    if refused(hold):
        return
    yield from scene.attempt(scene.again(thaw))
    yield scene.call("qa2", quality.lift_hold, hold=hold["hold"], reason=WHY)


def _unknown_donor(scene: Scene, harvest: Call) -> Acts:
    """Somebody who consented and was neither asked, tested nor judged gives marrow."""
    number = scene.stage.random.randrange(10**6)
    who: dict[str, Any] = {"name": f"Donor Trespass {number}", "identity_document": f"TRES {number:06d}"}
    who |= {"sex": "male", "birth_year": 1990, "blood_group": "A+"}
    donor: Came = yield scene.call("coordinator1", donors.register_donor, **who)
    if refused(donor):
        return
    yield scene.call("coordinator1", donors.record_consent, donor=donor["donor"], version="demo-1")
    yield from scene.attempt(scene.again(harvest, donor=donor["donor"]))


def _untested(scene: Scene, result: Call) -> Acts:
    """A lot is released before its tests are read."""
    order: Any = result.order
    lot = scene.one("SELECT lot FROM quality_sample WHERE code = {0}", order.sample)
    yield from scene.attempt(scene.call("qa2", quality.release_conditionally, lot=lot))


def _released_on_hold(scene: Scene, release: Call) -> Acts:
    """The lot is put on hold between its review and its release; the review is outdated by that."""
    order: Any = release.order
    hold = yield scene.call("qa1", quality.hold, subject=order.lot, reason=WHY)
    if refused(hold):
        return
    yield from scene.attempt(scene.again(release))
    yield scene.call("qa2", quality.lift_hold, hold=hold["hold"], reason=WHY)


def _reviewed_blindly(scene: Scene, review: Call) -> Acts:
    """The list of exceptions changed since the page was opened, and is signed."""
    yield from scene.attempt(scene.again(review, seen=SEEN_BEFORE))


def _redacted_alone(scene: Scene, lift: Call) -> Acts:
    """Whoever asks that words be erased erases them."""
    order: Any = lift.order
    subject = scene.one("SELECT subject FROM quality_hold WHERE id = {0}", order.hold)
    entry = scene.one(
        "SELECT seq FROM ledger_entry WHERE event = 'quality:hold:placed' AND subject = {0} ORDER BY seq DESC", subject
    )
    asks: dict[str, Any] = {"entry": entry, "table": "quality_hold", "key": str(order.hold), "field": "reason"}
    asks |= {"ground": "entered_by_mistake", "reason": "It names somebody."}
    asked: Came = yield scene.call("qa1", redactions.ask_redaction, **asks)
    if not refused(asked):
        yield from scene.attempt(scene.call("qa1", redactions.redact, redaction=asked["redaction"]))


def _not_theirs(scene: Scene, lift: Call) -> Acts:
    """Somebody of the laboratory lifts a hold of QA's."""
    yield from scene.attempt(scene.call("technician1", quality.lift_hold, **_fields(lift)))


def _fields(call: Call) -> dict[str, Any]:
    return {name: getattr(call.order, name) for name in type(call.order).model_fields}


LABORATORY: tuple[Trespass, ...] = (
    trespass("own step", manufacturing.verify_step, "step.verifier_performed", _by_the_same(PERFORMER, "step_record")),
    trespass(
        "own clearance", manufacturing.verify_clearance, "clearance.same_person", _by_the_same(CLEARER, "clearance")
    ),
    trespass("own result", quality.verify_result, "result.verifier_entered", _by_the_same(ENTERER, "result")),
    trespass("own hand-over", custody.accept, "hand_over.same_person", _taken_by_the_giver),
    trespass("quarantined material", manufacturing.use_material, "material.quarantined", _quarantined_material),
    trespass("held vial", manufacturing.thaw, "bank.on_hold vial.on_hold", _held_vial),
    trespass("unknown donor", donors.record_harvest, "donor.not_determined", _unknown_donor),
    trespass("untested", quality.record_result, "lot.not_completed lot.tests_open lot.wrong_kind", _untested),
    trespass("released on hold", quality.release_conditionally, "lot.on_hold", _released_on_hold, spoils=True),
    trespass("reviewed blindly", quality.review_batch, "review.changed", _reviewed_blindly),
    trespass("not theirs", quality.lift_hold, "access.forbidden", _not_theirs),
    trespass("redacted alone", quality.lift_hold, "redaction.same_person", _redacted_alone),
)
