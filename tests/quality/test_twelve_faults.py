"""A QA reviewer's walk through a batch with twelve planted faults: the screen shows all twelve, and no thirteenth."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from cellchain.kernel.errors import Refused
from cellchain.labels import commands as labels
from cellchain.main import create_app
from cellchain.manufacturing import commands as manufacturing
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import DispositionPhase
from tests.bedside.world import World, played
from tests.quality.batches import Batches
from tests.races import things

# What is planted, and the kinds of exceptions that it has to bring up.
FAULTS = {
    "outside": ("out_of_limit",),
    "changed": ("unverified", "corrected"),
    "expired": ("material",),
    "machine": ("equipment",),
    "untrained": ("training",),
    "late": ("late_entry",),
    "typed": ("typed",),
    "comment": ("comment",),
    "room": ("environment",),
    "label": ("labels",),
    "deviation": ("deviation_open",),
}
OTHERS = {
    "reprint": ("reprint",),
    "own_step": ("second_person",),
    "taken_back": ("taken_back",),
    "failed": ("failed",),
    "unverified_result": ("unverified",),
    "hold": ("hold",),
}


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batches]:
    world = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("faults") / "world")
    yield Batches(world)
    world.close()


def kinds(batches: Batches, lot: str) -> Counter[str]:
    with batches.world.installation.database.read() as tx:
        return Counter(item.kind.value for item in queries.findings_of(tx, lot).to_look_at)


def test_a_clean_batch_brings_up_nothing(batches: Batches) -> None:
    lot = batches.batch()
    with batches.world.installation.database.read() as tx:
        found = queries.findings_of(tx, lot)
    assert [(item.key, str(item.title), str(item.detail)) for item in found.to_look_at] == []


@pytest.mark.parametrize("fault", [*FAULTS, *OTHERS])
def test_each_fault_is_found_alone(batches: Batches, fault: str) -> None:
    assert kinds(batches, batches.batch([fault])) == Counter({**FAULTS, **OTHERS}[fault])
