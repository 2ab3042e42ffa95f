"""What a scan says of a recipient, and what labels say."""

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from cellchain.labels import design
from cellchain.ledger.describe import Description
from cellchain.manufacturing import queries as manufacturing
from cellchain.trial import commands, describe, queries
from tests.trial.story import NAME, STUDY, Story, refuses


def _said(story: Story, code: str, who: str = "nurse") -> Description | None:
    with story.house.read() as tx:
        return describe.describe(tx, code, getattr(story.people, who))


def test_code_wristband_and_chain_of_identity_stand_for_one_recipient(story: Story) -> None:
    recipient = story.randomised()
    with story.house.read() as tx:
        facts = queries.recipient_facts(tx, recipient)
        band = queries.live_wristband(tx, recipient) or ""
    for code in (recipient, band, facts.chain_of_identity or ""):
        said = _said(story, code)
        assert said is not None
        assert (said.kind, said.code, said.phase, said.href) == (
            "recipient",
            recipient,
            "randomised",
            f"/trial/recipients/{recipient}",
        )


def test_a_replaced_wristband_stands_for_nobody(story: Story) -> None:
    recipient = story.randomised()
    with story.house.read() as tx:
        old = queries.live_wristband(tx, recipient) or ""
    second = story.badge(story.people.second_nurse)
    story.do(commands.replace_wristband, by=story.people.nurse, recipient=recipient, witness=second)
    said = _said(story, old)
    assert said is not None
    assert (said.code, said.phase, said.actions) == (old, "void", ())


def test_who_may_not_read_the_trial_is_told_nothing(story: Story) -> None:
    recipient = story.randomised()
    blind = replace(story.people.nurse, permissions=frozenset())
    with story.house.read() as tx:
        assert describe.describe(tx, recipient, blind) is None
        assert describe.describe(tx, "RC012600999999", story.people.nurse) is None


def test_actions_follow_the_stage(story: Story) -> None:
    def verbs(recipient: str, who: str) -> list[str]:
        said = _said(story, recipient, who)
        assert said is not None
        return [action.path.removeprefix("trial/") for action in said.actions]

    assert verbs(story.enrolled(), "coordinator")[0] == "record_consent"
    assert verbs(story.consented(), "physician")[0] == "record_baseline"
    assert verbs(story.measured(), "physician")[:2] == ["confirm_eligibility", "record_baseline"]
    assert verbs(story.eligible(), "coordinator")[0] == "randomise"
    assert verbs(story.randomised(), "coordinator")[0] == "plan_infusions"
    assert verbs(story.planned(), "physician")[:2] == ["order_infusion", "reschedule"]
    ordered = story.ordered()
    assert verbs(ordered, "technician") == ["assign_bag"]
    assert verbs(ordered, "physician")[0] == "cancel_order"
    assert verbs(ordered, "nurse") == ["replace_wristband"]
    assert verbs(ordered, "assessor") == []
    story.do(commands.record_death, by=story.people.physician, recipient=ordered, account="At home.")
    assert verbs(ordered, "physician") == []


def test_the_wristband_bears_the_name_and_its_own_symbol(story: Story) -> None:
    recipient = story.randomised()
    with story.house.read() as tx:
        band = queries.live_wristband(tx, recipient) or ""
        data = describe.label(tx, band, "wristband")
    assert data.symbol == band
    assert data.group is None
    assert (data.fields["name.en"], data.fields["born.en"].replace("\u00a0", " ")) == (NAME, "17 MAY 1962")
    assert data.fields["born.ru"].replace("\u00a0", " ") == "17 МАЙ 1962"
    _has_what_the_design_asks("wristband", data.fields)


def test_the_bag_label_says_whose_it_is_and_neither_name_nor_arm(story: Story) -> None:
    story.house.database.house = replace(
        story.house.database.house, zone=ZoneInfo("Europe/Moscow"), site_name="Example"
    )
    for _ in range(4):
        recipient, bag = story.assigned()
        with story.house.read() as tx:
            data = describe.label(tx, bag, "infusion_bag")
            lot = manufacturing.bag_facts(tx, bag)
            chain = queries.recipient_facts(tx, recipient).chain_of_identity
        assert lot is not None
        assert (data.symbol, data.group) == (None, lot.lot)
        assert data.fields["recipient"] == recipient
        assert data.fields["chain_of_identity"] == chain
        assert (data.fields["infusion.en"], data.fields["infusion.ru"]) == ("1 of 8", "1 из 8")
        said = str(data.fields).replace(STUDY.code, "")
        assert "Testov" not in said
        assert "CONTROL" not in said
        assert "MSC" not in said


def test_an_unassigned_bag_has_no_bag_label(story: Story) -> None:
    bag = story.bag("saline")
    with story.house.read() as tx:
        for name in ("infusion_bag", "issue_tag"):
            with refuses("label.bag_unassigned"):
                describe.label(tx, bag, name)
        with refuses("label.wrong_design"):
            describe.label(tx, bag, "cryovial")


def test_a_void_wristband_is_not_printed(story: Story) -> None:
    recipient = story.randomised()
    with story.house.read() as tx:
        old = queries.live_wristband(tx, recipient) or ""
    second = story.badge(story.people.second_nurse)
    story.do(commands.replace_wristband, by=story.people.nurse, recipient=recipient, witness=second)
    with story.house.read() as tx, refuses("label.wristband_void"):
        describe.label(tx, old, "wristband")


def test_no_issue_tag_before_a_release(story: Story) -> None:
    _recipient, bag = story.assigned()
    with story.house.read() as tx, refuses("issue_tag.not_released"):
        describe.label(tx, bag, "issue_tag")


def _has_what_the_design_asks(name: str, fields: Mapping[str, str]) -> None:
    for box in design.load(name).boxes:
        if box.field is not None and box.required and box.field != "label_code":
            present = [key for key in fields if key.split(".")[0] == box.field]
            assert present, box.field
