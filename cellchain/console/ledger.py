"""`cellchain verify`, `cellchain export ledger` and `cellchain keys rotate`: the proof, and taking it elsewhere."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cellchain import composition
from cellchain.console.speaking import DataDirOption, need_database, say, settings_for
from cellchain.kernel.clock import SystemClock
from cellchain.kernel.errors import Refused
from cellchain.ledger import export as ledger_export
from cellchain.ledger import foundation, resealing, rotation
from cellchain.ledger.audit import Report, run_verify
from cellchain.ledger.verify import Finding
from cellchain.main import opened
from cellchain.platform import wal
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir, write_atomically
from cellchain.safekeeping.loss import acknowledge


def _settings_for(data_dir: Path | None) -> Settings:
    """Settings for a folder that holds a database: looked at first, because opening makes what is missing."""
    settings = settings_for(data_dir)
    need_database(settings)
    return settings


def verify(
    data_dir: DataDirOption = None,
    export: Annotated[Path | None, typer.Option("--export", help="Check this exported ledger instead.")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Public key (PEM) to check the export with.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Hold the ledger against itself, its checkpoints, the tables and the invariants; or an export against a key."""
    if (export is None) != (key is None) or (export is not None and data_dir is not None):
        say("--export and --key go together, and without --data-dir.")
        raise typer.Exit(2)
    if export is not None and key is not None:
        report = ledger_export.check(export, ledger_export.read_keys(key))
    else:
        report = _verify_here(_settings_for(data_dir))
    sys.stdout.write((report.json() if as_json else report.text()) + "\n")
    raise typer.Exit(0 if report.intact else 1)


def _verify_here(settings: Settings) -> Report:
    cut = None if settings.database_url is not None else wal.cut_of(DataDir(settings.data_dir).database)
    if cut is not None:  # opening the database would drop what follows, and with it this finding
        message = (
            f"the log of the database is damaged at frame {cut.frame}: {cut.commits} acknowledged transactions follow"
        )
        return Report(0, "", (Finding(None, "log", cut.frame, None, message),), (), 0, 0)
    with opened(settings) as house:
        return run_verify(house.database, house.folder, composition.INVARIANTS, settings.witness_dirs)


def acknowledge_loss(
    data_dir: DataDirOption = None,
    witness: Annotated[
        list[Path] | None, typer.Option(help="Folder with checkpoints kept elsewhere; may be repeated.")
    ] = None,
) -> None:
    """Say in a signed entry, for ever, that this database is an older one and which entries are missing.

    For a database that went back to a moment; a backup has `restore --acknowledge-loss`. Stop the server first.
    """
    settings = _settings_for(data_dir)
    for folder in witness or ():
        if not folder.is_dir():
            say(f"There is no folder {folder}. Name the one that checkpoints are kept in.")
            raise typer.Exit(2)
    with DataDir(settings.data_dir).claim(), opened(settings) as house:
        report = acknowledge(house, witness or ())
    sys.stdout.write(report.text() + "\n")
    raise typer.Exit(0 if report.intact else 1)


def mend_log(data_dir: DataDirOption = None) -> None:
    """Go on with what SQLite's damaged log holds before the damage; an entry says what is gone, a copy of it stays."""
    settings = _settings_for(data_dir)
    folder = DataDir(settings.data_dir)
    with folder.claim():
        cut = None if settings.database_url is not None else wal.cut_of(folder.database)
        if cut is None:
            raise Refused("log.whole", "The log of the database is not damaged. Nothing was done.")
        log = wal.log_of(folder.database)
        copy = log.with_name(f"{log.name}.damaged.{SystemClock().now():%Y%m%dT%H%M%SZ}")
        write_atomically(copy, log.read_bytes())
        with opened(settings, cut_log=True) as house:
            foundation.record_cut(house.runner, cut, copy.name)
    say(f"{cut.commits} transactions after frame {cut.frame} are gone; the log as it was is kept in {copy.name}.")
    say("Run cellchain verify, and tell QA. Whoever sends a request of that time again has it done once.")


def export_ledger(
    to: Annotated[Path, typer.Option("--to", help="File to write; what stands there is replaced.")],
    data_dir: DataDirOption = None,
) -> None:
    """Write every entry and checkpoint, and beside them `verify_ledger.py`, which checks them without this program."""
    settings = _settings_for(data_dir)
    with opened(settings) as house:
        written = ledger_export.write(house.database, house.folder, to, settings.site_name)
    sys.stdout.write(f"entry {written.entries}, root {written.root}\n")


class Kind(StrEnum):
    """The keys that can be followed by another."""

    SIGNING = "signing"
    FIELD = rotation.FIELD
    LIST = rotation.LIST


def rotate_keys(
    kind: Annotated[Kind, typer.Argument(help="Which key is followed by a new one.")] = Kind.SIGNING,
    data_dir: DataDirOption = None,
) -> None:
    """Use a new key from now on, and say so in the ledger; stop every server first. The old one goes on proving or
    opening what it signed or sealed. What lies under an old field key is encrypted again.
    """
    settings = _settings_for(data_dir)
    folder = DataDir(settings.data_dir)
    if kind is not Kind.SIGNING:
        _rotate_secret(settings, folder, kind)
        return
    with folder.claim(), opened(settings) as house:
        done = rotation.rotate(house.database, house.runner, folder)
    say("Copy keys/signing.pub to whoever checks exports, and export the keys again (`cellchain keys export`).")
    sys.stdout.write(f"entry {done.entry}: signing key {done.new}, {done.old} is retired\n")


def _rotate_secret(settings: Settings, folder: DataDir, kind: Kind) -> None:
    with folder.claim():
        with opened(settings) as house:
            done = rotation.rotate_secret(house.database, house.runner, folder, kind.value)
        say("Export the keys again (`cellchain keys export`): a backup of the old keys opens nothing that is new.")
        sys.stdout.write(f"entry {done.entry}: {kind.value} key {done.new}, {done.old} opens what it sealed\n")
        if kind is Kind.FIELD:
            _reseal(settings)


def reseal_cells(data_dir: DataDirOption = None) -> None:
    """Encrypt again what lies under an older field key, where `keys rotate field` broke off; stop servers first."""
    settings = _settings_for(data_dir)
    with DataDir(settings.data_dir).claim():
        _reseal(settings)


def _reseal(settings: Settings) -> None:
    with opened(settings) as house:  # anew: it seals with the key that was taken into use just now
        count = resealing.reseal(house.database, house.runner)
    sys.stdout.write(f"{count} values were put under the field key in use\n")
