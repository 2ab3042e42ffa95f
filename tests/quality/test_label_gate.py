"""The gate of the labels says what stands in the way: nothing counted yet, or something missing."""

from dataclasses import replace
from datetime import UTC, datetime

from cellchain.quality.rules import release
from cellchain.quality.rules.lifecycles import DispositionPhase, LotKind, Stage

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
FACTS = release.ReleaseFacts(
    kind=LotKind.PRODUCT,
    disposition=DispositionPhase.QUARANTINED,
    batch_complete=True,
    makers=frozenset(),
    testers=frozenset(),
    specified=frozenset({Stage.CONDITIONAL}),
    tests=(),
    reviewed_by="K. Sample",
    review_current=True,
    open_exceptions_count=0,
    open_deviations_count=0,
    labels_reconciled=False,
    labels_difference=0,
    holds_count=0,
    expires_at=None,
)


def label_gate(facts: release.ReleaseFacts) -> release.Gate:
    """The one gate about labels."""
    found = release.gates(facts, "release_conditionally", "PS012600090000", NOW)
    return next(gate for gate in found if str(gate.name) == "Labels reconciled")


def test_what_was_never_counted_is_said_to_be_so() -> None:
    gate = label_gate(FACTS)
    assert (gate.is_open, str(gate.detail)) == (False, "Not counted yet")


def test_what_is_missing_is_counted() -> None:
    assert str(label_gate(replace(FACTS, labels_difference=2)).detail) == "Not accounted for: 2"


def test_a_difference_of_nothing_opens_it() -> None:
    gate = label_gate(replace(FACTS, labels_reconciled=True))
    assert (gate.is_open, str(gate.detail)) == (True, "Difference 0")
