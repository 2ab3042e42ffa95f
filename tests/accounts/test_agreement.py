"""The agreement on electronic signatures: for one person or with lines to fill in, and never longer than a page."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from cellchain.main import create_app
from tests.bedside.browser import OURS, Front
from tests.bedside.world import World, played


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    world = World(played(tmp_path_factory.getbasetemp()), Path(tmp_path_factory.mktemp("agreement")) / "world")
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)
    world.close()


@pytest.mark.parametrize(("language", "law"), [("en", "63-FZ"), ("ru", "№ 63-ФЗ")])
def test_it_names_the_person_the_site_and_the_law(front: Front, language: str, law: str) -> None:
    person = front.world.actors["qa1"].person
    text = front.page("admin1", f"/people/{person}/agreement", **{"accept-language": language}).text
    name = next(one for one in front.world.manifest["people"] if one["username"] == "qa1")
    for wanted in (law, "qa1", front.world.installation.settings.site_name, "SHA-256", "UTC"):
        assert wanted in text
    assert name["username"] in text
    assert len(re.findall(r"<dl class=\"lines\">", text)) == 2


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("signing PIN", "passkey", "Version 2")), ("ru", ("ПИН", "ключ", "Редакция 2"))],
)
def test_it_names_everything_that_people_sign_with(front: Front, language: str, words: tuple[str, ...]) -> None:
    text = front.page("admin1", "/agreement", **{"accept-language": language}).text
    article = text[text.index("<article") : text.index("</article>")]
    assert [word for word in words if word not in article] == []


def test_the_blank_one_names_nobody(front: Front) -> None:
    assert 'href="/agreement"' in front.page("admin1", "/people").text
    text = front.page("admin1", "/agreement").text
    assert text.count('class="blank') == 2
    article = text[text.index("<article") : text.index("</article>")]
    assert not re.search(r"PS\s?\d", article)


def test_the_page_of_a_person_leads_there(front: Front) -> None:
    person = front.world.actors["nurse1"].person
    assert f'href="/people/{person}/agreement"' in front.page("admin1", f"/people/{person}").text
    assert front.page("admin1", "/people/PS019900000000/agreement").status_code == 404
    assert front.page("nurse1", f"/people/{person}/agreement").status_code == 403


def sent(front: Front, path: str, language: str = "en", **fields: str) -> httpx.Response:
    """A form that the inspector signs and sends."""
    form = {"csrf": front.csrf("inspector1"), "request_id": str(uuid.uuid4()), **fields}
    form |= {f"signature.{name}": value for name, value in front.signature("inspector1").items()}
    headers = {**front.cookie("inspector1"), **OURS, "accept-language": language}
    return front.client.post(path, data=form, headers=headers, follow_redirects=False)


@pytest.mark.parametrize(
    ("language", "waits", "accepted"),
    [("en", "Version 2 is not accepted", "Version 2 accepted"), ("ru", "Редакция 2 не принята", "Редакция 2 принята")],
)
def test_ones_own_is_read_and_accepted_on_one_page(front: Front, language: str, waits: str, accepted: str) -> None:
    """The whole text, and under it the one act; whoever has accepted sees when, and is asked for nothing."""
    spoken = {"accept-language": language}
    page = front.page("inspector1", "/account/agreement", **spoken).text
    assert waits in page
    assert 'action="/do/accounts/accept_agreement?next=/account"' in page
    assert page.index("</article>") < page.index("/do/accounts/accept_agreement")
    for role in ("nurse1", "qa1", "physician1", "technician1", "admin1", "statistician1"):
        other = front.page(role, "/account/agreement", **spoken).text
        assert accepted in other
        assert "/do/accounts/accept_agreement" not in other


def test_today_the_account_and_every_form_that_is_signed_lead_there(front: Front) -> None:
    for path in ("/", "/account", "/do/accounts/end_second_factor"):
        assert 'href="/account/agreement"' in front.page("inspector1", path).text, path
    assert 'href="/account/agreement"' not in front.page("qa1", "/").text
    assert 'href="/account/agreement"' not in front.page("qa1", "/do/quality/recall").text
    assert "Not accepted yet" in front.page("admin1", f"/people/{front.world.actors['inspector1'].person}").text
    assert "Version 2 accepted" in front.page("admin1", f"/people/{front.world.actors['qa1'].person}").text


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "You have not accepted the agreement"), ("ru", "Вы не приняли соглашение об электронных подписях")],
)
def test_a_signature_before_it_is_refused_with_a_sentence(front: Front, language: str, sentence: str) -> None:
    """The form stays with what was entered; nothing was signed, and the ledger has no entry of it."""
    world = front.world
    front.page("inspector1", "/account")  # signed in: that is an entry
    before = len(world.entries())
    answer = sent(front, "/do/accounts/countersign", language, decision="1")
    assert answer.status_code == 409
    assert sentence in answer.text
    assert len(world.entries()) == before


def test_accepting_it_by_the_form_is_the_one_act(front: Front) -> None:
    world = front.world
    answer = sent(front, "/do/accounts/accept_agreement?next=/account", version="2")
    assert (answer.status_code, answer.headers.get("location")) == (303, "/account")
    assert world.entries()[-1].event == "accounts:agreement:accepted"
    assert 'href="/account/agreement"' not in front.page("inspector1", "/").text
    assert "/do/accounts/accept_agreement" not in front.page("inspector1", "/account/agreement").text
