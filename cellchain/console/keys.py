"""`cellchain keys export` and `cellchain keys import`."""

from pathlib import Path
from typing import Annotated

import typer

from cellchain.console.speaking import DataDirOption, PassphraseOption, need_database, passphrase, say, settings_for
from cellchain.kernel.clock import SystemClock
from cellchain.platform.files import DataDir
from cellchain.safekeeping import keyring, records
from cellchain.safekeeping.sealed import cost_of


def keys_export(
    to: Annotated[Path, typer.Option("--to", help="File to write, which is not there yet.")],
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Write the keys under a passphrase. Keep file and passphrase apart from each other and from the backups."""
    settings = settings_for(data_dir)
    need_database(settings)
    folder = DataDir(settings.data_dir)
    cost = cost_of(settings.password_cost)
    names = keyring.export(folder, to, passphrase(settings, passphrase_file, new=True), cost)
    records.note(folder, records.KEYS, SystemClock().now(), fingerprint=keyring.fingerprint(folder))
    say(f"{to}: {', '.join(names)}.")


def keys_import(
    file: Annotated[Path, typer.Argument(help="What `keys export` wrote.")],
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Put keys back into a folder that lacks them. A key that is there is never replaced."""
    settings = settings_for(data_dir)
    folder = DataDir(settings.data_dir)
    with folder.claim():
        written = keyring.put_back(folder, keyring.read(file, passphrase(settings, passphrase_file)))
    say(f"Put back: {', '.join(written)}." if written else "All of them are there already.")
