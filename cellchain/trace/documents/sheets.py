"""What stands on the pages of a batch record, part by part, in the reader's language."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether

from cellchain.kernel.text import T
from cellchain.trace.documents import paper
from cellchain.trace.documents.paper import BODY, SECTION, SMALL, STEP, TITLE, Cell, joined, marked, safe, words
from cellchain.web.format import SPACE, grouped
from cellchain.web.i18n import Voice

Told = dict[str, Any]
STANDINGS = {
    "within": T("Within limit"),
    "alert": T("Outside the alert limit"),
    "action": T("Out of limit"),
}
RECORDED = T("Recorded")
NOTHING = T("None.")
EMPTY = ("", "", "", "")  # beside a cell that reaches over a whole row of values


def draw(told: Told) -> bytes:
    """The document. Equal records give equal bytes."""
    paper.register_faces()
    return Sheets(told).document()


class Sheets:
    """One record on its way to paper."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.voice = Voice(told["language"], ZoneInfo(told["zone"]))
        self.people: dict[str, str] = told["people"]
        self.say = self.voice.say

    def document(self) -> bytes:
        """All parts, one after the other."""
        story: list[Flowable] = [*self.head(), *self.notable()]
        story += paper.titled(self.say(T("Steps")), SECTION)
        for step in self.told["steps"] or [None]:
            story += [words(self.say(NOTHING))] if step is None else self.step(step)
        for part in (self.containers, self.growth, self.labels, self.environment, self.deviations, self.signatures):
            story += part()
        story += [*self.names(), *self.proof()]
        return paper.document(story, self.title, self.around)

    @property
    def title(self) -> str:
        """`Batch record LT 01 26 000001 33`."""
        return self.say(T("Batch record {lot}", lot=grouped(self.told["lot"]["code"])))

    def around(self, canvas: Canvas, number: int, count: int) -> None:
        """Which record this is, when it was read, and where in it the reader stands."""
        lot = self.told["lot"]
        paper.draw_around(
            canvas,
            left=joined([self.told["site"], self.title]),
            right=joined([lot["product_code"], self.version]),
            foot=self.say(T("Read from the house on {at}", at=self.both(self.told["made_at"]))),
            page=self.say(T("Page {number} of {count}", number=number, count=count)),
            demonstration=self.say(T("DEMONSTRATION: NOT FOR USE")) if self.told["demonstration"] else None,
        )

    # -- small words ---------------------------------------------------------------------------------------------------

    @property
    def version(self) -> str:
        """The master record with its version."""
        master = self.told["master_record"]
        return self.say(T("{name}, version {version}", name=master["name"], version=master["version"]))

    def at(self, moment: str | None) -> str:
        """The site's time with its zone; a dash for none."""
        return "—" if moment is None else self.voice.format.local(datetime.fromisoformat(moment))

    def both(self, moment: str | None) -> str:
        """The site's time, and the same in UTC."""
        return "—" if moment is None else f"{self.at(moment)} ({self.voice.format.utc(datetime.fromisoformat(moment))})"

    def who(self, person: str | None) -> str:
        """Somebody's name."""
        return "—" if person is None else self.people.get(person, person).replace(" ", SPACE)

    def signed(self, person: str | None, moment: str | None) -> str:
        """Who and when."""
        return "—" if person is None else f"{self.who(person)}, {self.both(moment)}"

    def cells(self, count: int | None) -> str:
        """A number of cells, in full and as people say it."""
        return "—" if count is None else self.voice.format.cells(count)

    def part(self, title: T, heads: Sequence[T], shares: Sequence[float], rows: Sequence[Sequence[Cell]]) -> list[Any]:
        """A part that is one table, or says that there is nothing."""
        said = paper.titled(self.say(title), SECTION)
        if not rows:
            return [*said, words(self.say(NOTHING))]
        return [*said, paper.table([self.say(head) for head in heads], shares, rows)]

    # -- the head ------------------------------------------------------------------------------------------------------

    def head(self) -> list[Flowable]:
        """What this is a record of."""
        lot, master, line = self.told["lot"], self.told["master_record"], self.told["clearance"]
        pairs: list[tuple[T, str]] = [
            (T("Lot"), joined([grouped(lot["code"]), lot["kind_words"]])),
            (T("Master record"), self.version),
            (T("Text of it, SHA-256"), master["text_sha256"]),
            (T("Product"), lot["product_code"]),
            (T("Study"), lot["study"] or "—"),
            (T("Made from"), ", ".join(grouped(source) for source in lot["sources"]) or "—"),
            (T("Place"), f"{lot['location_name']} ({grouped(lot['location'])})"),
            (T("Stands"), lot["phase_words"]),
            (T("Opened"), self.signed(lot["opened_by"], lot["opened_at"])),
            (T("Ended"), self.signed(lot["completed_by"], lot["completed_at"])),
            (T("Line cleared"), "—" if line is None else self.signed(line["cleared_by"], line["cleared_at"])),
            (T("Clearance verified"), "—" if line is None else self.signed(line["verified_by"], line["verified_at"])),
        ]
        said = [(self.say(name), value) for name, value in pairs]
        return [words(self.title, TITLE), paper.gap(4), paper.facts(said)]

    def notable(self) -> list[Flowable]:
        """What a reader should look for, counted."""
        values = [value for step in self.told["steps"] for value in step["values"]]
        comments = [note for step in self.told["steps"] for note in step["comments"]]
        counts = [
            (T("Values changed after entry: {count}", count=sum(bool(one["changes"]) for one in values))),
            (T("Late entries: {count}", count=sum(one["is_late"] for one in (*values, *comments)))),
            (T("Values outside a limit: {count}", count=sum(one["standing"] != "within" for one in values))),
            (T("Deviations: {count}", count=len(self.told["deviations"]))),
        ]
        return [paper.gap(3), words(joined([self.say(one) for one in counts]))]

    # -- steps ---------------------------------------------------------------------------------------------------------

    def step(self, step: Told) -> list[Flowable]:
        """One doing of a step."""
        performed = self.say(T("Performed by {name}", name=self.who(step["performer"])))
        times = self.say(
            T("from {begin} to {end}", begin=self.both(step["started_at"]), end=self.both(step["completed_at"]))
        )
        if step["verifier"] is not None:
            verified = self.say(T("Verified by {name}", name=self.signed(step["verifier"], step["verified_at"])))
        else:
            verified = self.say(T("Not verified")) if step["is_verified_by_another"] else ""
        story: list[Flowable] = [
            *paper.titled(f"{step['sequence']}. {step['title']}", STEP),
            words(joined([f"{performed}, {times}", verified, step["phase_words"]]), SMALL),
        ]
        if step["values"]:
            story += [paper.gap(1), self.values(step["values"])]
        return story + [line for make in (self.used, self.made, self.notes, self.taken_back) for line in make(step)]

    def values(self, values: Sequence[Told]) -> Flowable:
        """The values of a step; under one that was changed stands each change."""
        rows: list[list[Cell]] = []
        whole: list[int] = []
        for value in values:
            rows.append(self.value(value))
            if value["reason"] and not value["changes"]:
                whole.append(len(rows))
                note = self.say(T("Comment: {comment}", comment=value["reason"]))
                rows.append([words(note), *EMPTY])
            for change in value["changes"]:
                whole.append(len(rows))
                rows.append([self.change(change), *EMPTY])
        heads = (T("Value"), T("Recorded"), T("Limits"), T("Stands"), T("Happened, entered"))
        return paper.table([self.say(head) for head in heads], (25, 21, 26, 16, 32), rows, whole)

    def value(self, value: Told) -> list[Cell]:
        """One value as it stands now."""
        limits = [
            self.say(T("Action limit: {limit}", limit=value["action_limit"]["shown"])) if value["action_limit"] else "",
            self.say(T("Alert limit: {limit}", limit=value["alert_limit"]["shown"])) if value["alert_limit"] else "",
        ]
        has_limit = any(limits)
        stands = STANDINGS[value["standing"]] if has_limit else RECORDED
        late = f"<br/><b>{safe(self.say(T('Late entry')))}</b>" if value["is_late"] else ""
        when = "<br/>".join(
            safe(self.say(one))
            for one in (
                T("{at}, {name}", at=self.at(value["event_at"]), name=self.who(value["entered_by"])),
                T("entered {at}", at=self.both(value["entered_at"])),
            )
        )
        return [
            words(value["title"]),
            marked(f"<b>{safe(value['shown'])}</b>"),
            words("\n".join(one for one in limits if one) or "—"),
            words(self.say(stands)),
            marked(f"{when}{late}"),
        ]

    def change(self, change: Told) -> Cell:
        """A change after the first entry: the old value struck through, who, when, why."""
        said = self.say(T("Changed"))
        old = self.say(
            T("entered by {name}, {at}", name=self.who(change["old_entered_by"]), at=self.at(change["old_entered_at"]))
        )
        by = self.say(T("by {name}, {at}", name=self.who(change["changed_by"]), at=self.both(change["changed_at"])))
        why = self.say(T("Why: {reason}", reason=change["why"] or "—"))
        return marked(
            f"<b>{safe(said)}</b>: <strike>{safe(change['old_shown'])}</strike> ({safe(old)}) → "
            f"<b>{safe(change['new_shown'])}</b> {safe(by)}. {safe(why)}"
        )

    def used(self, step: Told) -> list[Flowable]:
        """Materials and equipment of a step."""
        lines = [
            T(
                "{name}, {lot}, supplier's lot {supplier_lot}, expires {expires_on}",
                name=one["name"],
                lot=grouped(one["lot"]),
                supplier_lot=one["supplier_lot"],
                expires_on=self.day(one["expires_on"]),
            )
            for one in step["materials"]
        ]
        lines += [
            T(
                "{name}, {code}, calibrated until {due}",
                name=one["name"],
                code=grouped(one["equipment"]),
                due=self.day(one["calibration_due"]),
            )
            for one in step["equipment"]
        ]
        used = (*step["materials"], *step["equipment"])
        said = [
            f"{self.say(line)}; {self.who(one['used_by'])}, {self.at(one['used_at'])}"
            for line, one in zip(lines, used, strict=True)
        ]
        return self.listed(T("Materials and equipment"), said)

    def day(self, day: str | None) -> str:
        """A calendar day."""
        return "—" if day is None else self.voice.format.local_date(datetime.fromisoformat(day).date())

    def made(self, step: Told) -> list[Flowable]:
        """Containers that a step made."""
        codes = ", ".join(grouped(code) for code in step["containers"])
        return self.listed(T("Containers made"), [codes] if codes else [])

    def notes(self, step: Told) -> list[Flowable]:
        """Comments and attachments."""
        late = self.say(T("Late entry"))
        comments = [
            self.say(
                T(
                    "“{comment}” {name}, {at}",
                    comment=one["comment"],
                    name=self.who(one["entered_by"]),
                    at=self.at(one["event_at"]),
                )
            )
            + (f"; {late}: {self.both(one['entered_at'])}" if one["is_late"] else "")
            for one in step["comments"]
        ]
        files = [
            f"{one['name']}, {self.voice.format.file_size(one['size_bytes'])}, SHA-256 {one['sha256']}, "
            f"{self.who(one['entered_by'])}, {self.at(one['entered_at'])}"
            for one in step["attachments"]
        ]
        return [*self.listed(T("Comments"), comments), *self.listed(T("Attachments"), files)]

    def taken_back(self, step: Told) -> list[Flowable]:
        """What was entered by mistake and taken back at once."""
        if not step["taken_back"]:
            return []
        lines = [
            f"<strike>{safe(one['what'])}</strike> {safe(self.who(one['by']))}, {safe(self.at(one['at']))}"
            for one in step["taken_back"]
        ]
        return [marked(f"<b>{safe(self.say(T('Taken back at once')))}</b><br/>{'<br/>'.join(lines)}", BODY)]

    def listed(self, title: T, lines: Sequence[str]) -> list[Flowable]:
        """Lines under a small title; nothing where there are none."""
        if not lines:
            return []
        return [paper.gap(1), marked("<br/>".join([f"<b>{safe(self.say(title))}</b>", *map(safe, lines)]))]

    # -- what belongs to the whole lot ---------------------------------------------------------------------------------

    def containers(self) -> list[Flowable]:
        """Every container and what it was made from."""
        rows = [
            [
                f"{grouped(one['code'])}\n{one['title']}",
                self.cells(one["cells_made_count"]),
                self.voice.format.millilitres(one["volume_made_ul"]),
                f"{self.who(one['made_by'])}, {self.at(one['made_at'])}"
                + (f"\n{self.say(T('expires {at}', at=self.both(one['expires_at'])))}" if one["expires_at"] else ""),
                "\n".join(
                    f"{source['how_words']}: {grouped(source['code'])}, {self.cells(source['cells_count'])}"
                    for source in one["came_from"]
                )
                or "—",
                one["phase_words"],
            ]
            for one in self.told["containers"]
        ]
        heads = (T("Container"), T("Cells made"), T("Volume made"), T("Made"), T("Came from"), T("Stands"))
        return self.part(T("Containers and genealogy"), heads, (26, 14, 12, 28, 30, 12), rows)

    def growth(self) -> list[Flowable]:
        """What each passage brought."""
        rows = [
            [
                f"P{one['passage']}",
                self.at(one["at"]),
                self.cells(one["seeded_count"]),
                self.cells(one["harvested_count"]),
                self.voice.format.percent_tenths(one["viability_permille"]),
                "—" if one["doublings_milli"] is None else self.voice.format.doublings(one["doublings_milli"]),
                "—" if one["cumulative_milli"] is None else self.voice.format.doublings(one["cumulative_milli"]),
            ]
            for one in self.told["growth"]
        ]
        heads = (T("Passage"), T("Harvested"), T("Seeded"), T("Harvest"), T("Viability"), T("Doublings"), T("Together"))
        return self.part(T("Growth"), heads, (10, 26, 16, 16, 14, 14, 14), rows)

    def labels(self) -> list[Flowable]:
        """Every label that was issued, and the account of them."""
        rows = [
            [
                grouped(one["code"]),
                f"{one['design']} {one['design_version']}",
                grouped(one["target"]),
                f"{self.who(one['printed_by'])}, {self.at(one['printed_at'])}",
                f"{self.who(one['confirmed_by'])}, {self.at(one['confirmed_at'])}" if one["confirmed_by"] else "—",
                "\n".join(filter(None, [one["phase_words"], one["reason"]])),
            ]
            for one in self.told["labels"]["issued"]
        ]
        heads = (T("Label"), T("Design"), T("On"), T("Printed"), T("Scanned back"), T("Stands"))
        found = self.part(T("Labels"), heads, (24, 18, 24, 26, 26, 16), rows)
        labels = self.told["labels"]
        account = self.say(
            T(
                "Printed {printed}, applied {applied}, in the record {in_record}, spoiled {spoiled}, "
                "destroyed {destroyed}, unaccounted for {difference}.",
                **{key: labels["account"][key] for key in ACCOUNT},
            )
        )
        counted = (
            self.say(T("Reconciled by {name}", name=self.signed(labels["reconciled_by"], labels["reconciled_at"])))
            if labels["reconciled_by"]
            else self.say(T("Not reconciled yet."))
        )
        return [*found, paper.gap(1), words(f"{account} {counted}")]

    def environment(self) -> list[Flowable]:
        """What was read in the room meanwhile."""
        rows = [
            [
                self.at(one["at"]),
                one["kind_words"],
                f"{self.number(one['value'])} {self.voice.format.unit(one['unit'])}",
                self.who(one["recorded_by"]),
            ]
            for one in self.told["environment"]
        ]
        return self.part(T("Environment"), (T("Read"), T("What"), T("Value"), T("By")), (30, 30, 20, 30), rows)

    def number(self, text: str) -> str:
        """A number as this language writes it."""
        return text.replace(".", ",") if self.voice.language == "ru" else text

    def deviations(self) -> list[Flowable]:
        """Every deviation, with its end."""
        rows = [
            [
                one["number"],
                "\n".join(dict.fromkeys([one["title"], one["account"]])),
                self.signed(one["opened_by"], one["opened_at"]),
                "\n".join(
                    filter(
                        None,
                        [
                            one["phase_words"],
                            one["severity"],
                            one["assessment"],
                            self.signed(one["assessed_by"], one["assessed_at"]) if one["assessed_by"] else None,
                            one["conclusion"],
                            self.signed(one["closed_by"], one["closed_at"]) if one["closed_by"] else None,
                        ],
                    )
                ),
            ]
            for one in self.told["deviations"]
        ]
        heads = (T("Number"), T("What happened"), T("Opened"), T("Assessed and closed"))
        return self.part(T("Deviations"), heads, (14, 42, 28, 38), rows)

    def signatures(self) -> list[Flowable]:
        """Name, time and meaning of every signature."""
        rows = [
            [
                f"{self.who(one['signer'])} ({one['signer']})",
                self.both(one["signed_at"]),
                f"{one['meaning']}\nSHA-256 {one['record_sha256']}",
            ]
            for one in self.told["signatures"]
        ]
        return self.part(T("Signatures"), (T("Signed by"), T("When"), T("Meaning")), (28, 28, 66), rows)

    def names(self) -> list[Flowable]:
        """Whose code is whose."""
        rows = [[name, code] for code, name in sorted(self.people.items(), key=lambda one: one[1])]
        return self.part(T("People"), (T("Name"), T("Code")), (40, 60), rows)

    def proof(self) -> list[Flowable]:
        """The ledger's root: what was entered before this was read can be held against it for ever."""
        ledger = self.told["ledger"]
        said = [
            T("Entries: {count}", count=ledger["entries"]),
            T("Root (RFC 6962, SHA-256): {root}", root=ledger["root"]),
            T("Read at {at}", at=self.both(self.told["made_at"])),
            T("A checkpoint over as many entries has the same root. “cellchain verify” works it out anew."),
        ]
        block = [words(self.say(T("Ledger")), SECTION), *(words(self.say(one)) for one in said)]
        return [KeepTogether(block)]


ACCOUNT = ("printed", "applied", "in_record", "spoiled", "destroyed", "difference")
