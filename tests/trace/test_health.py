"""What the page of the house's health says about how the house stands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain.kernel.clock import ClockStep
from cellchain.ledger import checkpoints, foundation
from cellchain.main import create_app, opened, witness
from cellchain.platform.config import Settings
from cellchain.trace.operations import health, rules
from cellchain.trace.operations.standing import Standing, standing_of
from tests.web.door import Door, settle

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
RHYTHM = timedelta(minutes=15)
WELL = Standing(
    now=NOW,
    entries=900,
    checkpoint_age=timedelta(minutes=14),
    unsigned=7,
    witnesses=2,
    witnesses_away=0,
    mails_waiting=3,
    mails_refused=0,
    labels_moving=1,
    labels_stuck=0,
    clock_step=None,
    free_bytes=50 * 10**9,
)


def test_a_house_that_is_well() -> None:
    found = list(health.about(WELL, RHYTHM))
    assert [one.status for one in found] == ["ok"] * 6
    assert not any(one.do for one in found)


@pytest.mark.parametrize(
    ("name", "status", "changed"),
    [
        ("Disk", "stop", {"free_bytes": rules.ROOM_BYTES_MIN - 1}),
        ("Disk", "warn", {"free_bytes": rules.ROOM_BYTES_LOW - 1}),
        ("Clock", "warn", {"clock_step": ClockStep(NOW, -3600.0)}),
        ("Checkpoint", "warn", {"checkpoint_age": timedelta(minutes=46)}),
        ("Checkpoint", "warn", {"checkpoint_age": None}),
        ("Checkpoint", "stop", {"unsigned": -1}),
        ("Witnesses", "warn", {"witnesses": 0}),
        ("Witnesses", "stop", {"witnesses_away": 1}),
        ("Mail", "warn", {"mails_refused": 1}),
        ("Label printing", "warn", {"labels_stuck": 1}),
    ],
)
def test_what_is_not_well_is_told_alone_and_with_what_to_do(name: str, status: str, changed: dict[str, Any]) -> None:
    found = [one for one in health.about(replace(WELL, **changed), RHYTHM) if one.status != "ok"]
    assert [(one.name.template, one.status) for one in found] == [(name, status)]
    assert found[0].do is not None


def test_a_checkpoint_that_covers_everything_is_never_late() -> None:
    assert not rules.checkpoint_is_late(timedelta(days=9), 0, RHYTHM)
    assert rules.checkpoint_is_late(timedelta(minutes=46), 1, RHYTHM)
    assert not rules.checkpoint_is_late(timedelta(minutes=45), 1, RHYTHM)


def test_the_page_is_the_administrators_and_says_what_it_sees(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", password_cost="cheap", witness_dirs=(tmp_path / "gone",))
    with opened(settings) as installation:
        foundation.found(installation.database, installation.runner, demonstration=False)
        settle(installation)
        app = create_app(installation)
        with TestClient(app, raise_server_exceptions=False) as client:
            door = Door(client, installation)
            assert client.get("/health", follow_redirects=False).status_code == 303
            assert checkpoints.newest(installation.folder.checkpoints) is None
            witness(installation)
            seen = standing_of(app.state)
            newest = checkpoints.newest(installation.folder.checkpoints)
            assert newest is not None
            assert (seen.unsigned, seen.entries) == (seen.entries - newest.size, newest.size)
            page = door.get("/health")
            assert page.status_code == 200
            assert "Entries can be written." in page.text
            assert 'href="/health" aria-current="page"' in page.text
            installation.close()
            broken = health.findings(app.state)
            assert broken[0].status == "stop"
