"""Enrolling somebody."""

from datetime import date

from cellchain.trial import commands, queries
from tests.trial.story import BORN, NAME, STUDY, Story, forbids, refuses


def test_from_here_on_they_are_a_code(story: Story) -> None:
    recipient = story.enrolled()
    assert recipient.startswith("RC0126")
    entry = story.last_entry()
    assert (entry.event, entry.subject) == ("trial:recipient:enrolled", recipient)
    assert "Testov" not in entry.body
    assert BORN.isoformat() not in entry.body
    with story.house.read() as tx:
        facts = queries.recipient_facts(tx, recipient)
        person = queries.named(tx, recipient)
        stored = str(tx._link.execute("SELECT * FROM trial_recipient").fetchall())
    assert (facts.weight_g, facts.height_mm, facts.phase) == (81_400, 1_725, "enrolled")
    assert (person.name, person.born) == (NAME, BORN)
    assert "Testov" not in stored
    assert "1962" not in stored


def test_what_cannot_be_is_refused(story: Story) -> None:
    with refuses("study.unknown_site"):
        story.enrolled(site="ELSEWHERE")
    with refuses("recipient.born_in_future"):
        story.enrolled(born=date(2026, 3, 2))
    with refuses("recipient.no_physician"):
        story.enrolled(physician=story.people.nurse.person)
    with refuses("recipient.no_physician"):
        story.enrolled(physician=_nobody())
    with refuses("record.not_found"):
        story.enrolled(study="OTHER")


def _nobody() -> str:
    from cellchain.identity.codes import Kind, issue

    return issue(Kind.PERSON, 1, 2026, 999_999)


def test_a_nurse_may_not(story: Story) -> None:
    with forbids():
        story.do(
            commands.enrol,
            by=story.people.nurse,
            study=STUDY.code,
            site=STUDY.sites[0].code,
            name=NAME,
            born=BORN,
            sex="female",
            height_cm="165",
            weight_kg="60",
            physician=story.people.physician.person,
        )
