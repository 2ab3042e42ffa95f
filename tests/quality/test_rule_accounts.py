"""What a deviation that opened by itself says: one sentence from the recorded facts, for every rule of the house."""

from typing import Any

import pytest

from cellchain.quality.rules.deciding import RULE_TITLES, rule_account, rule_title

EXAMPLES: list[tuple[str, dict[str, Any], str]] = [
    (
        "accounts:emergency:not_justified",
        {"emergency": 3, "role": "nurse"},
        "Emergency access 3 was reviewed and not justified.",
    ),
    (
        "manufacturing:limit:breached",
        {"title": "Viability", "value": "64.0", "unit": "%", "low": "70", "high": None},
        "Viability: 64.0 %, allowed from 70.",
    ),
    (
        "manufacturing:limit:breached",
        {"title": "Confluence", "value": "95", "unit": "%", "low": "70", "high": "90"},
        "Confluence: 95 %, allowed 70 to 90.",
    ),
    ("manufacturing:passage:late", {"passage": 5}, "Passage 5 was begun."),
    (
        "manufacturing:count:scattered",
        {"scatter": "40.4", "most": "20", "step": "harvest"},
        "The chambers scatter by 40.4 %, allowed up to 20 %.",
    ),
    (
        "manufacturing:balance:off",
        {"container": "CT1", "found_volume": "8.999", "expected_volume": "10", "error_volume": "10"},
        "CT1: found 8.999 mL, recorded 10 mL, allowed ± 10 %.",
    ),
    (
        "manufacturing:balance:off",
        {"container": "CT1", "found_cells": "100", "expected_cells": "900", "error_cells": "30"},
        "CT1: found 100 cells, recorded 900, allowed ± 30 %.",
    ),
    (
        "manufacturing:mixup:suspected",
        {"why": "grew_too_fast", "per_day": "2.66", "most": "2"},
        "The cells doubled 2.66 times a day, at most 2 are possible.",
    ),
    (
        "manufacturing:mixup:suspected",
        {"why": "unlike_history", "per_day": "0.2", "usual": "0.4"},
        "The cells doubled 0.2 times a day, the usual limit is 0.4.",
    ),
    (
        "manufacturing:mixup:suspected",
        {"why": "viability_jumped", "points": "21", "most_points": "20"},
        "Viability jumped by 21 percentage points, at most 20 are plausible.",
    ),
    (
        "manufacturing:environment:breached",
        {"kind": "pressure", "value": "9.5", "unit": "Pa", "low": "10", "high": None},
        "Pressure difference: 9.5 Pa, allowed from 10.",
    ),
    (
        "manufacturing:environment:breached",
        {"kind": "settle_plate", "value": "7", "unit": "CFU", "low": None, "high": "5"},
        "Settle plate: 7 CFU, allowed up to 5.",
    ),
    (
        "manufacturing:time:exceeded",
        {"title": "Seed P0", "minutes": 130, "allowed": 120},
        "Seed P0: 130 min, allowed up to 120 min.",
    ),
    (
        "manufacturing:sample:left_out",
        {"title": "Sterility of the marrow", "step": "separation"},
        "The sample “Sterility of the marrow” was left out.",
    ),
    ("quality:result:failed", {"test": "viability", "value": "64", "unit": "%"}, "Viability: 64 %."),
    (
        "quality:result:failed",
        {"test": "gram_stain", "value": "organisms seen", "unit": ""},
        "Gram stain: organisms seen.",
    ),
    (
        "quality:stability:missed",
        {"month": 24, "closed": "2027-09-22"},
        "At 24 months nothing was pulled until 2027-09-22.",
    ),
    (
        "quality:late_positive:reported",
        {"test": "sterility_14d", "organism": "C. acnes"},
        "Sterility, 14-day culture: C. acnes.",
    ),
    ("custody:excursion:noticed", {"temperature_mc": 9200, "temperature": True}, "The container was at 9.2 °C."),
    (
        "custody:excursion:noticed",
        {"seal": True},
        "The seal was broken, or another one than it left with.",
    ),
    (
        "custody:arrival:late",
        {"donation": "DO1", "minutes": 25},
        "It arrived 25 min after it had to be worked on.",
    ),
    (
        "custody:bag:returned",
        {"temperature_mc": 5_500, "seal_broken": True},
        "It came back at 5.5 °C, its seal broken.",
    ),
    ("custody:bag:returned", {"temperature_mc": 5_000, "seal_broken": None}, "It came back at 5 °C, its seal intact."),
    ("labels:label:mismatched", {"scanned": "LB1", "expected": "LB2"}, "Label LB1 was scanned where LB2 was expected."),
    ("labels:lot:unbalanced", {"difference": 2}, "Labels that nobody can account for: 2."),
    (
        "bedside:paper:disagreed",
        {"found": "check.expired"},
        "Entered from paper after a downtime. Against it spoke: check.expired.",
    ),
    ("bedside:reaction:reported", {"term": "Chills", "grade": 2}, "Chills, grade 2."),
    ("bedside:bag:expired_while_running", {"recipient": "RC1", "bag": "BG1"}, "It ran on for RC1."),
    ("materials:lot:quarantined", {"root": "ML1"}, "It came from material lot ML1."),
    ("materials:lot:rejected", {"root": "ML1"}, "It came from material lot ML1."),
    ("materials:lot:recalled", {"root": "ML1"}, "It came from material lot ML1."),
    ("materials:equipment:out_of_tolerance", {"root": "EQ1"}, "Equipment EQ1 was used for it."),
    (
        "donors:limit:breached",
        {"parameter": "volume", "value": 3, "unit": "mL", "low": 5, "high": 200},
        "volume: 3 mL, allowed 5 to 200.",
    ),
    (
        "donors:complication:severe",
        {"complication": "nerve_injury", "grade": 3, "donor": "DN1", "number": 1},
        "Nerve injury, grade 3.",
    ),
]


@pytest.mark.parametrize(("rule", "facts", "sentence"), EXAMPLES)
def test_a_rule_says_what_it_noticed(rule: str, facts: dict[str, Any], sentence: str) -> None:
    assert str(rule_account(rule, facts)) == sentence


def test_every_rule_has_its_title_and_its_sentence() -> None:
    assert {rule for rule, _, _ in EXAMPLES} == set(RULE_TITLES)


def test_an_unknown_rule_still_tells_its_facts() -> None:
    assert str(rule_title("house:thing:happened")) == "house thing happened"
    assert str(rule_account("house:thing:happened", {"what_for": 3, "why": None})) == "what for: 3"
    assert str(rule_account("house:thing:happened", {})) == "house thing happened"
