"""Two versions of a specification side by side."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cellchain.quality.rules.limits import Limit, LimitKind
from cellchain.quality.rules.specification_comparison import Change, compare

LIMITS = st.lists(
    st.builds(
        Limit,
        test=st.sampled_from(["viability", "volume", "endotoxin", "cd73"]),
        group=st.just("dose"),
        kind=st.just(LimitKind.AT_LEAST),
        low=st.sampled_from([Decimal(70), Decimal(80)]),
        method=st.sampled_from(["", "dye"]),
    ),
    unique_by=lambda limit: limit.test,
)


def limit(test: str, low: int = 80, **more: str) -> Limit:
    return Limit(test, "dose", LimitKind.AT_LEAST, low=Decimal(low), **more)  # type: ignore[arg-type]


def test_what_became_of_each_limit() -> None:
    before = [limit("viability"), limit("volume"), limit("cd73"), limit("cd90")]
    after = [limit("viability", 85), limit("volume", source="Another paper"), limit("cd73"), limit("cd105")]
    assert {pair.test: pair.change for pair in compare(before, after)} == {
        "viability": Change.CHANGED,
        "volume": Change.WORDS,
        "cd73": Change.SAME,
        "cd105": Change.ADDED,
        "cd90": Change.REMOVED,
    }
    assert compare(before, after)[0].changed == {"low"}


@given(LIMITS, LIMITS)
def test_both_sides_are_whole(before: list[Limit], after: list[Limit]) -> None:
    pairs = compare(before, after)
    assert [pair.before for pair in pairs if pair.before] == sorted(
        before, key=lambda one: [pair.test for pair in pairs].index(one.test)
    )
    assert [pair.after for pair in pairs if pair.after is not None] == after
    assert {pair.change for pair in compare(before, before)} <= {Change.SAME}


@given(LIMITS, LIMITS)
def test_the_other_way_round_turns_added_into_taken_away(before: list[Limit], after: list[Limit]) -> None:
    there = {pair.test: pair.change for pair in compare(before, after)}
    back = {pair.test: pair.change for pair in compare(after, before)}
    turned = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}
    assert back == {test: turned.get(change, change) for test, change in there.items()}
