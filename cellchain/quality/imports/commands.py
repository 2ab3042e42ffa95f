"""Results read from a file: every line of it, or none."""

from typing import Annotated

from pydantic import Field

from cellchain.ledger.actor import Actor
from cellchain.ledger.filekinds import TEXTS
from cellchain.ledger.registry import CommandResult, Order, command
from cellchain.ledger.tx import CommandTx
from cellchain.ledger.uploads import Upload, accepting, received
from cellchain.quality.commands.results import TestResult as Recorded
from cellchain.quality.commands.results import record_reading, result_of
from cellchain.quality.imports import queries
from cellchain.quality.imports.models import ResultFile
from cellchain.quality.models import Sample
from cellchain.quality.queries.measuring import judge
from cellchain.quality.rules import result_files


class ImportResults(Order):
    """A file of results, one in each line."""

    file: Annotated[
        Upload,
        Field(
            title="File of results",
            description="CSV in UTF-8 with the columns sample, stage, test and value.",
            json_schema_extra=accepting(TEXTS),
        ),
    ]


class ImportedResults(CommandResult):
    """A file that was recorded, and its results."""

    file: int
    file_hash: str
    results: tuple[Recorded, ...]


@command(event="quality:results:imported")
def import_results(tx: CommandTx, by: Actor, order: ImportResults) -> ImportedResults:
    """Record every line of a file, which is kept as it came, or refuse it with the first line at fault.

    Each result waits for a second person like any other. Raises NotFound `file.not_received`, Refused `import.*`,
    `file.*`.
    """
    file = received(tx, order.file, TEXTS)
    content = tx.house.fetch(file.digest)
    # Held in the order of their codes, so that no two files wait for each other.
    lines, _ = result_files.read(content, tx.house.zone)
    known = [code for code in sorted({line.sample for line in lines}) if tx.find(Sample, code) is not None]
    for code in known:
        tx.lock(Sample, code)
    found = queries.preview(tx, content, tx.house.zone, tx.happened_at)
    result_files.refuse(found.faults)
    row = tx.add(
        ResultFile(
            file_hash=file.digest,
            file_name=file.name,
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
