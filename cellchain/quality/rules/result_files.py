"""Results in a CSV file: which columns it has, and what each of its lines says. Pure, and never half read.

A line that cannot be read is a fault with the number that the file's own editor shows. Nothing of a file is recorded
while one of its lines is at fault.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cellchain.identity.codes import EquipmentCode, SampleCode, ungrouped
from cellchain.kernel.errors import CellchainError, Refused
from cellchain.kernel.values import dataclass
from cellchain.ledger.filekinds import decoded
from cellchain.quality.rules.lifecycles import Stage

FILE_BYTES_MAX = 200_000
LINES_MAX = 200
CELL_LENGTH_MAX = 80
REPORT_LENGTH_MAX = 40
COLUMNS = ("sample", "stage", "test", "value", "measured_at", "instrument", "report", "method")
NEEDED = COLUMNS[:4]
SEPARATORS = (",", ";", "\t")
_TEST = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class ResultLine:
    """One line of a file, read. `number` counts the file's lines from 1, headings included."""

    number: int
    sample: SampleCode
    stage: Stage
    test: str
    value: str
    measured_at: datetime | None
    instrument: EquipmentCode | None
    report: str | None
    method: int | None

    @property
    def key(self) -> tuple[str, Stage, str]:
        """What it is a result of."""
        return self.sample, self.stage, self.test


@dataclass(frozen=True)
class Fault:
    """Why a line is not recorded."""

    number: int
    error: CellchainError


def read(content: bytes, zone: ZoneInfo) -> tuple[list[ResultLine], list[Fault]]:
    """The lines of a file, and the faults of those that cannot be read. Times without a zone are the site's.

    Raises Refused `import.too_large`, `.empty`, `.not_text`, `.not_csv`, `.no_column`, `.too_many_lines`, `.no_lines`.
    """
    rows = _rows(_text(content))
    number, headings = rows[0]
    places = _places(headings)
    body = [(at, cells) for at, cells in rows[1:] if any(cells)]
    if not body:
        raise Refused("import.no_lines", "This file has headings and no line under them. Export it again.")
    if len(body) > LINES_MAX:
        raise Refused(
            "import.too_many_lines",
            "This file has {lines} lines, and one import takes {most}. Divide it.",
            lines=len(body),
            most=LINES_MAX,
        )
    lines: list[ResultLine] = []
    faults: list[Fault] = []
    first: dict[tuple[str, Stage, str], int] = {}
    for number, cells in body:
        try:
            line = _line(number, {name: cells[at] if at < len(cells) else "" for name, at in places.items()}, zone)
            if line.key in first:
                raise Refused(
                    "import.twice",
                    "Line {line} has the same test of the same sample. Keep the one that counts.",
                    line=first[line.key],
                )
        except Refused as error:
            faults.append(Fault(number, error))
        else:
            first[line.key] = number
            lines.append(line)
    return lines, faults


def refuse(faults: Sequence[Fault]) -> None:
    """All or nothing: one fault refuses the file. Raises Refused `import.lines_refused`."""
    if faults:
        worst = min(faults, key=lambda fault: fault.number)
        raise Refused(
            "import.lines_refused",
            "Line {line}: {why} Lines at fault: {count}. Nothing was recorded: correct the file and import it again.",
            line=worst.number,
            why=worst.error.text,
            count=len(faults),
        )


def _text(content: bytes) -> str:
    if len(content) > FILE_BYTES_MAX:
        raise Refused(
            "import.too_large", "This file is larger than {most} kB. Divide it.", most=FILE_BYTES_MAX // 1_000
        )
    text = decoded(content)
    if text is None:
        raise Refused("import.not_text", "This file is no text in UTF-8. Export the results as CSV in UTF-8.")
    if not text.strip():
        raise _empty()
    return text


def _empty() -> Refused:
    return Refused("import.empty", "This file is empty. Export it again.")


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Each line with its number, from the headings on."""
    heading = next(line for line in text.splitlines() if line.strip())
    separator = max(SEPARATORS, key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if found or any(stripped):
                found.append((reader.line_num, stripped))
    except csv.Error as error:
        raise Refused("import.not_csv", "This file is no table: a quotation mark is open. Export it again.") from error
    if not found:  # separators and empty quotation marks alone
        raise _empty()
    return found


def _places(headings: Sequence[str]) -> Mapping[str, int]:
    named = [name.casefold().replace(" ", "_") for name in headings]
    missing = [name for name in NEEDED if name not in named]
    if missing:
        raise Refused(
            "import.no_column",
            "This file has no column “{column}”. It needs: {columns}.",
            column=missing[0],
            columns=", ".join(NEEDED),
        )
    twice = [name for name in COLUMNS if named.count(name) > 1]
    if twice:
        raise Refused(
            "import.column_twice", "This file has the column “{column}” twice. Keep one of them.", column=twice[0]
        )
    return {name: named.index(name) for name in COLUMNS if name in named}


def _line(number: int, cells: Mapping[str, str], zone: ZoneInfo) -> ResultLine:
    long = [name for name, cell in cells.items() if len(cell) > CELL_LENGTH_MAX]
    if long:
        raise Refused("import.cell_too_long", "The column “{column}” is too long here. Shorten it.", column=long[0])
    if not cells["value"]:
        raise Refused("import.no_value", "There is no value. A test that only begins is started by hand.")
    if not _TEST.fullmatch(cells["test"]):
        raise Refused(
            "import.bad_test", "“{test}” names no test. Write it as the specification does.", test=cells["test"]
        )
    return ResultLine(
        number=number,
        sample=_sample(cells["sample"]),
        stage=_stage(cells["stage"]),
        test=cells["test"],
        value=cells["value"],
        measured_at=_moment(cells.get("measured_at", ""), zone),
        instrument=_instrument(cells.get("instrument", "")),
        report=cells.get("report", "")[:REPORT_LENGTH_MAX] or None,
        method=_method(cells.get("method", "")),
    )


def _sample(text: str) -> SampleCode:
    try:
        return SampleCode(ungrouped(text))
    except ValueError as error:
        raise Refused(
            "import.bad_sample", "“{text}” is no code of a sample. Copy it from the label.", text=text
        ) from error


def _stage(text: str) -> Stage:
    try:
        return Stage(text.casefold().replace(" ", "_"))
    except ValueError as error:
        raise Refused(
            "import.bad_stage",
            "“{text}” is no stage. It is one of: {stages}.",
            text=text,
            stages=", ".join(stage.value for stage in Stage),
        ) from error


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused("import.bad_time", "“{text}” is no time. Write it as 2026-05-04 14:30.", text=text) from error
    moment = (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)
    if found.tzinfo is None and moment.astimezone(zone).replace(tzinfo=None) != found:
        raise Refused(
            "import.time_never_was",
            "“{text}” never was: clocks were put forward over it. Write the time with its distance from UTC.",
            text=text,
        )
    return moment


def _instrument(text: str) -> EquipmentCode | None:
    if not text:
        return None
    try:
        return EquipmentCode(ungrouped(text))
    except ValueError as error:
        raise Refused(
            "import.bad_instrument", "“{text}” is no code of equipment. Copy it from its label.", text=text
        ) from error


def _method(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise Refused("import.bad_method", "“{text}” is no number of a method. Copy it from the list.", text=text)
    return int(text)
