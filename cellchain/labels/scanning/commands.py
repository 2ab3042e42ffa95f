"""The verbs of scanning: set up a station's reader, and take a scan-back back."""

from typing import Annotated

from pydantic import Field

from cellchain.identity.codes import LabelCode
from cellchain.kernel.errors import NotFound
from cellchain.kernel.text import T
from cellchain.labels.models import Label
from cellchain.labels.rules import LABEL
from cellchain.labels.scanning import queries, rules
from cellchain.labels.scanning.models import Scanner
from cellchain.labels.scanning.rules import AFFIX_MAX, GAP_MS, SPAN_MS
from cellchain.ledger.actor import Actor
from cellchain.ledger.queries import entries_about
from cellchain.ledger.registry import NoResult, Order, Text, command
from cellchain.ledger.tx import CommandTx

# Who looks after stations sets up the reader of any of them.
EVERY_STATION = "accounts.enrol_station"
CONFIRMED = "labels:label:confirmed"
INSTEAD = T("Reprint the label, with a reason and a second person.")

Affix = Annotated[Text, Field(max_length=AFFIX_MAX)]


class ConfigureScanner(Order):
    """How the reader of a station sends."""

    station: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$", title="Station")]
    gap_ms: Annotated[
        int,
        Field(
            ge=GAP_MS.least,
            le=GAP_MS.most,
            title="Longest gap between two characters",
            description="In milliseconds. A cable needs 100, a slow radio reader more.",
        ),
    ] = GAP_MS.usual
    span_ms: Annotated[
        int,
        Field(
            ge=SPAN_MS.least,
            le=SPAN_MS.most,
            title="Longest scan",
            description="In milliseconds, from the first character to the end.",
        ),
    ] = SPAN_MS.usual
    prefix: Annotated[
        Affix, Field(title="Prefix", description="What the reader itself puts in front; mostly none.")
    ] = ""
    suffix: Annotated[Affix, Field(title="Suffix", description="What the reader itself adds; mostly none.")] = ""
    sends_separators: Annotated[
        bool,
        Field(
            title="The separator (GS) arrives",
            description="As the test card shows. Where it may be lost, a supplier's symbol is often refused.",
        ),
    ] = False


@command(event="labels:scanner:configured", subject="station")
def configure_scanner(tx: CommandTx, by: Actor, order: ConfigureScanner) -> NoResult:
    """Set up the reader of a station. Raises Refused `scanner.other_station`, NotFound `station.unknown`."""
    rules.may_configure(order.station, by.device, every_station=by.may(EVERY_STATION))
    if order.station not in queries.stations(tx):
        raise NotFound("station.unknown", "There is no station {name} in use. Enrol it first.", name=order.station)
    told = {**order.model_dump(exclude={"station"}), "configured_by": by.person, "configured_at": tx.now}
    if tx.find(Scanner, order.station) is None:
        tx.add(Scanner(station=order.station, **told))
    else:
        tx.change(tx.lock(Scanner, order.station), **told)
    return NoResult()


class UndoConfirmation(Order):
    """The label whose scan-back was a mistake."""

    label: Annotated[LabelCode, Field(title="Label")]


@command(event="labels:label:unconfirmed", permission="labels.confirm_label")
def undo_confirmation(tx: CommandTx, by: Actor, order: UndoConfirmation) -> NoResult:
    """Take a scan-back back: the label waits for its scan again.

    Raises Refused `undo.nothing`, `.not_here`, `.too_late`, `.step_completed`; `label.phase`.
    """
    label = tx.lock(Label, order.label)
    tx.about(label.target)
    done = _confirmation(tx, label)
    rules.may_undo(done.act, by.person, by.device, tx.now, INSTEAD)
    rules.may_undo_in_step(completed=queries.step_done_since(tx, label.lot, label.confirmed_at))
    tx.change(label, phase=LABEL.move("unconfirm", label.phase), confirmed_at=None, confirmed_by=None)
    tx.note(label=label.code, undoes=done.entry)
    return NoResult()


def _confirmation(tx: CommandTx, label: Label) -> queries.Done:
    """The entry of the last scan-back of a label, by a person and not by the house itself. Raises Refused."""
    for entry in entries_about(tx, label.target, queries.ENTRIES_LOOKED_AT):
        done = queries.done_in(entry, frozenset({"labels_label"})) if entry.event == CONFIRMED else None
        if done is not None and done.key == label.code and not done.by_itself:
            return done
    raise rules.nothing_to_undo(INSTEAD)
