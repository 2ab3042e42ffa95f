"""A closed review of access on paper and as a table: every line as it was seen, what was answered, and who signed.

Each says how far the ledger was when it was read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from cellchain.accounts.review import queries
from cellchain.accounts.review.queries import Line, ReviewFacts
from cellchain.accounts.review.rules import LineAnswer, ReviewPhase
from cellchain.accounts.review.seen import Seen, SeenRole
from cellchain.accounts.rules import GrantPhase
from cellchain.kernel import canonical
from cellchain.kernel.errors import NotFound
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger import queries as ledger
from cellchain.platform.db import ReadTx
from cellchain.trace.documents import paper
from cellchain.trace.documents.paper import TITLE, joined, words
from cellchain.trace.recalls.exports import Stand
from cellchain.web.i18n import Voice
from cellchain.web.tables import as_csv

DASH = "—"
HEADS = (
    T("Person"),
    T("User name"),
    T("Short name"),
    T("Account stands"),
    T("Last day of the account"),
    T("Role"),
    T("Stands"),
    T("Since (UTC)"),
    T("Granted by"),
    T("Countersigned by"),
    T("Last day of the role"),
    T("Last sign-in (UTC)"),
    T("Codes of a phone"),
    T("Passkeys"),
    T("Badge"),
    T("Directory"),
    T("Training"),
    T("Answer"),
    T("Remark"),
    T("Answered by"),
    T("Answered (UTC)"),
    T("What was done"),
    T("Who did it"),
    T("Done (UTC)"),
)


@dataclass(frozen=True)
class Told:
    """A closed review with its lines, its signature, and the short names of everybody named in it."""

    review: ReviewFacts
    lines: Sequence[Line]
    names: Mapping[str, str]
    meaning: str | None
    record_hash: str | None

    def name(self, person: str | None) -> str | None:
        """Short name and code; None of nobody."""
        if person is None:
            return None
        return f"{self.names[person]} ({person})" if person in self.names else person


def told(tx: ReadTx, number: int) -> Told:
    """A review that is closed. Raises NotFound."""
    review = queries.review_facts(tx, number)
    if review.phase != ReviewPhase.CLOSED:
        raise NotFound(
            "access_review.not_closed", "Review {key} is still open. It is taken away once it is signed.", key=number
        )
    signed = ledger.signatures_on(tx, str(number), "accounts:access_review:closed")
    meaning, record_hash = (signed[0].meaning, signed[0].record_hash) if signed else (None, None)
    return Told(review, queries.lines_of(tx, review), queries.names(tx), meaning, record_hash)


def table(what: Told, at: Stand, voice: Voice) -> bytes:
    """The review as CSV: what it is, who signed, how far the ledger was, then a row for each role of each account."""
    review = what.review
    head: list[Sequence[object]] = [
        [voice.say(T("Review of access")), review.id],
        [voice.say(T("As of (UTC)")), canonical.moment(review.opened_at)],
        [voice.say(T("Signed by")), what.name(review.closed_by)],
        [voice.say(T("Signed (UTC)")), None if review.closed_at is None else canonical.moment(review.closed_at)],
        [voice.say(T("Signature over (SHA-256)")), what.record_hash],
        [voice.say(T("Findings")), review.findings],
        [voice.say(T("Ledger entries")), at.entries],
        [voice.say(T("Root (RFC 6962, SHA-256)")), at.root],
        [],
        [voice.say(one) for one in HEADS],
    ]
    return as_csv([*head, *(row for line in what.lines for row in _rows(what, line, voice))])


def _rows(what: Told, line: Line, voice: Voice) -> list[list[object]]:
    """One row for each role, and one for an account without any."""
    seen = line.seen
    held: Sequence[SeenRole | None] = seen.roles or [None]
    account: list[object] = [line.person, line.username, line.initials, voice.say(seen.phase), seen.last_day]
    return [[*account, *_role(what, one, voice), *_rest(what, line, voice)] for one in held]


def _role(what: Told, one: SeenRole | None, voice: Voice) -> list[object]:
    if one is None:
        return [None] * 6
    return [
        voice.say(one.role),
        voice.say(T("Waits for a second signature") if one.phase is GrantPhase.PROPOSED else T("Held")),
        canonical.moment(one.since),
        what.name(one.granted_by),
        what.name(one.countersigned_by),
        one.last_day,
    ]


def _rest(what: Told, line: Line, voice: Voice) -> list[object]:
    seen = line.seen
    yes, no = voice.say(T("Yes")), voice.say(T("No"))
    return [
        None if seen.last_sign_in is None else canonical.moment(seen.last_sign_in),
        yes if seen.phone else no,
        seen.passkeys_count,
        yes if seen.badge else no,
        yes if seen.directory else no,
        "; ".join(_trainings(seen, voice)),
        None if line.answer is None else voice.say(line.answer),
        line.remark,
        what.name(line.answered_by),
        None if line.answered_at is None else canonical.moment(line.answered_at),
        line.settled,
        what.name(line.settled_by),
        None if line.settled_at is None else canonical.moment(line.settled_at),
    ]


def _trainings(seen: Seen, voice: Voice) -> list[str]:
    return [
        voice.say(T("{topic}, until {day}", topic=one.topic, day=one.valid_until)) if one.valid_until else one.topic
        for one in seen.trainings
    ]


class Sheet:
    """The review on paper, in one language."""

    def __init__(self, tx: ReadTx, what: Told, voice: Voice, at: Stand, *, demonstration: bool) -> None:
        paper.register_faces()
        self.told, self.voice, self.say, self.at = what, voice, voice.say, at
        self.site, self.now, self.demonstration = tx.house.site_name, tx.now, demonstration

    @property
    def title(self) -> str:
        """What it is."""
        return self.say(T("Review of access {number}", number=self.told.review.id))

    def document(self) -> bytes:
        """Every line, the signature, and the ledger's root."""
        story: list[Flowable] = [words(self.title, TITLE), paper.gap(4), paper.facts(self._facts()), paper.gap(4)]
        if self.told.review.findings:
            story += [words(self.told.review.findings), paper.gap(4)]
        heads = [self.say(one) for one in (T("Person"), T("Roles"), T("Signs in"), T("Training"), T("Answer"))]
        rows = [self._row(line) for line in self.told.lines]
        shares = [34.0, 46.0, 28.0, 28.0, 44.0]
        story.append(paper.table(heads, shares, rows) if rows else words(self.say(T("None."))))
        return paper.document(story, self.title, self._around)

    def _facts(self) -> list[tuple[str, str]]:
        review = self.told.review
        counts = [
            f"{self.say(answer)}: {sum(line.answer == answer for line in self.told.lines)}" for answer in LineAnswer
        ]
        pairs = [
            (T("As of"), self._both(review.opened_at)),
            (T("Opened by"), self._name(review.opened_by)),
            (T("Accounts"), str(review.lines_count)),
            (T("Answers"), ", ".join(counts)),
            (T("Signed by"), self._name(review.closed_by)),
            (T("Signed"), DASH if review.closed_at is None else self._both(review.closed_at)),
            (T("Meaning"), DASH if self.told.meaning is None else self.say(self.told.meaning)),
            (T("Signature over (SHA-256)"), self.told.record_hash or DASH),
            (T("Ledger entries"), str(self.at.entries)),
            (T("Root (RFC 6962, SHA-256)"), self.at.root),
        ]
        return [(self.say(name), value) for name, value in pairs]

    def _both(self, at: datetime) -> str:
        shown = self.voice.format
        return f"{shown.local(at)} ({shown.utc(at)})"

    def _name(self, person: str | None) -> str:
        return DASH if person is None else self.told.names.get(person, person)

    def _row(self, line: Line) -> list[str]:
        seen = line.seen
        until = T("Account until {day}", day=seen.last_day) if seen.last_day else None
        return [
            self._lines(line.initials, line.name, line.person, seen.phase, until),
            "\n".join(self._role(one) for one in seen.roles) or self.say(T("no role")),
            self._lines(*self._signs_in(seen)),
            "\n".join(_trainings(seen, self.voice)) or DASH,
            self._lines(*self._answer(line)),
        ]

    def _role(self, one: SeenRole) -> str:
        by = self.told.names.get(one.granted_by) or self.say(T("the house"))
        parts = [
            self.say(one.role),
            self.say(T("since {day}, by {name}", day=self.voice.format.local_date(one.since), name=by)),
        ]
        if one.phase is GrantPhase.PROPOSED:
            parts.append(self.say(T("Waits for a second signature")))
        if one.countersigned_by is not None:
            parts.append(self.say(T("countersigned by {name}", name=self._name(one.countersigned_by))))
        if one.last_day is not None:
            parts.append(self.say(T("until {day}", day=one.last_day)))
        return ", ".join(parts)

    def _signs_in(self, seen: Seen) -> list[object]:
        last = T("never") if seen.last_sign_in is None else self.voice.format.local(seen.last_sign_in)
        passkeys = T("Passkeys: {count}", count=seen.passkeys_count) if seen.passkeys_count else None
        none = None if seen.phone or passkeys else T("No second factor")
        phone = T("Codes of a phone") if seen.phone else None
        badge = T("Badge") if seen.badge else None
        return [last, phone, passkeys, none, badge, T("Directory") if seen.directory else None]

    def _answer(self, line: Line) -> list[object]:
        if line.answered_at is None:
            return [DASH]
        by = f"{self._name(line.answered_by)}, {self.voice.format.local(line.answered_at)}"
        if line.settled_at is None:
            return [line.answer, line.remark, by]
        done = f"{self._name(line.settled_by)}, {self.voice.format.local(line.settled_at)}"
        return [line.answer, line.remark, by, T("Done: {what}", what=line.settled or ""), done]

    def _lines(self, *parts: object) -> str:
        said = [part if type(part) is str else self.say(part) for part in parts if part]
        return "\n".join(dict.fromkeys(said))

    def _around(self, canvas: Canvas, number: int, count: int) -> None:
        paper.draw_around(
            canvas,
            left=joined([self.site, self.title]),
            right=self._name(self.told.review.closed_by),
            foot=self.say(T("Read from the house on {at}", at=self._both(self.now))),
            page=self.say(T("Page {number} of {count}", number=number, count=count)),
            demonstration=self.say(T("DEMONSTRATION: NOT FOR USE")) if self.demonstration else None,
        )
