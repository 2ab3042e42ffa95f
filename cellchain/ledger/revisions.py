"""The revisions of the schema: read from their files at every start, and run by alembic where one is pending.

A start asks only whether the schema is the newest, and the heads of the files tell it. Loading alembic and every
revision to learn the same took a twentieth of the start.
"""

import re
from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from cellchain import paths
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass

if TYPE_CHECKING:
    from alembic.config import Config

# As `new_migration` writes them, and as alembic reads them.
_TITLE = re.compile(r'\A"""(.+?)(?:\n\n|""")', re.DOTALL)
_REVISION = re.compile(r"""^revision = ["'](\w+)["']$""", re.MULTILINE)
_AFTER = re.compile(r"""^down_revision = (?:None|["'](\w+)["'])$""", re.MULTILINE)


@dataclass(frozen=True)
class Revision:
    """One revision: its number, and the first paragraph of its file."""

    revision: str
    doc: str
    after: str | None = field(repr=False, default=None)


def known() -> list[Revision]:
    """Every revision that this program has, in order. They stand in one line: none is left out, none comes twice."""
    folder = paths.alembic_dir() / "versions"
    found = [_read(file.name, file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.py"))]
    following = {one.after: one for one in found}
    ordered: list[Revision] = []
    while (one := following.get(ordered[-1].revision if ordered else None)) is not None and len(ordered) < len(found):
        ordered.append(one)
    ensure(len(ordered) == len(found), "the revisions stand in one line, each after another")
    return ordered


def current(connection: Connection) -> str | None:
    """The revision of the schema, None for an empty database. Raises Refused `database.newer` for an unknown one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    if revision is not None and all(one.revision != revision for one in known()):
        raise Refused("database.newer", "A newer cellchain changed this database. Install that version again.")
    return revision


def up_to(revision: str | None) -> Sequence[Revision]:
    """The revisions that made a schema of `revision`, in order."""
    return known()[: _place(revision)]


def behind(revision: str | None) -> Sequence[Revision]:
    """The revisions that a schema of `revision` lacks, in order."""
    return known()[_place(revision) :]


def upgrade(connection: Connection) -> None:
    """Apply every revision that the schema lacks, on a connection inside its own transaction."""
    # Here alone, since most starts find nothing to apply.
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def alembic_config() -> "Config":
    """Alembic's configuration, made here: there is no ini file to keep in step."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(paths.alembic_dir()).replace("%", "%%"))
    return config


def _place(revision: str | None) -> int:
    """How many revisions there are up to `revision`."""
    return [None, *(one.revision for one in known())].index(revision)


def _read(name: str, source: str) -> Revision:
    title, revision, after = (pattern.search(source) for pattern in (_TITLE, _REVISION, _AFTER))
    ensure(revision and after, f"{name} says in its head which revision it is, and after which")
    return Revision(*("" if one is None else one[1] for one in (revision, title, after)))
