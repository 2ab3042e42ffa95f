"""Tying a bag to (chain of identity, infusion n), and every way in which that tie ends."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts.commands import ask_countersignature
from cellchain.custody import queries as custody
from cellchain.identity.codes import BagCode, RecipientCode
from cellchain.kernel.ensure import ensure
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.manufacturing import queries as manufacturing
from cellchain.quality import queries as quality
from cellchain.trial import givings, queries, rules, statements
from cellchain.trial.definition import StudyDefinition
from cellchain.trial.lifecycles import ASSIGNMENT, INFUSION, AssignmentPhase
from cellchain.trial.models import Assignment, PlannedInfusion, Recipient
from cellchain.trial.pauses import queries as pauses
from cellchain.trial.pauses import rules as pause_rules
from cellchain.trial.rules import BagFacts, InfusionFacts
from cellchain.trial.setup import rules as setup_rules

RELEASE_SIGNED = "trial:assignment:release_signed"

_ENDINGS = {
    AssignmentPhase.RELEASED: "release",
    AssignmentPhase.USED: "use",
    AssignmentPhase.RETURNED: "return",
}


class AssignBag(Order):
    """Which bag, and for whom. The infusion is the one whose turn it is: there is nothing else to choose."""

    bag: Annotated[BagCode, Field(title="Bag")]
    recipient: Annotated[RecipientCode, Field(title="Recipient")]


class AssignmentResult(CommandResult):
    """A bag's tie, and infusion `number` of `total`."""

    assignment: int
    bag: str
    recipient: str
    chain_of_identity: str
    infusion: int
    number: int
    total: int
    phase: str


@command(event="trial:bag:assigned", subject="bag")
def assign_bag(tx: CommandTx, by: Actor, order: AssignBag) -> AssignmentResult:
    """Tie a filled bag to the recipient's ordered infusion that is due. The bag has to hold what the arm calls for.

    What its lot was tested for is computed again for this recipient's weight. Raises Refused `bag.*`, `infusion.*`,
    `recipient.*`.
    """
    recipient = tx.lock(Recipient, order.recipient)
    rules.on_treatment(recipient.phase)
    known = queries.study_of(tx, recipient.code)
    pause_rules.may_go_on(paused=pauses.is_paused(tx, known.code))
    bag = _bag_facts(tx, order.bag)
    rules.bag_may_be_assigned(bag, tx.now)
    arm = known.arm(recipient.arm or "")
    rules.bag_fits(bag, study=known.code, content=arm.content, product=known.product)
    turn = rules.turn_of(queries.plan_of(tx, recipient.code), tx.today)
    _bears(tx, known, bag, turn.weight_g or recipient.weight_g)
    _same_donor(tx, known, bag, recipient.code, turn)
    row = tx.lock(PlannedInfusion, turn.id)
    tx.change(row, phase=INFUSION.move("assign_bag", row.phase))
    made = tx.add(
        Assignment(
            bag=bag.code,
            recipient=recipient.code,
            chain_of_identity=recipient.chain_of_identity or "",
            planned_infusion=turn.id,
            assigned_at=tx.happened_at,
            assigned_by=by.person,
            phase=AssignmentPhase.LIVE,
        )
    )
    tx.note(recipient=recipient.code, chain_of_identity=made.chain_of_identity, number=turn.number)
    return _result(made, turn.number, known)


def _bears(tx: CommandTx, study: StudyDefinition, bag: BagFacts, weight_g: int) -> None:
    """A bag is not for somebody whom it would bring more than a computed limit allows."""
    facts = manufacturing.container_facts(tx, bag.code)
    giving = givings.to_recipient(study, facts.volume_made_ul, weight_g)
    over = None if facts.lot is None else quality.over_limit(tx, facts.lot, giving)
    if over is not None:
        raise Refused("bag.load_over_limit", over.template, **over.params)


def _same_donor(tx: CommandTx, study: StudyDefinition, bag: BagFacts, recipient: str, turn: InfusionFacts) -> None:
    """Whose cells the recipient got before, or is about to get, as far as the study binds them to one donor."""
    course_of = {one.id: one.course for one in queries.plan_of(tx, recipient)}
    before = [
        (course_of[tie.planned_infusion], _donors_of(tx, tie.bag))
        for tie in queries.assignments_of(tx, recipient)
        if tie.phase in (AssignmentPhase.LIVE, AssignmentPhase.USED)
    ]
    setup_rules.donor_may_change(study.product.donor_change, _donors_of(tx, bag.code), before, turn.course)


def _donors_of(tx: CommandTx, bag: str) -> frozenset[str]:
    found = manufacturing.bag_facts(tx, bag)
    return frozenset() if found is None else frozenset(manufacturing.donors_of(tx, found.lot))


def _bag_facts(tx: CommandTx, code: str) -> BagFacts:
    found = manufacturing.bag_facts(tx, code)
    if found is None:
        raise Refused("bag.unknown", "This is no infusion bag of ours. Scan the bag's label.")
    latest = queries.last_assignment_of(tx, code)
    # A bag that came back is nobody's any more, also where its assignment had been released before.
    came_back = AssignmentPhase.RETURNED if custody.is_returned(tx, code) else None
    return BagFacts(
        code=found.code,
        content=found.content,
        study=manufacturing.lot_facts(tx, found.lot).study,
        cells_count=found.cells_count,
        filled=found.phase == "filled",
        expires_at=found.expires_at,
        latest=came_back or (None if latest is None else latest.phase),
    )


def _result(row: Assignment, number: int, known: StudyDefinition) -> AssignmentResult:
    return AssignmentResult(
        assignment=row.id or 0,
        bag=row.bag,
        recipient=row.recipient,
        chain_of_identity=row.chain_of_identity,
        infusion=row.planned_infusion,
        number=number,
        total=known.schedule.infusions,
        phase=row.phase,
    )


# -- release: two people, and only before the ward has the bag ---------------------------------------------------------


class ReleaseAssignment(Order):
    """Which bag is to be free again."""

    bag: Annotated[BagCode, Field(title="Bag")]


class ReleaseResult(CommandResult):
    """The release waits for a second person's signature under this decision."""

    assignment: int
    bag: str
    decision: int


@command(
    event=RELEASE_SIGNED,
    subject="bag",
    signature="I release this bag from its recipient; its label is void",
)
def release_assignment(tx: CommandTx, by: Actor, order: ReleaseAssignment) -> ReleaseResult:
    """Sign that a bag is no longer for its recipient. It takes effect when a second person has countersigned."""
    row = _held_live(tx, order.bag)
    if row is None:
        raise Refused("assignment.none", "This bag is not assigned. There is nothing to release.")
    rules.may_release_assignment(custody.at_ward(tx, row.bag), row.release_signed_by)
    row = tx.change(row, release_signed_by=by.person)
    decision = ask_countersignature(
        tx, event=RELEASE_SIGNED, subject=str(row.id), permission="trial.release_assignment"
    )
    tx.note(recipient=row.recipient, assignment=row.id)
    return ReleaseResult(assignment=row.id or 0, bag=row.bag, decision=decision)


class MakeAssignmentReleased(Order):
    """Which assignment."""

    assignment: Annotated[int, Field(ge=1)]


@command(event="trial:assignment:released", internal=True)
def make_assignment_released(tx: CommandTx, by: Actor, order: MakeAssignmentReleased) -> NoResult:
    """A countersigned release takes effect: the bag is free, its label is void, the infusion is ordered as before."""
    known = tx.get(Assignment, order.assignment)
    tx.about(known.bag)
    tx.note(bag=known.bag, recipient=known.recipient, assignment=order.assignment)
    row = tx.lock(Assignment, order.assignment)
    rules.may_release_assignment(custody.at_ward(tx, row.bag), None)
    _end(tx, row, AssignmentPhase.RELEASED)
    mark_due_again(tx, row.planned_infusion)
    return NoResult()


# -- what custody and bedside report -----------------------------------------------------------------------------------


class MakeDueAgain(Order):
    """Which bag came back."""

    bag: BagCode


@command(event="trial:infusion:due_again", subject="bag", internal=True)
def make_due_again(tx: CommandTx, by: Actor, order: MakeDueAgain) -> NoResult:
    """A bag came back unused: its assignment is over and the infusion waits for another bag.

    A bag that was nobody's, or whose infusion was given, comes back without consequence here.
    """
    row = _held_live(tx, order.bag)
    if row is None:
        tx.note(assigned=False)
        return NoResult()
    _end(tx, row, AssignmentPhase.RETURNED)
    mark_due_again(tx, row.planned_infusion)
    tx.note(recipient=row.recipient, assignment=row.id)
    return NoResult()


def mark_assignment(tx: CommandTx, bag: str, phase: AssignmentPhase) -> None:
    """End the live assignment of a bag as used or returned. Raises Refused where there is none.

    For `bedside`, within its own command and entry.
    """
    row = _held_live(tx, bag)
    if row is None:
        raise Refused("assignment.none", "This bag is not assigned. There is nothing to release.")
    _end(tx, row, AssignmentPhase(phase))


def mark_not_given(tx: CommandTx, bag: str) -> None:
    """Nothing of a bag that was started had flowed: it goes back, and its infusion waits for another one.

    For `bedside`, within its own command and entry.
    """
    known = queries.last_assignment_of(tx, bag)
    ensure(known is not None, "a bag that was started was assigned")
    row = tx.lock(Assignment, 0 if known is None else known.id)
    _end(tx, row, AssignmentPhase.RETURNED)
    mark_due_again(tx, row.planned_infusion)


def mark_infused(tx: CommandTx, planned_infusion: int) -> None:
    """The infusion was given, wholly or in part. For `bedside`, within its own command and entry."""
    row = tx.lock(PlannedInfusion, planned_infusion)
    tx.change(row, phase=INFUSION.move("infuse", row.phase))


def mark_due_again(tx: CommandTx, planned_infusion: int) -> None:
    """The infusion was not given: ordered as before, or cancelled where its recipient is not on treatment any more."""
    row = tx.lock(PlannedInfusion, planned_infusion)
    row = tx.change(row, phase=INFUSION.move("make_due_again", row.phase))
    if not queries.recipient_facts(tx, row.recipient).on_treatment:
        tx.change(row, phase=INFUSION.move("end_treatment", row.phase))


def _held_live(tx: CommandTx, bag: str) -> Assignment | None:
    """The live assignment of a bag, held; None where there is none, also when it ended while we waited for it."""
    known = tx.one(statements.LIVE_ASSIGNMENT_ID, bag=bag)
    row = None if known is None else tx.lock(Assignment, known)
    return row if row is not None and row.phase == AssignmentPhase.LIVE else None


def _end(tx: CommandTx, row: Assignment, phase: AssignmentPhase) -> None:
    tx.change(row, phase=ASSIGNMENT.move(_ENDINGS[phase], row.phase), ended_at=tx.happened_at)
