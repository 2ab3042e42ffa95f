"""Questions about data: raised, and answered once."""

from cellchain.followup import commands, queries
from tests.followup.story import Course
from tests.trial.story import forbids, refuses


def test_a_question_is_answered_once(course: Course) -> None:
    recipient = course.followed()
    visit = course.visit(recipient).id
    asked = course.do(
        commands.raise_query, by=course.people.statistician, recipient=recipient, visit=visit, question="Is it 2.41?"
    )
    assert course.last_entry().event == "followup:query:raised"
    done = course.do(commands.answer_query, by=course.people.assessor, query=asked["query"], answer="Yes, 2.41 L.")
    assert done["phase"] == "answered"
    assert course.last_entry().event == "followup:query:answered"
    with refuses("query.phase"):
        course.do(commands.answer_query, by=course.people.assessor, query=asked["query"], answer="Yes, 2.41 L.")


def test_the_words_stay_out_of_the_ledger(course: Course) -> None:
    recipient = course.followed()
    course.do(commands.raise_query, by=course.people.statistician, recipient=recipient, question="Secret words here.")
    assert "Secret words" not in str(vars(course.last_entry()))


def test_another_recipient_s_visit(course: Course) -> None:
    visit = course.visit(course.followed()).id
    with refuses("query.not_their_visit"):
        course.do(
            commands.raise_query,
            by=course.people.statistician,
            recipient=course.randomised(),
            visit=visit,
            question="Is it 2.41?",
        )


def test_a_nurse_may_not(course: Course) -> None:
    recipient = course.followed()
    with forbids():
        course.do(commands.raise_query, by=course.people.nurse, recipient=recipient, question="Is it 2.41?")
    asked = course.do(commands.raise_query, by=course.people.statistician, recipient=recipient, question="Why so?")
    with forbids():
        course.do(commands.answer_query, by=course.people.nurse, query=asked["query"], answer="No idea.")


def asked(course: Course) -> tuple[str, int]:
    recipient = course.followed()
    return recipient, course.do(
        commands.raise_query, by=course.people.statistician, recipient=recipient, question="Is it 2.41?"
    )["query"]


def test_who_asks_closes_it_once(course: Course) -> None:
    recipient, query = asked(course)
    course.do(commands.answer_query, by=course.people.assessor, query=query, answer="Yes, 2.41 L.")
    with course.house.read() as tx:
        assert [row.phase for row in queries.worklist(tx, course.people.statistician).questions] == ["answered"]
    done = course.do(commands.close_query, by=course.people.statistician, query=query)
    assert done["phase"] == "closed"
    assert course.last_entry().event == "followup:query:closed"
    with refuses("query.phase"):
        course.do(commands.close_query, by=course.people.statistician, query=query)
    with refuses("query.phase"):
        course.do(commands.answer_query, by=course.people.assessor, query=query, answer="Once more.")
    with course.house.read() as tx:
        assert queries.worklist(tx, course.people.statistician).questions == ()
        (row,) = queries.recipient_followup(tx, recipient, course.people.statistician).queries
    assert (row.answer, row.closed_by) == ("Yes, 2.41 L.", course.people.statistician.person)


def test_a_question_that_was_a_mistake_is_closed_without_an_answer(course: Course) -> None:
    _, query = asked(course)
    assert course.do(commands.close_query, by=course.people.statistician, query=query)["phase"] == "closed"


def test_the_site_does_not_close_what_it_is_asked(course: Course) -> None:
    _, query = asked(course)
    for one in (course.people.assessor, course.people.coordinator, course.people.physician):
        with forbids():
            course.do(commands.close_query, by=one, query=query)
