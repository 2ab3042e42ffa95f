"""Two languages from one source: choosing, speaking, and holding the catalogue against the source."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from gettext import GNUTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages import mofile
from babel.messages.catalog import Catalog

from cellchain.kernel.errors import Refused, Stale
from cellchain.kernel.text import T
from cellchain.web import extraction, i18n
from cellchain.web.i18n import Voice, choose, faults, label_of, placeholders

MOSCOW = ZoneInfo("Europe/Moscow")
EN, RU = Voice("en", MOSCOW), Voice("ru", MOSCOW)


class Fruit(StrEnum):
    RED_APPLE = "red_apple"
    PEAR = "pear"

    @property
    def label(self) -> T | None:
        return T("STOP") if self is Fruit.PEAR else None


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        (None, None, "en"),
        ("ru", "en", "ru"),
        ("xx", "ru", "ru"),
        (None, "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        (None, "en;q=0.5, ru", "ru"),
        (None, "fr, de", "en"),
        (None, "ru;q=0", "en"),
        (None, "ru;q=nonsense", "en"),
        (None, ",".join(["fr"] * 1000), "en"),
    ],
)
def test_a_person_chooses_first_then_the_browser(cookie: str | None, header: str | None, language: str) -> None:
    assert choose(cookie, header) == language


def test_texts_are_said_in_the_readers_language() -> None:
    assert EN.say(T("STOP")) == "STOP"
    assert RU.say(T("STOP")) == "СТОП"
    assert RU.say(T("MATCH")) == "ВЕРНО"
    assert RU.say("Wristband") == "Браслет"
    assert RU.say(T("Nobody has translated this.")) == "Nobody has translated this."


def test_parameters_are_said_too() -> None:
    text = T("This is {actual}. Scan {expected}.", actual=T("a lot"), expected=T("a wristband"))
    assert EN.say(text) == "This is a lot. Scan a wristband."
    assert RU.say(text) == "Отсканировано: серия. Нужно: браслет."


def test_values_in_sentences_look_as_on_screens() -> None:
    at = datetime(2026, 11, 24, 10, 34, tzinfo=UTC)
    text = T("{at} {span} {number} {name}", at=at, span=timedelta(minutes=128), number=Decimal("2.5"), name="A.")
    assert RU.say(text).replace("\u00a0", " ") == "24.11.2026, 13:34 МСК 2 ч 08 мин 2,5 A."


def test_errors_are_said_by_their_text() -> None:
    assert EN.say(Refused("bag.expired", "Bag {bag} expired.", bag="01")) == "Bag 01 expired."
    assert RU.say(Stale()).startswith("Запись изменилась")


def test_what_a_person_typed_is_no_template() -> None:
    assert EN.say(T("{name} is here.", name="{secret}")) == "{secret} is here."
    assert EN.say("50 {") == "50 {"
    assert EN.say(T("100 {")) == "100 {"


def test_a_choice_has_a_label_or_its_value_in_words() -> None:
    assert label_of(Fruit.RED_APPLE) == "Red apple"
    assert RU.say(Fruit.PEAR) == "СТОП"
    assert extraction.words("qa") == "QA"


def test_plural_forms() -> None:
    catalogue = Catalog(locale="ru")
    catalogue.add(("%(num)s bag", "%(num)s bags"), ("%(num)s пакет", "%(num)s пакета", "%(num)s пакетов"))
    buffer = io.BytesIO()
    mofile.write_mo(buffer, catalogue)
    buffer.seek(0)
    loaded = GNUTranslations(buffer)
    assert [loaded.ngettext("%(num)s bag", "%(num)s bags", count) % {"num": count} for count in (1, 3, 5, 21)] == [
        "1 пакет",
        "3 пакета",
        "5 пакетов",
        "21 пакет",
    ]


SOURCE = b"""
T("one"); Refused("code", "two {x}", x=1); NotFound("code", template="three"); _("four " "and a half")
Field(title="five", description="six"); Field(description="never shown"); Refused(code, sentence)
class Phase_(StrEnum):
    ON_HOLD = "on_hold"
    CODE = "not.a.word"
def __init__(self, template="seven", code="eight"): super().__init__("code", "nine")
LATE = "x:late_thing:found"
@command(event="x:bag:released", signature="ten")
def release_for_use(tx, by, order): ngettext("eleven", "twelve", 2); record_system(LATE, "id", work)
"""
DEFINITION = """
name = "A product"
kind = "not read"
[[steps]]
title = { en = "both", ru = "оба" }
limits = [{ method = "by eye", low = 1, source = "a table" }]
"""


def test_sentences_are_found_where_they_are_written() -> None:
    found = {message for _, _, message, _ in extraction.from_python(io.BytesIO(SOURCE), {}, ())}
    assert found == {
        "one",
        "two {x}",
        "three",
        "four and a half",
        "five",
        "six",
        "On hold",
        "seven",
        "nine",
        "ten",
        "Release for use",
        ("eleven", "twelve"),
        "Bag released",
        "Late thing found",
    }


def test_sentences_of_a_definition_are_those_under_the_keys() -> None:
    source = io.BytesIO(DEFINITION.encode())
    found = [message for _, _, message, _ in extraction.from_definition(source, {}, (), {"keys": "name method"})]
    assert found == ["A product", "by eye"]
    source.seek(0)
    found = [message for _, _, message, _ in extraction.from_definition(source, {}, (), {"keys": "steps.title.en"})]
    assert found == ["both"]


def test_placeholders() -> None:
    assert placeholders("{a} of %(b)s, 80 %") == {"a", "b"}
    assert placeholders("lone {") == {"{"}


def test_a_catalogue_is_held_against_the_source() -> None:
    template, catalogue = Catalog(), Catalog(locale="ru")
    for sentence in ("missing", "empty", "uncertain", "{a} differs", "fine {a}"):
        template.add(sentence)
    catalogue.add("empty", "")
    catalogue.add("uncertain", "возможно", flags=["fuzzy"])
    catalogue.add("{a} differs", "{b} не то")
    catalogue.add("fine {a}", "хорошо {a}")
    found = list(faults(template, catalogue))
    assert [fault.split(":")[0] for fault in found] == ["missing", "untranslated", "uncertain", "placeholders differ"]


def test_updating_without_news_changes_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_bytes((i18n.LOCALE / "ru" / "LC_MESSAGES" / "messages.po").read_bytes())
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    template = Catalog()
    for sentence in ("STOP", "a new one"):
        template.add(sentence)
    i18n.write_catalogue("ru", template)
    once = (folder / "messages.po").read_bytes()
    i18n.write_catalogue("ru", template)
    assert (folder / "messages.po").read_bytes() == once
    assert "СТОП" in once.decode()
    assert "MATCH" not in once.decode()


def test_a_fresh_clone_needs_no_compiled_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_bytes((i18n.LOCALE / "ru" / "LC_MESSAGES" / "messages.po").read_bytes())
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    i18n.translations.cache_clear()
    try:
        assert i18n.translations("ru").gettext("STOP") == "СТОП"
    finally:
        i18n.translations.cache_clear()


def test_the_command_line_says_how_it_is_used() -> None:
    assert i18n.main([]) == 2
