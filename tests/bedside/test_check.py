"""One person's check against the demonstration: every wristband with every bag, and every wrong thing one can scan."""

from typing import Any

import pytest

from cellchain.bedside.models import Check
from cellchain.bedside.rules import CheckPhase
from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import Forbidden
from cellchain.labels import commands as labels
from cellchain.labels import queries as label_queries
from cellchain.notices import queries as notices
from cellchain.quality import commands as quality
from cellchain.trial import commands as trial
from tests.bedside.world import INSPECTION, World, codes

PREVIEW = issue(Kind.LABEL, 1, 2026, 0)


def test_every_wristband_with_every_bag(world: World) -> None:
    """MATCH for a ready bag with its own recipient, and for nothing else."""
    matched = set()
    for bag in world.manifest["bags"]:
        for recipient in world.manifest["recipients"]:
            seen = world.check("nurse1", recipient["wristband"], bag["label"])
            assert (seen["verdict"] == "MATCH") == (seen["reasons"] == [])
            assert seen["may_start"] is False
            if seen["verdict"] == "MATCH":
                matched.add((bag["code"], recipient["code"]))
    assert matched == {(bag["code"], bag["recipient"]) for bag in world.bags("ready")}
    assert len(matched) >= 6


@pytest.mark.parametrize(
    ("bedside", "code"),
    [
        ("expired", "check.expired"),
        ("unassigned", "check.not_a_bag_label"),
        ("recalled", "check.not_a_bag_label"),
        ("infused", "check.already_infused"),
    ],
)
def test_a_bag_in_another_state_says_which(world: World, bedside: str, code: str) -> None:
    bag = world.bags(bedside)[0]
    recipient = bag["recipient"] or world.ready()[2]
    assert code in codes(world.check("nurse1", world.band(recipient), bag["label"]))


@pytest.mark.parametrize("bedside", ["on_hold", "assigned_unreleased"])
def test_what_quality_has_against_a_bag_is_a_reason(world: World, bedside: str) -> None:
    bag = world.bags(bedside)[0]
    assert codes(world.check("nurse1", world.band(bag["recipient"]), bag["label"]))


def test_a_match_says_how_many_checks_there_are(world: World) -> None:
    _, symbol, recipient, band = world.ready()
    first = world.check("nurse1", band, symbol)
    assert (first["verdict"], first["checks"], first["checks_needed"], first["may_start"]) == ("MATCH", 1, 2, False)
    second = world.check("nurse2", band, symbol)
    assert (second["checks"], second["may_start"], second["recipient"]) == (2, True, recipient)


def test_the_same_person_twice_is_one_check(world: World) -> None:
    _, symbol, _, band = world.ready()
    first = world.check("nurse1", band, symbol)
    second = world.check("nurse1", band, symbol)
    assert (second["checks"], second["may_start"]) == (1, False)
    assert world.row(Check, first["check"]).phase == CheckPhase.VOID


def test_a_check_leaves_one_entry(world: World) -> None:
    bag, symbol, _, band = world.ready()
    before = world.size()
    world.check("nurse1", band, symbol)
    [entry] = world.since(before)
    assert (entry.event, entry.subject) == ("bedside:bag:checked", bag)
    assert entry.actor == world.actors["nurse1"].person


def test_who_is_no_nurse_may_not_check(world: World) -> None:
    _, symbol, _, band = world.ready()
    for who in ("technician1", "physician1", "qa1", "admin1"):
        with pytest.raises(Forbidden):
            world.check(who, band, symbol)


# -- things that are not a wristband and its bag ---------------------------------------------------------------------


def wrong_scans(world: World) -> dict[str, tuple[str, str, str]]:
    """What -> wristband, bag, a reason that has to be there."""
    bag, symbol, recipient, band = world.ready()
    with world.installation.database.read() as tx:
        tag = label_queries.live_label(tx, bag, "issue_tag")
    assert tag is not None
    vial = next(one for one in world.manifest["bags"] if one["bedside"] == "unassigned")["label"]
    return {
        "the recipient's code": (recipient, symbol, "check.not_a_wristband"),
        "the chain of identity": (chain_of(world, recipient), symbol, "check.not_a_wristband"),
        "the bag's own code": (band, bag, "check.not_a_bag_label"),
        "the issue tag": (band, tag.symbol, "check.not_a_bag_label"),
        "a container label": (band, vial, "check.not_a_bag_label"),
        "a preview": (band, PREVIEW, "check.preview"),
        "a preview of a wristband": (issue(Kind.WRISTBAND, 1, 2026, 0), symbol, "check.preview"),
        "an unknown wristband": (issue(Kind.WRISTBAND, 1, 2026, 999_999), symbol, "check.wristband_unknown"),
        "an unknown label": (band, issue(Kind.LABEL, 1, 2026, 999_999), "check.not_a_bag_label"),
        "swapped": (symbol, band, "check.not_a_wristband"),
        "small letters on the arm": (band.lower(), symbol, "check.not_a_wristband"),
        "small letters on the bag": (band, symbol.lower(), "check.not_a_bag_label"),
        "garbage": ("%%%", "???", "check.bag_unreadable"),
        "nothing": ("", "", "check.wristband_unreadable"),
        "NUL": ("\x00", "\x00" + symbol, "check.bag_unreadable"),
        "256 characters": ("W" * 256, "B" * 256, "check.bag_unreadable"),
        "a Cyrillic look-alike": (band.replace("B", "В"), symbol, "check.wristband_unreadable"),
        "a wrong digit": (band, other_digit(symbol), "check.bag_unreadable"),
        "an emoji": ("🧬", "\U0001f9ec", "check.bag_unreadable"),
    }


def chain_of(world: World, recipient: str) -> str:
    """The chain of identity of a recipient."""
    from cellchain.trial import queries

    with world.installation.database.read() as tx:
        return str(queries.recipient_facts(tx, recipient).chain_of_identity)


def other_digit(symbol: str) -> str:
    """A symbol with its last digit misread."""
    return symbol[:-1] + str((int(symbol[-1]) + 1) % 10)


def test_anything_else_is_a_recorded_stop(world: World) -> None:
    for what, (wristband, bag, code) in wrong_scans(world).items():
        before = world.size()
        seen = world.check("nurse1", wristband, bag)
        assert seen["verdict"] == "STOP", what
        assert code in codes(seen), (what, codes(seen))
        assert all(reason["message"].endswith(".") for reason in seen["reasons"])
        assert world.since(before)[0].event == "bedside:bag:checked"
        stored = world.row(Check, seen["check"])
        assert (stored.verdict, stored.phase) == ("STOP", CheckPhase.STOPPED)


def test_scanner_prefixes_and_ends_are_understood(world: World) -> None:
    _, symbol, _, band = world.ready()
    assert world.check("nurse1", f"]C1{band}\r", f"]d1{symbol}\t")["verdict"] == "MATCH"


def test_typed_is_a_stop(world: World) -> None:
    _, symbol, _, band = world.ready()
    assert codes(world.check("nurse1", band, symbol, capture="typed")) == ["check.typed"]


def test_what_one_sees_can_stop(world: World) -> None:
    _, symbol, _, band = world.ready()
    seen = world.check("nurse1", band, symbol, inspection={**INSPECTION, "no_clumps": False})
    assert codes(seen) == ["check.clumps"]


def test_what_one_sees_is_told_to_quality_at_once(world: World) -> None:
    """A STOP blocks no later check (docs/decisions/0045): who may hold the bag learns of it in the same moment."""
    bag, symbol, _, band = world.ready()
    other = world.band(world.ready(1)[2])

    def told() -> list[str]:
        with world.installation.database.read() as tx:
            lines = notices.waiting(tx, world.actors["qa1"].person)
        return [line.subject for line in lines if line.kind.key == "bag_looks_wrong"]

    world.check("nurse1", band, symbol)
    world.check("nurse1", other, symbol)
    assert told() == []
    world.check("nurse2", band, symbol, inspection={**INSPECTION, "intact": False})
    assert told() == [bag]
    world.do("qa1", quality.hold, subject=bag, reason="The ward reported a leak.")
    assert "bag.on_hold" in codes(world.check("nurse1", band, symbol))


def test_a_replaced_wristband_is_void(world: World) -> None:
    _, symbol, recipient, band = world.ready()
    world.check("nurse1", band, symbol)
    witness = world.badge("nurse2")
    given = world.do("nurse1", trial.replace_wristband, recipient=recipient, witness=witness)
    assert codes(world.check("nurse2", band, symbol)) == ["check.wristband_void"]
    world.do("nurse1", labels.print_label, target=given["wristband"], design="wristband")
    world.do("nurse1", labels.confirm_label, scanned=given["wristband"])
    fresh = world.check("nurse2", given["wristband"], symbol)
    assert (fresh["verdict"], fresh["checks"]) == ("MATCH", 1), "the check with the old wristband does not count"


def test_a_void_label_is_a_stop_and_so_is_its_unconfirmed_reprint(world: World) -> None:
    _, symbol, _, band = world.ready()
    badge = next(one["badge"] for one in world.manifest["people"] if one["username"] == "technician2")
    fields: dict[str, Any] = {"label": symbol, "reason": "Smeared in the cool box.", "witness_badge": badge}
    again = world.do("technician1", labels.reprint_label, **fields)
    assert codes(world.check("nurse1", band, symbol)) == ["check.label_void"]
    assert codes(world.check("nurse1", band, again["symbol"])) == ["check.label_unconfirmed"]
    world.do("technician1", labels.confirm_label, scanned=again["symbol"])
    assert world.check("nurse1", band, again["symbol"])["verdict"] == "MATCH"


# -- what a STOP does to other checks --------------------------------------------------------------------------------


def test_a_stop_voids_the_open_checks_of_that_bag_and_of_that_recipient(world: World) -> None:
    _, first_symbol, _, first_band = world.ready(0)
    _, second_symbol, _, second_band = world.ready(1)
    _, third_symbol, _, third_band = world.ready(2)
    bag_check = world.check("nurse1", first_band, first_symbol)["check"]
    recipient_check = world.check("nurse1", second_band, second_symbol)["check"]
    untouched = world.check("nurse1", third_band, third_symbol)["check"]
    assert world.check("nurse2", second_band, first_symbol)["verdict"] == "STOP"
    assert world.row(Check, bag_check).phase == CheckPhase.VOID
    assert world.row(Check, recipient_check).phase == CheckPhase.VOID
    assert world.row(Check, untouched).phase == CheckPhase.OPEN


def test_a_stop_blocks_no_later_check(world: World) -> None:
    _, symbol, _, band = world.ready()
    assert world.check("nurse1", "", symbol)["verdict"] == "STOP"
    assert world.check("nurse1", band, symbol)["verdict"] == "MATCH"
    assert world.check("nurse2", band, symbol)["may_start"] is True


def test_checks_outlive_their_window_by_nothing(world: World) -> None:
    _, symbol, _, band = world.ready()
    world.check("nurse1", band, symbol)
    world.wait(minutes=15)
    assert world.check("nurse2", band, symbol)["checks"] == 2
    _, symbol, _, band = world.ready(1)
    world.check("nurse1", band, symbol)
    world.wait(minutes=15, seconds=1)
    assert world.check("nurse2", band, symbol)["checks"] == 1


def test_a_hold_turns_a_match_into_a_stop(world: World) -> None:
    bag, symbol, _, band = world.ready()
    world.do("qa1", quality.hold, subject=bag, reason="The ward reported a leak.")
    assert world.check("nurse1", band, symbol)["verdict"] == "STOP"
