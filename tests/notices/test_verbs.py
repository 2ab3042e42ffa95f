"""To tell, to answer, to choose and to be reached: each verb with each of its refusals."""

from datetime import timedelta
from typing import Any

import pytest

from cellchain.accounts import commands as accounts
from cellchain.accounts.sessions import commands as sessions
from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import Forbidden, NotFound, Refused
from cellchain.notices import commands, queries, queue, reactions
from cellchain.notices.models import Notice
from tests.accounts.story import Office
from tests.notices.desk import LOT, Desk

NOBODY = issue(Kind.PERSON, 1, 2026, 999_999)


def refused(desk: Desk, who: str, function: Any, **fields: Any) -> str:
    """The code of the refusal."""
    with pytest.raises((Refused, NotFound)) as caught:
        desk.do(who, function, **fields)
    return caught.value.code


# -- notify --


def test_whom_it_concerns_is_told_and_mailed(desk: Desk) -> None:
    number = desk.notify()
    assert (desk.waiting("qa"), desk.waiting("sponsor")) == ([number], [number])
    assert (desk.waiting("nurse"), desk.waiting("admin")) == ([], [])
    assert {mail.person for mail in desk.mails()} == {desk.actors[name].person for name in ("qa", "sponsor")}
    entry = desk.house.entries()[-1]
    assert (entry.event, entry.subject) == ("notices:notice:raised", LOT)


def test_who_did_it_is_not_told(desk: Desk) -> None:
    desk.notify(by=desk.actors["qa"])
    assert desk.waiting("qa") == []
    assert len(desk.waiting("sponsor")) == 1


def test_who_left_is_not_told(desk: Desk) -> None:
    desk.do("admin", accounts.lock, person=desk.actors["sponsor"].person)
    desk.notify()
    assert desk.waiting("sponsor") == []


def test_without_a_mail_server_nobody_is_mailed_and_everybody_told(house: Any) -> None:
    desk = Desk(house, sends_mail=False)
    number = desk.notify()
    assert desk.waiting("qa") == [number]
    assert desk.mails() == []


def test_without_an_address_nobody_is_mailed(desk: Desk) -> None:
    desk.do("qa", commands.set_address, person=desk.actors["qa"].person)
    desk.notify()
    assert {mail.person for mail in desk.mails()} == {desk.actors["sponsor"].person}
    with desk.house.read() as tx:
        assert queries.outbox(tx).unreachable == [("Qa", desk.actors["qa"].person)]


def test_what_the_clock_raises_is_raised_once(desk: Desk) -> None:
    first = desk.notify("result_overdue", occasion="result:1:2026-03-01")
    assert desk.notify("result_overdue", occasion="result:1:2026-03-01") == 0
    assert desk.waiting("qa") == [first]


def test_what_one_act_brings_about_twice_is_told_once(desk: Desk) -> None:
    first = desk.notify("screening_positive", "DN012600000126")
    assert desk.notify("screening_positive", "DN012600000126") == 0
    desk.house.clock.advance(timedelta(seconds=1))
    assert desk.notify("screening_positive", "DN012600000126") > first


def test_nobody_to_tell_is_written_down(desk: Desk) -> None:
    number = desk.notify("report_overdue", "RC012600000127")
    with desk.house.read() as tx:
        assert tx.get(Notice, number).told_count == 0


def test_guessing_passwords_tells_the_administrators(office: Office) -> None:
    person = office.person("watcher", "administrator")
    for _ in range(10):
        office.house.do(sessions.note_failed_sign_in, by=office.admin, by_house=True, tried="0" * 64, method="password")
    with office.house.read() as tx:
        [line] = queries.waiting(tx, person)
    assert line.kind.key == "lockout"


def test_each_event_of_a_kind_has_its_reaction() -> None:
    [of_deviation] = [row for row in reactions.REACTIONS if row.event == "quality:deviation:assessed"]
    assert of_deviation.order({"subject": LOT, "severity": "major"}) is None
    order = of_deviation.order({"subject": LOT, "severity": "critical"})
    assert isinstance(order, commands.Notify)
    assert (order.kind, order.subject) == ("critical_deviation", LOT)


# -- acknowledge, see_off --


def test_a_notice_is_acknowledged_once_by_whom_it_was_for(desk: Desk) -> None:
    number = desk.notify()
    desk.do("qa", commands.acknowledge, notice=number)
    assert desk.waiting("qa") == []
    assert desk.waiting("sponsor") == [number], "each answers for themselves"
    assert desk.house.entries()[-1].event == "notices:notice:acknowledged"
    assert refused(desk, "qa", commands.acknowledge, notice=number) == "notice.ended_already"
    assert refused(desk, "nurse", commands.acknowledge, notice=number) == "notice.unknown"
    assert refused(desk, "qa", commands.acknowledge, notice=99) == "notice.unknown"


def test_news_is_cleared_and_alarms_stay(desk: Desk) -> None:
    alarm, news, more = desk.notify(), desk.notify("arrived_late"), desk.notify("bag_stopped")
    later = desk.notify("out_of_tolerance")
    desk.do("qa", commands.see_off, notice=more)
    assert sorted(desk.waiting("qa")) == [alarm, later], "what came after the page was drawn stays"
    assert news < more
    assert refused(desk, "qa", commands.see_off, notice=alarm) == "notice.needs_acknowledging"
    assert refused(desk, "nurse", commands.see_off, notice=later) == "notice.unknown"


# -- set_address, subscribe --


def test_an_address_lies_sealed_and_only_its_hash_in_the_ledger(desk: Desk) -> None:
    desk.do("nurse", commands.set_address, person=desk.actors["nurse"].person, email="other@example.org")
    with desk.house.read() as tx:
        address = queries.address_of(tx, desk.actors["nurse"].person)
    assert address is not None
    assert (address.email, address.language) == ("other@example.org", "ru")
    assert "example.org" not in desk.house.entries()[-1].body
    with desk.house.database.engine.connect() as link:
        assert "example.org" not in str(link.exec_driver_sql("SELECT * FROM notices_address").fetchall())


def test_one_sets_ones_own_and_administrators_everybodys(desk: Desk) -> None:
    qa = desk.actors["qa"].person
    desk.do("admin", commands.set_address, person=qa, email="new@example.org")
    assert refused(desk, "nurse", commands.set_address, person=qa) == "notice.address_of_another"
    assert refused(desk, "admin", commands.set_address, person=NOBODY) == "person.unknown"


@pytest.mark.parametrize(
    "email", ["two@at@example.org", "no-at", "a@b\nBcc: c@d", "ü@example.org", "a@-b.org", "a b@c.d"]
)
def test_what_no_server_takes_is_no_address(desk: Desk, email: str) -> None:
    with pytest.raises(ValueError, match="email"):
        commands.SetAddress(person=desk.actors["qa"].person, email=email)  # type: ignore[arg-type]


def test_news_by_mail_is_a_choice_and_an_alarm_is_none(desk: Desk) -> None:
    desk.notify("arrived_late", "SH012600000152")
    assert desk.mails() == []
    desk.do("qa", commands.subscribe, kind="arrived_late", by_mail=True)
    desk.notify("arrived_late")
    assert len(desk.mails()) == 1
    desk.do("qa", commands.subscribe, kind="arrived_late", by_mail=False)
    desk.notify("arrived_late", "SH012600000349")
    assert len(desk.mails()) == 1
    assert refused(desk, "qa", commands.subscribe, kind="recall", by_mail=False) == "notice.compulsory"
    assert refused(desk, "qa", commands.subscribe, kind="gossip", by_mail=True) == "notice.no_kind"
    with desk.house.read() as tx:
        chosen = {one.key: one.by_mail for one in queries.choices(tx, desk.actors["qa"].person, ["qa"])}
    assert chosen["recall"]
    assert not chosen["arrived_late"]


# -- retry_mail, send_test_mail --


def test_a_refused_mail_is_sent_again_by_hand(desk: Desk) -> None:
    desk.notify()
    mail = desk.mails()[0]
    assert refused(desk, "admin", commands.retry_mail, mail=mail.id) == "mail.phase"
    begun = desk.house.runner.outside(lambda tx: queue.begin(tx, mail, "example.org"))
    desk.house.runner.outside(lambda tx: queue.refuse(tx, begun, "never", "550 no such user"))
    assert desk.do("admin", commands.retry_mail, mail=mail.id)["delivery"] == "queued"
    kept = desk.mails()[0]
    assert (kept.message_id, kept.problem) == (begun.message_id, None)
    with pytest.raises(Forbidden):
        desk.do("qa", commands.retry_mail, mail=mail.id)


def test_a_test_mail_needs_a_server_and_an_address(desk: Desk, house: Any) -> None:
    desk.do("admin", commands.send_test_mail)
    assert [mail.about for mail in desk.mails()] == ["test"]
    desk.do("admin", commands.set_address, person=desk.actors["admin"].person)
    assert refused(desk, "admin", commands.send_test_mail) == "mail.no_address"
    house.database.house = type(house.database.house)(sends_mail=False)
    assert refused(desk, "admin", commands.send_test_mail) == "mail.no_server"
