"""Which role may be taken in an emergency, and by whom."""

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from cellchain.accounts.emergency import rules
from cellchain.accounts.emergency.rules import Asking, EmergencyPhase, EmergencyRole
from cellchain.accounts.permissions import ROLE_PERMISSIONS
from cellchain.accounts.rules import GUARDED_ROLES, KEPT_ROLES, Role
from tests.factories import START
from tests.trial.story import refuses


def asking(*held: Role, **more: Any) -> Asking:
    """Somebody with these roles, against whom nothing else speaks."""
    plain: dict[str, Any] = {"running": False, "taken": False, "unreviewed": 0, "proved": True}
    return Asking(held=frozenset(held), **{**plain, **more})


ALLOWED = {
    (Role.PHYSICIAN, EmergencyRole.NURSE),
    (Role.COORDINATOR, EmergencyRole.NURSE),
    (Role.ANALYST, EmergencyRole.TECHNICIAN),
    (Role.TECHNICIAN, EmergencyRole.ANALYST),
}


@pytest.mark.parametrize("held", Role)
@pytest.mark.parametrize("role", EmergencyRole)
def test_the_matrix(held: Role, role: EmergencyRole) -> None:
    """Every role against every role that can be taken: four ways in, and no other."""
    if (held, role) in ALLOWED:
        rules.may_take(role, asking(held))
        assert role in rules.offered(frozenset({held}))
    else:
        with refuses("emergency.held" if held.value == role.value else "emergency.not_yours"):
            rules.may_take(role, asking(held))
        assert role not in rules.offered(frozenset({held}))


def test_no_pair_of_roles_opens_what_is_kept_apart() -> None:
    for pair in combinations(Role, 2):
        held = frozenset(pair)
        for role in EmergencyRole:
            apart = rules.APART[role] & held
            assert not (role in rules.offered(held) and apart), (pair, role)
            if apart and rules.FROM[role] & held and role.value not in held:
                with refuses("emergency.kept_apart"):
                    rules.may_take(role, asking(*pair))


def test_what_decides_or_unblinds_is_never_taken() -> None:
    """Releasing, countersigning, granting, unblinding: not in an emergency, and not by a change of the table."""
    never = {"quality.release", "quality.release_conditionally", "quality.lift_hold", "accounts.countersign_role"}
    never |= {"accounts.grant_role", "accounts.review_emergency", "trial.commit_allocation_list", "followup.lock_data"}
    for role in EmergencyRole:
        assert not never & ROLE_PERMISSIONS[Role(role.value)], role
    taken = {Role(role.value) for role in EmergencyRole}
    assert not taken & {*KEPT_ROLES, Role.STATISTICIAN, Role.PHYSICIAN, Role.SPONSOR, Role.COMMITTEE}
    assert taken & GUARDED_ROLES == {Role.NURSE}


def test_who_gets_one_could_see_its_arms_before() -> None:
    """Nobody is unblinded by taking a role."""
    for role, sources in rules.FROM.items():
        if "trial.see_arm" in ROLE_PERMISSIONS[Role(role.value)]:
            assert all("trial.see_arm" in ROLE_PERMISSIONS[source] for source in sources)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"running": True}, "running"),
        ({"taken": True}, "taken"),
        ({"unreviewed": 2}, "unreviewed"),
        ({"unreviewed": 7}, "unreviewed"),
        ({"proved": False}, "second_factor"),
    ],
)
def test_what_stands_in_the_way(more: dict[str, Any], code: str) -> None:
    rules.may_take(EmergencyRole.NURSE, asking(Role.PHYSICIAN, unreviewed=1))
    with refuses(f"emergency.{code}"):
        rules.may_take(EmergencyRole.NURSE, asking(Role.PHYSICIAN, **more))


def test_it_counts_to_the_second() -> None:
    ends = START + timedelta(minutes=60)
    assert rules.in_force(EmergencyPhase.RUNNING, ends, ends - timedelta(seconds=1))
    assert not rules.in_force(EmergencyPhase.RUNNING, ends, ends)
    assert not rules.in_force(EmergencyPhase.ENDED, ends, START)
    assert not rules.in_force(EmergencyPhase.REVIEWED, ends, START)


def test_who_ends_and_who_reviews() -> None:
    rules.may_end("one", "one", ends_others=False)
    rules.may_end("one", "other", ends_others=True)
    with refuses("emergency.anothers"):
        rules.may_end("one", "other", ends_others=False)
    rules.may_review("one", "other", running=False)
    with refuses("emergency.own_review"):
        rules.may_review("one", "one", running=False)
    with refuses("emergency.not_over"):
        rules.may_review("one", "other", running=True)
