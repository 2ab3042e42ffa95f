"""Reading dispositions, holds, deviations, recalls and issue tags, and whether a bag may be used now."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, or_
from sqlmodel import col, func, select

from cellchain.accounts import queries as people
from cellchain.kernel.ensure import ensure
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels import queries as labels
from cellchain.labels.render import local_text, utc_text
from cellchain.labels.rules import LabelPhase
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx, kept
from cellchain.platform.listing import Listing
from cellchain.quality.models import (
    Decision,
    Deviation,
    Disposition,
    Hold,
    IssueTag,
)
from cellchain.quality.queries.exceptional import Exceptional, exception_fields, exceptional_of, is_silent
from cellchain.quality.recalls.queries import is_recalled
from cellchain.quality.rules import deciding as rules
from cellchain.quality.rules.lifecycles import (
    DeviationKind,
    DeviationPhase,
    DeviationSource,
    DispositionPhase,
    HoldCause,
    HoldPhase,
    Severity,
    TagKind,
    TagPhase,
)
from cellchain.quality.rules.limits import TITLES
from cellchain.web.format import Format

ROWS_MAX = 500
NUMBER_DIGITS = 3

OF_SUBJECT: Any = bindparam("subject")
PLACED_ON = select(Hold.id).where(col(Hold.subject) == OF_SUBJECT, col(Hold.phase) == HoldPhase.PLACED)
HELD_AT_ONCE = 8  # how many things one question about holds names; a bag rarely has more origins
HELD_AMONG = select(Hold.subject).where(
    or_(*(col(Hold.subject) == bindparam(f"subject_{at}") for at in range(HELD_AT_ONCE))),
    col(Hold.phase) == HoldPhase.PLACED,
)
_PLACED_ON = select(Hold).where(col(Hold.subject) == OF_SUBJECT, col(Hold.phase) == HoldPhase.PLACED)
PLACED_FOR = _PLACED_ON.where(col(Hold.cause) == bindparam("cause"), col(Hold.deviation).is_(None))
PLACED_BY_DEVIATION = _PLACED_ON.where(col(Hold.deviation) == bindparam("deviation"))
HOLDS_PLACED = select(Hold).where(col(Hold.phase) == HoldPhase.PLACED).order_by(col(Hold.id).desc())
HOLDS_LIFTED = Listing(select(Hold).where(col(Hold.phase) == HoldPhase.LIFTED), col(Hold.id))
HOLDS_ON = select(Hold).where(col(Hold.subject) == OF_SUBJECT).order_by(col(Hold.id).desc())
ATTACHED = select(IssueTag).where(col(IssueTag.bag) == bindparam("bag"), col(IssueTag.phase) == TagPhase.ATTACHED)
TAG_OF_LABEL = select(IssueTag).where(col(IssueTag.label) == bindparam("label"))
DISPOSITIONS = Listing(
    select(Disposition), col(Disposition.lot), narrowed={"phase": col(Disposition.phase) == bindparam("phase")}
)
NEWEST_DISPOSITIONS = select(Disposition).order_by(col(Disposition.lot).desc())
QUARANTINED = (
    select(Disposition)
    .where(col(Disposition.phase) == DispositionPhase.QUARANTINED)
    .order_by(col(Disposition.lot).desc())
)
OBLIGED = (
    select(Disposition)
    .where(col(Disposition.phase) == DispositionPhase.CONDITIONALLY_RELEASED)
    .order_by(col(Disposition.decided_at))
)
DECISIONS = select(Decision).where(col(Decision.lot) == bindparam("lot")).order_by(col(Decision.id).desc())
DEVIATIONS_CLOSED = Listing(
    select(Deviation).where(col(Deviation.phase) == DeviationPhase.CLOSED),
    col(Deviation.id),
    narrowed={"kind": col(Deviation.kind) == bindparam("kind")},
)
DEVIATIONS_UNDER_WAY = (
    select(Deviation).where(col(Deviation.phase) != DeviationPhase.CLOSED).order_by(col(Deviation.id).desc())
)
DEVIATIONS_OF_LOT = select(Deviation).where(col(Deviation.lot) == bindparam("lot")).order_by(col(Deviation.id))
DEVIATIONS_ON = select(Deviation).where(col(Deviation.subject) == OF_SUBJECT).order_by(col(Deviation.id))
OPEN_DEVIATIONS_OF_LOT: Any = select(func.count(col(Deviation.id))).where(
    col(Deviation.lot) == bindparam("lot"), col(Deviation.phase) != DeviationPhase.CLOSED
)


@dataclass(frozen=True)
class Obligation:
    """A test that a conditional release left open, and the day its result is due."""

    test: str
    due_on: date

    @property
    def name(self) -> T:
        """What the test is called."""
        return TITLES.get(self.test) or T(self.test.replace("_", " "))


@dataclass(frozen=True)
class DispositionFacts:
    """What may be done with a lot now."""

    lot: str
    phase: DispositionPhase
    opened_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    obligations: tuple[Obligation, ...]


@dataclass(frozen=True)
class DeviationFacts:
    """A deviation. `number` is how people call it; `title` is the rule's where a rule opened it."""

    id: int
    number: str
    kind: DeviationKind
    subject: str
    lot: str | None
    title: T
    account: T
    description: str
    severity: Severity | None
    source: DeviationSource
    rule: str | None
    facts: dict[str, Any]
    phase: DeviationPhase
    opened_by: str
    opened_at: datetime
    happened_at: datetime
    assessed_by: str | None
    assessed_at: datetime | None
    assessment: str | None
    closed_by: str | None
    closed_at: datetime | None
    conclusion: str | None


@dataclass(frozen=True)
class HoldFacts:
    """A hold on something."""

    id: int
    subject: str
    cause: HoldCause
    deviation: int | None
    reason: str
    phase: HoldPhase
    placed_by: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lift_reason: str | None


@dataclass(frozen=True)
class Standing:
    """Whether a bag may be used now, as far as quality knows. `reasons` are all that speak against it."""

    reasons: tuple[tuple[str, T], ...]
    conditional: bool = False
    lot: str | None = None
    bank: str | None = None
    disposition: DispositionPhase | None = None
    decided_at: datetime | None = None
    obligations: tuple[Obligation, ...] = ()
    overdue: bool = False
    tag: TagKind | None = None
    exceptional: Exceptional | None = None


# ---- dispositions ----------------------------------------------------------------------------------------------------


def disposition_of(tx: ReadTx, lot: str) -> DispositionFacts | None:
    """The disposition of a lot, or None where quality never heard of it."""
    row = tx.find(Disposition, lot)
    return None if row is None else _disposition(row)


def dispositions(tx: ReadTx, limit: int = ROWS_MAX) -> list[DispositionFacts]:
    """The dispositions of the newest lots."""
    return [_disposition(row) for row in tx.many(NEWEST_DISPOSITIONS, limit=limit)]


def disposition_lines(rows: Sequence[Disposition]) -> list[DispositionFacts]:
    """Rows of the list of dispositions as facts."""
    return [_disposition(row) for row in rows]


def quarantined(tx: ReadTx) -> list[DispositionFacts]:
    """The newest lots that nobody decided on yet."""
    return [_disposition(row) for row in tx.many(QUARANTINED, limit=ROWS_MAX)]


def obliged(tx: ReadTx) -> list[DispositionFacts]:
    """Lots that were released conditionally and wait for their final tests, the oldest release first."""
    return [_disposition(row) for row in tx.many(OBLIGED, limit=ROWS_MAX)]


def decisions_on(tx: ReadTx, lot: str) -> list[Decision]:
    """Every decision on a lot, the newest first."""
    return tx.many(DECISIONS, limit=100, lot=lot)


def _disposition(row: Disposition) -> DispositionFacts:
    return DispositionFacts(
        lot=row.lot,
        phase=row.phase,
        opened_at=row.opened_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        obligations=obligations(row.obligations),
    )


def obligations(held: Iterable[dict[str, Any]] | None) -> tuple[Obligation, ...]:
    """Obligations as a table holds them."""
    return tuple(Obligation(item["test"], date.fromisoformat(item["due_on"])) for item in held or ())


# ---- deviations and holds --------------------------------------------------------------------------------------------


def deviation_number(deviation: int, opened_at: datetime) -> str:
    """`DV-26-007`: how people call a deviation. Its key in the table is the number itself."""
    return f"DV-{opened_at.year % 100:02d}-{deviation:0{NUMBER_DIGITS}d}"


def deviation_facts(tx: ReadTx, deviation: int) -> DeviationFacts:
    """One deviation. Raises NotFound."""
    return _deviation(tx.get(Deviation, deviation))


def deviations_under_way(tx: ReadTx) -> list[DeviationFacts]:
    """The deviations that wait for somebody, the newest first."""
    return [_deviation(row) for row in tx.many(DEVIATIONS_UNDER_WAY, limit=ROWS_MAX)]


def deviation_lines(rows: Sequence[Deviation]) -> list[DeviationFacts]:
    """Rows of the list of closed deviations as facts."""
    return [_deviation(row) for row in rows]


def deviations_of(tx: ReadTx, lot: str) -> list[DeviationFacts]:
    """The deviations of a lot, in the order they were opened."""
    return [_deviation(row) for row in tx.many(DEVIATIONS_OF_LOT, limit=ROWS_MAX, lot=lot)]


def deviations_on(tx: ReadTx, subject: str) -> list[DeviationFacts]:
    """The deviations about one thing."""
    return [_deviation(row) for row in tx.many(DEVIATIONS_ON, limit=ROWS_MAX, subject=subject)]


def open_deviations_count(tx: ReadTx, lot: str) -> int:
    """How many deviations of a lot are not closed."""
    return int(tx.one(OPEN_DEVIATIONS_OF_LOT, lot=lot) or 0)


def _deviation(row: Deviation) -> DeviationFacts:
    number = row.id or 0
    title = rules.rule_title(row.rule) if row.rule is not None else T("{title}", title=row.title)
    noticed = None if row.rule is None else rules.rule_account(row.rule, row.facts or {})
    return DeviationFacts(
        id=number,
        number=deviation_number(number, row.opened_at),
        title=title,
        account=noticed or T("{description}", description=row.description),
        facts=row.facts or {},
        **{
            name: getattr(row, name)
            for name in DeviationFacts.__dataclass_fields__
            if name not in ("id", "number", "title", "account", "facts")
        },
    )


def is_held(tx: ReadTx, subject: str) -> bool:
    """Whether a hold is placed on this very thing."""
    return tx.one(PLACED_ON, subject=subject) is not None


def held_among(tx: ReadTx, subjects: Sequence[str]) -> list[str]:
    """Those of a few things on which a hold is placed, in the order given."""
    held: set[str] = set()
    for first in range(0, len(subjects), HELD_AT_ONCE):
        asked = subjects[first : first + HELD_AT_ONCE]
        slots = {f"subject_{at}": asked[at] if at < len(asked) else None for at in range(HELD_AT_ONCE)}
        held.update(tx.every(HELD_AMONG, **slots))
    return [subject for subject in subjects if subject in held]


def placed_hold(tx: ReadTx, subject: str, cause: HoldCause, deviation: int | None = None) -> Hold | None:
    """The hold on a thing for one cause, or by the containment of one deviation."""
    if deviation is not None:
        return tx.one(PLACED_BY_DEVIATION, subject=subject, deviation=deviation)
    return tx.one(PLACED_FOR, subject=subject, cause=cause)


def holds_placed(tx: ReadTx) -> list[HoldFacts]:
    """Every hold in force, the newest first."""
    return [_hold(row) for row in tx.many(HOLDS_PLACED, limit=ROWS_MAX)]


def hold_lines(rows: Sequence[Hold]) -> list[HoldFacts]:
    """Rows of the list of lifted holds as facts."""
    return [_hold(row) for row in rows]


def holds_on(tx: ReadTx, subject: str) -> list[HoldFacts]:
    """Every hold on one thing, lifted ones too, the newest first."""
    return [_hold(row) for row in tx.many(HOLDS_ON, limit=ROWS_MAX, subject=subject)]


def hold_facts(tx: ReadTx, hold: int) -> HoldFacts:
    """One hold. Raises NotFound."""
    return _hold(tx.get(Hold, hold))


def held_above(tx: ReadTx, lot: str) -> list[str]:
    """What is on hold among a lot, its bank, its donations and its donors."""
    return held_among(tx, origins_of(tx, lot))


def origins_of(tx: ReadTx, lot: str) -> tuple[str, ...]:
    """A lot, its bank, its donations and its donors: a hold on any of them holds the lot."""
    bank = manufacturing.bank_of(tx, lot)
    banks = () if bank is None else (bank,)
    return (lot, *banks, *manufacturing.donations_of(tx, lot), *manufacturing.donors_of(tx, lot))


def _hold(row: Hold) -> HoldFacts:
    return HoldFacts(**{name: getattr(row, name) for name in HoldFacts.__dataclass_fields__})


# ---- may a bag be used now -------------------------------------------------------------------------------------------

_LOT_REASONS = {
    DispositionPhase.QUARANTINED: ("lot.not_released", T("The lot of this bag is not released. Call QA.")),
    DispositionPhase.REJECTED: ("lot.rejected", T("The lot of this bag was rejected. Keep the bag apart and call QA.")),
    DispositionPhase.RECALLED: ("lot.recalled", T("The lot of this bag was recalled. Keep the bag apart and call QA.")),
}
_BANK_REASONS = {
    DispositionPhase.QUARANTINED: ("bank.not_released", T("The cell bank behind this bag is not released. Call QA.")),
    DispositionPhase.REJECTED: ("bank.rejected", T("The cell bank behind this bag was rejected. Call QA.")),
    DispositionPhase.RECALLED: ("bank.recalled", T("The cell bank behind this bag was recalled. Call QA.")),
}
_HOLD_REASONS = {
    "BG": ("bag.on_hold", T("This bag is on hold. Keep it apart and call QA.")),
    "LT": ("lot.on_hold", T("The lot of this bag is on hold. Keep the bag apart and call QA.")),
    "DO": ("donation.on_hold", T("The donation behind this bag is on hold. Keep the bag apart and call QA.")),
    "DN": ("donor.on_hold", T("The donor behind this bag is on hold. Keep the bag apart and call QA.")),
}
_BANK_HELD = ("bank.on_hold", T("The cell bank behind this bag is on hold. Keep the bag apart and call QA."))
_BAG_RECALLED = ("bag.recalled", T("This bag was recalled. Keep it apart and call QA."))
_OUT_OF_SPECIFICATION = (
    "lot.out_of_specification",
    T("A test of this bag's lot failed, and its exceptional use is not accepted. Keep the bag apart and call QA."),
)
_NO_TAG = ("bag.issue_tag_missing", T("No issue tag was scanned to this bag. Send it back to QA for its tag."))
_TAG_SILENT = (
    "bag.issue_tag_silent",
    T("This bag's issue tag does not say that a test failed. Send it back to QA for a new tag."),
)
_UNKNOWN = ("bag.unknown", T("This is no infusion bag of this house. Keep it apart and call QA."))


def standing(tx: ReadTx, bag: str, now: datetime) -> Standing:
    """Everything that speaks against using a bag now: every reason, not only the first."""
    found = recorded_standing(tx, bag)
    is_overdue = any(obligation.due_on < tx.day_of(now) for obligation in found.obligations)
    return replace(found, overdue=True) if is_overdue else found


@kept
def recorded_standing(tx: ReadTx, bag: str) -> Standing:
    """The same as far as it is written down: whether an open test is overdue is for the calendar to say."""
    facts = manufacturing.bag_facts(tx, bag)
    if facts is None:
        return Standing((_UNKNOWN,))
    origins = origins_of(tx, facts.lot)
    bank = next((code for code in origins[1:] if code.startswith("LT")), None)
    disposition = disposition_of(tx, facts.lot)
    phase = DispositionPhase.QUARANTINED if disposition is None else disposition.phase
    reasons = [reason for reason in (_LOT_REASONS.get(phase), _bank_reason(tx, bank)) if reason is not None]
    if is_recalled(tx, bag):
        reasons.append(_BAG_RECALLED)
    held = held_among(tx, (bag, *origins))
    reasons += [_BANK_HELD if code == bank else _HOLD_REASONS[code[:2]] for code in held]
    exceptional = exceptional_of(tx, facts.lot)
    if exceptional is not None and not exceptional.recipients:
        reasons.append(_OUT_OF_SPECIFICATION)
    tag = attached_tag(tx, bag)
    if tag is None:
        reasons.append(_NO_TAG)
    elif is_silent(tag, exceptional):
        reasons.append(_TAG_SILENT)
    open_tests = () if disposition is None else disposition.obligations
    return Standing(
        reasons=tuple(dict(reasons).items()),
        conditional=phase is DispositionPhase.CONDITIONALLY_RELEASED,
        lot=facts.lot,
        bank=bank,
        disposition=phase,
        decided_at=None if disposition is None else disposition.decided_at,
        obligations=open_tests,
        tag=None if tag is None else tag.kind,
        exceptional=exceptional,
    )


def _bank_reason(tx: ReadTx, bank: str | None) -> tuple[str, T] | None:
    if bank is None:
        return None
    disposition = disposition_of(tx, bank)
    return _BANK_REASONS.get(DispositionPhase.QUARANTINED if disposition is None else disposition.phase)


# ---- issue tags ------------------------------------------------------------------------------------------------------


def attached_tag(tx: ReadTx, bag: str) -> IssueTag | None:
    """The tag that a bag wears, while it was scanned back with that bag and nothing was said against it since."""
    tag = tx.one(ATTACHED, bag=bag)
    if tag is None:
        return None
    label = labels.standing_of(tx, tag.label)
    return tag if label is not None and label.phase == LabelPhase.CONFIRMED else None


def tag_of_label(tx: ReadTx, label: str) -> IssueTag | None:
    """What a printed tag became."""
    return tx.one(TAG_OF_LABEL, label=label)


def issue_tag_fields(tx: ReadTx, bag: str, recipient: str) -> dict[str, str]:
    """What quality puts on the issue tag of a bag, under the names of the label design; times in the site's zone.

    Recipient and infusion are the trial's to add. Raises NotFound, Refused `issue_tag.not_released`, `.not_named`.
    """
    facts = manufacturing.container_facts(tx, bag)
    disposition = None if facts.lot is None else disposition_of(tx, facts.lot)
    kind = rules.tag_kind(None if disposition is None else disposition.phase)
    decided_by = "" if disposition is None else disposition.decided_by or ""
    decided_at = None if disposition is None else disposition.decided_at
    ensure(decided_by and decided_at, "somebody released a released lot")
    fields = {"release_kind": kind.value, "released_by": people.display_name(tx, decided_by)}
    due = [obligation.due_on for obligation in (disposition.obligations if disposition is not None else ())]
    for language, note in _TAG_NOTES.items():
        if decided_at is not None:
            fields[f"released_local.{language}"] = local_text(decided_at, tx.house.zone, language)
            fields[f"released_utc.{language}"] = utc_text(decided_at, tx.house.zone, language)
        if kind is TagKind.CONDITIONAL and due:
            fields[f"release_note.{language}"] = note.format(day=Format(language, tx.house.zone).label_date(max(due)))
    return {**fields, **exception_fields(tx, facts.lot or "", recipient)}


# A label is printed in a language of its own, so its words are not a matter of the reader's catalogue.
_TAG_NOTES = {"en": "Final result due {day}", "ru": "Итоговый результат: {day}"}
