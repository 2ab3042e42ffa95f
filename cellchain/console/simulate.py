"""`cellchain simulate`: the random story with faults, over a database of its own that is thrown away."""

import json
import sys
from typing import Annotated

import typer


def simulate(
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.", min=0)] = 1,
    steps: Annotated[int, typer.Option(help="How many acts are made, right and wrong.", min=1, max=10_000_000)] = 1_000,
    database: Annotated[
        str | None, typer.Option(help="SQLAlchemy address of an empty database on PostgreSQL; the story stays there.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Tell a random story with wrong acts, crashes and repeats, and hold after each step what must never be.

    It works in a temporary folder, on a demonstration that is thrown away; no database is opened but the one named.
    """
    from cellchain.simulate import simulate as tell

    outcome = tell(seed, steps, database)
    print(json.dumps(outcome.data(), indent=2) if as_json else outcome.text())
    if not as_json:
        print(f"{outcome.deaths} crashes, {outcome.replays} repeated requests", file=sys.stderr)
    raise typer.Exit(1 if outcome.broken else 0)
