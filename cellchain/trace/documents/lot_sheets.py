"""What belongs to the whole lot on paper: containers and their balance, growth, samples, labels, room, deviations."""

from collections.abc import Sequence, Set

from reportlab.platypus import Flowable

from cellchain.kernel.text import T
from cellchain.trace.documents import paper
from cellchain.trace.documents.paper import Cell, marked, safe, words
from cellchain.trace.documents.pen import DASH, NOTHING, RECORDED, STANDINGS, Pen, Told
from cellchain.web.format import grouped

ACCOUNT = ("printed", "applied", "in_record", "spoiled", "destroyed", "difference")
BESIDE_READING = ("", "", "", "", "")  # beside a cell that reaches over a whole row of readings
BESIDE_RESULT = ("", "", "", "")


def _lines(*said: str | None) -> str:
    """What there is, each on a line of its own; a dash for nothing."""
    return "\n".join(one for one in said if one) or DASH


def containers(pen: Pen, told: Told) -> list[Flowable]:
    """Every container and what it was made from; what went into one of another lot has no row of its own here."""
    here = {one["code"] for one in told["containers"]}
    rows = [
        [
            f"{grouped(one['code'])}\n{one['title']}",
            pen.amount({"cells_count": one["cells_made_count"], "volume_ul": one["volume_made_ul"]}),
            _lines(
                pen.by(one["made_by"], one["made_at"]),
                pen.say(T("expires {at}", at=pen.both(one["expires_at"]))) if one["expires_at"] else None,
            ),
            _ways(pen, one["came_from"]),
            _lines(one["phase_words"], *_elsewhere(pen, one, here)),
        ]
        for one in told["containers"]
    ]
    heads = (T("Container"), T("Made with"), T("Made"), T("Came from"), T("Stands"))
    return pen.part(T("Containers and genealogy"), heads, (27, 17, 31, 37, 23), rows)


def _elsewhere(pen: Pen, one: Told, here: Set[str]) -> list[str]:
    return [
        pen.say(T("went to {code}", code=grouped(way["code"]))) for way in one["went_to"] if way["code"] not in here
    ]


def _ways(pen: Pen, ways: Sequence[Told]) -> str:
    return _lines(*(f"{one['how_words']}: {grouped(one['code'])}, {pen.cells(one['cells_count'])}" for one in ways))


def balances(pen: Pen, told: Told) -> list[Flowable]:
    """Where everything in each container went, what left it for good and why, and what was found beside the book."""
    books = [(one["code"], one["balance"]) for one in told["containers"]]
    lines = ("made", "drawn", "sampled", "wasted", "given", "left")
    rows = [
        [grouped(code), pen.amount(book["made"]), _signed_cells(pen, book["grown_count"])]
        + [pen.amount(book[name]) if book[name]["volume_ul"] else DASH for name in lines[1:]]
        for code, book in books
    ]
    heads = (
        T("Container"),
        T("Went in"),
        T("Grew"),
        T("Into others"),
        T("Sampled"),
        T("Wasted"),
        T("Given"),
        T("Still inside"),
    )
    found = pen.part(T("Balance of cells and volume"), heads, (25, 14, 14, 14, 14, 14, 14, 14), rows)
    losses = [
        pen.say(
            T(
                "{container}: {kind} {amount}; {by}",
                container=grouped(code),
                kind=loss["kind_words"].lower(),
                amount=pen.amount(loss).replace("\n", ", "),
                by=pen.by(loss["by"], loss["at"]),
            )
        )
        + (f". {pen.say(T('Why: {reason}', reason=loss['reason']))}" if loss["reason"] else "")
        for code, book in books
        for loss in book["losses"]
    ]
    return [*found, *pen.listed(T("Sampled, wasted and given"), losses), *_checks(pen, books)]


def _signed_cells(pen: Pen, count: int) -> str:
    return DASH if count == 0 else f"{'+' if count > 0 else ''}{pen.cells(count)}"


def _checks(pen: Pen, books: Sequence[tuple[str, Told]]) -> list[Flowable]:
    """What a person measured in a container beside what the book says."""
    rows = [_check(pen, code, check) for code, book in books for check in book["checks"]]
    if not rows:
        return []
    heads = (
        T("Measured in"),
        T("What"),
        T("Expected"),
        T("Found"),
        T("Allowed"),
        T("Stands"),
        T("By"),
    )
    return [paper.gap(2), pen.table(heads, (25, 12, 16, 16, 13, 22, 24), rows)]


def _check(pen: Pen, code: str, check: Told) -> list[Cell]:
    shown = pen.format.millilitres if check["quantity"] == "volume" else pen.cells
    return [
        grouped(code),
        check["quantity_words"],
        shown(check["expected"]),
        shown(check["found"]),
        f"±\u00a0{pen.percent(check['error_permille'])}",
        pen.say(T("Beyond the measuring error") if check["is_off"] else T("Within the measuring error")),
        pen.by(check["by"], check["at"]),
    ]


def growth(pen: Pen, told: Told) -> list[Flowable]:
    """What each passage brought."""
    rows = [
        [
            f"P{one['passage']}",
            pen.at(one["at"]),
            pen.cells(one["seeded_count"]),
            pen.cells(one["harvested_count"]),
            pen.percent(one["viability_permille"]),
            pen.percent(one["confluence_permille"]),
            pen.doublings(one["doublings_milli"]),
            pen.doublings(one["cumulative_milli"]),
            DASH if one["doubling_minutes"] is None else pen.format.minutes(one["doubling_minutes"]),
        ]
        for one in told["growth"]
    ]
    heads = (
        T("Passage"),
        T("Harvested"),
        T("Seeded"),
        T("Harvest"),
        T("Viability"),
        T("Confluence"),
        T("Doublings"),
        T("Together"),
        T("Doubling time"),
    )
    return pen.part(T("Growth"), heads, (9, 20, 15, 15, 18, 17, 13, 12, 16), rows)


# ---- samples ---------------------------------------------------------------------------------------------------------


def samples(pen: Pen, told: Told) -> list[Flowable]:
    """Every sample with every result of it; a corrected result stays, struck through."""
    found = paper.titled(pen.say(T("Samples and results")), paper.SECTION, paper.WITH_PARTS_MM)
    if not told["samples"]:
        return [*found, words(pen.say(NOTHING))]
    return found + [line for one in told["samples"] for line in _sample(pen, one)]


def _sample(pen: Pen, sample: Told) -> list[Flowable]:
    taken = pen.say(
        T(
            "Sample {code} from {container}: {volume}, {purpose}; {by}; {phase}",
            code=grouped(sample["code"]),
            container=grouped(sample["container"]),
            volume=pen.format.millilitres(sample["volume_ul"]),
            purpose=sample["purpose_words"].lower(),
            by=pen.by(sample["taken_by"], sample["taken_at"]),
            phase=sample["phase_words"].lower(),
        )
    )
    if not sample["results"]:
        return [paper.gap(1), words(taken)]
    rows: list[Sequence[Cell]] = []
    whole: list[int] = []
    for result in sample["results"]:
        rows.append(_result(pen, result))
        if result["reason"]:
            whole.append(len(rows))
            rows.append([words(pen.say(T("Why: {reason}", reason=result["reason"]))), *BESIDE_RESULT])
    heads = (T("Test"), T("Result"), T("Limit"), T("Stands"), T("Entered, verified"))
    table = pen.table(heads, (34, 26, 26, 18, 42), rows, whole)
    return [*paper.titled(taken, paper.LINE), table, paper.gap(2)]


def _result(pen: Pen, result: Told) -> list[Cell]:
    shown = safe(result["shown"]) or DASH
    corrected = result["phase"] == "corrected"
    accepted = pen.say(T("Accepted out of specification")) if result["accepted"] else None
    pending = pen.say(T("due {day}", day=pen.day(result["due_on"]))) if result["phase"] == "pending" else None
    return [
        marked(f"{safe(result['title'])}<br/>{paper.small(result['stage_words'])}"),
        marked(f"<strike>{shown}</strike>" if corrected else f"<b>{shown}</b>"),
        result["limit_shown"],
        _lines(result["stands"], accepted, pending),
        _lines(
            pen.by(result["entered_by"], result["entered_at"]) if result["entered_by"] else None,
            pen.by(result["verified_by"], result["verified_at"]) if result["verified_by"] else None,
        ),
    ]


# ---- labels and the room ---------------------------------------------------------------------------------------------


def labels(pen: Pen, told: Told) -> list[Flowable]:
    """Every label that was issued, and the account of them."""
    rows = [
        [
            grouped(one["code"]),
            f"{one['design']} {one['design_version']}",
            grouped(one["target"]),
            pen.by(one["printed_by"], one["printed_at"]),
            pen.by(one["confirmed_by"], one["confirmed_at"]),
            _lines(one["phase_words"], pen.at(one["ended_at"]) if one["ended_at"] else None, one["reason"]),
        ]
        for one in told["labels"]["issued"]
    ]
    heads = (T("Label"), T("Design"), T("Labels what"), T("Printed"), T("Scanned back"), T("Stands"))
    found = pen.part(T("Labels"), heads, (23, 16, 23, 26, 26, 20), rows)
    account = pen.say(
        T(
            "Printed {printed}, applied {applied}, in the record {in_record}, spoiled {spoiled}, "
            "destroyed {destroyed}, unaccounted for {difference}.",
            **{key: told["labels"]["account"][key] for key in ACCOUNT},
        )
    )
    by, at = told["labels"]["reconciled_by"], told["labels"]["reconciled_at"]
    counted = T("Reconciled by {name}", name=pen.signed(by, at)) if by else T("Not reconciled yet.")
    return [*found, paper.gap(1), words(f"{account} {pen.say(counted)}")]


def environment(pen: Pen, told: Told) -> list[Flowable]:
    """What was read in the room meanwhile; under a reading stands what was said about it."""
    rows: list[Sequence[Cell]] = []
    whole: list[int] = []
    for one in told["environment"]:
        stands = STANDINGS[one["standing"]] if pen.limits(one) else RECORDED
        rows.append(
            [
                _window(pen, one),
                one["kind_words"],
                one["shown"],
                _lines(*pen.limits(one)),
                pen.say(stands),
                pen.by(one["recorded_by"], one["at"]),
            ]
        )
        if one["comment"]:
            whole.append(len(rows))
            rows.append([words(pen.say(T("Comment: {comment}", comment=one["comment"]))), *BESIDE_READING])
    found = paper.titled(pen.say(T("Environment")), paper.SECTION)
    if not rows:
        return [*found, words(pen.say(NOTHING))]
    heads = (T("Read"), T("What"), T("Value"), T("Limits"), T("Stands"), T("By"))
    return [*found, pen.table(heads, (26, 26, 15, 28, 18, 24), rows, whole)]


def _window(pen: Pen, reading: Told) -> str:
    """The time that a reading speaks about: a moment, or from when to when."""
    begin, end = reading["window_from"], reading["window_until"]
    return pen.at(begin) if begin == end else pen.say(T("from {begin} to {end}", begin=pen.at(begin), end=pen.at(end)))


# ---- what was held, and what deviated --------------------------------------------------------------------------------


def holds(pen: Pen, told: Told) -> list[Flowable]:
    """Every hold with its end; the part is left out where nothing was ever held."""
    rows = [
        [
            _lines(one["cause_words"], one["reason"]),
            pen.signed(one["placed_by"], one["placed_at"]),
            _lines(
                one["phase_words"],
                pen.signed(one["lifted_by"], one["lifted_at"]) if one["lifted_by"] else None,
                one["lift_reason"],
            ),
        ]
        for one in told["holds"]
    ]
    return pen.part(T("Holds"), (T("Why"), T("Placed"), T("Stands")), (44, 34, 44), rows) if rows else []


def deviations(pen: Pen, told: Told) -> list[Flowable]:
    """Every deviation, with its end."""
    rows = [
        [
            one["number"],
            "\n".join(dict.fromkeys([one["title"], one["account"]])),
            pen.signed(one["opened_by"], one["opened_at"]),
            _lines(
                one["phase_words"],
                one["severity"],
                one["assessment"],
                pen.signed(one["assessed_by"], one["assessed_at"]) if one["assessed_by"] else None,
                one["conclusion"],
                pen.signed(one["closed_by"], one["closed_at"]) if one["closed_by"] else None,
            ),
        ]
        for one in told["deviations"]
    ]
    heads = (T("Number"), T("What happened"), T("Opened"), T("Assessed and closed"))
    return pen.part(T("Deviations"), heads, (14, 42, 28, 38), rows)


def signatures(pen: Pen, told: Told) -> list[Flowable]:
    """Name, time and meaning of every signature."""
    rows = [
        [
            f"{pen.who(one['signer'], one['signed_at'])} ({one['signer']})",
            pen.both(one["signed_at"]),
            f"{one['meaning']}\nSHA-256 {one['record_sha256']}",
        ]
        for one in told["signatures"]
    ]
    return pen.part(T("Signatures"), (T("Signed by"), T("When"), T("Meaning")), (28, 28, 66), rows)


def emergencies(pen: Pen, told: Told) -> list[Flowable]:
    """What the signs mean; left out where there are none."""
    rows = [
        [
            pen.sign(one["number"]),
            f"{pen.who(one['person'])}\n{one['role_words']}",
            one["cause_words"],
            pen.say(T("from {begin} to {end}", begin=pen.both(one["begun_at"]), end=pen.both(one["over_at"]))),
            "\n".join(filter(None, [one["review"], _reviewed(pen, one)])),
        ]
        for one in told["emergency"]
    ]
    if not rows:
        return []
    heads = (T("Sign"), T("Who, as what"), T("Why"), T("When"), T("Review"))
    said = T(
        "An act with a sign was done under emergency access: somebody who is known took a role for a short time, "
        "because nobody who holds it could do what could not wait. Its page in the house lists everything that was "
        "done."
    )
    return [*pen.part(T("Done under emergency access"), heads, (12, 26, 26, 34, 30), rows), words(pen.say(said))]


def _reviewed(pen: Pen, one: Told) -> str:
    return pen.signed(one["reviewed_by"], one["reviewed_at"]) if one["reviewed_by"] else ""
