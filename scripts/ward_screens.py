"""The screens of the ward while a bag runs: each state follows from the one before, in the order of this list."""

from collections.abc import Sequence
from typing import Any

from scripts.screen_story import Screen, Story


def _run(story: Story) -> int:
    """The infusion that runs, by its number."""

    def start() -> str:
        band, label, _ = story.matched()
        order: dict[str, Any] = {"wristband": band, "bag": label, "planned_minutes": 120}
        story.kept["label of what runs"] = label
        return str(story.served.do("nurse1", "bedside/start_infusion", **order)["infusion"])

    return int(story.once("running", start))


def _infusion(story: Story) -> str:
    return f"/bedside/infusions/{_run(story)}"


def _emergency(story: Story) -> str:
    return f"{_infusion(story)}/emergency"


def _paused(story: Story) -> int:
    def pause() -> str:
        story.served.do("nurse1", "bedside/pause", infusion=_run(story), kind="disconnected")
        return "paused"

    story.once("paused", pause)
    return _run(story)


def _scan(story: Story) -> str:
    return f"/bedside/infusions/{_paused(story)}/scan"


def _misfit(story: Story) -> str:
    def scanned() -> str:
        run, label = _paused(story), story.kept["label of what runs"]
        other = next(one for one in story.served.bags("ready", "msc") if one["label"] != label)
        scans: dict[str, Any] = {"wristband": story.served.band(other["recipient"]), "bag": label}
        return f"/bedside/checks/{story.served.do('nurse1', 'bedside/resume', infusion=run, **scans)['check']}"

    return story.once("misfit", scanned)


def _held(story: Story) -> str:
    def hold() -> str:
        run, label = _paused(story), story.kept["label of what runs"]
        bag = next(one["code"] for one in story.served.bags("ready") if one["label"] == label)
        story.served.do("qa1", "quality/hold", subject=bag, reason="The supplier warned of this lot.")
        return f"/bedside/infusions/{run}"

    return story.once("held", hold)


WARD: Sequence[Screen] = (
    Screen("infusion", "nurse1", _infusion),
    Screen("infusion-emergency", "nurse1", _emergency),
    Screen("infusion-scan", "nurse1", _scan),
    Screen("infusion-misfit", "nurse1", _misfit),
    Screen("infusion-held", "nurse1", _held),
    Screen("infusion-held-physician", "physician1", _held),
    Screen("infusions", "nurse1", "/bedside/infusions"),
    Screen("near-misses", "qa1", "/bedside/near-misses"),
    Screen("downtime", "nurse1", "/bedside/downtime"),
    Screen("hospital-wristband", "nurse1", "/bedside/wristband"),
)
