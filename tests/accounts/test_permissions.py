"""The table of roles: each verb held by some role, the sensitive ones by no role that must not hold them."""

import pytest

from cellchain import composition
from cellchain.accounts.permissions import ROLE_PERMISSIONS, SIGNED_IN, permissions_of
from cellchain.accounts.rules import Role
from cellchain.ledger.registry import REGISTRY

CLINICAL = ("donors.", "manufacturing.", "quality.", "custody.", "trial.", "bedside.", "followup.", "labels.")


def test_every_verb_is_held_by_some_role() -> None:
    assert composition.ROUTERS, "the composition knows every capability"
    held = frozenset().union(*ROLE_PERMISSIONS.values())
    assert [path for path, one in REGISTRY.items() if not one.internal and one.permission not in held] == []


def test_the_administrator_touches_nothing_clinical() -> None:
    """Readers of stations and the log of what they sent are the house's machines, and no clinical matter."""
    machines = {"labels.configure_scanner", "labels.read_scans"}
    assert [one for one in permissions_of(["administrator"]) - machines if one.startswith(CLINICAL)] == []


# What those who watch may do: say that a study stops or goes on; a sponsor also judges events and reports them.
STUDY = {"trial.pause_study", "trial.resume_study"}
SPONSORS = {f"followup.{verb}" for verb in ("assess_as_sponsor", "submit_report", "submit_follow_up", "code_event")}
# A sponsor changes two things besides: that an alert was read, and that it was told of a failure.
TOLD = {"quality.acknowledge_alert", "quality.record_sponsor_told"}
# Its monitor says that a value is what its source says, asks about one, and closes what was answered.
MONITORS = {f"followup.{verb}" for verb in ("verify_source", "raise_query", "close_query")}
ASKS = MONITORS - {"followup.verify_source"}
DOES = {
    "inspector": set[str](),
    "committee": STUDY,
    "sponsor": STUDY | SPONSORS | TOLD | ASKS,
    "monitor": MONITORS,
}


@pytest.mark.parametrize("role", DOES)
def test_who_only_looks_changes_nothing(role: str) -> None:
    offered = {one.permission for one in REGISTRY.values() if not one.internal}
    own = {one for one in SIGNED_IN if one.startswith("accounts.")}
    assert permissions_of([role]) & offered <= permissions_of(["assessor"]) & offered | own | DOES[role]


@pytest.mark.parametrize("role", ["assessor", "sponsor", "monitor", "technician", "analyst", "physician"])
def test_who_must_not_reveal_arms_cannot(role: str) -> None:
    assert ("trial.see_arm" in permissions_of([role])) == (role == "physician")


def test_roles_add_up() -> None:
    both = permissions_of(["nurse", "analyst"])
    assert both == permissions_of(["nurse"]) | permissions_of(["analyst"])
    assert permissions_of([]) == frozenset()
    with pytest.raises(ValueError, match="nobody"):
        permissions_of(["nobody"])


def test_every_role_may_sign_in_and_out() -> None:
    assert all("house.use" in ROLE_PERMISSIONS[role] for role in Role)
