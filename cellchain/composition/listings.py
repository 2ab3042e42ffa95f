"""Every list that grows with use, by name: what the tests hold against both databases, and the bench measures."""

from collections.abc import Mapping

from cellchain.accounts import queries as accounts
from cellchain.bedside.misses import pages as misses
from cellchain.custody import queries as custody
from cellchain.donors import queries as donors
from cellchain.labels import queries as labels
from cellchain.labels.scanning import queries as scanning
from cellchain.ledger import queries as ledger
from cellchain.manufacturing import statements as manufacturing
from cellchain.materials import queries as materials
from cellchain.notices import queries as notices
from cellchain.platform.listing import Listing
from cellchain.quality import queries as quality
from cellchain.trial import statements as trial

LISTINGS: Mapping[str, Listing] = {
    "ledger": ledger.ENTRIES,
    "ledger about one thing": ledger.ENTRIES_ABOUT,
    "containers": manufacturing.CONTAINERS,
    "lots": manufacturing.LOTS,
    "dispositions": quality.DISPOSITIONS,
    "samples": quality.SAMPLES,
    "deviations closed": quality.DEVIATIONS_CLOSED,
    "holds lifted": quality.HOLDS_LIFTED,
    "labels": labels.LABELS,
    "scans": scanning.LINES["", ""],
    "donors": donors.DONORS,
    "donations": donors.DONATIONS,
    "recipients": trial.RECIPIENTS,
    "material lots by their end": materials.LOTS_BY_END,
    "material lots by code": materials.LOTS_BY_CODE,
    "material lots of a supplier's lot": materials.LOTS_OF_SUPPLIER,
    "equipment": materials.EQUIPMENT_BY_CODE,
    "locations": materials.LOCATIONS_BY_CODE,
    "shipments": custody.SHIPMENTS,
    "people": accounts.PEOPLE_BY_CODE,
    "notices answered": notices.ENDED_OF,
    "mails done": notices.DONE,
    "near misses": misses.MISSES,
}
