"""A donor comes to be known by code, consents, and may withdraw."""

from typing import Annotated

from pydantic import Field

from cellchain.donors import queries
from cellchain.donors.commands.common import DonorField, DonorResult, donations_of, id_of
from cellchain.donors.models import Donor, DonorConsent
from cellchain.donors.rules import donor as rules
from cellchain.donors.rules.lifecycles import CONSENT, BloodGroup, ConsentPhase, ConsentScope, DonorPhase, Sex
from cellchain.identity.codes import Kind
from cellchain.identity.numbering import issue
from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, Text, command
from cellchain.ledger.tx import CommandTx


class ConsentResult(CommandResult):
    """A recorded consent."""

    consent: int
    donor: str
    scope: ConsentScope
    version: str


class RegisterDonor(Order):
    """The identity of a donor is established before anything else (domain.md 2.6)."""

    name: Annotated[Text, Field(min_length=2, max_length=200, title="Full name", description="Kept encrypted.")]
    identity_document: Annotated[
        Text,
        Field(min_length=4, max_length=80, title="Identity document", description="Kind and number. Kept encrypted."),
    ]
    sex: Annotated[Sex, Field(title="Sex")]
    birth_year: Annotated[int, Field(ge=1900, le=2100, title="Year of birth")]
    blood_group: Annotated[BloodGroup, Field(title="Blood group")]


@command(event="donors:donor:registered")
def register_donor(tx: CommandTx, by: Actor, order: RegisterDonor) -> DonorResult:
    """Register a donor, who is known by code from here on. Raises Refused `donor.under_age`."""
    rules.may_register(order.birth_year, tx.now)
    donor = tx.add(
        Donor(
            code=issue(tx, Kind.DONOR),
            phase=DonorPhase.REGISTERED,
            name=order.name,
            identity_document=order.identity_document,
            sex=order.sex,
            birth_year=order.birth_year,
            blood_group=order.blood_group,
            registered_at=tx.now,
            registered_by=by.person,
        )
    )
    tx.about(donor.code)
    return DonorResult(donor=donor.code, phase=donor.phase)


class RecordConsent(Order):
    """A signed form. When it was signed is the event's time."""

    donor: DonorField
    scope: Annotated[ConsentScope, Field(title="Consents to")] = ConsentScope.DONATION
    version: Annotated[Text, Field(min_length=1, max_length=40, title="Version of the form")]


@command(event="donors:consent:recorded", subject="donor")
def record_consent(tx: CommandTx, by: Actor, order: RecordConsent) -> ConsentResult:
    """Record that a donor signed a form; it replaces an older version. Raises Refused `consent.already_given`."""
    donor = tx.lock(Donor, order.donor)
    standing = queries.standing_consent(tx, donor.code, order.scope)
    rules.may_record_consent(None if standing is None else standing.version, order.version)
    if standing is not None:
        _end_consent(tx, standing, "replace")
    consent = tx.add(
        DonorConsent(
            donor=donor.code,
            scope=order.scope,
            version=order.version,
            given_at=tx.happened_at,
            phase=ConsentPhase.GIVEN,
            recorded_by=by.person,
        )
    )
    tx.note(scope=str(order.scope), version=order.version)
    return ConsentResult(consent=id_of(consent.id), donor=donor.code, scope=consent.scope, version=consent.version)


class WithdrawConsent(Order):
    """A donor may withdraw at any time and owes nobody a reason."""

    donor: DonorField
    scope: Annotated[ConsentScope, Field(title="No longer consents to")] = ConsentScope.DONATION
    reason: Annotated[
        Text | None, Field(max_length=500, title="What the donor said", description="A donor owes no reason.")
    ] = None


@command(event="donors:consent:withdrawn", subject="donor")
def withdraw_consent(tx: CommandTx, by: Actor, order: WithdrawConsent) -> ConsentResult:
    """End a consent. Quality answers by holding what came from this donor. Raises Refused `consent.none`."""
    donor = tx.lock(Donor, order.donor)
    standing = queries.standing_consent(tx, donor.code, order.scope)
    if standing is None:
        raise Refused("consent.none", "No such consent stands for this donor. There is nothing to withdraw.")
    _end_consent(tx, standing, "withdraw", order.reason)
    donations: list[Json] = list(donations_of(tx, donor.code))
    tx.note(donor=donor.code, scope=str(order.scope), donations=donations)
    return ConsentResult(consent=id_of(standing.id), donor=donor.code, scope=standing.scope, version=standing.version)


def _end_consent(tx: CommandTx, consent: DonorConsent, verb: str, reason: str | None = None) -> None:
    row = tx.lock(DonorConsent, consent.id)
    tx.change(row, phase=CONSENT.move(verb, row.phase), ended_at=tx.happened_at, withdrawal_reason=reason)
