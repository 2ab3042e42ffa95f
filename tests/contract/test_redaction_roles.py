"""Over PostgreSQL the role that serves erases a reason by a signed redaction, and by nothing else."""

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from cellchain.kernel.errors import Refused
from cellchain.ledger import roles
from cellchain.quality.redactions import commands as redactions
from cellchain.quality.redactions.rules import REASON_OF_ENTRY
from tests.bedside.world import World
from tests.faults.clients import verified
from tests.races.test_every_command import source_on_postgres as source_on_postgres
from tests.support.postgres import Postgres

FORGET = "SELECT cellchain_forget_reason(%s)"


@dataclass
class Served:
    """A house that is served by a role which owns nothing."""

    world: World
    folder: Path
    owner: str
    role: str

    def link(self) -> psycopg.Connection:
        """A connection of that role's."""
        address = make_url(self.owner).set(drivername="postgresql", username=self.role)
        return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)

    def with_reason(self) -> list[int]:
        """The entries that have a reason."""
        return [entry.seq for entry in self.world.entries() if entry.reason is not None]


@pytest.fixture
def served(source_on_postgres: tuple[Path, str], postgres: Postgres, tmp_path: Path) -> Iterator[Served]:
    folder, name = source_on_postgres
    owner, role = postgres.fresh_database(like=name), f"serving_{uuid.uuid4().hex[:8]}"
    shutil.copytree(folder, tmp_path / "owner")
    owning = World(folder, tmp_path / "owning", url=owner)
    roles.grant(owning.installation.database, (role, None))
    owning.close()
    url = make_url(owner).set(username=role).render_as_string(hide_password=False)
    made = Served(World(folder, tmp_path / "world", url=url), tmp_path / "world", owner, role)
    made.world.wait(minutes=1)
    yield made
    made.world.close()
    with psycopg.connect(make_url(owner).set(drivername="postgresql").render_as_string(hide_password=False)) as link:
        link.execute(f'DROP OWNED BY "{role}"')
        link.execute(f'DROP ROLE "{role}"')
    postgres.drop(owner)


def test_a_reason_is_erased_by_two_of_qa_and_by_nothing_else(served: Served) -> None:
    world, (seq, other, *_) = served.world, served.with_reason()
    asked = {"entry": seq, "table": REASON_OF_ENTRY, "key": str(seq), "field": "reason"}
    why = {"ground": "privacy_request", "reason": "It names somebody."}
    number = world.do("qa1", redactions.ask_redaction, **asked, **why)["redaction"]
    world.do("qa2", redactions.redact, redaction=number)
    assert seq not in served.with_reason()
    with served.link() as link:
        nothing_else(link, other)
        # An earlier redaction of another entry serves for nothing.
        with pytest.raises(psycopg.errors.RestrictViolation):
            link.execute(FORGET, (other,))
        assert link.execute(FORGET, (seq,)).fetchone() == (False,), "it is gone already"
    assert other in served.with_reason()
    report = verified(served.folder, database_url=served.owner)
    assert report.intact, report.text()


def nothing_else(link: psycopg.Connection, seq: int) -> None:
    """What the role may try besides: its own UPDATE, a forged entry, tables of its own that are called the same."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        link.execute("UPDATE ledger_entry SET reason = NULL WHERE seq = %s", (seq,))
    forged = f"""
        INSERT INTO ledger_entry SELECT (e).* FROM (SELECT json_populate_record(one, json_build_object(
            'seq', one.seq + 1, 'hash', repeat('0', 64), 'body', '{{"facts":{{"redacted_entry":{seq}}}}}'
        )) AS e FROM ledger_entry AS one ORDER BY seq DESC LIMIT 1) AS made"""
    own = """
        CREATE TEMP TABLE ledger_entry AS SELECT 1000000::bigint AS seq, body, event FROM public.ledger_entry
            WHERE event = 'quality:value:redacted';
        SET search_path = pg_temp, public"""
    for trick in (forged, own):
        with pytest.raises(psycopg.errors.RestrictViolation):
            tried(link, trick, seq)


def tried(link: psycopg.Connection, trick: str, seq: int) -> None:
    """A transaction of the role's own."""
    with link.transaction():
        link.execute(trick)
        link.execute("SELECT public.cellchain_forget_reason(%s)", (seq,))


def test_a_house_that_was_not_migrated_says_so(served: Served) -> None:
    address = make_url(served.owner).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as link:
        link.execute("DROP FUNCTION cellchain_forget_reason(bigint)")
    world, (seq, *_) = served.world, served.with_reason()
    asked = {"entry": seq, "table": REASON_OF_ENTRY, "key": str(seq), "field": "reason"}
    why = {"ground": "privacy_request", "reason": "It names somebody."}
    number = world.do("qa1", redactions.ask_redaction, **asked, **why)["redaction"]
    with pytest.raises(Refused) as caught:
        world.do("qa2", redactions.redact, redaction=number)
    assert caught.value.code == "redaction.ledger_is_closed"
    assert seq in served.with_reason()
