"""The ward's part of the story: two checks, an infusion with its observations, follow-up afterwards."""

from datetime import timedelta

from cellchain.bedside import commands as bedside
from cellchain.demo.clinic import Person
from cellchain.demo.stage import Stage

INSPECTION = {"intact": True, "no_clumps": True, "label_legible": True}
VITALS = (
    ("before", -30, 78, 128, 76, 20, 36_600, 93),
    ("fifteen_minutes", 15, 80, 126, 74, 20, 36_700, 93),
    ("during", 45, 82, 124, 75, 21, 36_900, 92),
    ("during", 75, 81, 125, 75, 20, 36_900, 93),
    ("during", 105, 80, 126, 75, 20, 36_800, 93),
    ("at_end", 120, 79, 127, 76, 20, 36_800, 93),
)


def infuse(stage: Stage, person: Person, bag: str, symbol: str, *, reaction: bool = False) -> int:
    """Both nurses check, one starts, vitals are taken, the bag runs to its end. Gives the infusion."""
    _observe(stage, bag, *VITALS[0][:1], *VITALS[0][2:])
    stage.wait(minutes=5)
    for nurse in ("nurse1", "nurse2"):
        seen = stage.do(
            nurse, bedside.check, wristband=person.wristband, bag=symbol, inspection=INSPECTION, capture="wedge", identity_stated="yes"
        )
        if seen["verdict"] != "MATCH":
            raise RuntimeError(f"{bag} for {person.code}: {seen['reasons']}")
        stage.wait(minutes=1)
    infusion: int = stage.do("nurse1", bedside.start_infusion, wristband=person.wristband, bag=symbol, planned_minutes=120)["infusion"]
    started = stage.clock.now()
    for point, minute, *values in VITALS[1:]:
        stage.at(started + timedelta(minutes=minute))
        _observe(stage, bag, point, *values)
        if reaction and point == "during" and minute == 45:
            stage.do("nurse2", bedside.report_reaction, infusion=infusion, term="Fever", grade=1, action="observed", note="Demonstration: 37.9 °C, settled without treatment.")
    stage.do("nurse1", bedside.stop_infusion, infusion=infusion, volume_given_ul=400_000, complete=True)
    stage.do("nurse2", bedside.dispose_bag, infusion=infusion)
    return infusion


def _observe(stage: Stage, bag: str, point: str, pulse: int, upper: int, lower: int, breaths: int, temperature_mc: int, oxygen: int) -> None:
    stage.do(
        "nurse2",
        bedside.record_observation,
        bag=bag,
        point=point,
        pulse_per_min=pulse,
        systolic_mmhg=upper,
        diastolic_mmhg=lower,
        breaths_per_min=breaths,
        temperature_mc=temperature_mc,
        oxygen_percent=oxygen,
    )
