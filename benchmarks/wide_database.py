"""A database with a million containers, written past the commands: for measuring how far a recall reaches in time.

Everything else in it is the demonstration's. Such a database has no ledger entries for these rows and does not verify,
so it is thrown away afterwards.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import func, insert, select
from sqlmodel import SQLModel

from cellchain.identity.codes import Kind, issue
from cellchain.platform.columns import CellText
from cellchain.platform.db import Database
from cellchain.platform.sealing import Sealer

YEAR = 2031
ROWS_AT_ONCE = 20_000
BANKS, VIALS, LOTS_OF_BANK = 2, 100, 20
FIRST_PASSAGE, SECOND_PASSAGE, BAGS = 5, 25, 214
GIVEN = 40
NARROW_LOTS = 4
# So many containers come out of one donor: its harvest bags, the vials, and vessels, a tube and bags of each lot.
OF_LOT = FIRST_PASSAGE + SECOND_PASSAGE + 1 + BAGS
OF_DONOR = BANKS * (1 + VIALS + LOTS_OF_BANK * OF_LOT)


def make(database: Database, containers_count: int) -> str:
    """Add donors until there are so many containers, and give the first of them."""
    with database.engine.begin() as link:
        likeness = _Likeness.of(link, database.sealer)
        donors_count = -(-containers_count // OF_DONOR)
        writer = _Writer(link, likeness)
        for number in range(1, donors_count + 1):
            writer.donor(number)
        writer.finish()
        _give(link, likeness, writer.first_bags)
    if not database.is_sqlite:  # PostgreSQL looks at its tables by itself, in its own time
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
            link.exec_driver_sql("ANALYZE")
    return str(issue(Kind.DONOR, 1, YEAR, 1))


def add_narrow(database: Database) -> tuple[str, str]:
    """One more donor, of whose cells about a thousand containers are; gives its donation and its harvest bag."""
    with database.engine.begin() as link:
        writer = _Writer(link, _Likeness.of(link, database.sealer), year=YEAR + 1)
        donation, bag = writer.donor(1, banks_count=1, lots_count=NARROW_LOTS)
        writer.finish()
    return donation, bag


@dataclass(frozen=True)
class _Likeness:
    """Rows of the demonstration that new ones are like."""

    rows: dict[str, dict[str, Any]]
    at: datetime

    @classmethod
    def of(cls, link: Any, sealer: Sealer) -> Self:
        tables = SQLModel.metadata.tables
        wanted = {
            "donor": (tables["donors_donor"], None),
            "donation": (tables["donors_donation"], None),
            "bank": (tables["manufacturing_lot"], tables["manufacturing_lot"].c.kind == "bank"),
            "product": (tables["manufacturing_lot"], tables["manufacturing_lot"].c.kind == "product"),
            "container": (tables["manufacturing_container"], None),
            "stored": (tables["custody_stored_at"], None),
            "assignment": (tables["trial_assignment"], tables["trial_assignment"].c.phase == "used"),
            "infusion": (tables["bedside_infusion"], tables["bedside_infusion"].c.phase == "completed"),
        }
        rows = {}
        for name, (table, condition) in wanted.items():
            statement = select(table) if condition is None else select(table).where(condition)
            rows[name] = _sealed(table, dict(link.execute(statement.limit(1)).mappings().one()), sealer)
        return cls(rows, rows["donation"]["ended_at"])


def _sealed(table: Any, row: dict[str, Any], sealer: Sealer) -> dict[str, Any]:
    """The row with its personal values closed again, as they lie in the table."""
    for column in table.columns:
        if isinstance(column.type, CellText) and row[column.key] is not None:
            seal = sealer.encrypted if column.type.encrypted else sealer.salted
            row[column.key] = seal(row[column.key])
    return row


class _Writer:
    """Gathers rows and writes them many at once, donors before donations before lots before containers."""

    def __init__(self, link: Any, likeness: _Likeness, *, year: int = YEAR) -> None:
        self.link, self.like, self.year = link, likeness, year
        self.tables = SQLModel.metadata.tables
        self.waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in _ORDER}
        self.next: dict[Any, int] = {}
        self.numbers = {name: self._last(name) for name in _NUMBERED}
        self.first_bags: list[str] = []
        self.donor_number = 0

    def donor(self, number: int, banks_count: int = BANKS, lots_count: int = LOTS_OF_BANK) -> tuple[str, str]:
        """A donor, two donations, two banks, forty lots, ten thousand containers; gives the last donation and its bag.

        With other numbers of banks and lots: so many less or more.
        """
        self.donor_number = number
        donor = self._code(Kind.DONOR)
        self._row("donors_donor", "donor", code=donor)
        donation = bag = ""
        for _ in range(banks_count):
            donation, bag, bank = self._code(Kind.DONATION), self._code(Kind.CONTAINER), self._code(Kind.LOT)
            self._row("donors_donation", "donation", code=donation, donor=donor, container=bag)
            self._lot(bank, "bank", donation)
            self._container(bag, "harvest_bag", "marrow", "spent", None, donation)
            vials = [self._code(Kind.CRYOVIAL) for _ in range(VIALS)]
            for vial in vials:
                self._container(vial, "cryovial", "msc", "stored", bank, None, bag)
            for vial in vials[:lots_count]:
                self._product(bank, vial)
        if sum(map(len, self.waiting.values())) > ROWS_AT_ONCE:
            self.finish()
        return donation, bag

    def _product(self, bank: str, vial: str) -> None:
        lot, tube = self._code(Kind.LOT), self._code(Kind.CONTAINER)
        self._lot(lot, "product", bank)
        first = [self._code(Kind.CONTAINER) for _ in range(FIRST_PASSAGE)]
        second = [self._code(Kind.CONTAINER) for _ in range(SECOND_PASSAGE)]
        for vessel in first:
            self._container(vessel, "vessel", "msc", "spent", lot, None, vial)
        for place, vessel in enumerate(second):
            self._container(vessel, "vessel", "msc", "spent", lot, None, first[place % FIRST_PASSAGE])
        self._container(tube, "tube", "msc", "spent", lot, None, *second)
        for _ in range(BAGS):
            bag = self._code(Kind.BAG)
            self._container(bag, "infusion_bag", "msc", "filled", lot, None, tube)
            if self.donor_number == 1 and len(self.first_bags) < GIVEN:
                self.first_bags.append(bag)

    def _lot(self, code: str, kind: str, source: str) -> None:
        self._row("manufacturing_lot", kind, code=code, phase="closed")
        self._row("manufacturing_lot_source", None, lot=code, source=source)
        disposition = "released_for_further_use" if kind == "bank" else "quarantined"
        decided = {"decided_by": self.like.rows["bank"]["opened_by"], "decided_at": self.like.at}
        given = {"lot": code, "phase": disposition, "opened_at": self.like.at, **decided}
        self._row("quality_disposition", None, **given, obligations=None, specification=None)

    def _container(
        self, code: str, kind: str, content: str, phase: str, lot: str | None, donation: str | None, *parents: str
    ) -> None:
        made_at = self.like.at + timedelta(hours=self.donor_number)
        amounts = {"cells_count": 0, "cells_made_count": 0, "cells_grown_count": 0, "volume_ul": 0, "volume_made_ul": 0}
        own = {"code": code, "kind": kind, "content": content, "phase": phase, "lot": lot, "donation": donation}
        none = dict.fromkeys(("step_record", "division", "product_code", "discard_reason", "expires_at"))
        self._row("manufacturing_container", "container", **own, **amounts, **none, made_at=made_at)
        for parent in parents:
            drawn = {"child": code, "parent": parent, "kind": "passaged", "cells_count": 0, "volume_ul": 0}
            self._row("manufacturing_container_source", None, **drawn, at=made_at)
        if phase != "spent" and self.donor_number == 1:
            self._row("custody_stored_at", "stored", subject=code, position=None, removed_at=None, removed_by=None)

    def _row(self, table: str, like: str | None, **own: Any) -> None:
        row = {**(self.like.rows[like] if like is not None else {}), **own}
        if table in self.numbers:
            self.numbers[table] += 1
            row["id"] = self.numbers[table]
        self.waiting[table].append(row)

    def _code(self, kind: Kind) -> str:
        # Six digits of a number: a kind that needs more goes on under the next site.
        self.next[kind] = self.next.get(kind, 0) + 1
        site, number = divmod(self.next[kind] - 1, 999_999)
        return str(issue(kind, 1 + site, self.year, number + 1))

    def _last(self, table: str) -> int:
        return int(self.link.execute(select(func.max(self.tables[table].c.id))).scalar_one() or 0)

    def finish(self) -> None:
        """Write what was gathered."""
        for name, rows in self.waiting.items():
            _insert(self.link, self.tables[name], rows)
            rows.clear()


_ORDER = (
    "donors_donor",
    "donors_donation",
    "manufacturing_lot",
    "manufacturing_lot_source",
    "quality_disposition",
    "manufacturing_container",
    "manufacturing_container_source",
    "custody_stored_at",
)
_NUMBERED = ("manufacturing_lot_source", "manufacturing_container_source", "custody_stored_at")


def _insert(link: Any, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    for part in _parts(rows):
        link.execute(insert(table), part)


def _parts(rows: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    return (list(rows[first : first + ROWS_AT_ONCE]) for first in range(0, len(rows), ROWS_AT_ONCE))


def _give(link: Any, likeness: _Likeness, bags: Iterable[str]) -> None:
    """Some bags were given, to the recipient of the demonstration's own infusion."""
    tables = SQLModel.metadata.tables
    for table, like in (("trial_assignment", "assignment"), ("bedside_infusion", "infusion")):
        last = int(link.execute(select(func.max(tables[table].c.id))).scalar_one() or 0)
        rows = [{**likeness.rows[like], "id": last + place, "bag": bag} for place, bag in enumerate(bags, 1)]
        link.execute(insert(tables[table]), rows)
