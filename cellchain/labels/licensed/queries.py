"""Reading the site's registration for ISBT 128 and what its numbers stand for; the finder that scans ask."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.identity.isbt import OFF, Message, Scheme, structures
from cellchain.identity.scan import Scan
from cellchain.kernel.errors import InvariantBroken, NotFound
from cellchain.kernel.text import T
from cellchain.labels.licensed import rules
from cellchain.labels.licensed.models import THE_SCHEME, IsbtFacility, IsbtNumber, IsbtScheme
from cellchain.labels.licensed.rules import Number, SchemePhase
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Action
from cellchain.ledger.foundation import is_demonstration
from cellchain.platform.db import ReadTx

FACILITIES_MAX, NUMBERS_MAX = 1_000, 200
# What a form takes of a symbol: the number, as the symbol carries it.
NUMBER = "isbt:number"
BIND = "labels.bind_number"
NO_FLAGS = "00"

_FACILITIES = select(IsbtFacility).where(col(IsbtFacility.removed_at).is_(None)).order_by(IsbtFacility.facility)
_NUMBER_OF = select(IsbtNumber).where(IsbtNumber.thing == bindparam("thing"))
_LATEST = select(IsbtNumber).where(col(IsbtNumber.thing).is_not(None)).order_by(col(IsbtNumber.bound_at).desc())


def stated(tx: ReadTx) -> IsbtScheme | None:
    """What an administrator stated; None before the first statement."""
    return tx.find(IsbtScheme, THE_SCHEME)


def is_on(tx: ReadTx) -> bool:
    """Whether ISBT 128 is read and printed here."""
    found = stated(tx)
    return found is not None and found.phase is SchemePhase.ON


def scheme_of(tx: ReadTx) -> Scheme:
    """Whose numbers are read here; off unless a registration is stated."""
    found = stated(tx)
    if found is None or found.phase is not SchemePhase.ON:
        return OFF
    others = {row.facility for row in facilities(tx)}
    return rules.scheme(found.facility, others, demonstration=is_demonstration(tx))


def facilities(tx: ReadTx) -> Sequence[IsbtFacility]:
    """The other facilities whose numbers are read."""
    return tx.many(_FACILITIES, limit=FACILITIES_MAX)


def facility(tx: ReadTx, number: str) -> IsbtFacility | None:
    """Another facility that was ever admitted, whether or not it still is."""
    return tx.find(IsbtFacility, number)


def bound(tx: ReadTx, number: str) -> IsbtNumber | None:
    """The number, where something of ours ever had it."""
    return tx.find(IsbtNumber, number)


def number_of(tx: ReadTx, thing: str) -> IsbtNumber | None:
    """The number that a thing of ours has."""
    return tx.one(_NUMBER_OF, thing=thing)


def label_fields(tx: ReadTx, donation: str) -> dict[str, str]:
    """What a label of a donation says while ISBT 128 is on: the number for eyes, and the character for its box.

    Nothing where the donation has no number. No symbol: every symbol of a label says the label's own serial, so that it
    never matters which of them is scanned back.
    """
    row = number_of(tx, donation) if is_on(tx) else None
    if row is None:
        return {}
    found = structures.parse(f"{row.number}{NO_FLAGS}")
    return {"isbt_number": found.eye_readable, "isbt_check": found.check or ""}


def latest(tx: ReadTx) -> Sequence[IsbtNumber]:
    """The numbers bound last, the latest first."""
    return tx.many(_LATEST, limit=NUMBERS_MAX)


# -- the finder --------------------------------------------------------------------------------------------------------


def find(tx: ReadTx, read: Scan) -> str:
    """Our code for the most exact number in a message that is bound. Raises NotFound `isbt.number_unknown`, Refused
    `isbt.names_nothing`, `isbt.division_needed`, `isbt.repeated`."""
    found = rules.numbers(_message(read))
    for number in found:
        row = bound(tx, number.text)
        if row is not None and row.thing is not None:
            return row.thing
    raise NotFound(
        "isbt.number_unknown",
        "{number} stands for nothing here yet. Bind it to {what} first.",
        number=found[0].shown,
        what=rules.WORDS[found[0].names],
    )


def parts(tx: ReadTx, read: Scan, wanted: frozenset[str]) -> Mapping[str, str]:
    """The symbol for the field of a form that asks for a number. Raises Refused as `find`."""
    first(read)
    return {NUMBER: read.text} if NUMBER in wanted else {}


def offer(tx: ReadTx, read: Scan, actor: Actor) -> Action | None:
    """Bind what is bound to nothing yet."""
    href = f"/do/labels/bind_number?{urlencode({'number': read.text})}"
    return Action("labels/bind_number", T("Bind this number"), href) if actor.may(BIND) else None


def first(read: Scan) -> Number:
    """The most exact number that a symbol says. Raises Refused as `find`."""
    return rules.numbers(_message(read))[0]


def _message(read: Scan) -> Message:
    if read.isbt is None:
        raise InvariantBroken("a number is found in a message of ISBT 128")
    return read.isbt
