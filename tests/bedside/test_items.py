"""Everything that has to be checked at the bedside, line by line, and the reason by which each of them stops."""

import ast
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cellchain.bedside import rules
from cellchain.bedside.items import ITEMS, items_of
from cellchain.bedside.rules import BagRead, Capture, CheckFacts, Identity, Limits, Reason, WristbandRead
from cellchain.custody import rules as custody
from cellchain.kernel.text import T
from cellchain.quality.queries import deciding
from tests.bedside.world import World

NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)
DOSE = 200_000_000
STATE = rules.BagState(True, "msc", 400_000, NOW + timedelta(hours=4), None, cells_count=DOSE)
WHO = rules.RecipientState("RC1", True, True, "msc", 7, False, chain="CI1")
WHOLE = CheckFacts(
    capture=Capture.WEDGE,
    inspection=rules.SOUND,
    wristband=WristbandRead("RC1"),
    bag=BagRead("BG1"),
    state=STATE,
    tie=rules.Tie("RC1", 7, 3, chain="CI1"),
    recipient=WHO,
    limits=Limits(dose_cells_least=DOSE * 9 // 10, dose_cells_most=DOSE * 11 // 10),
)


def told(code: str) -> tuple[Reason, ...]:
    """What another room has against the bag."""
    return (Reason(code, T("Said elsewhere.")),)


def looks(**seen: bool) -> Callable[[CheckFacts], CheckFacts]:
    """One look that finds something."""
    return lambda whole: replace(whole, inspection=replace(rules.SOUND, **seen))


def bag(**other: Any) -> Callable[[CheckFacts], CheckFacts]:
    """Another state of the bag."""
    return lambda whole: replace(whole, state=replace(STATE, **other))


def who(**other: Any) -> Callable[[CheckFacts], CheckFacts]:
    """Another state of the recipient."""
    return lambda whole: replace(whole, recipient=replace(WHO, **other))


# The line of practice, what is different, the reason that stops it, and the item under which the entry keeps it.
LINES: Sequence[tuple[str, Callable[[CheckFacts], CheckFacts], str, str]] = (
    ("wristband scanned", lambda w: replace(w, wristband=WristbandRead(None, told("check.wristband_unreadable")[0])),
     "check.wristband_unreadable", "wristband"),
    ("band worn", lambda w: replace(w, wristband=WristbandRead("RC1", told("check.wristband_unconfirmed")[0])),
     "check.wristband_unconfirmed", "wristband"),
    ("never typed", lambda w: replace(w, capture=Capture.TYPED), "check.typed", "wristband"),
    ("donation, product, division: the label", lambda w: replace(w, bag=BagRead("BG1", told("check.label_void")[0])),
     "check.label_void", "label"),
    ("assigned subject", lambda w: replace(w, tie=rules.Tie("RC2", 7, 3, chain="CI1")),
     "check.wrong_recipient", "recipient"),
    ("assigned at all", lambda w: replace(w, tie=None), "check.bag_unassigned", "recipient"),
    ("chain of identity", who(chain="CI2"), "check.other_chain", "chain_of_identity"),
    ("arm", who(content="saline"), "check.wrong_content", "arm"),
    ("release status", lambda w: replace(w, standing=told("lot.not_released")), "lot.not_released", "release"),
    ("expiry now", bag(expires_at=NOW), "check.expired", "expiry"),
    ("expiry at the end of the infusion", bag(expires_at=NOW + timedelta(minutes=119)),
     "check.expires_too_soon", "expiry"),
    ("leak", looks(intact=False), "check.bag_damaged", "look"),
    ("clumps, discoloration", looks(no_clumps=False), "check.clumps", "look"),
    ("label readable", looks(label_legible=False), "check.label_illegible", "look"),
    ("temperature log", lambda w: replace(w, custody=told("custody.excursion_open")),
     "custody.excursion_open", "temperature"),
    ("volume: anything left", bag(filled=False), "check.bag_not_usable", "dose"),
    ("volume: not given before", bag(infused_into="RC1"), "check.already_infused", "dose"),
    ("dose, too little", bag(cells_count=DOSE * 8 // 10), "check.wrong_dose", "dose"),
    ("dose, too much", bag(cells_count=DOSE * 12 // 10), "check.wrong_dose", "dose"),
    ("consent", who(consent_given=False), "check.no_consent", "consent"),
    ("on treatment", who(on_treatment=False), "check.not_on_treatment", "consent"),
    ("no hold", lambda w: replace(w, standing=told("bag.on_hold")), "bag.on_hold", "stops"),
    ("no recall", lambda w: replace(w, standing=told("lot.recalled")), "lot.recalled", "stops"),
    ("right course and infusion", who(due_infusion=8), "check.not_due", "infusion"),
    ("one infusion at a time", who(running_infusion=True), "check.infusion_running", "infusion"),
    ("nothing given on paper meanwhile", lambda w: replace(w, on_paper=True), "check.paper_open", "infusion"),
)  # fmt: skip


def test_with_everything_in_order_it_is_a_match() -> None:
    assert rules.reasons(WHOLE, NOW) == []
    assert set(items_of([], Identity.YES).values()) == {"yes", "ok"}


@pytest.mark.parametrize(("line", "change", "code", "item"), LINES, ids=[line[0] for line in LINES])
def test_each_line_stops_by_itself(line: str, change: Callable[[CheckFacts], CheckFacts], code: str, item: str) -> None:
    found = [reason.code for reason in rules.reasons(change(WHOLE), NOW)]
    assert code in found, line
    said = items_of(found, Identity.UNABLE)
    assert said[item] == code
    assert said["identity_stated"] == "unable"


def test_every_item_is_in_the_table() -> None:
    assert {item for _, _, _, item in LINES} == {item.key for item in ITEMS}


def test_every_reason_there_is_belongs_to_one_item() -> None:
    """Also those of quality and custody: a new reason needs its place here."""
    from cellchain.bedside.words import REASONS

    known = set(REASONS) | {"bag.accepted_for_another", "bag.load_over_limit"}
    for module in (deciding, custody):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        tuples = (node.elts[0] for node in ast.walk(tree) if isinstance(node, ast.Tuple) and len(node.elts) == 2)
        known |= {
            str(one.value)
            for one in tuples
            if isinstance(one, ast.Constant)
            and str(one.value).partition(".")[0] in ("lot", "bank", "bag", "donation", "donor", "custody")
        }
    assert len(known) > 45
    assert {code: [item.key for item in ITEMS if item.is_about(code)] for code in known} == {
        code: [next(item.key for item in ITEMS if item.is_about(code))] for code in known
    }


def test_a_check_keeps_its_items(world: World) -> None:
    _, symbol, _, band = world.ready()
    before = world.size()
    world.check("nurse1", band, world.ready(1)[1], identity_stated="unable")
    world.check("nurse1", band, symbol)
    wrong, right = [json.loads(entry.body)["facts"]["items"] for entry in world.since(before)]
    assert (wrong["recipient"], wrong["identity_stated"], wrong["look"]) == ("check.wrong_recipient", "unable", "ok")
    assert {right[item.key] for item in ITEMS} == {"ok"}
    assert right["identity_stated"] == "not_said"
