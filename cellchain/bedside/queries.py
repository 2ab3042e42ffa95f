"""Reading for the bedside: what a check rests on, and what was stopped."""

from collections.abc import Sequence

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.bedside import rules
from cellchain.bedside.downtime import queries as downtime
from cellchain.bedside.infusions.rules import InfusionPhase
from cellchain.bedside.models import Check, Infusion
from cellchain.bedside.rules import (
    BagRead,
    BagState,
    CheckFacts,
    CheckPhase,
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
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx, kept
from cellchain.platform.statements import one_of
from cellchain.quality import queries as quality
from cellchain.trial import givings
from cellchain.trial import queries as trial
from cellchain.trial.definition import StudyDefinition
from cellchain.trial.pauses import queries as pauses

BAG_DESIGN = "infusion_bag"
IN_HAND = (InfusionPhase.RUNNING, InfusionPhase.PAUSED)

OPEN_PAIR = (
    select(Check)
    .where(Check.phase == CheckPhase.OPEN, Check.bag == bindparam("bag"), Check.recipient == bindparam("recipient"))
    .order_by(col(Check.id))
)
OPEN_OF_BAG = select(Check).where(Check.phase == CheckPhase.OPEN, Check.bag == bindparam("bag"))
OPEN_OF_RECIPIENT = select(Check).where(Check.phase == CheckPhase.OPEN, Check.recipient == bindparam("recipient"))
INFUSED_INTO = select(Infusion.recipient).where(Infusion.bag == bindparam("bag"))
RUNNING_OF = select(Infusion.id).where(Infusion.recipient == bindparam("recipient"), one_of(Infusion.phase, IN_HAND))
STOPS = select(Check).where(Check.verdict == Verdict.STOP).order_by(col(Check.id).desc())


# -- what a check rests on -------------------------------------------------------------------------------------------


_VOID_BAND = Reason(
    "check.wristband_void", T("This wristband was replaced and is void. Scan the one the recipient wears now.")
)
_UNBOUND_BAND = Reason(
    "check.wristband_unbound",
    T("This wristband of the hospital is bound to nobody here. Scan the study's wristband, or bind this one first."),
)


@kept
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


@kept
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
    tie = None if bag.bag is None else _tie(tx, bag.bag)
    limits, recipient = Limits(), None
    if wristband.recipient is not None:
        limits, recipient = _limits_at(tx, wristband.recipient), _recipient_state(tx, wristband.recipient)
    problems: Sequence[Reason] = ()
    if bag.bag is not None:
        problems = [Reason(code, text) for code, text in custody.custody_problems(tx, bag.bag)]
    return CheckFacts(
        capture=capture,
        inspection=inspection,
        wristband=wristband,
        bag=bag,
        state=None if bag.bag is None else bag_state(tx, bag.bag),
        tie=tie,
        recipient=recipient,
        limits=limits,
        standing=() if bag.bag is None else _standing(tx, bag.bag),
        custody=tuple(problems),
        on_paper=downtime.waits(tx, bag.bag, wristband.recipient),
    )


@kept
def _tie(tx: ReadTx, bag: str) -> Tie | None:
    tie = trial.assignment_of(tx, bag)
    return None if tie is None else Tie(tie.recipient, tie.planned_infusion, tie.number, tie.chain_of_identity)


@kept
def _standing(tx: ReadTx, bag: str) -> tuple[Reason, ...]:
    """What quality has against the bag. What the calendar adds there, an overdue test, stops no infusion by itself."""
    found, tie = quality.recorded_standing(tx, bag), trial.assignment_of(tx, bag)
    reasons = [Reason(code, text) for code, text in found.reasons]
    return (*reasons, *_named(found, tie), *_load(tx, bag, tie))


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


@kept
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


def _recipient_state(tx: ReadTx, recipient: str) -> RecipientState:
    known = trial.at_bedside(tx, recipient)
    due = known.due_on(tx.today)
    return RecipientState(
        code=known.facts.code,
        on_treatment=known.facts.on_treatment,
        consent_given=known.consent_given,
        content=known.content,
        due_infusion=None if due is None else due.id,
        running_infusion=tx.one(RUNNING_OF, recipient=known.facts.code) is not None,
        study_paused=pauses.is_paused(tx, known.study.code),
        chain=known.facts.chain_of_identity or "",
    )


@kept
def _limits_at(tx: ReadTx, recipient: str) -> Limits:
    return limits_of(trial.at_bedside(tx, recipient).study)


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


# -- stops -----------------------------------------------------------------------------------------------------------


def kind_scanned(tx: ReadTx, raw: str) -> str | None:
    """What was scanned, for filling the right place of a check: the hospital's wristband is one as well."""
    read = scan.read(raw)
    if read.code is not None:
        return str(read.code.kind)
    is_band = wristbands.is_gsrn(raw) or wristbands.bound(tx, raw) is not None
    return str(Kind.WRISTBAND) if is_band else None


def near_miss_number(check: Check) -> str:
    """`NM-26-007`: the year of a STOP, and its number among all stops."""
    return f"NM-{check.checked_at:%y}-{check.stop_number:03d}"


def stops(tx: ReadTx, limit: int = 100) -> list[Check]:
    """The latest STOPs, newest first."""
    return tx.many(STOPS, limit=limit)
