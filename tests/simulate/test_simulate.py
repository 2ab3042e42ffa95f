"""`cellchain simulate`: what it prints, that a seed tells one story on either database, and that long ones hold."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from cellchain.cli import app
from cellchain.kernel.errors import Refused
from cellchain.simulate import Outcome, simulate
from tests.support.campaign import times
from tests.support.postgres import Postgres

SHORT = 200
LONG = 10_000
CAMPAIGN = times(1) > 1


def told(seed: int, steps: int, *more: str) -> dict[str, Any]:
    """What the command line says of a simulation that holds."""
    arguments = ["simulate", "--seed", str(seed), "--steps", str(steps), *more]
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


def test_the_story_is_the_same_on_postgres(postgres: Postgres) -> None:
    url = postgres.fresh_database()
    assert told(2, SHORT, "--database", url) == simulate(2, SHORT).data()
    again = CliRunner().invoke(app, ["simulate", "--steps", "1", "--database", url])
    assert isinstance(again.exception, Refused), "a database that holds a ledger is left alone"
    assert again.exception.code == "database.founded"
    postgres.drop(url)


if CAMPAIGN:

    @pytest.mark.campaign
    @pytest.mark.parametrize("seed", range(1, 1 + times(1) // 10))
    def test_long_stories_hold(seed: int) -> None:
        outcome: Outcome = simulate(seed, LONG)
        print(outcome.text(), dict(outcome.verbs.most_common()))
        assert outcome.broken == []
        # A story in which nothing ever flows would hold as well, and prove little.
        assert outcome.verbs["start_infusion"] > 10

    @pytest.mark.campaign
    def test_a_long_story_holds_on_postgres(postgres: Postgres) -> None:
        url = postgres.fresh_database()
        outcome = simulate(1, LONG, url)
        print(outcome.text())
        assert outcome.broken == []
        postgres.drop(url)
