"""The data folder: what lies in it, who holds it, and writing a file so that a crash leaves the old or the new one.

`cellchain.db`, `keys/` (outside the database, so that a copy of one is no use without the other), `files/` (attachments
by their hash) and `checkpoints/` (the default witness folder).
"""

import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.values import dataclass

KEY_BYTES = 32
# What a restore works in; while it is there without a database beside it, the folder is no installation.
RESTORING = ".restoring"
NEXT_KEY = "signing.next"
PRIVATE = 0o600
READABLE = 0o644


@dataclass(frozen=True)
class Keys:
    """The site's keys: `signing` for checkpoints, `field` for encrypted cells, `list` for the allocation list.

    Of the two secret ones, those that were in use before are kept, the first one first: they go on opening.
    """

    signing: Ed25519PrivateKey
    field: bytes
    list: bytes
    older_fields: tuple[bytes, ...] = ()
    older_lists: tuple[bytes, ...] = ()


class DataDir:
    """The folder that holds one installation's data."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "cellchain.db"
        self.keys_folder = path / "keys"
        self.files = path / "files"
        self.checkpoints = path / "checkpoints"

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Hold the folder alone, so that no database is replaced under a live connection.

        Raises Refused `data_dir.in_use`. The lock is the operating system's own and ends with the process.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Refused(
                    "data_dir.in_use",
                    "Another cellchain process uses the data folder {folder}. Stop it first, or name another folder.",
                    folder=str(self.path),
                ) from error
            yield
        finally:
            os.close(lock)

    def keys(self) -> Keys:
        """The keys, made at first use.

        Raises Refused `data_dir.keys_missing` where a database lies in the folder without them: new keys could neither
        read its encrypted cells nor continue its checkpoints; `data_dir.half_restored` after a restore that
        was broken off.
        """
        self._refuse_half_restored()
        self.keys_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.keys_folder.chmod(0o700)
        signing = _signing_key(self._key("signing.key", _new_signing_key))
        self._publish(signing)
        secrets_now = self._secret("field.key"), self._secret("list.key")
        return Keys(signing, *secrets_now, self._older("field"), self._older("list"))

    def public_keys(self) -> tuple[Ed25519PublicKey, ...]:
        """The public keys that may have signed checkpoints: `signing.pub`, and any other `*.pub` that was retired."""
        found = [_public_key(file.read_bytes()) for file in sorted(self.keys_folder.glob("*.pub"))]
        return tuple(key for key in found if key is not None)

    def next_signing_key(self) -> Ed25519PrivateKey:
        """The signing key that is to follow, made at the first call and kept until `take_next_signing_key`."""
        place = self.keys_folder / NEXT_KEY
        write_once(place, _new_signing_key())
        return _signing_key(place.read_bytes())

    def take_next_signing_key(self) -> None:
        """Sign with the next key from now on. Of the one before, the public half stays and the private one is gone."""
        (self.keys_folder / NEXT_KEY).replace(self.keys_folder / "signing.key")
        flush_folder(self.keys_folder)
        self.keys()

    def next_secret(self, kind: str) -> bytes:
        """The field or list key (`kind`) that is to follow, made at the first call and kept until it is taken."""
        place = self.keys_folder / f"{kind}.next"
        write_once(place, _new_secret())
        return _secret_in(place)

    def take_next_secret(self, kind: str) -> None:
        """Use the next field or list key from now on. The one before is kept by its number, and goes on opening.

        It lies there under both names before the new one takes its place: whenever the process dies, each key is there.
        """
        current = self.keys_folder / f"{kind}.key"
        older = self._older(kind)
        if not older or older[-1] != _secret_in(current):
            write_once(self.keys_folder / f"{kind}-{len(older) + 1}.key", current.read_bytes())
        (self.keys_folder / f"{kind}.next").replace(current)
        flush_folder(self.keys_folder)

    def keep(self, content: bytes) -> str:
        """Put an attachment into `files/` and give the SHA-256 that it is found by."""
        digest = hashlib.sha256(content).hexdigest()
        place = self._place(digest)
        if not place.exists():
            write_atomically(place, content)
        return digest

    def fetch(self, digest: str) -> bytes:
        """The attachment with SHA-256 `digest`. Raises NotFound if it is gone, Refused `file.damaged` if it changed."""
        key = digest[:12]
        try:
            content = self._place(digest).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("file.not_found", "Attachment {key} is missing. Tell an administrator.", key=key) from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise Refused("file.damaged", "Attachment {key} was altered. Tell an administrator.", key=key)
        return content

    def damaged_files(self) -> list[str]:
        """The names of files in `files/` whose content is not what their name says."""
        found = []
        for file in sorted(self.files.glob("??/*")):
            if file.name.startswith("."):
                continue
            with file.open("rb") as content:
                if hashlib.file_digest(content, "sha256").hexdigest() != file.name:
                    found.append(file.name)
        return found

    def _refuse_half_restored(self) -> None:
        if (self.path / RESTORING).is_dir() and not self.database.exists():
            raise Refused(
                "data_dir.half_restored",
                "A restore into {folder} was broken off. Run the same restore again; it begins anew, on PostgreSQL "
                "with a new database.",
                folder=str(self.path),
            )

    def _publish(self, signing: Ed25519PrivateKey) -> None:
        """Keep `signing.pub` beside the key; the public half of an earlier key stays, for the checkpoints it signed."""
        public = signing.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        place = self.keys_folder / "signing.pub"
        before = place.read_bytes() if place.exists() else public
        if before != public:
            write_once(place.with_name(f"retired-{hashlib.sha256(before).hexdigest()[:8]}.pub"), before, mode=READABLE)
        if before != public or not place.exists():
            write_atomically(place, public, mode=READABLE)

    def _place(self, digest: str) -> Path:
        return self.files / digest[:2] / digest

    def _secret(self, name: str) -> bytes:
        self._key(name, _new_secret)
        return _secret_in(self.keys_folder / name)

    def _older(self, kind: str) -> tuple[bytes, ...]:
        """The keys of a kind that were in use before, by number. One that is missing leaves a gap, and is missed."""
        numbers = [file.stem.removeprefix(f"{kind}-") for file in self.keys_folder.glob(f"{kind}-*.key")]
        last = max((int(number) for number in numbers if number.isdecimal()), default=0)
        places = [self.keys_folder / f"{kind}-{number}.key" for number in range(1, last + 1)]
        for place in places:
            if not place.exists():
                raise self._missing(place.name)
        return tuple(map(_secret_in, places))

    def _missing(self, name: str) -> Refused:
        return Refused(
            "data_dir.keys_missing",
            "The database in {folder} is there, its {key} is not. Put the exported keys back first.",
            folder=str(self.path),
            key=name,
        )

    def _key(self, name: str, make: Callable[[], bytes]) -> bytes:
        place = self.keys_folder / name
        if not place.exists():
            if self.database.exists():
                raise self._missing(name)
            write_once(place, make())
        return place.read_bytes()


def write_atomically(place: Path, content: bytes, *, mode: int = PRIVATE) -> None:
    """Write `content` so that after a crash `place` holds the whole of it, or what it held before."""
    with _written(place, content, mode) as written:
        written.replace(place)
    flush_folder(place.parent)


@contextmanager
def written_atomically(place: Path, *, mode: int = PRIVATE) -> Iterator[IO[bytes]]:
    """As `write_atomically`, for what is too large to hold: the file to write into, put in its place at the end."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(place)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()
    flush_folder(place.parent)


def write_once(place: Path, content: bytes, *, mode: int = PRIVATE) -> bool:
    """As `write_atomically`, but leave a file that is there already as it is, and say whether this one was written."""
    with _written(place, content, mode) as written:
        try:
            os.link(written, place)  # unlike a rename, a link never replaces
        except FileExistsError:
            return False
    flush_folder(place.parent)
    return True


@contextmanager
def _written(place: Path, content: bytes, mode: int) -> Iterator[Path]:
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def flush_file(place: Path) -> None:
    """What was written to a file lies on the disk."""
    flush_folder(place)


def flush_folder(folder: Path) -> None:
    """What a folder names lies on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _new_signing_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _signing_key(pem: bytes) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise _damaged("signing.key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _damaged("signing.key")
    return key


def _new_secret() -> bytes:
    return secrets.token_hex(KEY_BYTES).encode()


def _secret_in(place: Path) -> bytes:
    try:
        value = bytes.fromhex(place.read_bytes().decode().strip())
    except ValueError as error:
        raise _damaged(place.name) from error
    if len(value) != KEY_BYTES:
        raise _damaged(place.name)
    return value


def _public_key(pem: bytes) -> Ed25519PublicKey | None:
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def _damaged(name: str) -> Refused:
    return Refused("data_dir.key_damaged", "The key file {key} is damaged. Put the exported keys back.", key=name)
