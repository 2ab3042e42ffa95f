"""Reading labels."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, func, select

from cellchain.identity.codes import parse
from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.values import dataclass
from cellchain.labels import design as designs
from cellchain.labels.design import Design as DesignText
from cellchain.labels.models import Design, Label, Reconciliation
from cellchain.labels.rules import LIVE, DesignPhase, LabelPhase, LabelSum, may_print_here, may_stand_in, no_preview
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import Listing
from cellchain.platform.statements import one_of

LABELS_MAX = 200
LABELS_SHOWN = 100

STANDING = select(Label.code, Label.target, Label.design, Label.phase).where(Label.code == bindparam("code"))
WORN = select(Label.target, Label.phase, Label.symbol).where(Label.code == bindparam("code"))
HEIR = select(Label.code).where(Label.target == bindparam("target"), Label.replaces == bindparam("code"))
OF_TARGET = select(Label).where(Label.target == bindparam("target")).order_by(col(Label.code))
LIVE_OF = select(Label).where(
    Label.target == bindparam("target"), Label.design == bindparam("design"), one_of(Label.phase, LIVE)
)
NEWEST_OF = (
    select(Label.code, Label.phase, Label.ended_by)
    .where(Label.target == bindparam("target"), Label.design == bindparam("design"))
    .order_by(col(Label.code).desc())
)
COUNTS = select(Label.phase, func.count()).where(Label.lot == bindparam("lot")).group_by(Label.phase)
OF_LOT = select(Label).where(Label.lot == bindparam("lot")).order_by(col(Label.code))
LABELS = Listing(
    columns(
        col(Label.code), col(Label.phase), col(Label.lot), col(Label.design), col(Label.target), col(Label.printed_at)
    ),
    col(Label.code),
    narrowed={"phase": Label.phase == bindparam("phase")},
    day=col(Label.printed_at),
)
OPEN = (
    select(Label)
    .where(one_of(Label.phase, LIVE - {LabelPhase.CONFIRMED}))
    .order_by(col(Label.printed_at), col(Label.code))
)
VERSIONS = select(Design).where(Design.name == bindparam("name")).order_by(col(Design.version).desc())
SOURCE_OF = select(Design.source).where(Design.name == bindparam("name"), Design.version == bindparam("version"))
USE_OF: Any = (
    columns(
        col(Label.design_version), func.min(Label.printed_at), func.max(Label.printed_at), func.count(col(Label.code))
    )
    .where(col(Label.design) == bindparam("name"))
    .group_by(col(Label.design_version))
)
LAST_SUM = select(Reconciliation).where(Reconciliation.lot == bindparam("lot")).order_by(col(Reconciliation.id).desc())
PHASES_ON = select(Label.phase).where(Label.target == bindparam("target"))
WAITING_ON = select(Label.code, Label.phase).where(
    Label.target == bindparam("target"), one_of(Label.phase, LIVE - {LabelPhase.CONFIRMED})
)
NEWEST_WITH = select(Label.phase).where(Label.symbol == bindparam("symbol")).order_by(col(Label.code).desc())
BY_SYMBOL = select(Label).where(Label.symbol == bindparam("symbol"), one_of(Label.phase, LIVE))


@dataclass(frozen=True)
class LabelLine:
    """A row of the list of labels: nothing of what is printed on one."""

    code: str
    phase: LabelPhase
    lot: str | None
    design: str
    target: str
    printed_at: datetime


@dataclass(frozen=True)
class LabelStanding:
    """Which label it is, of what, and whether it counts."""

    code: str
    target: str
    design: str
    phase: LabelPhase


@dataclass(frozen=True)
class DesignVersion:
    """A version of a design, and when labels were printed in it: the first, the last, and how many."""

    row: Design
    first_at: datetime | None
    last_at: datetime | None
    count: int


@dataclass(frozen=True)
class DesignState:
    """A design of the folder, its size, and the version of it that may print."""

    name: str
    width_mm: float
    height_mm: float
    approved_version: int | None
    current: bool


def label(tx: ReadTx, code: str) -> Label | None:
    """The label with this serial."""
    return tx.find(Label, code)


def scanned_label(tx: ReadTx, text: str) -> Label | None:
    """The label behind a symbol: by its serial, or the live one that carries this identifier instead."""
    found = tx.find(Label, text)
    return found if found is not None and found.symbol == text else tx.one(BY_SYMBOL, symbol=text)


def standing_of(tx: ReadTx, code: str) -> LabelStanding | None:
    """What a bedside asks of a label, without opening what is printed on it."""
    row = tx.one(STANDING, code=code)
    return None if row is None else LabelStanding(*row)


def thing_of(tx: ReadTx, code: str) -> str:
    """The thing that wears this label: what a scan of its symbol means.

    Raises Refused `label.preview`, `.replaced`, `.void`, `.unconfirmed`; NotFound `label.unknown` for a serial
    that was never printed, also where the label's symbols carry another code.
    """
    no_preview(parse(code))
    target, phase, symbol = tx.one(WORN, code=code) or ("", None, "")
    if phase is None or symbol != code:
        raise NotFound("label.unknown", "This symbol is no label of this house. Scan the printed label again.")
    may_stand_in(code, phase, tx.one(HEIR, target=target, code=code))
    return target


def labels_of(tx: ReadTx, target: str) -> list[Label]:
    """Every label that was printed for a thing, oldest first."""
    return tx.many(OF_TARGET, limit=LABELS_MAX, target=target)


def live_label(tx: ReadTx, target: str, design: str) -> Label | None:
    """The printed or confirmed label of this design on a thing; there is one at most."""
    return tx.one(LIVE_OF, target=target, design=design)


def ended_by_hand(tx: ReadTx, target: str, design: str) -> str | None:
    """The last label of this design on a thing, where a person put it out of use; None where it serves or never was."""
    code, phase, ended_by = tx.one(NEWEST_OF, target=target, design=design) or (None, None, None)
    return code if phase in (LabelPhase.SPOILED, LabelPhase.DESTROYED) and ended_by is not None else None


def confirmed_label(tx: ReadTx, target: str, design: str) -> Label | None:
    """The label that was scanned back on the thing."""
    found = live_label(tx, target, design)
    return found if found is not None and found.phase == LabelPhase.CONFIRMED else None


def worn_by(tx: ReadTx, symbol: str) -> LabelPhase | None:
    """How the newest label stands whose symbols carry this very code: a wristband's or a badge's."""
    phase = tx.one(NEWEST_WITH, symbol=symbol)
    return None if phase is None else LabelPhase(phase)


def must_wear(tx: ReadTx, target: str) -> None:
    """A thing that changes hands wears a label that was scanned back. Raises Refused `container.unlabelled`."""
    if not any(phase == LabelPhase.CONFIRMED for phase in tx.many(PHASES_ON, limit=LABELS_MAX, target=target)):
        raise Refused(
            "container.unlabelled",
            "{thing} wears no label that was scanned back. Print its label, scan it back, and repeat.",
            thing=target,
        )


def must_not_wait(tx: ReadTx, target: str) -> None:
    """A label that was printed for a thing is scanned back before the thing is used. Raises Refused `label.*`."""
    waiting = tx.many(WAITING_ON, limit=LABELS_MAX, target=target)
    confirmed = any(phase == LabelPhase.CONFIRMED for phase in tx.many(PHASES_ON, limit=LABELS_MAX, target=target))
    for code, phase in waiting:
        if phase == LabelPhase.STOPPED or not confirmed:
            may_stand_in(code, phase, None)


def must_print_here(tx: ReadTx, station: str | None, lot: str | None) -> None:
    """Raises Refused `label.other_batch` where the batch record of another lot is open at a station."""
    may_print_here(lot, None if station is None else tx.house.batches.open_at(tx, station))


def unsettled(tx: ReadTx, limit: int = LABELS_SHOWN) -> list[Label]:
    """The labels that were printed and not scanned back, or are stopped, the longest wait first."""
    return tx.many(OPEN, limit=limit)


def approved_version(tx: ReadTx, name: str) -> Design | None:
    """The approved version of a design, if it is the one in the folder now."""
    for row in tx.many(VERSIONS, limit=50, name=name):
        if row.phase == DesignPhase.APPROVED:
            return row if row.content_hash == designs.load(name).digest else None
    return None


def design_of(tx: ReadTx, name: str, version: int) -> DesignText:
    """A design as it was approved in this version. Raises NotFound."""
    source = tx.one(SOURCE_OF, name=name, version=version)
    if source is None:
        raise NotFound("label.design_unknown", "There is no label design {name}. Choose another.", name=name)
    return designs.kept(name, source)


def versions_of(tx: ReadTx, name: str) -> list[DesignVersion]:
    """Every version of a design with its dates of use, the newest first."""
    used = {version: (first, last, count) for version, first, last, count in tx.every(USE_OF, name=name)}
    return [
        DesignVersion(row, *used.get(row.version, (None, None, 0)))
        for row in tx.many(VERSIONS, limit=LABELS_MAX, name=name)
    ]


def design_states(tx: ReadTx) -> list[DesignState]:
    """Every design of the folder."""
    states = []
    for name in designs.names():
        known, row = designs.load(name), approved_version(tx, name)
        version = row.version if row else None
        states.append(DesignState(name, known.width_mm, known.height_mm, version, row is not None))
    return states


def label_sum(tx: ReadTx, lot: str) -> LabelSum:
    """The account of a lot's labels now. Every label was seen by somebody: none is in it because of a typed number."""
    counts = {str(phase): int(count) for phase, count in tx.every(COUNTS, lot=lot)}
    return LabelSum(
        printed=sum(counts.values()),
        applied=counts.get(LabelPhase.CONFIRMED, 0),
        in_record=counts.get(LabelPhase.IN_RECORD, 0),
        spoiled=counts.get(LabelPhase.SPOILED, 0),
        destroyed=counts.get(LabelPhase.DESTROYED, 0),
        unconfirmed=counts.get(LabelPhase.PRINTED, 0) + counts.get(LabelPhase.STOPPED, 0),
    )


def labels_in(tx: ReadTx, lot: str) -> list[Label]:
    """Every label that was issued in a lot, in the order of their serials."""
    return tx.every(OF_LOT, lot=lot)


def last_count(tx: ReadTx, lot: str) -> Reconciliation | None:
    """The last reconciliation of a lot's labels, or None where nobody counted them yet."""
    return tx.one(LAST_SUM, lot=lot)


def is_reconciled(tx: ReadTx, lot: str) -> bool:
    """Whether the last reconciliation closed and nothing was printed, confirmed or lost since."""
    last = tx.one(LAST_SUM, lot=lot)
    if last is None:
        return False
    now = label_sum(tx, lot)
    return last.difference_count == 0 and now.difference == 0 and last.printed_count == now.printed
