"""What a scan tells of people, lots, bags and symbols that are nothing here."""

import pytest

from tests.bedside.browser import Front


def told(front: Front, symbol: str, who: str = "qa1") -> dict[str, object]:
    """The answer to a scan."""
    answer = front.send(who, "scan", {"symbol": symbol})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_badge_answers_the_person(front: Front) -> None:
    """What a scan answers is what a command takes."""
    person, badge = front.world.actors["nurse2"].person, front.world.badge("nurse2")
    answer = told(front, badge, "admin1")
    assert (answer["kind"], answer["code"]) == ("person", person)
    assert front.order("admin1", "accounts/lock", {"person": answer["code"]}).status_code == 200
    assert front.order("admin1", "accounts/unlock", {"person": answer["code"]}).status_code == 200


def test_a_lot_stands_where_quality_put_it(front: Front) -> None:
    for lot in front.world.manifest["lots"]:
        assert told(front, lot["code"])["phase"] == lot["phase"]


@pytest.mark.parametrize(
    ("bedside", "phase"),
    [
        ("on_hold", "on_hold"),
        ("recalled", "recalled"),
        ("expired", "expired"),
        ("infused", "infused"),
        ("ready", "filled"),
    ],
)
def test_a_bag_that_may_not_be_given_says_why(front: Front, bedside: str, phase: str) -> None:
    for bag in front.world.bags(bedside):
        assert told(front, bag["label"])["phase"] == phase


@pytest.mark.parametrize("symbol", ["garbage~<b>", "", "LB012600000000", "BG012699999973", "12"])
def test_what_is_nothing_here_says_what_to_do(front: Front, symbol: str) -> None:
    answer = told(front, symbol)
    if answer["kind"] == "unknown":
        assert str(answer["title"]).endswith(".")
        assert len(str(answer["title"]).split()) > 3
    else:
        assert answer["kind"] == "label"
