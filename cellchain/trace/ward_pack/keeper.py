"""Keeps a fresh pack for paper in the data folder: a server that is away cannot be asked for one."""

import threading
from pathlib import Path

import structlog

from cellchain.kernel.errors import Busy
from cellchain.platform.db import Database
from cellchain.platform.files import DataDir, write_atomically
from cellchain.trace.documents import beside
from cellchain.trace.ward_pack import facts
from cellchain.web.i18n import LANGUAGES, Voice

EVERY_S = 15 * 60
# The first one waits until whoever started the server has been served.
FIRST_S = 30
STOP_S = 10.0
FOLDER = "ward-pack"
log = structlog.get_logger()


def made(database: Database, language: str, *, demonstration: bool, phone: str, ward: str | None = None) -> bytes:
    """One pack as it is now, set by a process of its own.

    Raises Busy `ward_pack.broke_off`, and what `facts.told` raises.
    """
    try:
        [content] = made_all(database, (language,), demonstration=demonstration, phone=phone, ward=ward)
    except beside.BrokeOff as error:
        raise Busy(
            "ward_pack.broke_off",
            "The pack for paper could not be made. Try again; until then use the one that was printed last, and tell "
            "an administrator.",
        ) from error
    return content


def made_all(
    database: Database, languages: tuple[str, ...], *, demonstration: bool, phone: str, ward: str | None = None
) -> list[bytes]:
    """The same in several languages, all of one moment."""
    with database.read() as tx:
        voices = [Voice(language, database.house.zone) for language in languages]
        told = [facts.told(tx, voice, demonstration=demonstration, phone=phone, ward=ward) for voice in voices]
    return beside.call(beside.ward_packs, told)


class PackKeeper:
    """`start` and `stop` belong to the application; `keep` is one round of it."""

    def __init__(self, database: Database, folder: DataDir, *, demonstration: bool, phone: str) -> None:
        self.database = database
        self.folder = folder.path / FOLDER
        self.demonstration = demonstration
        self.phone = phone
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ward-pack", daemon=True)

    def start(self) -> None:
        """Keep one from now on."""
        self._thread.start()

    def stop(self) -> None:
        """The last one stays where it is."""
        self._stopping.set()
        self._thread.join(STOP_S)

    def keep(self) -> list[Path]:
        """Write one pack a language over the last one."""
        languages = tuple(LANGUAGES)
        contents = made_all(self.database, languages, demonstration=self.demonstration, phone=self.phone)
        self.folder.mkdir(parents=True, exist_ok=True)
        places = [self.folder / f"ward-pack.{language}.pdf" for language in languages]
        for place, content in zip(places, contents, strict=True):
            write_atomically(place, content)
        return places

    def _run(self) -> None:
        wait_s: float = FIRST_S
        while not self._stopping.wait(wait_s):
            try:
                self.keep()
            except Exception as error:  # the one before stays, and says how old it is
                log.warning("ward_pack.not_kept", fault=type(error).__name__)
            wait_s = EVERY_S
