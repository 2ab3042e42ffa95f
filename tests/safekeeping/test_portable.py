"""A backup of PostgreSQL is a SQLite file, and goes back into an empty PostgreSQL or into a folder."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from cellchain.composition import INVARIANTS
from cellchain.kernel.errors import Refused
from cellchain.ledger.audit import Report, run_verify
from cellchain.safekeeping.backup import back_up
from cellchain.safekeeping.restore import restore
from tests.safekeeping.conftest import FIRST, PASSPHRASE, Place
from tests.support.postgres import Postgres


def verified(place: Place) -> Report:
    with place.open() as installation:
        return run_verify(installation.database, installation.folder, INVARIANTS)


def test_postgresql_there_and_back_and_into_one_file(postgres: Postgres, tmp_path: Path) -> None:
    first, second = postgres.fresh_database(), postgres.fresh_database()
    place = Place(tmp_path / "data", first).found()
    place.people("anna", "boris")
    place.witness()
    with place.open() as installation:
        made = back_up(installation, tmp_path / "one", PASSPHRASE)
    assert made.description.kept_in == "postgresql"
    root = verified(place).root
    assert made.description.root == root

    back = Place(tmp_path / "back", second)
    assert restore(back.settings, tmp_path / "one", PASSPHRASE).report.root == root
    assert back.names() == {"keys", "checkpoints"}
    report = verified(back)
    assert (report.intact, report.root) == (True, root)
    back.people("clara")
    assert verified(back).entries == FIRST + 3

    alone = Place(tmp_path / "alone")
    assert restore(alone.settings, tmp_path / "one", PASSPHRASE).report.root == root
    alone.people("clara")
    assert verified(alone).intact

    with pytest.raises(Refused, match=r"database\.founded"):
        restore(Place(tmp_path / "third", second).settings, tmp_path / "one", PASSPHRASE)
    assert not (tmp_path / "third").exists()
    for url in (first, second):
        postgres.drop(url)


def test_rows_that_do_not_fit_leave_no_row(postgres: Postgres, place: Place, tmp_path: Path) -> None:
    """A table that somebody made there already stops the copy: the database holds no ledger afterwards."""
    with place.open() as installation:
        back_up(installation, tmp_path / "one", PASSPHRASE)
    url = postgres.fresh_database()
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)) as link:
        link.execute("CREATE TABLE accounts_person (code text)")
    with pytest.raises(Exception, match="already exists"):
        restore(Place(tmp_path / "again", url).settings, tmp_path / "one", PASSPHRASE)
    assert not (tmp_path / "again").exists()
    postgres.drop(url)
