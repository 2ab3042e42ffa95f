"""Questions about data: raised, and answered once."""

from cellchain.followup import commands
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
