"""`python -m cellchain.ledger.new_migration "title"`: write the revision that brings the schema to the models of now.

For developers. The revision is the difference between all migrations, run on an empty SQLite, and all models; a person
reads it before it is kept. CHECK constraints of tables that exist already, and triggers, are not compared: the first
are written by hand, the second are made anew by `migrate`.
"""

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import cellchain
from alembic import command
from cellchain.ledger.revisions import alembic_config


def import_models() -> list[str]:
    """Import every `cellchain.<package>.models` there is, so that the metadata is whole; gives their names."""
    packages = [path.parent.name for folder in cellchain.__path__ for path in Path(folder).glob("*/models.py")]
    found = [f"cellchain.{package}.models" for package in sorted(packages)]
    for name in [*found, "cellchain.platform.write"]:  # numbering has its table there
        importlib.import_module(name)
    return found


def write(title: str) -> Path | None:
    """Write the next revision under `alembic/versions/`, numbered in sequence; None where nothing differs."""
    config = alembic_config()
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/empty.db")
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            made: Any = command.revision(
                config, title, autogenerate=True, rev_id=f"{number:04d}", process_revision_directives=_unless_empty
            )
        engine.dispose()
    return _tidy(Path(made.path)) if made else None


def _tidy(revision: Path) -> Path:
    """Take out Alembic's remarks about having generated it: by the time it is kept, a person has read it."""
    lines = [line for line in revision.read_text().splitlines() if not line.lstrip().startswith("# ###")]
    revision.write_text("\n".join(lines) + "\n")
    return revision


def _unless_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    if directives[0].upgrade_ops.is_empty():
        directives.clear()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python -m cellchain.ledger.new_migration "title"')
    import_models()
    path = write(sys.argv[1])
    sys.stdout.write(f"{path}\n" if path else "the schema is that of the models already\n")
