"""Files on their way into a batch record: looked at, kept under their hash, and remembered for the one who attaches."""

from typing import Protocol

from cellchain.ledger.run import Runner
from cellchain.manufacturing.models import ReceivedFile
from cellchain.manufacturing.rules.files import NAMELESS, kind_of
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir
from cellchain.platform.write import WriteTx

__all__ = ["NAMELESS", "receive"]


class Installed(Protocol):
    """What of an installation this needs."""

    @property
    def settings(self) -> Settings: ...
    @property
    def folder(self) -> DataDir: ...
    @property
    def runner(self) -> Runner: ...


def receive(installed: Installed, person: str, content: bytes) -> str:
    """Keep `content` in the data folder and give its SHA-256; the same file twice is one.

    Raises Refused `file.empty`, `file.wrong_kind`, TooLarge. Nothing is kept of what is refused.
    """
    kind = kind_of(content, installed.settings.attachment_bytes_max)
    digest = installed.folder.keep(content)

    def remember(tx: WriteTx) -> None:
        tx.claim(
            ReceivedFile,
            {
                "digest": digest,
                "kind": kind,
                "size_bytes": len(content),
                "received_at": tx.now,
                "received_by": person,
            },
        )

    installed.runner.outside(remember)
    return digest
