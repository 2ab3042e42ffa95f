"""The worker with real servers: kind ones, ones that refuse now or for ever, that hang, and that hang up."""

from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cellchain.accounts import commands as accounts
from cellchain.notices import commands
from cellchain.notices.worker import Seen, Watch
from tests.factories import House, make_tables
from tests.notices import mailbox
from tests.notices.desk import LOT, Desk


def stands(desk: Desk) -> list[tuple[str, str | None]]:
    """Where each mail stands, and why."""
    return [(mail.delivery.value, mail.problem) for mail in desk.mails()]


def test_a_mail_says_what_kind_of_thing_and_where_to_look(desk: Desk) -> None:
    number = desk.notify()
    with mailbox.open_mailbox() as box:
        desk.worker(box.server()).work_through()
    assert {mail["To"] for mail in box.arrived} == {"qa@example.org", "sponsor@example.org"}
    [mail] = [mail for mail in box.arrived if mail["To"] == "qa@example.org"]
    assert mail["Subject"] == "Site 01: Late positive result"
    assert mail["From"] == "cellchain@example.org"
    text = mail.get_content().replace("\r\n", "\n")
    assert "LT\u00a001\u00a026\u00a0000001\u00a058" in text
    assert f"https://cells.example.org/notices/{number}\n" in text
    assert [state for state, _ in stands(desk)] == ["sent", "sent"]


def test_it_is_written_in_the_persons_language(desk: Desk) -> None:
    desk.do("qa", commands.set_address, person=desk.actors["qa"].person, email="qa@example.org", language="ru")
    desk.notify("excursion", "SH012600000152")
    with mailbox.open_mailbox() as box:
        desk.worker(box.server()).work_through()
    [mail] = box.arrived
    assert mail["Content-Language"] == "ru"
    assert "Нарушение температуры" in mail["Subject"]
    assert "Подробности" in mail.get_content()


@pytest.mark.parametrize("subject", ["RC012600000127", "BG012600000157", "DN012600000126", "CI012600000121", "PS0126"])
def test_no_code_of_a_person_or_of_a_bag_leaves_the_house(desk: Desk, subject: str) -> None:
    desk.notify("recall", subject)
    with mailbox.open_mailbox() as box, capture_logs() as logs:
        desk.worker(box.server()).work_through()
    assert len(box.arrived) == 2
    for mail in box.arrived:
        said = f"{mail.as_string()}{mail.get_content()}".replace("\u00a0", "").replace("=C2=A0", "")
        assert subject not in said
        assert "Invented" not in said
    assert subject not in str(logs)
    assert "example.org" not in str(logs)


def test_a_server_that_is_away_loses_nothing(desk: Desk) -> None:
    desk.notify()
    worker = desk.worker(mailbox.nobody())
    worker.work_through()
    assert stands(desk) == [("queued", "away"), ("queued", None)], "after the first nobody else is tried"
    worker.work_through()
    assert [mail.attempts_count for mail in desk.mails()] == [1, 0], "it is left alone for a while"
    with mailbox.open_mailbox() as box:
        worker.server = box.server()
        desk.house.clock.advance(timedelta(seconds=31))
        worker.work_through()
    assert [state for state, _ in stands(desk)] == ["sent", "sent"]
    assert len(box.arrived) == 2


def test_not_now_is_tried_again_under_the_same_message_id(desk: Desk) -> None:
    desk.notify()
    with mailbox.open_mailbox() as box:
        worker = desk.worker(box.server())
        box.to_recipient = lambda address: "450 4.2.0 Greylisted, come back" if address.startswith("qa") else None
        worker.work_through()
        [mail] = [mail for mail in desk.mails() if mail.delivery == "queued"]
        assert (mail.problem, mail.detail) == ("not_now", "450 4.2.0 Greylisted, come back")
        assert mail.next_at == desk.house.clock.now() + timedelta(seconds=30)
        box.to_recipient = lambda address: None
        desk.house.clock.advance(timedelta(seconds=30))
        worker.work_through()
    [late] = [one for one in box.arrived if one["To"] == "qa@example.org"]
    assert late["Message-ID"] == mail.message_id


@pytest.mark.parametrize("where", ["to_recipient", "to_data"])
def test_a_refusal_shows_what_the_server_said_and_blocks_nobody(desk: Desk, where: str) -> None:
    desk.notify()
    with mailbox.open_mailbox() as box:
        setattr(box, where, lambda address: "550 5.1.1 No such user" if address.startswith("qa") else None)
        worker = desk.worker(box.server())
        worker.work_through()
        [mail] = [mail for mail in desk.mails() if mail.delivery == "refused"]
        assert mail.detail == "550 5.1.1 No such user"
        assert len(box.arrived) == 1
        desk.house.clock.advance(timedelta(days=1))
        worker.work_through()
        assert [one.attempts_count for one in desk.mails()] == [1, 1], "nothing is sent again by itself"
        setattr(box, where, lambda address: None)
        desk.do("admin", commands.retry_mail, mail=mail.id)
        worker.work_through()
    assert len(box.arrived) == 2


@pytest.mark.parametrize(
    ("lines", "hang_s", "problem"),
    [
        ((), 3, "away"),
        ((), 0, "away"),
        ((b"220 hello\r\n", b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"), 0, "broke_off"),
        ((b"220 hello\r\n", b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"), 3, "away"),
        ((b"421 closing\r\n",), 0, None),
    ],
    ids=["hangs", "hangs-up", "drops-the-data", "hangs-on-the-data", "closes"],
)
def test_what_breaks_off_is_sent_again(
    desk: Desk, lines: tuple[bytes, ...], hang_s: float, problem: str | None
) -> None:
    desk.notify("recall")
    with mailbox.rude_server(*lines, hang_s=hang_s) as rude:
        worker = desk.worker(rude)
        worker.work_through()
    state, why = stands(desk)[0]
    assert state == "queued"
    assert why == problem or (problem in (None, "away") and why in ("away", "broke_off", "not_now"))
    tried = desk.mails()[0].message_id
    with mailbox.open_mailbox() as box:
        worker.server = box.server()
        desk.house.clock.advance(timedelta(minutes=2))
        worker.work_through()
    assert tried in {mail["Message-ID"] for mail in box.arrived}
    assert {state for state, _ in stands(desk)} == {"sent"}


@pytest.mark.filterwarnings("ignore:Requiring AUTH", "ignore:Session.login_data")  # of the server that stands in
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_it_signs_in_over_an_encrypted_connection(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    secret, certificate = tmp_path / "password", mailbox.certificate(tmp_path)
    secret.write_text("wrong\n")
    desk.notify("excursion")
    with mailbox.open_mailbox(security, certificate, name="house", password="right") as box:
        worker = desk.worker(box.server(security, user="house", password_file=secret))

        def again() -> tuple[str, str | None]:
            worker.work_through()
            desk.house.clock.advance(timedelta(hours=2))
            return stands(desk)[0]

        assert again() == ("queued", "away"), "nobody answers for its certificate"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert again() == ("queued", "not_let_in")
        secret.unlink()
        assert again() == ("queued", "not_let_in")
        assert "CELLCHAIN_SMTP_PASSWORD_FILE" in (desk.mails()[0].detail or "")
        secret.write_text("right\n")
        assert again() == ("sent", None)
    assert len(box.arrived) == 1


def test_who_left_or_has_no_address_is_not_written_to(desk: Desk) -> None:
    desk.notify()
    desk.do("admin", accounts.lock, person=desk.actors["sponsor"].person)
    desk.do("qa", commands.set_address, person=desk.actors["qa"].person)
    with mailbox.open_mailbox() as box:
        desk.worker(box.server()).work_through()
    assert box.arrived == []
    assert {state for state, _ in stands(desk)} == {"cancelled"}


def test_while_serving_a_notice_is_mailed_at_once(desk: Desk) -> None:
    with mailbox.open_mailbox() as box:
        worker = desk.worker(box.server())
        worker.start()
        try:
            desk.notify()
            mailbox.wait_until(lambda: len(box.arrived) == 2)
        finally:
            worker.stop()


# -- what the clock brings about --


def watch(seen: list[Seen], late: int = 0, due: int = 0) -> Watch:
    return Watch(lambda _tx: seen, lambda _tx, _actor: (late, due))


def test_what_the_clock_brings_about_is_told_once(desk: Desk) -> None:
    worker = desk.worker(None, watch([Seen("result_overdue", LOT, "result:7:2026-03-01")]))
    for _ in range(3):
        worker.look()
        desk.house.clock.advance(timedelta(minutes=1))
    assert len(desk.waiting("qa")) == 1
    again = desk.worker(None, watch([Seen("result_overdue", LOT, "result:7:2026-03-01")]))
    again.look()
    assert len(desk.waiting("qa")) == 1, "nor after a restart"


def test_a_digest_goes_to_each_person_once_a_day_and_counts(house: House) -> None:
    desk = Desk(house, zone="Europe/Berlin")
    desk.do("nurse", commands.subscribe, kind="digest", by_mail=False)
    with mailbox.open_mailbox() as box:
        server = box.server()
        desk.house.clock.advance_to(desk.house.clock.now().replace(day=28, hour=5, minute=59))  # 06:59 in Berlin
        worker = desk.worker(server, watch([], late=2, due=3))
        worker.look()
        assert desk.mails() == []
        for _ in range(48):  # two days, over the night in which the clocks are put forward
            desk.house.clock.advance(timedelta(hours=1))
            desk.worker(server, watch([], late=2, due=3)).look()
        days = [mail.day.isoformat() for mail in desk.mails() if mail.person == desk.actors["qa"].person and mail.day]
        assert days == ["2026-03-28", "2026-03-29", "2026-03-30"]
        assert not [mail for mail in desk.mails() if mail.person == desk.actors["nurse"].person]
        worker.work_through()
    assert "Overdue: 2." in box.arrived[0].get_content()
    assert "Due today: 3." in box.arrived[0].get_content()


def test_a_day_on_which_nothing_is_due_has_no_digest(desk: Desk) -> None:
    desk.house.clock.advance(timedelta(hours=3))
    with mailbox.open_mailbox() as box:
        desk.worker(box.server(), watch([])).look()
    assert desk.mails() == []


def test_it_works_on_both_databases(database_url: str) -> None:
    make_tables(database_url)
    house = House(database_url)
    try:
        desk = Desk(house)
        desk.notify()
        with mailbox.open_mailbox() as box:
            box.to_data = lambda address: "451 not now" if address.startswith("qa") else None
            worker = desk.worker(box.server(), watch([Seen("result_overdue", LOT, "result:7")], late=1))
            worker.look()
            worker.look()
            worker.work_through()
        # QA waits for the late positive, the overdue result and the digest; the sponsor has two, two others a digest.
        assert sorted(state for state, _ in stands(desk)) == ["queued"] * 3 + ["sent"] * 4
        assert len(desk.waiting("qa")) == 2
    finally:
        house.close()
