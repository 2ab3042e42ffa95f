"""Files on their way in: looked at, kept under their hash, and named by it in the order of whoever sent them.

A file comes before the order that is about it, by itself or with its form. So an order stays small, is repeated byte
for byte, and cannot claim a file that never came; and nothing slow happens while the write lock is held.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import bindparam, func
from sqlmodel import col, select

from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.values import dataclass
from cellchain.ledger import filekinds
from cellchain.ledger.filekinds import FileKind
from cellchain.ledger.models import ReceivedFile
from cellchain.ledger.registry import Text
from cellchain.ledger.run import Runner
from cellchain.platform.config import Settings
from cellchain.platform.db import ReadTx
from cellchain.platform.files import DataDir
from cellchain.platform.viruses import Scanner
from cellchain.platform.write import WriteTx

DAY = timedelta(hours=24)
SENT = select(func.count(), func.coalesce(func.sum(col(ReceivedFile.size_bytes)), 0)).where(
    col(ReceivedFile.received_by) == bindparam("person"), col(ReceivedFile.received_at) > bindparam("since")
)
ACCEPTS = "x-file"
FileName = Annotated[Text, Field(min_length=1, max_length=255, title="File name")]


class Upload(BaseModel):
    """A file as a field of an order: what it was called, and the SHA-256 that it was kept under when it came."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: FileName
    sha256: Annotated[
        str,
        Field(
            pattern=r"^[0-9a-f]{64}$",
            title="SHA-256",
            description="As POST /api/v1/files answered it.",
        ),
    ]


def accepting(kinds: Sequence[FileKind]) -> dict[str, Any]:
    """Names the kinds that a field takes: `Field(title=..., json_schema_extra=accepting(PAPERS))`."""
    return {ACCEPTS: [kind.value for kind in kinds]}


class Installed(Protocol):
    """What of an installation receiving needs."""

    @property
    def settings(self) -> Settings: ...
    @property
    def folder(self) -> DataDir: ...
    @property
    def runner(self) -> Runner: ...


def receive(installed: Installed, person: str, content: bytes, kinds: Sequence[FileKind] = tuple(FileKind)) -> str:
    """Keep `content` in the data folder and give its SHA-256; the same file twice is one.

    Raises Refused `file.empty`, `file.wrong_kind`, `file.too_many`, `file.infected`, TooLarge, and Busy where the virus
    scanner is away. Nothing is kept of what is refused.
    """
    settings = installed.settings
    kind = filekinds.kind_of(content, settings.attachment_bytes_max, kinds)
    with installed.runner.database.read() as tx:
        _within_quota(tx, settings, person, len(content))
    if settings.clamd_address is not None:
        Scanner.at(settings.clamd_address).look(content)
    digest = installed.folder.keep(content)

    def remember(tx: WriteTx) -> None:
        facts = {"digest": digest, "kind": kind, "size_bytes": len(content)}
        tx.claim(ReceivedFile, {**facts, "received_at": tx.now, "received_by": person})

    installed.runner.outside(remember)
    return digest


def _within_quota(tx: ReadTx, settings: Settings, person: str, size_bytes: int) -> None:
    """Raises Refused `file.too_many`. What others send at the same moment may pass beside it: the limit is of a day."""
    files, held = tx.one(SENT, person=person, since=tx.now - DAY)
    if files >= settings.attachments_a_day_max or held + size_bytes > settings.attachment_bytes_a_day_max:
        raise Refused(
            "file.too_many",
            "You have sent as many files as one person may within 24 hours ({files}). Go on later, or ask an "
            "administrator for more room.",
            files=files,
        )


@dataclass(frozen=True)
class Received:
    """A file that came, under the name that it may be given back by."""

    digest: str
    kind: FileKind
    size_bytes: int
    name: str


def received(tx: ReadTx, file: Upload, kinds: Sequence[FileKind]) -> Received:
    """The file that an order names. Raises NotFound `file.not_received`, Refused `file.wrong_kind`."""
    row = tx.find(ReceivedFile, file.sha256)
    if row is None:
        raise NotFound("file.not_received", "This file did not arrive. Choose it again and attach it.")
    kind = filekinds.must_be(row.kind, kinds)
    return Received(row.digest, kind, row.size_bytes, filekinds.plain_name(file.name, kind))
