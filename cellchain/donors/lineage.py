"""What donors gave, read for many codes in one question: a recall asks for thousands at once."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import col, select

from cellchain.donors.models import Donation
from cellchain.ledger.describe import Contact
from cellchain.platform.db import ReadTx
from cellchain.platform.statements import among, code_list

_GIVEN_BY: Any = select(Donation.code, Donation.started_at, Donation.ended_at).where(
    among(col(Donation.donor)) | among(col(Donation.operator))
)
_BAGS_OF: Any = select(Donation.container, Donation.started_at, Donation.ended_at).where(among(col(Donation.code)))
_DONORS_OF = select(Donation.donor).where(among(col(Donation.code)))
_DONATIONS_IN = select(Donation.code).where(among(col(Donation.container)))


def following(tx: ReadTx, codes: Iterable[str], limit: int) -> list[str]:
    """The donations of donors and of whoever harvested them, and the bag of each donation."""
    asked = code_list(codes)
    return [row[0] for one in (_GIVEN_BY, _BAGS_OF) for row in tx.many(one, limit=limit, codes=asked)]


def contacts(tx: ReadTx, code: str, limit: int) -> list[Contact]:
    """The same from one donor, person or donation, with the time of the harvest."""
    asked = code_list([code])
    return [Contact(*row) for one in (_GIVEN_BY, _BAGS_OF) for row in tx.many(one, limit=limit, codes=asked)]


def preceding(tx: ReadTx, codes: Iterable[str], limit: int) -> list[str]:
    """The donors of donations, and the donations in harvest bags."""
    asked = code_list(codes)
    return [*tx.many(_DONORS_OF, limit=limit, codes=asked), *tx.many(_DONATIONS_IN, limit=limit, codes=asked)]
