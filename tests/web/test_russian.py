"""A Russian reader meets phases, hints and the house's own reasons in Russian, in drawings too."""

import re

import pytest

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
