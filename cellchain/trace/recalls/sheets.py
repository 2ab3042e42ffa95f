"""A recall on paper: its letters, and the record that stays with an inspector."""

from collections.abc import Sequence
from datetime import datetime

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether

from cellchain.kernel.text import T
from cellchain.platform.db import ReadTx
from cellchain.trace.documents import paper
from cellchain.trace.documents.paper import BODY, SECTION, TITLE, joined, words
from cellchain.trace.recalls.exports import Stand
from cellchain.trace.recalls.letters import Letter
from cellchain.trace.recalls.pages import AUDIENCES, KINDS, PHASES, Lap, RecallPage
from cellchain.trace.recalls.rules import WORDS
from cellchain.trace.recalls.sent import Sent
from cellchain.web.format import SPACE, grouped
from cellchain.web.i18n import Voice

DASH = "—"
LOTS_PRINTED = 200
LINE = "_" * 34


class Sheets:
    """The papers of one recall, in one language."""

    def __init__(self, tx: ReadTx, page: RecallPage, voice: Voice, at: Stand, *, demonstration: bool) -> None:
        paper.register_faces()
        self.page, self.voice, self.say, self.at = page, voice, voice.say, at
        self.site, self.now, self.demonstration = tx.house.site_name, tx.now, demonstration

    # -- a letter ------------------------------------------------------------------------------------------------------

    def letter(self, letter: Letter) -> bytes:
        """One letter, with room for the signature of whoever got it."""
        title = self.say(letter.title)
        story: list[Flowable] = [words(self.say(letter.to), BODY), paper.gap(4), words(title, TITLE), paper.gap(5)]
        for one in letter.paragraphs:
            story += [words(self.say(one)), paper.gap(2)]
        if letter.rows:
            rows = [[self.say(value) if isinstance(value, T) else value for value in row] for row in letter.rows]
            story += [paper.gap(2), paper.table([self.say(one) for one in letter.heads], self._shares(letter), rows)]
        if letter.more:
            story += [paper.gap(2), words(self.say(T("And {count} more: see the list.", count=letter.more)))]
        signed = self.say(T("Received and done: name, date, signature"))
        story.append(KeepTogether([paper.gap(12), words(LINE), words(signed, paper.SMALL)]))
        return paper.document([*story, *self.proof()], title, self.around)

    @staticmethod
    def _shares(letter: Letter) -> Sequence[float]:
        return [1.0] * (len(letter.heads) - 1) + [2.0]

    # -- the record ----------------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """`Exercise 3`."""
        recall = self.page.recall
        return f"{self.say(KINDS[recall.kind])} {recall.id}"

    def record(self) -> bytes:
        """Who, when, how far, how many, in how many minutes, what was found of it, and the root of the ledger."""
        story = [words(self.title, TITLE), paper.gap(4), paper.facts(self._facts())]
        story += [
            *self._watch(),
            *self._tally(),
            *self._where(),
            *self._alerts(),
            *self._sent(),
            *self._lots(),
            *self.proof(),
        ]
        return paper.document(story, self.title, self.around)

    def _facts(self) -> list[tuple[str, str]]:
        recall, criteria = self.page.recall, self.page.recall.criteria
        window = [self._both(one) if one is not None else "…" for one in (criteria.since, criteria.until)]
        pairs: list[tuple[T, str]] = [
            (T("Stands"), self.say(PHASES[recall.phase][1])),
            (T("Everything that came out of"), grouped(criteria.root or DASH)),
            (T("And also out of"), grouped(criteria.also or DASH)),
            (T("Deviation"), DASH if criteria.deviation is None else str(criteria.deviation)),
            (T("Window"), DASH if criteria.since is None and criteria.until is None else " – ".join(window)),
            (T("Back to the donor"), self.say(T("Yes") if criteria.origin else T("No"))),
            (T("Reason"), recall.reason),
            (T("Conclusion"), recall.conclusion or DASH),
        ]
        return [(self.say(name), value) for name, value in pairs]

    def _both(self, at: datetime | None) -> str:
        return DASH if at is None else f"{self.voice.format.local(at)} ({self.voice.format.utc(at)})"

    def _part(
        self, title: T, heads: Sequence[T], shares: Sequence[float], rows: Sequence[Sequence[str]]
    ) -> list[Flowable]:
        said = paper.titled(self.say(title), SECTION)
        if not rows:
            return [*said, words(self.say(T("None.")))]
        return [*said, paper.table([self.say(one) for one in heads], shares, rows)]

    def _watch(self) -> list[Flowable]:
        rows = [self._lap(lap) for lap in self.page.laps]
        return self._part(T("Stopwatch"), (T("Step"), T("When"), T("After"), T("By")), (36, 44, 16, 30), rows)

    def _lap(self, lap: Lap) -> list[str]:
        who = DASH if lap.person is None else self.page.names.get(lap.person, lap.person).replace(" ", SPACE)
        return [self.say(lap.name), self._both(lap.at), DASH if lap.took is None else self.say(lap.took), who]

    def _tally(self) -> list[Flowable]:
        tally, percent = self.page.tally, self.voice.format.percent_tenths
        pairs = [
            (T("Containers found"), str(tally.found)),
            (T("Given, used up or destroyed"), str(tally.gone)),
            (T("Found and set apart"), str(tally.set_apart)),
            (T("Not accounted for yet"), str(tally.sought)),
            (T("Lots"), str(self.page.reached.lots_count)),
            (T("Recipients"), str(self.page.reached.recipients_count)),
            (T("Effectiveness"), percent(tally.effectiveness_permille)),
        ]
        return [
            *paper.titled(self.say(T("Found against accounted for")), SECTION),
            paper.facts([(self.say(name), value) for name, value in pairs]),
        ]

    def _where(self) -> list[Flowable]:
        rows = [
            [self.say(WORDS[state][1]), str(count), self.say(WORDS[state][2])]
            for state, count in self.page.reached.counts.items()
        ]
        return self._part(T("Where they are"), (T("Where"), T("Containers found"), T("What to do")), (30, 24, 70), rows)

    def _alerts(self) -> list[Flowable]:
        names = self.page.names
        rows = [
            [
                joined([self.say(AUDIENCES[row.audience]), names.get(row.person or "", "")]),
                self._both(row.raised_at),
                self._both(row.acknowledged_at),
                names.get(row.acknowledged_by or "", DASH),
            ]
            for row in self.page.alerts
        ]
        return self._part(T("Who was told"), (T("Who"), T("Told"), T("Acknowledged"), T("By")), (30, 40, 40, 20), rows)

    def _sent(self) -> list[Flowable]:
        rows = [[self.say(one.to), self._way(one), self._known(one), one.by] for one in self.page.sent]
        return self._part(T("Letters"), (T("To"), T("Sent"), T("Known since"), T("By")), (30, 50, 40, 20), rows)

    def _way(self, one: Sent) -> str:
        facts = one.facts
        if not one.is_outside or facts.sent_on is None:
            return joined([self.say(T("Sent through cellchain")), self._both(facts.recorded_at)])
        told = "" if facts.told_by is None else self.say(T("Told by {name}", name=facts.told_by))
        return joined([self.voice.format.local_date(facts.sent_on), facts.reference or "", told])

    def _known(self, one: Sent) -> str:
        known = [f"{person.name}: {self._both(person.ended_at)}" for person in one.told]
        return "; ".join(known) or DASH

    def _lots(self) -> list[Flowable]:
        codes = self.page.reached.scope.lots[:LOTS_PRINTED]
        said = paper.titled(self.say(T("Lots")), SECTION)
        return [*said, words(", ".join(grouped(code) for code in codes) or self.say(T("None.")))]

    # -- on every page -------------------------------------------------------------------------------------------------

    def around(self, canvas: Canvas, number: int, count: int) -> None:
        """What this is, and whether it is only practised."""
        kind = T("EXERCISE: NOTHING IS STOPPED") if self.page.recall.is_exercise else None
        marks = [T("DEMONSTRATION: NOT FOR USE")] if self.demonstration else []
        paper.draw_around(
            canvas,
            left=joined([self.site, self.title]),
            right=grouped(self.page.recall.root),
            foot=self.say(T("Read from the house on {at}", at=self._both(self.now))),
            page=self.say(T("Page {number} of {count}", number=number, count=count)),
            demonstration=joined([self.say(one) for one in (kind, *marks) if one is not None]) or None,
        )

    def proof(self) -> list[Flowable]:
        """The ledger's root: what stood when this was read can be held against it for ever."""
        said = [
            T("Fingerprint of the list: {hash}", hash=self.page.reached.scope.fingerprint),
            T("Entries: {count}", count=self.at.entries),
            T("Root (RFC 6962, SHA-256): {root}", root=self.at.root),
        ]
        return [KeepTogether([words(self.say(T("Ledger")), SECTION), *(words(self.say(one)) for one in said)])]
