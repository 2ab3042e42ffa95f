"""The rules alone: tables of facts, and properties of draws, shares and growth."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.kernel.errors import Refused
from cellchain.manufacturing.rules import cells
from cellchain.manufacturing.rules.cells import Held
from cellchain.manufacturing.rules.definition import Definition, Limits, Parameter, Standing, load, parse
from cellchain.manufacturing.rules.lifecycles import ContainerKind, ContainerPhase, Content, LotKind, StepPhase
from cellchain.manufacturing.rules.steps import Done, may_start, next_steps
from tests.manufacturing.conftest import RECORDS

BANK = parse((RECORDS / "bank.toml").read_text())
COUNTS = st.integers(min_value=1, max_value=10**10)
VOLUMES = st.integers(min_value=1, max_value=10**6)


def held(
    cells_count: int | None, volume_ul: int, *, passage: int | None = None, content: Content = Content.MSC
) -> Held:
    return Held(
        code="CT012600000101",
        lot="LT012600000101",
        kind=ContainerKind.TUBE,
        content=content,
        phase=ContainerPhase.IN_USE,
        cells_count=cells_count,
        volume_ul=volume_ul,
        passage=passage,
    )


@pytest.mark.parametrize("kind", LotKind)
def test_the_shipped_records_survive_their_storage(kind: LotKind) -> None:
    definition = parse((RECORDS / f"{kind.value}.toml").read_text())
    assert definition.kind == kind
    assert load(definition.document()) == definition
    assert all(step.title.ru != step.title.en for step in definition.steps)


@pytest.mark.parametrize(
    ("value", "standing"),
    [
        ("69.9", Standing.ACTION),
        ("70.0", Standing.ALERT),
        ("79.9", Standing.ALERT),
        ("80.0", Standing.WITHIN),
        ("100.0", Standing.WITHIN),
        ("100.1", Standing.ACTION),
    ],
)
def test_a_bound_belongs_to_its_limit(value: str, standing: Standing) -> None:
    parameter = Parameter.model_validate(
        {
            "key": "viability",
            "title": {"en": "Viability", "ru": "Жизнеспособность"},
            "unit": "%",
            "decimals": 1,
            "alert": {"low": 80},
            "action": {"low": 70, "high": 100},
        }
    )
    whole = parameter.whole(Decimal(value))
    assert whole is not None
    assert parameter.standing(whole) == standing
    assert parameter.whole(Decimal("80.05")) is None


def test_a_limit_has_an_end_and_its_ends_in_order() -> None:
    with pytest.raises(ValueError, match="low or a high"):
        Limits()
    with pytest.raises(ValueError, match="below the high"):
        Limits(low=Decimal(2), high=Decimal(1))


def test_whatever_comes_next_may_start_and_nothing_else() -> None:
    done: list[Done] = []
    for key in ("receipt", "separation", "separation", "seeding", "medium", "passage", "medium", "harvest", "freeze"):
        coming = {step.key for step in next_steps(BANK, done)}
        assert key in coming
        for step in BANK.steps:
            if step.key in coming:
                assert may_start(BANK, step.key, done, frozenset({"technician"})) is step
            else:
                with pytest.raises(Refused):
                    may_start(BANK, step.key, done, frozenset({"technician"}))
        done.append(Done(key, StepPhase.VERIFIED))
    assert next_steps(BANK, done) == ()
    assert next_steps(BANK, [Done("receipt", StepPhase.STARTED)]) == ()


@given(there=COUNTS, wanted=COUNTS, volume_ul=VOLUMES)
def test_a_draw_takes_what_it_says_and_leaves_the_rest(there: int, wanted: int, volume_ul: int) -> None:
    tube = held(there, volume_ul)
    if wanted > there:
        with pytest.raises(Refused):
            cells.draw_cells(tube, wanted)
        return
    drawn = cells.draw_cells(tube, wanted)
    assert drawn.cells_left_count == there - wanted
    assert drawn.volume_ul + drawn.volume_left_ul == volume_ul
    assert drawn.empties == (wanted == there)


@given(there=COUNTS, volume_ul=VOLUMES, share=st.integers(min_value=1, max_value=100))
def test_a_volume_takes_its_share_of_the_cells(there: int, volume_ul: int, share: int) -> None:
    wanted = max(1, volume_ul * share // 100)
    drawn = cells.draw_volume(held(there, volume_ul), wanted)
    assert (drawn.cells_count or 0) + (drawn.cells_left_count or 0) == there
    assert drawn.volume_left_ul == volume_ul - wanted


def test_marrow_is_drawn_by_volume_alone() -> None:
    drawn = cells.draw_volume(held(None, 60_000), 60_000)
    assert (drawn.cells_count, drawn.cells_left_count, drawn.empties) == (None, None, True)
    assert not cells.draw_volume(held(None, 60_000), 59_999).empties


@given(whole=st.integers(min_value=0, max_value=10**10), weights=st.lists(COUNTS, min_size=1, max_size=60))
def test_shares_add_up(whole: int, weights: list[int]) -> None:
    assert sum(cells.shares(whole, weights)) == whole


@pytest.mark.parametrize(
    ("seeded", "harvested", "doublings"),
    [(10**6, 8 * 10**6, 3_000), (10**6, 2 * 10**8, 7_644), (10**6, 5 * 10**5, -1_000)],
)
def test_doublings_are_logarithms(seeded: int, harvested: int, doublings: int) -> None:
    grown = cells.growth(1, seeded, harvested, 6_000, 500)
    assert (grown.doublings_milli, grown.cumulative_milli) == (doublings, 500 + doublings)
    assert grown.doubling_minutes == (None if doublings < 0 else round(Decimal(6_000_000) / doublings))
    assert cells.growth(0, seeded, harvested, 6_000, None).doublings_milli is None


@pytest.mark.parametrize(
    ("passage", "content", "begun"), [(None, Content.CELLS, 0), (0, Content.MSC, 1), (4, Content.MSC, 5)]
)
def test_seeding_begins_the_next_passage(passage: int | None, content: Content, begun: int) -> None:
    assert cells.passage_seeded(held(1, 1, passage=passage, content=content), BANK) == begun


def test_p6_is_refused() -> None:
    with pytest.raises(Refused, match=r"passage\.limit"):
        cells.passage_seeded(held(1, 1, passage=5), BANK)


def test_a_shelf_life_ends_on_the_minute_and_never_later() -> None:
    made_at = datetime(2026, 3, 2, 9, 34, 59, tzinfo=UTC)
    ends = cells.shelf_life_ends(made_at, 360)
    assert ends == datetime(2026, 3, 2, 15, 34, tzinfo=UTC)
    assert ends <= made_at + timedelta(minutes=360)


def test_a_definition_names_its_steps_once() -> None:
    document = BANK.document()
    document["steps"].append(document["steps"][0])
    with pytest.raises(ValueError, match="key of its own"):
        Definition.model_validate(document)
