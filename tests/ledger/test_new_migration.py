"""The revision written from the models makes the schema of the models, on both databases."""

import ast
from pathlib import Path
from types import ModuleType

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel

from cellchain.kernel.errors import Refused
from cellchain.ledger import foundation, new_migration
from tests.ledger.conftest import Make
from tests.ledger.test_tampering import story


@pytest.fixture
def written(toy: ModuleType, scripts: Path) -> Path:
    """The first revision, written from the models that are loaded."""
    (scripts / "versions" / "0001_tables.py").unlink()
    path = new_migration.write("the first tables")
    assert path is not None
    return path


def test_a_revision_is_plain_and_whole(written: Path) -> None:
    source = written.read_text()
    assert written.name == "0001_the_first_tables.py"
    assert "cellchain" not in source.split('"""')[2]
    tree = ast.parse(source)
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == ["upgrade"]
    for expected in (
        "op.create_table('toy_bag'",
        "sa.CheckConstraint(\"phase IN ('filled', 'released')\", name=op.f('ck_toy_bag_phase'))",
        "sa.CheckConstraint('volume_ul >= 0', name=op.f('ck_toy_bag_volume'))",
        "name=op.f('fk_toy_draw_bag'), ondelete='RESTRICT')",
        "name=op.f('uq_toy_bag_label')",
        "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')",
        'sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql")',
    ):
        assert expected in source


def test_it_makes_the_schema_of_the_models(written: Path, make_workshop: Make, database_url: str) -> None:
    workshop = story(make_workshop(database_url).found())
    with pytest.raises(Refused, match=r"record\.out_of_bounds"):
        workshop.do("write_nonsense", code="BG1")
    assert workshop.verify().intact
    with workshop.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    assert foundation.pending_revisions(workshop.database) == []


def test_nothing_is_written_where_nothing_differs(written: Path) -> None:
    assert new_migration.write("nothing") is None
    assert list(written.parent.glob("0002*")) == []
