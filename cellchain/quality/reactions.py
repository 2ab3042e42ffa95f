"""What quality does by itself: the rows that the composition root puts into the house's table, in this order."""

from collections.abc import Callable, Mapping
from typing import Any

from cellchain.labels.commands import ConfirmLabel, confirm_label
from cellchain.ledger.registry import Order, Reaction
from cellchain.manufacturing.commands import close_batch
from cellchain.manufacturing.commands.batch import OfLot as BatchOfLot
from cellchain.quality.commands import (
    hold_by_rule,
    make_specification_effective,
    open_deviation_by_rule,
    open_disposition,
    question_descendants,
    require_further_use,
)
from cellchain.quality.commands.common import HeldCode
from cellchain.quality.commands.deviations import OpenDeviationByRule, QuestionDescendants
from cellchain.quality.commands.dispositions import OfLot
from cellchain.quality.commands.holds import HoldByRule
from cellchain.quality.commands.specifications import APPROVED, OfSpecification
from cellchain.quality.rules.lifecycles import HoldCause

Facts = Mapping[str, Any]


def _deviation(rule: str) -> Callable[[Facts], Order]:
    """Opens a deviation about the recorded subject; the plain facts are kept with it."""

    def make(facts: Facts) -> Order:
        plain = {name: value for name, value in facts.items() if isinstance(value, str | int | bool | None)}
        subject, lot = str(plain.pop("subject")), plain.pop("lot", None)
        return OpenDeviationByRule(subject=subject, lot=None if lot is None else str(lot), rule=rule, facts=plain)

    return make


def _hold(cause: HoldCause, reason: str) -> Callable[[Facts], Order]:
    """Holds the recorded subject."""
    return lambda facts: HoldByRule(subject=HeldCode(facts["subject"]), cause=cause, reason=reason)


def _question(rule: str) -> Callable[[Facts], Order]:
    """Opens a deviation on every lot that the recorded subject went into."""
    return lambda facts: QuestionDescendants(root=facts["subject"], rule=rule)


def _effective(facts: Facts) -> Order | None:
    if facts.get("event") != APPROVED:
        return None
    return OfSpecification(specification=int(facts["subject"]))


def _of_lot(facts: Facts) -> Order:
    return OfLot(lot=facts["subject"])


def _bank(facts: Facts) -> Order | None:
    bank = facts.get("bank_lot")
    return None if bank is None else OfLot(lot=bank)


def _record_closed(facts: Facts) -> Order:
    return BatchOfLot(lot=facts["subject"])


def _tag_confirmed(facts: Facts) -> Order:
    """Tying a tag to its bag is the scan that counts the tag as applied."""
    return ConfirmLabel(scanned=facts["label"])


_BY_ITSELF = (
    "manufacturing:limit:breached",
    "manufacturing:passage:late",
    "donors:limit:breached",
    "quality:result:failed",
    "labels:label:mismatched",
    "labels:lot:unbalanced",
    "bedside:reaction:reported",
    "custody:excursion:noticed",
)
_IN_DOUBT = ("materials:lot:quarantined", "materials:lot:rejected", "materials:equipment:out_of_tolerance")

REACTIONS: tuple[Reaction, ...] = (
    Reaction("accounts:decision:countersigned", make_specification_effective, _effective),
    Reaction("manufacturing:lot:opened", open_disposition, _of_lot),
    Reaction("manufacturing:vial:thawed", require_further_use, _bank),
    *(Reaction(event, open_deviation_by_rule, _deviation(event)) for event in _BY_ITSELF),
    *(Reaction(event, question_descendants, _question(event)) for event in _IN_DOUBT),
    Reaction("donors:consent:withdrawn", hold_by_rule, _hold(HoldCause.WITHDRAWAL, "The donor withdrew consent.")),
    Reaction("donors:information:reported", hold_by_rule, _hold(HoldCause.POST_DONATION, "Post-donation information.")),
    Reaction(
        "donors:screening:positive", hold_by_rule, _hold(HoldCause.POST_DONATION, "A screening test is positive.")
    ),
    Reaction("quality:issue_tag:attached", confirm_label, _tag_confirmed),
    Reaction("quality:lot:released", close_batch, _record_closed),
    Reaction("quality:lot:released_for_further_use", close_batch, _record_closed),
    Reaction("quality:lot:rejected", close_batch, _record_closed),
)
