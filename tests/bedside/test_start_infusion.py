"""Starting what two people have checked, and everything that has to stop it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cellchain.accounts.emergency import commands as emergency
from cellchain.accounts.permissions import permissions_of
from cellchain.bedside import invariants, queries
from cellchain.bedside.infusions import queries as infusions
from cellchain.bedside.infusions.rules import InfusionPhase
from cellchain.bedside.models import Check, Infusion
from cellchain.bedside.rules import CheckPhase
from cellchain.followup import queries as followup
from cellchain.identity.codes import Kind, issue
from cellchain.labels import commands as labels
from cellchain.quality import commands as quality
from cellchain.trial import commands as trial
from tests.bedside.world import World, codes
from tests.trial.story import forbids, refuses


def test_two_checks_and_a_start(world: World) -> None:
    bag, symbol, recipient, band = world.checked()
    before = world.size()
    started = world.start("nurse2", band, symbol)
    assert (started["bag"], started["recipient"]) == (bag, recipient)
    row = world.row(Infusion, started["infusion"])
    nurses = {world.actors["nurse1"].person, world.actors["nurse2"].person}
    assert {row.first_checker, row.second_checker} == nurses
    assert (row.phase, row.started_by) == (InfusionPhase.RUNNING, world.actors["nurse2"].person)
    assert world.since(before)[0].event == "bedside:infusion:started"
    with world.installation.database.read() as tx:
        assert queries.open_pair(tx, bag, recipient) == []


def test_the_first_start_counts_the_visits_anew(world: World) -> None:
    """Whoever had no infusion until now is followed from today; the weeks of anybody else stay as they are."""
    numbers = range(len(world.bags("ready")))
    with world.installation.database.read() as tx:
        had = {number: bool(infusions.infusions_of(tx, world.ready(number)[2])) for number in numbers}
    for number in numbers:
        _, symbol, recipient, band = world.checked(number)
        before = world.size()
        world.start("nurse1", band, symbol)
        said = [entry.event for entry in world.since(before)]
        assert ("followup:visits:planned_by_rule" in said) == (not had[number]), recipient
        if not had[number]:
            with world.installation.database.read() as tx:
                visits = followup.visits_of(tx, recipient)
                assert visits[0].due_on == tx.today + timedelta(weeks=13)
    assert not all(had.values())


def test_the_checks_are_used_up(world: World) -> None:
    _, symbol, _, band = world.ready()
    numbers = [world.check(nurse, band, symbol)["check"] for nurse in ("nurse1", "nurse2")]
    world.start("nurse1", band, symbol)
    assert [world.row(Check, number).phase for number in numbers] == [CheckPhase.USED, CheckPhase.USED]


def test_missing_vitals_warn(world: World) -> None:
    _, symbol, _, band = world.checked()
    assert world.start("nurse1", band, symbol)["warnings"] == ["infusion.no_vitals_before"]


def test_one_check_is_not_enough(world: World) -> None:
    _, symbol, _, band = world.ready()
    with refuses("infusion.needs_two_checks"):
        world.start("nurse1", band, symbol)
    world.check("nurse1", band, symbol)
    world.check("nurse1", band, symbol)
    with refuses("infusion.needs_two_checks"):
        world.start("nurse1", band, symbol)


def test_both_checks_and_the_start_lie_within_the_window(world: World) -> None:
    _, symbol, _, band = world.ready()
    world.check("nurse1", band, symbol)
    world.wait(minutes=10)
    world.check("nurse2", band, symbol)
    world.wait(minutes=5, seconds=1)
    with refuses("infusion.needs_two_checks"):
        world.start("nurse2", band, symbol)


def test_the_very_end_of_the_window_is_within_it(world: World) -> None:
    _, symbol, _, band = world.checked()
    world.wait(minutes=15)
    world.start("nurse1", band, symbol)


def test_only_one_of_the_two_may_start(world: World) -> None:
    _, symbol, _, band = world.checked()
    third = world.actors["nurse1"]
    world.actors["nurse3"] = type(third)("PS012600009999", third.permissions, third.roles, third.device)
    with refuses("infusion.starter_did_not_check"):
        world.start("nurse3", band, symbol)


def test_more_than_two_may_check_and_any_of_them_starts(world: World) -> None:
    """An infusion rests on the starter's own check and on the newest of the others, whoever came first."""
    _, symbol, _, band = world.ready()
    world.actors["nurse3"] = replace(world.actors["nurse1"], person="PS012600009999")
    numbers = {}
    for minute, nurse in enumerate(("nurse1", "nurse2", "nurse3")):
        world.wait(minutes=minute)
        numbers[nurse] = world.check(nurse, band, symbol)["check"]
    row = world.row(Infusion, world.start("nurse3", band, symbol)["infusion"])
    assert (row.first_checker, row.second_checker) == (
        world.actors["nurse2"].person,
        world.actors["nurse3"].person,
    )
    phases = {nurse: world.row(Check, number).phase for nurse, number in numbers.items()}
    assert phases == {"nurse1": CheckPhase.VOID, "nurse2": CheckPhase.USED, "nurse3": CheckPhase.USED}
    with world.installation.database.read() as tx:
        assert invariants.two_people_checked(tx) == []


@pytest.mark.parametrize("checked_before", [("nurse1",), ("nurse1", "nurse2")])
def test_a_bag_that_was_labelled_anew_is_checked_anew(world: World, checked_before: tuple[str, ...]) -> None:
    """What they checked was the old label: the new one has been on the bag in front of one person at most."""
    _, symbol, _, band = world.ready()
    for nurse in checked_before:
        world.check(nurse, band, symbol)
    badge = world.badge("technician2")
    made = world.do("technician1", labels.reprint_label, label=symbol, reason="Smeared.", witness_badge=badge)
    world.do("technician1", labels.confirm_label, scanned=made["symbol"])
    if len(checked_before) == 1:
        assert world.check("nurse2", band, made["symbol"])["may_start"] is False
    with refuses("infusion.needs_two_checks"):
        world.start("nurse1", band, made["symbol"])
    for nurse in ("nurse1", "nurse2"):
        world.check(nurse, band, made["symbol"])
    world.start("nurse1", band, made["symbol"])


def test_who_is_no_nurse_may_not_start(world: World) -> None:
    _, symbol, _, band = world.checked()
    with forbids():
        world.start("physician1", band, symbol)


def test_a_bag_starts_once(world: World) -> None:
    _, symbol, _, band = world.checked()
    world.start("nurse1", band, symbol)
    with refuses("infusion.changed_since_check"):
        world.start("nurse1", band, symbol)
    found = codes(world.check("nurse1", band, symbol))
    assert "check.already_infused" in found
    assert "check.bag_unassigned" not in found


def test_a_stop_in_between_takes_both_checks_away(world: World) -> None:
    _, symbol, _, band = world.checked()
    world.check("nurse2", band, world.ready(1)[1])
    with refuses("infusion.needs_two_checks"):
        world.start("nurse1", band, symbol)


def test_a_hold_between_check_and_start(world: World) -> None:
    bag, symbol, _, band = world.checked()
    world.do("qa1", quality.hold, subject=bag, reason="The supplier warned of this lot.")
    with refuses("infusion.changed_since_check"):
        world.start("nurse1", band, symbol)


def test_a_recall_between_check_and_start(world: World) -> None:
    _, symbol, _, band = world.checked()
    lot = world.bags("ready")[0]["lot"]
    world.do("qa1", quality.recall, root=lot, reason="The supplier warned of this lot.")
    with refuses("infusion.changed_since_check"):
        world.start("nurse1", band, symbol)


def test_a_withdrawal_between_check_and_start(world: World) -> None:
    _, symbol, recipient, band = world.checked()
    world.do("physician1", trial.withdraw_consent, recipient=recipient, account="Wants to go home.")
    with refuses("infusion.changed_since_check"):
        world.start("nurse1", band, symbol)


def test_the_recipients_code_starts_nothing(world: World) -> None:
    _, symbol, recipient, _ = world.checked()
    with refuses("infusion.changed_since_check"):
        world.start("nurse1", recipient, symbol)
    with refuses("infusion.changed_since_check"):
        world.start("nurse1", world.ready()[3], issue(Kind.LABEL, 1, 2026, 0))


@pytest.mark.parametrize(("minutes", "code"), [(119, "infusion.duration"), (481, "infusion.duration")])
def test_a_plan_has_its_bounds(world: World, minutes: int, code: str) -> None:
    _, symbol, _, band = world.checked()
    with refuses(code):
        world.start("nurse1", band, symbol, minutes)


def test_a_plan_ends_before_the_bag_expires(world: World) -> None:
    _, symbol, _, band = world.checked()
    with refuses("infusion.expires_before_end"):
        world.start("nurse1", band, symbol, 400)


def test_the_recipients_infusion_runs_so_no_other_starts(world: World) -> None:
    _, symbol, _, band = world.checked()
    world.start("nurse1", band, symbol)
    other = world.bags("assigned_unreleased")[0]["label"]
    assert "check.infusion_running" in codes(world.check("nurse2", band, other))


def test_a_refused_start_stands_in_the_ledger_and_changes_nothing(world: World) -> None:
    _, symbol, _, band = world.ready()
    before = world.size()
    with refuses("infusion.needs_two_checks"):
        world.start("nurse1", band, symbol)
    [entry] = world.since(before)
    assert entry.event == "bedside:infusion:started:refused"
    assert entry.actor == world.actors["nurse1"].person


def in_emergency(world: World, who: str) -> tuple[str, int]:
    """Somebody who has just taken the nurse's role: the name to act under, and its number."""
    why = {"cause": "nobody_on_duty", "account": "Nobody else is on the ward tonight."}
    number = int(world.do(who, emergency.break_glass, role="nurse", **why)["emergency"])
    actor = world.actors[who]
    roles = {*actor.roles, "nurse"}
    name = f"{who} as nurse"
    world.actors[name] = replace(actor, permissions=permissions_of(roles), roles=frozenset(roles), emergency=number)
    return name, number


def test_of_the_two_one_is_a_nurse_on_every_other_day(world: World) -> None:
    """One after the other takes the role, checks and hands it on: two people, and no nurse."""
    _, symbol, _, band = world.ready()
    first, number = in_emergency(world, "physician1")
    world.check(first, band, symbol)
    world.wait(minutes=1)
    world.do("physician1", emergency.end_emergency, emergency=number)
    second, _ = in_emergency(world, "coordinator1")
    world.check(second, band, symbol)
    with refuses("infusion.both_in_emergency"):
        world.start(second, band, symbol)
    world.wait(minutes=1)
    world.check("nurse1", band, symbol)
    assert world.start("nurse1", band, symbol)["infusion"]
