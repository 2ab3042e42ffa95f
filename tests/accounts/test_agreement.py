"""The agreement on electronic signatures: for one person or with lines to fill in, and never longer than a page."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cellchain.main import create_app
from tests.bedside.browser import Front
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
