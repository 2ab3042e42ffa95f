"""The bedside check, durable entry included, and a read-only scan, beside raw floors in the same run.

Both servers run as processes of their own on loopback and are asked by the same plain client, in turn, so that what the
machine does meanwhile falls on both. Read the ratios, not the milliseconds.
"""

import json
import tempfile
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from benchmarks.client import (
    JSON,
    demonstration,
    floor_served,
    in_turn,
    measure,
    median_of,
    served,
    signed_in,
    somebody,
)
from benchmarks.figures import Figure, heading, note

REPETITIONS = 3
CHECK = "/api/v1/bedside/check"
LOOK = {"intact": True, "no_clumps": True, "label_legible": True}
ALONE, MANY, CROWD = 1, 16, 64


def main() -> None:
    """Print and keep the figures at 1, 16 and 64 clients."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        manifest = demonstration(data)
        heading()
        with floor_served(Path(folder) / "floor.db") as floor, served(data) as ours:
            _scan(floor, ours, manifest)
            _check(floor, ours, manifest)


def _scan(floor: int, ours: int, manifest: Mapping[str, list[dict[str, str]]]) -> None:
    symbol = manifest["bags"][0]["label"]
    headers = signed_in(ours, somebody(manifest, "technician"))
    bare, scan = in_turn(
        [
            partial(measure, floor, "/hello", {}, None, ALONE),
            partial(measure, ours, f"/api/v1/scan?symbol={symbol}", headers, None, ALONE),
        ],
        REPETITIONS,
    )
    note(Figure("scan, read only, 1 client, p99", median_of(scan, "p99"), median_of(bare, "p99"), "ms", 6))


def _check(floor: int, ours: int, manifest: Mapping[str, list[dict[str, str]]]) -> None:
    order, signed = orders_of(manifest), signed_in(ours, somebody(manifest, "nurse"))
    found = {
        clients: in_turn(
            [
                partial(measure, floor, "/check", JSON, order, clients),
                partial(measure, ours, CHECK, signed, order, clients),
            ],
            REPETITIONS,
        )
        for clients in (ALONE, MANY, CROWD)
    }

    def figure(clients: int, name: str, target: float, *, most: bool = True) -> None:
        bare, check = found[clients]
        named = f"bedside check, {clients} client{'s' if clients > 1 else ''}, {name}"
        unit = "/s" if name == "rate" else "ms"
        note(Figure(named, median_of(check, name), median_of(bare, name), unit, target, most))

    figure(ALONE, "p50", 2.5)
    figure(ALONE, "p95", 3)
    alone = median_of(found[ALONE][1], "rate")
    for clients in (MANY, CROWD):
        figure(clients, "rate", 0.5, most=False)
        rate = median_of(found[clients][1], "rate")
        note(Figure(f"bedside check, {clients} clients, rate against 1 client", rate, alone, "/s", 1, most=False))
    figure(CROWD, "p99", 1.5)


def orders_of(manifest: Mapping[str, list[dict[str, str]]]) -> Callable[[], bytes]:
    """Orders for checks of a bag that is ready: with its recipient's wristband and with another's, in turn."""
    ready = next(bag for bag in manifest["bags"] if bag["bedside"] == "ready" and bag["content"] == "msc")
    bands = {one["code"]: one["wristband"] for one in manifest["recipients"]}
    right, wrong = bands[ready["recipient"]], next(band for code, band in bands.items() if code != ready["recipient"])
    turns = [right, wrong]

    def order() -> bytes:
        turns.reverse()
        fields = {"wristband": turns[0], "bag": ready["label"], "inspection": LOOK}
        return json.dumps({"request_id": str(uuid.uuid4()), "order": fields}).encode()

    return order


if __name__ == "__main__":
    main()
