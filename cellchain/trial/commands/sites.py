"""Who does which part of the trial's work at which site: the delegation log."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts import queries as accounts
from cellchain.accounts.rules import Role
from cellchain.identity.codes import PersonCode
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries, rules
from cellchain.trial.commands.studies import StudyCode
from cellchain.trial.lifecycles import SiteDuty
from cellchain.trial.models import SiteRole, Study
from cellchain.trial.setup import queries as setup

_ROLES = {
    SiteDuty.INVESTIGATOR: Role.PHYSICIAN,
    SiteDuty.COORDINATOR: Role.COORDINATOR,
    SiteDuty.NURSE: Role.NURSE,
    SiteDuty.ASSESSOR: Role.ASSESSOR,
}


class NameForSite(Order):
    """Who is named for what, where."""

    study: StudyCode
    site: Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,20}$", title="Site")]
    person: Annotated[PersonCode, Field(title="Person")]
    role: Annotated[SiteDuty, Field(title="Duty")]


class SiteRoleResult(CommandResult):
    """A line of the delegation log."""

    line: int
    study: str
    site: str


@command(event="trial:site_role:given", subject="study")
def name_for_site(tx: CommandTx, by: Actor, order: NameForSite) -> SiteRoleResult:
    """Name somebody for a duty at a site. They hold the role that goes with it in the house already."""
    study = tx.lock(Study, order.study)
    rules.is_site(queries.study_definition(tx, study.code), order.site)
    if accounts.active_person(tx, order.person) is None or _ROLES[order.role] not in accounts.roles_of(
        tx, order.person
    ):
        raise Refused(
            "site.no_role", "This person does not hold the role that goes with the duty. Choose somebody who does."
        )
    standing = [one for one in setup.site_roles(tx, study.code) if one.ended_at is None]
    if any((one.site, one.person, one.role) == (order.site, order.person, order.role) for one in standing):
        raise Refused("site.named_already", "This person is named for that already. Nothing was changed.")
    row = tx.add(
        SiteRole(
            study=study.code,
            site=order.site,
            person=order.person,
            role=order.role,
            given_at=tx.happened_at,
            given_by=by.person,
        )
    )
    tx.note(site=row.site, person=row.person, role=str(row.role))
    return SiteRoleResult(line=row.id or 0, study=study.code, site=row.site)


class EndSiteRole(Order):
    """Which line of the delegation log ends."""

    line: Annotated[int, Field(ge=1, title="Line of the delegation log")]


@command(event="trial:site_role:ended", permission="trial.name_for_site")
def end_site_role(tx: CommandTx, by: Actor, order: EndSiteRole) -> SiteRoleResult:
    """End somebody's duty at a site. What they did in it stays."""
    row = tx.lock(SiteRole, order.line)
    tx.about(row.study)
    if row.ended_at is not None:
        raise Refused("site.ended_already", "This duty has ended already. Nothing was changed.")
    row = tx.change(row, ended_at=tx.happened_at, ended_by=by.person)
    tx.note(site=row.site, person=row.person, role=str(row.role))
    return SiteRoleResult(line=row.id or 0, study=row.study, site=row.site)
