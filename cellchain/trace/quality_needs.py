"""What waits about deviations, actions and changes: for their owners, and for QA where others own them."""

from collections.abc import Iterator

from cellchain.accounts import queries as accounts
from cellchain.custody.destructions import queries as records
from cellchain.kernel.text import T
from cellchain.quality.actions import queries as actions
from cellchain.quality.actions.rules import ActionPhase
from cellchain.quality.changes import queries as changes
from cellchain.quality.changes.queries import ChangeFacts
from cellchain.quality.changes.rules import ChangePhase
from cellchain.quality.deviations import queries as deviations_read
from cellchain.quality.deviations.rules import missing
from cellchain.quality.queries import DeviationFacts
from cellchain.quality.redactions import queries as erasing
from cellchain.quality.rules.lifecycles import DeviationPhase
from cellchain.trace.situation import Need, Situation, since, until
from cellchain.web.format import grouped


def deviations(at: Situation) -> Iterator[Need]:
    """What QA has to assess, to see through, or to close; with the day by which that is due."""
    for row in deviations_read.under_way(at.tx):
        due = deviations_read.due_on(at.tx, row)
        status, words = since(at.tx, row.opened_at) if due is None else until(at.tx, due)
        sentence, action = _next_step(at, row)
        is_late = due is not None and due < at.tx.today
        if row.phase is DeviationPhase.OPEN or is_late or action is CLOSE:
            href = f"/quality/deviations/{row.id}"
            yield Need(status, due, words, sentence, href, action, row.title)


ASSESS, CLOSE, OPEN = T("Assess"), T("Close"), T("Open")


def _next_step(at: Situation, row: DeviationFacts) -> tuple[T, T]:
    if row.phase is DeviationPhase.OPEN:
        return T("Assess deviation {number}.", number=row.number), ASSESS
    planned = actions.actions_of(at.tx, row.id)
    is_ready = not missing(deviations_read.findings_of(at.tx, row, planned))
    if is_ready and at.actor.person not in deviations_read.concerned(at.tx, row, planned).people:
        return T("Close deviation {number}.", number=row.number), CLOSE
    return T("See deviation {number} through.", number=row.number), OPEN


def own_actions(at: Situation) -> Iterator[Need]:
    """Actions that this person owns and has not done."""
    for row in actions.under_way(at.tx):
        if row.phase is ActionPhase.PLANNED and row.owner == at.actor.person:
            status, words = until(at.tx, row.due_on)
            href = f"/quality/actions/{row.id}"
            yield Need(
                status, row.due_on, words, T("Do action {number}.", number=row.number), href, T("Open action"), row.what
            )


def own_changes(at: Situation) -> Iterator[Need]:
    """Changes that this person makes, once they are approved."""
    for row in changes.under_way(at.tx):
        if row.phase is ChangePhase.APPROVED and row.owner == at.actor.person:
            yield _change(at, row, T("Make change {number}.", number=row.number))


def others_actions(at: Situation) -> Iterator[Need]:
    """For QA: what somebody else has done and is to be judged, and what somebody else is late with."""
    today = at.tx.today
    for row in actions.under_way(at.tx):
        due = row.next_due_on
        if due is None or row.owner == at.actor.person:
            continue
        status, words = until(at.tx, due)
        href, open_it = f"/quality/actions/{row.id}", T("Open action")
        if row.phase is ActionPhase.DONE:
            yield Need(
                status, due, words, T("Judge whether {number} helped.", number=row.number), href, open_it, row.what
            )
        elif due < today:
            name = accounts.display_name(at.tx, row.owner)
            sentence = T("{number} of {name} is overdue.", number=row.number, name=name)
            yield Need(status, due, words, sentence, href, open_it, row.what)


def others_changes(at: Situation) -> Iterator[Need]:
    """For QA: changes to decide about, to judge, to close, and those that somebody else is late with."""
    today = at.tx.today
    for row in changes.under_way(at.tx):
        if at.actor.person in (row.owner, row.requested_by):
            continue
        if row.phase is ChangePhase.REQUESTED:
            yield _change(at, row, T("Decide about change {number}.", number=row.number))
        elif row.phase is ChangePhase.IMPLEMENTED and row.check_due_on is not None:
            yield _change(at, row, T("Judge whether {number} helped.", number=row.number))
        elif row.phase in (ChangePhase.IMPLEMENTED, ChangePhase.EFFECTIVE):
            yield _change(at, row, T("Close change {number}.", number=row.number))
        elif row.phase is ChangePhase.APPROVED and row.due_on < today:
            name = accounts.display_name(at.tx, row.owner)
            yield _change(at, row, T("{number} of {name} is overdue.", number=row.number, name=name))


def _change(at: Situation, row: ChangeFacts, sentence: T) -> Need:
    due = row.next_due_on
    status, words = ("pend", T("waits for you")) if due is None else until(at.tx, due)
    return Need(status, due, words, sentence, f"/quality/changes/{row.id}", T("Open change"), row.title)


def redactions(at: Situation) -> Iterator[Need]:
    """Values that a colleague asked to erase, and that wait for a second signature."""
    for row in erasing.redactions(at.tx):
        if row.erased_at is None and row.asked_by != at.actor.person:
            status, words = since(at.tx, row.asked_at)
            yield Need(
                status,
                row.asked_at,
                words,
                T("Read and erase a personal value of entry {entry}.", entry=row.entry),
                "/quality/redactions",
                T("Open the list"),
                T("{name} asked for it.", name=accounts.display_name(at.tx, row.asked_by)),
            )


def destructions(at: Situation) -> Iterator[Need]:
    """Records of destruction that wait for this person's signature as the witness."""
    for row in records.unsigned_by(at.tx, at.actor.person):
        status, words = since(at.tx, row.at)
        yield Need(
            status,
            row.at,
            words,
            T("Sign what you saw destroyed: {subject}.", subject=grouped(row.subject)),
            f"/custody/destructions/{row.id}",
            T("Open the record"),
            T("By {name}.", name=accounts.display_name(at.tx, row.performer)),
        )
