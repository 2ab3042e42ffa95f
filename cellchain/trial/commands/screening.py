"""The screening log: who was looked at for the study and did not come in, and why."""

from datetime import date
from typing import Annotated

from pydantic import Field

from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Day, Order, Text, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries, rules
from cellchain.trial.commands.recipients import OfRecipient, RecipientResult
from cellchain.trial.commands.studies import StudyCode
from cellchain.trial.lifecycles import OFFICE, RECIPIENT, ScreeningReason, Sex
from cellchain.trial.models import FREE_TEXT_LENGTH, Recipient, Screening, Study
from cellchain.trial.setup import queries as setup
from cellchain.trial.setup import rules as setup_rules


class Why(Order):
    """Why somebody does not come in."""

    cause: Annotated[ScreeningReason, Field(title="Why not")]
    criterion: Annotated[
        str | None,
        Field(
            pattern=r"^[a-z][a-z0-9_]{0,39}$",
            title="Criterion that decided it",
            description="Its code on the study's page, for who is not eligible.",
        ),
    ] = None
    note: Annotated[Text | None, Field(min_length=1, max_length=FREE_TEXT_LENGTH, title="Remark")] = None


class RecordScreening(Why):
    """Somebody who is not enrolled: a day, a sex and an age, and nothing that says who it is."""

    study: StudyCode
    site: Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,20}$", title="Site")]
    screened_on: Annotated[Day, Field(title="Screened on")]
    sex: Annotated[Sex, Field(title="Sex")]
    age_years: Annotated[int, Field(ge=0, le=120, title="Age, years")]


class ScreeningResult(CommandResult):
    """A line of the log."""

    screening: int
    study: str


@command(event="trial:screening:recorded", subject="study")
def record_screening(tx: CommandTx, by: Actor, order: RecordScreening) -> ScreeningResult:
    """Write down somebody who was looked at and is not enrolled, with the reason."""
    study = tx.lock(Study, order.study)
    rules.study_is_open(study.phase)
    known = queries.study_definition(tx, study.code)
    rules.is_site(known, order.site)
    setup.named_for(tx, known, order.site, by.person, *OFFICE)
    not_eligible = order.cause is ScreeningReason.NOT_ELIGIBLE
    setup_rules.screening_fits(known, not_eligible, order.criterion, order.screened_on, tx.today)
    row = _line(tx, by, order, study.code, order.site, order.screened_on, order.sex, order.age_years)
    return ScreeningResult(screening=row.id or 0, study=study.code)


class ScreenOut(OfRecipient, Why):
    """Which recipient does not come in, and why."""


@command(event="trial:recipient:screened_out", subject="recipient")
def screen_out(tx: CommandTx, by: Actor, order: ScreenOut) -> RecipientResult:
    """End the way into the study for somebody enrolled who is not going to be randomised. It has no way back."""
    recipient = tx.lock(Recipient, order.recipient)
    phase = RECIPIENT.move("screen_out", recipient.phase)
    known = queries.study_of(tx, recipient.code)
    setup.named_for(tx, known, recipient.site, by.person, *OFFICE)
    on = tx.day_of(tx.happened_at)
    not_eligible = order.cause is ScreeningReason.NOT_ELIGIBLE
    setup_rules.screening_fits(known, not_eligible, order.criterion, on, tx.today)
    age = rules.age_years(queries.born_on(tx, recipient.code), on)
    _line(tx, by, order, recipient.study, recipient.site, on, recipient.sex, age, recipient.code)
    recipient = tx.change(recipient, phase=phase)
    return RecipientResult(recipient=recipient.code, phase=recipient.phase)


def _line(
    tx: CommandTx,
    by: Actor,
    why: Why,
    study: str,
    site: str,
    screened_on: date,
    sex: Sex,
    age_years: int,
    recipient: str | None = None,
) -> Screening:
    tx.note(cause=str(why.cause), criterion=why.criterion)
    return tx.add(
        Screening(
            study=study,
            site=site,
            screened_on=screened_on,
            sex=sex,
            age_years=age_years,
            reason=why.cause,
            criterion=why.criterion,
            note=why.note,
            recipient=recipient,
            recorded_by=by.person,
            recorded_at=tx.now,
        )
    )
