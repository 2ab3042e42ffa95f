"""`cellchain backup` and `cellchain restore`."""

from pathlib import Path
from typing import Annotated

import typer

from cellchain.console.speaking import DataDirOption, PassphraseOption, need_database, passphrase, say, settings_for
from cellchain.main import opened
from cellchain.safekeeping.backup import back_up
from cellchain.safekeeping.restore import refuse_unless_empty
from cellchain.safekeeping.restore import restore as put_back


def backup(
    to: Annotated[Path, typer.Option("--to", help="File to write; another backup there is replaced.")],
    data_dir: DataDirOption = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Write a backup under a passphrase, also while serving, and restore it once to see that it is intact."""
    settings = settings_for(data_dir)
    need_database(settings)
    with opened(settings) as installation:
        made = back_up(installation, to, passphrase(settings, passphrase_file, new=True))
    say(f"{to}: {made.size_bytes} bytes, restored once and verified.")
    print(made.report.text().splitlines()[-1])


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    data_dir: DataDirOption = None,
    acknowledge_loss: Annotated[
        bool, typer.Option("--acknowledge-loss", help="It is older than what was witnessed: say so in a signed entry.")
    ] = False,
    new_keys: Annotated[
        bool, typer.Option("--new-keys", help="A new key signs from now on; the old one proves what it signed.")
    ] = False,
    witness: Annotated[
        list[Path] | None, typer.Option(help="Folder with checkpoints kept elsewhere; may be repeated.")
    ] = None,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Put a backup into an empty folder and verify it; nothing is left there if it is refused."""
    settings = settings_for(data_dir)
    refuse_unless_empty(settings)
    for folder in witness or ():
        if not folder.is_dir():
            say(f"There is no folder {folder}. Name the one that checkpoints are kept in.")
            raise typer.Exit(2)
    done = put_back(
        settings,
        file,
        passphrase(settings, passphrase_file),
        acknowledge_loss=acknowledge_loss,
        new_keys=new_keys,
        witnesses=witness or (),
    )
    for name in done.passed_over:
        say(f"{name}: no key of this house signed it; passed over.")
    if acknowledge_loss and not done.lost:
        say("No checkpoint knows more entries than this backup holds: nothing is lost, and nothing was acknowledged.")
    if done.new_key:
        say(f"The key {done.new_key} signs from now on. Run cellchain keys export.")
    say(f"Restored what was backed up at {done.description.made_at} into {settings.data_dir}.")
    print(done.report.text())
