"""Which reader settings make sense and who may set them, what of a scan is kept, and what may be undone. Pure."""

import re
from datetime import datetime, timedelta

from cellchain.identity.codes import Kind
from cellchain.identity.gs1 import SERVICE_RECIPIENT
from cellchain.identity.isbt.structures import RecipientBirthDay, RecipientNumber
from cellchain.identity.scan import LENGTH_MAX, Scan
from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass


@dataclass(frozen=True)
class Bounds:
    """A wait in milliseconds: what a station without settings of its own has, and between what it may be set."""

    usual: int
    least: int
    most: int


GAP_MS = Bounds(usual=100, least=20, most=500)
SPAN_MS = Bounds(usual=1_500, least=500, most=15_000)
AFFIX_MAX = 20

UNDO_WITHIN = timedelta(seconds=60)

# What a damaged symbol of ours still looks like: two letters and mostly digits, behind the reader's own prefix.
_OURS = re.compile(rf"(\][A-Za-z][0-9A-Za-z])?({'|'.join(kind.value for kind in Kind)})[0-9]{{4,14}}")
_SHAPES = ((re.compile(r"[A-Z]"), "A"), (re.compile(r"[a-z]"), "a"), (re.compile(r"[0-9]"), "9"))
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_SIGN = re.compile(r"[^Aa9Ж␝ ]")
_GS = "\x1d"


def may_configure(station: str, here: str | None, *, every_station: bool) -> None:
    """Raises Refused `scanner.other_station`: a reader is set up where it stands, or by who looks after stations."""
    if not every_station and station != here:
        raise Refused(
            "scanner.other_station",
            "This is not the station {name}. Set its reader up there, or ask an administrator.",
            name=station,
        )


def kept(raw: str, read: Scan) -> tuple[str, bool]:
    """What of a scan is kept, and whether that is its shape alone.

    A symbol that says something here is kept as it came, and so is a damaged one of ours. Anything else may be an
    identity card, or a password typed by a program: how it was made up tells enough to set a reader right. So it is
    with a message that says a recipient's number elsewhere, or a day of birth.
    """
    known = read.problem is None and not _says_who(read)
    if known or _OURS.fullmatch(raw.strip("\r\n\t")):
        return raw[:LENGTH_MAX].replace("\x00", "␀"), False
    return shape(raw)[:LENGTH_MAX], True


def _says_who(read: Scan) -> bool:
    if read.gs1 is not None and read.gs1.get(SERVICE_RECIPIENT) is not None:
        return True
    structures = () if read.isbt is None else read.isbt.structures
    return any(isinstance(one, RecipientNumber | RecipientBirthDay) for one in structures)


def shape(text: str) -> str:
    """A text with each character replaced by one of its sort: `Ivanov 1957-03-02` is `Aaaaaa 9999·99·99`."""
    shaped = _FOREIGN.sub("Ж", text).replace(_GS, "␝")
    for sort, sign in _SHAPES:
        shaped = sort.sub(sign, shaped)
    return _SIGN.sub("·", shaped)


@dataclass(frozen=True)
class DoneAct:
    """What is to be undone: when it was entered, by whom, and at which station."""

    at: datetime
    person: str
    station: str | None


def may_undo(act: DoneAct, person: str, station: str | None, now: datetime, instead: T) -> None:
    """Raises Refused `undo.not_here`, `undo.too_late`; `instead` says what can be done about it still."""
    if (act.person, act.station) != (person, station):
        raise Refused(
            "undo.not_here",
            "Only the person who entered this takes it back, where it was entered. {instead}",
            instead=instead,
        )
    if now - act.at > UNDO_WITHIN:
        raise Refused("undo.too_late", "This was entered more than 60 seconds ago. {instead}", instead=instead)


def undo_until(at: datetime | None, by: str | None, person: str, now: datetime) -> datetime | None:
    """Until when this person is offered to take it back; None where it is somebody else's, or too late."""
    return at + UNDO_WITHIN if at is not None and by == person and now - at <= UNDO_WITHIN else None


def may_undo_in_step(*, completed: bool) -> None:
    """Raises Refused `undo.step_completed`: what a completed step rests on is not taken back any more."""
    if completed:
        raise Refused("undo.step_completed", "The step is completed. Open a deviation, and say in it what is wrong.")


def nothing_to_undo(instead: T) -> Refused:
    """Where UNDO has nothing to take back; `instead` says what can be done."""
    return Refused("undo.nothing", "There is nothing here that an UNDO takes back. {instead}", instead=instead)
