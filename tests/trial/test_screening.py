"""The screening log: everybody who was looked at, and why some did not come in; and nothing of who they are."""

import pytest

from cellchain.trial import commands
from cellchain.trial.setup import queries as setup
from cellchain.web.tables import as_csv
from tests.trial.story import NAME, STUDY, Story, forbids, refuses

SITE = STUDY.sites[0].code
LOOKED_AT = {
    "study": STUDY.code,
    "site": SITE,
    "screened_on": "2026-02-20",
    "sex": "female",
    "age_years": 61,
    "cause": "declined",
    "note": "Lives too far away: Testovka.",
}


def test_the_log_holds_those_who_came_in_and_those_who_did_not(story: Story) -> None:
    by = story.people.coordinator
    story.do(commands.record_screening, by=by, **LOOKED_AT)
    inside, out, waits = story.randomised(), story.measured(fvc_predicted_permille=390), story.enrolled()
    story.do(commands.screen_out, by=by, recipient=out, cause="not_eligible", criterion="fvc")
    entry = story.last_entry()
    assert (entry.event, entry.subject) == ("trial:recipient:screened_out", out)
    with story.house.read() as tx:
        log = setup.screening_log(tx, STUDY.code)
        table = as_csv(setup.screening_rows(tx, STUDY.code)).decode()
    assert [line.number for line in log] == [1, 2, 3, 4]
    assert {(line.recipient, line.outcome, line.reason and str(line.reason), line.criterion) for line in log} == {
        (None, "not_enrolled", "declined", None),
        (inside, "randomised", None, None),
        (out, "screened_out", "not_eligible", "fvc"),
        (waits, "enrolled", None, None),
    }
    assert "ledger_entries," in table
    for hidden in (NAME, "Testov", "1962", "17.05", "MSC,", "CONTROL"):
        assert hidden not in table.replace("study,MSC-ILD", "")
    assert not any("Testovka" in entry.body for entry in story.house.entries())


def test_who_did_not_come_in_has_no_way_back(story: Story) -> None:
    by, out = story.people.coordinator, story.eligible()
    story.do(commands.screen_out, by=by, recipient=out, cause="declined")
    with refuses("recipient.phase"):
        story.do(commands.randomise, by=by, recipient=out)
    with refuses("recipient.phase"):
        story.do(commands.screen_out, by=by, recipient=out, cause="declined")
    with refuses("recipient.phase"):
        story.do(commands.screen_out, by=by, recipient=story.randomised(), cause="declined")


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"cause": "not_eligible"}, "screening.criterion"),
        ({"cause": "not_eligible", "criterion": "nothing_of_this"}, "order.invalid"),
        ({"screened_on": "2199-01-01"}, "screening.in_future"),
        ({"site": "OTHER"}, "study.unknown_site"),
    ],
)
def test_a_line_that_does_not_say_enough_is_refused(story: Story, other: dict[str, str], code: str) -> None:
    with refuses(code):
        story.do(commands.record_screening, by=story.people.coordinator, **{**LOOKED_AT, **other})


def test_a_closed_study_takes_no_more_lines(story: Story) -> None:
    story.do(commands.close_study, by=story.people.statistician, study=STUDY.code)
    with refuses("study.closed"):
        story.do(commands.record_screening, by=story.people.coordinator, **LOOKED_AT)


def test_a_technician_may_not(story: Story) -> None:
    with forbids():
        story.do(commands.record_screening, by=story.people.technician, **LOOKED_AT)
    with forbids():
        story.do(commands.screen_out, by=story.people.technician, recipient=story.enrolled(), cause="declined")
