"""What needs one person now, told from what each capability knows.

Nothing here decides; each line leads to where it is done. A line is offered to whoever may do it, so nobody sees of
another's work more than their own permissions open anyway.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from cellchain.accounts import queries as accounts
from cellchain.bedside.infusions import queries as bedside
from cellchain.custody import queries as custody
from cellchain.custody.pages import finding_words
from cellchain.followup import queries as followup
from cellchain.followup.safety.queries import ClockView
from cellchain.kernel.text import T
from cellchain.labels import scan_back
from cellchain.labels.printing import queries as printing
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import batch_record
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import LotKind, LotPhase
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.quality.rules.lifecycles import DispositionPhase
from cellchain.trace import (
    account_needs,
    donor_needs,
    emergency_needs,
    investigation_needs,
    laboratory_needs,
    quality_needs,
    record_needs,
    stability_needs,
    trial_needs,
    upkeep,
)
from cellchain.trace.recalls import needs as recall_needs
from cellchain.trace.situation import Need, Situation, live_bags, moment_of, since, until, waiting_marrow
from cellchain.trial import queries as trial
from cellchain.trial.lifecycles import RecipientPhase
from cellchain.trial.preparation import queries as preparation
from cellchain.trial.rules import RecipientFacts
from cellchain.web.format import grouped

ROWS_MAX = 40
Source = Callable[[Situation], Iterator[Need]]


def gathered(tx: ReadTx, actor: Actor) -> tuple[Situation, list[Need]]:
    """Everything that needs this person, what is due first at the top."""
    at = Situation(tx, actor, live_bags(tx), waiting_marrow(tx))
    found = [need for permission, source in SOURCES if actor.may(permission) for need in source(at)]
    return at, sorted(found, key=lambda need: (moment_of(tx, need.at), str(need.sentence)))


# -- the laboratory --------------------------------------------------------------------------------------------------


def _marrow(at: Situation) -> Iterator[Need]:
    for donation in at.marrow:
        status, words = until(at.tx, donation.process_by)
        yield Need(
            status,
            donation.process_by,
            words,
            T("Receive the marrow {donation}.", donation=grouped(donation.code)),
            f"/do/manufacturing/receive_donation?donation={donation.code}",
            T("Receive"),
            T("Collected {at}. Separation starts within its time or not at all.", at=donation.ended_at),
            stage="marrow",
        )


def _batches(at: Situation) -> Iterator[Need]:
    for lot in manufacturing.open_lots(at.tx)[:ROWS_MAX]:
        page = batch_record.progress(at.tx, lot.code)
        code, href = grouped(lot.code), f"/bench/{lot.code}"
        if page.running is not None:
            status, words = since(at.tx, page.running.started_at, "now")
            yield Need(
                status,
                page.running.started_at,
                words,
                T("Go on with batch {lot}.", lot=code),
                href,
                T("Go to bench"),
                own=page.running.step.title,
                stage="separation",
            )
        elif page.coming:
            yield Need(
                "pend",
                None,
                T("waits"),
                T("Start the next step of batch {lot}.", lot=code),
                href,
                T("Go to bench"),
                own=page.coming[0].title,
            )
        else:
            yield Need(
                "pend",
                None,
                T("waits"),
                T("Complete batch {lot}.", lot=code),
                href,
                T("Go to bench"),
                T("Every step is done."),
            )


def _steps(at: Situation) -> Iterator[Need]:
    for lot in manufacturing.open_lots(at.tx)[:ROWS_MAX]:
        for view in batch_record.progress(at.tx, lot.code).to_verify:
            wanted = view.step.verifier in at.actor.roles
            if not wanted or view.performer == at.actor.person or view.completed_at is None:
                continue
            status, words = since(at.tx, view.completed_at)
            yield Need(
                status,
                view.completed_at,
                words,
                T("Verify a step of batch {lot}.", lot=grouped(lot.code)),
                f"/bench/{lot.code}",
                T("Go to bench"),
                own=view.step.title,
            )


def _hand_overs(at: Situation) -> Iterator[Need]:
    for offer in custody.open_offers(at.tx)[:ROWS_MAX]:
        if offer.giver != at.actor.person:
            status, words = since(at.tx, offer.offered_at, "now")
            yield Need(
                status,
                offer.offered_at,
                words,
                T("Take over {subject}.", subject=grouped(offer.subject)),
                f"/do/custody/accept?subject={offer.subject}{_and_on(at, offer.subject)}",
                T("Take over"),
                T("{giver} hands it over.", giver=accounts.display_name(at.tx, offer.giver)),
                stage="bags",
            )


def _and_on(at: Situation, subject: str) -> str:
    """Whoever takes marrow over in the laboratory goes on to the line on which its batch is opened."""
    is_marrow = subject.startswith("CT") and at.actor.may("manufacturing.open_batch")
    return "&next=/lines" if is_marrow else ""


# -- quality ---------------------------------------------------------------------------------------------------------


def _releases(at: Situation) -> Iterator[Need]:
    first: dict[str, datetime] = {}
    for bag in at.bags:
        first.setdefault(bag.lot, bag.start_by)
    for disposition in quality.dispositions(at.tx):
        lot = manufacturing.find_lot(at.tx, disposition.lot)
        if (
            disposition.phase != DispositionPhase.QUARANTINED
            or lot is None
            or lot.phase != LotPhase.COMPLETED
            or lot.completed_at is None
        ):
            continue
        by = first.get(lot.code)
        status, words = since(at.tx, lot.completed_at) if by is None else until(at.tx, by)
        kind = T("bank lot") if lot.kind == LotKind.BANK else T("lot")
        detail = T("Completed {at}.", at=lot.completed_at) if by is None else T("Its bags have to start by then.")
        yield Need(
            status,
            by or lot.completed_at,
            words,
            T("Review and decide on {kind} {lot}.", kind=kind, lot=grouped(lot.code)),
            f"/quality/lots/{lot.code}",
            T("Review and sign"),
            detail,
            stage="bags",
        )


def _obligations(at: Situation) -> Iterator[Need]:
    for disposition in quality.obliged(at.tx):
        due = min((one.due_on for one in disposition.obligations), default=None)
        if due is None:
            continue
        status, words = until(at.tx, due)
        sentence = T("Chase the final results of lot {lot}.", lot=grouped(disposition.lot))
        if status == "pend":
            sentence = T("Certify lot {lot} when its final results are in.", lot=grouped(disposition.lot))
        yield Need(
            status,
            due,
            words,
            sentence,
            f"/quality/lots/{disposition.lot}",
            T("Open lot"),
            T("It was released conditionally."),
        )


def _excursions(at: Situation) -> Iterator[Need]:
    for excursion in custody.open_excursions(at.tx)[:ROWS_MAX]:
        yield Need(
            "warn",
            None,
            T("waits for you"),
            T("Decide whether {subject} may still be used.", subject=grouped(excursion.subject)),
            f"/do/custody/assess_excursion?excursion={excursion.id}",
            T("Decide"),
            finding_words(excursion),
            stage="bags",
        )


def _decisions(at: Situation) -> Iterator[Need]:
    for decision in accounts.open_decisions(at.tx):
        if decision.asked_by == at.actor.person or not at.actor.may(decision.permission):
            continue
        status, words = since(at.tx, decision.asked_at)
        yield Need(
            status,
            decision.asked_at,
            words,
            T("Give the second signature {name} waits for.", name=accounts.display_name(at.tx, decision.asked_by)),
            f"/do/accounts/countersign?decision={decision.id}",
            T("Check and sign"),
            T("Decision {number}.", number=str(decision.id)),
        )


def _people(at: Situation) -> Iterator[Need]:
    for person in accounts.people(at.tx):
        if not person.roles and person.works:
            yield Need(
                "pend",
                None,
                T("waits"),
                T("Give {name} a role.", name=person.initials),
                f"/people/{person.code}",
                T("Open person"),
                T("Without one they cannot do anything here."),
            )


# -- the ward and the trial ------------------------------------------------------------------------------------------


def _ward(at: Situation) -> Iterator[Need]:
    for bag in at.bags:
        if not bag.at_ward or bag.recipient is None:
            continue
        status, words = until(at.tx, bag.start_by)
        detail = T("The bag is released.") if bag.released else T("The bag is not released yet.")
        yield Need(
            status,
            bag.start_by,
            words,
            T("Start bag {bag} for {recipient}.", bag=grouped(bag.bag), recipient=grouped(bag.recipient)),
            "/bedside",
            T("Open check"),
            detail,
            stage="bags",
        )


def _infusions(at: Situation) -> Iterator[Need]:
    for row in bedside.running(at.tx):
        ends = row.started_at + timedelta(minutes=row.planned_minutes)
        status, words = until(at.tx, ends)
        yield Need(
            "now" if status == "pend" else status,
            ends,
            words,
            T("End the infusion of bag {bag}.", bag=grouped(row.bag)),
            f"/bedside/infusions/{row.id}",
            T("Open infusion"),
            T("{recipient}. Vital signs are due at the end.", recipient=grouped(row.recipient)),
            stage="infusing",
        )


def _recipients(at: Situation) -> Iterator[RecipientFacts]:
    for study in trial.studies(at.tx):
        yield from trial.recipients(at.tx, study.code)


def _to_confirm(at: Situation) -> Iterator[Need]:
    for facts in _recipients(at):
        if (
            facts.phase == RecipientPhase.ENROLLED
            and facts.physician == at.actor.person
            and trial.baseline_of(at.tx, facts.code) is not None
        ):
            status, words = since(at.tx, facts.enrolled_at)
            yield Need(
                status,
                facts.enrolled_at,
                words,
                T("Confirm the eligibility of {recipient}.", recipient=grouped(facts.code)),
                f"/trial/recipients/{facts.code}/eligibility",
                T("Review and sign"),
                stage="recipients",
            )


def _to_order(at: Situation) -> Iterator[Need]:
    for facts in _recipients(at):
        if not facts.on_treatment or facts.physician != at.actor.person:
            continue
        for wanted in preparation.to_order(at.tx, facts.code):
            status, words = until(at.tx, wanted.by)
            yield Need(
                status,
                wanted.by,
                words,
                T(
                    "Order infusion {number} of {total} for {recipient}.",
                    number=wanted.infusion.number,
                    total=wanted.infusion.total,
                    recipient=grouped(facts.code),
                ),
                f"/trial/infusions/{wanted.infusion.id}",
                T("Open infusion"),
                T("The laboratory needs the order by then, for an infusion on {day}.", day=wanted.infusion.due_on),
                stage="recipients",
            )


def _to_randomise(at: Situation) -> Iterator[Need]:
    for facts in _recipients(at):
        if facts.phase == RecipientPhase.ELIGIBLE:
            yield Need(
                "now",
                None,
                T("waits"),
                T("Randomise {recipient}.", recipient=grouped(facts.code)),
                f"/trial/recipients/{facts.code}",
                T("Open recipient"),
                stage="recipients",
            )


def _visits(at: Situation) -> Iterator[Need]:
    work = followup.worklist(at.tx, at.actor)
    for visit in (*work.overdue, *work.due)[:ROWS_MAX]:
        status, words = until(at.tx, visit.window_until)
        yield Need(
            "warn" if status == "stop" else status,
            visit.window_until,
            words,
            T("Record the visit of {recipient}.", recipient=grouped(visit.recipient)),
            f"/followup/{visit.recipient}",
            T("Open visits"),
            own=visit.title,
            stage="followup",
        )


def _whose_report(at: Situation, clock: ClockView) -> tuple[T, str]:
    """By the recipient, but for who may see no arm: bags stand on the same page, and beside them nobody is named."""
    if at.actor.may(trial.SEE_ARM):
        return (
            T("Send the safety report for {recipient}.", recipient=grouped(clock.recipient)),
            f"/followup/{clock.recipient}",
        )
    return T("Send the safety report on event {number}.", number=clock.event), f"/safety/events/{clock.event}"


def _reports(at: Situation) -> Iterator[Need]:
    for clock in followup.worklist(at.tx, at.actor).clocks:
        status, words = until(at.tx, clock.due_at)
        yield Need(
            "now" if status == "pend" else status,
            clock.due_at,
            words,
            *_whose_report(at, clock),
            T("Open report"),
            T("{term}. {kind}.", term=clock.term, kind=clock.kind),
            stage="followup",
        )


def _print_jobs(at: Situation) -> Iterator[Need]:
    first = printing.stuck_since(at.tx)
    if first is not None:
        status, words = since(at.tx, first, "stop")
        yield Need(
            status,
            first,
            words,
            T("Labels wait at a printer: {count}.", count=printing.stuck_count(at.tx)),
            "/labels/queue",
            T("Open print queue"),
            T("Look whether they came out."),
        )


def _scan_backs(at: Situation) -> Iterator[Need]:
    for pile in scan_back.piles(at.tx, at.actor.roles)[:ROWS_MAX]:
        status, words = since(at.tx, pile.since)
        if pile.lot is None:
            sentence, href = T("Labels to scan back: {count}.", count=pile.count), "/labels/scan-back"
        else:
            sentence = T("Labels of lot {lot} to scan back: {count}.", lot=grouped(pile.lot), count=pile.count)
            href = f"/labels/scan-back?lot={pile.lot}"
        detail = T("They were printed, and never scanned back from the things that wear them.")
        yield Need(status, pile.since, words, sentence, href, T("Scan back"), detail)


SOURCES: Sequence[tuple[str, Source]] = (
    ("donors.assess_questionnaire", donor_needs.answers),
    ("donors.determine_eligibility", donor_needs.determinations),
    ("donors.record_screening", donor_needs.repeats),
    ("donors.record_screening", donor_needs.ended_deferrals),
    ("donors.record_visit", donor_needs.visits),
    ("manufacturing.receive_donation", _marrow),
    ("manufacturing.start_step", _batches),
    ("manufacturing.start_step", upkeep.batch_clocks),
    ("manufacturing.verify_step", _steps),
    ("manufacturing.review_master_record", record_needs.to_review),
    ("manufacturing.approve_master_record", record_needs.to_approve),
    ("manufacturing.record_training", record_needs.gaps),
    ("custody.move", upkeep.picks),
    ("materials.take_out_of_service", upkeep.equipment),
    ("materials.record_cleaning", upkeep.cleaning),
    ("materials.set_stock_limits", upkeep.low_stock),
    ("materials.count_stock", upkeep.expiring),
    ("custody.accept", _hand_overs),
    ("custody.receive", upkeep.arrivals),
    ("custody.import_log", upkeep.loggers),
    ("labels.settle_job", _print_jobs),
    ("labels.confirm_label", _scan_backs),
    ("quality.record_result", laboratory_needs.pending),
    ("quality.receive_sample", laboratory_needs.coming),
    ("quality.verify_result", laboratory_needs.entered),
    ("quality.pull_vial", stability_needs.to_pull),
    ("quality.record_result", stability_needs.to_test),
    ("quality.report_missed_point", stability_needs.to_answer_for),
    ("quality.release", _releases),
    ("quality.release", _obligations),
    ("quality.assess_deviation", quality_needs.deviations),
    ("quality.complete_action", quality_needs.own_actions),
    ("quality.implement_change", quality_needs.own_changes),
    ("quality.judge_action", quality_needs.others_actions),
    ("quality.approve_change", quality_needs.others_changes),
    ("quality.redact", quality_needs.redactions),
    ("custody.witness_destruction", quality_needs.destructions),
    ("quality.acknowledge_alert", recall_needs.alerts),
    ("quality.close_recall", recall_needs.unread),
    ("quality.close_recall", recall_needs.running),
    ("quality.start_recall", recall_needs.practice),
    ("quality.investigate_laboratory", investigation_needs.laboratory),
    ("quality.investigate_fully", investigation_needs.full),
    ("quality.conclude_investigation", investigation_needs.conclusions),
    ("quality.request_exceptional_use", investigation_needs.to_ask),
    ("quality.evaluate_exceptional_use", investigation_needs.evaluations),
    ("quality.take_on_exceptional_use", investigation_needs.to_take_on),
    ("quality.record_sponsor_told", investigation_needs.to_tell),
    ("quality.accept_exceptional_use", investigation_needs.acceptances),
    ("custody.assess_excursion", _excursions),
    ("accounts.accept_agreement", account_needs.agreement),
    ("accounts.countersign", _decisions),
    ("accounts.grant_role", _people),
    ("accounts.end_emergency", emergency_needs.running),
    ("accounts.review_emergency", emergency_needs.to_review),
    ("accounts.grant_role", account_needs.last_of_a_kind),
    ("accounts.set_last_day", account_needs.accounts),
    ("accounts.set_last_day", account_needs.roles),
    ("accounts.record_training", account_needs.trainings),
    ("accounts.review_access", account_needs.new_ways),
    ("accounts.open_access_review", account_needs.review_due),
    ("accounts.review_access", account_needs.review_lines),
    ("accounts.settle_review_line", account_needs.review_decisions),
    ("accounts.enrol_station", upkeep.witnesses),
    ("bedside.start_infusion", _ward),
    ("bedside.record_observation", _infusions),
    ("trial.confirm_eligibility", _to_confirm),
    ("trial.order_infusion", _to_order),
    ("trial.randomise", _to_randomise),
    ("trial.resume_study", trial_needs.paused),
    ("trial.make_amendment_effective", trial_needs.amendments),
    ("trial.record_consent", trial_needs.consents),
    ("followup.assess_causality", trial_needs.to_assess),
    ("followup.assess_as_sponsor", trial_needs.to_judge),
    ("followup.answer_query", trial_needs.questions),
    ("followup.close_query", trial_needs.answers),
    ("followup.verify_source", trial_needs.sources),
    ("followup.record_visit", _visits),
    ("followup.submit_report", _reports),
)
