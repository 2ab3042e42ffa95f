"""What the larger pages of donors show: the health questions as a form, and a donation with all that followed it."""

from collections.abc import Mapping
from typing import Any

from cellchain.donors import aftercare, definitions, describe, queries
from cellchain.donors.aftercare import VisitLine
from cellchain.donors.interview import Interview, interview_of
from cellchain.donors.models import Complication
from cellchain.donors.rules.questionnaire import Question
from cellchain.donors.rules.words import Words
from cellchain.kernel.errors import CellchainError, Invalid
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels.licensed import queries as licensed
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Action
from cellchain.platform.db import ReadTx
from cellchain.web.forms import Entered, Items


@dataclass(frozen=True)
class Asked:
    """One question of the form: its place in it, what was entered, and what is wrong with that."""

    number: int
    question: Question
    answer: str = ""
    note: str = ""
    error: T | None = None

    @property
    def name(self) -> str:
        """What its inputs' names begin with."""
        return f"answers.{self.number - 1}"


@dataclass(frozen=True)
class QuestionForm:
    """All questions of the version in force. `refusal` is what a rule found wrong with the whole."""

    version: int
    valid_days: int
    count: int
    sections: tuple[tuple[Words, tuple[Asked, ...]], ...]
    refusal: CellchainError | None = None
    errors: tuple[T, ...] = ()

    @property
    def faults(self) -> tuple[Asked, ...]:
        """The questions with which something is wrong."""
        return tuple(one for _, asked in self.sections for one in asked if one.error is not None)


def question_form(items: Items = (), error: CellchainError | None = None) -> QuestionForm:
    """The form, blank or as it came back."""
    asked = definitions.questions_in_force()
    entered, errors = Entered(items), error.fields if isinstance(error, Invalid) else {}
    numbers = {question.code: number for number, question in enumerate(asked.questions, 1)}
    sections = tuple(
        (section.title, tuple(_asked(numbers[one.code], one, entered, errors) for one in section.questions))
        for section in asked.sections
    )
    elsewhere = tuple(text for name, text in errors.items() if not name.startswith("answers."))
    refusal = None if isinstance(error, Invalid) else error
    return QuestionForm(asked.version, asked.valid_days, len(numbers), sections, refusal, elsewhere)


def _asked(number: int, question: Question, entered: Entered, errors: Mapping[str, T]) -> Asked:
    name = f"answers.{number - 1}"
    wrong = next((text for field, text in errors.items() if field.startswith(f"{name}.")), None)
    return Asked(number, question, entered.one(f"{name}.answer"), entered.one(f"{name}.note"), wrong)


@dataclass(frozen=True)
class DonorView:
    """A donor's file, and what this person may do with it. `interview`: the answers that stand, if anybody asked."""

    file: queries.DonorFile
    interview: Interview | None
    visits: tuple[VisitLine, ...]
    headline: tuple[T, T | None]
    steps: tuple[tuple[T, ...], int]
    actions: tuple[Action, ...]
    next_action: Action | None


def donor_view(tx: ReadTx, code: str, actor: Actor) -> DonorView:
    """Everything on a donor's page. Raises NotFound."""
    file = queries.donor_file(tx, code)
    actions = describe.actions_for(file.standing, actor)
    return DonorView(
        file,
        interview_of(tx, code, file.facts.harvested_at),
        tuple(line for one in file.donations for line in aftercare.visit_lines(tx, one.code, one.ended_at)),
        describe.headline(file),
        describe.steps(file),
        actions,
        describe.next_action(file, actions),
    )


@dataclass(frozen=True)
class DonationView:
    """One harvest, what was planned after it, and what it did to the donor. `stands`: where the donor stands now."""

    facts: queries.DonationFacts
    stands: tuple[str, T]
    visits: tuple[VisitLine, ...]
    complications: tuple[Complication, ...]
    people: Mapping[str, str]
    isbt_on: bool
    isbt: Any


def donation_view(tx: ReadTx, code: str) -> DonationView:
    """Everything on a donation's page. Raises NotFound."""
    facts = queries.donation_facts(tx, code)
    visits = aftercare.visit_lines(tx, code, facts.ended_at)
    complications = aftercare.complications_of(tx, code)
    staff = {facts.operator, facts.recorded_by, *(one.reported_by for one in complications)}
    staff |= {line.made.recorded_by for line in visits if line.made is not None}
    return DonationView(
        facts,
        describe.stands(queries.donor_standing(tx, facts.donor)),
        tuple(visits),
        tuple(complications),
        queries.names_of(tx, staff),
        licensed.is_on(tx),
        licensed.number_of(tx, code),
    )
