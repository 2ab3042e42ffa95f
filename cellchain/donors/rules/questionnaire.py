"""The questions about a donor's health: what counts as answered, and which answers a physician has to judge. Pure.

The questions are data: a file a version, in both languages. A donor's answers keep the version they were given to.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Self

from pydantic import Field, model_validator

from cellchain.donors.rules.lifecycles import QuestionnairePhase, YesNo
from cellchain.donors.rules.words import Days, Part, Slug, Words
from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass


class Question(Part):
    """One question, and the answer to it that may mean a risk."""

    code: Slug
    text: Words
    risk: YesNo = Field(default=YesNo.YES)


class Section(Part):
    """Questions that belong together."""

    title: Words
    questions: tuple[Question, ...] = Field(min_length=1)


class Questionnaire(Part):
    """One version of the questions. Answers count for `valid_days`, and for one donation."""

    version: int = Field(ge=1)
    valid_days: Days = Field(ge=1)
    sections: tuple[Section, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _asked_once(self) -> Self:
        codes = [question.code for question in self.questions]
        if len(set(codes)) < len(codes):
            raise ValueError("a question stands twice")
        return self

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions in their order; people call them by their number."""
        return tuple(question for section in self.sections for question in section.questions)

    @property
    def window(self) -> timedelta:
        """For how long answers count."""
        return timedelta(days=self.valid_days)


@dataclass(frozen=True)
class Given:
    """What a donor said to one question. `has_note`: it was written down in words."""

    answer: YesNo
    has_note: bool = False


@dataclass(frozen=True)
class AnswersFacts:
    """The answers that stand for a donor. `risks_count` of them may mean a risk."""

    version: int
    answered_at: datetime
    asked_by: str
    risks_count: int
    phase: QuestionnairePhase

    @property
    def is_unassessed(self) -> bool:
        """Whether a physician still has to judge them."""
        return self.risks_count > 0 and self.phase is QuestionnairePhase.ANSWERED


def may_record(asked: Questionnaire, version: int, given: Mapping[str, Given]) -> int:
    """How many answers may mean a risk.

    Raises Refused `questionnaire.outdated`, `.unknown_question`, `.incomplete` or `.needs_note`.
    """
    if version != asked.version:
        raise Refused(
            "questionnaire.outdated",
            "Version {version} of the questions is in force. Open the questions again and ask those.",
            version=asked.version,
        )
    numbers = {question.code: number for number, question in enumerate(asked.questions, 1)}
    unknown = sorted(code for code in given if code not in numbers)
    if unknown:
        raise Refused(
            "questionnaire.unknown_question",
            "“{question}” is none of these questions. Open the questions again and ask those.",
            question=unknown[0],
        )
    missing = [numbers[question.code] for question in asked.questions if question.code not in given]
    if missing:
        raise Refused(
            "questionnaire.incomplete",
            "Not answered: question {numbers}. Each is answered with yes or no.",
            numbers=_numbers(missing),
        )
    risks = [question for question in asked.questions if given[question.code].answer is question.risk]
    silent = [numbers[question.code] for question in risks if not given[question.code].has_note]
    if silent:
        raise Refused(
            "questionnaire.needs_note",
            "A physician has to look at question {numbers}. Write down what the donor said to it.",
            numbers=_numbers(silent),
        )
    return len(risks)


def may_assess(answers: AnswersFacts, by: str) -> None:
    """Raises Refused `questionnaire.nothing_to_assess` or `.own`."""
    if answers.risks_count == 0:
        raise Refused(
            "questionnaire.nothing_to_assess", "No answer means a risk. Nothing is to be judged: determine eligibility."
        )
    if answers.asked_by == by:
        raise Refused("questionnaire.own", "You asked these questions yourself. Another physician judges the answers.")


def problems(
    answers: AnswersFacts | None, asked: Questionnaire, harvested_at: datetime | None, now: datetime
) -> Iterator[Refused]:
    """What is wrong with a donor's answers: `donor.not_asked`, `.answers_too_old`, or a refusal of `judged`."""
    if answers is None or (harvested_at is not None and answers.answered_at <= harvested_at):
        yield not_asked()
        return
    if answers.version != asked.version or now - answers.answered_at > asked.window:
        yield Refused(
            "donor.answers_too_old",
            "The answers are older than {days} days, or were given to older questions. Ask the donor again.",
            days=asked.valid_days,
        )
    yield from judged(answers)


def not_asked() -> Refused:
    """Nothing that a donor said about their health stands for the donation to come."""
    return Refused(
        "donor.not_asked", "The donor was not asked about their health for this donation. Ask the questions first."
    )


def judged(answers: AnswersFacts | None) -> Iterator[Refused]:
    """What speaks against a donor at any time: `donor.answers_unassessed`, `.answers_declined`."""
    if answers is not None and answers.is_unassessed:
        yield Refused(
            "donor.answers_unassessed",
            "An answer of this donor may mean a risk. A physician has to judge it first.",
        )
    if answers is not None and answers.phase is QuestionnairePhase.DECLINED:
        yield Refused(
            "donor.answers_declined",
            "A physician found an answer of this donor unacceptable. Defer the donor, or find them ineligible.",
        )


def _numbers(numbers: list[int]) -> str:
    return ", ".join(str(number) for number in numbers)
