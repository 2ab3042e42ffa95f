"""What a shipment's code stands for, and what can be done with it next."""

from cellchain.custody import queries
from cellchain.custody.rules.shipping import UNDER_WAY
from cellchain.kernel.text import T
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Action, Description
from cellchain.platform.db import ReadTx


def describe(tx: ReadTx, code: str, actor: Actor) -> Description | None:
    """A shipment, for whoever may read custody."""
    if not actor.may("custody.read"):
        return None
    row = queries.shipment(tx, code)
    if row is None:
        return None
    receive = Action("custody/receive", T("Receive the shipment"), f"/do/custody/receive?shipment={code}")
    actions = (receive,) if row.phase in UNDER_WAY and actor.may("custody.receive") else ()
    count = len([one for one in queries.packed_in(tx, code) if one.taken_out_at is None or one.found is not None])
    title = T("Shipment, {count} inside", count=count)
    return Description("shipment", code, title, row.phase.value, f"/custody/shipments/{code}", actions)
