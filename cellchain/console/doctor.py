"""`cellchain doctor`."""

from typing import Annotated

import typer

from cellchain.console.speaking import DataDirOption, need_database, settings_for
from cellchain.safekeeping.health.doctor import examine
from cellchain.safekeeping.health.lines import Level, as_json, as_text


def doctor(
    data_dir: DataDirOption = None,
    told_as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Look at everything an installation needs to be well; exit 1 if something has to be mended."""
    settings = settings_for(data_dir)
    need_database(settings)
    lines = examine(settings)
    print(as_json(lines) if told_as_json else as_text(lines))
    raise typer.Exit(1 if any(line.level is Level.BAD for line in lines) else 0)
