"""Entries that are gone with an older copy: acknowledged by a signed entry, and nothing else is wrong.

For a backup that is put back, and for a database that went back to a moment by other means than a backup (the
write-ahead log of PostgreSQL).
"""

from collections.abc import Sequence
from pathlib import Path

from cellchain import composition
from cellchain.kernel.errors import Refused
from cellchain.ledger import checkpoints, foundation, notes
from cellchain.ledger.audit import Report, run_verify
from cellchain.ledger.verify import TABLE
from cellchain.main import Installation
from cellchain.platform.files import DataDir


def acknowledge(installation: Installation, witnesses: Sequence[Path] = ()) -> Report:
    """Say in a signed entry that this database is older than what was witnessed; gives what verify says then.

    witnesses  folders with checkpoints from elsewhere, beside those of the settings

    Raises Refused `loss.none` where none is missing, `loss.not_alone` where more is wrong than that entries are missing
    at the end. Nobody else may write meanwhile.
    """
    folder = installation.folder
    gather(folder, folder, (*installation.settings.witness_dirs, *witnesses))
    report = _verify(installation)
    if report.intact:
        raise Refused("loss.none", "No entry is missing whose loss was not acknowledged already. Nothing was done.")
    if not is_older(report, foundation.last_witnessed(folder)):
        raise Refused(
            "loss.not_alone",
            "More is wrong than that entries are missing at the end: {first}. Nothing was done. Run cellchain verify "
            "and tell QA.",
            first=report.findings[0].message,
        )
    foundation.acknowledge_loss(installation.runner, folder)
    checkpoints.make(installation.database, folder)
    return _verify(installation)


def is_older(report: Report, witnessed: notes.Checkpoint | None) -> bool:
    """Whether all that verify found is that what was `witnessed` knows entries after the last one."""
    return (
        witnessed is not None
        and witnessed.size > report.entries
        and all(one.table == TABLE and one.entry == report.entries + 1 for one in report.findings)
    )


def gather(folder: DataDir, into: DataDir, places: Sequence[Path]) -> list[str]:
    """Put what was witnessed elsewhere into `into`, if a key of either folder signed it; name what proves nothing."""
    keys = (*into.public_keys(), *folder.public_keys())
    passed_over = []
    for place in dict.fromkeys((folder.checkpoints, *places)):
        for name, text in checkpoints.read_all(place):
            try:
                notes.check(text, keys)
            except ValueError:
                passed_over.append(f"{place / name}")
                continue
            checkpoints.write(into.checkpoints, text)
    return passed_over


def _verify(installation: Installation) -> Report:
    folders = installation.settings.witness_dirs
    return run_verify(installation.database, installation.folder, composition.INVARIANTS, folders)
