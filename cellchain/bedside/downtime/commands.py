"""The verbs of a downtime: it is declared and ended; then two people enter what is on paper."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from cellchain.accounts import queries as accounts
from cellchain.bedside import queries as bedside
from cellchain.bedside import rules as bedside_rules
from cellchain.bedside.commands import InspectionOrder, RawBag
from cellchain.bedside.downtime import queries, rules
from cellchain.bedside.downtime.models import Downtime, PaperBag, PaperEntry
from cellchain.bedside.downtime.rules import DOWNTIME, FATE, BagFate, DowntimePhase, How, PaperTimes
from cellchain.bedside.infusions.commands.start import begins, open_the_drip
from cellchain.bedside.models import Infusion
from cellchain.custody import wards
from cellchain.identity.codes import BagCode, Kind, LocationCode, PersonCode, RecipientCode
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Moment, NoResult, Order, Symbol, Text, command, listed, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import commands as manufacturing
from cellchain.trial import commands as trial
from cellchain.trial import queries as trial_queries
from cellchain.trial.lifecycles import AssignmentPhase

Cause = Annotated[Text, Field(min_length=3, max_length=300, title="What was away")]
Witness = Annotated[
    Symbol,
    Field(
        min_length=1,
        max_length=256,
        title="Second person's badge",
        json_schema_extra=scanned(Kind.PERSON, as_printed=True),
    ),
]


class DeclareDowntime(Order):
    """The time of the event is when it began; without one it begins now."""

    cause: Cause
    ward: Annotated[
        LocationCode | None,
        Field(title="Ward", description="Left empty, every ward.", json_schema_extra=listed(queries.WARDS)),
    ] = None
    ended_at: Annotated[
        Moment | None, Field(title="The system came back", description="Left empty, the ward still works on paper.")
    ] = None


class DowntimeResult(CommandResult):
    """A downtime, and how many bags wait for somebody to say what was done with them."""

    downtime: int
    to_enter: int = 0


@command(event="bedside:downtime:declared")
def declare_downtime(tx: CommandTx, by: Actor, order: DeclareDowntime) -> DowntimeResult:
    """Record that the ward works on paper, since when and why; with its end, that it did.

    Raises NotFound, Refused `downtime.not_a_ward`, `downtime.times`.
    """
    ward = None if order.ward is None else queries.ward(tx, order.ward).code
    row = tx.add(
        Downtime(
            cause=order.cause,
            ward=ward,
            phase=DowntimePhase.OPEN,
            began_at=tx.happened_at,
            declared_at=tx.now,
            declared_by=by.person,
        )
    )
    tx.about(f"downtime {row.id}")
    count = 0 if order.ended_at is None else _end(tx, by, row, order.ended_at)
    return DowntimeResult(downtime=row.id or 0, to_enter=count)


class EndDowntime(Order):
    """The time of the event is when the system came back; without one it is now."""

    downtime: Annotated[int, Field(ge=1, title="Downtime")]


@command(event="bedside:downtime:ended")
def end_downtime(tx: CommandTx, by: Actor, order: EndDowntime) -> DowntimeResult:
    """The system is back. Each bag that its ward had meanwhile is stopped until somebody says what was done with it.

    Raises NotFound, Refused `downtime.phase`, `downtime.times`.
    """
    row = tx.lock(Downtime, order.downtime)
    tx.about(f"downtime {row.id}")
    return DowntimeResult(downtime=row.id or 0, to_enter=_end(tx, by, row, tx.happened_at))


def _end(tx: CommandTx, by: Actor, row: Downtime, ended_at: datetime) -> int:
    phase = DOWNTIME.move("end_downtime", row.phase)
    rules.may_end(row.began_at, ended_at, tx.now)
    row = tx.change(row, phase=phase, ended_at=ended_at, end_told_at=tx.now, end_told_by=by.person)
    left = [one for one in wards.bags_at_wards(tx) if one.since <= ended_at and rules.concerns(row.ward, one.location)]
    count = sum(_leave_open(tx, row, one.subject) for one in left)
    tx.note(began_at=f"{row.began_at:%Y-%m-%dT%H:%M:%SZ}", ended_at=f"{ended_at:%Y-%m-%dT%H:%M:%SZ}", to_enter=count)
    if count == 0:
        tx.change(row, phase=DOWNTIME.move("close", row.phase))
    return count


def _leave_open(tx: CommandTx, row: Downtime, bag: str) -> bool:
    """A bag that may have been given meanwhile. One that another downtime left open stays open under that one."""
    tie, state = trial_queries.assignment_of(tx, bag), bedside.bag_state(tx, bag)
    if tie is None or state is None or not state.filled or queries.waits(tx, bag, None):
        return False
    tx.add(PaperBag(downtime=row.id or 0, bag=bag, recipient=tie.recipient, fate=BagFate.TO_ENTER))
    return True


class EnterPaperInfusion(Order):
    """What stands on a paper form. Its codes are scanned or typed: they name, and prove nothing."""

    bag: Annotated[BagCode, Field(title="Bag")]
    recipient: Annotated[RecipientCode, Field(title="Recipient")]
    started_by: Annotated[PersonCode, Field(title="Who checked and started")]
    other_checker: Annotated[PersonCode, Field(title="Who checked as well")]
    compared: Annotated[bool, Field(title="Both compared the wristband with the bag, each alone")]
    inspection: Annotated[InspectionOrder, Field(title="One look at the bag")]
    checked_at: Annotated[Moment, Field(title="Checked at")]
    started_at: Annotated[Moment, Field(title="Started at")]
    planned_minutes: Annotated[int, Field(ge=1, le=1_440, title="Planned duration")]
    how: Annotated[How, Field(title="How it stands")]
    ended_at: Annotated[Moment | None, Field(title="Ended at")] = None
    volume_given_ul: Annotated[int | None, Field(ge=0, le=2_000_000, title="Volume given")] = None
    why: Annotated[Annotated[Text, Field(max_length=300)] | None, Field(title="Why it stopped early")] = None
    witness: Witness


class PaperResult(CommandResult):
    """What the paper became, and what speaks against it. `infusion` is None where it can be none here."""

    entry: int
    infusion: int | None
    found: list[str]


@command(event="bedside:infusion:entered_late", subject="bag")
def enter_paper_infusion(tx: CommandTx, by: Actor, order: EnterPaperInfusion) -> PaperResult:
    """Enter what was done on paper: two people, event time and entry time side by side, marked late for good.

    What happened is recorded whatever speaks against it; a deviation says so. Raises NotFound, Refused `paper.*`.
    """
    witness = rules.two_people(by.person, accounts.witness_of(tx, order.witness, "bedside.enter_paper_infusion"))
    _must_work_here(tx, order.started_by, order.other_checker)
    waiting = _waiting(tx, order.bag)
    downtime, state = tx.get(Downtime, waiting.downtime), bedside.bag_state(tx, order.bag)
    ensure(state is not None and downtime.ended_at is not None, "a downtime that ended left an infusion bag open")
    times = PaperTimes(order.checked_at, order.started_at, order.ended_at)
    rules.times_fit(times, order.how, downtime.began_at, downtime.ended_at or tx.now, tx.now)
    rules.volume_fits(order.how, order.volume_given_ul, 0 if state is None else state.volume_ul, order.why)
    found = _against(tx, order)
    infusion = _given(tx, by, order, state, found)
    manufacturing.mark_spent(tx, order.bag)
    tx.change(
        waiting,
        fate=FATE.move("enter_paper_infusion", waiting.fate),
        settled_at=tx.now,
        settled_by=by.person,
        witness=witness,
    )
    entry = _written_down(tx, by, order, waiting, witness, found, infusion)
    _close_if_all_in(tx, downtime)
    tx.happened_at = order.started_at
    tx.note(late=True, downtime=downtime.id, entered_by=by.person, witness=witness, found=found, infusion=infusion)
    if found:
        tx.record("bedside:paper:disagreed", order.bag, entry=entry, found=", ".join(found))
    return PaperResult(entry=entry, infusion=infusion, found=found)


def _must_work_here(tx: CommandTx, *people: str) -> None:
    for person in people:
        if accounts.active_person(tx, person) is None:
            raise Refused(
                "paper.unknown_checker",
                "Nobody who works here has the code {person}. Read the form again.",
                person=person,
            )


def _waiting(tx: CommandTx, bag: str) -> PaperBag:
    """The bag as a downtime left it open, held. Raises Refused `paper.not_awaited`."""
    known = tx.one(queries.WAITING_OF_BAG, bag=bag)
    rules.must_wait(known is not None)
    held = tx.lock(PaperBag, known.id if known is not None else 0)
    rules.must_wait(held.fate is BagFate.TO_ENTER)
    return held


def _against(tx: CommandTx, order: EnterPaperInfusion) -> list[str]:
    """By their codes, what would have stopped a check of this pair at that time, as far as it is known now."""
    look = bedside_rules.Inspection(order.inspection.intact, order.inspection.no_clumps, order.inspection.label_legible)
    facts = bedside.check_facts(
        tx,
        bedside_rules.WristbandRead(order.recipient),
        bedside_rules.BagRead(order.bag),
        bedside_rules.Capture.WEDGE,
        look,
    )
    codes = [reason.code for reason in bedside_rules.reasons(facts, order.started_at)]
    own = rules.against(compared=order.compared, checkers={order.started_by, order.other_checker})
    return [*own, *(code for code in codes if code != PAPER_OPEN)]


PAPER_OPEN = "check.paper_open"
# With these, what the paper says is no infusion as the plan has them: the deviation tells it.
NO_INFUSION = frozenset(
    {
        "paper.one_checker",
        "check.wrong_recipient",
        "check.bag_unassigned",
        "check.wrong_content",
        "check.expired",
        "check.infusion_running",
    }
)


def _given(
    tx: CommandTx, by: Actor, order: EnterPaperInfusion, state: bedside_rules.BagState | None, found: list[str]
) -> int | None:
    """The infusion that the paper tells of, as the system would have it; None where it can be none.

    Whoever was meant to get the bag and got it is not due for it again, whatever speaks against how it was done.
    """
    tie = trial_queries.assignment_of(tx, order.bag)
    if tie is None or state is None or tie.recipient != order.recipient:
        return None
    trial.mark_infused(tx, tie.planned_infusion)
    trial.mark_assignment(tx, order.bag, AssignmentPhase.USED)
    if NO_INFUSION & set(found):
        return None
    begins(tx, order.recipient)
    row = tx.add(
        Infusion(
            bag=order.bag,
            recipient=order.recipient,
            planned_infusion=tie.planned_infusion,
            phase=order.how.phase,
            started_at=order.started_at,
            started_by=order.started_by,
            first_checker=order.started_by,
            second_checker=order.other_checker,
            planned_minutes=order.planned_minutes,
            volume_ul=state.volume_ul,
            ended_at=order.ended_at,
            ended_by=None if order.ended_at is None else by.person,
            end_entered_at=None if order.ended_at is None else tx.now,
            volume_given_ul=order.volume_given_ul if order.ended_at is not None else None,
            stop_reason=order.why if order.how is How.STOPPED else None,
        )
    )
    if order.how is How.RUNNING:
        open_the_drip(tx, order.started_by, row)
    return row.id


def _written_down(
    tx: CommandTx,
    by: Actor,
    order: EnterPaperInfusion,
    waiting: PaperBag,
    witness: str,
    found: list[str],
    infusion: int | None,
) -> int:
    row = tx.add(
        PaperEntry(
            paper_bag=waiting.id or 0,
            **{name: getattr(order, name) for name in SAME},
            intact=order.inspection.intact and order.inspection.no_clumps and order.inspection.label_legible,
            found=found,
            infusion=infusion,
            entered_at=tx.now,
            entered_by=by.person,
            witness=witness,
            device=by.device,
        )
    )
    return row.id or 0


SAME = (
    "bag",
    "recipient",
    "started_by",
    "other_checker",
    "compared",
    "checked_at",
    "started_at",
    "planned_minutes",
    "how",
    "ended_at",
    "volume_given_ul",
    "why",
)


class SettleBag(Order):
    """The label on the bag itself is scanned: it is there, and was not given."""

    bag: RawBag
    witness: Witness


@command(event="bedside:bag:settled", at_once=True)
def settle_bag(tx: CommandTx, by: Actor, order: SettleBag) -> NoResult:
    """Say of a bag that it was not given on paper. Two people see it, and one of them scans its label.

    Raises Refused `paper.*`, or why the label does not stand for a bag.
    """
    read = bedside.read_bag(tx, order.bag)
    if read.problem is not None or read.bag is None:
        ensure(read.problem is not None, "a label that names no bag has a problem")
        text = "" if read.problem is None else read.problem.text
        raise Refused(
            "paper.label",
            "This label stands for no bag: {reason} Nothing was changed. Scan the one on the bag.",
            reason=text,
        )
    tx.about(read.bag)
    witness = rules.two_people(by.person, accounts.witness_of(tx, order.witness, "bedside.settle_bag"))
    waiting = _waiting(tx, read.bag)
    tx.change(
        waiting, fate=FATE.move("settle_bag", waiting.fate), settled_at=tx.now, settled_by=by.person, witness=witness
    )
    tx.note(downtime=waiting.downtime, witness=witness)
    _close_if_all_in(tx, tx.get(Downtime, waiting.downtime))
    return NoResult()


def _close_if_all_in(tx: CommandTx, row: Downtime) -> None:
    """A downtime is over when it is known of each of its bags what was done with it."""
    held = tx.lock(Downtime, row.id)
    if rules.is_all_in([line.fate for line in tx.every(queries.BAGS_OF, downtime=held.id)]):
        tx.change(held, phase=DOWNTIME.move("close", held.phase))
