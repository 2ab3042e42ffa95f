"""Closing a study."""

from cellchain.trial import commands
from tests.trial.story import STUDY, Story, forbids, refuses


def test_a_study_without_anybody_on_treatment_is_closed(story: Story) -> None:
    enrolled = story.eligible()
    assert story.do(commands.close_study, by=story.people.statistician, study=STUDY.code)["phase"] == "closed"
    assert story.last_entry().event == "trial:study:closed"
    with refuses("study.closed"):
        story.enrolled()
    with refuses("study.closed"):
        story.do(commands.randomise, by=story.people.coordinator, recipient=enrolled)
    with refuses("study.phase"):
        story.do(commands.close_study, by=story.people.statistician, study=STUDY.code)


def test_not_while_somebody_is_on_treatment(story: Story) -> None:
    story.randomised()
    with refuses("study.in_treatment"):
        story.do(commands.close_study, by=story.people.statistician, study=STUDY.code)


def test_a_nurse_may_not(story: Story) -> None:
    with forbids():
        story.do(commands.close_study, by=story.people.nurse, study=STUDY.code)
