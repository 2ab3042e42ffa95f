"""Reading for the bedside: what a check rests on, what runs now, what was stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import col, func, select

from cellchain.bedside import rules
from cellchain.bedside.downtime import queries as downtime
from cellchain.bedside.models import Check, Infusion, Observation, Pause, Reaction
from cellchain.bedside.rules import (
    BagRead,
    BagState,
    CheckFacts,
    CheckPhase,
    InfusionPhase,
    Limits,
    PriorCheck,
    Reason,
    RecipientState,
    Tie,
    Verdict,
    WristbandRead,
)
from cellchain.bedside.wristbands import queries as wristbands
from cellchain.custody import queries as custody
from cellchain.identity import scan
from cellchain.identity.codes import Kind
from cellchain.kernel.text import T
from cellchain.labels import queries as labels
from cellchain.labels.rules import LIVE, LabelPhase
from cellchain.ledger.describe import Edge
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import one_of
from cellchain.quality import queries as quality
from cellchain.trial import givings
from cellchain.trial import queries as trial
from cellchain.trial.definition import StudyDefinition, Vitals

BAG_DESIGN = "infusion_bag"
IN_HAND = (InfusionPhase.RUNNING, InfusionPhase.PAUSED)

OPEN_PAIR = (
    select(Check)
    .where(Check.phase == CheckPhase.OPEN, Check.bag == bindparam("bag"), Check.recipient == bindparam("recipient"))
    .order_by(col(Check.id))
)
OPEN_OF_BAG = select(Check).where(Check.phase == CheckPhase.OPEN, Check.bag == bindparam("bag"))
OPEN_OF_RECIPIENT = select(Check).where(Check.phase == CheckPhase.OPEN, Check.recipient == bindparam("recipient"))
INFUSION_OF_BAG = select(Infusion).where(Infusion.bag == bindparam("bag"))
INFUSED_INTO = select(Infusion.recipient).where(Infusion.bag == bindparam("bag"))
INFUSIONS_OF = select(Infusion).where(Infusion.recipient == bindparam("recipient")).order_by(col(Infusion.started_at))
RUNNING_OF = select(Infusion.id).where(Infusion.recipient == bindparam("recipient"), one_of(Infusion.phase, IN_HAND))
RUNNING = select(Infusion).where(one_of(Infusion.phase, IN_HAND)).order_by(col(Infusion.started_at))
OBSERVATIONS = select(Observation).where(Observation.bag == bindparam("bag")).order_by(col(Observation.observed_at))
REACTIONS = select(Reaction).where(Reaction.infusion == bindparam("infusion")).order_by(col(Reaction.id))
OPEN_PAUSE = select(Pause).where(Pause.infusion == bindparam("infusion"), col(Pause.resumed_at).is_(None))
PAUSES = select(Pause).where(Pause.infusion == bindparam("infusion")).order_by(col(Pause.id))
STOPS = select(Check).where(Check.verdict == Verdict.STOP).order_by(col(Check.id).desc())
STOPS_BEFORE = (
    select(func.count()).select_from(Check).where(Check.verdict == Verdict.STOP, col(Check.id) <= bindparam("id"))
)


# -- what a check rests on -------------------------------------------------------------------------------------------


_VOID_BAND = Reason(
    "check.wristband_void", T("This wristband was replaced and is void. Scan the one the recipient wears now.")
)
_UNBOUND_BAND = Reason(
    "check.wristband_unbound",
    T("This wristband of the hospital is bound to nobody here. Scan the study's wristband, or bind this one first."),
)


def read_wristband(tx: ReadTx, raw: str) -> WristbandRead:
    """What a scanned wristband is. Only a live wristband's own symbol identifies a recipient, and the hospital's own
    where two people have bound it."""
    read = scan.read(raw)
    hospital = None if read.code is not None else wristbands.bound(tx, raw)
    if hospital is not None:
        return WristbandRead(hospital.recipient, None if hospital.live else _VOID_BAND)
    if read.code is None and wristbands.is_gsrn(raw):
        return WristbandRead(None, _UNBOUND_BAND)
    if read.code is None:
        return WristbandRead(
            None,
            Reason(
                "check.wristband_unreadable",
                T("The wristband's symbol cannot be read. Scan it again; replace the wristband if it fails twice."),
            ),
        )
    if read.is_preview:
        return WristbandRead(
            None,
            Reason(
                "check.preview",
                T("This is a preview, not the real wristband. Scan the wristband on the recipient's arm."),
            ),
        )
    if read.case_changed or read.code.kind != Kind.WRISTBAND:
        return WristbandRead(
            None,
            Reason("check.not_a_wristband", T("This is not a wristband. Scan the wristband on the recipient's arm.")),
        )
    band = trial.recipient_by_wristband(tx, read.code.text)
    if band is None:
        return WristbandRead(
            None, Reason("check.wristband_unknown", T("This wristband is not known here. Call the trial office."))
        )
    strap = labels.worn_by(tx, read.code.text)
    if not band.live or (strap is not None and strap not in LIVE):
        return WristbandRead(band.recipient, _VOID_BAND)
    if strap != LabelPhase.CONFIRMED:
        return WristbandRead(
            band.recipient,
            Reason(
                "check.wristband_unconfirmed",
                T("This wristband was never scanned back on the recipient's arm. Confirm it there first."),
            ),
        )
    return WristbandRead(band.recipient)


def read_bag(tx: ReadTx, raw: str) -> BagRead:
    """What a scanned bag label is. Only the confirmed, live label of the bag stands for it."""
    read = scan.read(raw)
    if read.code is None:
        return BagRead(
            None,
            Reason(
                "check.bag_unreadable",
                T("The bag's symbol cannot be read or is damaged. Scan it again. Do not type it."),
            ),
        )
    if read.is_preview:
        return BagRead(
            None, Reason("check.preview", T("This is a preview, not the real label. Scan the label on the bag."))
        )
    if read.case_changed or read.code.kind != Kind.LABEL:
        return BagRead(
            None,
            Reason("check.not_a_bag_label", T("This is not the label on a bag. Scan the symbol on the bag itself.")),
        )
    label = labels.standing_of(tx, read.code.text)
    if label is None or not label.target.startswith(Kind.BAG):
        return BagRead(
            None,
            Reason("check.not_a_bag_label", T("This is not the label on a bag. Scan the symbol on the bag itself.")),
        )
    if label.design != BAG_DESIGN:
        return BagRead(
            label.target,
            Reason("check.not_a_bag_label", T("This is not the label on a bag. Scan the symbol on the bag itself.")),
        )
    if label.phase == LabelPhase.PRINTED:
        return BagRead(
            label.target,
            Reason(
                "check.label_unconfirmed",
                T("This label was never scanned back in the laboratory. Do not use the bag. Call the laboratory."),
            ),
        )
    if label.phase == LabelPhase.STOPPED:
        return BagRead(
            label.target,
            Reason(
                "check.label_stopped",
                T("This label was found where another was meant to be. Do not use the bag. Call QA."),
            ),
        )
    if label.phase != LabelPhase.CONFIRMED:
        return BagRead(
            label.target,
            Reason(
                "check.label_void", T("This label is void or was replaced. Do not use the bag. Call the laboratory.")
            ),
        )
    return BagRead(label.target)


def check_facts(
    tx: ReadTx, wristband: WristbandRead, bag: BagRead, capture: rules.Capture, inspection: rules.Inspection
) -> CheckFacts:
    """Everything that a verdict on this pair rests on, in one transaction."""
    tie = None if bag.bag is None else trial.assignment_of(tx, bag.bag)
    limits, recipient = Limits(), None
    if wristband.recipient is not None:
        known = trial.at_bedside(tx, wristband.recipient)
        limits, recipient = limits_of(known.study), _recipient_state(tx, known)
    standing: list[Reason] = []
    problems: Sequence[Reason] = ()
    if bag.bag is not None:
        found = quality.standing(tx, bag.bag, tx.now)
        standing = [Reason(code, text) for code, text in found.reasons]
        standing += _named(found, tie)
        problems = [Reason(code, text) for code, text in custody.custody_problems(tx, bag.bag)]
        standing += _load(tx, bag.bag, tie)
    return CheckFacts(
        capture=capture,
        inspection=inspection,
        wristband=wristband,
        bag=bag,
        state=None if bag.bag is None else bag_state(tx, bag.bag),
        tie=None if tie is None else Tie(tie.recipient, tie.planned_infusion, tie.number, tie.chain_of_identity),
        recipient=recipient,
        limits=limits,
        standing=tuple(standing),
        custody=tuple(problems),
        on_paper=downtime.waits(tx, bag.bag, wristband.recipient),
    )


def _named(found: quality.Standing, tie: trial.AssignmentFacts | None) -> list[Reason]:
    """A bag out of its specification is given to whom it was accepted for, and to nobody else."""
    exceptional = found.exceptional
    if exceptional is None or not exceptional.recipients or tie is None or tie.recipient in exceptional.recipients:
        return []
    return [
        Reason(
            "bag.accepted_for_another",
            T("A test of this bag's lot failed, and its use was accepted for somebody else. Do not use it. Call QA."),
        )
    ]


def _load(tx: ReadTx, bag: str, tie: trial.AssignmentFacts | None) -> list[Reason]:
    """What the bag would bring over a computed limit, at the weight of the one whose bag it is now."""
    facts = None if tie is None else manufacturing.find_container(tx, bag)
    if tie is None or facts is None or facts.lot is None:
        return []
    weight_g = givings.weight_at(tx, tie.recipient, tie.planned_infusion)
    giving = givings.to_recipient(trial.study_of(tx, tie.recipient), facts.volume_made_ul, weight_g)
    over = quality.over_limit(tx, facts.lot, giving)
    return [] if over is None else [Reason("bag.load_over_limit", over)]


def bag_state(tx: ReadTx, bag: str) -> BagState | None:
    """The bag itself, or None where it is no infusion bag."""
    facts = manufacturing.bag_facts(tx, bag)
    if facts is None:
        return None
    return BagState(
        filled=facts.phase == "filled",
        content=str(facts.content),
        volume_ul=facts.volume_ul,
        expires_at=facts.expires_at,
        infused_into=tx.one(INFUSED_INTO, bag=bag),
        cells_count=facts.cells_count,
    )


def _recipient_state(tx: ReadTx, known: trial.BedsideFacts) -> RecipientState:
    return RecipientState(
        code=known.facts.code,
        on_treatment=known.facts.on_treatment,
        consent_given=known.consent_given,
        content=known.content,
        due_infusion=None if known.due is None else known.due.id,
        running_infusion=tx.one(RUNNING_OF, recipient=known.facts.code) is not None,
        chain=known.facts.chain_of_identity or "",
    )


def limits_of(study: StudyDefinition) -> Limits:
    """The study's settings for the bedside."""
    bedside, product = study.bedside, study.product
    return Limits(
        check_window_minutes=bedside.check_window_minutes,
        rate_highest_ml_h=bedside.rate_highest_ml_h,
        planned_minutes_most=bedside.planned_minutes_most,
        dose_cells_least=product.dose_cells_least,
        dose_cells_most=product.dose_cells_most,
    )


def open_pair(tx: ReadTx, bag: str, recipient: str) -> list[PriorCheck]:
    """Open checks of this bag with this recipient."""
    return [
        PriorCheck(row.id or 0, row.checked_by, row.checked_at, seen(row.wristband_read, row.bag_read))
        for row in tx.every(OPEN_PAIR, bag=bag, recipient=recipient)
    ]


def seen(wristband: str, bag: str) -> str:
    """What both people have to have seen the same of, however their readers framed it: the label of the bag.

    Which of the recipient's wristbands each of them scanned is no matter: both stand for one recipient, and the checks
    that rest on a band end with it.
    """
    return scan.read(bag).text


# -- infusions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VitalsPoint:
    """One point of the vitals schedule of an infusion, and whether it was met."""

    code: str
    title: object
    from_at: datetime
    until_at: datetime
    state: str
    observation: Observation | None


@dataclass(frozen=True)
class InfusionView:
    """An infusion as its screen shows it. Volumes in microlitres."""

    id: int
    bag: str
    recipient: str
    number: int
    total: int
    phase: str
    started_at: datetime
    planned_end_at: datetime
    ended_at: datetime | None
    volume_ul: int
    given_ul: int
    expires_at: datetime
    ran_minutes: int
    left_minutes: int
    conditional: bool
    alarms: tuple[Reason, ...]
    points: tuple[VitalsPoint, ...]
    reactions: tuple[Reaction, ...]
    checkers: tuple[str, str]
    starter: str


def infusion_of_bag(tx: ReadTx, bag: str) -> Infusion | None:
    """The infusion that this bag started, if any."""
    return tx.one(INFUSION_OF_BAG, bag=bag)


def infusions_of(tx: ReadTx, recipient: str) -> list[Infusion]:
    """A recipient's infusions, oldest first."""
    return tx.many(INFUSIONS_OF, limit=100, recipient=recipient)


def running(tx: ReadTx) -> list[Infusion]:
    """Infusions that run or are paused now."""
    return tx.many(RUNNING, limit=200)


def infusion_view(tx: ReadTx, infusion: int) -> InfusionView:
    """One infusion with its clock, its vitals schedule and whatever turned against it. Raises NotFound."""
    row = tx.get(Infusion, infusion)
    study = trial.study_of(tx, row.recipient)
    planned = trial.infusion_facts(tx, row.planned_infusion)
    state = bag_state(tx, row.bag)
    ran = _ran_minutes(tx, row)
    given = (
        row.volume_given_ul
        if row.volume_given_ul is not None
        else min(row.volume_ul, row.volume_ul * ran // row.planned_minutes)
    )
    left = max(0, row.planned_minutes - ran) if row.ended_at is None else 0
    standing = quality.standing(tx, row.bag, tx.now)
    expires_at = state.expires_at if state is not None else row.started_at
    return InfusionView(
        id=row.id or 0,
        bag=row.bag,
        recipient=row.recipient,
        number=planned.number,
        total=planned.total,
        phase=row.phase,
        started_at=row.started_at,
        planned_end_at=row.ended_at or tx.now + timedelta(minutes=left),
        ended_at=row.ended_at,
        volume_ul=row.volume_ul,
        given_ul=given,
        expires_at=expires_at,
        ran_minutes=ran,
        left_minutes=left,
        conditional=standing.conditional,
        alarms=_alarms(standing.reasons, expires_at, tx.now) if row.ended_at is None else (),
        points=tuple(vitals_points(study.vitals, row, tx.many(OBSERVATIONS, limit=200, bag=row.bag), tx.now)),
        reactions=tuple(tx.many(REACTIONS, limit=100, infusion=row.id)),
        checkers=(row.first_checker, row.second_checker),
        starter=row.started_by,
    )


def _alarms(standing: Sequence[tuple[str, T]], expires_at: datetime, now: datetime) -> tuple[Reason, ...]:
    """A hold, a recall or an expiry while the bag runs: shown full screen, for the physician to decide."""
    found = [Reason(code, text) for code, text in standing]
    if now >= expires_at:
        found.append(
            Reason(
                "infusion.expired_while_running", T("The bag expired while it runs. Call the physician: go on or stop.")
            )
        )
    return tuple(found)


def _ran_minutes(tx: ReadTx, row: Infusion) -> int:
    until = row.ended_at or tx.now
    ran = until - row.started_at
    for pause in tx.many(PAUSES, limit=100, infusion=row.id):
        ran -= (pause.resumed_at or until) - pause.paused_at
    return max(0, int(ran.total_seconds() // 60))


def latest_act(tx: ReadTx, row: Infusion) -> datetime:
    """When something last happened to the flow of an infusion: its start, a pause or the end of one."""
    pauses = tx.many(PAUSES, limit=100, infusion=row.id)
    return max([row.started_at, *(at for one in pauses for at in (one.paused_at, one.resumed_at) if at is not None)])


def vitals_points(
    schedule: Sequence[Vitals], row: Infusion, seen: Sequence[Observation], now: datetime
) -> list[VitalsPoint]:
    """The study's vitals schedule laid over one infusion: ok, now, late (a gap) or ahead."""
    end = row.ended_at or row.started_at + timedelta(minutes=row.planned_minutes)
    points = []
    for point in schedule:
        anchor = row.started_at if point.anchor == "start" else end
        first, last = anchor + timedelta(minutes=point.from_minutes), anchor + timedelta(minutes=point.until_minutes)
        repeats = (
            0
            if point.repeat_minutes is None
            else max(0, int((end - last).total_seconds() // 60) // point.repeat_minutes)
        )
        for again in range(min(repeats, 20) + 1):
            shift = timedelta(minutes=again * (point.repeat_minutes or 0))
            points.append(_point(point, first + shift, last + shift, seen, now))
    return sorted(points, key=lambda one: one.from_at)


def _point(point: Vitals, first: datetime, last: datetime, seen: Sequence[Observation], now: datetime) -> VitalsPoint:
    met = next((one for one in seen if first <= one.observed_at <= last), None)
    state = "ok" if met is not None else "now" if first <= now <= last else "late" if now > last else "ahead"
    return VitalsPoint(point.code, point.title, first, last, state, met)


# -- stops -----------------------------------------------------------------------------------------------------------


def kind_scanned(tx: ReadTx, raw: str) -> str | None:
    """What was scanned, for filling the right place of a check: the hospital's wristband is one as well."""
    read = scan.read(raw)
    if read.code is not None:
        return str(read.code.kind)
    is_band = wristbands.is_gsrn(raw) or wristbands.bound(tx, raw) is not None
    return str(Kind.WRISTBAND) if is_band else None


def near_miss_number(tx: ReadTx, check: Check) -> str:
    """`NM-26-007`: the year and the place of a STOP among all stops."""
    count = tx.one(STOPS_BEFORE, id=check.id) or 0
    return f"NM-{check.checked_at:%y}-{count:03d}"


def stops(tx: ReadTx, limit: int = 100) -> list[Check]:
    """The latest STOPs, newest first."""
    return tx.many(STOPS, limit=limit)


def edges_from(tx: ReadTx, code: str) -> list[Edge]:
    """From a bag into the recipient it was infused into."""
    row = tx.one(INFUSION_OF_BAG, bag=code)
    return [] if row is None else [Edge(row.bag, row.recipient, "infused", row.started_at)]


def edges_to(tx: ReadTx, code: str) -> list[Edge]:
    """Into a recipient: every bag that was infused."""
    return [
        Edge(row.bag, row.recipient, "infused", row.started_at)
        for row in tx.many(INFUSIONS_OF, limit=100, recipient=code)
    ]
