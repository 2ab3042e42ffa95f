"""What a reader really sends, from the keys of a few scans of the test card, and what to change, in plain words.

Nothing is stored: the page hands over keydowns, with what the scan sink would make of each (static/js/keys.js).
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cellchain.identity import scan
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels.scanning import rules

GS = scan.GS
# The card has what readers and layouts get wrong: capital and small letters, keys that other layouts move, digits,
# the signs of ISBT 128 and AIM, and a separator between two parts.
BODY, TAIL = "=aqWZ&y09]m-", "Mx27"
CARD: Mapping[str, str] = {
    symbology: f"{name}{BODY}{GS}{TAIL}"
    for symbology, name in (("datamatrix", "Card1"), ("code128", "Card2"), ("qr", "Card3"))
}

SCANS_MAX, KEYS_MAX = 12, 600
GAP_MS, GAP_MS_MOST = rules.GAP_MS.usual, rules.GAP_MS.most  # beyond the most a reader looks like a person
SPAN_MS, SPAN_MS_MOST = rules.SPAN_MS.usual, rules.SPAN_MS.most
MARGIN_PERCENT = 140
# A supplier's symbol is longer than the card's: a station waits for as many characters as such a one may have.
LONGEST_SYMBOL = 64

_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]$")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_NAMES: Mapping[str, str] = {GS: "GS", " ": "␣", "\x1e": "RS", "\x04": "EOT"}
_ENOUGH = 0.5  # less alike than this, it was another symbol

_LIMITED = ConfigDict(extra="forbid", frozen=True)


class Key(BaseModel):
    """One keydown: what the browser reports, and what the scan sink takes it for. `at_ms` counts from any moment."""

    model_config = _LIMITED

    key: Annotated[str, Field(max_length=40)]
    code: Annotated[str, Field(max_length=40)] = ""
    at_ms: int
    character: Annotated[str, Field(max_length=2)] = ""
    ends: bool = False
    ctrl: bool = False
    alt: bool = False
    caps: bool = False
    repeat: bool = False


class Recording(BaseModel):
    """The keydowns of one scan. `inserted` is what arrived as text without keys."""

    model_config = _LIMITED

    keys: Annotated[tuple[Key, ...], Field(max_length=KEYS_MAX)]
    inserted: Annotated[str, Field(max_length=256)] = ""


class Recordings(BaseModel):
    """The scans of one person at one station, the earliest first."""

    model_config = _LIMITED

    scans: Annotated[tuple[Recording, ...], Field(min_length=1, max_length=SCANS_MAX)]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. `s` is a status: ok, off (worth knowing), warn (change it), stop (scans get lost)."""

    code: str
    s: str
    text: T


@dataclass(frozen=True, slots=True)
class Sent:
    """One character as it came: its name for eyes, the key, its place, what it was taken for, and the gap before it."""

    shown: str
    key: str
    place: str
    gap_ms: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What this station should be set to. `prefix` and `suffix` are taken off every scan."""

    gap_ms: int
    span_ms: int
    prefix: str
    suffix: str
    sends_separators: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether a station without settings of its own does the same."""
        return (self.gap_ms, self.span_ms, self.prefix, self.suffix) == (GAP_MS, SPAN_MS, "", "")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the reader does. `last` is the latest scan, key by key; `settings` fit unless something stops."""

    findings: tuple[Finding, ...]
    last: tuple[Sent, ...]
    seen: tuple[str, ...]
    settings: Settings

    @property
    def worst(self) -> str:
        """The status of the whole: stop, warn or ok."""
        return next((s for s in ("stop", "warn") if any(one.s == s for one in self.findings)), "ok")

    @property
    def missing(self) -> tuple[str, ...]:
        """The symbols of the card that were not scanned yet."""
        return tuple(symbology for symbology in CARD if symbology not in self.seen)


@dataclass(frozen=True, slots=True)
class _Found:
    """Where the card's content lies in what arrived, and what became of it on the way."""

    symbology: str
    prefix: str
    aim: str
    separator: str
    suffix: str
    case: str
    by_key: bool


@dataclass(frozen=True, slots=True)
class _Read:
    """One recording taken apart: its characters up to the end, the ends, and what follows the first of them."""

    keys: tuple[Key, ...]
    ends: tuple[Key, ...]
    after: tuple[Key, ...]
    found: _Found | None
    understood: str

    @property
    def gap_ms(self) -> int:
        """The longest wait between two characters, the end included."""
        return max((later.at_ms - earlier.at_ms for earlier, later in pairwise(self._timed)), default=0)

    @property
    def span_ms(self) -> int:
        """From the first character to the end."""
        return self._timed[-1].at_ms - self._timed[0].at_ms if self._timed else 0

    @property
    def longest_ms(self) -> int:
        """How long this reader would take for the longest symbol that it may meet."""
        pauses = max(1, len(self._timed) - 1)
        return self.span_ms * max(LONGEST_SYMBOL, pauses) // pauses

    @property
    def _timed(self) -> tuple[Key, ...]:
        return (*self.keys, *self.ends[:1])


_CASES: Mapping[str, Callable[[str], str]] = {
    "same": str,
    "swapped": str.swapcase,
    "upper": str.upper,
    "lower": str.lower,
}


def diagnose(scans: Sequence[Recording]) -> Diagnosis:
    """What a reader sends and what to change, from one or more scans. Total: any keys give a diagnosis."""
    reads = [_take_apart(recording) for recording in scans]
    findings: dict[str, Finding] = {}
    for recording, read in zip(scans, reads, strict=True):
        for finding in _findings(recording, read):
            findings.setdefault(finding.code, finding)
    settings = _settings(reads)
    for finding in (*_timing(reads, settings), *_affixes(reads)):
        findings[finding.code] = finding
    rank = ("stop", "warn", "off", "ok")
    return Diagnosis(
        findings=tuple(sorted(findings.values(), key=lambda one: rank.index(one.s))),
        last=tuple(_sent(scans[-1])) if scans else (),
        seen=tuple(dict.fromkeys(read.found.symbology for read in reads if read.found)),
        settings=settings,
    )


# -- one recording taken apart -----------------------------------------------------------------------------------------


def _take_apart(recording: Recording) -> _Read:
    first = next((at for at, key in enumerate(recording.keys) if key.ends and at > 0), None)
    until = len(recording.keys) if first is None else first
    keys = tuple(key for key in recording.keys[:until] if key.character)
    rest = recording.keys[until:]
    by_place = _understood("".join(key.character for key in keys))
    pressed = (key for key in keys if key.character == GS or len(key.key) == 1)
    by_key = "".join(GS if key.character == GS else key.key for key in pressed)
    found = _locate(by_place, by_key=False) or (None if _CYRILLIC.search(by_key) else _locate(by_key, by_key=True))
    ends, after = tuple(key for key in rest if key.ends), tuple(key for key in rest if key.character)
    return _Read(keys, ends, after, found, by_place)


def _understood(text: str) -> str:
    """The text as the server reads it: what a Russian layout made of it is undone."""
    read = scan.read(text)
    return (
        (read.aim or "") + read.text if read.layout_changed and read.problem != scan.Problem.MIXED_ALPHABETS else text
    )


def _locate(text: str, *, by_key: bool) -> _Found | None:
    for case, changed in _CASES.items():
        for symbology, content in CARD.items():
            head, tail = (re.escape(changed(part)) for part in content.split(GS))
            match = re.fullmatch(f"(.*?){head}(.{{0,4}}?){tail}(.*)", text, re.DOTALL)
            if match is None:
                continue
            before, separator, suffix = match.groups()
            aim = _AIM.search(before)
            prefix = before[: aim.start()] if aim else before
            return _Found(symbology, prefix, aim.group() if aim else "", separator, suffix, case, by_key)
    return None


def _sent(recording: Recording) -> Iterator[Sent]:
    earlier = None
    for key in recording.keys:
        shown = _NAMES.get(key.character, key.character) or key.key
        yield Sent(shown, key.key, key.code, 0 if earlier is None else key.at_ms - earlier)
        earlier = key.at_ms


# -- what one recording shows ------------------------------------------------------------------------------------------


def _findings(recording: Recording, read: _Read) -> Iterator[Finding]:
    if any(key.key in ("Unidentified", "Process") for key in recording.keys) or (recording.inserted and not read.keys):
        yield Finding(
            "setup.text_without_keys",
            "stop",
            T("The reader puts in text instead of pressing keys. Switch it to keyboard (HID) mode."),
        )
        return
    if any(key.alt and key.code.startswith("Numpad") for key in recording.keys):
        yield Finding(
            "setup.alt_codes",
            "stop",
            T("The reader types Alt codes. Switch its ALT mode off."),
        )
        return
    if any(key.repeat for key in recording.keys):
        yield Finding(
            "setup.held_key", "stop", T("A key is held down. Lift what lies on the keyboard, and scan again.")
        )
        return
    yield from _ending(read)
    if read.found is None:
        yield _unlike(read.understood)
        return
    yield from _separator(read.found, read.keys)
    yield from _case(read.found, read.keys)
    yield from _layout(read.found, read.keys)
    if read.found.aim:
        yield Finding("setup.aim", "ok", T("The reader names the kind of symbol ({aim}): good.", aim=read.found.aim))
    else:
        yield Finding(
            "setup.no_aim",
            "off",
            T("The reader does not name the kind of symbol. Its AIM identifier makes GS1 symbols surer."),
        )


def _ending(read: _Read) -> Iterator[Finding]:
    if not read.ends:
        yield Finding("setup.no_end", "stop", T("Nothing ends the scan. Set the reader's suffix to Enter (CR)."))
        return
    if read.after:
        yield Finding(
            "setup.after_end",
            "stop",
            T("Characters follow the end of the scan. Let the reader send Enter (CR) last, and only there."),
        )
    if len(read.ends) > 1:
        yield Finding(
            "setup.two_ends",
            "warn",
            T("The reader ends a scan twice, and the second could press a button. Set its suffix to one Enter (CR)."),
        )
    end = read.ends[0]
    if end.key == "Tab":
        yield Finding("setup.tab", "ok", T("The reader sends Tab instead of Enter: fine."))
    elif end.key == "Enter":
        yield Finding("setup.enter", "ok", T("The reader ends a scan with Enter: good."))
    else:
        yield Finding("setup.control_end", "ok", T("The reader ends a scan with a control character: understood."))


def _unlike(text: str) -> Finding:
    """Something else arrived than the card holds: characters were lost or changed, or it was another symbol."""
    nearest = max(
        CARD.values(), key=lambda content: difflib.SequenceMatcher(None, text, content, autojunk=False).ratio()
    )
    compared = difflib.SequenceMatcher(None, text, nearest, autojunk=False)
    if compared.ratio() < _ENOUGH:
        return Finding("setup.not_the_card", "stop", T("This is not the test card. Scan one of its symbols."))
    changes = [step for step in compared.get_opcodes() if step[0] != "equal"]
    _, from_here, to_here, from_card, to_card = changes[0]
    return Finding(
        "setup.changed",
        "stop",
        T(
            "Characters were lost or changed: “{came}” came instead of “{wanted}”. Set the reader to the US keyboard,"
            " and let it pause between characters.",
            came=_visible(text[from_here:to_here]) or "—",
            wanted=_visible(nearest[from_card:to_card]) or "—",
        ),
    )


def _separator(found: _Found, keys: Sequence[Key]) -> Iterator[Finding]:
    if found.separator == GS:
        sent = next((key for key in keys if key.character == GS), None)
        how = "F8" if sent and sent.code == "F8" else "Ctrl+]" if sent and sent.ctrl else "GS"
        yield Finding("setup.gs_kept", "ok", T("The separator (GS) arrives as {how}: good.", how=how))
    elif found.separator == "":
        yield Finding(
            "setup.gs_lost", "warn", T("The separator (GS) is lost. Switch “send control characters” on in the reader.")
        )
    else:
        yield Finding(
            "setup.gs_changed",
            "warn",
            T(
                "The separator (GS) arrives as “{text}”. Let the reader send it as a control character.",
                text=_visible(found.separator),
            ),
        )


def _case(found: _Found, keys: Sequence[Key]) -> Iterator[Finding]:
    caps = any(key.caps for key in keys)
    if found.case == "same" and caps:
        yield Finding("setup.caps_harmless", "off", T("Caps Lock is on. With this reader it does no harm."))
    elif found.case == "swapped":
        yield Finding("setup.caps_lock", "stop", T("Caps Lock is on. Switch it off, at the keyboard or in the reader."))
    elif found.case in ("upper", "lower"):
        yield Finding(
            "setup.case_changed",
            "stop",
            T("The reader changes capital and small letters. Switch its case conversion off."),
        )


def _layout(found: _Found, keys: Sequence[Key]) -> Iterator[Finding]:
    if found.by_key:
        yield Finding(
            "setup.reader_keyboard",
            "stop",
            T("The reader types for another keyboard than the US one. Set its keyboard language to US English."),
        )
    if any(_CYRILLIC.match(key.key) for key in keys):
        yield Finding("setup.russian", "ok", T("The computer's layout is Russian: understood."))
    elif not found.by_key and any(_differs(key) for key in keys):
        yield Finding("setup.other_layout", "ok", T("The computer's layout is not the US one: understood."))
    if keys and not any(key.code for key in keys):
        yield Finding(
            "setup.no_places",
            "off",
            T("This device does not tell which keys are pressed. Keep its layout English or Russian."),
        )


def _differs(key: Key) -> bool:
    """Whether the computer's layout has another letter on this key than the US one."""
    return len(key.key) == 1 and not key.ctrl and bool(key.code) and key.key.lower() != key.character.lower()


# -- what all of them show together ------------------------------------------------------------------------------------


def _settings(reads: Sequence[_Read]) -> Settings:
    found = [read.found for read in reads if read.found]
    gap = max((read.gap_ms for read in reads), default=0)
    span = max((read.longest_ms for read in reads if read.found), default=0)
    return Settings(
        gap_ms=_threshold(gap, GAP_MS, GAP_MS_MOST, step=50),
        span_ms=_threshold(span, SPAN_MS, SPAN_MS_MOST, step=500),
        prefix=found[-1].prefix if found else "",
        suffix=found[-1].suffix if found else "",
        sends_separators=bool(found) and all(one.separator == GS for one in found),
    )


def _threshold(measured_ms: int, least: int, most: int, *, step: int) -> int:
    """A wait with room above the longest that was measured, in whole steps."""
    if measured_ms <= least * 100 // MARGIN_PERCENT:
        return least
    roomy = measured_ms * MARGIN_PERCENT // 100
    return min(most, max(least, -(-roomy // step) * step))


def _timing(reads: Sequence[_Read], settings: Settings) -> Iterator[Finding]:
    gap = max((read.gap_ms for read in reads), default=0)
    span = max((read.span_ms for read in reads), default=0)
    if gap > GAP_MS_MOST or span > SPAN_MS_MOST:
        yield Finding(
            "setup.too_slow",
            "stop",
            T(
                "Gaps reach {gap} ms: so slow, a reader cannot be told from a person who types. Set its pause between"
                " characters to 0.",
                gap=gap,
            ),
        )
    elif settings.gap_ms > GAP_MS:
        yield Finding(
            "setup.gaps",
            "warn",
            T(
                "Gaps reach {gap} ms: set this station's threshold to {threshold} ms.",
                gap=gap,
                threshold=settings.gap_ms,
            ),
        )
    else:
        yield Finding("setup.fast", "ok", T("Gaps reach {gap} ms: fast enough.", gap=gap))
    if settings.span_ms > SPAN_MS and gap <= GAP_MS_MOST and span <= SPAN_MS_MOST:
        yield Finding(
            "setup.span",
            "warn",
            T(
                "A long symbol takes {span} ms: set this station to wait {threshold} ms.",
                span=max(read.longest_ms for read in reads if read.found),
                threshold=settings.span_ms,
            ),
        )


def _affixes(reads: Sequence[_Read]) -> Iterator[Finding]:
    found = [read.found for read in reads if read.found]
    prefixes, suffixes = ({getattr(one, name) for one in found} for name in ("prefix", "suffix"))
    if len(prefixes) > 1 or len(suffixes) > 1:
        yield Finding(
            "setup.affixes_differ",
            "stop",
            T("The reader adds different characters to different symbols. Switch its own prefixes and suffixes off."),
        )
        return
    if any(prefixes):
        text = _visible(next(iter(prefixes)))
        yield Finding(
            "setup.prefix", "warn", T("The reader puts “{text}” in front: set it as this station's prefix.", text=text)
        )
    if any(suffixes):
        text = _visible(next(iter(suffixes)))
        yield Finding(
            "setup.suffix", "warn", T("The reader adds “{text}”: set it as this station's suffix.", text=text)
        )


def _visible(text: str) -> str:
    """A text for eyes: what cannot be seen is named."""
    return "".join(_NAMES.get(character, character) for character in text)
