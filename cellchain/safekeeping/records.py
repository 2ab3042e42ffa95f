"""What was done for an installation's safety, and when: small files in `DIR/upkeep/`, which `doctor` reads.

They stand outside the ledger, because a backup leaves the database as it is.
"""

import json
from datetime import datetime
from typing import Any

from cellchain.kernel.canonical import moment
from cellchain.platform.files import DataDir, write_atomically

FOLDER = "upkeep"
BACKUP, KEYS = "backup", "keys"


def note(folder: DataDir, what: str, at: datetime, **facts: Any) -> None:
    """Remember that `what` was done at `at`."""
    text = json.dumps({"at": moment(at), **facts}, indent=2, sort_keys=True)
    write_atomically(folder.path / FOLDER / f"{what}.json", text.encode())


def noted(folder: DataDir, what: str) -> dict[str, Any] | None:
    """What was remembered last, or None. `at` is a datetime."""
    try:
        facts = json.loads((folder.path / FOLDER / f"{what}.json").read_text())
        return {**facts, "at": datetime.fromisoformat(facts["at"])}
    except (OSError, ValueError, TypeError, KeyError):
        return None
