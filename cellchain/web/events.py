"""What the events of the ledger are called on a page. Their own names, `labels:label:printed`, are for programs."""

from collections.abc import Mapping

from cellchain.kernel.text import T
from cellchain.ledger import rotation
from cellchain.ledger.replay import MIGRATED
from cellchain.ledger.resealing import RESEALED
from cellchain.ledger.verify import KEY_ROTATED, LOSS_ACKNOWLEDGED
from cellchain.web.extraction import event_words

EVENT_PARTS = 3
REFUSED = ":refused"
# What the house records without a command stands here; what commands record is found where they are declared.
HOUSE: Mapping[str, T] = {
    MIGRATED: T("Schema migrated"),
    LOSS_ACKNOWLEDGED: T("Loss acknowledged"),
    KEY_ROTATED: T("New signing key"),
    rotation.EVENTS[rotation.FIELD]: T("New key for names and other encrypted values"),
    rotation.EVENTS[rotation.LIST]: T("New key for allocation lists"),
    RESEALED: T("Values encrypted again with the new key"),
}


def event_title(event: str) -> T:
    """The event in words. Only a fourth part says that a command was refused: a container that was refused is done."""
    done = event.removesuffix(REFUSED) if event.count(":") == EVENT_PARTS else event
    title = HOUSE.get(done) or T(event_words(done))
    return title if done == event else T("{what}: refused", what=title)
