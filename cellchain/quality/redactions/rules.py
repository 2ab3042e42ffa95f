"""What may be erased, why, and by whom. Pure."""

from collections.abc import Iterable
from enum import StrEnum

from cellchain.kernel.errors import Refused
from cellchain.kernel.values import dataclass

REASON_OF_ENTRY = "ledger_entry"
# Read by the program and not by people: without them a label, a scan or a computation could not be told any more.
MACHINE_READ = frozenset({"data", "wristband_read", "bag_read", "symbol", "judged", "born", "answer", "recipient"})
WORDS_LEAST = 40


class Ground(StrEnum):
    """Why a value must go."""

    ENTERED_BY_MISTAKE = "entered_by_mistake"
    PRIVACY_REQUEST = "privacy_request"


@dataclass(frozen=True)
class Place:
    """Where a personal value stands: table, key and field; the reason of an entry stands in the ledger itself."""

    table: str
    key: str
    field: str


def may_hold_words(field: str, length_max: int, kind: str) -> bool:
    """Whether a column is for words about a person, which can go without anything that the program reads going too."""
    return kind == "personal" and length_max >= WORDS_LEAST and field not in MACHINE_READ


def may_ask(place: Place, offered: Iterable[Place], *, waits: bool) -> None:
    """Raises Refused `redaction.not_there`, `redaction.asked_already`."""
    if place not in offered:
        raise Refused(
            "redaction.not_there",
            "This entry wrote no personal words there that still stand. Open the entry and choose one that it offers.",
        )
    if waits:
        raise Refused("redaction.asked_already", "Erasing this was asked for already. A colleague signs it.")


def may_redact(asked_by: str, by: str, *, done: bool) -> None:
    """Raises Refused `redaction.done`, `redaction.same_person`."""
    if done:
        raise Refused("redaction.done", "This value was erased already. Nothing is left to do.")
    if asked_by == by:
        raise Refused("redaction.same_person", "You asked for this yourself. Another person of QA signs the erasing.")
