"""The doctor: each thing that can be wrong is made wrong, and named."""

import json
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cellchain.accounts.rules import Role
from cellchain.kernel.clock import SimulatedClock
from cellchain.ledger import resealing, rotation
from cellchain.main import opened
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir
from cellchain.safekeeping import keyring, records
from cellchain.safekeeping.health import keeping, machine
from cellchain.safekeeping.health.doctor import examine
from cellchain.safekeeping.health.lines import Level, ago, as_json, as_text
from cellchain.safekeeping.sealed import CHEAP
from tests.safekeeping.conftest import PASSPHRASE, Place, register
from tests.support.clamd import VERSION, clamd
from tests.support.postgres import Postgres

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TODAY = NOW.date()


def levels(place: Place) -> dict[str, Level]:
    return {line.name: line.level for line in examine(place.settings)}


def well(place: Place) -> Place:
    """Everything done that has to be done once."""
    folder = DataDir(place.folder)
    place.witness()
    keyring.export(folder, place.folder.parent / "keys.sealed", PASSPHRASE, CHEAP)
    now = datetime.now(UTC)
    records.note(folder, records.KEYS, now, fingerprint=keyring.fingerprint(folder))
    records.note(folder, records.BACKUP, now, file="somewhere", entries=2)
    return place


def test_a_new_house_lacks_what_was_never_done(place: Place) -> None:
    found = levels(place)
    assert {name for name, level in found.items() if level is Level.BAD} == {"checkpoint", "exported keys", "backup"}
    lines = examine(place.settings)
    assert all(line.do for line in lines if line.level is Level.BAD)


def test_a_house_that_is_well(place: Place) -> None:
    lines = examine(well(place).settings)
    assert not [line for line in lines if line.level is Level.BAD]
    assert as_text(lines).splitlines()[-1].startswith("healthy")
    told = json.loads(as_json(lines))
    assert told["healthy"]
    assert {line["name"] for line in told["lines"]} >= {
        "disk",
        "clock",
        "zone",
        "schema",
        "guards",
        "writing",
        "backup",
    }


def test_a_new_field_key_that_was_broken_off(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """First the key that waits, then what lies under the old one, then all is well."""
    place.people("anna")
    folder = DataDir(well(place).folder)
    assert levels(place)["field key"] is Level.OK
    with monkeypatch.context() as broken, place.open() as house:
        broken.setattr(DataDir, "take_next_secret", lambda *_: None)
        rotation.rotate_secret(house.database, house.runner, folder, rotation.FIELD)
    assert levels(place)["field key"] is Level.BAD
    with place.open() as house:
        rotation.rotate_secret(house.database, house.runner, folder, rotation.FIELD)
    found = levels(place)
    assert (found["field key"], found["exported keys"]) == (Level.WARN, Level.BAD)
    with place.open() as house:
        assert resealing.reseal(house.database, house.runner) > 0
    assert levels(place)["field key"] is Level.OK


def sql(place: Place, statement: str) -> None:
    with closing(sqlite3.connect(place.folder / "cellchain.db")) as link:
        link.execute(statement)
        link.commit()


def scribble(place: Place) -> None:
    """Write over the middle of the file."""
    with (place.folder / "cellchain.db").open("r+b") as file:
        file.seek(40 * 4096)
        file.write(b"\xff" * 4096 * 20)


def lose_a_key(place: Place) -> None:
    (place.folder / "keys" / "field.key").unlink()


def open_a_key(place: Place) -> None:
    (place.folder / "keys" / "field.key").chmod(0o644)


def change_a_key(place: Place) -> None:
    (place.folder / "keys" / "list.key").write_text("00" * 32)


def forge(place: Place) -> None:
    newest = max((place.folder / "checkpoints").iterdir())
    newest.write_text(newest.read_text().replace("time 2", "time 1"))


def go_back(place: Place) -> None:
    """An older database is put in place."""
    older = (place.folder / "cellchain.db").read_bytes()
    place.people("anna")
    place.witness()
    (place.folder / "cellchain.db").write_bytes(older)


def run_ahead(place: Place) -> None:
    """An entry was written while the clock was a day ahead."""
    ahead = SimulatedClock(datetime.now(UTC) + timedelta(days=1))
    with opened(place.settings, clock=ahead) as installation:
        register(installation, "anna")


@pytest.mark.parametrize(
    ("harm", "name"),
    [
        (scribble, "pages"),
        (lambda place: sql(place, "DROP TRIGGER ledger_entry_no_delete"), "guards"),
        (lambda place: sql(place, "DELETE FROM alembic_version"), "schema"),
        (lambda place: sql(place, "UPDATE alembic_version SET version_num = '9999'"), "schema"),
        (lose_a_key, "data folder"),
        (open_a_key, "permissions"),
        (change_a_key, "exported keys"),
        (forge, "checkpoint"),
        (go_back, "checkpoint"),
        (run_ahead, "time"),
    ],
)
def test_what_is_wrong_is_named(place: Place, harm: Callable[[Place], None], name: str) -> None:
    well(place)
    harm(place)
    assert levels(place)[name] is Level.BAD


def test_the_age_of_a_backup(tmp_path: Path) -> None:
    folder = DataDir(tmp_path)
    records.note(folder, records.BACKUP, NOW)
    for age, level in ((0, Level.OK), (26, Level.OK), (27, Level.WARN), (24 * 7 + 1, Level.BAD)):
        assert keeping.last_backup(folder, NOW + timedelta(hours=age)).level is level


def test_a_record_that_cannot_be_read_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "upkeep").mkdir()
    for text in ("", "[]", "{}", '{"at": 5}', '{"at": "yesterday"}'):
        (tmp_path / "upkeep" / "backup.json").write_text(text)
        assert records.noted(DataDir(tmp_path), records.BACKUP) is None


@pytest.mark.parametrize(
    ("state", "level"), [(None, Level.WARN), ((0x40, 16_000), Level.WARN), ((0x2001, 250), Level.OK)]
)
def test_the_clock(state: tuple[int, int] | None, level: Level) -> None:
    assert machine.clock_is_set(state).level is level


def test_the_kernel_is_asked_and_nothing_is_set() -> None:
    state = machine.kernel_clock()
    assert state is None or (state[0] >= 0 and state[1] >= 0)


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("https://cells.example.org", Level.OK),
        ("http://127.0.0.1:8000", Level.OK),
        ("http://localhost", Level.OK),
        ("http://10.0.0.5:8000", Level.BAD),
        ("http://cells.example.org", Level.BAD),
        ("https://intranet.example.org/", Level.OK),
        ("https://intranet.example.org/cells", Level.BAD),
    ],
)
def test_the_address(url: str, level: Level) -> None:
    assert machine.address(Settings(public_url=url)).level is level


def test_which_roles_a_password_alone_opens() -> None:
    line = machine.ways_in(Settings(second_factor_roles="administrator,qa"))
    assert (line.level, "nurse" in str(line), "administrator" in line.seen) == (Level.WARN, True, False)
    assert machine.ways_in(Settings(second_factor_roles="all")).level is Level.OK
    assert len(Settings(second_factor_roles="all").roles_with_second_factor) == len(Role)
    directory: dict[str, Any] = {"second_factor_roles": "all", "oidc_issuer": "https://id.example.org"}
    line = machine.ways_in(Settings(**directory))
    assert (line.level, "CELLCHAIN_OIDC_STRONG" in line.do) == (Level.WARN, True)
    assert machine.ways_in(Settings(**directory, oidc_strong="mfa")).level is Level.OK


def test_the_list_of_stolen_passwords(tmp_path: Path) -> None:
    (tmp_path / "list").touch()
    for file, level in ((None, Level.WARN), (tmp_path / "gone", Level.BAD), (tmp_path / "list", Level.OK)):
        assert machine.stolen_passwords(Settings(stolen_passwords_file=file)).level is level


def test_the_mail_server() -> None:
    assert machine.mail_server(Settings(smtp_host="mail.example.org", smtp_security="none")).level is Level.BAD
    assert machine.mail_server(Settings(smtp_host="127.0.0.1", smtp_security="none")).level is Level.OK


def test_no_scanner_is_said(tmp_path: Path) -> None:
    line = machine.virus_scanner(Settings(data_dir=tmp_path), TODAY)
    assert (line.level, "none is set up" in line.seen) == (Level.OK, True)


@pytest.mark.parametrize(
    ("version", "level", "seen"),
    [
        (VERSION, Level.OK, "ClamAV 1.4.3 answers, with signatures 27812 of 2026-11-30"),
        (
            b"ClamAV 1.4.3/27700/Sat Aug  8 08:34:12 2026",
            Level.WARN,
            "signatures 27700 of 2026-08-08, which are 114 days",
        ),
        (b"ClamAV 1.4.3", Level.WARN, "names no signatures"),
        (b"ClamAV 1.4.3/27812/some day", Level.WARN, "names no signatures"),
        (b"220 mail.example.org ESMTP", Level.BAD, "what answers there is no clamd"),
        (b"", Level.BAD, "what answers there is no clamd"),
        (b"ClamAV 1.4.3/" + b"9" * 3_000, Level.BAD, "what answers there is no clamd"),
    ],
)
def test_the_scanner_is_asked(tmp_path: Path, version: bytes, level: Level, seen: str) -> None:
    settings = Settings(data_dir=tmp_path, clamd_address=f"unix:{tmp_path}/s")
    with clamd(f"{tmp_path}/s", version=version):
        line = machine.virus_scanner(settings, TODAY)
    assert (line.level, seen in line.seen) == (level, True), line
    assert bool(line.do) is (level is not Level.OK)


def test_a_scanner_at_a_port_is_asked(place: Place) -> None:
    with clamd(("127.0.0.1", 0)) as scanner:
        port = scanner.listener.getsockname()[1]
        place.settings = place.settings.model_copy(update={"clamd_address": f"tcp://127.0.0.1:{port}"})
        [line] = [line for line in examine(place.settings) if line.name == "virus scanner"]
    assert "27812" in line.seen


def test_a_scanner_that_is_away_or_silent_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "SCANNER_S", 0.2)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(f"{tmp_path}/silent")
        silent.listen()
        for address in (f"unix:{tmp_path}/none", "tcp://127.0.0.1:1", f"unix:{tmp_path}/silent"):
            line = machine.virus_scanner(Settings(data_dir=tmp_path, clamd_address=address), TODAY)
            assert (line.level, address in line.seen) == (Level.BAD, True)
            assert line.do


@pytest.mark.parametrize(("size", "level"), [(1_000, Level.OK), (10**15, Level.BAD)])
def test_the_disk(tmp_path: Path, size: int, level: Level) -> None:
    assert machine.room(DataDir(tmp_path), size).level is level


def test_witnesses(place: Place, tmp_path: Path) -> None:
    assert levels(place)["witnesses"] is Level.WARN
    for folder, level in ((tmp_path, Level.OK), (tmp_path / "gone", Level.BAD)):
        place.settings = place.settings.model_copy(update={"witness_dirs": (folder,)})
        assert levels(place)["witnesses"] is level


def test_spans() -> None:
    spans = (timedelta(minutes=40), timedelta(hours=3), timedelta(days=5), timedelta(minutes=-4))
    assert [ago(span) for span in spans] == ["40 minutes", "3 hours", "5 days", "0 minutes"]


def test_a_server_that_may_lose_entries_is_named(postgres: Postgres, tmp_path: Path) -> None:
    """The server of the tests lasts for nothing, on purpose: it is named."""
    url = postgres.fresh_database()
    found = levels(Place(tmp_path / "data", url).found())
    assert found["lasting"] is Level.BAD
    assert found["role"] is Level.BAD
    assert found["schema"] is Level.OK
    postgres.drop(url)
