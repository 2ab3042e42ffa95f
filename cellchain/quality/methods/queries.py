"""Reading the catalogue of test methods."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.quality.methods.models import TestMethod
from cellchain.quality.rules.methods import Method, MethodPhase

CATALOGUE = "methods"  # the list that forms choose from
METHODS_MAX = 1_000

ALL = select(TestMethod).order_by(col(TestMethod.name), col(TestMethod.version).desc())
EFFECTIVE = select(TestMethod).where(col(TestMethod.phase) == MethodPhase.EFFECTIVE).order_by(col(TestMethod.name))
EFFECTIVE_NAMED = select(TestMethod).where(
    col(TestMethod.name) == bindparam("name"), col(TestMethod.phase) == MethodPhase.EFFECTIVE
)
LATEST_VERSION: Any = select(func.max(col(TestMethod.version))).where(col(TestMethod.name) == bindparam("name"))


@dataclass(frozen=True)
class MethodLine:
    """A version in the catalogue, with who wrote and approved it."""

    method: Method
    drafted_by: str
    drafted_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    retired_at: datetime | None


def method(tx: ReadTx, number: int) -> Method:
    """One version of a method. Raises NotFound."""
    return _method(tx.get(TestMethod, number))


def methods(tx: ReadTx) -> list[MethodLine]:
    """Every version of every method, by name, the newest version first."""
    return [
        MethodLine(_method(row), row.drafted_by, row.drafted_at, row.approved_by, row.approved_at, row.retired_at)
        for row in tx.many(ALL, limit=METHODS_MAX)
    ]


def effective(tx: ReadTx) -> list[Method]:
    """The versions that tests are read with now."""
    return [_method(row) for row in tx.many(EFFECTIVE, limit=METHODS_MAX)]


def choices(tx: ReadTx) -> list[tuple[str, str]]:
    """The effective versions for a form to choose from."""
    return [(str(one.id), f"{one.title}, {one.procedure}, v{one.version}") for one in effective(tx)]


def _method(row: TestMethod) -> Method:
    return Method(
        id=row.id or 0,
        name=row.name,
        version=row.version,
        title=row.title,
        procedure=row.procedure,
        tests=tuple(row.tests),
        instrument=None if row.instrument is None else row.instrument.value,
        is_panel=row.is_panel,
        retests=row.retests,
        phase=row.phase,
    )
