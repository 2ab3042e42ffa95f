"""What a file of results would record, before anything is recorded; and the files that were."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.quality.imports.models import ResultFile
from cellchain.quality.queries.measuring import Judged, Reading, judge
from cellchain.quality.rules import result_files
from cellchain.quality.rules.result_files import Fault, ResultLine

FILES_MAX = 500

BY_HASH = select(ResultFile).where(col(ResultFile.file_hash) == bindparam("file_hash"))
ALL = select(ResultFile).order_by(col(ResultFile.id).desc())


@dataclass(frozen=True)
class Preview:
    """What a file says: the lines that can be recorded as they stand, and what is wrong with the others."""

    judged: Sequence[tuple[ResultLine, Judged]]
    faults: Sequence[Fault]

    @property
    def lines_count(self) -> int:
        """How many lines the file has below its headings."""
        return len(self.judged) + len(self.faults)


@dataclass(frozen=True)
class FileFacts:
    """A file that results were read from."""

    id: int
    file_hash: str
    file_name: str
    lines_count: int
    imported_by: str
    imported_at: datetime


def preview(tx: ReadTx, content: bytes, zone: ZoneInfo, now: datetime) -> Preview:
    """Every line of a file as it would be recorded now. Raises Refused `import.*` where the file as a whole is none."""
    if tx.one(BY_HASH, file_hash=hashlib.sha256(content).hexdigest()) is not None:
        raise Refused("import.done_already", "This very file was imported already. Nothing was recorded again.")
    lines, faults = result_files.read(content, zone)
    judged: list[tuple[ResultLine, Judged]] = []
    for line in lines:
        try:
            judged.append((line, judge(tx, reading_of(line, now))))
        except (Refused, NotFound) as error:
            faults.append(Fault(line.number, error))
    return Preview(judged, sorted(faults, key=lambda fault: fault.number))


def reading_of(line: ResultLine, now: datetime) -> Reading:
    """A line as one reading; without a time it was read now."""
    return Reading(
        sample=line.sample,
        stage=line.stage,
        test=line.test,
        value=line.value,
        measured_at=line.measured_at or now,
        method=line.method,
        instrument=line.instrument,
        report=line.report,
    )


def file_of(tx: ReadTx, number: int) -> FileFacts:
    """One file. Raises NotFound."""
    return _facts(tx.get(ResultFile, number))


def files(tx: ReadTx) -> list[FileFacts]:
    """The files that results were read from, the newest first."""
    return [_facts(row) for row in tx.many(ALL, limit=FILES_MAX)]


def _facts(row: ResultFile) -> FileFacts:
    return FileFacts(**{name: getattr(row, name) for name in FileFacts.__dataclass_fields__})
