"""What waits after a failed test: the investigation's next phase, and the next act of an exceptional use."""

from collections.abc import Iterator

from cellchain.kernel.text import T
from cellchain.quality import queries as quality
from cellchain.quality.investigations import queries as investigations
from cellchain.quality.investigations.queries import InvestigationFacts, UseFacts
from cellchain.quality.rules.exceptional import ExceptionalPhase
from cellchain.quality.rules.investigations import InvestigationPhase
from cellchain.quality.rules.lifecycles import DispositionPhase
from cellchain.trace.situation import Need, Situation, since
from cellchain.web.format import grouped

ROWS_MAX = 40


def laboratory(at: Situation) -> Iterator[Need]:
    """Failures whose laboratory has not been looked at, for whoever did not do the test."""
    for one in investigations.open_investigations(at.tx)[:ROWS_MAX]:
        if one.phase is InvestigationPhase.LABORATORY and not _did_it(at, one):
            yield _need(at, one, T("Go through the laboratory's checklist of {number}.", number=one.number))


def full(at: Situation) -> Iterator[Need]:
    """Failures without a cause in the laboratory."""
    for one in investigations.open_investigations(at.tx)[:ROWS_MAX]:
        if one.phase is InvestigationPhase.FULL and not _did_it(at, one):
            yield _need(at, one, T("Investigate {number} fully.", number=one.number))


def conclusions(at: Situation) -> Iterator[Need]:
    """Investigations that somebody of QA concludes who neither tested nor investigated."""
    for one in investigations.open_investigations(at.tx)[:ROWS_MAX]:
        free = at.actor.person not in one.investigators and not _did_it(at, one)
        if one.phase is InvestigationPhase.REPORTED and free:
            yield _need(at, one, T("Conclude {number}.", number=one.number))


def to_ask(at: Situation) -> Iterator[Need]:
    """Bags of a physician's own recipients that failed a test for certain, while nobody has asked for their use."""
    found = investigations.confirmed(at.tx)[:ROWS_MAX]
    for bag in at.bags:
        recipient = bag.recipient
        if recipient is None or at.tx.house.physician_of(at.tx, recipient) != at.actor.person:
            continue
        for one in found:
            if one.lot != bag.lot or _is_gone(at, one.lot) or _was_asked(at, one, recipient):
                continue
            status, words = since(at.tx, one.concluded_at or one.opened_at)
            yield Need(
                status,
                one.concluded_at,
                words,
                T("Bag {bag} for {recipient} failed a test.", bag=grouped(bag.bag), recipient=grouped(recipient)),
                f"/quality/investigations/{one.id}",
                T("Open investigation"),
                T("It is not given unless you ask for its exceptional use."),
                stage="bags",
            )


def evaluations(at: Situation) -> Iterator[Need]:
    """Requests whose risk the manufacturer has not evaluated."""
    for use in investigations.uses_under_way(at.tx)[:ROWS_MAX]:
        if use.phase is ExceptionalPhase.REQUESTED:
            yield _act(at, use, T("Evaluate the risk of an exceptional use."))


def to_take_on(at: Situation) -> Iterator[Need]:
    """Evaluated risks that wait for the treating physician."""
    for use in investigations.uses_under_way(at.tx)[:ROWS_MAX]:
        treats = at.tx.house.physician_of(at.tx, use.recipient) == at.actor.person
        if use.phase is ExceptionalPhase.EVALUATED and treats:
            yield _act(at, use, T("Read the evaluated risk of an exceptional use, and take it on or not."))


def to_tell(at: Situation) -> Iterator[Need]:
    """Exceptional uses of which the sponsor was not told."""
    for use in investigations.uses_under_way(at.tx)[:ROWS_MAX]:
        if use.told_by is None:
            yield _act(at, use, T("Tell the sponsor of an exceptional use at once, and sign it."))


def acceptances(at: Situation) -> Iterator[Need]:
    """Exceptional uses that want nothing but QA's acceptance."""
    for use in investigations.uses_under_way(at.tx)[:ROWS_MAX]:
        ready = use.phase is ExceptionalPhase.TAKEN_ON and use.told_by is not None
        if ready and use.evaluated_by != at.actor.person:
            yield _act(at, use, T("Accept an exceptional use, or withdraw it."))


def _did_it(at: Situation, one: InvestigationFacts) -> bool:
    return at.actor.person in (one.analyst, quality.result_facts(at.tx, one.result).started_by)


def _is_gone(at: Situation, lot: str) -> bool:
    disposition = quality.disposition_of(at.tx, lot)
    return disposition is not None and disposition.phase in (DispositionPhase.REJECTED, DispositionPhase.RECALLED)


def _was_asked(at: Situation, one: InvestigationFacts, recipient: str) -> bool:
    return any(use.recipient == recipient for use in investigations.uses_of(at.tx, one.id))


def _need(at: Situation, one: InvestigationFacts, sentence: T) -> Need:
    status, words = since(at.tx, one.opened_at)
    return Need(
        status,
        one.opened_at,
        words,
        sentence,
        f"/quality/investigations/{one.id}",
        T("Open investigation"),
        T("The release of lot {lot} waits for it.", lot=grouped(one.lot)),
        own=quality.result_facts(at.tx, one.result).limit.name,
        stage="bags",
    )


def _act(at: Situation, use: UseFacts, sentence: T) -> Need:
    status, words = since(at.tx, use.requested_at, "now")
    return Need(
        status,
        use.requested_at,
        words,
        sentence,
        f"/quality/exceptional/{use.id}",
        T("Read and sign"),
        T("Lot {lot} is out of its specification.", lot=grouped(use.lot)),
        stage="bags",
    )
