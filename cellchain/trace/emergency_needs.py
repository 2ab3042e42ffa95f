"""Roles that somebody took in an emergency: loud while they run, and QA's to review afterwards."""

from collections.abc import Iterator

from cellchain.accounts.emergency import queries
from cellchain.kernel.text import T
from cellchain.trace.situation import Need, Situation, until
from cellchain.web.extraction import words


def running(at: Situation) -> Iterator[Need]:
    """Who works in such a role now: told to QA, to administrators, and to the person."""
    watches = at.actor.may("accounts.read")
    for one in queries.running(at.tx):
        if not watches and one.person != at.actor.person:
            continue
        _, how_long = until(at.tx, one.over_at)
        sentence = T("{name} took a role in an emergency: {role}.", name=one.name, role=T(words(one.role)))
        yield Need(
            "stop",
            one.over_at,
            how_long,
            sentence,
            f"/emergency/{one.number}",
            T("Look"),
            T("It ends by itself at that time. All that is done is marked."),
        )


def to_review(at: Situation) -> Iterator[Need]:
    """What is over, and not signed by QA yet."""
    for one in queries.unreviewed(at.tx):
        if one.person == at.actor.person:
            continue
        status, how_long = until(at.tx, one.review_by)
        yield Need(
            status,
            one.review_by,
            how_long,
            T("Review the emergency access of {name}.", name=one.name),
            f"/emergency/{one.number}",
            T("Look and sign"),
            T("Emergency access {number}.", number=str(one.number)),
        )
