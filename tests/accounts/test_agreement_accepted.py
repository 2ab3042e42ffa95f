"""Who has accepted the agreement on signatures may sign; who has not is told to read it, and what stops harm waits for
nobody."""

import inspect
import uuid

import pytest

from cellchain.accounts import commands
from cellchain.accounts.agreement import rules, text
from cellchain.accounts.agreement.commands import accept_agreement
from cellchain.accounts.agreement.models import AgreementAccepted
from cellchain.accounts.agreement.queries import acceptances_of, accepted_by
from cellchain.accounts.emergency.commands import break_glass
from cellchain.accounts.permissions import ENROLLING, ROLE_PERMISSIONS
from cellchain.accounts.sessions.found import stands
from cellchain.composition import INVARIANTS
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor, Signing
from cellchain.ledger.registry import REGISTRY, Command, command_of
from cellchain.ledger.run import Call
from tests.accounts.story import Office

SPECIFICATION = "quality/approve_specification"
CANNOT_WAIT = {
    "accounts/accept_agreement",
    "accounts/add_passkey",
    "accounts/break_glass",
    "accounts/end_second_factor",
    "accounts/enrol_second_factor",
    "accounts/renew_recovery_codes",
    "accounts/set_password",
    "bedside/decide_running",
    "materials/recall_lot",
    "quality/recall",
    "quality/withdraw_exceptional_use",
    "trial/pause_study",
}
EARLIER = "0" * 64


def signed_in(office: Office, *roles: str) -> Actor:
    """Somebody with a session of their own, as their commands come from a browser."""
    office.person("worker", *roles)
    return office.sign_in().session.actor


def accepted_earlier(office: Office, person: str, version: int = text.VERSION - 1) -> None:
    """Somebody accepted a version before the present one: written as its command wrote it then."""

    def write(tx: object) -> None:
        tx.add(AgreementAccepted(person=person, version=version, words=EARLIER, accepted_at=tx.now))  # type: ignore[attr-defined]

    office.house.runner.record_system("accounts:agreement:accepted", str(uuid.uuid4()), write)


def asked(office: Office, actor: Actor, command: Command) -> None:
    """What the runner asks inside the transaction, before `command` of `actor`."""
    with office.house.read() as tx:
        stands(tx, actor, command)


def test_who_has_not_accepted_signs_nothing(office: Office) -> None:
    actor = signed_in(office, "qa")
    with pytest.raises(Refused) as refused:
        asked(office, actor, REGISTRY[SPECIFICATION])
    assert refused.value.code == "agreement.not_accepted"
    office.do(accept_agreement, by=actor, version=text.VERSION)
    asked(office, actor, REGISTRY[SPECIFICATION])


def test_who_accepted_an_older_version_reads_the_present_one_first(office: Office) -> None:
    actor = signed_in(office, "qa")
    accepted_earlier(office, actor.person)
    with pytest.raises(Refused) as refused:
        asked(office, actor, REGISTRY[SPECIFICATION])
    assert refused.value.code == "agreement.older"
    assert f"version {text.VERSION - 1}" in str(refused.value)
    office.do(accept_agreement, by=actor, version=text.VERSION)
    asked(office, actor, REGISTRY[SPECIFICATION])
    with office.house.read() as tx:
        assert [one.version for one in acceptances_of(tx, actor.person)] == [text.VERSION, text.VERSION - 1]


def test_a_refused_signature_leaves_nothing_and_may_be_sent_again(office: Office) -> None:
    """The same request counts once the agreement is accepted: nothing was stored of the first attempt."""
    actor = signed_in(office, "qa")
    holder = office.person("nurse", secret=False)
    office.do(commands.grant_role, person=holder, role="nurse")
    command = command_of(commands.countersign)
    order = commands.Countersign(decision=office.decision())
    call = Call(command, order, actor, office.house.request_id(), signing=Signing("password", office.house.clock.now()))
    before = office.events()
    with pytest.raises(Refused) as refused:
        office.house.runner.run(call)
    assert refused.value.code == "agreement.not_accepted"
    assert office.events() == before
    assert office.roles(holder) == ()
    office.do(accept_agreement, by=actor, version=text.VERSION)
    assert office.house.runner.run(call).done
    assert office.roles(holder) == ("nurse",)


def test_what_stops_harm_never_waits(office: Office) -> None:
    actor = signed_in(office, "physician")
    order = {"role": "nurse", "cause": "nobody_on_duty", "account": "The nurse of the night fell ill on the way."}
    assert office.do(break_glass, by=actor, **order)["emergency"] == 1
    assert {path for path, command in REGISTRY.items() if command.cannot_wait} == CANNOT_WAIT
    for path in CANNOT_WAIT:
        asked(office, signed_as(actor), REGISTRY[path])


def signed_as(actor: Actor) -> Actor:
    """The same session before its person took a role in an emergency."""
    return Actor(actor.person, actor.permissions, actor.roles, actor.device, actor.session)


def test_nothing_at_the_bedside_is_held_up(office: Office) -> None:
    """No scan, check, start or observation is signed; the one decision that is signed there cannot wait."""
    signed = [one for one in REGISTRY.values() if one.capability == "bedside" and one.signature is not None]
    assert [one.path for one in signed if not one.cannot_wait] == []
    actor = signed_in(office, "nurse")
    for path in ("bedside/check", "bedside/start_infusion", "bedside/record_observation", "bedside/stop_infusion"):
        asked(office, actor, REGISTRY[path])


def test_only_signed_commands_say_that_they_cannot_wait() -> None:
    assert [one.path for one in REGISTRY.values() if one.cannot_wait and one.signature is None] == []


def test_it_is_accepted_once_and_only_as_it_stands_now(office: Office) -> None:
    actor = signed_in(office, "qa")
    for version in (text.VERSION - 1, text.VERSION + 1):
        with pytest.raises(Refused) as refused:
            office.do(accept_agreement, by=actor, version=version)
        assert refused.value.code == "agreement.other_version"
    office.do(accept_agreement, by=actor, version=text.VERSION)
    with pytest.raises(Refused) as refused:
        office.do(accept_agreement, by=actor, version=text.VERSION)
    assert refused.value.code == "agreement.accepted"


def test_the_entry_and_the_signature_name_the_words(office: Office) -> None:
    actor = signed_in(office, "qa")
    office.do(accept_agreement, by=actor, version=text.VERSION)
    entry = office.house.entries()[-1]
    assert (entry.event, entry.actor, entry.subject) == ("accounts:agreement:accepted", actor.person, actor.person)
    assert text.DIGESTS[text.VERSION] in entry.body
    with office.house.read() as tx:
        assert accepted_by(tx, actor.person) == text.VERSION
        broken = [fault for one in INVARIANTS if one.name.startswith("accounts.") for fault in one.check(tx)]
    assert broken == []


def test_changed_words_are_a_new_version() -> None:
    """Whoever changes a word gives the text a new number and a new day, so that everybody reads it anew."""
    assert text.digest_of_points() == text.DIGESTS[text.VERSION]
    assert max(text.DIGESTS) == text.VERSION
    assert len(set(text.DIGESTS.values())) == len(text.DIGESTS)


def test_whoever_can_sign_can_accept() -> None:
    assert [role for role, held in ROLE_PERMISSIONS.items() if "accounts.accept_agreement" not in held] == []
    assert "accounts.accept_agreement" in ENROLLING


def test_the_rule_asks_nothing_but_the_version() -> None:
    assert list(inspect.signature(rules.may_sign).parameters) == ["accepted"]
    rules.may_sign(text.VERSION)
    rules.may_sign(text.VERSION + 1)
