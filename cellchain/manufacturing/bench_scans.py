"""What a scan means at the bench: something to use, a label that is scanned back, a container to work on, a badge."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from cellchain.identity.codes import Kind
from cellchain.kernel.errors import CellchainError, Remark
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels import scan_back
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import batch_record, queries
from cellchain.manufacturing.bench import WORKS_ON
from cellchain.manufacturing.rules.batch import is_left
from cellchain.platform.db import ReadTx

KIND_WORDS: Mapping[str, T] = {
    Kind.DONOR: T("a donor"),
    Kind.DONATION: T("a donation"),
    Kind.LOT: T("a lot"),
    Kind.BAG: T("an infusion bag"),
    Kind.CONTAINER: T("a container"),
    Kind.CRYOVIAL: T("a cryovial"),
    Kind.LABEL: T("a label"),
    Kind.SAMPLE: T("a sample"),
    Kind.RECIPIENT: T("a recipient"),
    Kind.WRISTBAND: T("a wristband"),
    Kind.LOCATION: T("a location"),
    Kind.SHIPMENT: T("a shipment"),
    Kind.COMMAND: T("a command card"),
    Kind.CHAIN_OF_IDENTITY: T("a chain-of-identity number"),
}


@dataclass(frozen=True)
class Meaning:
    """What a scan means at this bench: something to use, a label that waited for it, a place to go, a badge, or a
    sentence that says no."""

    does: Literal["material", "equipment", "label", "go", "badge", "nothing"]
    code: str = ""
    href: str = ""
    said: T | None = None
    problem: str = "scan.wrong_kind"

    @property
    def leaves(self) -> bool:
        """Whether it leads away from the bench, or hands it to somebody else."""
        return self.does in ("go", "badge")

    @property
    def kind(self) -> str:
        """What the log of raw scans calls it."""
        return "unknown" if self.does == "nothing" else Kind(self.code[:2]).name.lower()


@dataclass(frozen=True)
class Outcome:
    """What became of one scan: accepted or halted, of what, and what to do. `hint`: something better was at hand;
    `remarks`: standard words that would answer it."""

    v: Literal["match", "halt"]
    item: T | str
    detail: T | str
    status: int = 200
    hint: T | None = None
    remarks: tuple[Remark, ...] = ()


def told(outcomes: Sequence[Outcome]) -> Outcome:
    """Several scans as one: what was not accepted comes before what was, and says how many others there were."""
    halted = [one for one in outcomes if one.v == "halt"]
    if len(outcomes) == 1 or (not halted and outcomes):
        return outcomes[-1]
    last, others = halted[-1], len(outcomes) - len(halted)
    rest = T(
        "{halted} of {all} scans were not taken, {others} were.", halted=len(halted), all=len(outcomes), others=others
    )
    return replace(last, detail=T("{detail} {rest}", detail=last.detail, rest=rest))


def meaning(tx: ReadTx, lot: str, symbol: str, actor: Actor, *, by_hand: bool = False) -> Meaning:
    """Classify a scanned symbol; a label stands for the thing that wears it. Raises NotFound for an unknown lot."""
    queries.lot_facts(tx, lot)
    read = tx.house.read(tx, symbol, by_hand=by_hand, station=actor.device)
    if read.is_preview:
        preview = T("This symbol stands on a preview and names nothing. Scan the printed label.")
        return Meaning("nothing", said=preview, problem="label.preview")
    waits = None if by_hand else scan_back.waits_for(tx, symbol, lot)
    if waits is not None:
        # A label proves itself before the thing that wears it is worked on. Typing proves nothing.
        return Meaning("label", waits)
    try:
        code = tx.house.named_by(tx, read)
        if code.startswith(Kind.LABEL):
            code = tx.house.thing_of(tx, code)
    except CellchainError as refusal:
        return Meaning("nothing", said=refusal.text, problem=refusal.code)
    if code.startswith(Kind.MATERIAL_LOT):
        return Meaning("material", code)
    if code.startswith(Kind.EQUIPMENT):
        return Meaning("equipment", code)
    if code.startswith(Kind.PERSON):
        return Meaning("badge", code)
    if code[:2] in queries.CONTAINERS:
        return _container(tx, lot, code)
    if code == lot:
        return Meaning("nothing", said=T("This is the lot of this bench. Scan a material, equipment or a container."))
    return Meaning(
        "nothing",
        said=T("This is {kind}. Scan a material, equipment or a container of this lot.", kind=KIND_WORDS[code[:2]]),
    )


def _container(tx: ReadTx, lot: str, code: str) -> Meaning:
    page = batch_record.progress(tx, lot)
    running = page.running
    if page.is_done and _is_left_in(tx, lot, code):
        # Every step is done, and whoever works on it starts one more first: else it can only be given up.
        return Meaning("go", code, f"/bench/{lot}/discard?container={code}")
    works_on = None if running is None or running.step.act is None else WORKS_ON.get(running.step.act)
    found = queries.find_container(tx, code)
    if running is None or running.step.act is None or works_on is None or found is None:
        return Meaning("nothing", said=T("The running step works on no container. Scan what it asks for."))
    kind, field = works_on
    if found.kind != kind:
        return Meaning("nothing", said=T("This step works on another container: {kind}. Scan one.", kind=kind))
    href = f"/do/manufacturing/{running.step.act.value}?lot={lot}&{field}={code}&next=/bench/{lot}"
    return Meaning("go", code, href)


def _is_left_in(tx: ReadTx, lot: str, code: str) -> bool:
    return any(one.code == code and is_left(one.kind, one.phase) for one in queries.containers_of(tx, lot))
