"""What a label's serial stands for: the thing that wears it, while the label is live."""

from cellchain.identity.codes import NotACode, parse
from cellchain.kernel.text import T
from cellchain.labels.models import Label
from cellchain.labels.rules import LIVE
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Description
from cellchain.platform.db import ReadTx


def describe(tx: ReadTx, code: str, actor: Actor) -> Description | None:
    """The thing under a live label; for a preview or a label out of use, the label itself."""
    label = tx.find(Label, code)
    if label is None:
        return _preview(code)
    if label.phase in LIVE:
        found: Description | None = tx.house.describe(tx, label.target, actor)
        return found
    return Description(
        "label", code, T("A label out of use, of {target}", target=label.target), str(label.phase), f"/labels/{code}"
    )


def _preview(code: str) -> Description | None:
    try:
        is_preview = parse(code).is_preview
    except NotACode:
        return None
    return (
        Description("label", code, T("A preview: it stands for nothing"), "preview", "/labels") if is_preview else None
    )
