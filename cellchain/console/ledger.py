"""`cellchain verify`, `cellchain export ledger` and `cellchain keys rotate`: the proof, and taking it elsewhere."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cellchain import composition
from cellchain.ledger import export as ledger_export
from cellchain.ledger import rotation
from cellchain.ledger.audit import Report, run_verify
from cellchain.main import opened
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir

DataDirOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder with cellchain.db, keys/ and checkpoints/.")
]


def _settings_for(data_dir: Path | None) -> Settings:
    """Settings for a folder that holds a database: looked at first, because opening makes what is missing."""
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    if settings.database_url is None and not DataDir(settings.data_dir).database.exists():
        _say(f"There is no database in {settings.data_dir}. Name the folder with --data-dir.")
        raise typer.Exit(1)
    return settings


def verify(
    data_dir: DataDirOption = None,
    export: Annotated[Path | None, typer.Option("--export", help="Check this exported ledger instead.")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Public key (PEM) to check the export with.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Hold the ledger against itself, its checkpoints, the tables and the invariants; or an export against a key."""
    if (export is None) != (key is None) or (export is not None and data_dir is not None):
        _say("--export and --key go together, and without --data-dir.")
        raise typer.Exit(2)
    if export is not None and key is not None:
        report = ledger_export.check(export, ledger_export.read_keys(key))
    else:
        report = _verify_here(_settings_for(data_dir))
    sys.stdout.write((report.json() if as_json else report.text()) + "\n")
    raise typer.Exit(0 if report.intact else 1)


def _verify_here(settings: Settings) -> Report:
    with opened(settings) as house:
        return run_verify(house.database, house.folder, composition.INVARIANTS, settings.witness_dirs)


def export_ledger(
    to: Annotated[Path, typer.Option("--to", help="File to write; what stands there is replaced.")],
    data_dir: DataDirOption = None,
) -> None:
    """Write every entry and checkpoint, and beside them `verify_ledger.py`, which checks them without this program."""
    settings = _settings_for(data_dir)
    with opened(settings) as house:
        written = ledger_export.write(house.database, house.folder, to, settings.site_name)
    sys.stdout.write(f"entry {written.entries}, root {written.root}\n")


def rotate_keys(data_dir: DataDirOption = None) -> None:
    """Sign with a new key from now on; stop the server first. The ledger says so, signed by the old key and the new."""
    settings = _settings_for(data_dir)
    folder = DataDir(settings.data_dir)
    with folder.claim(), opened(settings) as house:
        done = rotation.rotate(house.database, house.runner, folder)
    _say("Copy keys/signing.pub to whoever checks exports, and export the keys again (`cellchain keys export`).")
    sys.stdout.write(f"entry {done.entry}: signing key {done.new}, {done.old} is retired\n")


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")
