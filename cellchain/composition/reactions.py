"""The house's own rules: when something is recorded, a higher capability answers it in the same transaction.

Each answer has an entry of its own; one that refuses, refuses the whole.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cellchain.accounts import changed
from cellchain.accounts import commands as accounts
from cellchain.accounts.directory import commands as directory
from cellchain.accounts.emergency import commands as emergency
from cellchain.accounts.expiry import commands as expiry
from cellchain.accounts.qualified import commands as qualified
from cellchain.accounts.sessions import commands as sessions
from cellchain.bedside import commands as bedside
from cellchain.bedside.infusions.commands.common import EXPIRED_WHILE_RUNNING
from cellchain.bedside.infusions.commands.seen import SEVERE
from cellchain.custody import commands as custody
from cellchain.followup import commands as followup
from cellchain.identity.codes import PersonCode
from cellchain.kernel.text import T
from cellchain.labels import commands as labels
from cellchain.ledger.registry import Order, Reaction, command_of
from cellchain.manufacturing import commands as manufacturing
from cellchain.materials import commands as materials
from cellchain.notices import commands as notices
from cellchain.notices import reactions as notices_reactions
from cellchain.quality import commands as quality
from cellchain.quality.changes import commands as change_commands
from cellchain.quality.investigations import commands as investigations
from cellchain.trial import commands as trial

Facts = Mapping[str, Any]


def _react(event: str, function: Callable[..., Any], *same: str, **names: str) -> Reaction:
    """Run `function` when `event` was recorded; its order's fields are facts under the same or under other names."""
    model, names = command_of(function).order, {**dict(zip(same, same, strict=True)), **names}
    return Reaction(event, function, lambda facts: model(**{field: facts[name] for field, name in names.items()}))


def _decided(event: str, function: Callable[..., Any], field: str) -> Reaction:
    """Run `function` when a decision of the kind `event` was countersigned; `field` names what was decided."""
    model = command_of(function).order

    def order(facts: Facts) -> Order | None:
        return model(**{field: int(facts["subject"])}) if facts["event"] == event else None

    return Reaction("accounts:decision:countersigned", function, order)


def _deviation(event: str) -> Reaction:
    """A deviation that opens by itself: everything recorded that is a plain value goes with it."""
    model: Any = command_of(quality.open_deviation_by_rule).order

    def order(facts: Facts) -> Any:
        plain = {name: value for name, value in facts.items() if isinstance(value, str | int | bool) or value is None}
        subject = plain.pop("subject")
        return model(subject=subject, lot=facts.get("lot"), rule=event, facts=plain)

    return Reaction(event, quality.open_deviation_by_rule, order)


def _void_labels(
    event: str, field: str, why: str, *, of: str | None = None, when: Mapping[str, str] | None = None
) -> Reaction:
    """The labels on what the fact `field` names go out of use, those of design `of` or all; only `when` facts agree."""
    model: Any = command_of(labels.void_labels_of).order

    def order(facts: Facts) -> Any:
        if facts.get(field) is None or any(facts.get(name) != value for name, value in (when or {}).items()):
            return None
        return model(target=facts[field], why=why, design=of)

    return Reaction(event, labels.void_labels_of, order)


def _letter(facts: Facts) -> Order:
    """The notice of a letter: to the sponsor, or to one physician by name."""
    kind, people = ("letter_to_sponsor", None) if facts["sponsor"] else ("letter_to_physician", list(facts["people"]))
    occasion = f"letter:{facts['letter']}"
    return notices.Notify(kind=kind, subject=str(facts["subject"]), occasion=occasion, people=people)


def _question(event: str) -> Reaction:
    """Something that went into lots is in doubt: each of them gets a deviation."""
    model: Any = command_of(quality.question_descendants).order
    return Reaction(event, quality.question_descendants, lambda facts: model(root=facts["subject"], rule=event))


def _hold(event: str, cause: str, reason: T, *, scope: str | None = None) -> Reaction:
    """A hold at once on what a fact is about; with `scope`, only where the recorded fact has that scope."""
    model: Any = command_of(quality.hold_by_rule).order

    def order(facts: Facts) -> Any:
        if scope is not None and facts["scope"] != scope:
            return None
        return model(subject=facts["subject"], cause=cause, reason=reason.template)

    return Reaction(event, quality.hold_by_rule, order)


def _credential(kind: str) -> Callable[[Facts], Order | None]:
    """The notice to whose credential it was; none where the name that was tried is nobody's."""

    def order(facts: Facts) -> Order | None:
        person = str(facts["subject"])
        return notices.Notify(kind=kind, subject=person, people=[PersonCode(person)]) if person else None

    return order


LATE = "quality:late_positive:reported"
REACTIONS: Sequence[Reaction] = (
    # Two people signed: the decision takes effect.
    _decided("accounts:role:granted", accounts.activate_grant, "grant"),
    _decided(expiry.EXTENDED, expiry.activate_last_day, "said"),
    _decided("accounts:qualified_person:marked", qualified.activate_mark, "mark"),
    _decided(directory.LINKED, directory.activate_directory_link, "link"),
    _decided("manufacturing:master_record:approved", manufacturing.make_master_record_effective, "master_record"),
    _decided("quality:specification:approved", quality.make_specification_effective, "specification"),
    _decided("quality:change:approved", change_commands.make_change_approved, "change"),
    _decided("trial:assignment:release_signed", trial.make_assignment_released, "assignment"),
    _decided("trial:study:resume_signed", trial.make_study_resumed, "pause"),
    # A harvest makes a container, and books its anticoagulant.
    _react("donors:donation:harvested", manufacturing.take_in_harvest_bag, donation="donation"),
    _react(
        "donors:donation:harvested",
        materials.book_harvest_use,
        donation="donation",
        lot="anticoagulant_lot",
        units="anticoagulant_units",
    ),
    # A lot is quarantined from its first moment, and a thaw takes a bank released for further use.
    _react("manufacturing:lot:opened", quality.open_disposition, lot="lot"),
    _react("manufacturing:vial:thawed", quality.require_further_use, "vial", lot="bank_lot"),
    # A thawed vial leaves its cell, and one that is kept for another lot is not thawed.
    _react("manufacturing:vial:thawed", custody.take_out_thawed, vial="vial", lot="lot"),
    # So does one that is pulled for stability.
    _react("quality:vial:pulled", custody.take_out_thawed, vial="vial", lot="lot"),
    # What breaks a limit opens a deviation by itself.
    _deviation("manufacturing:limit:breached"),
    _deviation("manufacturing:passage:late"),
    _deviation("manufacturing:count:scattered"),
    _deviation("manufacturing:balance:off"),
    _deviation("manufacturing:mixup:suspected"),
    _deviation("manufacturing:environment:breached"),
    _deviation("manufacturing:time:exceeded"),
    _deviation("manufacturing:sample:left_out"),
    _deviation("donors:limit:breached"),
    _deviation("donors:complication:severe"),
    _deviation("manufacturing:donation:rejected"),
    _deviation("quality:result:failed"),
    _deviation("quality:stability:missed"),
    # What a second person has verified as failed is investigated, and its release waits.
    _react("quality:result:out_of_specification", investigations.open_investigation, result="result"),
    _deviation("labels:label:mismatched"),
    _deviation("labels:lot:unbalanced"),
    _deviation("custody:excursion:noticed"),
    _deviation("custody:arrival:late"),
    _deviation("custody:bag:returned"),
    _deviation("bedside:reaction:reported"),
    _deviation(EXPIRED_WHILE_RUNNING),
    _deviation("bedside:paper:disagreed"),
    _deviation(emergency.NOT_JUSTIFIED),
    # A version that is drafted under a change needs one that is approved.
    Reaction("manufacturing:master_record:drafted", change_commands.require_change, change_commands.named_by),
    # What turns out to be in doubt holds or questions everything that came from it.
    _hold("donors:consent:withdrawn", "withdrawal", T("The donor withdrew consent."), scope="donation"),
    _hold("donors:information:reported", "post_donation", T("Information was reported after the donation.")),
    _hold("donors:screening:positive", "post_donation", T("A screening test is positive.")),
    _hold("manufacturing:mixup:suspected", "mix_up", T("Two batches may have been mixed up.")),
    _hold(SEVERE, "reaction", T("A recipient had a severe reaction to a bag of this lot.")),
    _hold("quality:released_lot:failed", "failed_test", T("A test failed after the release.")),
    _question("materials:lot:quarantined"),
    _question("materials:lot:rejected"),
    _question("materials:lot:recalled"),
    _question("materials:equipment:out_of_tolerance"),
    # Who has to know of a recall or a late positive, and what it means for whoever got something of it.
    _react("quality:physicians:wanted", trial.name_physicians, "recall", "late_positive", "exercise", "bags"),
    _react("trial:physicians:named", quality.alert_physicians, "recall", "late_positive", "exercise", "physicians"),
    _react(LATE, followup.report_by_late_positive, "late_positive", "organism", "exposed"),
    # A decision closes the batch record; tying an issue tag to its bag is the scan that counts the tag as applied.
    _react("quality:lot:released", manufacturing.close_batch, lot="subject"),
    _react("quality:lot:released_for_further_use", manufacturing.close_batch, lot="subject"),
    _react("quality:lot:rejected", manufacturing.close_batch, lot="subject"),
    _react("quality:issue_tag:attached", labels.confirm_tag, label="label"),
    _react("quality:issue_tag:mixed_up", labels.stop_tags, worn="worn", tag="tag"),
    # The ward, the laboratory and the trial office answer each other.
    _react("custody:bag:returned", trial.make_due_again, bag="bag"),
    _void_labels("trial:assignment:released", "bag", "The bag is no longer meant for this recipient."),
    _void_labels("trial:wristband:replaced", "replaced", "The wristband was replaced."),
    _void_labels("custody:container:destroyed", "subject", "The thing that wore it was destroyed."),
    # The new label is on before the old one comes off.
    _void_labels(
        "labels:label:confirmed",
        "subject",
        "The bag wears its own label now.",
        of="container",
        when={"design": "infusion_bag"},
    ),
    _react("trial:wristband:replaced", bedside.void_checks_of, recipient="subject"),
    # Whoever is randomised has visits, and their weeks count from the first infusion.
    _react("trial:recipient:randomised", followup.plan_visits_by_treatment, recipient="subject"),
    _react("bedside:treatment:begun", followup.plan_visits_by_treatment, recipient="subject"),
    _react(
        "bedside:reaction:reported",
        followup.report_by_reaction,
        recipient="recipient",
        infusion="infusion",
        reaction="reaction",
    ),
    # A letter of a recall is a notice to whoever it goes to.
    Reaction("quality:letter:sent", notices.notify, _letter),
    # Whose password, PIN, phone or passkey is not what it was is told, whoever did it.
    *(Reaction(event, notices.notify, _credential("credential_set")) for event in changed.BY_THEMSELVES),
    *(Reaction(event, notices.notify, _credential("credential_changed")) for event in changed.BY_OTHERS),
    # Whose password is being guessed is told, and whoever came in after guesses.
    Reaction(sessions.GUESSED, notices.notify, _credential("sign_in_guessed")),
    Reaction(sessions.AFTER_GUESSES, notices.notify, _credential("sign_in_guessed")),
    # A rule of the protocol that adverse events meet pauses the study at once.
    _react("followup:stopping_rule:met", trial.pause_by_rule, "rule", "events", study="subject"),
    # Who has to know of it is told in the same moment.
    *notices_reactions.REACTIONS,
)
