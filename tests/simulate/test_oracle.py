"""The oracle of the simulation can fail: each truth, broken in the demonstration's own entries, is found and named."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from cellchain.simulate.oracle import Oracle
from cellchain.simulate.told import Change, Eyes, Ledger, Row, Told
from tests.bedside.world import played

Entries = list[Told]


class Altered:
    """Entries as they are handed over, once."""

    def __init__(self, entries: Sequence[Told]) -> None:
        self._entries = list(entries)

    def news(self) -> tuple[list[Told], list[str]]:
        entries, self._entries = self._entries, []
        return entries, []


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    manifest = json.loads((played(tmp_path_factory.getbasetemp()) / "manifest.json").read_text(encoding="utf-8"))
    return {one["code"]: one["arm"] for one in manifest["recipients"]}


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> Entries:
    eyes = Eyes(f"sqlite:///{played(tmp_path_factory.getbasetemp()) / 'cellchain.db'}")
    found, wrong = Ledger(eyes).news()
    eyes.close()
    assert wrong == []
    return found


def listened(entries: Sequence[Told], arms: dict[str, str]) -> list[str]:
    return Oracle(Altered(entries), arms.__getitem__).listen()


def altered(entries: Entries, event: str, table: str, **values: object) -> Entries:
    """The last entry of this event with other values in its first new row, or first change, of a table."""
    found = list(entries)
    number = max(
        number
        for number, one in enumerate(entries)
        if one.event == event and any(change.table == table for change in one.changes)
    )
    changes = list(found[number].changes)
    at = next(at for at, change in enumerate(changes) if change.table == table)
    changes[at] = replace(changes[at], after={**changes[at].after, **values})
    found[number] = replace(found[number], changes=tuple(changes))
    return found


def without(entries: Entries, event: str) -> Entries:
    """Without the changes of every entry of this event."""
    return [replace(one, changes=()) if one.event == event else one for one in entries]


def with_before(entries: Entries, event: str, *changes: Change) -> Entries:
    """With an entry of its own before the last one of this event."""
    number = max(number for number, one in enumerate(entries) if one.event == event)
    made = replace(entries[number], event="test:thing:done", changes=tuple(changes))
    return [*entries[:number], made, *entries[number:]]


def last(entries: Entries, event: str, table: str) -> Row:
    """The row of a table that the last entry of this event made or changed."""
    for one in reversed(entries):
        if one.event == event:
            for change in one.changes:
                if change.table == table:
                    return {"key_": change.key, **change.after}
    raise AssertionError(event)


START, INFUSION = "bedside:infusion:started", "bedside_infusion"


def hold(subject: str) -> Change:
    return Change("quality_hold", "9001", None, {"subject": subject, "phase": "placed"})


def held(entries: Entries) -> Entries:
    return with_before(entries, START, hold(last(entries, START, INFUSION)["bag"]))


def excursion(entries: Entries) -> Entries:
    row = {"subject": last(entries, START, INFUSION)["bag"], "phase": "open"}
    return with_before(entries, START, Change("custody_excursion", "9001", None, row))


def expired(entries: Entries) -> Entries:
    change = Change(
        "manufacturing_container",
        last(entries, START, INFUSION)["bag"],
        {},
        {"expires_at": last(entries, START, INFUSION)["started_at"]},
    )
    return with_before(entries, START, change)


def rejected(entries: Entries) -> Entries:
    lot = next(
        change.after["lot"]
        for one in entries
        for change in one.changes
        if change.table == "manufacturing_container" and change.key == last(entries, START, INFUSION)["bag"]
    )
    return with_before(entries, START, Change("quality_disposition", lot, {}, {"phase": "rejected"}))


def withdrawn(entries: Entries) -> Entries:
    recipient = last(entries, START, INFUSION)["recipient"]
    [key] = [
        change.key
        for one in entries
        for change in one.changes
        if change.table == "trial_consent" and change.is_new and change.after["recipient"] == recipient
    ]
    return with_before(entries, START, Change("trial_consent", key, {}, {"phase": "withdrawn"}))


def neighbour(entries: Entries) -> Entries:
    other = next(
        change.after["recipient"]
        for one in entries
        for change in one.changes
        if change.table == INFUSION and change.is_new
    )
    return altered(entries, START, INFUSION, recipient=other)


def loop(entries: Entries) -> Entries:
    row = last(entries, "manufacturing:cells:suspended", "manufacturing_container_source")
    return altered(entries, "manufacturing:cells:suspended", "manufacturing_container_source", parent=row["child"])


def own_step(entries: Entries) -> Entries:
    """Who performed the last verified step."""
    key = last(entries, "manufacturing:step:verified", "manufacturing_step_record")["key_"]
    performer = next(
        change.after["performer"]
        for one in entries
        for change in one.changes
        if change.table == "manufacturing_step_record" and change.key == key
    )
    return altered(entries, "manufacturing:step:verified", "manufacturing_step_record", verifier=performer)


def own_release(entries: Entries) -> Entries:
    """A lot released by who verified its results."""
    verifier = last(entries, "quality:result:verified", "quality_result")["verified_by"]
    return altered(entries, "quality:lot:conditionally_released", "quality_decision", decided_by=verifier)


def same_row_twice(entries: Entries) -> Entries:
    event, table = "trial:recipient:randomised", "trial_allocation_row"
    first = next(change.key for one in entries if one.event == event for change in one.changes if change.table == table)
    found = list(entries)
    number = max(number for number, one in enumerate(entries) if one.event == event)
    changes = tuple(replace(change, key=first) if change.table == table else change for change in found[number].changes)
    found[number] = replace(found[number], changes=changes)
    return found


def randomised_again(entries: Entries) -> Entries:
    row = last(entries, "trial:recipient:randomised", "trial_recipient")
    return with_before(
        entries, "trial:recipient:randomised", Change("trial_recipient", row["key_"], {}, {"arm": "sha256:0"})
    )


def edited(entries: Entries) -> Entries:
    """A row was changed by hand: the next entry finds it otherwise than the ledger told."""
    row = last(entries, "custody:shipment:received", "custody_shipment")
    found = list(entries)
    number = max(number for number, one in enumerate(entries) if one.event == "custody:shipment:received")
    changes = tuple(
        replace(change, before={**(change.before or {}), "seal": "ANOTHER"}) if change.key == row["key_"] else change
        for change in found[number].changes
    )
    found[number] = replace(found[number], changes=changes)
    return found


def made_twice(entries: Entries) -> Entries:
    bag = last(entries, "trial:bag:assigned", "trial_assignment")["bag"]
    return with_before(entries, "trial:bag:assigned", Change("manufacturing_container", bag, None, {"code": bag}))


CASES: dict[str, tuple[Callable[[Entries], Entries], str]] = {
    "another recipient": (neighbour, "1: "),
    "without consent": (withdrawn, "infused without a consent"),
    "on hold": (held, "is on hold"),
    "rejected": (rejected, "which is rejected"),
    "expired": (expired, "expires before its end"),
    "excursion": (excursion, "its excursion is not assessed"),
    "never received": (lambda all_: without(all_, "custody:shipment:received"), "2: "),
    "its own source": (loop, "is its own source"),
    "too much drawn": (
        lambda all_: altered(
            all_, "manufacturing:cells:suspended", "manufacturing_container_source", cells_count=10**12
        ),
        "cells are drawn from",
    ),
    "own step": (own_step, "is verified by who did it"),
    "own release": (own_release, "is released by who made or tested it"),
    "one checker": (lambda all_: altered(all_, START, INFUSION, second_checker="PS0"), "checks that do not stand"),
    "a code twice": (made_twice, "is made a second time"),
    "labels": (
        lambda all_: altered(all_, "labels:lot:reconciled", "labels_reconciliation", printed_count=1),
        "are counted",
    ),
    "one row for two": (same_row_twice, "changes after it was revealed"),
    "randomised twice": (randomised_again, "is randomised twice"),
    "an edited row": (edited, "had changed without an entry"),
}


def test_the_demonstration_holds(entries: Entries, arms: dict[str, str]) -> None:
    assert listened(entries, arms) == []


@pytest.mark.parametrize("case", CASES)
def test_what_is_broken_is_named(entries: Entries, arms: dict[str, str], case: str) -> None:
    breaks, says = CASES[case]
    found = listened(breaks(entries), arms)
    assert any(says in one for one in found), found


def test_the_wrong_arm_is_named(entries: Entries, arms: dict[str, str]) -> None:
    turned = {code: "CONTROL" if arm == "MSC" else "MSC" for code, arm in arms.items()}
    assert any("not the arm of the randomisation" in one for one in listened(entries, turned))
