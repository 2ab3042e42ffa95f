"""Limits: what a value means, and what a specification file may say."""

from decimal import Decimal

import pytest

from cellchain.kernel.errors import Refused
from cellchain.quality.defaults import source_of
from cellchain.quality.rules.lifecycles import LotKind, Outcome, Stage
from cellchain.quality.rules.limits import TITLES, WORDS, Limit, LimitKind, from_document, read
from cellchain.quality.rules.testing import STAGES_OF

AT_LEAST = Limit("viability", "dose", LimitKind.AT_LEAST, unit="%", low=Decimal(80))
BETWEEN = Limit("volume", "dose", LimitKind.BETWEEN, unit="mL", low=Decimal(390), high=Decimal(410))
AT_MOST = Limit("endotoxin", "safety", LimitKind.AT_MOST, unit="EU/mL", high=Decimal("0.5"))
WORD = Limit("sterility_14d", "safety", LimitKind.ONE_OF, passing=("no growth",), failing=("growth",), due_days=14)
REPORT = Limit("trilineage", "potency", LimitKind.REPORT, passing=("all three", "none"))


@pytest.mark.parametrize(
    ("limit", "value", "outcome"),
    [
        (AT_LEAST, "80", Outcome.PASSED),
        (AT_LEAST, "79.9", Outcome.FAILED),
        (AT_LEAST, "91,4", Outcome.PASSED),
        (BETWEEN, "390", Outcome.PASSED),
        (BETWEEN, "410", Outcome.PASSED),
        (BETWEEN, "410.1", Outcome.FAILED),
        (AT_MOST, "0.5", Outcome.PASSED),
        (AT_MOST, "0.51", Outcome.FAILED),
        (WORD, "no growth", Outcome.PASSED),
        (WORD, "growth", Outcome.FAILED),
        (REPORT, "none", Outcome.PASSED),
    ],
)
def test_a_value_is_held_against_its_limit(limit: Limit, value: str, outcome: Outcome) -> None:
    assert limit.outcome(value) is outcome


@pytest.mark.parametrize("value", ["", "many", "NaN", "Infinity", "1e99999999", "1234567890123", "８０x"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(Refused) as caught:
        AT_LEAST.outcome(value)
    assert caught.value.code == "result.not_a_number"


def test_a_misspelt_word_is_refused_and_never_a_failure() -> None:
    with pytest.raises(Refused) as caught:
        WORD.outcome("no grwoth")
    assert caught.value.code == "result.unknown_word"


@pytest.mark.parametrize(
    ("limit", "value", "place"),
    [
        (BETWEEN, "390", 0),
        (BETWEEN, "400", 500),
        (BETWEEN, "999", 1000),
        (AT_LEAST, "90", 500),
        (AT_MOST, "0.25", 500),
        (WORD, "growth", None),
        (REPORT, "none", None),
    ],
)
def test_the_place_in_the_limit(limit: Limit, value: str, place: int | None) -> None:
    assert limit.place_permille(value) == place


@pytest.mark.parametrize("kind", LotKind)
def test_the_house_brings_a_specification_for_every_stage_that_is_signed(kind: LotKind) -> None:
    for stage in STAGES_OF[kind] - {Stage.IN_PROCESS}:
        name, limits = read(source_of(kind), kind, stage)
        assert name
        assert from_document([limit.document() for limit in limits]) == limits
        for limit in limits:
            assert limit.source, limit.test
            assert limit.test in TITLES
            assert set(limit.words) <= set(WORDS)


def test_the_defaults_are_those_of_the_domain() -> None:
    limits = {limit.test: limit for limit in read(source_of(LotKind.PRODUCT), LotKind.PRODUCT, Stage.CONDITIONAL)[1]}
    assert limits["viability"].low == 80
    assert (limits["viable_cells"].low, limits["viable_cells"].high) == (Decimal(180), Decimal(220))
    assert {limits[marker].low for marker in ("cd73", "cd90", "cd105")} == {95}
    assert {limits[marker].high for marker in ("cd45", "cd34", "cd14", "cd19", "hla_dr")} == {2}
    assert limits["endotoxin"].per_kg_hour == 5
    final = read(source_of(LotKind.PRODUCT), LotKind.PRODUCT, Stage.FINAL)[1]
    assert [limit.due_days for limit in final if limit.test == "sterility_14d"] == [14]


HEAD = 'name = "X"\nkind = "product"\n'
LIMIT = '[[final]]\ntest = "a"\ngroup = "dose"\n'


@pytest.mark.parametrize(
    "source",
    [
        "not toml [",
        'name = "X"\nkind = "bank"\n',
        HEAD,
        HEAD + '[[final]]\ntest = "a"\nkind = "at_least"\nlow = 1\n',
        HEAD + LIMIT + 'kind = "at_least"\nlow = 1\ncolour = "red"\n',
        HEAD + LIMIT + 'kind = "at_least"\nlow = 0.5\n',
        HEAD + LIMIT + 'kind = "at_least"\nlow = "half"\n',
        HEAD + LIMIT + 'kind = "at_least"\nlow = true\n',
        HEAD + LIMIT + 'kind = "at_least"\nhigh = 1\n',
        HEAD + LIMIT + 'kind = "between"\nlow = 2\nhigh = 1\n',
        HEAD + LIMIT + 'kind = "one_of"\n',
        HEAD + LIMIT + 'kind = "report"\npassing = ["x"]\nfailing = ["y"]\n',
        HEAD + LIMIT + 'kind = "guess"\n',
        HEAD + (LIMIT + 'kind = "at_least"\nlow = 1\n') * 2,
        HEAD + '[[final]]\ntest = "A b"\ngroup = "dose"\nkind = "at_least"\nlow = 1\n',
        HEAD + "final = 3\n",
    ],
)
def test_a_malformed_specification_is_refused(source: str) -> None:
    with pytest.raises(Refused) as caught:
        read(source, LotKind.PRODUCT, Stage.FINAL)
    assert caught.value.code == "specification.malformed"
