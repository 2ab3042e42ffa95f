"""Files that somebody sent to the trial's house before their order."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cellchain.ledger import uploads
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir
from tests.factories import House


class Inbox:
    """The folder of a house; `came` keeps a file there as the upload does."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.folder = house, DataDir(folder)
        house.database.house = replace(house.database.house, fetch=self.folder.fetch)

    def came(self, content: bytes, name: str, person: str = "PN000000000000") -> dict[str, str]:
        """A file that was sent before its order."""
        settings = Settings(attachment_bytes_max=1_000_000)
        installed: Any = SimpleNamespace(settings=settings, folder=self.folder, runner=self.house.runner)
        return {"name": name, "sha256": uploads.receive(installed, person, content)}
