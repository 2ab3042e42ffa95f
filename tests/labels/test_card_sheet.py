"""Command cards on paper: each word large, each symbol its own code, commands and numbers on a page of A4 each."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from cellchain.identity import codes, scan
from cellchain.labels import card_sheet, design, layout, render, symbols
from cellchain.labels.cards import CARDS, Card
from cellchain.labels.layout import Writing
from cellchain.main import create_app
from tests.bedside.browser import Front
from tests.bedside.world import World, played
from tests.labels.pages import packed, read


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.command)
def test_each_card_says_its_word_and_what_it_does(card: Card) -> None:
    made, fields = design.load(card_sheet.DESIGN), card_sheet.fields_of(card)
    for language in made.languages:
        page = render.pdf(made, fields, language=language, demonstration=True)
        (found,) = symbols.decode(render.png(page, 203))
        assert scan.read(found.text).code == codes.parse(card.code)
        first = "ru" if language == "both" else language
        assert packed(fields[f"word.{first}"]) in read(page).text
        assert packed(fields[f"does.{first}"]) in read(page).text
        sheet = layout.place(made, fields, language=language)
        sizes = sorted(item.size_pt for item in sheet.items if isinstance(item, Writing))
        assert sizes[-1] >= 15, "it is found by eye"


def test_the_cards_differ_in_their_words() -> None:
    for language in ("en", "ru"):
        assert len({card_sheet.fields_of(card)[f"word.{language}"] for card in CARDS}) == len(CARDS)


@pytest.mark.parametrize("numbers", [False, True])
@pytest.mark.parametrize("language", design.LANGUAGES)
def test_one_sheet_holds_the_commands_and_one_the_numbers(language: design.Language, numbers: bool) -> None:
    document = card_sheet.document(language, numbers=numbers, demonstration=True)
    page = read(document)
    assert page.pages == 1
    assert (page.width_mm, page.height_mm) == pytest.approx((210, 297), abs=0.01)
    assert sorted(found.text for found in symbols.decode(render.png(document, 203))) == [
        card.code for card in CARDS if card.is_key == numbers
    ]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    world = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("cards") / "world")
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)
    world.close()


def test_anybody_of_the_house_prints_the_sheet(front: Front) -> None:
    front.token("nurse1")
    answer = front.get("nurse1", "/labels/cards/sheet", params={"language": "ru"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert packed("ПОДТВЕРДИТЬ") in read(answer.content).text
    numbers = front.get("nurse1", "/labels/cards/sheet", params={"language": "ru", "numbers": "true"})
    assert packed("СТЕРЕТЬ") in read(numbers.content).text
    assert front.get("nurse1", "/labels/cards/sheet", params={"language": "fr"}).status_code == 422
