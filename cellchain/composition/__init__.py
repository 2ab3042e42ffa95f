"""What stands above what: the tables that `main` hands down. One place shows how the capabilities meet."""

from cellchain.composition.places import ROUTERS, hides, navigation, opens, reader_of, way
from cellchain.composition.reactions import REACTIONS
from cellchain.composition.tables import (
    BATCHES,
    CHECKS,
    DESCRIBERS,
    FINDERS,
    GIVING_OF,
    IN_HANDS_OF,
    INVARIANTS,
    LABELLERS,
    LISTS,
    ONWARD,
    PHYSICIAN_OF,
    SKETCHERS,
    STAND_INS,
    schemes,
)

__all__ = [
    "BATCHES",
    "CHECKS",
    "DESCRIBERS",
    "FINDERS",
    "GIVING_OF",
    "INVARIANTS",
    "IN_HANDS_OF",
    "LABELLERS",
    "LISTS",
    "ONWARD",
    "PHYSICIAN_OF",
    "REACTIONS",
    "ROUTERS",
    "SKETCHERS",
    "STAND_INS",
    "hides",
    "navigation",
    "opens",
    "reader_of",
    "schemes",
    "way",
]
