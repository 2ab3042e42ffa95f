"""What the modules of the command line share: sentences to stderr, the folder's option, and passphrases."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from cellchain.kernel.errors import Refused
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir

PASSPHRASE_BYTES_MAX = 4_096
DataDirOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder with cellchain.db, keys/ and checkpoints/.")
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option(help="File whose first line is the passphrase; without it, it is asked for, or read from stdin."),
]


def say(message: str) -> None:
    """Tell the person at the terminal something."""
    print(message, file=sys.stderr)


def settings_for(data_dir: Path | None) -> Settings:
    """Settings from the environment, with the folder named on the command line."""
    return Settings() if data_dir is None else Settings(data_dir=data_dir)


def need_database(settings: Settings) -> None:
    """Looked at before anything is opened, because opening makes what is missing. Exits with 1."""
    if settings.database_url is None and not DataDir(settings.data_dir).database.exists():
        say(f"There is no database in {settings.data_dir}. Name the folder with --data-dir.")
        raise typer.Exit(1)


def passphrase(settings: Settings, file: Path | None, *, new: bool = False) -> str:
    """The passphrase: from the file that is named, from the setting's, from the terminal, or the first line of stdin.

    A `new` one is asked for twice. Raises Refused `sealed.no_passphrase`, `sealed.mistyped`.
    """
    place = file or settings.backup_passphrase_file
    if place is not None:
        with place.open("rb") as content:
            return _line(content.readline(PASSPHRASE_BYTES_MAX))
    if not sys.stdin.isatty():
        return _line(sys.stdin.buffer.readline(PASSPHRASE_BYTES_MAX))
    said = getpass.getpass("Passphrase: ")
    if new and getpass.getpass("The same again: ") != said:
        raise Refused("sealed.mistyped", "The two passphrases differ. Nothing was done. Type the same one twice.")
    return said


def _line(line: bytes) -> str:
    text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
    if not text:
        raise Refused(
            "sealed.no_passphrase",
            "There is no passphrase. Give it on stdin, or name a file with --passphrase-file or "
            "CELLCHAIN_BACKUP_PASSPHRASE_FILE.",
        )
    return text
