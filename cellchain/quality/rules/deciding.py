"""Holds and issue tags: when each may be done; and what a deviation that opened by itself says. Pure."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from cellchain.donors.rules.lifecycles import ComplicationKind
from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.manufacturing.rules.environment import kind_words
from cellchain.manufacturing.rules.lifecycles import EnvironmentKind
from cellchain.quality.rules.lifecycles import DispositionPhase, TagKind
from cellchain.quality.rules.limits import TITLES, WORDS, is_number

# What a deviation that opened by itself is called, by the event that it answers.
RULE_TITLES: Mapping[str, T] = {
    "manufacturing:limit:breached": T("A value left its limit"),
    "manufacturing:passage:late": T("Cells were passaged beyond the alert limit"),
    "manufacturing:count:scattered": T("A count went into the record although its chambers scatter"),
    "manufacturing:balance:off": T("What was found is not what the record says"),
    "manufacturing:mixup:suspected": T("Two batches may have been mixed up"),
    "manufacturing:environment:breached": T("A clean room left its limit"),
    "manufacturing:time:exceeded": T("Cells lay open too long"),
    "manufacturing:sample:left_out": T("A planned sample was not taken"),
    "quality:result:failed": T("A test failed"),
    "quality:stability:missed": T("A time point of a stability plan was missed"),
    "quality:late_positive:reported": T("A test turned out positive after release"),
    "labels:label:mismatched": T("A label did not match its record"),
    "bedside:reaction:reported": T("A recipient reacted to an infusion"),
    "bedside:bag:expired_while_running": T("A bag expired while it ran"),
    "bedside:paper:disagreed": T("An infusion on paper should have been stopped"),
    "accounts:emergency:not_justified": T("A role was taken without an emergency"),
    "custody:excursion:noticed": T("Something was not as it should be on its way"),
    "custody:arrival:late": T("Marrow arrived too late"),
    "custody:bag:returned": T("A bag came back unused"),
    "materials:lot:quarantined": T("A material lot was quarantined after its use"),
    "materials:lot:rejected": T("A material lot was rejected after its use"),
    "materials:lot:recalled": T("A material lot was recalled after its use"),
    "materials:equipment:out_of_tolerance": T("Equipment was found out of tolerance after its use"),
    "donors:limit:breached": T("A harvest left its limit"),
    "donors:complication:severe": T("A donor had a severe complication"),
    "labels:lot:unbalanced": T("Labels do not add up"),
}


def rule_title(rule: str) -> T:
    """The title of a deviation that `rule` opened."""
    return RULE_TITLES.get(rule) or T(rule.replace(":", " "))


def rule_account(rule: str, facts: Mapping[str, Any]) -> T:
    """What a rule noticed, in one sentence; the facts are what was recorded."""
    known = {name: value for name, value in facts.items() if value not in (None, "")}
    for template, needed in _ACCOUNTS.get(rule, ()):
        if needed <= known.keys():
            return T(template.template, **{name: _fact(name, known[name]) for name in needed})
    plain = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in known.items())
    return T("{facts}", facts=plain) if plain else rule_title(rule)


def _fact(name: str, value: Any) -> object:
    """A fact as a sentence says it: a test by its name, a number as one, thousandths of a degree in degrees."""
    if name == "test":
        return TITLES.get(value) or value
    if name == "kind":
        return kind_words(EnvironmentKind(value))
    if name == "complication":
        return T(ComplicationKind(value).value.replace("_", " ").capitalize())
    if name == "closed":
        return date.fromisoformat(value)
    if name == "temperature_mc":
        return Decimal(value) / 1000
    if name in ("value", "low", "high") and isinstance(value, str):
        return WORDS.get(value) or (Decimal(value) if is_number(value) else value)
    return value


# For each rule its sentences, the most telling first, with the facts that each needs.
_ACCOUNTS: Mapping[str, tuple[tuple[T, frozenset[str]], ...]] = {
    "manufacturing:limit:breached": (
        (T("{title}: {value} {unit}, allowed {low} to {high}."), frozenset({"title", "value", "unit", "low", "high"})),
        (T("{title}: {value} {unit}, allowed from {low}."), frozenset({"title", "value", "unit", "low"})),
        (T("{title}: {value} {unit}, allowed up to {high}."), frozenset({"title", "value", "unit", "high"})),
    ),
    "manufacturing:passage:late": ((T("Passage {passage} was begun."), frozenset({"passage"})),),
    "manufacturing:count:scattered": (
        (T("The chambers scatter by {scatter} %, allowed up to {most} %."), frozenset({"scatter", "most"})),
    ),
    "manufacturing:balance:off": (
        (
            T("{container}: found {found_volume} mL, recorded {expected_volume} mL, allowed ± {error_volume} %."),
            frozenset({"container", "found_volume", "expected_volume", "error_volume"}),
        ),
        (
            T("{container}: found {found_cells} cells, recorded {expected_cells}, allowed ± {error_cells} %."),
            frozenset({"container", "found_cells", "expected_cells", "error_cells"}),
        ),
    ),
    "manufacturing:mixup:suspected": (
        (T("The cells doubled {per_day} times a day, at most {most} are possible."), frozenset({"per_day", "most"})),
        (T("The cells doubled {per_day} times a day, the usual limit is {usual}."), frozenset({"per_day", "usual"})),
        (
            T("Viability jumped by {points} percentage points, at most {most_points} are plausible."),
            frozenset({"points", "most_points"}),
        ),
    ),
    "manufacturing:environment:breached": (
        (T("{kind}: {value} {unit}, allowed {low} to {high}."), frozenset({"kind", "value", "unit", "low", "high"})),
        (T("{kind}: {value} {unit}, allowed from {low}."), frozenset({"kind", "value", "unit", "low"})),
        (T("{kind}: {value} {unit}, allowed up to {high}."), frozenset({"kind", "value", "unit", "high"})),
    ),
    "manufacturing:time:exceeded": (
        (T("{title}: {minutes} min, allowed up to {allowed} min."), frozenset({"title", "minutes", "allowed"})),
    ),
    "manufacturing:sample:left_out": ((T("The sample “{title}” was left out."), frozenset({"title"})),),
    "donors:limit:breached": (
        (
            T("{parameter}: {value} {unit}, allowed {low} to {high}."),
            frozenset({"parameter", "value", "unit", "low", "high"}),
        ),
    ),
    "donors:complication:severe": ((T("{complication}, grade {grade}."), frozenset({"complication", "grade"})),),
    "quality:result:failed": (
        (T("{test}: {value} {unit}."), frozenset({"test", "value", "unit"})),
        (T("{test}: {value}."), frozenset({"test", "value"})),
    ),
    "quality:stability:missed": (
        (T("At {month} months nothing was pulled until {closed}."), frozenset({"month", "closed"})),
    ),
    "quality:late_positive:reported": ((T("{test}: {organism}."), frozenset({"test", "organism"})),),
    "custody:excursion:noticed": (
        (T("The container was at {temperature_mc} °C."), frozenset({"temperature_mc"})),
        (
            T("Out of controlled temperature for {minutes} min in all, allowed {allowed} min."),
            frozenset({"minutes", "allowed"}),
        ),
        (T("The seal was broken, or another one than it left with."), frozenset({"seal"})),
        (T("Its packaging was damaged."), frozenset({"packaging"})),
        (T("Its label could not be read."), frozenset({"label"})),
        (T("It was not in the shipment that it was packed into."), frozenset({"missing"})),
        (T("It was under way for longer than its shipper is qualified for."), frozenset({"late"})),
        (T("Its chain of custody has a gap of {minutes} min."), frozenset({"gap", "minutes"})),
        (T("Something was noticed when its shipment arrived."), frozenset({"reported"})),
    ),
    "custody:bag:returned": (
        (
            T("It came back at {temperature_mc} °C, its seal broken."),
            frozenset({"temperature_mc", "seal_broken"}),
        ),
        (T("It came back at {temperature_mc} °C, its seal intact."), frozenset({"temperature_mc"})),
    ),
    "custody:arrival:late": ((T("It arrived {minutes} min after it had to be worked on."), frozenset({"minutes"})),),
    "labels:label:mismatched": (
        (T("Label {scanned} was scanned where {expected} was expected."), frozenset({"scanned", "expected"})),
    ),
    "labels:lot:unbalanced": ((T("Labels that nobody can account for: {difference}."), frozenset({"difference"})),),
    "bedside:paper:disagreed": (
        (T("Entered from paper after a downtime. Against it spoke: {found}."), frozenset({"found"})),
    ),
    "accounts:emergency:not_justified": (
        (T("Emergency access {emergency} was reviewed and not justified."), frozenset({"emergency"})),
    ),
    "bedside:reaction:reported": ((T("{term}, grade {grade}."), frozenset({"term", "grade"})),),
    "bedside:bag:expired_while_running": ((T("It ran on for {recipient}."), frozenset({"recipient"})),),
    "materials:lot:quarantined": ((T("It came from material lot {root}."), frozenset({"root"})),),
    "materials:lot:rejected": ((T("It came from material lot {root}."), frozenset({"root"})),),
    "materials:lot:recalled": ((T("It came from material lot {root}."), frozenset({"root"})),),
    "materials:equipment:out_of_tolerance": ((T("Equipment {root} was used for it."), frozenset({"root"})),),
}


def may_place_hold(*, placed: bool) -> None:
    """One hold of a cause at a time."""
    if placed:
        raise Refused("hold.placed_already", "This is on hold for the same cause already. Nothing was changed.")


def may_be_used_further(phase: DispositionPhase | None, *, held: bool, lot: str) -> None:
    """A vial is thawed from a bank that was released for further use and is neither held nor recalled."""
    if phase is not DispositionPhase.RELEASED_FOR_FURTHER_USE:
        raise Refused(
            "bank.not_released",
            "Bank lot {lot} is not released for further use. Put the vial back and ask QA.",
            lot=lot,
        )
    if held:
        raise Refused("bank.on_hold", "Bank lot {lot} is on hold. Put the vial back and ask QA.", lot=lot)


def may_be_thawed(*, held: bool, recalled: bool) -> None:
    """Whatever its bank is, a vial that is held or recalled itself stays where it is."""
    if recalled:
        raise Refused("vial.recalled", "This vial was recalled. Put it back, apart from the others, and tell QA.")
    if held:
        raise Refused("vial.on_hold", "This vial is on hold. Put it back and ask QA.")


def tag_kind(phase: DispositionPhase | None) -> TagKind:
    """What an issue tag of a bag states now. Raises Refused while the bag's lot is not released."""
    if phase is DispositionPhase.CONDITIONALLY_RELEASED:
        return TagKind.CONDITIONAL
    if phase is DispositionPhase.RELEASED:
        return TagKind.FINAL
    raise Refused(
        "issue_tag.not_released", "The lot of this bag is not released. The tag is printed after the release."
    )


def may_tag(*, named: bool) -> None:
    """A bag of a lot out of its specification is issued to whom it was accepted for, and to nobody else."""
    if not named:
        raise Refused(
            "issue_tag.not_named",
            "A test of this bag's lot failed, and its use was not accepted for this recipient. Print no tag: call QA.",
        )


def may_tie(*, is_tag: bool, in_use: bool) -> None:
    """What is tied to a bag is an issue tag, and one that serves."""
    if not is_tag:
        raise Refused("issue_tag.not_a_tag", "This is not an issue tag. Scan the tag that was printed for this bag.")
    if not in_use:
        raise Refused("issue_tag.void", "This tag is void or was replaced. Destroy it and scan the new one.")


def may_attach(*, tag_says: str, kind: TagKind) -> None:
    """A tag states what is true of its bag now."""
    if tag_says != kind.value:
        raise Refused("issue_tag.outdated", "The release changed after this tag was printed. Print a new tag.")
