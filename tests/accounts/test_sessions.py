"""Sessions: listed, ended by their person or an administrator, and what they had sent that still waits."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from cellchain.accounts import commands
from cellchain.accounts.one_time.commands import reset_password
from cellchain.accounts.sessions import commands as sessions
from cellchain.accounts.sessions import queries
from cellchain.kernel.errors import SignInNeeded
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from tests.accounts.story import IDLE, PASSWORD, PIN, Office
from tests.trial.story import forbids, refuses


def gone(office: Office, token: str) -> bool:
    """Whether nobody is signed in by this token any more, by memory or by the table."""
    assert office.gate.remembered(token, by_cookie=True) is None
    with pytest.raises(SignInNeeded) as error:
        office.gate.find(token, by_cookie=True)
    return error.value.code == "session.unknown"


def test_the_list_says_where_and_until_when(office: Office) -> None:
    person = office.person("worker", "technician")
    office.sign_in()
    station = office.station()
    badge = office.badge(person)
    office.wait(minutes=5)
    shift = office.gate.sign_in_by_badge(badge, PIN, device=office.gate.station_of(station), by_cookie=True)
    with office.house.read() as tx:
        found = queries.sessions_of(tx, person, IDLE)
        everybody = queries.all_sessions(tx, IDLE)
    assert [(one.station, one.method) for one in found] == [("bench-1", "badge"), (None, "password")]
    assert found[0].idle_at == found[0].seen_at + IDLE
    assert found[0].expires_at == shift.expires_at
    assert {one.name for one in everybody} == {"Worker"}
    office.wait(minutes=26)
    with office.house.read() as tx:
        assert [one.method for one in queries.sessions_of(tx, person, IDLE)] == ["badge"], "the other is locked"


def test_one_ends_ones_own_and_no_other(office: Office) -> None:
    mine, theirs = office.person("worker", "technician"), office.person("other", "technician")
    first, second, foreign = office.sign_in(), office.sign_in(), office.sign_in("other")
    me = office.as_person(mine, "technician")
    with refuses("session.gone"):
        office.do(sessions.end_session, by=me, session=foreign.session.token_hash)
    office.do(sessions.end_session, by=me, session=first.session.token_hash)
    assert gone(office, first.token)
    assert office.gate.find(second.token, by_cookie=True).actor.person == mine
    with refuses("session.gone"):
        office.do(sessions.end_session, by=me, session=first.session.token_hash)
    assert office.do(sessions.end_sessions_of, person=theirs)["ended_count"] == 1
    assert gone(office, foreign.token)
    with forbids():
        office.do(sessions.end_sessions_of, by=me, person=theirs)


def test_signing_out_everywhere(office: Office) -> None:
    person = office.person("worker", "technician")
    tokens = [office.sign_in().token for _ in range(3)]
    ended = office.do(sessions.sign_out_everywhere, by=office.as_person(person, "technician"))
    assert ended["ended_count"] == 3
    assert all(gone(office, token) for token in tokens)
    assert office.sign_in().token, "nothing keeps them from coming back"


def test_an_administrator_ends_one_session_of_somebody(office: Office) -> None:
    office.person("worker", "technician")
    opened = office.sign_in()
    office.do(sessions.end_session, session=opened.session.token_hash)
    assert gone(office, opened.token)


def _call(opened: Any, function: Any, number: str, **fields: Any) -> Call:
    command = command_of(function)
    return Call(command, command.order(**fields), opened.session.actor, number)


def test_what_an_ended_session_had_sent_and_waits_is_not_done(office: Office) -> None:
    """Both come in the same turn of the loop and share a batch; the end stands first in it."""
    helper = office.person("helper", "administrator")
    office.person("worker", "administrator")
    opened = office.sign_in()
    end = Call(
        command_of(sessions.end_session),
        sessions.EndSession(session=opened.session.token_hash),
        office.admin,
        office.house.request_id(),
    )
    waiting = _call(opened, commands.issue_badge, number := office.house.request_id(), person=helper)
    before = len(office.events())

    async def both() -> Sequence[Any]:
        runner = office.house.runner
        return await asyncio.gather(runner.submit(end), runner.submit(waiting), return_exceptions=True)

    done, turned_away = asyncio.run(both())
    assert done.done
    assert isinstance(turned_away, SignInNeeded)
    assert office.events()[before:] == ["accounts:session:ended"], "no entry, no badge"
    # Nothing was kept under the request id: signed in again, the person sends it once more, and it is done.
    again = office.sign_in()
    assert office.house.runner.run(_call(again, commands.issue_badge, number, person=helper)).done


@pytest.mark.parametrize("end", ["lock", "leave", "reset"])
def test_what_somebody_locked_out_had_sent_is_not_done(office: Office, end: str) -> None:
    helper, person = office.person("helper", "administrator"), office.person("worker", "administrator")
    opened = office.sign_in()
    waiting = _call(opened, commands.issue_badge, office.house.request_id(), person=helper)
    if end == "reset":
        office.do(reset_password, person=person, code="ABCD-EFGH-2345-WXYZ")
    else:
        office.do(getattr(commands, end), person=person)
    with pytest.raises(SignInNeeded):
        office.house.runner.run(waiting)


def test_a_signed_out_browser_cannot_go_on_either(office: Office) -> None:
    office.person("worker", "administrator")
    opened = office.sign_in(password=PASSWORD)
    office.gate.sign_out(opened.session)
    with pytest.raises(SignInNeeded):
        office.house.runner.run(_call(opened, sessions.sign_out_everywhere, office.house.request_id()))
