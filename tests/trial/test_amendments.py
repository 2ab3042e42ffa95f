"""Amendments: imported, compared, made effective, and whom they move. One story for each way they go."""

import pytest

from cellchain.trial import commands, queries
from cellchain.trial.setup import comparison
from cellchain.trial.setup import queries as setup
from tests.factories import House
from tests.trial.story import DEFINITION_TEXT, STUDY, Story, forbids, refuses

PART = """
[amendment]
number = {number}
recipients = "{recipients}"
reconsent = {reconsent}
[amendment.summary]
en = "Slower infusion"
ru = "Более медленная инфузия"
"""


STRATUM = """
[stratum]
measure = "fvc_percent"
below = 60
[stratum.title]
en = "FVC below 60 %"
ru = "ФЖЕЛ ниже 60 %"
"""


def amended(
    number: int = 1, recipients: str = "move", *, reconsent: bool = False, form: str = "", **change: str
) -> str:
    """The study's file with a slower rate, or what `change` puts in place of something, as amendment `number`."""
    text = DEFINITION_TEXT.replace("rate_highest_ml_h = 200", f"rate_highest_ml_h = {200 + number}")
    for before, after in change.items():
        line = next(one for one in text.splitlines() if one.startswith(f"{before} ="))
        text = text.replace(line, f"{before} = {after}", 1)
    head, site, rest = text.partition("[[sites]]")
    form_line = f'consent_form = "{form}"\n' if form else ""
    head = head.replace("[title]", form_line + "[title]")
    return head + site + rest + PART.format(number=number, recipients=recipients, reconsent=str(reconsent).lower())


def brought_in(story: Story, text: str) -> int:
    """Imported by the coordinator: the number of the version."""
    return int(
        story.do(commands.import_amendment, by=story.people.coordinator, study=STUDY.code, definition=text)["version"]
    )


def effective(story: Story, text: str) -> dict[str, object]:
    """Imported, and made effective by the statistician."""
    version = brought_in(story, text)
    return story.do(commands.make_amendment_effective, by=story.people.statistician, study=STUDY.code, version=version)


def rate_for(story: Story, recipient: str) -> int:
    """What a bedside reads for this recipient."""
    with story.house.read() as tx:
        return queries.study_of(tx, recipient).bedside.rate_highest_ml_h


def test_importing_changes_nothing_and_shows_both_sides(story: Story) -> None:
    recipient = story.enrolled()
    assert brought_in(story, amended()) == 2
    with story.house.read() as tx:
        found = setup.compared(tx, STUDY.code, 2)
        assert queries.study_definition(tx, STUDY.code) == STUDY
    assert [(one.place, one.before, one.after) for one in found.differences] == [
        ("bedside.rate_highest_ml_h", "200", "201")
    ]
    assert rate_for(story, recipient) == 200
    with refuses("amendment.waits"):
        brought_in(story, amended())
    story.do(commands.withdraw_amendment, by=story.people.coordinator, study=STUDY.code, version=2)
    with refuses("study_version.phase"):
        story.do(commands.make_amendment_effective, by=story.people.statistician, study=STUDY.code, version=2)


def test_one_that_moves_everybody_moves_them_at_once(story: Story) -> None:
    before, gone = story.randomised(), story.consented()
    story.do(commands.withdraw_consent, by=story.people.coordinator, recipient=gone, account="Moved away.")
    result = effective(story, amended())
    assert (result["phase"], result["moved"]) == ("effective", 1)
    assert story.last_entry().event == "trial:amendment:made_effective"
    assert (rate_for(story, before), rate_for(story, gone), rate_for(story, story.enrolled())) == (201, 200, 201)
    with story.house.read() as tx:
        assert [(one.number, str(one.phase)) for one in setup.versions(tx, STUDY.code)] == [
            (2, "effective"),
            (1, "replaced"),
        ]


def test_one_that_keeps_everybody_concerns_those_who_come_after(story: Story) -> None:
    before = story.randomised()
    assert effective(story, amended(recipients="keep"))["moved"] == 0
    assert (rate_for(story, before), rate_for(story, story.enrolled())) == (200, 201)
    assert effective(story, amended(2))["moved"] == 2
    assert rate_for(story, before) == 202


def test_who_has_to_consent_again_moves_when_they_have(story: Story) -> None:
    signed, waits, eligible = story.randomised(), story.randomised(), story.eligible()
    assert effective(story, amended(reconsent=True, form="3.0"))["moved"] == 0
    by = story.people.coordinator
    with story.house.read() as tx:
        assert setup.reconsent_due(tx, STUDY.code) == [signed, waits, eligible]
    with refuses("consent.due_again"):
        story.do(commands.randomise, by=by, recipient=eligible)
    with refuses("consent.other_form"):
        story.do(commands.record_consent, by=by, recipient=signed, version="2.0 of 12 Jan 2026")
    story.do(commands.record_consent, by=by, recipient=signed, version="3.0")
    story.do(commands.record_consent, by=by, recipient=eligible, version="3.0")
    story.do(commands.randomise, by=by, recipient=eligible)
    with story.house.read() as tx:
        assert setup.reconsent_due(tx, STUDY.code) == [waits]
        assert setup.form_to_sign(tx, queries.recipient_facts(tx, waits)) == "3.0"
    assert (rate_for(story, signed), rate_for(story, waits)) == (201, 200)
    # A later amendment moves at once only whose consent is the newest.
    assert effective(story, amended(2, form="3.0"))["moved"] == 2
    assert (rate_for(story, signed), rate_for(story, waits)) == (202, 200)
    story.do(commands.record_consent, by=by, recipient=waits, version="3.0")
    assert rate_for(story, waits) == 202


def test_the_new_form_alone_may_be_what_an_amendment_brings(story: Story) -> None:
    recipient = story.randomised()
    effective(story, amended(recipients="keep", reconsent=True, form="3.0"))
    story.do(commands.record_consent, by=story.people.coordinator, recipient=recipient, version="3.0")
    assert rate_for(story, recipient) == 200
    with story.house.read() as tx:
        assert setup.reconsent_due(tx, STUDY.code) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (DEFINITION_TEXT, "amendment.number"),
        (amended(2), "amendment.number"),
        (amended().replace('code = "MSC-ILD"', 'code = "OTHER"', 1), "amendment.other_study"),
        (DEFINITION_TEXT + PART.format(number=1, recipients="keep", reconsent="false"), "amendment.changes_nothing"),
        (amended().replace('code = "CONTROL"', 'code = "PLACEBO"', 1), "amendment.arms"),
        (amended(ratio="2"), "amendment.arms"),
        (amended(enrolment="21"), "amendment.list_too_short"),
        (amended().replace('code = "month_9"', 'code = "month_10"', 1), "amendment.drops"),
        (amended(courses="5"), "amendment.plans"),
        (amended(reconsent=True), "order.invalid"),
        (
            amended() + STRATUM,
            "amendment.stratum",
        ),
    ],
)
def test_what_an_amendment_may_not_do(story: Story, text: str, code: str) -> None:
    with refuses(code):
        brought_in(story, text)


def test_a_file_of_an_amendment_opens_no_study(house: House) -> None:
    story = Story(house, committed=False)
    with refuses("study.amendment"):
        story.do(commands.open_study, by=story.people.statistician, definition=amended().replace("MSC-ILD", "SECOND"))


def test_a_file_that_was_withdrawn_is_not_imported_again(story: Story) -> None:
    brought_in(story, amended())
    story.do(commands.withdraw_amendment, by=story.people.coordinator, study=STUDY.code, version=2)
    with refuses("amendment.known"):
        brought_in(story, amended())
    with refuses("amendment.unknown"):
        story.do(commands.withdraw_amendment, by=story.people.coordinator, study=STUDY.code, version=9)


def test_things_with_a_code_are_compared_under_it() -> None:
    visits = STUDY.visits
    other = STUDY.model_copy(update={"visits": (visits[0], *visits[2:], visits[1])})
    assert comparison.differences(STUDY, other) == []
    wider = visits[1].model_copy(update={"window_weeks": 3})
    found = comparison.differences(STUDY, STUDY.model_copy(update={"visits": (visits[0], wider, *visits[2:])}))
    assert [(one.place, one.before, one.after) for one in found] == [("visits.month_3.window_weeks", "2", "3")]


def test_a_coordinator_imports_and_does_not_sign(story: Story) -> None:
    version = brought_in(story, amended())
    with forbids():
        story.do(commands.make_amendment_effective, by=story.people.coordinator, study=STUDY.code, version=version)
    with forbids():
        story.do(commands.import_amendment, by=story.people.nurse, study=STUDY.code, definition=amended())
