"""The warning that labels carry on from the donors to whatever is made of their cells."""

from cellchain.donors import hazards
from cellchain.donors import queries as donors
from cellchain.manufacturing import queries
from cellchain.manufacturing.facts import ContainerFacts
from cellchain.platform.db import ReadTx


def of_lot(tx: ReadTx, lot: str, *, briefly: bool = False) -> dict[str, str]:
    """The label's field for all donors behind a lot; nothing for a lot without cells."""
    return hazards.label_fields(tx, queries.donors_of(tx, lot), briefly=briefly)


def of_container(tx: ReadTx, facts: ContainerFacts) -> dict[str, str]:
    """The label's field for a container, by its lot, or by its donation before it has one."""
    if facts.lot is not None:
        return of_lot(tx, facts.lot)
    return {} if facts.donation is None else hazards.label_fields(tx, [donors.donor_of(tx, facts.donation)])
