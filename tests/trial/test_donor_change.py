"""Another donor than before: as the study says, asked when a bag is assigned."""

from datetime import timedelta

import pytest
from sqlmodel import SQLModel

from cellchain.identity.codes import Kind, issue
from cellchain.ledger.actor import SYSTEM
from cellchain.trial import commands
from cellchain.trial.definition import DonorChange
from cellchain.trial.setup import rules
from tests.factories import House
from tests.trial.story import DEFINITION_TEXT, Story, refuses

ONE, OTHER, BOTH, NONE = frozenset({"DN1"}), frozenset({"DN2"}), frozenset({"DN1", "DN2"}), frozenset[str]()


@pytest.mark.parametrize(
    ("rule", "now", "before", "course", "allowed"),
    [
        (DonorChange.ANY, OTHER, [(1, ONE)], 1, True),
        (DonorChange.NEVER, ONE, [(1, ONE)], 4, True),
        (DonorChange.NEVER, OTHER, [(1, ONE)], 4, False),
        (DonorChange.NEVER, BOTH, [(1, ONE)], 1, False),
        (DonorChange.NEVER, OTHER, [], 1, True),
        (DonorChange.NEVER, NONE, [(1, ONE)], 1, True),  # saline has no donor
        (DonorChange.NEVER, OTHER, [(1, NONE)], 1, True),
        (DonorChange.BETWEEN_COURSES, OTHER, [(1, ONE)], 2, True),
        (DonorChange.BETWEEN_COURSES, OTHER, [(1, ONE), (2, OTHER)], 2, True),
        (DonorChange.BETWEEN_COURSES, OTHER, [(1, OTHER), (2, ONE)], 2, False),
    ],
)
def test_whose_cells_may_come_next(
    rule: DonorChange, now: frozenset[str], before: list[tuple[int, frozenset[str]]], course: int, *, allowed: bool
) -> None:
    if allowed:
        rules.donor_may_change(rule, now, before, course)
    else:
        with refuses("bag.other_donor"):
            rules.donor_may_change(rule, now, before, course)


def donated(story: Story, bag: str, donor: int) -> None:
    """The lot of a bag comes from a donation of this donor: rows as the donors' room would leave them."""
    now, tables = story.house.clock.now(), SQLModel.metadata.tables
    code, donation = issue(Kind.DONOR, 1, 2026, donor), issue(Kind.DONATION, 1, 2026, 900 + donor)
    person = {
        "code": code,
        "phase": "eligible",
        "name": story.house.sealer.salted("Nobody"),
        "identity_document": story.house.sealer.salted("None"),
        "sex": "male",
        "birth_year": 1990,
        "blood_group": "O+",
        "registered_at": now,
        "registered_by": SYSTEM,
    }
    given = {
        "code": donation,
        "phase": "received",
        "donor": code,
        "container": bag,
        "volume_ul": 100_000,
        "anticoagulant_lot": bag,
        "anticoagulant_units": 1,
        "operator": SYSTEM,
        "started_at": now,
        "ended_at": now,
        "process_by": now,
        "recorded_by": SYSTEM,
    }
    with story.house.database.engine.begin() as link:
        link.exec_driver_sql("PRAGMA foreign_keys = OFF")
        link.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        known = link.exec_driver_sql("SELECT count(*) FROM donors_donor WHERE code = ?", (code,)).scalar()
        if not known:
            link.execute(tables["donors_donor"].insert().values(**person))
            link.execute(tables["donors_donation"].insert().values(**given))
        lot = link.exec_driver_sql("SELECT lot FROM manufacturing_container WHERE code = ?", (bag,)).scalar()
        link.exec_driver_sql("INSERT INTO manufacturing_lot_source (lot, source) VALUES (?, ?)", (lot, donation))
        link.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


def test_a_bag_of_another_donor_is_not_assigned_where_the_study_forbids_it(house: House) -> None:
    text = DEFINITION_TEXT.replace("[product]\n", '[product]\ndonor_change = "never"\n')
    story = Story(house, definition_text=text)
    by, recipient = story.people.technician, story.ordered()
    while story.content_for(recipient) != "msc":
        recipient = story.ordered()
    first, other, same = (story.bag("msc", keeps=timedelta(days=30)) for _ in range(3))
    for bag, donor in ((first, 1), (other, 2), (same, 1)):
        donated(story, bag, donor)
    story.do(commands.assign_bag, by=by, bag=first, recipient=recipient)
    with story.house.database.engine.begin() as link:  # as the bedside leaves it
        link.exec_driver_sql("UPDATE trial_assignment SET phase = 'used', ended_at = assigned_at")
        link.exec_driver_sql("UPDATE trial_planned_infusion SET phase = 'infused' WHERE phase = 'assigned'")
    story.house.clock.advance(timedelta(days=7))
    story.order(recipient, 2)
    with refuses("bag.other_donor"):
        story.do(commands.assign_bag, by=by, bag=other, recipient=recipient)
    assert story.do(commands.assign_bag, by=by, bag=same, recipient=recipient)["number"] == 2
