"""`cellchain export everything`."""

from pathlib import Path
from typing import Annotated

import typer

from cellchain import __version__
from cellchain.console.speaking import DataDirOption, need_database, say, settings_for
from cellchain.main import opened
from cellchain.safekeeping.decades import take_out


def export_everything(
    to: Annotated[Path, typer.Option("--to", help="ZIP archive to write; what stands there is replaced.")],
    data_dir: DataDirOption = None,
    without_personal: Annotated[
        bool, typer.Option("--without-personal", help="Names and free text are left out, their commitments stay.")
    ] = False,
    readable: Annotated[
        bool,
        typer.Option("--readable", help="Of a damaged database, what can still be read; exit 1 if that is not all."),
    ] = False,
) -> None:
    """Write everything in forms that open without this program: tables, attachments, the ledger and its verifier."""
    settings = settings_for(data_dir)
    need_database(settings)
    with opened(settings) as installation:
        taken = take_out(installation, to, __version__, personal=not without_personal, readable=readable)
    say(f"{taken.tables} tables, {taken.rows} rows, {taken.files} attachments.")
    for table, why in sorted(taken.missing.items()):
        say(f"{table}: rows are missing, because {why}. README.txt in the archive says so.")
    print(f"entry {taken.entries}, root {taken.root}")
    raise typer.Exit(1 if taken.missing else 0)
