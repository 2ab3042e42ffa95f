"""The pages, as their people see them, while the house serves and its mail server is real."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cellchain.ledger.actor import SYSTEM_ACTOR
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.main import create_app, open_installation
from cellchain.notices import commands, queries
from cellchain.platform.config import Settings
from tests.bedside.browser import Front
from tests.bedside.world import World, played
from tests.notices import mailbox
from tests.notices.mailbox import Mailbox

LOT = "LT012600000158"


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mailbox.open_mailbox() as made:
        yield made


@pytest.fixture(scope="module")
def front(box: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The demonstration, served with a mail server; QA has an address."""
    base = tmp_path_factory.getbasetemp()
    world = World(played(base), tmp_path_factory.mktemp("notices") / "world")
    world.installation.close()
    settings = Settings(
        data_dir=world.folder, password_cost="cheap", smtp_host=mailbox.HOST, smtp_port=box.port, smtp_security="none"
    )
    world.installation = open_installation(settings, clock=world.clock, entropy=world.random.randbytes)
    with TestClient(create_app(world.installation), raise_server_exceptions=False) as client:
        qa = world.actors["qa1"].person
        made = Front(client, world)
        made.order("qa1", "notices/set_address", {"person": qa, "email": "qa1@example.org", "language": "en"})
        yield made
    world.close()
    shutil.rmtree(world.folder)


def notify(front: Front, kind: str = "late_positive", subject: str = LOT) -> int:
    """Something happened."""
    front.world.wait(seconds=1)
    order = commands.Notify(kind=kind, subject=subject)
    call = Call(command_of(commands.notify), order, SYSTEM_ACTOR, front.world.request_id(), by_house=True)
    return int(front.world.installation.runner.run(call).result()["notice"])


def waiting(front: Front, who: str) -> int:
    with front.world.installation.database.read() as tx:
        return queries.open_count(tx, front.world.actors[who].person)


def test_a_notice_is_mailed_while_serving_and_counted_by_the_bell(front: Front, box: Mailbox) -> None:
    before = waiting(front, "qa1")
    number = notify(front)
    mailbox.wait_until(lambda: any(mail["To"] == "qa1@example.org" for mail in box.arrived))
    page = front.get("qa1", "/").text
    assert f"{before + 1} notices wait for you" in page
    assert f'href="/notices/{number}"' in front.get("qa1", "/notices").text
    shown = front.get("qa1", f"/notices/{number}").text
    assert "Late positive result" in shown
    assert "Sent" in shown


def test_no_screen_at_the_bedside_counts_notices(front: Front) -> None:
    assert 'class="bell' not in front.get("nurse1", "/bedside").text
    assert 'class="bell' in front.get("nurse1", "/bedside/infusions").text


def test_a_notice_is_nobodys_elses(front: Front) -> None:
    number = notify(front, "lockout", "")
    assert front.get("qa1", f"/notices/{number}").status_code == 404
    assert front.get("admin1", f"/notices/{number}").status_code == 200
    assert front.get("qa1", "/notices/99999").status_code == 404


def test_an_assessor_is_told_nothing(front: Front) -> None:
    notify(front)
    assert waiting(front, "assessor1") == 0
    assert "Nothing is new." in front.get("assessor1", "/notices").text


def test_two_presses_on_one_button_answer_once(front: Front) -> None:
    number, request_id = notify(front), front.world.request_id()
    before = waiting(front, "qa1")
    for _ in range(2):
        answer = front.client.post(
            "/api/v1/notices/acknowledge",
            json={"request_id": request_id, "order": {"notice": number}},
            headers=front.bearer("qa1"),
        )
        assert answer.status_code == 200, answer.text
    assert waiting(front, "qa1") == before - 1
    stale = front.order("qa1", "notices/acknowledge", {"notice": number})
    assert (stale.status_code, stale.json()["code"]) == (409, "notice.ended_already")


def test_the_administrator_sees_what_a_server_said_and_sends_it_again(front: Front, box: Mailbox) -> None:
    admin = front.world.actors["admin1"].person
    front.order("admin1", "notices/set_address", {"person": admin, "email": "admin1@example.org", "language": "ru"})
    box.to_recipient = lambda address: "550 5.7.1 Not <here>" if address.startswith("admin1") else None
    mail = front.order("admin1", "notices/send_test_mail", {}).json()["result"]["mail"]
    mailbox.wait_until(lambda: "550 5.7.1 Not &lt;here&gt;" in front.get("admin1", "/notices/mail").text)
    box.to_recipient = lambda address: None
    assert front.order("admin1", "notices/retry_mail", {"mail": mail}).status_code == 200
    mailbox.wait_until(lambda: any(one["To"] == "admin1@example.org" for one in box.arrived))
    assert front.get("qa1", "/notices/mail").status_code == 403


def test_a_password_is_sent_over_an_encrypted_connection_alone(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs starttls or tls"):
        Settings(data_dir=tmp_path, smtp_host="mail", smtp_user="house", smtp_security="none")
    assert Settings(data_dir=tmp_path, smtp_host="mail", smtp_user="house").smtp_security == "starttls"
