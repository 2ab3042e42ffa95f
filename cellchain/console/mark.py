"""`cellchain mark`."""

import os
from typing import Annotated

import typer

from cellchain.console.speaking import DataDirOption, need_database, settings_for
from cellchain.platform.files import DataDir
from cellchain.platform.sealing import Sealer
from cellchain.web.observed import marker


def mark(
    texts: Annotated[list[str], typer.Argument(help="Codes of people or things, or what else stood in an address.")],
    data_dir: DataDirOption = None,
) -> None:
    """Say under which marks the log has somebody (`by`) or something (`about`): who opened what, by `grep`."""
    settings = settings_for(data_dir)
    need_database(settings)
    made = marker(Sealer(DataDir(settings.data_dir).keys().field, os.urandom))
    for text in texts:
        print(f"{made(text)} {text}")
