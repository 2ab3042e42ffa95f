"""What a baseline was against its prediction, for who reads everything else of it from the ledger."""

from cellchain.platform.db import ReadTx
from cellchain.trial import statements


def compared(tx: ReadTx) -> dict[int, str | None]:
    """By baseline, what its comparisons came to, as it keeps them (`lung.rules.told_of`). Personal."""
    return {row.id or 0: row.judged for row in tx.every(statements.ALL_BASELINES)}
