"""The report form of one adverse event, in the house's own layout; what it asks is what ICH E2A, attachment 1, lists.

Two forms: without anything that tells an arm, and, for who may see arms, with arm, bag, lot, passage and donors.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether

from cellchain.accounts import queries as accounts
from cellchain.followup.safety import queries
from cellchain.followup.safety.content import content_of, digest_of
from cellchain.followup.safety.lifecycles import (
    GRADES,
    ActionTaken,
    EventOutcome,
    Expectedness,
    Relatedness,
    ReportKind,
    Seriousness,
)
from cellchain.followup.safety.models import AdverseEvent, SafetyReport
from cellchain.followup.safety.origins import Origin, origin
from cellchain.followup.safety.terms import TERMS
from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx
from cellchain.trace.documents import paper
from cellchain.trace.documents.paper import SECTION, SMALL, TITLE, joined, words
from cellchain.trace.recalls.exports import Stand
from cellchain.trace.safety.variants import Variant
from cellchain.trial import queries as trial
from cellchain.trial.lifecycles import Sex
from cellchain.trial.rules import age_years
from cellchain.web.format import grouped
from cellchain.web.i18n import Voice

DASH = "—"
LINE = "_" * 34


@dataclass(frozen=True)
class Told:
    """Everything that a form says. `version` 0 is a draft that went nowhere."""

    event: int
    version: int
    content: Mapping[str, Any]
    account: str | None
    death_cause: str | None
    digest: str
    report: SafetyReport | None
    origin: Origin | None
    arm: str | None
    age_years: int
    variant: Variant
    names: Mapping[str, str]

    @property
    def kind(self) -> T:
        """`Draft`, or which report it was."""
        return T("Draft") if self.report is None else ReportKind(self.report.kind).label


def told(tx: ReadTx, number: int, version: int, variant: Variant, actor: Actor) -> Told:
    """A report as it went out, or with version 0 the event as it stands. Raises NotFound, Forbidden."""
    if variant is Variant.UNBLINDED and not actor.may(trial.SEE_ARM):
        raise Forbidden()
    event = tx.get(AdverseEvent, number)
    report = _version(tx, number, version)
    content = content_of(tx, event) if report is None else report.content
    kept = event.note if report is None else report.account
    cause = event.death_cause if report is None else report.death_cause
    shows, infusion = variant is Variant.UNBLINDED, content["infusion"]
    people = [content["reported_by"], content["assessed_by"], None if report is None else report.submitted_by]
    return Told(
        event=number,
        version=version,
        content=content,
        account=kept,
        death_cause=cause,
        digest=digest_of(dict(content), kept, cause),
        report=report,
        origin=origin(tx, int(infusion)) if shows and infusion is not None else None,
        arm=trial.arm_of(tx, event.recipient, actor) if shows else None,
        age_years=age_years(trial.born_on(tx, event.recipient), tx.day_of(event.onset_at)),
        variant=variant,
        names={person: accounts.display_name(tx, person) for person in people if person is not None},
    )


def _version(tx: ReadTx, number: int, version: int) -> SafetyReport | None:
    if version == 0:
        return None
    found = next((row for row in queries.reports_of(tx, number) if row.version == version), None)
    if found is None:
        raise NotFound("report.unknown", "There is no such report on this event. Open the event and choose one.")
    return found


def _proof_said(report: SafetyReport) -> str:
    """The number they gave it, and the file that they sent with the beginning of its hash."""
    file = None if report.proof_file is None else f"{report.proof_name} (SHA-256 {report.proof_file[:16]}…)"
    return joined([one for one in (report.proof, file) if one is not None])


class Form:
    """One report on paper, in one language."""

    def __init__(self, tx: ReadTx, told: Told, voice: Voice, at: Stand, *, demonstration: bool) -> None:
        paper.register_faces()
        self.told, self.voice, self.say, self.at = told, voice, voice.say, at
        self.site, self.now, self.demonstration = tx.house.site_name, tx.now, demonstration

    @property
    def title(self) -> str:
        """`Report on an adverse event`."""
        return self.say(T("Report on adverse event {number}", number=self.told.event))

    def document(self) -> bytes:
        """The whole form."""
        story: list[Flowable] = [words(self.title, TITLE), paper.gap(4), paper.facts(self._head())]
        for name, pairs in (
            (T("Recipient"), self._recipient()),
            (T("What happened"), self._event()),
            (T("Treatment"), self._treatment()),
            (T("Judged"), self._judged()),
        ):
            story += [*paper.titled(self.say(name), SECTION), paper.facts([(self.say(one), it) for one, it in pairs])]
        story += [*self._account(), *self._proof()]
        return paper.document(story, self.title, self._around)

    # -- its parts -----------------------------------------------------------------------------------------------------

    def _head(self) -> list[tuple[str, str]]:
        content, report = self.told.content, self.told.report
        pairs = [
            (T("Report"), self.say(self.told.kind)),
            (T("Version"), str(self.told.version or DASH)),
            (T("Study"), f"{content['study']}, {content['registry_id']}"),
            (T("Site"), content["site"]),
            (T("Sent to"), DASH if report is None else report.told),
            (T("Proof"), DASH if report is None else _proof_said(report)),
            (T("Submitted"), self._both(None if report is None else report.submitted_at)),
            (T("Submitted by"), DASH if report is None else self._name(report.submitted_by)),
        ]
        return [(self.say(name), value) for name, value in pairs]

    def _recipient(self) -> list[tuple[T, str]]:
        content = self.told.content
        return [
            (T("Recipient"), grouped(content["recipient"])),
            (T("Sex"), self._said(Sex, "sex")),
            (T("Age at onset"), str(self.told.age_years)),
        ]

    def _event(self) -> list[tuple[T, str]]:
        content = self.told.content
        term = TERMS.get(content["coded"] or "")
        pairs = [
            (T("As reported"), content["term"]),
            (T("Term"), DASH if term is None else term.words(self.voice.language)),
            (T("Code in a licensed dictionary"), content["dictionary_code"] or DASH),
            (T("Grade (CTCAE 5.0)"), self.say(GRADES[content["grade"]])),
            (T("Serious because of"), self._said(Seriousness, "seriousness")),
            (T("Known since"), self._at("aware_at")),
            (T("Serious since"), self._at("serious_since")),
            (T("Began"), self._at("onset_at")),
            (T("Ended"), self._at("ended_at")),
            (T("How it ended"), self._said(EventOutcome, "outcome")),
        ]
        if content["seriousness"] == Seriousness.DEATH:
            pairs += [(T("Died at"), self._at("died_at")), (T("Cause of death"), self.told.death_cause or DASH)]
        return pairs

    def _treatment(self) -> list[tuple[T, str]]:
        content, came = self.told.content, self.told.origin
        pairs = [
            (T("Infusions before it"), str(content["infusions_before"])),
            (T("What was done with the treatment"), self._said(ActionTaken, "action")),
        ]
        if self.told.variant is Variant.BLINDED:
            return [*pairs, (T("Arm, bag and lot"), self.say(T("Not in this form.")))]
        pairs.append((T("Arm"), self.told.arm or DASH))
        if came is None:
            return pairs
        return [
            *pairs,
            (T("Last infusion began"), self._both(came.started_at)),
            (T("Bag"), grouped(came.bag)),
            (T("Lot"), DASH if came.lot is None else grouped(came.lot)),
            (T("Passage"), DASH if came.passage is None else f"P{came.passage}"),
            (T("Donors"), ", ".join(grouped(one) for one in came.donors) or DASH),
        ]

    def _judged(self) -> list[tuple[T, str]]:
        content = self.told.content
        return [
            (T("Investigator: caused"), self._said(Relatedness, "relatedness")),
            (T("Sponsor: caused"), self._said(Relatedness, "sponsor_relatedness")),
            (T("Investigator: expected"), self._said(Expectedness, "expectedness")),
            (T("Sponsor: expected"), self._said(Expectedness, "sponsor_expectedness")),
            (T("Judged by"), content["reference"] or DASH),
            (T("SUSAR"), self.say(T("Yes") if content["susar"] else T("No"))),
            (T("Reported by"), self._name(content["reported_by"])),
            (T("Assessed by"), self._name(content["assessed_by"])),
        ]

    def _account(self) -> list[Flowable]:
        news = None if self.told.report is None else self.told.report.news
        story = [*paper.titled(self.say(T("Account")), SECTION), words(self.told.account or self.say(T("None.")))]
        if news:
            story += [*paper.titled(self.say(T("What it adds")), SECTION), words(news)]
        return story

    def _proof(self) -> list[Flowable]:
        said = [
            T("Fingerprint of this report: {hash}", hash=self.told.digest),
            T("Entries: {count}", count=self.at.entries),
            T("Root (RFC 6962, SHA-256): {root}", root=self.at.root),
        ]
        signed = self.say(T("Name, date, signature"))
        return [
            KeepTogether([words(self.say(T("Ledger")), SECTION), *(words(self.say(one)) for one in said)]),
            KeepTogether([paper.gap(12), words(LINE), words(signed, SMALL)]),
        ]

    # -- words ---------------------------------------------------------------------------------------------------------

    def _said(self, kind: type[StrEnum], name: str) -> str:
        value = self.told.content[name]
        return DASH if value is None else self.say(kind(value))

    def _at(self, name: str) -> str:
        value = self.told.content[name]
        return self._both(None if value is None else datetime.fromisoformat(value))

    def _both(self, at: datetime | None) -> str:
        return DASH if at is None else f"{self.voice.format.local(at)} ({self.voice.format.utc(at)})"

    def _name(self, person: str | None) -> str:
        return DASH if person is None else self.told.names.get(person, person)

    def _around(self, canvas: Canvas, number: int, count: int) -> None:
        draft = T("DRAFT: NOT SUBMITTED") if self.told.report is None else None
        arm = T("WITH ARM: NOT FOR WHO ASSESSES OUTCOMES") if self.told.variant is Variant.UNBLINDED else None
        marks = [draft, arm, T("DEMONSTRATION: NOT FOR USE") if self.demonstration else None]
        paper.draw_around(
            canvas,
            left=joined([self.site, self.title, self.say(self.told.kind)]),
            right=grouped(self.told.content["recipient"]),
            foot=self.say(T("Read from the house on {at}", at=self._both(self.now))),
            page=self.say(T("Page {number} of {count}", number=number, count=count)),
            demonstration=joined([self.say(one) for one in marks if one is not None]) or None,
        )
