"""The screen on which a hospital's wristband is bound: what was scanned so far, and what is still to be scanned."""

from collections.abc import Mapping
from dataclasses import replace

from cellchain.accounts import queries as accounts
from cellchain.bedside import queries as bedside
from cellchain.bedside.rules import Reason
from cellchain.bedside.wristbands import queries, rules
from cellchain.identity import scan
from cellchain.identity.codes import Kind
from cellchain.identity.typed import Capture
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels.scanning.log import Beep
from cellchain.platform.db import ReadTx

_TYPED = Reason("hospital_band.typed", T("A wristband is scanned on the arm, never typed. Scan it."))
_NO_PLACE = Reason(
    "scan.wrong_kind", T("This is no wristband and no badge. Scan one of the wristbands, or the second person's badge.")
)


@dataclass(frozen=True)
class BandScans:
    """The three scans of a binding, as the reader sent them; empty where there is none yet."""

    wristband: str = ""
    hospital: str = ""
    witness: str = ""
    capture: str = "wedge"

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "BandScans":
        """Those that the page carries along."""
        kept = {name: given.get(name, "")[: scan.LENGTH_MAX] for name in ("wristband", "hospital", "witness")}
        return cls(**kept, capture="camera" if given.get("by_camera") else "wedge")


@dataclass(frozen=True)
class BindPage:
    """`recipient` wears our band, unless there is a `problem` with it; `done` is for whom one was just bound."""

    scans: BandScans
    recipient: str | None
    problem: T | None
    witness: str | None
    is_gsrn: bool
    wrong: T | None
    done: str

    @property
    def is_whole(self) -> bool:
        """Whether all three are there, and ours identifies."""
        return bool(self.recipient and self.scans.hospital and self.witness and self.problem is None)


def placed(scans: BandScans, beep: Beep, kind: str | None) -> tuple[BandScans, Reason | None]:
    """The scans with one more in its place, or why it has none."""
    if beep.capture is Capture.TYPED:
        return scans, _TYPED
    scans = replace(scans, capture="camera" if beep.capture is Capture.CAMERA else scans.capture)
    if kind == Kind.PERSON:
        return replace(scans, witness=beep.symbol), None
    hospital = rules.symbol_of(beep.symbol)
    if hospital is not None:
        return replace(scans, hospital=beep.symbol), None
    return (replace(scans, wristband=beep.symbol), None) if kind == Kind.WRISTBAND else (scans, _NO_PLACE)


def bind_page(tx: ReadTx, scans: BandScans, *, wrong: T | None = None, done: str = "") -> BindPage:
    """What the screen shows. Nothing is decided here."""
    band = bedside.read_wristband(tx, scans.wristband) if scans.wristband else None
    who = accounts.witness_of(tx, scans.witness, "bedside.bind_hospital_wristband") if scans.witness else None
    return BindPage(
        scans=scans,
        recipient=None if band is None else band.recipient,
        problem=None if band is None or band.problem is None else band.problem.text,
        witness=None if who is None else accounts.display_name(tx, who),
        is_gsrn=queries.is_gsrn(scans.hospital),
        wrong=wrong,
        done=done,
    )
