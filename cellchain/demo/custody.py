"""Handing things over: the giver offers, the taker accepts, both with the temperature they read."""

from typing import Any

from cellchain.custody import commands as custody
from cellchain.demo.stage import Stage

COLD_MC = 4_200
ROOM_MC = 20_500


def carry(
    stage: Stage,
    lab: Any,
    subject: str,
    giver: str,
    taker: str,
    origin: str,
    target: str,
    *,
    temperature_mc: int = ROOM_MC,
) -> None:
    """One hand-over from `giver` to `taker`."""
    seal = f"SEAL-{stage.random.randrange(10_000):04d}"
    stage.do(
        giver,
        custody.hand_over,
        subject=subject,
        from_location=lab.places[origin],
        to_location=lab.places[target],
        temperature_mc=temperature_mc,
        seal=seal,
    )
    stage.wait(minutes=6)
    stage.do(taker, custody.accept, subject=subject, temperature_mc=temperature_mc + 200, seal=seal)
