"""When questions count as answered, and which answers a physician judges."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cellchain.donors import definitions
from cellchain.donors.rules import questionnaire as rules
from cellchain.donors.rules.lifecycles import QuestionnairePhase, YesNo
from cellchain.donors.rules.questionnaire import AnswersFacts, Given, Questionnaire
from cellchain.kernel.errors import Refused
from tests.donors.examples import QUESTIONS

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
YES, NO = Given(YesNo.YES), Given(YesNo.NO)
WELL = {"well": YES, "fever": NO, "travel": NO}
BY, OTHER = "PS012600000165", "PS012600000262"


@pytest.mark.parametrize(
    ("version", "given", "code", "said"),
    [
        (2, WELL, "questionnaire.outdated", "Version 3"),
        (3, {**WELL, "age": NO}, "questionnaire.unknown_question", "age"),
        (3, {"well": YES}, "questionnaire.incomplete", "question 2, 3."),
        (3, {**WELL, "travel": YES}, "questionnaire.needs_note", "question 3."),
        (3, {**WELL, "well": NO, "fever": YES}, "questionnaire.needs_note", "question 1, 2."),
    ],
)
def test_not_recorded(version: int, given: dict[str, Given], code: str, said: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.may_record(QUESTIONS, version, given)
    assert refusal.value.code == code
    assert said in str(refusal.value.text)


@given(st.fixed_dictionaries({code: st.sampled_from(YesNo) for code in WELL}))
def test_every_risky_answer_is_counted_and_no_other(answers: dict[str, YesNo]) -> None:
    given_ = {code: Given(answer, has_note=True) for code, answer in answers.items()}
    risky = [one.code for one in QUESTIONS.questions if answers[one.code] is one.risk]
    assert rules.may_record(QUESTIONS, 3, given_) == len(risky)


@given(st.integers(0, 90), st.integers(0, 1_439))
def test_answers_count_to_the_end_of_their_window(days: int, minutes: int) -> None:
    age = timedelta(days=days, minutes=minutes)
    answers = AnswersFacts(3, NOW - age, OTHER, 0, QuestionnairePhase.ANSWERED)
    found = [problem.code for problem in rules.problems(answers, QUESTIONS, None, NOW)]
    assert found == (["donor.answers_too_old"] if age > QUESTIONS.window else [])


def test_who_asked_does_not_judge_and_nothing_is_judged_without_a_risk() -> None:
    answers = AnswersFacts(3, NOW, BY, 1, QuestionnairePhase.ANSWERED)
    rules.may_assess(answers, OTHER)
    with pytest.raises(Refused) as refusal:
        rules.may_assess(answers, BY)
    assert refusal.value.code == "questionnaire.own"
    with pytest.raises(Refused) as refusal:
        rules.may_assess(AnswersFacts(3, NOW, BY, 0, QuestionnairePhase.ANSWERED), OTHER)
    assert refusal.value.code == "questionnaire.nothing_to_assess"


def test_a_question_stands_once() -> None:
    section = QUESTIONS.sections[0].model_dump()
    with pytest.raises(ValidationError, match="stands twice"):
        Questionnaire.model_validate({"version": 1, "valid_days": 1, "sections": [section, section]})


def test_every_version_that_ships_can_be_asked() -> None:
    asked = definitions.questions_in_force()
    assert definitions.questions(asked.version) == asked
    assert len(definitions.fingerprint(asked.version)) == 64
    for one in asked.questions:
        assert one.text.say("en").endswith("?")
        assert one.text.say("ru").endswith("?")
        assert one.text.say("de") == one.text.en
