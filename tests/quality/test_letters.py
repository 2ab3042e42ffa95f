"""Letters of a recall: send_letters through the house, record_letter for what went another way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden, Invalid
from cellchain.quality import commands
from cellchain.quality.letters import queries
from cellchain.quality.letters.rules import LetterWay, may_send, reads_here
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab
from tests.quality.test_exercise import start

SAYS, SAYS_MORE = "a" * 64, "b" * 64


def signed(lab: Lab) -> int:
    """A recall that was just signed."""
    lot = lab.lot()
    return int(lab.do(commands.recall, by=lab.qa, root=lot, reason="A crack in the bag")["recall"])


def send(lab: Lab, recall: int, *pairs: tuple[str, str], by: Any = None) -> dict[str, Any]:
    named: dict[str, Any] = {"to": [to for to, _ in pairs], "digests": [digest for _, digest in pairs]}
    return lab.do(commands.send_letters, by=by or lab.qa, recall=recall, **named)


def record(lab: Lab, recall: int, to: str, days: int = 0, **more: Any) -> dict[str, Any]:
    sent_on = lab.today() + timedelta(days=days)
    fields = {"recall": recall, "to": to, "sent_on": sent_on, "reference": "Registered post 1", **more}
    return lab.do(commands.record_letter, by=lab.qa, **fields)


def test_a_letter_goes_through_the_house_once_for_what_it_says(lab: Lab, refuses: Refuses) -> None:
    recall = signed(lab)
    assert send(lab, recall, ("sponsor", SAYS))["sent"] == 1
    with refuses("letter.sent_already"):
        send(lab, recall, ("sponsor", SAYS))
    assert send(lab, recall, ("sponsor", SAYS_MORE))["sent"] == 1
    with lab.house.read() as tx:
        found = queries.letters_of(tx, recall)
    assert [(one.to, one.way, one.digest) for one in found] == [
        ("sponsor", LetterWay.HOUSE, SAYS),
        ("sponsor", LetterWay.HOUSE, SAYS_MORE),
    ]
    entry = next(one for one in reversed(lab.house.entries()) if one.event == "quality:letters:sent")
    assert '"meaning":"I send these letters"' in entry.body


def test_whoever_reads_nothing_here_is_written_to_another_way(lab: Lab, refuses: Refuses) -> None:
    recall = signed(lab)
    with refuses("letter.not_a_reader"):
        send(lab, recall, ("sponsor", SAYS), (lab.nurse.person, SAYS))
    for to in ("unknown", "authority", lab.location()):
        with refuses("letter.not_a_reader"):
            send(lab, recall, (to, SAYS))
        assert not reads_here(to)
    may_send([lab.nurse.person], [lab.nurse.person])
    with lab.house.read() as tx:
        assert queries.letters_of(tx, recall) == []


def test_no_letter_before_the_list_is_final(lab: Lab, refuses: Refuses) -> None:
    number, _ = start(lab, "recall")
    lab.do(commands.list_recall, by=lab.qa, recall=number)
    with refuses("letter.too_early"):
        send(lab, number, ("sponsor", SAYS))
    with refuses("letter.too_early"):
        record(lab, number, "unknown")
    exercise, _ = start(lab)
    lab.do(commands.list_recall, by=lab.qa, recall=exercise)
    assert send(lab, exercise, ("sponsor", SAYS))["sent"] == 1
    with refuses("letter.exercise"):
        record(lab, exercise, "authority", told_by="The sponsor")


def test_that_the_authority_was_told_is_written_down(lab: Lab, refuses: Refuses) -> None:
    recall = signed(lab)
    with pytest.raises(Invalid) as nobody:
        record(lab, recall, "authority")
    assert set(nobody.value.fields) == {"told_by"}
    for days in (1, -1):
        with pytest.raises(Invalid) as wrong:
            record(lab, recall, "authority", days, told_by="The sponsor")
        assert set(wrong.value.fields) == {"sent_on"}
    record(lab, recall, "authority", told_by="The sponsor")
    with refuses("letter.recorded_already"):
        record(lab, recall, "authority", told_by="The sponsor")
    place = lab.location()
    record(lab, recall, place)
    with lab.house.read() as tx:
        told, kept = queries.letters_of(tx, recall)
    assert (told.to, told.told_by, told.sent_on, told.recorded_by) == (
        "authority",
        "The sponsor",
        lab.today(),
        lab.qa.person,
    )
    assert (kept.to, kept.way, kept.digest) == (place, LetterWay.OUTSIDE, None)
    assert lab.last_event() == "quality:letter:recorded"


@pytest.mark.parametrize("verb", [commands.send_letters, commands.record_letter])
def test_qa_alone(lab: Lab, verb: Callable[..., Any]) -> None:
    fields: dict[str, Any] = {"recall": 1, "to": ["sponsor"], "digests": [SAYS]}
    if verb is commands.record_letter:
        fields = {"recall": 1, "to": "sponsor", "sent_on": lab.today(), "reference": "Post"}
    with pytest.raises(Forbidden):
        lab.do(verb, by=lab.analyst, **fields)
