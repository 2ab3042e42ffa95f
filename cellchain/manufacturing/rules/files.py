"""Which files a batch record takes: told by their content alone, never by a name or by what a browser says. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from cellchain.kernel.errors import Refused, TooLarge

NAME_MAX = 120
NAMELESS = "attachment"
# Where the end of a file is looked for: cameras and programs put something of their own behind it.
TAIL_BYTES = 16_384


class FileKind(StrEnum):
    """What may be attached to a step."""

    PNG = "png"
    JPEG = "jpeg"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """The type that an answer names."""
        return "application/pdf" if self is FileKind.PDF else f"image/{self.value}"


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


def kind_of(content: bytes, most: int) -> FileKind:
    """What a file is, where it may be attached. Raises Refused `file.empty`, `.wrong_kind`, TooLarge.

    The end is looked for as well as the beginning, so that half a file is none.
    """
    if not content:
        raise Refused("file.empty", "The file is empty. Choose it again.")
    if len(content) > most:
        raise TooLarge("file.too_large", "The file is too large. Attach one of {most} bytes at most.", most=most)
    for kind, marks in MARKS.items():
        if content.startswith(marks.begin) and marks.end in content[-TAIL_BYTES:]:
            return kind
    raise Refused(
        "file.wrong_kind", "This is no whole PNG, JPEG or PDF. Save it as one of these, and attach that file."
    )


def plain_name(name: str, kind: FileKind) -> str:
    """The name of a file as it is kept and given back: no folder, nothing that cannot be printed, its kind's ending."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter for letter in last if letter.isprintable() and letter not in '"<>|:*?').strip(" .")
    stem = kept.rpartition(".")[0] or kept or NAMELESS
    ending = f".{'jpg' if kind is FileKind.JPEG else kind.value}"
    return stem[: NAME_MAX - len(ending)] + ending
