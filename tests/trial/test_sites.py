"""Who works at a site: where the study has its work done by named people, nobody else does it."""

import pytest

from cellchain.trial import commands
from cellchain.trial.setup import queries as setup
from tests.factories import House
from tests.trial.story import BASELINE, DEFINITION_TEXT, STUDY, Story, answers, forbids, refuses

SITE = STUDY.sites[0].code
NAMED_STAFF = DEFINITION_TEXT.replace('code = "FMBA-MOSCOW"\n', 'code = "FMBA-MOSCOW"\nnamed_staff = true\n')


@pytest.fixture
def named(house: House) -> Story:
    """A study whose site names its people, with nobody named yet."""
    return Story(house, definition_text=NAMED_STAFF)


def name(story: Story, who: str, role: str) -> int:
    """Named by the physician."""
    fields = {"study": STUDY.code, "site": SITE, "person": getattr(story.people, who).person, "role": role}
    return int(story.do(commands.name_for_site, by=story.people.physician, **fields)["line"])


def test_nobody_works_there_before_they_are_named(named: Story) -> None:
    with refuses("site.not_named"):
        named.enrolled()
    name(named, "coordinator", "coordinator")
    recipient = named.consented()
    with refuses("site.not_named"):
        named.do(commands.record_baseline, by=named.people.physician, recipient=recipient, **BASELINE)
    line = name(named, "physician", "investigator")
    named.do(commands.record_baseline, by=named.people.physician, recipient=recipient, **BASELINE)
    named.do(commands.end_site_role, by=named.people.coordinator, line=line)
    with refuses("site.not_named"):
        named.do(commands.confirm_eligibility, by=named.people.physician, recipient=recipient, answers=answers())
    with refuses("site.ended_already"):
        named.do(commands.end_site_role, by=named.people.coordinator, line=line)
    with named.house.read() as tx:
        assert [(one.person, one.ended_at is None) for one in setup.site_roles(tx, STUDY.code)] == [
            (named.people.coordinator.person, True),
            (named.people.physician.person, False),
        ]


def test_without_that_rule_the_house_roles_are_enough(story: Story) -> None:
    assert story.randomised()


def test_a_duty_goes_with_a_role_and_is_given_once(story: Story) -> None:
    with refuses("site.no_role"):
        name(story, "nurse", "investigator")
    name(story, "physician", "investigator")
    with refuses("site.named_already"):
        name(story, "physician", "investigator")
    with refuses("study.unknown_site"):
        fields = {"person": story.people.physician.person, "role": "investigator"}
        story.do(commands.name_for_site, by=story.people.physician, study=STUDY.code, site="OTHER", **fields)


def test_a_nurse_names_nobody(story: Story) -> None:
    line = name(story, "physician", "investigator")
    with forbids():
        story.do(commands.end_site_role, by=story.people.nurse, line=line)
    with forbids():
        fields = {"study": STUDY.code, "site": SITE, "person": story.people.nurse.person, "role": "coordinator"}
        story.do(commands.name_for_site, by=story.people.nurse, **fields)
