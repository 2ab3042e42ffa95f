"""What a donor says about their health, and what a physician makes of it."""

from typing import Annotated

from pydantic import BaseModel, Field

from cellchain.donors import definitions, queries
from cellchain.donors.commands.common import DonorField, id_of
from cellchain.donors.models import Answer, Answers, Donor
from cellchain.donors.rules import questionnaire as rules
from cellchain.donors.rules.lifecycles import QUESTIONNAIRE, Judgement, QuestionnairePhase, YesNo
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx

QUESTIONS_MAX = 100


class AnswersResult(CommandResult):
    """The answers that now stand. `risks_count` of them may mean a risk: a physician judges those first."""

    answers: int
    donor: str
    phase: QuestionnairePhase
    risks_count: int


class AnswerGiven(BaseModel, frozen=True, extra="forbid", str_strip_whitespace=True):
    """One question, by its code in the questionnaire, and what the donor said."""

    question: Annotated[Text, Field(min_length=1, max_length=40, title="Question")]
    answer: Annotated[YesNo, Field(title="Answer")]
    note: Annotated[Text | None, Field(max_length=500, title="What the donor said")] = None


class RecordQuestionnaire(Order):
    """Every question of the version in force, answered face to face. When it was asked is the event's time."""

    donor: DonorField
    version: Annotated[int, Field(ge=1, title="Version of the questions")]
    answers: Annotated[tuple[AnswerGiven, ...], Field(min_length=1, max_length=QUESTIONS_MAX, title="Answers")]


@command(event="donors:questionnaire:recorded", subject="donor")
def record_questionnaire(tx: CommandTx, by: Actor, order: RecordQuestionnaire) -> AnswersResult:
    """Record a donor's answers; they replace earlier ones. Raises Refused `questionnaire.answered_twice`, `.outdated`,
    `.unknown_question`, `.incomplete`, `.needs_note`."""
    donor = tx.lock(Donor, order.donor)
    given = {one.question: rules.Given(one.answer, has_note=bool(one.note)) for one in order.answers}
    if len(given) < len(order.answers):
        raise Refused("questionnaire.answered_twice", "A question is answered twice. Answer each question once.")
    asked = definitions.questions_in_force()
    risks_count = rules.may_record(asked, order.version, given)
    standing = queries.standing_answers(tx, donor.code)
    if standing is not None:
        row = tx.lock(Answers, standing.id)
        tx.change(row, phase=QUESTIONNAIRE.move("replace", row.phase))
    answers = tx.add(
        Answers(
            donor=donor.code,
            version=asked.version,
            questions_hash=definitions.fingerprint(asked.version),
            phase=QuestionnairePhase.ANSWERED,
            risks_count=risks_count,
            answered_at=tx.happened_at,
            asked_by=by.person,
        )
    )
    for one in order.answers:
        tx.add(Answer(answers=id_of(answers.id), question=one.question, answer=one.answer.value, note=one.note))
    tx.note(version=asked.version, risks_count=risks_count)
    return _result(answers)


class AssessQuestionnaire(Order):
    """A physician's judgement of every answer that may mean a risk."""

    donor: DonorField
    judgement: Annotated[Judgement, Field(title="Judgement")]
    note: Annotated[
        Text, Field(min_length=3, max_length=1000, title="Why", description="What each of these answers means.")
    ]


@command(
    event="donors:questionnaire:assessed",
    subject="donor",
    signature="I have judged every answer of this donor that may mean a risk",
)
def assess_questionnaire(tx: CommandTx, by: Actor, order: AssessQuestionnaire) -> AnswersResult:
    """Judge the answers that stand. Raises Refused `donor.not_asked`, `questionnaire.nothing_to_assess`, `.own`,
    `.phase`."""
    donor = tx.lock(Donor, order.donor)
    standing = queries.standing_answers(tx, donor.code)
    facts = queries.answers_facts(standing)
    if standing is None or facts is None:
        raise rules.not_asked()
    rules.may_assess(facts, by.person)
    row = tx.lock(Answers, standing.id)
    verb = "accept" if order.judgement is Judgement.ACCEPTABLE else "decline"
    row = tx.change(
        row,
        phase=QUESTIONNAIRE.move(verb, row.phase),
        assessed_at=tx.now,
        assessed_by=by.person,
        assessment=order.note,
    )
    tx.note(answers=id_of(row.id), judgement=str(order.judgement))
    return _result(row)


def _result(row: Answers) -> AnswersResult:
    return AnswersResult(answers=id_of(row.id), donor=row.donor, phase=row.phase, risks_count=row.risks_count)
