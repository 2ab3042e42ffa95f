"""One doing of a step on paper: its values with every change, its counts chamber by chamber, what it used and made."""

from collections.abc import Sequence
from decimal import Decimal

from reportlab.platypus import Flowable

from cellchain.kernel.text import T
from cellchain.trace.documents import paper
from cellchain.trace.documents.paper import BODY, SMALL, STEP, Cell, joined, marked, safe, words
from cellchain.trace.documents.pen import DASH, RECORDED, STANDINGS, Pen, Told
from cellchain.web.format import grouped

EMPTY = ("", "", "", "")  # beside a cell that reaches over a whole row of values
BESIDE_COUNT = ("", *EMPTY)  # the same in a row of counts


def step(pen: Pen, step: Told) -> list[Flowable]:
    """One doing of a step."""
    performed = pen.say(
        T("Performed by {name}", name=pen.who(step["performer"], step["started_at"], step["completed_at"]))
    )
    times = pen.say(T("from {begin} to {end}", begin=pen.both(step["started_at"]), end=pen.both(step["completed_at"])))
    if step["verifier"] is not None:
        verified = pen.say(T("Verified by {name}", name=pen.signed(step["verifier"], step["verified_at"])))
    else:
        verified = pen.say(T("Not verified")) if step["is_verified_by_another"] else ""
    story: list[Flowable] = [
        *paper.titled(f"{step['sequence']}. {step['title']}", STEP),
        words(joined([f"{performed}, {times}", verified, step["phase_words"]]), SMALL),
    ]
    for make in (_values, _counts, _used, _made, _samples, _notes, _taken_back):
        story += make(pen, step)
    return story


# ---- values ----------------------------------------------------------------------------------------------------------


def _values(pen: Pen, step: Told) -> list[Flowable]:
    """The values of a step; under one that was changed stands each change."""
    if not step["values"]:
        return []
    rows: list[Sequence[Cell]] = []
    whole: list[int] = []
    for value in step["values"]:
        rows.append(_value(pen, value))
        notes: list[Cell] = [_change(pen, change) for change in value["changes"]]
        if value["reason"] and not notes:
            notes = [words(pen.say(T("Comment: {comment}", comment=value["reason"])))]
        whole += range(len(rows), len(rows) + len(notes))
        rows += [[note, *EMPTY] for note in notes]
    heads = (T("Value"), T("Recorded"), T("Limits"), T("Stands"), T("Happened, entered"))
    return [paper.gap(1), pen.table(heads, (24, 17, 25, 15, 41), rows, whole)]


def _value(pen: Pen, value: Told) -> list[Cell]:
    """One value as it stands now."""
    limits = pen.limits(value)
    stands = STANDINGS[value["standing"]] if limits else RECORDED
    late = f"<br/><b>{safe(pen.say(T('Late entry')))}</b>" if value["is_late"] else ""
    when = "<br/>".join(
        safe(pen.say(one))
        for one in (
            T("{at}, {name}", at=pen.at(value["event_at"]), name=pen.who(value["entered_by"], value["entered_at"])),
            T("entered {at}", at=pen.both(value["entered_at"])),
        )
    )
    return [
        _named(pen, value),
        marked(f"<b>{safe(value['shown'])}</b>"),
        words("\n".join(limits) or DASH),
        words(pen.say(stands)),
        marked(f"{when}{late}"),
    ]


def _named(pen: Pen, value: Told) -> Cell:
    """What a value is called, and how it was computed where nobody entered it."""
    computed = value["computed"]
    if computed is None:
        return words(value["title"])
    how = pen.say(T("computed: {formula}", formula=computed["formula_words"].lower()))
    of = f" ({computed['of_words']})" if computed["of_words"] else ""
    return marked(f"{safe(value['title'])}<br/>{paper.small(how + of)}")


def _change(pen: Pen, change: Told) -> Cell:
    """A change after the first entry: the old value struck through, who, when, why."""
    said = pen.say(T("Changed"))
    old = pen.say(
        T(
            "entered by {name}, {at}",
            name=pen.who(change["old_entered_by"], change["old_entered_at"]),
            at=pen.at(change["old_entered_at"]),
        )
    )
    by = pen.say(
        T(
            "by {name}, {at}",
            name=pen.who(change["changed_by"], change["changed_at"]),
            at=pen.both(change["changed_at"]),
        )
    )
    why = pen.say(T("Why: {reason}", reason=change["why"] or DASH))
    return marked(
        f"<b>{safe(said)}</b>: <strike>{safe(change['old_shown'])}</strike> ({safe(old)}) → "
        f"<b>{safe(change['new_shown'])}</b> {safe(by)}. {safe(why)}"
    )


# ---- counts ----------------------------------------------------------------------------------------------------------


def _counts(pen: Pen, step: Told) -> list[Flowable]:
    """The counts of a step; under each stand its chambers, the counter's own file, and why it was counted once more."""
    if not step["counts"]:
        return []
    rows: list[Sequence[Cell]] = []
    whole: list[int] = []
    for count in step["counts"]:
        rows.append(_count(pen, count))
        notes = [note for note in (_runs(pen, count), _file(pen, count), _again(pen, count)) if note]
        whole += range(len(rows), len(rows) + len(notes))
        rows += [[words(note), *BESIDE_COUNT] for note in notes]
    heads = (T("Cell count"), T("Live, per mL"), T("All, per mL"), T("Viability"), T("CV"), T("By"))
    return [paper.gap(2), pen.table(heads, (26, 18, 18, 14, 22, 26), rows, whole)]


def _count(pen: Pen, count: Told) -> list[Cell]:
    """What one count comes to: the mean of its runs, their common viability, how far they scatter."""
    scatter = pen.percent(count["cv_permille"])
    if count["cv_limit_percent"] is not None and count["cv_permille"] is not None:
        limit = pen.say(T("limit {limit} %", limit=pen.decimal(count["cv_limit_percent"])))
        stands = pen.say(STANDINGS["action" if count["is_scattered"] else "within"])
        scatter = f"{scatter}, {limit}\n{stands}"
    which = T("First count") if count["sequence"] == 1 else T("Recount")
    return [
        f"{pen.say(which)}\n{grouped(count['equipment'])}",
        marked(f"<b>{safe(pen.cells(count['live_per_ml']))}</b>"),
        pen.cells(count["total_per_ml"]),
        pen.percent(count["viability_permille"]),
        scatter,
        pen.signed(count["counted_by"], count["counted_at"]),
    ]


def _runs(pen: Pen, count: Told) -> str:
    """Every chamber or run, as it was seen and as it was reckoned."""
    return "\n".join(pen.say(_run(pen, run)) for run in count["runs"])


def _run(pen: Pen, run: Told) -> T:
    per_ml = T(
        "{live} live and {dead} dead per mL", live=pen.cells(run["live_per_ml"]), dead=pen.cells(run["dead_per_ml"])
    )
    if run["live_count"] is None:
        return T("Run {place}: {per_ml}", place=run["place"], per_ml=per_ml)
    return T(
        "Chamber {place}: {live} live, {dead} dead, dilution ×{dilution}, {volume}; {per_ml}",
        place=run["place"],
        live=run["live_count"],
        dead=run["dead_count"],
        dilution=DASH if run["dilution"] is None else pen.decimal(run["dilution"]),
        volume=DASH if run["chamber_nl"] is None else pen.nanolitres(run["chamber_nl"]),
        per_ml=per_ml,
    )


def _file(pen: Pen, count: Told) -> str:
    if count["file_sha256"] is None:
        return ""
    return pen.say(
        T("The counter's file: {name}, SHA-256 {digest}", name=count["file_name"], digest=count["file_sha256"])
    )


def _again(pen: Pen, count: Told) -> str:
    return pen.say(T("Why: {reason}", reason=count["reason"])) if count["reason"] else ""


# ---- what it used, made and says -------------------------------------------------------------------------------------


def _used(pen: Pen, step: Told) -> list[Flowable]:
    """Materials and equipment of a step."""
    lines = [
        T(
            "{name}, {lot}, supplier's lot {supplier_lot}, expires {expires_on}",
            name=joined([one["name"], _amount(pen, one)]),
            lot=grouped(one["lot"]),
            supplier_lot=one["supplier_lot"],
            expires_on=pen.day(one["expires_on"]),
        )
        for one in step["materials"]
    ]
    lines += [
        T(
            "{name}, {code}, calibrated until {due}",
            name=one["name"],
            code=grouped(one["equipment"]),
            due=pen.day(one["calibration_due"]),
        )
        for one in step["equipment"]
    ]
    used = (*step["materials"], *step["equipment"])
    said = [f"{pen.say(line)}; {pen.by(one['used_by'], one['used_at'])}" for line, one in zip(lines, used, strict=True)]
    return pen.listed(T("Materials and equipment"), said)


def _amount(pen: Pen, use: Told) -> str:
    """How much went in; nothing for a lot that was scanned while its amount is booked, or needs no booking."""
    return "" if not use["amount_milli"] else pen.format.amount(use["amount_milli"], use["unit"])


def _made(pen: Pen, step: Told) -> list[Flowable]:
    """Containers that a step made."""
    codes = ", ".join(grouped(code) for code in step["containers"])
    return pen.listed(T("Containers made"), [codes] if codes else [])


def _samples(pen: Pen, step: Told) -> list[Flowable]:
    """What was drawn at the sampling points of a step, and what was left out and why."""
    lines = [
        T(
            "{title}: {code}, {volume} mL from {container}",
            title=one["title"],
            code=grouped(one["sample"]),
            volume=Decimal(one["volume_ul"]) / 1000,
            container=grouped(one["container"]),
        )
        if one["sample"]
        else T("{title}: left out. “{reason}”", title=one["title"], reason=one["reason"])
        for one in step["samples"]
    ]
    samples = step["samples"]
    said = [f"{pen.say(line)}; {pen.by(one['by'], one['at'])}" for line, one in zip(lines, samples, strict=True)]
    return pen.listed(T("Samples"), said)


def _notes(pen: Pen, step: Told) -> list[Flowable]:
    """Comments and attachments."""
    late = pen.say(T("Late entry"))
    comments = [
        pen.say(
            T(
                "“{comment}” {name}, {at}",
                comment=one["comment"],
                name=pen.who(one["entered_by"], one["entered_at"]),
                at=pen.at(one["event_at"]),
            )
        )
        + (f"; {late}: {pen.both(one['entered_at'])}" if one["is_late"] else "")
        for one in step["comments"]
    ]
    files = [
        f"{one['name']}, {pen.format.file_size(one['size_bytes'])}, SHA-256 {one['sha256']}, "
        f"{pen.by(one['entered_by'], one['entered_at'])}"
        for one in step["attachments"]
    ]
    return [*pen.listed(T("Comments"), comments), *pen.listed(T("Attachments"), files)]


def _taken_back(pen: Pen, step: Told) -> list[Flowable]:
    """What was entered by mistake and taken back at once."""
    if not step["taken_back"]:
        return []
    lines = [f"<strike>{safe(one['what'])}</strike> {safe(pen.by(one['by'], one['at']))}" for one in step["taken_back"]]
    return [marked(f"<b>{safe(pen.say(T('Taken back at once')))}</b><br/>{'<br/>'.join(lines)}", BODY)]
