"""To whom a letter of a recall goes, and how. Pure.

A letter goes to a physician, to the sponsor, to a place (LC) or a shipment (SH) that keeps something, to everybody who
may (`unknown`), or from the sponsor to the authority, which is no letter of this house and is recorded alone.
"""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from cellchain.kernel.errors import Invalid, Refused
from cellchain.kernel.text import T
from cellchain.quality.recalls.rules import RecallKind, RecallPhase

SPONSOR, UNKNOWN, AUTHORITY = "sponsor", "unknown", "authority"
TO = r"^(sponsor|unknown|authority|(PS|LC|SH)[0-9A-Z]{12})$"
TO_LENGTH = 14


class LetterWay(StrEnum):
    """Through the notices of this house, with a mail where there is a server; or any other way."""

    HOUSE = "through_cellchain"
    OUTSIDE = "another_way"


def reads_here(to: str) -> bool:
    """Whether a letter reaches somebody who works in this system."""
    return to == SPONSOR or to.startswith("PS")


def may_write(kind: RecallKind, phase: RecallPhase) -> None:
    """A letter goes out once its list is kept: when a recall was signed, or an exercise listed.

    Raises Refused `letter.too_early`.
    """
    kept = {RecallPhase.SIGNED, RecallPhase.CLOSED}
    if kind is RecallKind.EXERCISE:
        kept.add(RecallPhase.LISTED)
    if phase not in kept:
        raise Refused(
            "letter.too_early",
            "The list of this recall is not final: nothing is stopped. Sign it, then send its letters.",
        )


def may_send(to: Collection[str], physicians: Collection[str]) -> None:
    """Through the house a letter goes to the sponsor and to the physicians who were told; `to` got no such one yet.

    Raises Refused `letter.not_a_reader`, `letter.sent_already`.
    """
    for one in to:
        if one != SPONSOR and one not in physicians:
            raise Refused(
                "letter.not_a_reader",
                "{to} reads no letters of this recall here. Send it another way, and write down how.",
                to=one,
            )
    if not to:
        raise Refused("letter.sent_already", "These letters were sent already, and say the same. Nothing was sent.")


def may_record(kind: RecallKind, to: str, told_by: str | None) -> None:
    """An authority is told by somebody, and never of an exercise. Raises Refused `letter.exercise`, Invalid."""
    if to != AUTHORITY:
        return
    if kind is RecallKind.EXERCISE:
        raise Refused("letter.exercise", "This is an exercise, and no authority is told of one. Record nothing.")
    if told_by is None:
        raise Invalid({"told_by": T("Somebody told the authority. Write down who.")})


def was_then(sent_on: date, started_on: date, today: date) -> None:
    """A letter goes out between the start of its recall and today. Raises Invalid."""
    if sent_on > today:
        raise Invalid({"sent_on": T("This day is still to come. Enter the day on which it went out.")})
    if sent_on < started_on:
        raise Invalid({"sent_on": T("The recall began on {day}. Enter that day or a later one.", day=started_on)})


def was_not_recorded(known: bool) -> None:
    """The same letter is written down once. Raises Refused `letter.recorded_already`."""
    if known:
        raise Refused("letter.recorded_already", "This letter is written down already. Nothing was changed.")
