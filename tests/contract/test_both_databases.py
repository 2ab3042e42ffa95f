"""The same story on both databases folds to the same root: every entry is the same to the byte."""

import importlib
import os
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from cellchain.composition import INVARIANTS
from cellchain.ledger.audit import run_verify
from cellchain.ledger.models import Entry
from cellchain.main import opened
from cellchain.platform.config import Settings
from tests.support.postgres import Postgres

story = importlib.import_module("cellchain.demo.play")
HASHES = select(Entry.hash).order_by(col(Entry.seq))


class Noon:
    """A clock that always says the same, so that both stories end at one time."""

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_demonstration_has_one_root(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "SystemClock", Noon)
    roots, hashes = [], []
    url = postgres.fresh_database()
    for number, where in enumerate((None, url)):
        # Keys, salts and request ids come from the system; here it gives both stories the same.
        chance = random.Random(20261122)
        monkeypatch.setattr(os, "urandom", chance.randbytes)
        monkeypatch.setattr(random, "_urandom", chance.randbytes)
        settings = Settings(data_dir=tmp_path / f"story{number}", password_cost="cheap", database_url=where)
        story.play(settings, 5)
        with opened(settings) as installation:
            report = run_verify(installation.database, installation.folder, INVARIANTS)
            assert report.intact, report.text()
            roots.append(report.root)
            with installation.database.read() as tx:
                hashes.append(tx.many(HASHES, limit=100_000))
    postgres.drop(url)
    differing = [seq for seq, pair in enumerate(zip(*hashes, strict=True), 1) if pair[0] != pair[1]]
    assert differing == []
    assert roots[0] == roots[1]
