"""The revisions as their files tell them are those that alembic finds when it loads them."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from cellchain.kernel.errors import InvariantBroken
from cellchain.ledger import revisions
from tests.ledger.test_foundation import revise


def as_alembic_finds_them() -> list[tuple[str, str]]:
    directory = ScriptDirectory.from_config(revisions.alembic_config())
    return [(one.revision, one.doc) for one in directory.walk_revisions()][::-1]


def test_our_own_revisions() -> None:
    assert [(one.revision, one.doc) for one in revisions.known()] == as_alembic_finds_them()
    assert len(revisions.known()) >= 1


def test_several_in_their_order(scripts: Path) -> None:
    revise(scripts, "0003", "op.execute('SELECT 1')", after="0002")
    revise(scripts, "0002", "op.execute('SELECT 1')")
    assert [(one.revision, one.doc) for one in revisions.known()] == as_alembic_finds_them()
    assert [one.revision for one in revisions.behind("0001")] == ["0002", "0003"]
    assert [one.revision for one in revisions.behind(None)] == ["0001", "0002", "0003"]
    assert [one.revision for one in revisions.up_to("0002")] == ["0001", "0002"]
    assert list(revisions.up_to(None)) == []


@pytest.mark.parametrize("after", ["0001", "0007", "0003"])
def test_revisions_that_are_no_line_are_not_taken(scripts: Path, after: str) -> None:
    revise(scripts, "0002", "op.execute('SELECT 1')")
    revise(scripts, "0003", "op.execute('SELECT 1')", after=after)
    with pytest.raises(InvariantBroken, match="one line"):
        revisions.known()


def test_a_file_without_its_head_is_not_taken(scripts: Path) -> None:
    (scripts / "versions" / "0002.py").write_text('revision = "0002"\n')
    with pytest.raises(InvariantBroken, match=r"0002\.py says in its head which"):
        revisions.known()
