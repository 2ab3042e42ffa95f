"""The ward's part of the story: two checks, an infusion with its observations, follow-up afterwards."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cellchain.bedside import commands as bedside
from cellchain.bedside.infusions import commands as infusions
from cellchain.bedside.infusions import queries
from cellchain.demo.clinic import Person
from cellchain.demo.stage import Stage
from cellchain.kernel.values import dataclass

INSPECTION = {"intact": True, "no_clumps": True, "label_legible": True}
VITALS = (
    ("before", -30, 78, 128, 76, 20, 36_600, 93),
    ("fifteen_minutes", 15, 80, 126, 74, 20, 36_700, 93),
    ("during", 45, 82, 124, 75, 21, 36_900, 92),
    ("during", 75, 81, 125, 75, 20, 36_900, 93),
    ("during", 105, 80, 126, 75, 20, 36_800, 93),
    ("at_end", 120, 79, 127, 76, 20, 36_800, 93),
)


@dataclass(frozen=True)
class Run:
    """One infusion that runs beside others."""

    person: Person
    bag: str
    infusion: int
    started: datetime


def infuse_all(stage: Stage, given: Sequence[tuple[Person, str, str]]) -> list[Run]:
    """Start every bag after two checks, take vitals and end them in time. The first one has a reaction."""
    runs = [_start(stage, person, bag, symbol) for person, bag, symbol in given]
    moments = sorted(
        (run.started + timedelta(minutes=minute), number, index)
        for number, run in enumerate(runs)
        for index, (_, minute, *_) in enumerate(VITALS)
        if index > 0
    )
    for moment, number, index in moments:
        stage.at(moment)
        run = runs[number]
        point, minute, *values = VITALS[index]
        _observe(stage, run.bag, point, *values)
        if minute == 15:
            stage.do("nurse2", infusions.set_rate, infusion=run.infusion, rate_ml_h=200)
        if number == 0 and minute == 45:
            note = "Demonstration: 37.9 °C, settled without treatment."
            stage.do(
                "nurse2",
                infusions.report_reaction,
                infusion=run.infusion,
                term="Fever",
                grade=1,
                action="observed",
                note=note,
            )
        if index == len(VITALS) - 1:
            _end(stage, run)
    return runs


def _start(stage: Stage, person: Person, bag: str, symbol: str) -> Run:
    _observe(stage, bag, VITALS[0][0], *VITALS[0][2:])
    stage.wait(minutes=3)
    for nurse in ("nurse1", "nurse2"):
        seen = stage.do(
            nurse,
            bedside.check,
            wristband=person.wristband,
            bag=symbol,
            inspection=INSPECTION,
            capture="wedge",
            identity_stated="yes",
        )
        if seen["verdict"] != "MATCH":
            raise RuntimeError(f"{bag} for {person.code}: {seen['reasons']}")
        stage.wait(minutes=1)
    started = stage.do("nurse1", infusions.start_infusion, wristband=person.wristband, bag=symbol, planned_minutes=120)
    return Run(person, bag, started["infusion"], stage.clock.now())


def _end(stage: Stage, run: Run) -> None:
    with stage.installation.database.read() as tx:
        volume_ul = queries.infusion_view(tx, run.infusion).volume_ul
    stage.do("nurse1", infusions.stop_infusion, infusion=run.infusion, volume_given_ul=volume_ul, complete=True)
    stage.do("nurse2", infusions.dispose_bag, infusion=run.infusion)


def _observe(
    stage: Stage,
    bag: str,
    point: str,
    pulse: int,
    upper: int,
    lower: int,
    breaths: int,
    temperature_mc: int,
    oxygen: int,
) -> None:
    stage.do(
        "nurse2",
        infusions.record_observation,
        bag=bag,
        point=point,
        pulse_per_min=pulse,
        systolic_mmhg=upper,
        diastolic_mmhg=lower,
        breaths_per_min=breaths,
        temperature_mc=temperature_mc,
        oxygen_percent=oxygen,
    )
