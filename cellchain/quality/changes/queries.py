"""Reading changes, and what was drafted under them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.values import dataclass
from cellchain.ledger.describe import Listing
from cellchain.ledger.filekinds import FileKind
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import MasterRecordPhase
from cellchain.platform.db import ReadTx
from cellchain.quality.actions.queries import OWNERS, ExtensionFacts, extensions_of, owners
from cellchain.quality.actions.rules import Dated, Due
from cellchain.quality.changes.models import Change, Implementation
from cellchain.quality.changes.rules import CHANGE, UNDER_WAY, ChangeClass, ChangePhase, key_of
from cellchain.quality.models import Specification
from cellchain.quality.queries.testing import specifications
from cellchain.quality.rules.lifecycles import SpecificationPhase

# The lists that forms choose from: changes under way, and what a change can touch.
CATALOGUE, RECORDS, SPECIFICATIONS = "changes", "master_records", "specifications"
ROWS_MAX = 500
NUMBER_DIGITS = 3
UNMADE = (ChangePhase.REQUESTED, ChangePhase.SIGNED, ChangePhase.APPROVED)

ALL = select(Change).order_by(col(Change.id).desc())
MADE = select(Implementation).where(col(Implementation.change) == bindparam("change")).order_by(col(Implementation.id))
OF_DEVIATION = select(Change).where(col(Change.deviation) == bindparam("deviation")).order_by(col(Change.id))
DRAFTED: Any = (
    select(Specification).where(col(Specification.change) == bindparam("change")).order_by(col(Specification.id))
)


@dataclass(frozen=True)
class MadeFacts:
    """A change was made once, with its evidence; and the judgement on its effect."""

    id: int
    account: str
    evidence: str
    evidence_kind: FileKind
    evidence_name: str
    made_by: str
    made_at: datetime
    is_effective: bool | None
    judgement: str | None
    judged_by: str | None
    judged_at: datetime | None


@dataclass(frozen=True)
class ChangeFacts:
    """A change as it stands. `due_on` and `check_due_on` count every extension."""

    id: int
    number: str
    title: str
    what: str
    grounds: str
    impact: str
    kind: ChangeClass
    documents: tuple[str, ...]
    master_record: int | None
    specification: int | None
    deviation: int | None
    action: int | None
    owner: str
    due_on: date
    check_due_on: date | None
    criterion: str | None
    phase: ChangePhase
    requested_by: str
    requested_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    countersigned_by: str | None
    countersigned_at: datetime | None
    rejected_by: str | None
    rejected_at: datetime | None
    rejection: str | None
    closed_by: str | None
    closed_at: datetime | None
    conclusion: str | None
    made: Sequence[MadeFacts]
    extensions: Sequence[ExtensionFacts]
    check_extensions: Sequence[ExtensionFacts]

    @property
    def is_finished(self) -> bool:
        """Closed, or rejected."""
        return self.phase in CHANGE.final

    @property
    def next_due_on(self) -> date | None:
        """The day by which something is due here: making it, then its check; None where only a closing waits."""
        if self.phase in UNMADE:
            return self.due_on
        return self.check_due_on if self.phase is ChangePhase.IMPLEMENTED else None

    def due_of(self, dated: Dated) -> Due:
        """The day of making it, or of its check, as far as it is still to come."""
        if dated is Dated.CHANGE:
            return Due(self.due_on if self.phase in UNMADE else None, self.owner, self.check_due_on)
        waits = self.phase in UNMADE or self.phase is ChangePhase.IMPLEMENTED
        return Due(self.check_due_on if waits else None, self.owner)


def change_number(change: int, requested_at: datetime) -> str:
    """`CC-26-007`: how people call a change. Its key in the table is the number itself."""
    return f"CC-{requested_at.year % 100:02d}-{change:0{NUMBER_DIGITS}d}"


def change_facts(tx: ReadTx, change: int) -> ChangeFacts:
    """One change. Raises NotFound."""
    return _change(tx, tx.get(Change, change))


def changes(tx: ReadTx) -> list[ChangeFacts]:
    """The changes asked for last."""
    return [_change(tx, row) for row in tx.many(ALL, limit=ROWS_MAX)]


def under_way(tx: ReadTx) -> list[ChangeFacts]:
    """Changes that are neither closed nor rejected, what is due first at the top."""
    found = [one for one in changes(tx) if not one.is_finished]
    return sorted(found, key=lambda one: (one.next_due_on or date.max, one.id))


def changes_of(tx: ReadTx, deviation: int) -> list[ChangeFacts]:
    """The changes that stem from a deviation."""
    return [_change(tx, row) for row in tx.many(OF_DEVIATION, limit=ROWS_MAX, deviation=deviation)]


def called(tx: ReadTx, number: str) -> ChangeFacts | None:
    """The change that people call so, or None."""
    key = key_of(number)
    row = None if key is None else tx.find(Change, key)
    return None if row is None or change_number(row.id or 0, row.requested_at) != number else _change(tx, row)


def choices(tx: ReadTx) -> list[tuple[str, str]]:
    """The changes under which a new version may be drafted now, for a form to choose from."""
    return [(str(one.id), f"{one.number}, {one.title}") for one in changes(tx) if one.phase in UNDER_WAY]


def affected_records(tx: ReadTx) -> list[tuple[str, str]]:
    """Master records that are in force, for a change to name."""
    return [
        (str(row.id), f"{row.name}, v{row.version}")
        for row in manufacturing.master_records(tx)
        if row.phase is MasterRecordPhase.EFFECTIVE
    ]


def affected_specifications(tx: ReadTx) -> list[tuple[str, str]]:
    """Specifications that are in force, for a change to name."""
    return [
        (str(row.id), f"{row.name}, {row.stage.replace('_', ' ')}, v{row.version}")
        for row in specifications(tx)
        if row.phase is SpecificationPhase.EFFECTIVE
    ]


def drafted_specifications(tx: ReadTx, change: int) -> list[tuple[int, str, int]]:
    """Versions of specifications drafted under a change: key, name, version."""
    return [(row.id or 0, row.name, row.version) for row in tx.many(DRAFTED, limit=ROWS_MAX, change=change)]


def drafted_records(tx: ReadTx, number: str) -> list[tuple[int, str, int]]:
    """Versions of master records drafted under a change: key, name, version."""
    return [(row.id or 0, row.name, row.version) for row in manufacturing.master_records(tx) if row.change == number]


def _change(tx: ReadTx, row: Change) -> ChangeFacts:
    number = row.id or 0
    given = extensions_of(tx, Dated.CHANGE, number)
    given_check = extensions_of(tx, Dated.CHANGE_CHECK, number)
    own = ("number", "documents", "due_on", "check_due_on", "made", "extensions", "check_extensions")
    same = ChangeFacts.__dataclass_fields__.keys() - set(own)
    return ChangeFacts(
        number=change_number(number, row.requested_at),
        documents=tuple(row.documents),
        due_on=given[-1].until if given else row.due_on,
        check_due_on=given_check[-1].until if given_check else row.check_due_on,
        made=[_made(one) for one in tx.many(MADE, limit=ROWS_MAX, change=number)],
        extensions=given,
        check_extensions=given_check,
        **{name: getattr(row, name) for name in same},
    )


def _made(row: Implementation) -> MadeFacts:
    return MadeFacts(**{name: getattr(row, name) for name in MadeFacts.__dataclass_fields__})


# What the forms of deviations, actions and changes let a person choose from.
LISTS: Mapping[str, Listing] = {
    OWNERS: owners,
    CATALOGUE: choices,
    RECORDS: affected_records,
    SPECIFICATIONS: affected_specifications,
}
