"""Tables of investigations, and of the exceptional uses that follow a confirmed one."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint

from cellchain.platform.columns import (
    Record,
    choice,
    chosen,
    document,
    flag,
    key,
    moment,
    number,
    personal,
    reference,
    text,
)
from cellchain.platform.columns import code as identifier
from cellchain.quality.rules.exceptional import ExceptionalPhase
from cellchain.quality.rules.investigations import Conclusion, InvestigationPhase, RootCause
from cellchain.quality.rules.lifecycles import Stage

ACCOUNT_LENGTH = 2000
TEST_LENGTH = 40


class Investigation(Record, table=True):
    """A verified failure, from the laboratory's look at itself to QA's signed conclusion.

    `retests_max` is what the method permitted when the test was read. `scope` is what was found beside this lot when
    the full investigation was written down: [{lot, shares}].
    """

    __tablename__ = "quality_investigation"
    __table_args__ = (
        chosen("stage", Stage),
        chosen("phase", InvestigationPhase),
        chosen("root_cause", RootCause),
        chosen("conclusion", Conclusion),
        UniqueConstraint("result"),
        CheckConstraint("laboratory_by <> analyst AND full_by <> analyst", name="investigated_by_another"),
        CheckConstraint(
            "concluded_by <> analyst AND concluded_by <> laboratory_by AND concluded_by <> full_by",
            name="concluded_by_another",
        ),
        CheckConstraint("(phase = 'concluded') = (conclusion IS NOT NULL)", name="concluded_has_conclusion"),
        CheckConstraint("(phase = 'concluded') = (concluded_by IS NOT NULL)", name="concluded_by_somebody"),
        CheckConstraint("phase = 'laboratory' OR laboratory_by IS NOT NULL", name="laboratory_first"),
    )

    id: int | None = key()
    result: int = number(references="quality_result.id")
    lot: str = reference("manufacturing_lot.code")
    sample: str = reference("quality_sample.code")
    test: str = text(TEST_LENGTH)
    stage: Stage = choice(Stage)
    deviation: int | None = number(references="quality_deviation.id", optional=True)
    analyst: str = identifier()
    retests_max: int = number()
    phase: InvestigationPhase = choice(InvestigationPhase, index=True)
    opened_at: datetime = moment()
    checks: dict[str, Any] | None = document(optional=True)
    hypothesis: str | None = personal(ACCOUNT_LENGTH, optional=True)
    cause: bool | None = flag(optional=True)
    evidence: str | None = personal(ACCOUNT_LENGTH, optional=True)
    laboratory_by: str | None = identifier(optional=True)
    laboratory_at: datetime | None = moment(optional=True)
    extension: str | None = personal(ACCOUNT_LENGTH, optional=True)
    extended_by: str | None = identifier(optional=True)
    extended_at: datetime | None = moment(optional=True)
    retests_planned: int | None = number(optional=True)
    plan: str | None = personal(ACCOUNT_LENGTH, optional=True)
    planned_by: str | None = identifier(optional=True)
    planned_at: datetime | None = moment(optional=True)
    manufacturing_review: str | None = personal(ACCOUNT_LENGTH, optional=True)
    scope: list[dict[str, Any]] | None = document(optional=True)
    scope_account: str | None = personal(ACCOUNT_LENGTH, optional=True)
    root_cause: RootCause | None = choice(RootCause, optional=True)
    root_account: str | None = personal(ACCOUNT_LENGTH, optional=True)
    full_by: str | None = identifier(optional=True)
    full_at: datetime | None = moment(optional=True)
    conclusion: Conclusion | None = choice(Conclusion, optional=True)
    reasoning: str | None = personal(ACCOUNT_LENGTH, optional=True)
    concluded_by: str | None = identifier(optional=True)
    concluded_at: datetime | None = moment(optional=True)


class ExceptionalUse(Record, table=True):
    """A lot that is out of its specification, asked for and accepted for one recipient, act by act.

    `results` are the failures that were evaluated. The recipient is a sealed cell: beside a lot it would tell the arm
    to whoever reads the ledger.
    """

    __tablename__ = "quality_exceptional_use"
    __table_args__ = (
        chosen("phase", ExceptionalPhase),
        CheckConstraint("accepted_by <> evaluated_by AND accepted_by <> physician", name="accepted_by_another"),
        CheckConstraint("phase <> 'accepted' OR accepted_by IS NOT NULL", name="accepted_by_somebody"),
        CheckConstraint(
            "accepted_by IS NULL OR (evaluated_by IS NOT NULL AND taken_on_by IS NOT NULL AND told_by IS NOT NULL)",
            name="every_act",
        ),
        CheckConstraint("told_at >= requested_at", name="told_after_request"),
    )

    id: int | None = key()
    investigation: int = number(references="quality_investigation.id")
    lot: str = reference("manufacturing_lot.code")
    results: list[int] = document()
    recipient: str = personal(14)
    phase: ExceptionalPhase = choice(ExceptionalPhase, index=True)
    physician: str = identifier()
    requested_at: datetime = moment()
    request: str = personal(ACCOUNT_LENGTH)
    evaluation: str | None = personal(ACCOUNT_LENGTH, optional=True)
    evaluated_by: str | None = identifier(optional=True)
    evaluated_at: datetime | None = moment(optional=True)
    taken_on_by: str | None = identifier(optional=True)
    taken_on_at: datetime | None = moment(optional=True)
    told: str | None = personal(160, optional=True)
    told_at: datetime | None = moment(optional=True)
    told_by: str | None = identifier(optional=True)
    told_signed_at: datetime | None = moment(optional=True)
    accepted_by: str | None = identifier(optional=True)
    accepted_at: datetime | None = moment(optional=True)
    withdrawn_by: str | None = identifier(optional=True)
    withdrawn_at: datetime | None = moment(optional=True)
    withdrawal: str | None = personal(ACCOUNT_LENGTH, optional=True)
