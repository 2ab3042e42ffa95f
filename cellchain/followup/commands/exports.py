"""Taking data out. The file is made when it is fetched, from the ledger up to the entry that the export names."""

from typing import Annotated

from pydantic import Field

from cellchain.followup import queries
from cellchain.followup.models import DataExport
from cellchain.followup.outcomes import rules
from cellchain.followup.outcomes.reading import last_entry
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial
from cellchain.trial.commands.studies import StudyCode


class ExportData(Order):
    """The data of a study, as they are or as they were."""

    study: StudyCode
    as_of: Annotated[
        int | None,
        Field(ge=1, le=2**53, title="As of entry", description="Of the ledger. Empty: as the data are now."),
    ] = None


class ExportResult(CommandResult):
    """An export: its number, and the entry of the ledger up to which it tells the data."""

    export: int
    study: str
    as_of: int
    with_arms: bool


@command(event="followup:data:exported", subject="study")
def export_data(tx: CommandTx, by: Actor, order: ExportData) -> ExportResult:
    """Take the data of a study out. Arms are among them for who may compare arms now."""
    trial.study_definition(tx, order.study)
    last = last_entry(tx)
    as_of = last if order.as_of is None else order.as_of
    rules.may_export(as_of, last)
    with_arms = rules.compares_arms(
        reads=by.may(rules.READ),
        compares=by.may(rules.COMPARE),
        blind=by.may(rules.BLIND),
        locked=queries.is_locked(tx, order.study),
    )
    return recorded(tx, order.study, as_of, by.person, with_arms=with_arms)


def recorded(tx: CommandTx, study: str, as_of: int, by: str, *, with_arms: bool) -> ExportResult:
    """Write down that data were taken out, however that was asked for."""
    row = tx.add(DataExport(study=study, as_of=as_of, with_arms=with_arms, exported_by=by, exported_at=tx.now))
    tx.note(as_of=as_of, with_arms=with_arms)
    return ExportResult(export=row.id or 0, study=study, as_of=as_of, with_arms=with_arms)
