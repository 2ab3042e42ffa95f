"""Results read from a file: every line of it, or none."""

import base64
import binascii
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field

from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.uploads import Upload
from cellchain.quality.commands.results import TestResult as Recorded
from cellchain.quality.commands.results import record_reading, result_of
from cellchain.quality.imports import queries
from cellchain.quality.imports.models import ResultFile
from cellchain.quality.models import Sample
from cellchain.quality.queries.measuring import judge
from cellchain.quality.rules import result_files

NO_TEXT = b"\x00"


class ImportResults(Order):
    """A file of results, one in each line."""

    file: Annotated[
        Upload,
        Field(title="File of results", description="CSV in UTF-8 with the columns sample, stage, test and value."),
    ]


class ImportedResults(BaseModel, frozen=True):
    """A file that was recorded, and its results."""

    file: int
    file_hash: str
    results: tuple[Recorded, ...]


@dataclass(frozen=True)
class Kept:
    """A file as it came, and the SHA-256 that it is kept under; an empty one where it is no file of results."""

    content: bytes
    file_hash: str


def content_of(file: Upload) -> bytes:
    """The bytes of an upload; what is no base64 at all is no text either, and is refused as such."""
    try:
        return base64.b64decode(file.content, validate=True)
    except (binascii.Error, ValueError):
        return NO_TEXT


def _keep(house: Any, order: ImportResults) -> Kept:
    """Runs before the write lock is taken: the raw file goes into the data folder, if it can be read at all."""
    content = content_of(order.file)
    with suppress(Refused):  # the command says it, in an entry of its own
        result_files.read(content, house.zone)
        return Kept(content, house.keep(content))
    return Kept(content, "")


@command(event="quality:results:imported", prepare=_keep)
def import_results(tx: CommandTx, by: Actor, order: ImportResults) -> ImportedResults:
    """Record every line of a file, which is kept as it came, or refuse it with the first line at fault.

    Each result waits for a second person like any other. Raises Refused `import.*`.
    """
    kept: Kept = tx.prepared
    # Held in the order of their codes, so that no two files wait for each other.
    lines, _ = result_files.read(kept.content, tx.house.zone)
    known = [code for code in sorted({line.sample for line in lines}) if tx.find(Sample, code) is not None]
    for code in known:
        tx.lock(Sample, code)
    found = queries.preview(tx, kept.content, tx.house.zone, tx.happened_at)
    result_files.refuse(found.faults)
    row = tx.add(
        ResultFile(
            file_hash=kept.file_hash,
            file_name=order.file.name,
            lines_count=found.lines_count,
            imported_by=by.person,
            imported_at=tx.now,
        )
    )
    # Judged again one by one: what a line before it changed counts for the next.
    made = [record_reading(tx, judge(tx, judged.reading), file=row.id) for _, judged in found.judged]
    tx.about(str(row.id))
    tx.note(file=row.file_hash, results=[result.id for result in made])
    return ImportedResults(file=row.id or 0, file_hash=row.file_hash, results=tuple(result_of(one) for one in made))
