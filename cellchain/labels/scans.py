"""What a scan stands for, and where it belongs in a form: into which of its empty fields, and what of it goes there.

The page tells what its fields take as tokens (`web.shape.Scanned`): `BG` a bag by its code or by the label that it
wears, `=PS` a badge's own symbol, `=LB:issue_tag` the label itself, of one design, `gs1:lot` a part of a supplier's
symbol. Such a symbol fills every field that takes a part of it at once.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from cellchain.identity import scan
from cellchain.identity.codes import Code, Kind, parse
from cellchain.identity.scan import Scan, System
from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels import queries
from cellchain.labels.rules import no_preview
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Action, Description
from cellchain.platform.db import ReadTx
from cellchain.web.extraction import words
from cellchain.web.faults import wrong_kind

TOKENS_MAX = 1_000
NOT_KNOWN = T("This symbol is not known here. Scan a cellchain label.")
# What the page's encodeURIComponent leaves alone beside letters, digits and `_.-~`.
_AS_IT_IS = "!'()*"


@dataclass(frozen=True)
class Meaning:
    """What a symbol stands for. Where it stands for nothing: why, in `said`, and what can be done about it."""

    found: Description | None
    said: T = NOT_KNOWN
    problem: str = "code.unknown"
    offers: tuple[Action, ...] = ()
    system: System = System.NATIVE


def meaning(tx: ReadTx, symbol: str, actor: Actor, *, by_hand: bool = False) -> Meaning:
    """What a symbol of any code system stands for, as this person may know it. Never raises."""
    read = tx.house.read(tx, symbol, by_hand=by_hand, station=actor.device)
    try:
        code = tx.house.named_by(tx, read) if read.code is None else read.code.text
    except NotFound as unknown:
        offer = tx.house.finders[read.system].offer(tx, read, actor)
        return Meaning(None, unknown.text, unknown.code, () if offer is None else (offer,), read.system)
    except Refused as refusal:
        return Meaning(None, refusal.text, refusal.code, system=read.system)
    return Meaning(tx.house.describe(tx, code, actor), system=read.system)


def is_badge(symbol: str) -> bool:
    """Whether a scan has the form of a badge; whether it is a live one is for `accounts` to say."""
    read = scan.read(symbol)
    return read.code is not None and read.code.kind == Kind.PERSON


@dataclass(frozen=True)
class Asked:
    """What the fields of a form take: those that are empty, those that are filled, and what the filled ones hold."""

    empty: tuple[str, ...]
    filled: tuple[str, ...]
    held: frozenset[str]

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Asked":
        """What came with a scan."""
        empty, filled, held = (given.get(name, "").split()[:TOKENS_MAX] for name in ("wanted", "filled", "held"))
        return cls(tuple(empty), tuple(filled), frozenset(held))


@dataclass(frozen=True)
class Placed:
    """The code that goes into the first empty field with this token. No code: a field of the form holds it already.

    `parts` are what a symbol of another code system fills in, each into the field with its token.
    """

    kind: Kind | System
    code: str | None = None
    token: str = ""
    parts: tuple[tuple[str, str], ...] = ()


def place(tx: ReadTx, symbol: str, asked: Asked, actor: Actor, *, by_hand: bool = False) -> Placed:
    """Where a scan belongs, its kind named where it belongs nowhere.

    Raises Refused `scan.*`, `identity.*`, `isbt.*`, `gs1.*`, `label.*`, `badge.revoked`, `wristband.void` and what the
    finders of other code systems refuse; NotFound for a symbol that is unknown, or not for this person to know.
    """
    seen = tx.house.read(tx, symbol, by_hand=by_hand, station=actor.device)
    if seen.problem is None and seen.code is None:
        return _of_another_system(tx, seen, asked)
    read = _code(seen)
    if read.text in asked.held:
        return Placed(read.kind)
    itself = _itself(tx, read)
    for token in asked.empty:
        if token in itself:
            return Placed(read.kind, read.text, token)
    if read.kind == Kind.LABEL and Kind.LABEL in _kinds_itself(asked.empty):
        _other_design(tx, read, asked.empty)
    thing = tx.house.thing_of(tx, read.text)
    if thing != read.text and tx.house.describe(tx, thing, actor) is None:
        raise NotFound(
            "code.unknown", "{code} is not known here, or not for you. Scan the label again.", code=read.text
        )
    return _thing(thing, itself, asked)


def _thing(thing: str, itself: Sequence[str], asked: Asked) -> Placed:
    kind = Kind(thing[:2])
    if thing in asked.held:
        return Placed(kind)
    if kind.value in asked.empty:
        return Placed(kind, thing, kind.value)
    raise _nowhere(thing, kind, itself, asked)


def _of_another_system(tx: ReadTx, read: Scan, asked: Asked) -> Placed:
    """A symbol of a supplier or another facility: its parts where a form asks for them, else what it names."""
    prefix = f"{read.system}:"
    empty = frozenset(token for token in asked.empty if token.startswith(prefix))
    filled = frozenset(token for token in asked.filled if token.startswith(prefix))
    if not empty | filled:
        return _thing(parse(tx.house.named_by(tx, read)).text, (), asked)
    said = tx.house.finders[read.system].parts(tx, read, empty | filled)
    # Half of one package and half of another would be a lot that nobody received.
    if any(f"{token}={quote(said[token], safe=_AS_IT_IS)}" not in asked.held for token in filled & said.keys()):
        raise _field_filled()
    return Placed(read.system, parts=tuple((token, value) for token, value in said.items() if token in empty))


def _code(read: Scan) -> Code:
    """What a symbol says, exactly. Raises Refused: a guess, a damaged symbol and a preview go into no field."""
    if read.problem is not None or read.code is None:
        problem = read.problem or scan.Problem.EMPTY
        raise Refused(str(problem), scan.explain(problem).template)
    no_preview(read.code)
    return read.code


def _itself(tx: ReadTx, read: Code) -> tuple[str, ...]:
    """The tokens of the fields that take this very symbol."""
    tokens = (f"={read.kind.value}",)
    if read.kind != Kind.LABEL:
        return tokens
    label = queries.standing_of(tx, read.text)
    return (*tokens, Kind.LABEL.value, *(() if label is None else (f"=LB:{label.design}",)))


def _kinds_itself(tokens: Sequence[str]) -> set[str]:
    return {token[1:3] for token in tokens if token.startswith("=")}


def _other_design(tx: ReadTx, read: Code, tokens: Sequence[str]) -> None:
    """Say which label is asked for, where a known one is of another design. Raises Refused."""
    label = queries.standing_of(tx, read.text)
    if label is None:
        return
    wanted = next(token.partition(":")[2] for token in tokens if token.startswith("=LB:"))
    raise Refused(
        "label.other_design",
        "This is another label: {design}. Scan the one that is asked for: {wanted}.",
        design=T(words(label.design)),
        wanted=T(words(wanted)),
    )


def _field_filled() -> Refused:
    return Refused(
        "scan.field_filled",
        "The field for this is filled already. Clear it first if you mean another one.",
    )


def _nowhere(thing: str, kind: Kind, itself: Sequence[str], asked: Asked) -> Refused:
    """Why a readable scan goes into no field: its field is filled, or none asks for its kind."""
    if kind.value in asked.filled or set(itself) & set(asked.filled):
        return _field_filled()
    kinds = [Kind(found) for token in (asked.empty or asked.filled) if (found := token.lstrip("=")[:2]) in set(Kind)]
    if not kinds:
        return Refused("scan.not_asked", "No field here asks for a scan. Finish this form, or leave it first.")
    said = wrong_kind(thing, kinds)
    return Refused("scan.wrong_kind", said.template, **said.params)
