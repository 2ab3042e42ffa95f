"""What ends for people, and what the review of access asks for: told on Today to whoever can do something about it."""

from collections.abc import Iterator

from cellchain.accounts import changed
from cellchain.accounts.agreement.queries import accepted_by
from cellchain.accounts.agreement.rules import is_current
from cellchain.accounts.expiry import queries as expiry
from cellchain.accounts.expiry.rules import ends_for_good, is_over
from cellchain.accounts.queries import display_name
from cellchain.accounts.review import queries as reviews
from cellchain.accounts.review.rules import SOON, LineAnswer
from cellchain.accounts.rules import Role
from cellchain.kernel.text import T
from cellchain.trace.situation import Need, Situation, until
from cellchain.web.events import event_title

ROWS_MAX = 40
OPEN_PERSON = T("Open person")


def agreement(at: Situation) -> Iterator[Need]:
    """One's own agreement on signatures, until the version that counts is accepted: told to whom the runner asks."""
    accepted = accepted_by(at.tx, at.actor.person)
    if at.actor.session is None or is_current(accepted):
        return
    yield Need(
        "warn",
        None,
        T("waits"),
        T("Read and accept the agreement on electronic signatures."),
        "/account/agreement",
        T("Read the agreement"),
        T("Until then nothing that you sign counts, but for what cannot wait.")
        if accepted is None
        else T("It has changed since you accepted version {version}.", version=str(accepted)),
    )


def last_of_a_kind(at: Situation) -> Iterator[Need]:
    """A role that nobody holds beyond a day, and that nobody could give again after it."""
    for role, sentence in (
        (Role.ADMINISTRATOR, T("Give somebody the role of administrator for longer.")),
        (Role.QA, T("Give somebody the role of QA for longer.")),
    ):
        day = ends_for_good(expiry.held(at.tx, role))
        if day is not None:
            status, words = until(at.tx, day)
            status = "warn" if status == "pend" else status
            detail = T("After {day} nobody here holds it, and nobody could give it again.", day=day)
            yield Need(
                "warn" if status == "pend" else status, day, words, sentence, "/people", T("Open people"), detail
            )


def accounts(at: Situation) -> Iterator[Need]:
    """Accounts that end soon, and those that ended and were not closed."""
    for one in expiry.ending_accounts(at.tx)[:ROWS_MAX]:
        over = is_over(one.last_day, at.tx.today)
        sentence = T("Close or extend the account of {name}.", name=one.initials)
        detail = T("It has ended: nobody signs in with it.") if over else T("It ends after {day}.", day=one.last_day)
        status, words = until(at.tx, one.last_day)
        status = "warn" if over else status
        yield Need(status, one.last_day, words, sentence, f"/people/{one.person}", OPEN_PERSON, detail)


def roles(at: Situation) -> Iterator[Need]:
    """Roles that end soon."""
    for one in expiry.ending_roles(at.tx)[:ROWS_MAX]:
        status, words = until(at.tx, one.last_day)
        yield Need(
            status,
            one.last_day,
            words,
            T("Look whether {name} keeps a role.", name=one.initials),
            f"/people/{one.person}",
            OPEN_PERSON,
            T("{role}: it ends after {day}.", role=one.role, day=one.last_day),
        )


def new_ways(at: Situation) -> Iterator[Need]:
    """Who signs in with something new: whoever holds it may not be who it was made for. Nobody looks at their own."""
    for one in changed.new_ways(at.tx)[:ROWS_MAX]:
        if one.person == at.actor.person:
            continue
        sentence = T("Look whether {name} knows what they sign in with now.", name=display_name(at.tx, one.person))
        detail = T("{what}, {day}.", what=event_title(one.event), day=at.tx.day_of(one.at))
        status = "warn" if one.by_others else "pend"
        yield Need(status, None, T("new"), sentence, f"/people/{one.person}#changes", OPEN_PERSON, detail)


def trainings(at: Situation) -> Iterator[Need]:
    """What people were trained in that ends soon, or has ended."""
    for one in expiry.ending_trainings(at.tx)[:ROWS_MAX]:
        status, words = until(at.tx, one.last_day)
        yield Need(
            "warn" if status == "stop" else status,
            one.last_day,
            words,
            T("Have {name} trained again.", name=one.initials),
            f"/people/{one.person}",
            OPEN_PERSON,
            T("{topic}: it counts until {day}.", topic=one.topic, day=one.last_day),
        )


def review_due(at: Situation) -> Iterator[Need]:
    """The next review of access, two weeks before its day and from then on."""
    day = reviews.next_due(at.tx)
    if day is not None and day <= at.tx.today + SOON:
        status, words = until(at.tx, day)
        yield Need(
            status,
            day,
            words,
            T("Review who has access."),
            "/people/reviews",
            T("Open reviews"),
            T("Every account is looked at, line by line."),
        )


def review_lines(at: Situation) -> Iterator[Need]:
    """Lines of the open review that this person may answer."""
    review = reviews.open_review(at.tx)
    if review is None:
        return
    waiting = reviews.unanswered(at.tx, review.id or 0)
    mine = [person for person in waiting if person != at.actor.person]
    href, action = f"/people/reviews/{review.id}", T("Open review")
    if mine:
        sentence = T("Answer the review of access: {count}.", count=len(mine))
        yield Need("pend", None, T("waits"), sentence, href, action, T("Lines without an answer."))
    elif not waiting and at.actor.may("accounts.close_access_review"):
        sentence, detail = T("Sign the review of access."), T("Every line is answered.")
        yield Need("pend", None, T("waits"), sentence, href, action, detail)


def review_decisions(at: Situation) -> Iterator[Need]:
    """What closed reviews decided and nobody has recorded as done."""
    for one in reviews.unsettled(at.tx)[:ROWS_MAX]:
        sentence = (
            T("End the access of {name}.", name=one.initials)
            if one.answer is LineAnswer.END
            else T("Change the access of {name}.", name=one.initials)
        )
        href = f"/people/reviews/{one.review}#{one.person}"
        detail = T("Review {number} decided it.", number=one.review)
        yield Need("warn", None, T("waits"), sentence, href, T("Open review"), detail)
