"""Rules of the house left out, one by one: each mutation makes a product that would let somebody come to harm.

Where the database has a constraint for the same rule, that one is left out too, on SQLite; where a second rule stands
behind the first, both are. What is left is a product that does the wrong thing, and does not merely break.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import bindparam
from sqlmodel import select

from cellchain.bedside import commands as bedside_commands
from cellchain.bedside import queries as bedside_queries
from cellchain.bedside import rules as bedside
from cellchain.bedside.infusions import rules as infusions
from cellchain.bedside.infusions.commands import rescan
from cellchain.bedside.models import Check
from cellchain.custody import rules as custody
from cellchain.donors.rules import harvest
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.models import Request
from cellchain.manufacturing.rules import batch, steps
from cellchain.materials import rules as materials
from cellchain.platform import engine
from cellchain.platform.write import WriteTx
from cellchain.quality import queries as quality
from cellchain.quality.commands import dispositions
from cellchain.quality.redactions import rules as redactions
from cellchain.quality.rules import deciding, release, testing
from cellchain.trial import allocation, statements
from cellchain.trial import rules as trial
from cellchain.trial.commands import randomisation

Patch = pytest.MonkeyPatch
NEVER = 10**6


def allow(patch: Patch, module: Any, name: str, codes: str) -> None:
    """A guard that no longer refuses with these codes."""
    guard = getattr(module, name)

    def lenient(*given: Any, **named: Any) -> Any:
        try:
            return guard(*given, **named)
        except Refused as error:
            if error.code not in codes.split():
                raise
            return None

    patch.setattr(module, name, lenient)


def without_reasons(patch: Patch, codes: str, left_out: Callable[[Any, Any], bool] | None = None) -> None:
    """Some reasons to stop at the bedside are none."""
    reasons = bedside.reasons

    def fewer(facts: Any, now: Any) -> Any:
        gone = left_out or (lambda _, one: one.code in codes.split())
        return [one for one in reasons(facts, now) if not gone(facts, one)]

    patch.setattr(bedside, "reasons", fewer)


def unconstrained(patch: Patch) -> None:
    """The database takes every row, whatever its constraints say."""
    pragmas = engine.set_pragmas

    def lenient(connection: Any) -> None:
        pragmas(connection)
        connection.execute("PRAGMA ignore_check_constraints = ON")

    patch.setattr("cellchain.platform.db.set_pragmas", lenient)


# -- at the bedside ----------------------------------------------------------------------------------------------------


def any_bag(patch: Patch) -> None:
    """Nothing about two readable symbols of a bag and a wristband is a reason to stop."""
    without_reasons(patch, "", lambda facts, _: None not in (facts.recipient, facts.tie, facts.state))


def any_standing(patch: Patch) -> None:
    """Holds, recalls and whether a lot was released stop nobody at the bedside."""
    without_reasons(patch, "", lambda facts, one: one in facts.standing)


def any_recipient(patch: Patch) -> None:
    """Consent and treatment are not asked for, and the neighbour's bag will do."""
    without_reasons(patch, "check.wrong_recipient check.no_consent check.not_on_treatment")


def any_age(patch: Patch) -> None:
    """A bag does not expire, nor does it spend what time it bears out of the cold."""
    without_reasons(patch, "check.expired check.expires_too_soon custody.budget_spent custody.chain_broken")
    allow(patch, bedside, "may_start", "infusion.expires_before_end")


def endless_checks(patch: Patch) -> None:
    """A check counts for ever."""
    pair_of = bedside.pair_of

    def pair(checks: Any, now: Any, limits: Any, saw: str | None = None) -> Any:
        return pair_of(checks, now, replace(limits, check_window_minutes=NEVER), saw)

    patch.setattr(bedside, "pair_of", pair)


def void_checks(patch: Patch) -> None:
    """A check that a STOP ended counts on."""
    of_both = (Check.bag == bindparam("bag"), Check.recipient == bindparam("recipient"))
    pair = select(Check).where(*of_both, Check.verdict == bedside.Verdict.MATCH)
    patch.setattr(bedside_queries, "OPEN_PAIR", pair)
    patch.setattr(bedside_commands, "use_check", lambda *_: None)


def one_check(patch: Patch) -> None:
    """One person's check is enough, and stands for two."""
    may_start = bedside.may_start
    patch.setattr(bedside, "may_start", lambda pair, *rest: None if pair.people == 1 else may_start(pair, *rest))
    patch.setattr(bedside, "the_two", lambda checks, by: (checks[-1], checks[-1]))
    unconstrained(patch)


def any_scan(patch: Patch) -> None:
    """One more scan at a bag that runs fits whatever it reads."""
    patch.setattr(rescan, "misfits", lambda *_: [])


# -- who does what -----------------------------------------------------------------------------------------------------


def own_step(patch: Patch) -> None:
    """Whoever did a step verifies it."""
    allow(patch, steps, "may_verify_step", "step.verifier_performed")
    unconstrained(patch)


def own_clearance(patch: Patch) -> None:
    """Whoever cleared a line verifies it."""
    allow(patch, batch, "may_verify_clearance", "clearance.same_person")
    unconstrained(patch)


def own_result(patch: Patch) -> None:
    """Whoever entered a result verifies it."""
    allow(patch, testing, "may_verify", "result.verifier_entered")
    unconstrained(patch)


def own_hand_over(patch: Patch) -> None:
    """Whoever gives takes."""
    allow(patch, custody, "may_answer", "hand_over.same_person")
    unconstrained(patch)


def own_redaction(patch: Patch) -> None:
    """Whoever asks for words to be erased erases them."""
    allow(patch, redactions, "may_redact", "redaction.same_person")
    unconstrained(patch)


def anybody(patch: Patch) -> None:
    """Nobody's role is asked for."""
    patch.setattr(Actor, "may", lambda *_: True)


# -- what is fit for use -----------------------------------------------------------------------------------------------


def any_donor(patch: Patch) -> None:
    """Whoever consented gives marrow."""
    patch.setattr(harvest, "standing_problems", lambda *_: iter(()))


def any_vial(patch: Patch) -> None:
    """Holds stop no vial."""
    allow(patch, deciding, "may_be_used_further", "bank.on_hold")
    allow(patch, deciding, "may_be_thawed", "vial.on_hold")


def any_release(patch: Patch) -> None:
    """Every lot may be released."""
    patch.setattr(release, "may_release", lambda *_: None)


def blind_review(patch: Patch) -> None:
    """Whatever list of exceptions was shown, it is signed as it stands."""

    class Blind(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __ne__(self, _: object) -> bool:
            return False

    findings_of = quality.findings_of

    def found(tx: Any, lot: str) -> Any:
        whole = findings_of(tx, lot)
        return SimpleNamespace(
            digest=Blind(whole.digest), unsettled_count=whole.unsettled_count, exceptions=whole.exceptions
        )

    facts_of = quality.release_facts
    kept = {
        **vars(quality),
        "findings_of": found,
        "release_facts": lambda tx, lot, _=None: facts_of(tx, lot),
    }
    patch.setattr(dispositions, "queries", SimpleNamespace(**kept))


def any_content(patch: Patch) -> None:
    """A bag becomes anybody's, whatever it holds."""
    allow(patch, trial, "bag_fits", "bag.wrong_arm")


# -- the trial ---------------------------------------------------------------------------------------------------------


def last_row_first(patch: Patch) -> None:
    """The list is revealed from its end."""
    order = [one.desc() for one in statements.NEXT_SEALED._order_by_clauses]
    patch.setattr(statements, "NEXT_SEALED", statements.NEXT_SEALED.order_by(None).order_by(*order))


def other_arm(patch: Patch) -> None:
    """A recipient gets the arm that their row does not say."""
    swap = {"MSC": "CONTROL", "CONTROL": "MSC"}

    def open_row(*given: Any) -> Any:
        row = allocation.open_row(*given)
        return replace(row, arm=swap[row.arm])

    def leaf_of(study: str, number: int, arm: str, *rest: Any) -> bytes:
        return allocation.leaf_of(study, number, swap[arm], *rest)

    kept = {**vars(allocation), "open_row": open_row, "leaf_of": leaf_of}
    patch.setattr(randomisation, "allocation", SimpleNamespace(**kept))


# -- the ledger --------------------------------------------------------------------------------------------------------


def twice(patch: Patch) -> None:
    """Nobody looks whether a request was answered already, and its answer is written down once for all that."""
    put = WriteTx.add_outside

    def put_once(tx: WriteTx, model: Any, values: Any) -> None:
        if model is Request and find(tx, Request, values["request_id"]) is not None:
            return
        put(tx, model, values)

    find = WriteTx.find
    patch.setattr(WriteTx, "find", lambda tx, model, key: None if model is Request else find(tx, model, key))
    patch.setattr(WriteTx, "add_outside", put_once)


def unseen(patch: Patch) -> None:
    """What becomes of a container is not written into the ledger."""
    capture = WriteTx._capture

    def some(tx: WriteTx, table: Any, key: Any, before: Any, after: Any) -> None:
        if table.name != "manufacturing_container" or before is None:
            capture(tx, table, key, before, after)

    patch.setattr(WriteTx, "_capture", some)


@dataclass(frozen=True)
class LeftOut:
    """A rule that is left out, the trespass and the tale in which that shows, and what the oracle says of it."""

    leaves_out: Callable[[Patch], None]
    says: str
    trespass: str | None = None
    tale: str = "ward"


def _reasons(codes: str) -> Callable[[Patch], None]:
    return lambda patch: without_reasons(patch, codes)


def _allowed(module: Any, name: str, codes: str) -> Callable[[Patch], None]:
    return lambda patch: allow(patch, module, name, codes)


RULES: dict[str, LeftOut] = {
    "a request twice": LeftOut(twice, "8: ", None, "random"),
    "unseen changes": LeftOut(unseen, "7: manufacturing_container"),
    # at the bedside
    "any bag": LeftOut(any_bag, "1: ", "neighbour"),
    "any standing": LeftOut(any_standing, "2: ", "held"),
    "any recipient": LeftOut(any_recipient, "1: ", "neighbour"),
    "any age": LeftOut(any_age, "expires before its end", "expired"),
    "hold": LeftOut(_reasons("bag.on_hold lot.on_hold"), "is on hold", "held"),
    "recall": LeftOut(_reasons("bag.recalled lot.recalled"), "was recalled", "recalled"),
    "rejection": LeftOut(_reasons("lot.rejected"), "which is rejected", "rejected"),
    "whose bag": LeftOut(_reasons("check.wrong_recipient"), "and is meant for", "neighbour"),
    "consent": LeftOut(
        _reasons("check.no_consent check.not_on_treatment check.not_due"), "without a consent that stands", "withdrawn"
    ),
    "treatment": LeftOut(_reasons("check.not_on_treatment check.not_due"), "not on treatment", "discontinued"),
    "expiry": LeftOut(_allowed(bedside, "may_start", "infusion.expires_before_end"), "before its end", "too long"),
    "window": LeftOut(endless_checks, "checks that do not stand", "stale check"),
    "void checks": LeftOut(void_checks, "checks that do not stand", "one nurse twice"),
    "two checks": LeftOut(one_check, "4: ", "one check"),
    "typed": LeftOut(_reasons("check.typed"), "checks that do not stand", "typed"),
    "inspection": LeftOut(
        _reasons("check.bag_damaged check.clumps check.label_illegible"), "checks that do not stand", "damaged"
    ),
    "study paused": LeftOut(_reasons("check.study_paused"), "is paused", "study paused"),
    "custody": LeftOut(_reasons("custody.hand_over_open custody.not_at_ward"), "is on its way", "on its way"),
    "seal": LeftOut(_reasons("custody.excursion_open"), "its excursion is not assessed", "broken seal"),
    "temperature": LeftOut(_reasons("custody.excursion_open"), "its excursion is not assessed", "too warm"),
    # while it runs
    "rate": LeftOut(_allowed(infusions, "may_set_rate", "infusion.rate_too_high"), "runs at 400 mL/h", "too fast"),
    "volume": LeftOut(_allowed(infusions, "may_state", "infusion.more_than_bag"), "and it held", "too much"),
    "going on": LeftOut(_allowed(infusions, "may_flow_again", "infusion.stopped_meanwhile"), "is on hold", "on again"),
    "what was shown": LeftOut(
        _allowed(infusions, "may_decide", "infusion.decision_stale"), "which nobody was shown", "decided blindly"
    ),
    "second scan": LeftOut(
        lambda patch: patch.setattr(rescan, "misfits", lambda *_: []), "wristband", "at another bed"
    ),
    # who does what
    "own step": LeftOut(own_step, "is verified by who did it", "own step", "control"),
    "own clearance": LeftOut(own_clearance, "on both sides", "own clearance", "control"),
    "own result": LeftOut(own_result, "is verified by who entered it", "own result", "control"),
    "own hand-over": LeftOut(own_hand_over, "on both sides", "own hand-over", "bank"),
    "own redaction": LeftOut(own_redaction, "on both sides", "redacted alone", "hold"),
    "roles": LeftOut(anybody, "and is none of", "not theirs", "hold"),
    # what is fit for use
    "donor": LeftOut(any_donor, "whom nobody found eligible", "unknown donor", "bank"),
    "material": LeftOut(
        _allowed(materials, "may_use", "material.quarantined"),
        "which is quarantined",
        "quarantined material",
        "product",
    ),
    "vial": LeftOut(any_vial, "is thawed under hold", "held vial", "product"),
    "tests": LeftOut(
        lambda patch: patch.setattr(release, "may_release", lambda *_: None), "2: ", "untested", "control"
    ),
    "released on hold": LeftOut(
        _allowed(release, "may_release", "lot.on_hold"), "under hold", "released on hold", "control"
    ),
    "review": LeftOut(blind_review, "exceptions that nobody was shown", "reviewed blindly", "control"),
    # the trial
    "arm of a bag": LeftOut(
        _allowed(trial, "bag_fits", "bag.wrong_arm"), "whose arm it is not", "other arm", "control"
    ),
    "next row": LeftOut(last_row_first, "is revealed before its turn", None, "recipient"),
    "arm of a row": LeftOut(other_arm, "has another arm than row", None, "recipient"),
}
