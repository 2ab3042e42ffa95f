"""Binding the hospital's wristband to a recipient, and taking the binding back: two people, at the recipient."""

from typing import Annotated

from pydantic import Field

from cellchain.accounts import queries as accounts
from cellchain.bedside import queries as bedside
from cellchain.bedside.commands import Raw, RawWristband, void_open_checks
from cellchain.bedside.rules import Capture
from cellchain.bedside.wristbands import queries, rules
from cellchain.bedside.wristbands.models import HospitalBand
from cellchain.bedside.wristbands.rules import BAND, BandPhase
from cellchain.identity.codes import Kind
from cellchain.kernel.errors import Refused
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import CommandResult, NoResult, Order, Symbol, command, scanned
from cellchain.ledger.tx import CommandTx
from cellchain.trial import queries as trial

Witness = Annotated[
    Symbol,
    Field(
        min_length=1,
        max_length=256,
        title="Second person's badge",
        json_schema_extra=scanned(Kind.PERSON, as_printed=True),
    ),
]
HospitalRaw = Annotated[Raw, Field(min_length=1, title="The hospital's wristband")]


class BandResult(CommandResult):
    """For whom the hospital's wristband counts now."""

    recipient: str
    replaced: bool


class BindHospitalWristband(Order):
    """Both bands are scanned on the recipient's arm. Ours says who it is; the symbol of the hospital's gets bound."""

    wristband: RawWristband
    hospital: HospitalRaw
    witness: Witness
    capture: Annotated[Capture, Field(title="How it was scanned")] = Capture.WEDGE


@command(event="bedside:hospital_band:bound", at_once=True)
def bind_hospital_wristband(tx: CommandTx, by: Actor, order: BindHospitalWristband) -> BandResult:
    """Let the hospital's own wristband stand for a recipient. An earlier one is void at once, with every open check.

    Raises Refused `hospital_band.*`, and `check.*` where our own wristband does not identify.
    """
    recipient = _identified(tx, order.wristband)
    tx.about(recipient)
    setting = trial.study_of(tx, recipient).bedside.hospital_wristband
    symbol = rules.may_bind(rules.symbol_of(order.hospital), setting, is_typed=order.capture is Capture.TYPED)
    witness = rules.two_people(by.person, accounts.witness_of(tx, order.witness, "bedside.bind_hospital_wristband"))
    known = queries.bound(tx, order.hospital)
    rules.is_free(recipient, known.recipient if known is not None and known.live else None)
    replaced = _void(tx, by, recipient, witness)
    tx.add(
        HospitalBand(
            mark=tx.fingerprint(symbol.text),
            symbol=symbol.text,
            recipient=recipient,
            bound_at=tx.now,
            bound_by=by.person,
            witness=witness,
            phase=BandPhase.LIVE,
        )
    )
    tx.note(gsrn=symbol.is_gsrn, witness=witness, replaced=replaced)
    return BandResult(recipient=recipient, replaced=replaced)


class ReleaseHospitalWristband(Order):
    """Our own wristband is scanned on the recipient's arm."""

    wristband: RawWristband
    witness: Witness


@command(event="bedside:hospital_band:released", at_once=True)
def release_hospital_wristband(tx: CommandTx, by: Actor, order: ReleaseHospitalWristband) -> NoResult:
    """The hospital's wristband does not stand for a recipient any more: it was cut off, or it is somebody else's."""
    recipient = _identified(tx, order.wristband)
    tx.about(recipient)
    witness = rules.two_people(by.person, accounts.witness_of(tx, order.witness, "bedside.release_hospital_wristband"))
    if not _void(tx, by, recipient, witness):
        raise rules.no_band()
    tx.note(witness=witness)
    return NoResult()


def _identified(tx: CommandTx, raw: str) -> str:
    """Whose wristband of the study this is. The hospital's says nothing here: it is what is being bound."""
    band = bedside.read_wristband(tx, raw)
    if band.problem is not None:
        raise Refused(
            "hospital_band.not_read",
            "The study's wristband does not identify: {reason} Nothing was bound. Scan it on the arm.",
            reason=band.problem.text,
        )
    if band.recipient is None or queries.bound(tx, raw) is not None:
        raise Refused("hospital_band.not_ours", "This is the hospital's wristband. Scan the study's own first.")
    return band.recipient


def _void(tx: CommandTx, by: Actor, recipient: str, witness: str) -> bool:
    """Whatever was bound until now is void, and so is every open check that may rest on it."""
    live = queries.live_of(tx, recipient)
    if live is None:
        return False
    held = tx.lock(HospitalBand, live.id)
    phase = BAND.move("release_hospital_wristband", held.phase)
    tx.change(held, phase=phase, voided_at=tx.now, voided_by=by.person, void_witness=witness)
    void_open_checks(tx, None, recipient)
    return True
