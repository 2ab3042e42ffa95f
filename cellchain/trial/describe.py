"""What a recipient's code or wristband stands for, what can be done next, what became of a bag, what labels say."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from cellchain.identity.codes import Kind
from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Action, Description, LabelData
from cellchain.manufacturing import label_hazards
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx
from cellchain.quality import describe as quality_describe
from cellchain.quality import queries as quality
from cellchain.trial import edges, label_fields, queries, rules, statements
from cellchain.trial.lifecycles import ON_STUDY, AssignmentPhase, InfusionPhase, RecipientPhase
from cellchain.trial.rules import InfusionFacts, RecipientFacts
from cellchain.trial.setup import queries as setup

WRISTBAND, INFUSION_BAG, ISSUE_TAG = "wristband", "infusion_bag", "issue_tag"
INFUSED = "infused"


def describe(tx: ReadTx, code: str, actor: Actor) -> Description | None:
    """A recipient, by their code, their chain of identity or a wristband; None for who may not read the trial.

    A bag (BG) is told as quality tells it, until it ran.
    """
    if code.startswith(Kind.BAG):
        return _describe_bag(tx, code, actor)
    if not (actor.may(queries.READ) or actor.may(queries.READ_BLIND)):
        return None
    band = queries.recipient_by_wristband(tx, code)
    recipient = band.recipient if band is not None else queries.recipient_of_chain(tx, code) or code
    if band is not None and not band.live:
        title = T("This wristband was replaced. It stands for nobody.")
        return Description("recipient", code, title, "void", f"/trial/recipients/{recipient}")
    facts = tx.one(statements.FACTS_OF, recipient=recipient)
    if facts is None:
        return None
    known = RecipientFacts(*facts)
    told = _recipient(recipient, known.phase, actions_for(tx, known, actor))
    return told if band is None else replace(told, title=T("Wristband of {code}", code=recipient))


def sketch(tx: ReadTx, codes: Sequence[str], actor: Actor) -> dict[str, Description]:
    """Many bags, and recipients by their own codes, as `describe` tells them, without what can be done with them."""
    bags = [code for code in codes if code.startswith(Kind.BAG)]
    known = quality_describe.sketch(tx, bags, actor)
    ran = {bag for bag, phase in edges.last_phases(tx, list(known)).items() if phase is AssignmentPhase.USED}
    sees = actor.may(queries.READ) or actor.may(queries.READ_BLIND)
    recipients = [code for code in codes if code.startswith(Kind.RECIPIENT)] if sees else []
    return {
        **{bag: replace(one, phase=INFUSED) if bag in ran else one for bag, one in known.items()},
        **{code: _recipient(code, phase) for code, phase in queries.phases_of(tx, recipients).items()},
    }


def _recipient(code: str, phase: RecipientPhase, actions: tuple[Action, ...] = ()) -> Description:
    title = T("Recipient {code}", code=code)
    return Description("recipient", code, title, str(phase), f"/trial/recipients/{code}", actions)


def _describe_bag(tx: ReadTx, code: str, actor: Actor) -> Description | None:
    found, tie = quality_describe.describe(tx, code, actor), queries.last_assignment_of(tx, code)
    ran = found is not None and tie is not None and tie.phase == AssignmentPhase.USED
    return replace(found, phase=INFUSED) if found is not None and ran else found


# -- what can be done next ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Standing:
    """What decides which acts make sense now."""

    facts: RecipientFacts
    consented: bool
    baseline: bool
    plan: list[InfusionFacts]
    dose_cells_count: int
    today: date
    form_to_sign: str | None = None

    @property
    def turn(self) -> InfusionFacts | None:
        return rules.next_open(self.plan) if self.facts.on_treatment else None

    def turn_is(self, *phases: InfusionPhase) -> bool:
        return self.turn is not None and self.turn.phase in phases


def actions_for(tx: ReadTx, facts: RecipientFacts, actor: Actor) -> tuple[Action, ...]:
    """What this person may do with this recipient now, the next act first."""
    standing = _Standing(
        facts=facts,
        consented=queries.consent_given(tx, facts.code),
        baseline=queries.baseline_of(tx, facts.code) is not None,
        plan=queries.plan_of(tx, facts.code),
        dose_cells_count=queries.study_of(tx, facts.code).product.dose_cells_count,
        today=tx.today,
        form_to_sign=setup.form_to_sign(tx, facts),
    )
    return tuple(action for action in _sensible(standing) if actor.may(_permission(action.path)))


def _permission(path: str) -> str:
    """What a verb asks for: whoever may move an infusion may also give it up."""
    return "trial.reschedule" if path == "trial/miss_infusion" else path.replace("/", ".")


def _sensible(now: _Standing) -> Iterator[Action]:
    phase, code = now.facts.phase, now.facts.code
    if phase == RecipientPhase.ENROLLED and not now.consented:
        yield _do("record_consent", T("Record consent"), f"recipient={code}")
    if now.form_to_sign is not None:
        form = quote(now.form_to_sign, safe="")
        yield _do("record_consent", T("Record the new consent"), f"recipient={code}&version={form}")
    if phase == RecipientPhase.ENROLLED and now.consented:
        if now.baseline:
            yield Action("trial/confirm_eligibility", T("Decide eligibility"), f"/trial/recipients/{code}/eligibility")
        again = T("Record baseline again") if now.baseline else T("Record baseline")
        yield _do("record_baseline", again, f"recipient={code}")
    if phase == RecipientPhase.ELIGIBLE:
        yield _do("randomise", T("Randomise"), f"recipient={code}")
    yield from _infusion_actions(now)
    if phase in (RecipientPhase.RANDOMISED, RecipientPhase.DISCONTINUED):
        yield _do("replace_wristband", T("Replace wristband"), f"recipient={code}")
    if phase in (RecipientPhase.ENROLLED, RecipientPhase.ELIGIBLE):
        yield _do("screen_out", T("Does not come in"), f"recipient={code}")
    if phase == RecipientPhase.RANDOMISED:
        yield _do("discontinue_treatment", T("Discontinue treatment"), f"recipient={code}")
    if phase in ON_STUDY:
        yield _do("withdraw_consent", T("Record withdrawal"), f"recipient={code}")
        yield _do("lose_to_follow_up", T("Record loss to follow-up"), f"recipient={code}")
    if phase not in (RecipientPhase.DIED, RecipientPhase.SCREENED_OUT):
        yield _do("record_death", T("Record death"), f"recipient={code}")
    if now.facts.randomised_at is not None:
        yield _do("report_unblinding", T("Report unblinding"), f"recipient={code}")


def _infusion_actions(now: _Standing) -> Iterator[Action]:
    if not now.facts.on_treatment:
        return
    if not now.plan:
        yield _do("plan_infusions", T("Plan infusions"), f"recipient={now.facts.code}")
    turn = now.turn
    if turn is None:
        return
    number = {"number": turn.number}
    which = f"recipient={now.facts.code}&infusion={turn.id}"
    if turn.is_overdue(now.today):
        yield from _overdue_actions(now, which)
    elif now.turn_is(InfusionPhase.PLANNED):
        dose = f"dose_cells_count={now.dose_cells_count}"
        yield _do("order_infusion", T("Order infusion {number}", **number), f"{which}&{dose}")
        yield _do("reschedule", T("Reschedule infusion {number}", **number), which)
    elif now.turn_is(InfusionPhase.ORDERED):
        yield _do("assign_bag", T("Assign a bag to infusion {number}", **number), f"recipient={now.facts.code}")
        yield _do("cancel_order", T("Cancel the order of infusion {number}", **number), which)


def _overdue_actions(now: _Standing, which: str) -> Iterator[Action]:
    """A window that closed: another day, or none. An order that stands is taken back before the day is moved."""
    number = {"number": now.turn.number if now.turn is not None else 0}
    if now.turn_is(InfusionPhase.PLANNED):
        yield _do("reschedule", T("Reschedule infusion {number}", **number), which)
    if now.turn_is(InfusionPhase.ORDERED):
        yield _do("cancel_order", T("Cancel the order of infusion {number}", **number), which)
    if now.turn_is(InfusionPhase.PLANNED, InfusionPhase.ORDERED):
        yield _do("miss_infusion", T("Record infusion {number} as missed", **number), which)


def _do(verb: str, label: T, query: str) -> Action:
    return Action(f"trial/{verb}", label, f"/do/trial/{verb}?{query}")


# -- labels ------------------------------------------------------------------------------------------------------------


def label(tx: ReadTx, code: str, design: str) -> LabelData:
    """What a wristband or a bag's label says. Raises Refused where this design may not be printed for it now."""
    make = _LABELS.get((code[:2], design))
    if make is None:
        raise Refused(
            "label.wrong_design", "{container} wears another label. Print the one that belongs to it.", container=code
        )
    return make(tx, code)


def _wristband(tx: ReadTx, code: str) -> LabelData:
    """A band that counts. Its symbol is its own code, which ends with the band."""
    band = queries.recipient_by_wristband(tx, code)
    if band is None or not band.live:
        raise Refused("label.wristband_void", "This wristband does not count any more. Print the one that replaced it.")
    facts, person = queries.recipient_facts(tx, band.recipient), queries.named(tx, band.recipient)
    return LabelData(label_fields.wristband(band.code, facts, person), symbol=band.code)


def _infusion_bag(tx: ReadTx, code: str) -> LabelData:
    """What is in the bag, and whose it is."""
    tie = _tie_of(tx, code)
    whose = label_fields.whose(tie, queries.study_of(tx, tie.recipient).code)
    lot = _lot_of(tx, code)
    hazard = {} if lot is None else label_hazards.of_lot(tx, lot)
    return LabelData({**manufacturing.bag_label_fields(tx, code), **hazard, **whose}, group=lot)


def _issue_tag(tx: ReadTx, code: str) -> LabelData:
    """What release says of the bag, and whose it is."""
    data = _infusion_bag(tx, code)
    return LabelData(
        {**data.fields, **quality.issue_tag_fields(tx, code, _tie_of(tx, code).recipient)}, group=data.group
    )


def _tie_of(tx: ReadTx, bag: str) -> queries.AssignmentFacts:
    tie = queries.assignment_of(tx, bag)
    if tie is None:
        raise Refused("label.bag_unassigned", "This bag is assigned to nobody. It wears a container label until it is.")
    return tie


def _lot_of(tx: ReadTx, bag: str) -> str | None:
    found = manufacturing.bag_facts(tx, bag)
    return None if found is None else found.lot


# Which label belongs to which kind of thing.
_LABELS: dict[tuple[str, str], Callable[[ReadTx, str], LabelData]] = {
    (Kind.WRISTBAND, WRISTBAND): _wristband,
    (Kind.BAG, INFUSION_BAG): _infusion_bag,
    (Kind.BAG, ISSUE_TAG): _issue_tag,
}
