"""What a donor said about their health, beside the questions as they were asked."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.accounts.queries import display_name
from cellchain.donors import definitions, queries
from cellchain.donors.models import Answer, Answers
from cellchain.donors.rules.lifecycles import QuestionnairePhase, YesNo
from cellchain.donors.rules.questionnaire import Question
from cellchain.donors.rules.words import Words
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx

ANSWERS_MAX = 500
_GIVEN = select(Answer).where(Answer.answers == bindparam("answers")).order_by(col(Answer.id))
_UNASSESSED = (
    select(Answers.donor, Answers.answered_at, Answers.asked_by)
    .where(col(Answers.phase) == QuestionnairePhase.ANSWERED, col(Answers.risks_count) > 0)
    .order_by(col(Answers.answered_at))
)
_COUNT = select(Answers.id).where(Answers.donor == bindparam("donor"))


@dataclass(frozen=True)
class AnswerLine:
    """One question by its number, and what the donor said to it."""

    number: int
    question: Question
    answer: YesNo
    note: str | None

    @property
    def is_risk(self) -> bool:
        """Whether a physician has to judge it."""
        return self.answer is self.question.risk


@dataclass(frozen=True)
class Interview:
    """The answers that stand for a donor, in the sections of the questions they were given to.

    `is_used`: an earlier donation was given on them. `counts_until` is when they are too old.
    """

    version: int
    phase: QuestionnairePhase
    risks_count: int
    answered_at: datetime
    counts_until: datetime
    asked_by: str
    assessed_at: datetime | None
    assessed_by: str | None
    assessment: str | None
    sections: tuple[tuple[Words, tuple[AnswerLine, ...]], ...]
    is_used: bool
    is_old: bool
    times_asked: int

    @property
    def risks(self) -> tuple[AnswerLine, ...]:
        """The answers that a physician has to judge."""
        return tuple(line for _, lines in self.sections for line in lines if line.is_risk)

    @property
    def is_unassessed(self) -> bool:
        """Whether a physician still has to judge them."""
        return self.risks_count > 0 and self.phase is QuestionnairePhase.ANSWERED


def interview_of(tx: ReadTx, donor: str, harvested_at: datetime | None) -> Interview | None:
    """What stands for a donor, or None where nobody asked yet."""
    row = queries.standing_answers(tx, donor)
    if row is None or row.id is None:
        return None
    asked = definitions.questions(row.version)
    given = {one.question: one for one in tx.every(_GIVEN, answers=row.id)}
    numbers = {question.code: number for number, question in enumerate(asked.questions, 1)}
    sections = tuple(
        (section.title, tuple(_line(numbers[one.code], one, given) for one in section.questions))
        for section in asked.sections
    )
    return Interview(
        version=row.version,
        phase=row.phase,
        risks_count=row.risks_count,
        answered_at=row.answered_at,
        counts_until=row.answered_at + asked.window,
        asked_by=display_name(tx, row.asked_by),
        assessed_at=row.assessed_at,
        assessed_by=None if row.assessed_by is None else display_name(tx, row.assessed_by),
        assessment=row.assessment,
        sections=sections,
        is_used=harvested_at is not None and row.answered_at <= harvested_at,
        is_old=tx.now - row.answered_at > asked.window or row.version != definitions.questions_in_force().version,
        times_asked=len(tx.many(_COUNT, limit=ANSWERS_MAX, donor=donor)),
    )


def unassessed(tx: ReadTx) -> list[tuple[str, datetime, str]]:
    """Whose answers wait for a physician: donor, when they were given, and who asked."""
    return [(donor, at, by) for donor, at, by in tx.many(_UNASSESSED, limit=ANSWERS_MAX)]


def _line(number: int, question: Question, given: Mapping[str, Answer]) -> AnswerLine:
    said = given[question.code]
    return AnswerLine(number, question, YesNo(said.answer), said.note)
