"""What a scan means at a line, and where something is given up."""

from collections.abc import Sequence
from urllib.parse import urlencode

from cellchain.identity.codes import Kind
from cellchain.kernel.errors import CellchainError
from cellchain.kernel.text import T
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import queries
from cellchain.manufacturing.bench_scans import KIND_WORDS, Meaning
from cellchain.manufacturing.facts import ContainerFacts
from cellchain.manufacturing.lines.queries import Line, source_in, waits_for_receipt
from cellchain.manufacturing.rules.cells import LIVE
from cellchain.manufacturing.rules.lifecycles import ContainerKind
from cellchain.platform.db import ReadTx


def at_the_lines(tx: ReadTx, symbol: str, actor: Actor, *, by_hand: bool = False) -> Meaning:
    """On the list of lines a bench is scanned."""
    read = _read(tx, symbol, actor, by_hand=by_hand)
    if isinstance(read, Meaning):
        return read
    if read.startswith(Kind.LOCATION):
        return Meaning("go", read, f"/lines/{read}")
    return _no(T("This is {kind}. Scan the label of a bench.", kind=_kind(read)))


def at_a_line(
    tx: ReadTx, line: Line, sources: Sequence[str], symbol: str, actor: Actor, *, by_hand: bool = False
) -> Meaning:
    """At a line what the cells come from is scanned: marrow that was not received is received first."""
    read = _read(tx, symbol, actor, by_hand=by_hand)
    if isinstance(read, Meaning):
        return read
    if read.startswith(Kind.LOCATION):
        return Meaning("go", read, f"/lines/{read}")
    if line.state != "ready":
        return _no(T("This line is not clear. Clear it, let another person verify, and scan then."))
    try:
        source = source_in(tx, read)
    except CellchainError as refusal:
        return Meaning("nothing", said=refusal.text, problem=refusal.code)
    if source is None:
        return _no(T("This is {kind}. Scan a harvest bag, a donation, or a vial of the bank.", kind=_kind(read)))
    back = f"/lines/{line.place.code}?{urlencode({'sources': ' '.join(dict.fromkeys([*sources, source]))})}"
    if waits_for_receipt(tx, source):
        bag = {"container": read} if read[:2] in queries.CONTAINERS else {}
        asked = urlencode({"donation": source, **bag, "next": back})
        return Meaning("go", read, f"/do/manufacturing/receive_donation?{asked}")
    return Meaning("go", read, back)


def to_discard(tx: ReadTx, lot: str, symbol: str, actor: Actor, *, by_hand: bool = False) -> Meaning:
    """Where something is given up a container of the lot is scanned."""
    read = _read(tx, symbol, actor, by_hand=by_hand)
    if isinstance(read, Meaning):
        return read
    if read[:2] not in queries.CONTAINERS:
        return _no(T("This is {kind}. Scan the container that is given up.", kind=_kind(read)))
    found = queries.find_container(tx, read)
    if found is None or not _belongs(tx, lot, found):
        return _no(T("This container belongs to another batch. Nothing of it is given up here."))
    if found.phase not in LIVE:
        return _no(T("This container is used up or was given up before. Scan another one."))
    return Meaning("go", read, f"/bench/{lot}/discard?container={read}")


def _read(tx: ReadTx, symbol: str, actor: Actor, *, by_hand: bool) -> Meaning | str:
    """The code of the thing, or what there is to say already: a badge hands over, and what cannot be read says why."""
    read = tx.house.read(tx, symbol, by_hand=by_hand, station=actor.device)
    if read.is_preview:
        preview = T("This symbol stands on a preview and names nothing. Scan the printed label.")
        return Meaning("nothing", said=preview, problem="label.preview")
    try:
        code = tx.house.named_by(tx, read)
        if code.startswith(Kind.LABEL):
            code = tx.house.thing_of(tx, code)
    except CellchainError as refusal:
        return Meaning("nothing", said=refusal.text, problem=refusal.code)
    return Meaning("badge", code) if code.startswith(Kind.PERSON) else code


def _belongs(tx: ReadTx, lot: str, found: ContainerFacts) -> bool:
    is_marrow = found.kind == ContainerKind.HARVEST_BAG and found.donation in queries.lot_facts(tx, lot).sources
    return found.lot == lot or is_marrow


def _kind(code: str) -> T | str:
    return KIND_WORDS.get(code[:2], T("something else"))


def _no(said: T) -> Meaning:
    return Meaning("nothing", said=said)
