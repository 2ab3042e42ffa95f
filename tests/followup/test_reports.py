"""What goes out on an event is kept as it was: versions, whom it told, the proof that they have it; and its PDF."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
import pytest

from cellchain.bedside.given import infusion as given_as
from cellchain.followup import commands
from cellchain.followup.safety import queries as safety
from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.ledger.actor import Actor
from cellchain.trace.recalls.exports import stand
from cellchain.trace.safety.form import Form, told
from cellchain.trace.safety.listing import Sheet, listing, table
from cellchain.trace.safety.variants import Variant
from cellchain.web.i18n import Voice
from tests.followup.story import Course
from tests.trial.files import Inbox
from tests.trial.story import STUDY, forbids, refuses


def follow_up(course: Course, event: int, **other: Any) -> dict[str, Any]:
    fields = {"event": event, "told": "Authority", "proof": "EV-2", "news": "Recovered.", **other}
    return course.do(commands.submit_follow_up, by=course.sponsor, **fields)


@pytest.fixture
def reported(course: Course) -> tuple[Course, int]:
    """A serious event after an infusion, reported once."""
    recipient = course.planned()
    course.infusion_given(recipient)
    course.house.clock.advance(timedelta(days=2))
    done = course.event(recipient, term="Stroke", grade=3, seriousness="disability", note="Found at home.")
    course.submit(done["clocks"][0])
    return course, int(done["event"])


def test_versions_are_kept_as_they_went_out(reported: tuple[Course, int]) -> None:
    course, event = reported
    course.assess(event)
    second = follow_up(course, event)
    assert (second["version"], second["clock"], second["in_time"]) == (2, None, True)
    with course.house.read() as tx:
        first, later = safety.reports_of(tx, event)
    assert (first.kind, first.told, first.proof, first.content["relatedness"]) == (
        "initial",
        "Sponsor",
        "Receipt 17",
        None,
    )
    assert (later.kind, later.content["relatedness"], later.news) == ("follow_up", "possible", "Recovered.")
    assert first.digest != later.digest


def test_the_final_report_is_the_last(reported: tuple[Course, int]) -> None:
    course, event = reported
    follow_up(course, event, kind="final")
    with refuses("report.final_out"):
        follow_up(course, event)


def test_nothing_follows_nothing(course: Course) -> None:
    event = course.event(course.randomised())["event"]
    with refuses("report.none_yet"):
        follow_up(course, event)
    with refuses("report.initial"):
        follow_up(course, event, kind="initial")
    with forbids():
        course.do(
            commands.submit_follow_up, by=course.people.nurse, event=event, told="Them", proof="None", news="News."
        )


def words_of(course: Course, event: int, version: int, actor: Actor, language: str, variant: Variant) -> str:
    """The words of a report form as somebody gets it."""
    voice = _voice(language)
    with course.house.read() as tx:
        form = Form(tx, told(tx, event, version, variant, actor), voice, stand(tx), demonstration=False)
        return text_of(form.document())


def _voice(language: str) -> Voice:
    return Voice(language, ZoneInfo("Europe/Moscow"))


def text_of(content: bytes) -> str:
    """The words of a PDF."""
    with pypdfium2.PdfDocument(io.BytesIO(content)) as opened:
        return " ".join(page.get_textpage().get_text_range() for page in opened).replace("\r\n", " ")


@pytest.mark.parametrize(("language", "asked"), [("en", "Initial report"), ("ru", "Первичное сообщение")])
def test_the_form_says_what_went_out(reported: tuple[Course, int], language: str, asked: str) -> None:
    course, event = reported
    said = words_of(course, event, 1, course.sponsor, language, Variant.BLINDED)
    for expected in (asked, "Stroke", "Receipt 17", "Found at home.", STUDY.code):
        assert expected in said
    with course.house.read() as tx:
        assert safety.reports_of(tx, event)[0].digest in said.replace(" ", "")


def test_the_arm_is_on_one_form_and_for_who_may_see_it(reported: tuple[Course, int]) -> None:
    course, event = reported
    with course.house.read() as tx:
        row = safety.events_of(tx, safety.reports_of(tx, event)[0].content["recipient"])[0]
        bag = given_as(tx, row.infusion or 0).bag
    blind = words_of(course, event, 1, course.people.physician, "en", Variant.BLINDED).replace(" ", "")
    seeing = words_of(course, event, 1, course.people.physician, "en", Variant.UNBLINDED).replace(" ", "")
    assert bag not in blind.replace("\u00a0", "")
    assert bag in seeing.replace("\u00a0", "")
    assert "WITHARM" in seeing
    with pytest.raises(Forbidden):
        words_of(course, event, 1, course.sponsor, "en", Variant.UNBLINDED)


def test_a_draft_says_so_and_an_unknown_version_is_not_there(reported: tuple[Course, int]) -> None:
    course, event = reported
    assert "NOT SUBMITTED" in words_of(course, event, 0, course.sponsor, "en", Variant.BLINDED)
    with pytest.raises(NotFound):
        words_of(course, event, 9, course.sponsor, "en", Variant.BLINDED)


def test_the_listing_states_the_ledger_and_hides_arms_from_the_sponsor(reported: tuple[Course, int]) -> None:
    course, event = reported
    voice = _voice("en")
    with course.house.read() as tx:
        at = stand(tx)
        blind = listing(tx, STUDY.code, course.sponsor, voice, with_arms=True)
        seeing = listing(tx, STUDY.code, course.committee, voice, with_arms=True)
        plain, full = table(blind, at, voice).decode(), table(seeing, at, voice).decode()
        sheet = text_of(Sheet(tx, seeing, voice, at, demonstration=False).document())
        bag = given_as(tx, seeing.rows[0].row.infusion or 0).bag
    assert at.root in plain
    assert str(at.entries) in plain
    assert (blind.with_arms, seeing.with_arms) == (False, True)
    assert bag in full
    assert bag not in plain
    assert "Stroke" in sheet
    assert f"{event},RC" in plain


# -- the proof ---------------------------------------------------------------------------------------------------------


def test_the_proof_may_be_a_paper(reported: tuple[Course, int], tmp_path: Path) -> None:
    """Beside the number or in its place: kept by its hash, named on the form, and given back as it came."""
    course, event = reported
    paper, inbox = b"%PDF-1.4 received, 2026-17\n%%EOF\n", Inbox(course.house, tmp_path / "files-of-the-house")
    follow_up(course, event, proof=None, proof_file=inbox.came(paper, "receipt.pdf"))
    follow_up(course, event, proof_file=inbox.came(paper, "receipt.pdf"))
    with course.house.read() as tx:
        first, second, third = safety.reports_of(tx, event)
        name, kind, digest = safety.proof_of(tx, event, 2)
        with pytest.raises(NotFound) as missing:
            safety.proof_of(tx, event, 1)
    assert (first.proof_file, second.proof, third.proof) == (None, None, "EV-2")
    assert (name, str(kind), inbox.folder.fetch(digest)) == ("receipt.pdf", "pdf", paper)
    assert missing.value.code == "report.no_proof_file"
    assert "receipt.pdf" in words_of(course, event, 2, course.sponsor, "en", Variant.BLINDED)


def test_a_report_without_any_proof_is_none(reported: tuple[Course, int], tmp_path: Path) -> None:
    course, event = reported
    with refuses("report.no_proof"):
        follow_up(course, event, proof=None)
    inbox = Inbox(course.house, tmp_path / "files-of-the-house")
    with refuses("file.wrong_kind"):
        follow_up(course, event, proof_file=inbox.came(b"number,day\n", "receipt.csv"))
    with refuses("file.not_received"):
        follow_up(course, event, proof_file={"name": "receipt.pdf", "sha256": "0" * 64})
