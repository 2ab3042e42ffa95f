"""Which files the house takes: told by their content alone, never by a name or by what a browser says. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from cellchain.kernel.errors import Refused, TooLarge
from cellchain.kernel.values import dataclass

NAME_MAX = 120
NAMELESS = "attachment"
# Where the end of a file is looked for: cameras and programs put something of their own behind it.
TAIL_BYTES = 16_384


class FileKind(StrEnum):
    """What a file is."""

    PNG = "png"
    JPEG = "jpeg"
    PDF = "pdf"
    TEXT = "text"

    @property
    def label(self) -> str:
        """What people call it."""
        return "CSV, TXT, TOML" if self is FileKind.TEXT else self.value.upper()

    @property
    def media_type(self) -> str:
        """The type that an answer names. A text may be read as a page by whoever opens it: it has none."""
        if self is FileKind.TEXT:
            return "application/octet-stream"
        return "application/pdf" if self is FileKind.PDF else f"image/{self.value}"

    @property
    def accept(self) -> str:
        """What a browser is asked to offer for it."""
        return ".csv,.txt,.toml" if self is FileKind.TEXT else self.media_type


# A paper that was scanned, photographed or written as one.
PAPERS = (FileKind.PNG, FileKind.JPEG, FileKind.PDF)
TEXTS = (FileKind.TEXT,)


@dataclass(frozen=True)
class Marks:
    """How a whole file of a kind begins, and what stands at its end."""

    begin: bytes
    end: bytes


MARKS = {
    FileKind.PNG: Marks(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"IEND\xaeB`\x82"),
    FileKind.JPEG: Marks(b"\xff\xd8\xff", b"\xff\xd9"),
    FileKind.PDF: Marks(b"%PDF-", b"%%EOF"),
}
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def kind_of(content: bytes, most: int, kinds: Iterable[FileKind] = FileKind) -> FileKind:
    """What a file is, where it is of one of `kinds`. Raises Refused `file.empty`, `.wrong_kind`, TooLarge.

    The end is looked for as well as the beginning, so that half a file is none.
    """
    if not content:
        raise Refused("file.empty", "The file is empty. Choose it again.")
    if len(content) > most:
        raise TooLarge("file.too_large", "The file is too large. Attach one of {most} bytes at most.", most=most)
    return must_be(_told(content), kinds)


def must_be(kind: FileKind | None, kinds: Iterable[FileKind]) -> FileKind:
    """The kind, where it is one of `kinds`. Raises Refused `file.wrong_kind`."""
    wanted = tuple(kinds)
    if kind is None or kind not in wanted:
        raise Refused(
            "file.wrong_kind",
            "This is no whole file of the kind that is taken here: {kinds}. Save it as that, and choose that file.",
            kinds=", ".join(one.label for one in wanted),
        )
    return kind


def _told(content: bytes) -> FileKind | None:
    for kind, marks in MARKS.items():
        if content.startswith(marks.begin):
            return kind if marks.end in content[-TAIL_BYTES:] else None
    return None if decoded(content) is None else FileKind.TEXT


def decoded(content: bytes) -> str | None:
    """A file as text: UTF-8 or UTF-16 by its mark, UTF-8, else Windows-1251. None for what is no text."""
    marked = next((encoding for mark, encoding in BYTE_ORDER_MARKS if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp1251"):
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if not any(ord(letter) < 32 and letter not in "\r\n\t" for letter in text):
            return text
    return None


def plain_name(name: str, kind: FileKind) -> str:
    """The name of a file as it is kept and given back: no folder, nothing that cannot be printed, its kind's ending.

    A text keeps the ending that its maker gave it.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable() and letter not in '"<>|:*?').strip(" .")
    stem, _, given = kept.rpartition(".")
    ending = f".{given[:8] if stem and given.isalnum() else 'txt'}" if kind is FileKind.TEXT else _ending(kind)
    return (stem or kept or NAMELESS)[: NAME_MAX - len(ending)] + ending


def _ending(kind: FileKind) -> str:
    return f".{'jpg' if kind is FileKind.JPEG else kind.value}"
