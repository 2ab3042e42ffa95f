"""What surrounds an order that comes from a form."""

from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, ValidationError

from cellchain.kernel.errors import Invalid
from cellchain.ledger.registry import Moment, Text, Why
from cellchain.web import by_hand, faults
from cellchain.web.format import local_moment
from cellchain.web.forms import Entered, Items

# What a page's script sends first: it asks what the passkey has to answer about this very form.
ASK = "ask"


class Envelope(BaseModel):
    """What a form carries beside its order: who repeats what, why, when, who signs, and what was typed by hand."""

    model_config = ConfigDict(frozen=True)

    request_id: UUID
    reason: Why = None
    happened_at: Moment | None = None
    signature: dict[str, Text] | None = None
    noted: dict[str, Any]


def parse_envelope(items: Items, zone: ZoneInfo) -> Envelope:
    """Read what surrounds an order. Raises Invalid for what cannot be; a lost request id gets a new one."""
    entered = Entered(items)
    try:
        request_id = UUID(entered.one("request_id"))
    except ValueError:
        request_id = new_request_id()
    username, password = entered.one("signature.username"), entered.one("signature.password")
    signature = {"username": username, "password": password} if username or password else None
    answer = entered.one("signature.passkey")
    if answer:
        signature = {"passkey": "" if answer == ASK else answer}
    try:
        at = entered.one("happened_at")
        happened_at = local_moment(at, zone) if at else None
        return Envelope(
            request_id=request_id,
            reason=entered.joined("reason"),
            happened_at=happened_at,
            signature=signature,
            noted=dict(by_hand.noted(items)),
        )
    except ValidationError as error:
        raise faults.invalid_from(error) from error
    except ValueError as error:
        raise Invalid({"happened_at": faults.MOMENT}) from error


def new_request_id() -> UUID:
    """Marks one intention of one person, so that a form sent twice does its work once."""
    return uuid4()
