"""What the batch was made with, where and by whom: materials, equipment, the room, training, balances."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing import reviewing, training
from cellchain.manufacturing.balances import queries as balances
from cellchain.manufacturing.rules.balance import Quantity
from cellchain.manufacturing.rules.definition import Standing
from cellchain.manufacturing.rules.environment import kind_words
from cellchain.materials import queries as materials
from cellchain.materials import rules as supply
from cellchain.platform.db import ReadTx
from cellchain.quality.queries.exceptions.facts import Batch, Checked, ExceptionFacts, Tie
from cellchain.quality.queries.exceptions.record import at_step
from cellchain.quality.rules.lifecycles import ExceptionKind


def materials_in_order(tx: ReadTx, batch: Batch) -> Checked:
    """Material lots that went in: accepted, still not in doubt, and in date when they were used last."""
    went = materials.went_into(tx, [batch.lot, *batch.containers])
    found = []
    for one in went:
        why = _refusal(partial(supply.may_use, materials.lot_facts(tx, one.lot), tx.day_of(one.last_at), None))
        if why is not None:
            use = [use for use in materials.uses_of(tx, one.lot) if use.used_at == one.last_at][-1]
            found.append(
                ExceptionFacts(
                    key=f"material:{one.lot}",
                    kind=ExceptionKind.MATERIAL,
                    title=T("A material lot that went in is not in order"),
                    detail=_WHY.get(why.code),
                    things=(one.lot,),
                    person=use.used_by,
                    happened_at=one.last_at,
                    href=f"/materials/lots/{one.lot}",
                    tie=Tie(f"materials:lot:{why.code.partition('.')[2]}", {"root": one.lot}),
                )
            )
    return Checked(len(went) - len(found), tuple(found))


def equipment_in_order(tx: ReadTx, batch: Batch) -> Checked:
    """Equipment that was used: calibrated and qualified on the day it was used last."""
    used = reviewing.machines_of(tx, batch.lot)
    found = []
    for one in used:
        why = _refusal(partial(_worked, tx, one.equipment, tx.day_of(one.last_at)))
        if why is not None:
            last = reviewing.last_use(tx, batch.lot, one.equipment)
            found.append(
                ExceptionFacts(
                    key=f"equipment:{one.equipment}",
                    kind=ExceptionKind.EQUIPMENT,
                    title=T("Equipment that was used was not in order"),
                    detail=_WHY.get(why.code),
                    things=(one.equipment,),
                    person=last.used_by,
                    happened_at=last.used_at,
                    href=at_step(batch, batch.doings[last.step_record]),
                )
            )
    return Checked(len(used) - len(found), tuple(found))


def _worked(tx: ReadTx, code: str, on: date) -> None:
    facts = materials.equipment_facts(tx, code)
    supply.is_calibrated(facts, on)
    supply.is_qualified(facts, on)


_WHY = {
    "material.quarantined": T("It is in quarantine now."),
    "material.rejected": T("It is rejected now."),
    "material.recalled": T("Its supplier recalled it."),
    "material.expired": T("It had expired on the day of use."),
    "equipment.not_calibrated": T("It has no calibration on record."),
    "equipment.calibration_overdue": T("Its calibration was overdue on the day of use."),
    "equipment.not_qualified": T("It has no qualification on record."),
    "equipment.qualification_overdue": T("Its qualification was overdue on the day of use."),
}


def _refusal(rule: Callable[[], None]) -> Refused | None:
    try:
        rule()
    except Refused as refusal:
        return refusal
    return None


def room_in_order(tx: ReadTx, batch: Batch) -> Checked:
    """Readings that speak about the room while the lot was worked on in it."""
    readings = manufacturing.environment_of(tx, batch.facts)
    found = tuple(
        ExceptionFacts(
            key=f"reading:{row.id}",
            kind=ExceptionKind.ENVIRONMENT,
            title=T("The room was outside its action limit: {kind}", kind=kind_words(row.kind))
            if row.standing is Standing.ACTION
            else T("The room was outside its alert limit: {kind}", kind=kind_words(row.kind)),
            after=f"{Decimal(row.value) / 10:f}",
            unit=row.unit,
            note=row.comment,
            things=(row.location,),
            person=row.recorded_by,
            happened_at=row.window_until,
            entered_at=row.at,
            href=f"/manufacturing/rooms/{row.location}",
            tie=Tie("manufacturing:environment:breached", {"reading": row.id}),
        )
        for row in readings
        if row.standing is not Standing.WITHIN
    )
    return Checked(len(readings) - len(found), found)


def hands_trained(tx: ReadTx, batch: Batch) -> Checked:
    """Who performed and verified, and whether each was trained in this version of the master record on that day."""
    hands: dict[tuple[str, date], tuple[datetime, str]] = {}
    for doing in batch.doings.values():
        for person, at in ((doing.performer, doing.started_at), (doing.verifier, doing.verified_at)):
            if person is not None and at is not None:
                hands.setdefault((person, tx.day_of(at)), (at, at_step(batch, doing)))
    record = batch.facts.master_record
    untrained = {
        person: (at, href)
        for (person, _), (at, href) in sorted(hands.items(), reverse=True)
        if not training.standing_of(tx, record, person, at).may_work
    }
    found = tuple(
        ExceptionFacts(
            key=f"training:{person}",
            kind=ExceptionKind.TRAINING,
            title=T("Somebody worked without training in this version of the master record"),
            person=person,
            happened_at=at,
            href=href,
        )
        for person, (at, href) in untrained.items()
    )
    return Checked(len({person for person, _ in hands}) - len(found), found)


def balances_in_order(tx: ReadTx, batch: Batch) -> Checked:
    """Volumes and cells that were measured against what the record says."""
    checks = balances.checks_of_lot(tx, batch.lot)
    found = tuple(
        ExceptionFacts(
            key=f"balance:{place}",
            kind=ExceptionKind.MIX_UP,
            title=T("More or less was found than the record says"),
            before=_amount(check.quantity, check.expected),
            after=_amount(check.quantity, check.found),
            unit="mL" if check.quantity is Quantity.VOLUME else "",
            things=(check.container,),
            person=check.by,
            happened_at=check.at,
            href=f"/manufacturing/lots/{batch.lot}",
            tie=Tie(
                "manufacturing:balance:off",
                {
                    "container": check.container,
                    f"found_{check.quantity.value}": _amount(check.quantity, check.found),
                },
            ),
        )
        for place, check in enumerate(checks, 1)
        if check.is_off
    )
    return Checked(len(checks) - len(found), found)


def _amount(quantity: Quantity, amount: int) -> str:
    return f"{Decimal(amount) / 1000:f}" if quantity is Quantity.VOLUME else str(amount)
