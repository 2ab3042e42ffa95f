"""The issue tag: what it says, and the two scans that tie it to its bag."""

import pytest
from sqlmodel import select

from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.labels import queries as labels
from cellchain.quality import commands, queries
from cellchain.quality.models import Deviation
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab
from tests.quality.test_release import certify

NOBODY = ""  # a lot within its specification is issued to anybody


def attach(lab: Lab, tag: str, bag: str) -> dict:
    return lab.do(commands.attach_issue_tag, by=lab.qa, tag=tag, bag=bag)


def opened_by_rule(lab: Lab) -> list[Deviation]:
    with lab.house.read() as tx:
        return tx.many(select(Deviation).where(Deviation.rule == "labels:label:mismatched"), limit=9)


def test_two_scans_tie_it_and_count_it_as_applied(lab: Lab) -> None:
    bag = lab.containers(lab.released())[0]
    worn = lab.label(bag, "infusion_bag")
    tag = lab.label(bag, "issue_tag", phase="printed", release_kind="conditional")
    assert lab.codes(bag) == {"bag.issue_tag_missing"}
    made = attach(lab, f"]d1{tag}\r", worn)
    assert (made["bag"], made["label"], made["kind"]) == (bag, tag, "conditional")
    found = lab.standing(bag)
    assert (found.reasons, found.conditional, found.tag) == ((), True, "conditional")
    with lab.house.read() as tx:
        label = labels.label(tx, tag)
    assert label is not None
    assert label.phase == "confirmed"


def test_a_tag_is_not_scanned_back_without_its_bag(lab: Lab, refuses: Refuses) -> None:
    """Scanned alone, it may hang anywhere: the account of the lot's labels would call it applied."""
    from cellchain.labels import commands as label_commands

    bag = lab.containers(lab.released())[0]
    worn = lab.label(bag, "infusion_bag")
    tag = lab.label(bag, "issue_tag", phase="printed", release_kind="conditional")
    with refuses("label.tied_to_a_bag"):
        lab.do(label_commands.confirm_label, by=lab.qa, scanned=tag)
    with lab.house.read() as tx:
        assert getattr(labels.label(tx, tag), "phase", None) == "printed"
    attach(lab, tag, worn)
    with lab.house.read() as tx:
        assert getattr(labels.label(tx, tag), "phase", None) == "confirmed"


def test_a_tag_that_went_out_of_use_no_longer_counts(lab: Lab) -> None:
    from cellchain.labels import commands as label_commands

    bag = lab.containers(lab.released())[0]
    worn = lab.label(bag, "infusion_bag")
    tag = lab.label(bag, "issue_tag", phase="printed", release_kind="conditional")
    attach(lab, tag, worn)
    lab.do(label_commands.void_label, by=lab.qa, label=tag, ending="destroy", reason="Torn")
    assert lab.codes(bag) == {"bag.issue_tag_missing"}
    again = lab.label(bag, "issue_tag", phase="printed", release_kind="conditional")
    attach(lab, again, worn)
    attach(lab, again, worn)
    assert lab.codes(bag) == set()


def test_a_tag_of_another_bag_stops_both_tags_and_opens_a_deviation(lab: Lab) -> None:
    """Two tags may have changed places: neither counts until QA has looked at both bags."""
    bag, other = lab.containers(lab.released())
    worn = lab.label(bag, "infusion_bag")
    own, wrong = (lab.label(one, "issue_tag", phase="printed", release_kind="conditional") for one in (bag, other))
    told = attach(lab, wrong, worn)
    assert (told["attached"], told["code"], told["bag"]) == (False, "issue_tag.other_bag", bag)
    assert told["message"].endswith("call QA.")
    with lab.house.read() as tx:
        assert {getattr(labels.label(tx, one), "phase", None) for one in (own, wrong)} == {"stopped"}
        assert getattr(labels.label(tx, worn), "phase", None) == "confirmed"
    assert lab.codes(bag) == {"bag.issue_tag_missing"}
    [opened] = opened_by_rule(lab)
    assert (opened.subject, opened.facts) == (bag, {"expected": own, "scanned": wrong, "lot": None})


def test_a_mix_up_is_seen_before_the_release_and_without_a_tag_of_its_own(lab: Lab) -> None:
    bag, other = lab.containers(lab.lot())
    worn = lab.label(bag, "infusion_bag")
    wrong = lab.label(other, "issue_tag", phase="printed", release_kind="conditional")
    assert attach(lab, wrong, worn)["attached"] is False
    [opened] = opened_by_rule(lab)
    assert opened.facts == {"expected": worn, "scanned": wrong, "lot": None}


def test_what_is_refused(lab: Lab, refuses: Refuses) -> None:
    lot = lab.released()
    bag, other = lab.containers(lot)
    worn = lab.label(bag, "infusion_bag")
    tag = lab.label(bag, "issue_tag", phase="printed", release_kind="conditional")
    with refuses("issue_tag.not_on_bag"):
        attach(lab, tag, tag)
    with refuses("issue_tag.not_on_bag"):
        attach(lab, tag, lab.label(other, "infusion_bag", phase="printed"))
    with refuses("issue_tag.not_a_tag"):
        attach(lab, worn, worn)
    with refuses("issue_tag.void"):
        attach(lab, lab.label(bag, "issue_tag", phase="spoiled", release_kind="conditional"), worn)
    with pytest.raises(NotFound):
        attach(lab, "nonsense", worn)


def test_a_tag_that_says_what_is_no_longer_true(lab: Lab, refuses: Refuses) -> None:
    lot = lab.released()
    bag = lab.containers(lot)[0]
    worn = lab.label(bag, "infusion_bag")
    tag = lab.label(bag, "issue_tag", phase="printed", release_kind="conditional")
    certify(lab, lot)
    with refuses("issue_tag.outdated"):
        attach(lab, tag, worn)


def test_none_before_the_release(lab: Lab, refuses: Refuses) -> None:
    bag = lab.containers(lab.lot())[0]
    tag = lab.label(bag, "issue_tag", phase="printed", release_kind="conditional")
    with refuses("issue_tag.not_released"):
        attach(lab, tag, lab.label(bag, "infusion_bag"))
    with lab.house.read() as tx, refuses("issue_tag.not_released"):
        queries.issue_tag_fields(tx, bag, NOBODY)


def test_what_quality_prints_on_it(lab: Lab) -> None:
    lot = lab.released()
    bag = lab.containers(lot)[0]
    with lab.house.read() as tx:
        fields = queries.issue_tag_fields(tx, bag, NOBODY)
    assert fields["release_kind"] == "conditional"
    assert fields["released_local.en"] == "02 MAR 2026 11:00 MSK"
    assert fields["released_utc.ru"] == "08:00 UTC"
    assert fields["release_note.en"].startswith("Final result due 23")
    certify(lab, lot)
    with lab.house.read() as tx:
        fields = queries.issue_tag_fields(tx, bag, NOBODY)
    assert fields["release_kind"] == "final"
    assert "release_note.en" not in fields


def test_a_nurse_may_not(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        lab.do(commands.attach_issue_tag, by=lab.nurse, tag="x", bag="y")


def test_a_bag_that_nobody_knows(lab: Lab) -> None:
    from cellchain.identity.codes import Kind, issue

    assert lab.codes(issue(Kind.BAG, 1, 2026, 999)) == {"bag.unknown"}
