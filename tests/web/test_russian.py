"""A Russian reader meets phases, hints and the house's own reasons in Russian, in drawings too."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import cellchain
from cellchain import composition
from cellchain.ledger.foundation import FOUNDED
from cellchain.ledger.registry import REGISTRY
from cellchain.ledger.replay import MIGRATED
from cellchain.ledger.verify import LOSS_ACKNOWLEDGED
from cellchain.web.events import event_title
from cellchain.web.i18n import Voice
from tests.bedside.browser import Front
from tests.support.walk import words_of


def said(front: Front, who: str, path: str) -> str:
    """The words of a page in Russian."""
    answer = front.page(who, path, **{"accept-language": "ru"})
    assert answer.status_code == 200, path
    return words_of(answer.text)


def test_the_nodes_of_a_trace_are_told_in_russian(front: Front) -> None:
    bag = front.world.ready()[0]
    page = front.page("qa1", f"/trace/{bag}", **{"accept-language": "ru"}).text
    phases = [label.rpartition(", ")[2] for label in re.findall(r'class="n [^"]*"[^>]*aria-label="([^"]*)"', page)]
    assert len(phases) > 10
    words = {"active", "in service", "accepted", "discarded", "spent", "in use", "closed", "released", "filled"}
    assert not words & {phase.lower() for phase in phases}


def test_a_study_tells_its_phases_in_russian(front: Front) -> None:
    study = front.world.manifest["study"]["code"]
    text = said(front, "coordinator1", f"/trial/studies/{study}")
    assert not re.search(r"\b(enrolled|eligible|randomised|discontinued|withdrawn|lost|died)\b", text)


@pytest.mark.parametrize(
    ("who", "path"), [("coordinator1", "/do/followup/mark_missing"), ("qa1", "/do/quality/open_deviation")]
)
def test_hints_are_in_russian(front: Front, who: str, path: str) -> None:
    text = said(front, who, path)
    assert not re.search(r"\b(Empty|Left empty|missing|belongs)\b", text)


def test_what_the_house_itself_wrote_is_in_russian(front: Front) -> None:
    assert "screening test" not in said(front, "qa1", "/quality/holds")


LATIN = re.compile(r"[A-Za-z]{2,}")
RUSSIAN = Voice("ru", ZoneInfo("UTC"))


def test_every_event_of_the_ledger_has_russian_words() -> None:
    assert composition.ROUTERS
    events = {FOUNDED, MIGRATED, LOSS_ACKNOWLEDGED, *(command.event for command in REGISTRY.values())}
    said = {event: RUSSIAN.say(event_title(event)).replace("ISBT 128", "") for event in events}
    untold = [event for event in sorted(events) if LATIN.search(said[event])]
    assert untold == []
    assert RUSSIAN.say(event_title("labels:label:printed:refused")) == "Этикетка напечатана: отказано"
    assert "отказано" in RUSSIAN.say(event_title("custody:container:refused:refused"))
    assert Voice("en", ZoneInfo("UTC")).say(event_title("custody:container:refused")) == "Container refused"


def test_the_ledger_tells_what_happened_in_russian(front: Front) -> None:
    listed = front.page("inspector1", "/ledger", **{"accept-language": "ru"}).text
    told = re.findall(r'<span class="event">([^<]*)</span>', listed)
    assert len(told) > 20
    assert [words for words in told if LATIN.search(words)] == []
    entry = front.page("inspector1", "/ledger/900", **{"accept-language": "ru"}).text
    [headline] = re.findall(r'<span class="event">([^<]*)</span>', entry)
    assert not LATIN.search(headline)


def written(kind: str) -> Iterator[str]:
    """Every name, method and source of the definitions that the product brings, but for what is a citation alone."""
    [package] = cellchain.__path__
    waiting: list[object] = [tomllib.loads(file.read_text()) for file in Path(package, kind).glob("*.toml")]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from (one[key] for key in ("name", "method", "source") if isinstance(one.get(key), str))
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def test_definitions_that_come_with_the_product_are_told_in_russian(front: Front) -> None:
    texts = {*written("quality/specifications"), *written("manufacturing/master_records")}
    english = {text for text in texts if RUSSIAN.say(text) != text}
    assert len(english) > 30
    assert {text for text in texts - english if re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", text)} == set()
    lots = [lot["code"] for lot in front.world.manifest["lots"]]
    pages = [("qa1", f"/quality/specifications/{number}") for number in range(1, 4)]
    pages += [("qa1", "/quality/specifications"), ("qa1", "/manufacturing/master-records"), ("qa1", "/manufacturing")]
    pages += [("qa1", f"/{room}/{lot}") for lot in lots for room in ("quality/lots", "manufacturing/lots", "trace")]
    for who, path in pages:
        answer = front.page(who, path, **{"accept-language": "ru"})
        assert answer.status_code == 200, path
        found = {text for text in english if re.search(rf"(?<![\w]){re.escape(text)}(?![\w])", words_of(answer.text))}
        assert found == set(), path


def test_a_study_tells_its_units_in_russian(front: Front) -> None:
    study = front.world.manifest["study"]["code"]
    text = said(front, "coordinator1", f"/trial/studies/{study}")
    assert not re.search(r"\b(events|mmol|kPa)\b", text)
    assert "ммоль/мин/кПа" in text
