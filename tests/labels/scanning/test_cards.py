"""Command cards: fixed codes, known to the page as to the server."""

import re

from cellchain.identity.codes import Kind, parse
from cellchain.labels import cards, symbols
from cellchain.ledger.actor import Actor
from cellchain.paths import static_dir, templates_dir
from tests.factories import House

COMMANDS = ["CONFIRM", "UNDO", "RECOUNT", "DEVIATION", "START", "PRINT", "NEXT", "COUNT", "FILE", "OPEN", "DISCARD"]
NAMES = [*COMMANDS, *"0123456789", "POINT", "CLEAR"]


def test_the_codes_never_change() -> None:
    """They are printed and hang in clean rooms."""
    assert [card.command for card in cards.CARDS] == NAMES
    assert [card.code for card in cards.CARDS[:3]] == ["CM000000000108", "CM000000000205", "CM000000000302"]
    assert cards.BY_CODE["CM000000011069"].command == "POINT"
    assert len(cards.BY_CODE) == len(cards.CARDS)
    assert all(parse(code).kind == Kind.COMMAND and not parse(code).is_preview for code in cards.BY_CODE)


def test_the_page_knows_the_same_cards() -> None:
    source = (static_dir() / "js" / "commands.js").read_text(encoding="utf-8")
    known = dict(re.findall(r'(CM\d{12}): "(\w+)"', source))
    assert known == {code: card.command for code, card in cards.BY_CODE.items()}


def test_a_card_is_described_to_everybody_and_another_code_of_its_kind_is_not(house: House) -> None:
    with house.read() as tx:
        found = cards.describe(tx, "CM000000000108", Actor("PS012600000141"))
        assert found is not None
        assert (found.kind, found.phase, found.href) == ("command", "CONFIRM", "/labels/cards")
        assert cards.describe(tx, "CM012600000199", Actor("PS012600000141")) is None


def test_every_symbol_is_a_qr_of_its_code() -> None:
    for card in cards.CARDS:
        assert symbols.qr(card.code).text == card.code


def test_no_signature_has_a_button_for_cards_and_a_verdict_only_its_own() -> None:
    """At the bedside a card may say "I have read this" of a STOP, start what two checks allow, and send what stands on
    a sheet of a running infusion that ends nothing; it never signs."""
    marked = {
        file.relative_to(templates_dir()).as_posix(): re.findall(r'data-command="(\w+)"', file.read_text("utf-8"))
        for file in templates_dir().rglob("*.html")
    }
    assert marked["partials/_signature.html"] == []
    assert {name: found for name, found in marked.items() if name.startswith("bedside/") and found} == {
        "bedside/infusions/_acts.html": ["CONFIRM"],
        "bedside/infusions/mismatch.html": ["CONFIRM"],
        "bedside/match.html": ["START"],
        "bedside/stop.html": ["CONFIRM"],
    }
    assert {one for found in marked.values() for one in found} <= set(NAMES)
