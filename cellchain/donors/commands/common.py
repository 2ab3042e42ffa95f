"""What the verbs of donors share: fields, results, and the way of information upwards."""

from typing import Annotated

from pydantic import Field

from cellchain.donors import queries
from cellchain.donors.models import Information
from cellchain.donors.rules.lifecycles import DonorPhase
from cellchain.identity.codes import DonationCode, DonorCode
from cellchain.kernel.canonical import Json
from cellchain.kernel.ensure import ensure
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Text
from cellchain.ledger.tx import CommandTx

DonorField = Annotated[DonorCode, Field(title="Donor")]
DonationField = Annotated[DonationCode, Field(title="Donation")]
Reason = Annotated[Text, Field(min_length=3, max_length=500, title="Reason")]
INFORMED = "donors:information:reported"


class DonorResult(CommandResult):
    """The donor, and where the donor stands now."""

    donor: str
    phase: DonorPhase


def id_of(number: int | None) -> int:
    """The number of a stored row."""
    ensure(number is not None, "a stored row has its number")
    return number or 0


def donations_of(tx: CommandTx, donor: str) -> list[str]:
    """Every donation of a donor, newest first."""
    return [donation.code for donation in queries.donations_of(tx, donor)]


def inform(tx: CommandTx, by: Actor, donor: str, information: str, learnt_from: str) -> Information:
    """Keep something that was learnt about a donor; whoever calls tells quality of it under `INFORMED`."""
    return tx.add(
        Information(
            donor=donor,
            information=information,
            learnt_from=learnt_from,
            reported_at=tx.happened_at,
            entered_at=tx.now,
            reported_by=by.person,
        )
    )


def informed(tx: CommandTx, donor: str, information: Information) -> dict[str, Json]:
    """The facts that quality hears of."""
    donations: list[Json] = list(donations_of(tx, donor))
    return {"donor": donor, "information": id_of(information.id), "donations": donations}
