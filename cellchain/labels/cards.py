"""Command cards: what a gloved hand scans instead of pressing a button (contract.md 5, kind CM).

The codes are fixed and the same in every house, site 00, so that a card printed anywhere works everywhere; there is no
table of them. A card does what the one button on the screen does that carries its name in `data-command`. The page
knows the same codes by heart (static/js/commands.js); a test holds both against each other.
"""

from collections.abc import Mapping

from cellchain.identity.codes import Kind, issue
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Description
from cellchain.platform.db import ReadTx

PAGE = "/labels/cards"
_SITE, _YEAR = 0, 2000
_FIRST_DIGIT = 100


@dataclass(frozen=True)
class Card:
    """One card: its name in `data-command`, the word on it, and what it does."""

    command: str
    code: str
    word: T
    does: T

    @property
    def is_key(self) -> bool:
        """Whether it enters part of a number."""
        return self.command in _KEYS


def _card(command: str, sequence: int, word: T, does: T) -> Card:
    return Card(command, issue(Kind.COMMAND, _SITE, _YEAR, sequence), word, does)


_COMMANDS: tuple[Card, ...] = (
    _card("CONFIRM", 1, T("Confirm"), T("Enters the number, or says yes to what the screen asks.")),
    _card("UNDO", 2, T("Undo"), T("Takes back your last entry here, within 60 seconds.")),
    _card("RECOUNT", 3, T("Recount"), T("Opens the second count of a value outside its limit.")),
    _card("DEVIATION", 4, T("Deviation"), T("Opens the form of a deviation.")),
    _card("START", 5, T("Start"), T("Starts the step that comes next.")),
    _card("PRINT", 6, T("Print"), T("Prints the label on the screen.")),
    _card("NEXT", 7, T("Next"), T("Completes the step, or goes on to the next step or number.")),
    _card("COUNT", 8, T("Count"), T("Opens the count of the cells, chamber by chamber.")),
    _card("FILE", 9, T("File"), T("Opens the form that reads the counter's file.")),
    _card("OPEN", 10, T("Open a batch"), T("Leads to the lines, where one is cleared and a batch opened.")),
    _card("DISCARD", 11, T("Discard"), T("Opens the page where a container is given up.")),
)
_NUMBERS: tuple[Card, ...] = (
    *(
        _card(str(digit), _FIRST_DIGIT + digit, T(str(digit)), T("A digit of a number, or the answer that bears it."))
        for digit in range(10)
    ),
    _card("POINT", _FIRST_DIGIT + 10, T("Point"), T("The decimal point of a number.")),
    _card("CLEAR", _FIRST_DIGIT + 11, T("Clear"), T("Clears the number or the last answer, to begin it again.")),
)
_KEYS = frozenset(card.command for card in _NUMBERS)

CARDS: tuple[Card, ...] = (*_COMMANDS, *_NUMBERS)
BY_CODE: Mapping[str, Card] = {card.code: card for card in CARDS}


def describe(tx: ReadTx, code: str, actor: Actor) -> Description | None:
    """A card of ours, by its code; nobody's business is on it, so everybody may know it."""
    card = BY_CODE.get(code)
    if card is None:
        return None
    return Description("command", code, T("Command card: {word}", word=card.word), card.command, PAGE)
