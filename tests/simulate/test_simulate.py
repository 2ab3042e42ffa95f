"""`cellchain simulate`: what it prints, that a seed tells one story, and that a rule left out is found."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from cellchain.bedside import rules as bedside
from cellchain.cli import app
from cellchain.manufacturing.rules import steps
from cellchain.platform.write import WriteTx
from cellchain.simulate import Outcome, simulate
from tests.support.campaign import times

SHORT = 200
LONG = 10_000
CAMPAIGN = times(1) > 1


def told(seed: int, steps: int) -> dict[str, Any]:
    """What the command line says of a simulation that holds."""
    arguments = ["simulate", "--seed", str(seed), "--steps", str(steps)]
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_seed_tells_one_story() -> None:
    outcome, again = simulate(2, SHORT), told(2, SHORT)
    assert outcome.text() == f"held: {SHORT} steps, {outcome.refusals} refusals, 0 violations"
    assert outcome.data() == again
    assert outcome.refusals > 0
    assert outcome.deaths > 0
    assert outcome.replays > 0


def twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A repeated request is done again."""
    claim = WriteTx.claim
    monkeypatch.setattr(WriteTx, "claim", lambda tx, model, values: claim(tx, model, values) or True)


def own_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever did a step may verify it."""
    monkeypatch.setattr(steps, "may_verify_step", lambda *_: None)


def without_reasons(monkeypatch: pytest.MonkeyPatch, left_out: Callable[[Any, Any], bool]) -> None:
    """Some reasons to stop at the bedside are none."""
    reasons = bedside.reasons

    def fewer(facts: Any, now: Any) -> Any:
        return [one for one in reasons(facts, now) if not left_out(facts, one)]

    monkeypatch.setattr(bedside, "reasons", fewer)


def any_bag(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever two symbols were read, nothing is a reason to stop at the bedside."""
    without_reasons(monkeypatch, lambda facts, _: facts.wristband.recipient is not None and facts.bag.bag is not None)


def any_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holds, recalls and whether a lot was released stop nobody at the bedside."""
    without_reasons(monkeypatch, lambda facts, one: one in facts.standing)


def any_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bag does not expire."""
    without_reasons(monkeypatch, lambda _, one: one.code.startswith("check.expire"))


def any_recipient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consent and treatment are not asked for, and the neighbour's bag will do."""
    codes = {"check.wrong_recipient", "check.no_consent", "check.not_on_treatment"}
    without_reasons(monkeypatch, lambda _, one: one.code in codes)


def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What becomes of a container is not written into the ledger."""
    capture = WriteTx._capture

    def some(tx: WriteTx, table: Any, key: Any, before: Any, after: Any) -> None:
        if table.name != "manufacturing_container" or before is None:
            capture(tx, table, key, before, after)

    monkeypatch.setattr(WriteTx, "_capture", some)


MUTATIONS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "a request twice": (twice, "8: "),
    "own step": (own_step, "4: "),
    "any bag": (any_bag, ": "),
    "any standing": (any_standing, "2: "),
    "any age": (any_age, "expires before its end"),
    "any recipient": (any_recipient, "1: "),
    "unseen changes": (unseen, ""),
}


@pytest.mark.campaign
@pytest.mark.parametrize("name", MUTATIONS if CAMPAIGN else ["a request twice"])
def test_a_rule_left_out_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    leaves_out, says = MUTATIONS[name]
    leaves_out(monkeypatch)
    outcome = simulate(1, LONG)
    print(f"{name}: found at step {outcome.steps}: {outcome.broken[0] if outcome.broken else 'never'}")
    assert any(says in one for one in outcome.broken), outcome.text()


if CAMPAIGN:

    @pytest.mark.campaign
    @pytest.mark.parametrize("seed", range(1, 1 + times(1) // 10))
    def test_long_stories_hold(seed: int) -> None:
        outcome: Outcome = simulate(seed, LONG)
        print(outcome.text(), dict(outcome.verbs.most_common()))
        assert outcome.broken == []
        # A story in which nothing ever flows would hold as well, and prove little.
        assert outcome.verbs["start_infusion"] > 10
