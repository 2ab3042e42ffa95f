"""What a person's code or badge stands for."""

from cellchain.accounts import queries
from cellchain.accounts.models import Badge, Person
from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Description, LabelData
from cellchain.platform.db import ReadTx

BADGE_DESIGN = "badge"


def describe(tx: ReadTx, code: str, actor: Actor) -> Description | None:
    """A person, by badge or by their own code: the code told is always the person's."""
    badge = tx.find(Badge, code)
    person = tx.find(Person, badge.person if badge is not None else code)
    if person is None:
        return None
    phase = str(badge.phase) if badge is not None else str(person.phase)
    title = T("Badge of {name}", name=person.initials) if badge is not None else T("{name}", name=person.initials)
    return Description("person", person.code, title, phase, f"/people/{person.code}")


def label(tx: ReadTx, code: str, design: str) -> LabelData:
    """A badge: the person's short name and the badge's own symbol.

    Raises NotFound, Refused `badge.none`, and `label.wrong_design` for any other label.
    """
    if design != BADGE_DESIGN:
        raise Refused(
            "label.wrong_design", "{container} wears another label. Print the one that belongs to it.", container=code
        )
    person = tx.get(Person, code)
    badge = queries.badge_of(tx, person.code)
    if badge is None:
        raise Refused("badge.none", "This person has no live badge. Issue one first.")
    roles = ", ".join(queries.roles_of(tx, person.code))
    return LabelData({"name": person.initials, "badge": badge.code, "roles": roles}, symbol=badge.code)
