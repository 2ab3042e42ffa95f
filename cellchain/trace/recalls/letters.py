"""The letters that go out with a recall: to each place that keeps something, each physician, and the sponsor.

They are drafted from the record, in the reader's language: nobody copies a code by hand.
"""

from collections.abc import Sequence

from cellchain.kernel import canonical
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.quality.letters.rules import SPONSOR, UNKNOWN, reads_here
from cellchain.quality.recalls.rules import RecallPhase
from cellchain.trace.recalls.fates import Affected, Fate
from cellchain.trace.recalls.pages import RecallPage
from cellchain.trace.recalls.rules import GONE, KINDS, WORDS, State
from cellchain.trace.recalls.sent import Sent
from cellchain.web.format import grouped
from cellchain.web.i18n import Voice

ROWS_MAX = 500


@dataclass(frozen=True)
class Letter:
    """One letter: to whom, about what, its paragraphs, and a table. `more` things are in the export alone."""

    key: str
    to: T
    title: T
    paragraphs: Sequence[T]
    heads: Sequence[T] = ()
    rows: Sequence[Sequence[T | str]] = ()
    more: int = 0


@dataclass(frozen=True)
class Posted:
    """A letter, the fingerprint of what it says now, and how it went out before."""

    letter: Letter
    digest: str
    sent: Sequence[Sent]
    is_closed: bool

    @property
    def reads_here(self) -> bool:
        """Whether it goes through the house."""
        return reads_here(self.letter.key)

    @property
    def is_to_send(self) -> bool:
        """Whether the house has something to send: it was not sent, or says something else and the recall goes on."""
        if self.is_closed and self.sent:
            return False
        return self.reads_here and all(one.facts.digest != self.digest for one in self.sent)


def posted(tx: ReadTx, page: RecallPage) -> list[Posted]:
    """Every letter of a recall with what became of it."""
    voice = Voice("en", tx.house.zone)
    return [
        Posted(
            one,
            _digest(one, voice),
            [row for row in page.sent if row.facts.to == one.key],
            page.recall.phase is RecallPhase.CLOSED,
        )
        for one in letters(tx, page)
    ]


def _digest(letter: Letter, voice: Voice) -> str:
    """The same as long as the letter says the same, whoever reads it in whichever language."""
    rows = [[voice.say(value) if isinstance(value, T) else value for value in row] for row in letter.rows]
    said = [voice.say(one) for one in (letter.to, letter.title, *letter.paragraphs)]
    return canonical.digest([letter.key, said, rows, letter.more])


def columns(letter: Letter) -> list[tuple[T, str]]:
    """The heads of its table, as a page draws them."""
    return [(one, "") for one in letter.heads]


def letters(tx: ReadTx, page: RecallPage) -> list[Letter]:
    """Every letter of a recall, for whoever may see all of it: places first, then physicians, then the sponsor."""
    found = page.reached.found
    by_place: dict[tuple[str, str], list[Fate]] = {}
    for fate in found:
        if fate.state not in GONE and fate.state not in (State.SET_APART, State.RUNNING):
            by_place.setdefault(_place(fate), []).append(fate)
    drafted = [_to_place(tx, page, key, name, by_place[key, name]) for key, name in sorted(by_place)]
    by_physician: dict[str, list[Affected]] = {}
    for one in page.reached.recipients:
        by_physician.setdefault(one.physician, []).append(one)
    drafted += [_to_physician(tx, page, one, by_physician[one]) for one in sorted(by_physician) if one]
    return [*drafted, _to_sponsor(tx, page)]


def _place(fate: Fate) -> tuple[str, str]:
    place = fate.place
    if place is not None and place.shipment is not None:
        return place.shipment, ""
    if place is not None and place.location is not None:
        return place.location, place.location_name
    return UNKNOWN, ""


def _opening(tx: ReadTx, page: RecallPage) -> list[T]:
    recall = page.recall
    if recall.is_exercise:
        return [
            T("THIS IS AN EXERCISE. Nothing is stopped, and nothing is to be destroyed. Do everything else as asked."),
            T(
                "On {at} {site} began to practise a recall of everything that came out of {root}.",
                at=recall.started_at,
                site=tx.house.site_name,
                root=grouped(recall.root),
            ),
        ]
    return [
        T(
            "On {at} {site} recalled everything that came out of {root}.",
            at=recall.placed_at or recall.started_at,
            site=tx.house.site_name,
            root=grouped(recall.root),
        ),
        T("The reason: {reason}", reason=recall.reason),
    ]


def _title(page: RecallPage) -> T:
    if page.recall.is_exercise:
        return T("Exercise {number} of a recall", number=page.recall.id)
    return T("Recall {number}", number=page.recall.id)


def _to_place(tx: ReadTx, page: RecallPage, key: str, name: str, those: Sequence[Fate]) -> Letter:
    if key == UNKNOWN:
        to = T("To everybody who stores or carries something")
        asked = T("No place is recorded for these things: {count}. Look for them, and say where they are.")
    elif key.startswith("SH"):
        to = T("To the courier and the receiver of shipment {shipment}", shipment=grouped(key))
        asked = T("This shipment carries things that are called back: {count}. Do not hand them to a ward.")
    else:
        to = T("To {place}", place=name)
        asked = T("As far as the record says, you keep things that are called back: {count}. Do not use them.")
    return Letter(
        key,
        to,
        _title(page),
        [
            *_opening(tx, page),
            T(asked.template, count=len(those)),
            T("Put each of them where nobody takes it by mistake, and scan it, or send this list back signed."),
        ],
        (T("Thing"), T("Kind"), T("Where it should be")),
        [[grouped(one.code), KINDS[one.item.kind], _where(one)] for one in those[:ROWS_MAX]],
        max(0, len(those) - ROWS_MAX),
    )


def _where(fate: Fate) -> T | str:
    return fate.where or WORDS[fate.state][1]


def _to_physician(tx: ReadTx, page: RecallPage, physician: str, theirs: Sequence[Affected]) -> Letter:
    name = page.names.get(physician, physician)
    return Letter(
        physician,
        T("To {name}", name=name),
        _title(page),
        [
            *_opening(tx, page),
            T("Recipients of yours who got something of it, or were about to: {count}.", count=len(theirs)),
            T("See each of them, enter what you find as an adverse event, and acknowledge this in cellchain."),
        ],
        (T("Recipient"), T("Infusions"), T("First given"), T("Bags")),
        [
            [
                grouped(one.recipient),
                ", ".join(str(number) for number in one.infusions) or "—",
                T("{at}", at=one.first_given_at) if one.first_given_at is not None else T("not given"),
                ", ".join(grouped(bag) for bag in one.bags),
            ]
            for one in theirs
        ],
    )


def _to_sponsor(tx: ReadTx, page: RecallPage) -> Letter:
    reached, given = page.reached, page.reached.counts.get(State.GIVEN, 0) + page.reached.counts.get(State.RUNNING, 0)
    return Letter(
        SPONSOR,
        T("To the sponsor"),
        _title(page),
        [
            *_opening(tx, page),
            T(
                "Containers reached: {containers}, of lots: {lots}. Containers that may still be somewhere: {left}.",
                containers=len(reached.found),
                lots=reached.lots_count,
                left=reached.tally.sought,
            ),
            T(
                "Infusions given: {given}, to recipients: {recipients}.",
                given=given,
                recipients=reached.recipients_count,
            ),
            T("Who they are, and which arm they are in, is not in this letter. Acknowledge it in cellchain."),
        ],
        (T("Where they are"), T("Containers found")),
        [[WORDS[state][1], str(count)] for state, count in reached.counts.items()],
    )
