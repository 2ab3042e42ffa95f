"""Who may look at outcomes by arm, and what may be taken out. Pure."""

from cellchain.kernel.errors import Refused

READ, COMPARE, EXPORT, BLIND = (
    "followup.read_outcomes",
    "followup.compare_arms",
    "followup.export_data",
    "followup.read_blind",
)


def compares_arms(*, reads: bool, compares: bool, blind: bool, locked: bool) -> bool:
    """Whether somebody sees outcomes by arm: before the lock who holds that right, after it whoever reads outcomes.

    Who assesses outcomes never does, whatever else they may.
    """
    return not blind and (compares or (reads and locked))


def may_export(as_of: int, last: int) -> None:
    """Raises Refused for an entry that is not in the ledger yet."""
    if not 0 < as_of <= last:
        raise Refused("export.no_such_entry", "The ledger has {last} entries. Name one of them.", last=last)
