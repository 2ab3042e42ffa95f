"""Everything in one archive that opens without this program: CSV and JSON, a dictionary, attachments, the ledger.

The law asks for thirty years, and no program is sure to run then. What is needed here is a ZIP reader and eyes; for the
proof, Python and `cryptography`. What was erased stays erased, and secrets (password hashes, sealed arms) go out as
commitments, as they stand in the ledger.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from inspect import cleandoc
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table
from sqlmodel import SQLModel

from cellchain.kernel.canonical import moment
from cellchain.kernel.values import dataclass
from cellchain.ledger import export as ledger_export
from cellchain.ledger import foundation, stored
from cellchain.ledger.append import last_position
from cellchain.ledger.readable import Readable
from cellchain.main import Installation
from cellchain.platform.columns import CellText, Choice, Document, Moment, Record
from cellchain.platform.db import Database, Link
from cellchain.platform.files import written_atomically
from cellchain.platform.sealing import Sealer, commitment_of
from cellchain.safekeeping.scratch import scratch

# What is of no use to anybody later, each with its reason. The ledger's bodies lie in ledger/.
LEFT_OUT = {
    "accounts_failed_sign_in": "counts failed sign-ins for a quarter of an hour",
    "accounts_web_session": "who was signed in at that moment",
    "ledger_head": "repeats the last entry",
    "ledger_request": "answers kept for 30 days; each entry carries its request id",
    "platform_counter": "the next numbers to give",
}
BODY = "body"
PERSONAL = "personal"
AT_ONCE = 1_048_576
README = """\
Everything that {site} recorded, taken out of cellchain {version} at {at}.

It opens without that program. What is here:

  dictionary.csv     every table and column: what it holds and refers to (dictionary.json says the same)
  tables/NAME.csv    the rows of a table: UTF-8, commas, quotes as in RFC 4180, the first line names the columns.
                     An empty field is no value. true and false are words, times are UTC.
  tables/NAME.jsonl  the same rows, one JSON object a line: null and an empty text differ here, numbers are numbers.
  files/             attachments, certificates and batch records, each under its SHA-256; files.csv lists them.
  ledger/            ledger.jsonl, every entry as it was hashed; verify_ledger.py proves it with a public key.
  checkpoints/       what was signed over the ledger at the time; keys/ holds the public keys that signed.
  SHA256SUMS         of every file here, as `sha256sum --check SHA256SUMS` reads it.

The tables are as they were after entry {entries} of the ledger.

To follow a bag: look for its code in tables/manufacturing_container.csv. manufacturing_container_source.csv leads from
each container (child) to what it was made of (parent), up to one whose `donation` stands in donors_donation.csv, which
names the donor. trial_assignment.csv and bedside_infusion.csv lead from the bag to its recipient. Whatever happened to
any code stands in tables/ledger_entry.csv by `subject`; the body of an entry, in ledger/ledger.jsonl, has every value
that it changed.

{personal}
Secrets (class `secret` in the dictionary: hashes of passwords, sealed arms) stand as commitments, SHA-256 of what was
stored. The content of a bag tells an arm: nobody who must not know one may read this archive. What was erased on
purpose is empty, and an entry `...:redacted` says by whom.
"""
WITH_PERSONAL = """\
Personal values are in the clear: keep this archive as the records themselves are kept. In the .jsonl files, `_cells`
holds each as it was stored, with its salt: SHA-256 of that text, with `sha256:` before it, is what the ledger holds.
"""
INCOMPLETE = """
THE DATABASE WAS DAMAGED, AND THIS IS WHAT COULD STILL BE READ OF IT. Rows are missing from these tables:

"""
WITHOUT_PERSONAL = """\
Personal values (class `personal`: names, free text) were left out: their commitments stand in their place, and prove a
value to whoever has it with its salt, and tell nothing to anybody else.
"""


@dataclass
class Taken:
    """What was taken out: up to which entry, how many rows of how many tables, how many attachments."""

    entries: int
    root: str = ""
    tables: int = 0
    rows: int = 0
    files: int = 0
    unreadable: int = 0
    missing: dict[str, str] = field(default_factory=dict)  # tables of which rows cannot be read, with what hinders


@dataclass
class _Archive:
    """The ZIP file as it grows, with the SHA-256 of each member."""

    zip: zipfile.ZipFile
    sums: list[tuple[str, str]] = field(default_factory=list)

    @contextmanager
    def member(self, name: str) -> Iterator[Callable[[bytes], object]]:
        """Gives what writes into one more file."""
        digest = hashlib.sha256()
        info = zipfile.ZipInfo(name)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        with self.zip.open(info, "w", force_zip64=True) as file:

            def write(content: bytes) -> None:
                digest.update(content)
                file.write(content)

            yield write
        self.sums.append((digest.hexdigest(), name))

    def put(self, name: str, text: str) -> None:
        """A whole text as one file."""
        with self.member(name) as write:
            write(text.encode())

    def copy(self, name: str, source: Path) -> None:
        """A file of the data folder."""
        with self.member(name) as write, source.open("rb") as content:
            while piece := content.read(AT_ONCE):
                write(piece)


def take_out(installation: Installation, to: Path, version: str, *, personal: bool, readable: bool = False) -> Taken:
    """Write the archive to `to`, whole or not at all. Raises Refused `database.not_founded`.

    With `readable`, what a damaged database still gives; what is missing is told in the archive and in `missing`.
    """
    database, folder = installation.database, installation.folder
    taken = Taken(_last_readable(database) if readable else _last(database))
    with (
        scratch(folder.path) as work,
        written_atomically(to) as file,
        zipfile.ZipFile(file, "w", allowZip64=True) as zipped,
    ):
        archive = _Archive(zipped)
        _tables(installation, archive, taken, personal=personal, readable=readable)
        _attachments(installation, archive, taken)
        ledger = work / "ledger.jsonl"
        written = ledger_export.write(database, folder, ledger, installation.settings.site_name, readable=readable)
        taken.root = written.root
        for source in (ledger, ledger.with_name(ledger_export.VERIFIER)):
            archive.copy(f"ledger/{source.name}", source)
        for source in [*sorted(folder.checkpoints.glob("*.txt")), *sorted(folder.keys_folder.glob("*.pub"))]:
            archive.copy(f"{source.parent.name}/{source.name}", source)
        archive.put("README.txt", _readme(installation, taken, version, personal=personal))
        archive.put("SHA256SUMS", "".join(f"{digest}  {name}\n" for digest, name in archive.sums))
    return taken


def _last(database: Database) -> int:
    foundation.ensure_founded(database)
    with database.read() as tx:
        return last_position(tx).seq


def _last_readable(database: Database) -> int:
    """The last entry before the damage, read without the row that names the last."""
    with stored.snapshot(database) as link:
        return stored.last_readable(database, link)


def dictionary() -> list[dict[str, Any]]:
    """Every column of every table that goes out, in order, with what it means."""
    told = {model.__table__.name: cleandoc(model.__doc__ or "") for model in _models()}  # type: ignore[attr-defined]
    lines = []
    for table in tables():
        for column in _columns(table):
            refers = ", ".join(sorted(key.target_fullname for key in column.foreign_keys))
            lines.append(
                {
                    "table": table.name,
                    "table_holds": " ".join(told.get(table.name, "").split()),
                    "column": column.name,
                    "type": _type(column),
                    "class": column.info.get("class", "open"),
                    "key": column.primary_key,
                    "optional": bool(column.nullable),
                    "refers_to": refers,
                    "one_of": ", ".join(column.type.members) if isinstance(column.type, Choice) else "",
                }
            )
    return lines


def tables() -> list[Table]:
    """The tables that go out, by name."""
    return [table for name, table in sorted(SQLModel.metadata.tables.items()) if name not in LEFT_OUT]


def _models() -> Iterator[type[SQLModel]]:
    waiting = [Record]
    while waiting:
        model = waiting.pop()
        waiting.extend(model.__subclasses__())
        if hasattr(model, "__table__"):
            yield model


def _columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if (table.name, column.name) != ("ledger_entry", BODY)]


def _type(column: Column[Any]) -> str:
    kinds = {
        Moment: "time, UTC",
        Date: "day",
        Boolean: "true or false",
        Document: "JSON",
        CellText: "text",
        BigInteger: "whole number",
        Integer: "whole number",
    }
    return next((name for kind, name in kinds.items() if isinstance(column.type, kind)), "text")


def _tables(installation: Installation, archive: _Archive, taken: Taken, *, personal: bool, readable: bool) -> None:
    """Each table twice, as CSV and as JSON lines, all from one snapshot."""
    lines = dictionary()
    archive.put("dictionary.json", json.dumps({"columns": lines, "left_out": LEFT_OUT}, indent=1, ensure_ascii=False))
    with archive.member("dictionary.csv") as write:
        write(_csv_line(list(lines[0])))
        for line in lines:
            write(_csv_line([_field(value) for value in line.values()]))
    database = installation.database
    with stored.snapshot(database) as link:
        for table in tables():
            columns = _columns(table)
            rows = _Rows(database, link, table, columns, taken.missing if readable else None)
            shown = _Shown(columns, database.sealer, personal=personal)
            with archive.member(f"tables/{table.name}.csv") as write:
                write(_csv_line([column.name for column in columns]))
                for row in rows:
                    write(_csv_line([_field(value) for value in shown.plain(row)]))
                    taken.rows += 1
            taken.unreadable += shown.unreadable
            with archive.member(f"tables/{table.name}.jsonl") as write:
                for row in rows:
                    write(json.dumps(shown.rich(row), ensure_ascii=False).encode(errors="surrogatepass") + b"\n")
            taken.tables += 1


class _Rows:
    """The rows of one table, as often as they are asked for; where `missing` is given, those that can be read."""

    def __init__(
        self,
        database: Database,
        link: Link,
        table: Table,
        columns: Sequence[Column[Any]],
        missing: dict[str, str] | None,
    ) -> None:
        self._source = (database, link, table)
        self._names = [column.name for column in columns]
        self._places = [list(table.columns).index(column) for column in columns]
        self._missing = missing

    def __iter__(self) -> Iterator[list[Any]]:
        if self._missing is None:
            for row in stored.raw_rows(*self._source):
                yield [row[place] for place in self._places]
            return
        found = Readable(*self._source, self._names)
        for row in found:
            yield list(row)
        if found.faults:
            self._missing[self._source[2].name] = found.faults[0]


class _Shown:
    """How the values of one table are shown. Counts the cells that did not open."""

    def __init__(self, columns: Sequence[Column[Any]], sealer: Sealer, *, personal: bool) -> None:
        self._columns = columns
        self._sealer = sealer
        self._personal = personal
        self.unreadable = 0

    def plain(self, row: Sequence[Any]) -> list[Any]:
        """The values, cells opened or as commitments."""
        return [self._value(column, value) for column, value in zip(self._columns, row, strict=True)]

    def rich(self, row: Sequence[Any]) -> dict[str, Any]:
        """The values by name, documents as what they are, and the personal cells as they are stored."""
        told = dict(zip([column.name for column in self._columns], self.plain(row), strict=True))
        cells = {}
        for column, value in zip(self._columns, row, strict=True):
            if value is None:
                continue
            if isinstance(column.type, Document):
                told[column.name] = _parsed(value)
            elif isinstance(column.type, CellText) and self._opens(column):
                cells[column.name] = value
        return {**told, "_cells": cells} if cells else told

    def _opens(self, column: Column[Any]) -> bool:
        return self._personal and column.info.get("class") == PERSONAL

    def _value(self, column: Column[Any], value: Any) -> Any:
        if value is None:
            return None
        if isinstance(column.type, CellText):
            if not self._opens(column):
                return commitment_of(str(value))
            try:
                return self._sealer.open(str(value))
            except ValueError:
                self.unreadable += 1
                return None
        return bool(value) if isinstance(column.type, Boolean) else value


def _parsed(value: Any) -> Any:
    try:
        return json.loads(value)
    except (ValueError, TypeError):
        return value


def _field(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _csv_line(values: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(values)
    return line.getvalue().encode(errors="surrogatepass")


def _attachments(installation: Installation, archive: _Archive, taken: Taken) -> None:
    """Every attachment, and a list that says which of them is what its name says."""
    listed = [_csv_line(["file", "sha256", "bytes", "as_it_was"])]
    damaged = Counter(installation.folder.damaged_files())
    for source in sorted(installation.folder.files.glob("??/*")):
        if source.name.startswith(".") or not source.is_file():
            continue
        name = f"files/{source.parent.name}/{source.name}"
        archive.copy(name, source)
        whole = "false" if damaged[source.name] else "true"
        listed.append(_csv_line([name, source.name, str(source.stat().st_size), whole]))
        taken.files += 1
    with archive.member("files.csv") as write:
        for line in listed:
            write(line)


def _readme(installation: Installation, taken: Taken, version: str, *, personal: bool) -> str:
    told = README.format(
        site=installation.settings.site_name,
        version=version,
        at=moment(installation.database.clock.now()),
        entries=taken.entries,
        personal=WITH_PERSONAL if personal else WITHOUT_PERSONAL,
    )
    if taken.missing:
        told += INCOMPLETE + "".join(f"  {table}: {why}\n" for table, why in sorted(taken.missing.items()))
    if taken.unreadable:
        told += f"\n{taken.unreadable} personal values could not be opened with the keys of the house, and are empty.\n"
    return told
