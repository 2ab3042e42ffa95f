"""When something may be stored, packed, handed over, returned and destroyed, and when it was too warm. Pure."""

from datetime import datetime
from enum import StrEnum

from cellchain.custody.rules.chain import Exposure, Gap, GapKind
from cellchain.custody.rules.climate import range_of
from cellchain.kernel.errors import Refused
from cellchain.kernel.lifecycle import Lifecycle, Phase
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.manufacturing.rules.lifecycles import ContainerKind

READINGS_MAX = 200
# Whose label both who gives and who takes have to scan: what is meant for one recipient.
SCANNED = "BG"


class ExcursionOutcome(StrEnum):
    """What QA decides about something that was too warm or too cold."""

    USABLE = "usable"
    UNUSABLE = "unusable"


class DestructionMethod(StrEnum):
    """How something is destroyed."""

    AUTOCLAVE = "autoclave"
    INCINERATION = "incineration"
    CHEMICAL = "chemical"
    CLINICAL_WASTE = "clinical_waste"


class HandOverPhase(Phase):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class ExcursionPhase(Phase):
    OPEN = "open"
    ASSESSED = "assessed"


HAND_OVER = Lifecycle(
    "hand_over",
    first=HandOverPhase.OFFERED,
    moves={
        "accept": ([HandOverPhase.OFFERED], HandOverPhase.ACCEPTED),
        "refuse": ([HandOverPhase.OFFERED], HandOverPhase.REFUSED),
    },
    final=[HandOverPhase.ACCEPTED, HandOverPhase.REFUSED],
)
EXCURSION = Lifecycle(
    "excursion",
    first=ExcursionPhase.OPEN,
    moves={"assess_excursion": ([ExcursionPhase.OPEN], ExcursionPhase.ASSESSED)},
    final=[ExcursionPhase.ASSESSED],
)


@dataclass(frozen=True)
class Custody:
    """Where a container stands with everybody who had it."""

    subject: str
    location: str | None = None
    position: str | None = None
    taken_over: bool = False
    ward: bool = False
    hand_over_open: bool = False
    packed: bool = False
    under_way: bool = False
    returned: bool = False
    destroyed: bool = False
    excursions_open: int = 0
    unusable: bool = False


def is_outside(kind: ContainerKind, temperature_mc: int) -> bool:
    """Whether a temperature lies outside what this kind of container bears."""
    found = range_of(kind)
    return found is not None and not found.holds(temperature_mc)


def worst_of(kind: ContainerKind, temperatures_mc: list[int]) -> int | None:
    """The temperature furthest outside the range, or None where all lie inside."""
    found = range_of(kind)
    if found is None:
        return None
    outside = [value for value in temperatures_mc if not found.holds(value)]
    return max(outside, key=lambda value: max(found.low_mc - value, value - found.high_mc), default=None)


def arrives_late(kind: ContainerKind, expires_at: datetime | None, at: datetime) -> bool:
    """Whether marrow comes out of the time in which it has to be worked on. Whatever else expires is stopped where it
    is used."""
    return kind is ContainerKind.HARVEST_BAG and expires_at is not None and at > expires_at


def must_be_here(custody: Custody) -> None:
    """Nothing more happens to what was destroyed, and what is under way is received first."""
    if custody.destroyed:
        raise Refused("custody.destroyed", "This was destroyed. Check the label: it should not be here.")
    if custody.under_way:
        raise Refused("custody.under_way", "This is under way in a shipment. Receive the shipment first.")
    if custody.packed:
        raise Refused("custody.packed", "This is packed in a shipper. Unpack it, or send the shipper.")


def may_store(custody: Custody) -> None:
    """Something is put somewhere once; from there it is moved or handed over."""
    must_be_here(custody)
    if custody.location is not None:
        raise Refused("custody.stored_already", "This is stored somewhere already. Move it instead.")


def may_move(custody: Custody, to_location: str, position: str | None) -> None:
    """Something that is stored goes to another place, in the same hands."""
    must_be_here(custody)
    no_open_hand_over(custody)
    if custody.location is None:
        raise Refused("custody.not_stored", "This is not stored anywhere. Store it instead.")
    if custody.location == to_location and position in (None, custody.position):
        raise Refused("custody.same_place", "It is there already. Scan another location.")


def no_open_hand_over(custody: Custody) -> None:
    """While somebody offers it, only its taker may act."""
    if custody.hand_over_open:
        raise Refused("hand_over.open", "This is being handed over. The taker has to accept or refuse it first.")


def labels_are_counted(is_tagged: bool, is_reconciled: bool) -> None:
    """Raises Refused where a bag wears its issue tag and a label of its lot is still unaccounted for."""
    if is_tagged and not is_reconciled:
        raise Refused(
            "custody.labels_unreconciled",
            "Labels of this lot are not counted since the issue tags were printed. Reconcile them, then hand over.",
        )


def may_hand_over(custody: Custody, from_location: str | None, to_location: str) -> str:
    """The place that something is handed over from."""
    must_be_here(custody)
    no_open_hand_over(custody)
    if custody.returned:
        raise Refused("custody.returned", "This bag came back unused. It is not given out again: destroy it.")
    place = custody.location or from_location
    if place is None:
        raise Refused("hand_over.from_unknown", "It is not known where this is. Scan the location that it leaves.")
    if place == to_location:
        raise Refused("hand_over.same_place", "It is there already. Scan the location that it goes to.")
    return place


def may_be_packed(custody: Custody) -> str:
    """The place out of which something is packed."""
    must_be_here(custody)
    no_open_hand_over(custody)
    if custody.returned:
        raise Refused("custody.returned", "This bag came back unused. It is not given out again: destroy it.")
    if custody.location is None:
        raise Refused("pack.not_stored", "It is not known where this is. Store it, then pack it.")
    return custody.location


def must_be_scanned(subject: str, label: str | None) -> None:
    """What is meant for one recipient changes hands by its own label, scanned by each of the two.

    Raises Refused `hand_over.scan_needed`.
    """
    if label is None and subject.startswith(SCANNED):
        raise Refused("hand_over.scan_needed", "Scan the label on the bag itself. Nothing changes hands from a list.")


def same_thing(subject: str | None, worn_by: str) -> str:
    """The thing whose label was scanned. Raises Refused `hand_over.other_thing` where another one was meant."""
    if subject not in (None, worn_by):
        raise Refused(
            "hand_over.other_thing", "This is the label of {thing}. Stop, and compare both labels.", thing=worn_by
        )
    return worn_by


def may_report(gap: Gap | None, *, reported: bool) -> Gap:
    """The gap that somebody reports. Raises Refused `chain.whole`, `chain.reported_already`."""
    if gap is None:
        raise Refused("chain.whole", "The chain of custody has no gap. There is nothing to report.")
    if reported:
        raise Refused("chain.reported_already", "This gap is reported, and waits for QA. Nothing was changed.")
    return gap


def may_answer(giver: str, by: str) -> None:
    """Two people hand over: who gives does not take."""
    if giver == by:
        raise Refused("hand_over.same_person", "You offered this yourself. Another person has to take it.")


def may_return(custody: Custody, *, filled: bool) -> None:
    """Only a bag that the ward has, and that was not used, comes back."""
    must_be_here(custody)
    no_open_hand_over(custody)
    if custody.returned:
        raise Refused("return.already", "This bag came back already. Nothing was changed.")
    if not custody.ward:
        raise Refused("return.not_at_ward", "No ward has taken this bag over. There is nothing to return.")
    if not filled:
        raise Refused("return.used", "This bag was used or discarded. It is disposed of, not returned.")


def may_destroy(custody: Custody, performer: str, witness: str | None) -> str:
    """One person destroys, and another watches: the witness."""
    must_be_here(custody)
    no_open_hand_over(custody)
    if witness is None:
        raise Refused(
            "destroy.witness_unknown",
            "This is no live badge of somebody whose work this is. Let another colleague scan theirs.",
        )
    if witness == performer:
        raise Refused("destroy.witness_same", "The witness has to be somebody else. Let a colleague scan their badge.")
    return witness


def may_witness(witness: str, by: str, *, witnessed: bool) -> None:
    """Who saw something destroyed signs it, once. Raises Refused `destroy.other_witness`, `.witnessed_already`."""
    if by != witness:
        raise Refused(
            "destroy.other_witness", "Somebody else's badge was scanned as the witness. That person signs this record."
        )
    if witnessed:
        raise Refused("destroy.witnessed_already", "You signed this record already. Nothing was changed.")


def may_read(times: list[datetime], now: datetime) -> None:
    """A logger's readings lie in the past, each at a time of its own."""
    if any(at > now for at in times):
        raise Refused("temperature.in_future", "A reading lies in the future. Check the logger's clock.")
    if len(set(times)) < len(times):
        raise Refused("temperature.twice", "Two readings bear the same time. Check the logger's file.")


def may_assess(noticed_by: str, by: str) -> None:
    """Whoever noticed an excursion does not judge it alone."""
    if noticed_by == by:
        raise Refused("excursion.own", "You noticed this excursion yourself. Another person has to assess it.")


def problems(custody: Custody) -> list[tuple[str, T]]:
    """What custody has recorded against using a bag at the bedside."""
    found: list[tuple[bool, str, T]] = [
        (custody.destroyed, "custody.destroyed", T("This bag was destroyed. Stop, and call the laboratory.")),
        (custody.returned, "custody.returned", T("This bag came back unused and is not given out again.")),
        (custody.under_way, "custody.under_way", T("This bag is under way. Receive its shipment first.")),
        (
            custody.hand_over_open,
            "custody.hand_over_open",
            T("This bag is still being handed over. Accept it with its temperature and its seal first."),
        ),
        (
            not custody.ward and not custody.hand_over_open,
            "custody.not_at_ward",
            T("No ward has taken this bag over. Accept it with its temperature and its seal first."),
        ),
        (
            custody.excursions_open > 0,
            "custody.excursion_open",
            T("This bag was too warm, too cold, or its seal was broken. QA has to assess it first."),
        ),
        (custody.unusable, "custody.unusable", T("QA found this bag unusable. Keep it apart and call the laboratory.")),
    ]
    return [(code, text) for holds, code, text in found if holds]


def problems_of_time(gap: Gap | None, exposure: Exposure, *, is_overexposed: bool) -> list[tuple[str, T]]:
    """What the clock has against it: too long out of its temperature, or nobody who answered for it.

    A gap that lasts, nobody having answered yet, has a reason of its own.
    """
    found: list[tuple[bool, str, T]] = [
        (
            is_overexposed,
            "custody.budget_spent",
            T(
                "This bag was out of controlled temperature for {minutes} min in all, longer than it bears. "
                "QA has to assess it first.",
                minutes=exposure.minutes,
            ),
        ),
    ]
    if gap is not None and gap.kind not in (GapKind.NO_TAKER, GapKind.NO_RECEIPT):
        text = T("The chain of custody is broken. {gap} Report it, and call QA.", gap=gap.text)
        found.append((True, "custody.chain_broken", text))
    return [(code, text) for holds, code, text in found if holds]
