"""What each capability tells of its own things, for those that stand below it: words, labels, lists, checks."""

from collections.abc import Mapping, Sequence
from typing import Any

from cellchain.accounts import describe as accounts_describe
from cellchain.accounts import invariants as accounts_invariants
from cellchain.accounts import queries as accounts_queries
from cellchain.bedside import invariants as bedside_invariants
from cellchain.bedside.downtime import queries as downtime
from cellchain.custody import contacts as custody_contacts
from cellchain.custody import describe as custody_describe
from cellchain.custody import invariants as custody_invariants
from cellchain.custody import reviewing as custody_reviewing
from cellchain.donors import aftercare as donors_aftercare
from cellchain.donors import describe as donors_describe
from cellchain.donors import invariants as donors_invariants
from cellchain.followup import invariants as followup_invariants
from cellchain.followup.safety import terms
from cellchain.identity.scan import System
from cellchain.identity.schemes import Schemes
from cellchain.labels import card_sheet, cards
from cellchain.labels import describe as labels_describe
from cellchain.labels import invariants as labels_invariants
from cellchain.labels import queries as labels_queries
from cellchain.labels.licensed import queries as licensed
from cellchain.labels.printing import invariants as printing_invariants
from cellchain.labels.scanning import queries as scanning
from cellchain.ledger import invariants as ledger_invariants
from cellchain.ledger.describe import Batches, Describer, Finder, Labeller, Listing, Sketcher, StandIn
from cellchain.ledger.invariants import Invariant
from cellchain.manufacturing import describe as manufacturing_describe
from cellchain.manufacturing import invariants as manufacturing_invariants
from cellchain.manufacturing import stations as manufacturing_stations
from cellchain.manufacturing.lines import queries as lines
from cellchain.manufacturing.sampling import queries as sampling
from cellchain.materials import describe as materials_describe
from cellchain.materials import invariants as materials_invariants
from cellchain.materials import packages
from cellchain.notices import invariants as notices_invariants
from cellchain.platform.db import ReadTx
from cellchain.quality import describe as quality_describe
from cellchain.quality import invariants as quality_invariants
from cellchain.quality.changes import queries as changes
from cellchain.quality.laboratories import queries as laboratories
from cellchain.quality.methods import queries as methods
from cellchain.trial import describe as trial_describe
from cellchain.trial import givings as trial_givings
from cellchain.trial import invariants as trial_invariants
from cellchain.trial import queries as trial_queries

Facts = Mapping[str, Any]


DESCRIBERS: Mapping[str, Describer] = {
    "PS": accounts_describe,
    "LB": labels_describe,
    "CM": cards,
    "DN": donors_describe,
    "DO": donors_describe,
    "ML": materials_describe,
    "EQ": materials_describe,
    "LC": materials_describe,
    "LT": quality_describe,
    "CT": manufacturing_describe,
    "CV": manufacturing_describe,
    "BG": trial_describe,
    "SM": quality_describe,
    "SH": custody_describe,
    "RC": trial_describe,
    "WB": trial_describe,
    "CI": trial_describe,
}


# Of these there are hundreds in one graph.
SKETCHERS: Mapping[str, Sketcher] = {
    "LT": quality_describe,
    "CT": manufacturing_describe,
    "CV": manufacturing_describe,
    "BG": trial_describe,
    "SM": quality_describe,
    "RC": trial_describe,
}


class _BagLabels:
    """A bag's label is the recipient's business once it is assigned; what stands on it before is manufacturing's."""

    def label(self, tx: Any, code: str, design: str) -> Any:
        owner = manufacturing_describe if design in manufacturing_describe.BAG_DESIGNS else trial_describe
        return owner.label(tx, code, design)


class _ContainerLabels:
    """A harvest bag's label is the donors' business; every other container's is manufacturing's."""

    def label(self, tx: Any, code: str, design: str) -> Any:
        owner = donors_describe if design == "harvest_bag" else manufacturing_describe
        return owner.label(tx, code, design)


LABELLERS: Mapping[str, Labeller] = {
    "PS": accounts_describe,
    "DO": donors_describe,
    "ML": materials_describe,
    "LC": materials_describe,
    "EQ": materials_describe,
    "CT": _ContainerLabels(),
    "CV": manufacturing_describe,
    "BG": _BagLabels(),
    "SM": quality_describe,
    "WB": trial_describe,
    "CM": card_sheet,
}

# A field that asks for a thing takes the symbol that is printed on it.
STAND_INS: Mapping[str, StandIn] = {"LB": labels_queries, "PS": accounts_queries, "WB": trial_queries}

# Whose things have numbers of another code system, and what forms let a person choose from.
FINDERS: Mapping[System, Finder] = {System.GS1: packages, System.ISBT: licensed}
LISTS: Mapping[str, Listing] = {
    packages.CATALOGUE: packages.catalogue,
    donors_aftercare.VISITS: donors_aftercare.listed_visits,
    laboratories.CATALOGUE: laboratories.choices,
    methods.CATALOGUE: methods.choices,
    sampling.CATALOGUE: sampling.choices,
    lines.STUDIES: trial_queries.listed_studies,
    downtime.WARDS: downtime.listed_wards,
    **changes.LISTS,
    **terms.LISTS,
}

# Which batch record is open at a station: no label of another lot prints there.
BATCHES: Batches = manufacturing_stations

# What is looked at besides, when a batch is reviewed by exception.
CHECKS = custody_reviewing.CHECKS

# How the bags of a lot are given at their worst, for limits that are computed from it.
GIVING_OF = trial_givings.of_lot
# Where a bag or a shipment leads to in the packages after quality.
ONWARD = trial_givings.onward

# What a person handed over or took, for a recall by person.
IN_HANDS_OF = custody_contacts.contacts

# Who treats a recipient, for what is the treating physician's to decide.
PHYSICIAN_OF = trial_queries.physician_of


def schemes(tx: ReadTx, station: str | None) -> Schemes:
    """The code systems that are read here: GS1 as the reader of a station sends it, ISBT 128 where it is licensed."""
    return Schemes(isbt=licensed.scheme_of(tx), gs1=scanning.gs1_reader_of(tx, station))


INVARIANTS: Sequence[Invariant] = (
    *ledger_invariants.INVARIANTS,
    *accounts_invariants.INVARIANTS,
    *notices_invariants.INVARIANTS,
    *labels_invariants.INVARIANTS,
    *printing_invariants.INVARIANTS,
    *donors_invariants.INVARIANTS,
    *materials_invariants.INVARIANTS,
    *manufacturing_invariants.INVARIANTS,
    *quality_invariants.INVARIANTS,
    *custody_invariants.INVARIANTS,
    *trial_invariants.INVARIANTS,
    *bedside_invariants.INVARIANTS,
    *followup_invariants.INVARIANTS,
)
