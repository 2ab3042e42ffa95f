"""What waits about a study itself, its consents, its adverse events and its data: for whoever acts next."""

from collections.abc import Iterator

from cellchain.accounts.rules import Role
from cellchain.followup import queries as followup
from cellchain.followup.safety import queries as safety
from cellchain.kernel.text import T
from cellchain.trace.situation import Need, Situation, since
from cellchain.trial import queries as trial
from cellchain.trial.lifecycles import VersionPhase
from cellchain.trial.pauses import queries as pauses
from cellchain.trial.setup import queries as setup
from cellchain.web.format import grouped

ROWS_MAX = 40


def paused(at: Situation) -> Iterator[Need]:
    """A study that is paused, until somebody signs that it goes on; the second signature is a line of its own."""
    for study in trial.studies(at.tx):
        pause = pauses.standing(at.tx, study.code)
        if pause is not None and pause.resume_signed_by is None:
            status, words = since(at.tx, pause.paused_at, "stop")
            yield Need(
                status,
                pause.paused_at,
                words,
                T("Decide whether {study} goes on.", study=study.code),
                "/safety",
                T("Open safety"),
                T("The study is paused: nobody is randomised and no infusion is started."),
            )


def amendments(at: Situation) -> Iterator[Need]:
    """A version of a study that was imported and changes nothing until it is signed."""
    for study in trial.studies(at.tx):
        for version in setup.versions(at.tx, study.code):
            if version.phase is VersionPhase.IMPORTED:
                status, words = since(at.tx, version.imported_at)
                yield Need(
                    status,
                    version.imported_at,
                    words,
                    T("Decide on version {number} of {study}.", number=version.number, study=study.code),
                    f"/trial/studies/{study.code}/versions/{version.number}",
                    T("Compare and sign"),
                    own=version.known.amendment and version.known.amendment.summary,
                )


def consents(at: Situation) -> Iterator[Need]:
    """Whoever signed a consent form that is too old: for the office all, for a physician their own recipients."""
    own_alone = Role.COORDINATOR not in at.actor.roles
    for study in trial.studies(at.tx):
        for code in setup.reconsent_due(at.tx, study.code)[:ROWS_MAX]:
            facts = trial.recipient_facts(at.tx, code)
            form = setup.form_to_sign(at.tx, facts)
            if form is None or (own_alone and facts.physician != at.actor.person):
                continue
            yield Need(
                "now",
                None,
                T("waits"),
                T("Have the new consent form signed by {recipient}.", recipient=grouped(code)),
                f"/trial/recipients/{code}",
                T("Open recipient"),
                T("Form {form}. Nobody goes further in the study on the old one.", form=form),
                stage="recipients",
            )


def to_assess(at: Situation) -> Iterator[Need]:
    """Adverse events whose cause no physician has judged: for the physician of the recipient."""
    for event in safety.unassessed(at.tx):
        facts = trial.recipient_facts(at.tx, event.recipient)
        if facts.physician == at.actor.person:
            status, words = since(at.tx, event.aware_at, "warn" if event.serious else "pend")
            yield Need(
                status,
                event.aware_at,
                words,
                T("Assess the cause of an event of {recipient}.", recipient=grouped(event.recipient)),
                f"/safety/events/{event.id}",
                T("Open event"),
                event.term,
                stage="followup",
            )


def to_judge(at: Situation) -> Iterator[Need]:
    """Serious events that wait for the sponsor. Named by their number: bags may stand on the same page."""
    for event in safety.unjudged(at.tx):
        status, words = since(at.tx, event.serious_since or event.aware_at)
        yield Need(
            status,
            event.serious_since or event.aware_at,
            words,
            T("Judge event {number} for the sponsor.", number=event.id),
            f"/safety/events/{event.id}",
            T("Open event"),
            event.term,
            stage="followup",
        )


def questions(at: Situation) -> Iterator[Need]:
    """Questions about data that nobody has answered."""
    for query in followup.open_queries(at.tx)[:ROWS_MAX]:
        if query.answer is None and query.asked_by != at.actor.person:
            status, words = since(at.tx, query.asked_at, "pend")
            yield Need(
                status,
                query.asked_at,
                words,
                T("Answer a question about {recipient}.", recipient=grouped(query.subject)),
                f"/followup/{query.subject}",
                T("Open visits"),
                stage="followup",
            )


def answers(at: Situation) -> Iterator[Need]:
    """Answers that whoever asked has not closed, counted: bags may stand on the same page, so nobody is named."""
    asked = [one for one in followup.open_queries(at.tx) if one.asked_by == at.actor.person]
    given = [one.answered_at for one in asked if one.answered_at is not None]
    if given:
        status, words = since(at.tx, min(given), "pend")
        sentence = T("Read the answers to your questions about data: {count}.", count=len(given))
        yield Need(status, min(given), words, sentence, "/followup", T("Open follow-up"), stage="followup")


def sources(at: Situation) -> Iterator[Need]:
    """Values that nobody has compared with their source, counted."""
    count = followup.unverified_count(at.tx)
    if count:
        sentence = T("Compare values with their sources: {count}.", count=count)
        yield Need("pend", None, T("waits"), sentence, "/followup", T("Open follow-up"), stage="followup")
