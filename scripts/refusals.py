"""Writes docs/refusals.md: every stable code that cellchain answers with, its sentence and what to do next.

`python -m scripts.refusals` writes the page anew from the source, `python -m scripts.refusals check` says whether it is
up to date. A refusal says what happened and then what to do, so its first sentence goes into one column and the rest
into the next. `NEXT` holds the advice where one sentence is enough on the screen, because the field stands beside it.
"""

import ast
import itertools
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cellchain.identity.scan import SENTENCES

TOP = Path(__file__).parents[1]
SOURCE = TOP / "cellchain"
PAGE = TOP / "docs" / "refusals.md"

# What is raised or shown -> how it is answered. `__init__` hands a code to the base of an error of its own.
ANSWERS: Mapping[str, str] = {
    "Refused": "409",
    "Stale": "409",
    "NotFound": "404",
    "Forbidden": "403",
    "WrongMethod": "405",
    "SignInNeeded": "401",
    "NeedsSignature": "401",
    "Invalid": "422",
    "Busy": "503",
    "Unavailable": "503",
    "TooMany": "429",
    "TooLarge": "413",
    "Unfinished": "408",
    "Reason": "STOP",
}
BASE = "__init__"
# What says, as the result of a scan, that something stopped.
TOLD = frozenset({"Confirmation", "TagResult"})
LIFECYCLE = "Lifecycle"
LIFECYCLE_FILE = "kernel/lifecycle.py"
# Where a code is handed on that stands in full somewhere else: it is found there.
HANDED_ON = frozenset(
    {
        "bedside/pages.py",
        "bedside/queries.py",
        "bedside/infusions/queries.py",
        LIFECYCLE_FILE,
        "labels/licensed/commands.py",
        "labels/licensed/rules.py",
        "labels/scans.py",
        "ledger/describe.py",
        "materials/packages.py",
        "web/house.py",
    }
)

ROOMS: Mapping[str, str] = {
    "accounts": "People, sign-in and signatures",
    "identity": "Reading a symbol",
    "labels": "Labels, printing and scan fields",
    "donors": "Donors and donations",
    "materials": "Materials, equipment and places",
    "manufacturing": "Manufacturing",
    "quality": "Quality",
    "custody": "Custody",
    "trial": "Trial",
    "bedside": "Bedside",
    "followup": "Follow-up",
    "trace": "Trace",
    "safekeeping": "Backups and keys",
    "console": "The command line",
}
EVERYWHERE = "Anywhere"

# One meaning that is said in more than one way, because the place or the next act differs: how many ways, and which.
SAID_IN: Mapping[str, tuple[int, str]] = {
    "access.forbidden": (2, "without and with the name of the permission"),
    "badge.none": (2, "no live badge, where one is taken back and where one is printed"),
    "bag.unknown": (2, "no infusion bag, at the bedside and at the desk"),
    "bank.not_released": (2, "the bank behind a bag, and behind a vial that is thawed"),
    "bank.on_hold": (2, "the bank behind a bag, and behind a vial that is thawed"),
    "check.preview": (2, "a preview, of a wristband and of a bag's label"),
    "custody.destroyed": (2, "a thing that is moved, and a bag that is checked"),
    "custody.returned": (2, "a thing that is moved, and a bag that is checked"),
    "custody.under_way": (2, "a thing that is moved, and a bag that is checked"),
    "infusion.date_out_of_range": (2, "a day that an infusion cannot have, planned and moved"),
    "label.unknown": (2, "no live label, scanned back and looked up"),
    "label.void": (2, "a label out of use, scanned and printed again"),
    "label.wrong_design": (2, "a design that the container does not wear, from the bench and from quality"),
    "lot.on_hold": (2, "a lot at the bedside and a lot that is decided on"),
    "print_job.scanned_back": (2, "a label that came out, found and printed again"),
    "specification.malformed": (15, "a file that cannot be read, and where"),
}

NEXT: Mapping[str, str] = {
    "calibration.needs_due_day": "Enter the day, then repeat.",
    "custody.returned": "Keep it apart and call the laboratory.",
    "donation.label_design": "Print the label with the design that is named.",
    "donor.ineligible_needs_note": "Write the note, then sign again.",
    "infusion.changed_since_check": "Check the wristband and the bag again.",
    "infusion.duration": "Enter a duration between the two.",
    "infusion.starter_did_not_check": "Let one of the two sign in and start it.",
    "isbt.not_issued": "Use a label of cellchain.",
    "label.bears_a_name": "Ask somebody whose roles show names.",
    "label.field_missing": "Record what is missing, then print again.",
    "label.language": "Choose a language or another design that has it.",
    "label.symbol_unprintable": "Take out the character that a symbol cannot hold.",
    "ledger.no_such_entry": "Choose a number up to the last entry.",
    "lot.sources_missing": "Name one, then open the batch again.",
    "lot.sources_mixed": "Name sources of one kind.",
    "material.gtin_taken": "Check the number, or use the material that has it.",
    "pin.malformed": "Choose a longer PIN of digits alone.",
    "recall.done_already": "Nothing is left to do.",
    "session.needed": "Sign in, then repeat.",
    "signature.needed": "Give both, then sign again.",
    "specification.malformed": "Correct the file and draft the specification again.",
    "step.done_already": "Go on with the next step.",
    "undo.not_here": "Correct a value with a reason, void a label, or open a deviation.",
    "undo.nothing": "Correct a value with a reason, void a label, or open a deviation.",
    "undo.too_late": "Correct a value with a reason, void a label, or open a deviation.",
    "value.unknown_parameter": "Record a value that the step asks for.",
}

_CODE = re.compile(r"[a-z][a-z_0-9]*(\.[a-z][a-z_0-9]*)+")
_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z“])")


@dataclass(frozen=True)
class Found:
    """One place of the source that answers with a code. `room` is a key of ROOMS or EVERYWHERE."""

    room: str
    code: str
    answer: str
    sentence: str
    place: str


@dataclass(frozen=True)
class Refusal:
    """One code as the page tells it."""

    room: str
    code: str
    answers: Sequence[str]
    sentences: Sequence[str]


def refusals(found: Sequence[Found]) -> list[Refusal]:
    """One row a code, in the order of the rooms, then of the alphabet. A code stands in the room that comes first."""
    rooms = [EVERYWHERE, *ROOMS]
    by_code: dict[str, list[Found]] = {}
    for one in sorted(found, key=lambda one: (rooms.index(one.room), one.code, one.place)):
        by_code.setdefault(one.code, []).append(one)
    return [
        Refusal(
            alike[0].room,
            code,
            list(dict.fromkeys(one.answer for one in alike)),
            list(dict.fromkeys(one.sentence for one in alike)),
        )
        for code, alike in by_code.items()
    ]


def everything() -> list[Found]:
    """Every code in the source, with each of its sentences."""
    phase = _lifecycle_sentence()
    found = [Found("identity", str(code), "409", str(text), "identity/scan.py") for code, text in SENTENCES.items()]
    for file in sorted(SOURCE.rglob("*.py")):
        place = file.relative_to(SOURCE).as_posix()
        found += in_source(file.read_text(encoding="utf-8"), place, phase)
    return found


def in_source(source: str, place: str, phase: str = "") -> list[Found]:
    """The codes in one module. `phase` is the sentence of every lifecycle."""
    tree = ast.parse(source)
    first = place.partition("/")[0]
    room = first if first in ROOMS else EVERYWHERE
    constants = dict(_constants(tree))
    pairs: list[tuple[str, str, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            pairs += _in_class(node)
        elif isinstance(node, ast.Call):
            pairs += _in_call(node, constants, phase)
        elif isinstance(node, ast.Tuple):
            pairs += ((code, "STOP", text) for code, text in _neighbours(node.elts))
    return [Found(room, code, answer, sentence, place) for code, answer, sentence in pairs]


def unread(source: str, place: str) -> list[str]:
    """Where a code is made when the program runs, so that nobody could look it up: `place:line`."""
    if place in HANDED_ON:
        return []
    tree = ast.parse(source)
    constants = dict(_constants(tree))
    return [
        f"{place}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and _name(node.func) in ANSWERS
        and _name(node.func) not in ("Stale", "Invalid")
        and node.args
        and _code(node.args[0], constants) is None
    ]


def _in_call(node: ast.Call, constants: Mapping[str, str], phase: str) -> Iterator[tuple[str, str, str]]:
    name = _name(node.func)
    if name == LIFECYCLE and node.args:
        yield f"{_text(node.args[0])}.phase", "409", phase
    elif name in TOLD:
        given = {keyword.arg: _sentence(_plain(keyword.value)) for keyword in node.keywords}
        if given.get("code") and given.get("message"):
            yield str(given["code"]), "shown", str(given["message"])
    elif name in ANSWERS and len(node.args) > 1:
        code, sentence = _code(node.args[0], constants), _sentence(node.args[1])
        if code and sentence:
            yield code, ANSWERS[name], sentence


def _in_class(node: ast.ClassDef) -> Iterator[tuple[str, str, str]]:
    """An error with a code of its own: as the defaults of its parameters, or handed to its base."""
    own = next((one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == BASE), None)
    if own is None:
        return
    answer = next((ANSWERS[name] for name in (node.name, *map(_name, node.bases)) if name in ANSWERS), "409")
    names = [*own.args.posonlyargs, *own.args.args]
    defaults = dict(zip([one.arg for one in names][::-1], own.args.defaults[::-1], strict=False))
    given = {name: _text(value) for name, value in defaults.items()}
    code, sentence = given.get("code"), given.get("template")
    for call in ast.walk(own):
        if isinstance(call, ast.Call) and _name(call.func) == BASE and len(call.args) > 1:
            code = _text(call.args[0]) or code
            sentence = _text(call.args[1]) or sentence
    if code and sentence and _CODE.fullmatch(code):
        yield code, answer, sentence


def _neighbours(elements: Sequence[ast.expr]) -> Iterator[tuple[str, str]]:
    """A code with its text right behind it, as the lists of reasons hold them."""
    for here, behind in itertools.pairwise(elements):
        code = _code(here, {})
        if code and isinstance(behind, ast.Call) and (sentence := _sentence(behind)):
            yield code, sentence


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and (text := _text(node.value)):
            yield node.targets[0].id, text


def _lifecycle_sentence() -> str:
    tree = ast.parse((SOURCE / LIFECYCLE_FILE).read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) == "Refused")
    return next(sentence for call in calls if (sentence := _sentence(call.args[1])))


def _code(node: ast.expr, constants: Mapping[str, str]) -> str | None:
    text = constants.get(node.id) if isinstance(node, ast.Name) else _text(node)
    return text if text and _CODE.fullmatch(text) else None


def _sentence(node: ast.expr) -> str | None:
    inner = node.args[0] if isinstance(node, ast.Call) and _name(node.func) == "T" and node.args else node
    return _text(inner)


def _plain(node: ast.expr) -> ast.expr:
    """What is handed on as text: the inside of `str(...)`."""
    return node.args[0] if isinstance(node, ast.Call) and _name(node.func) == "str" and node.args else node


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


# -- the page ----------------------------------------------------------------------------------------------------------


def what_and_next(code: str, sentence: str) -> tuple[str, str]:
    """What happened, and what to do: the first sentence and the rest, or the advice in NEXT. Empty if there is none."""
    what, *then = _END.split(sentence)
    return what, " ".join(then) or NEXT.get(code, "")


def page() -> str:
    """The whole page."""
    rows = refusals(everything())
    parts = [HEAD.format(count=len(rows))]
    for room in [EVERYWHERE, *ROOMS]:
        here = [row for row in rows if row.room == room]
        parts.append(
            f"## {ROOMS.get(room, room)}\n\n| code | answer | what happened | what to do |\n|---|---|---|---|\n"
        )
        parts[-1] += "".join(_row(row) for row in here)
    return "\n".join(parts)


HEAD = """\
# Refusals

Every stable code that cellchain answers with, {count} in all. `make refusals` writes this page from the source.

A refusal has changed nothing. Screens show the sentence with its code below it; the API gives both, as `message` and
`code`. The answer is the status over HTTP; *STOP* is a reason on the red screen of the bedside check, where several may
stand together and none can be overridden there; *shown* comes in the result of a scan. A refused command is recorded in
the ledger with its code. Words in {{braces}} are filled in with what was found. `order.invalid` names each field that
needs correction and what it expects.
"""


def _row(row: Refusal) -> str:
    told = [what_and_next(row.code, sentence) for sentence in row.sentences]
    what = "<br>".join(dict.fromkeys(one[0] for one in told))
    then = "<br>".join(dict.fromkeys(one[1] for one in told if one[1]))
    return f"| `{row.code}` | {', '.join(row.answers)} | {_cell(what)} | {_cell(then)} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: Sequence[str]) -> int:
    written = page()
    if arguments == ["check"]:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == written
        print("docs/refusals.md is up to date." if current else "docs/refusals.md is out of date: make refusals.")
        return 0 if current else 1
    PAGE.write_text(written, encoding="utf-8")
    print(f"docs/refusals.md has {written.count('| `')} codes.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
