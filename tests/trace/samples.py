"""Made-up views for the pages of trace, accounts and labels: no database, no real person."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from cellchain.accounts.rules import Role, StationKind
from cellchain.identity.codes import Kind, issue
from cellchain.kernel.text import T
from cellchain.ledger.edges import Edge
from cellchain.manufacturing.rules.definition import Title
from cellchain.manufacturing.stations import OpenRecord
from cellchain.trace import rules, words
from cellchain.trace.rules import Graph, Node
from cellchain.trace.situation import Need
from cellchain.trace.today import Clock, Stop, Today
from cellchain.web.format import grouped
from cellchain.web.html import NavItem, Page, SignedIn
from cellchain.web.i18n import Voice
from cellchain.web.paging import Asked, Listed
from cellchain.web.panels import clock_bar

ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 24, 7, 42, tzinfo=UTC)
HOUR = timedelta(hours=1)
AT = datetime(2026, 10, 2, 8, tzinfo=UTC)
HANDLED: dict[str, Any] = {"job": None, "handles": True, "says_who": False, "reprints": True, "tied": False}


# What the page of signing in is always given: no directory, no second step, no passkeys at this address.
SIGN_IN: dict[str, Any] = {
    "error": None,
    "next_page": "/",
    "badge": "",
    "directory": "",
    "left": False,
    "chosen": False,
    "ticket": "",
    "passkeys": False,
}


def code(kind: Kind, sequence: int) -> str:
    """An identifier of site 1 in 2026."""
    return issue(kind, 1, 2026, sequence)


LOT, BAG, RECIPIENT = code(Kind.LOT, 412), code(Kind.BAG, 412), code(Kind.RECIPIENT, 14)


def page(language: str = "en", *, signed_in: bool = True, path: str = "/") -> Page:
    """The shell around a page."""
    names = (
        "Today",
        "Donors",
        "Materials",
        "Batches",
        "Release",
        "Recipients",
        "Bedside",
        "Follow-up",
        "Labels",
        "Trace",
        "Ledger",
        "People",
    )
    nav = [NavItem("/", T(name), name == "Today") for name in names] if signed_in else []
    actor = SignedIn(code(Kind.PERSON, 5), "E. Sokolova", ["Qa"]) if signed_in else None
    return Page(
        language,
        ZONE,
        NOW,
        nav=nav,
        actor=actor,
        csrf="token",
        demonstration=True,
        site_name="Cell Therapy Laboratory",
        path=path,
    )


def node(kind: str, identifier: str, title: str, phase: str | None = None) -> Node:
    """A node of a graph."""
    return Node(identifier, kind, identifier, T(title), phase, f"/trace/{identifier}")


def chain(vessels: int = 3, bags: int = 4) -> Graph:
    """Donor, donation, marrow, P0 to P2 in so many vessels, a lot, bags, recipients; materials and people beside."""
    donor, donation, marrow = code(Kind.DONOR, 31), code(Kind.DONATION, 412), code(Kind.CONTAINER, 1)
    nodes = [
        node("donor", donor, "Donor", "eligible"),
        node("donation", donation, "Bone marrow, 62 mL", "received"),
        node("container", marrow, "Harvest bag, bone marrow", "spent"),
    ]
    edges = [
        Edge(donor, donation, "donated", AT),
        Edge(donation, marrow, "collected", AT),
        Edge(marrow, LOT, "opened", AT),
    ]
    nodes.append(node("lot", LOT, "Product lot: MSC for infusion", "completed"))
    before = [LOT]
    for passage in range(3):
        here = [code(Kind.CONTAINER, 100 * (passage + 1) + number) for number in range(vessels)]
        for number, vessel in enumerate(here):
            nodes.append(
                Node(
                    vessel,
                    "container",
                    vessel,
                    T("{kind} P{passage}", kind=T("Culture vessel"), passage=passage),
                    "discarded" if (passage, number) == (0, 2) and vessels < 7 else "spent",
                    f"/trace/{vessel}",
                )
            )
            edges += [Edge(source, vessel, "passaged", AT) for source in before]
        before = [vessel for vessel in here if vessel not in {one.id for one in nodes if one.is_gone}]
    for number in range(bags):
        bag, recipient = code(Kind.BAG, 412 + number), code(Kind.RECIPIENT, 14 + number)
        nodes += [
            node("container", bag, "Infusion bag, MSC", "filled"),
            node("recipient", recipient, "Recipient", "randomised"),
        ]
        edges += [Edge(source, bag, "suspended", AT) for source in before] + [Edge(bag, recipient, "assigned", AT)]
    for number in range(6):
        lot = code(Kind.MATERIAL_LOT, number + 1)
        nodes.append(node("material_lot", lot, f"Medium, lot {number}"))
        edges.append(Edge(lot, LOT if number < 5 else before[0], "used", AT))
    return Graph(LOT, tuple(nodes), tuple(edges))


def traced(graph: Graph) -> dict[str, Any]:
    """What the trace page is given."""
    return {
        "graph": graph,
        "drawing": rules.drawn(graph),
        "direction": rules.Direction.BOTH,
        "view": words.trace_words(graph),
        "directions": tuple(rules.Direction),
        "traces_all": True,
        "may_recall": True,
    }


def todays(language: str = "en") -> dict[str, Any]:
    """A full Today."""
    needs = [
        Need(
            "now",
            NOW + timedelta(minutes=22),
            T("by, in {left}", left=timedelta(minutes=22)),
            T("Review and decide on {kind} {lot}.", kind=T("lot"), lot=grouped(LOT)),
            "/quality",
            T("Review and sign"),
            T("Its bags have to start by then."),
        ),
        Need(
            "warn",
            NOW - timedelta(minutes=2),
            T("since, {gone}", gone=timedelta(minutes=2)),
            T("Assess deviation {number}.", number="DV-26-007"),
            "/quality",
            T("Assess"),
            "Viable dose below its limit",
        ),
        Need(
            "stop",
            date(2026, 11, 23),
            T("due, {days} d late", days=1),
            T("Chase the final results of lot {lot}.", lot=grouped(LOT)),
            "/quality",
            T("Open lot"),
            T("It was released conditionally."),
            own=Title(en="Sterility, 14 days", ru="Стерильность, 14 суток"),
        ),
        Need("pend", None, T("waits"), T("Give {name} a role.", name="T. Sample"), "/people", T("Open person")),
    ]
    stops = [
        Stop("k", "/", count, name, flag, mine)
        for count, name, flag, mine in [
            (2, T("Screening"), None, False),
            (1, T("Marrow"), ("now", T("Start by {time}", time="16:52")), False),
            (1, T("Separation"), None, False),
            (3, T("P{passage}", passage=0), None, False),
            (28, T("P{passage}", passage=1), None, False),
            (0, T("P{passage}", passage=2), None, False),
            (1, T("P{passage}", passage=3), None, False),
            (0, T("Harvest"), None, False),
            (12, T("Bank"), None, False),
            (3, T("Bags"), ("now", T("Start by {time}", time="13:26")), True),
            (1, T("Infusing"), ("now", T("{count} running", count=1)), False),
            (14, T("On treatment"), ("pend", T("{count} before it", count=2)), False),
            (14, T("Follow-up"), ("warn", T("{count} overdue", count=2)), False),
        ]
    ]
    bag = Clock(
        BAG,
        T("for {recipient}", recipient=grouped(RECIPIENT)),
        T("left to start, by {time}", time="13:26"),
        NOW - HOUR,
        NOW + 2.7 * HOUR,
        NOW + 4.8 * HOUR,
        "/",
    )
    marrow = Clock(
        code(Kind.DONATION, 418),
        T("marrow"),
        T("left to start separation, by {time}", time="16:52"),
        NOW - 18 * HOUR,
        NOW + 6 * HOUR,
        NOW + 6 * HOUR,
        "/",
    )
    view = Today(
        NOW.date(),
        T("Four things need you."),
        T("The first by {time}.", time="11:04"),
        stops,
        49,
        14,
        needs,
        [needs[1], needs[3]],
        [bag, marrow],
        False,
        OpenRecord("bsc-2", LOT, "L. Marchenko", NOW - HOUR),
    )
    voice = Voice(language, ZONE)
    bars = [
        clock_bar(voice, one.begin, NOW, one.end, one.until if one.until < one.end else None) for one in view.clocks
    ]
    return {"view": view, "clocks": tuple(zip(view.clocks, bars, strict=True)), "may": lambda permission: True}


def labels() -> list[Any]:
    """Three labels of one bag."""
    phases = ("spoiled", "destroyed", "printed")
    return [
        SimpleNamespace(
            code=code(Kind.LABEL, number + 1),
            design="infusion_bag",
            design_version=7,
            target=BAG,
            lot=LOT,
            symbol=BAG,
            language="both",
            phase=phase,
            printed_at=NOW - HOUR,
            confirmed_at=None,
            replaces=code(Kind.LABEL, number) if number else None,
            ended_at=None if phase == "printed" else NOW,
            reason=None if phase == "printed" else "Smudged in the printer",
        )
        for number, phase in enumerate(phases)
    ]


def copies() -> list[tuple[Any, str]]:
    """One that a printer took after an attempt that broke off, and one that was opened as a file."""
    told = (("zebra", "bsc-2", "not_printed"), ("zebra", "bsc-2", "left"), (None, None, "unknown"))
    return [
        (
            SimpleNamespace(
                left_at=NOW - HOUR,
                printer=printer,
                station=station,
                design_version=7,
                bytes_hash=f"{at}" * 64,
                phase=phase,
            ),
            "L. Marchenko",
        )
        for at, (printer, station, phase) in enumerate(told)
    ]


def people() -> list[Any]:
    """Three who work here."""
    rows = [
        ("sokolova", "Elena Demo-Sokolova", "E. Sokolova", "active", ("qa",)),
        ("orlov", "Dmitri Demo-Orlov", "D. Orlov", "locked", ("technician", "analyst")),
        ("sample", "Timur Demo-Sample", "T. Sample", "active", ()),
    ]
    return [
        SimpleNamespace(
            code=code(Kind.PERSON, 5 + at),
            username=row[0],
            name=row[1],
            initials=row[2],
            phase=row[3],
            roles=row[4],
            last_day=(NOW + 480 * HOUR).date() if at else None,
            works=row[3] == "active",
        )
        for at, row in enumerate(rows)
    ]


def decisions() -> list[Any]:
    """Two that wait, one of them the reader's own."""
    return [
        SimpleNamespace(
            id=at + 1,
            event="accounts:role:granted",
            subject=str(12 + at),
            permission="accounts.countersign_role",
            asked_by=code(Kind.PERSON, 5 + at),
            asked_at=NOW - HOUR,
        )
        for at in range(2)
    ]


BODY = (
    '{"seq": 812, "happened_at": "2026-11-24T07:30:00Z", "device": "bsc-2", "facts": {"lot": "'
    + LOT
    + '", "count": 3}, '
    '"signature": {"id": 4, "signer": "PS", "meaning": "I reviewed this lot and release it", "record_hash": "'
    + "7c1e09b4"
    * 8
    + '"}, '
    '"changes": [{"table": "quality_disposition", "key": "' + LOT + '", '
    '"before": {"phase": "quarantined", "decided_at": null}, '
    '"after": {"phase": "released", "decided_at": "2026-11-24T07:41Z"}}, '
    '{"table": "ledger_signature", "key": 4, "before": null, "after": {"signer": "PS"}}], "prev_hash": "'
    + "a0b1c2d3" * 8
    + '"}'
)


def entry(seq: int = 812) -> Any:
    """One entry of the ledger."""
    return SimpleNamespace(
        seq=seq,
        at=NOW,
        event="quality:lot:released_conditionally",
        actor=code(Kind.PERSON, 5),
        subject=LOT,
        request_id="0d1f",
        reason=None,
        body=BODY,
        hash="9f86d081" * 8,
    )


def page_of(path: str, rows: list[Any]) -> Listed:
    """A page of a list in its middle."""
    asked = Asked(path, older="900")
    return Listed(rows, asked, older=asked.href(older="762"), newer=asked.href(newer="812"), first=path, has_codes=True)


def everything(language: str = "en") -> dict[str, tuple[str, dict[str, Any]]]:
    """Every page by a short name: its template and what it is given."""
    grant = SimpleNamespace(role=Role("nurse"), phase="proposed", granted_at=NOW, ended_at=None, last_day=None)
    held = SimpleNamespace(
        role=Role("technician"), phase="active", granted_at=NOW, ended_at=None, last_day=date(2027, 1, 31)
    )
    person = people()[0]
    designs = [
        SimpleNamespace(name=name, width_mm=100.0, height_mm=38.5, approved_version=3 if ok else None, current=ok)
        for name, ok in [("infusion_bag", True), ("cryovial", False)]
    ]
    station = SimpleNamespace(name="bsc-2", kind=StationKind("bench"), enrolled_at=NOW, in_use=True)
    training = SimpleNamespace(topic="Aseptic technique", trained_on=date(2025, 1, 1), valid_until=date(2026, 1, 1))
    described = SimpleNamespace(href="/x", title=T("Infusion bag"))
    badge = SimpleNamespace(code=code(Kind.PERSON, 9), issued_at=NOW)
    entries = [entry(seq) for seq in (812, 811, 810)]
    return {
        "today": ("trace/today.html", todays(language)),
        "trace": ("trace/trace.html", traced(chain())),
        "trace-large": ("trace/trace.html", traced(chain(28, 6))),
        "start": ("trace/start.html", {}),
        "ledger": (
            "trace/ledger.html",
            {
                "view": page_of("/ledger", entries),
                "subject": "",
                "names": {entries[0].actor: "E. Sokolova"},
                "witnesses": (),
            },
        ),
        "entry": (
            "trace/entry.html",
            {
                "entry": entry(),
                "view": words.entry_words(BODY),
                "body": words.pretty(BODY),
                "whole": True,
                "name": "E. Sokolova",
                "is_last": False,
                "erasable": (),
            },
        ),
        "sign-in": ("accounts/sign_in.html", {**SIGN_IN, "here": None}),
        "sign-in-station": (
            "accounts/sign_in.html",
            {
                **SIGN_IN,
                "error": T("This badge and PIN do not belong together. Try again."),
                "here": "bsc-2",
                "badge": "BD0126",
            },
        ),
        "people": ("accounts/people.html", {"people": people(), "decisions": decisions(), "stations": [station]}),
        "person": (
            "accounts/person.html",
            {
                "person": person,
                "grants": [held, grant],
                "badge": badge,
                "trainings": [training],
                "marks": [],
                "held": [Role("technician")],
                "other_roles": [Role("qa")],
                "said": [],
                "moves": [],
                "links": [],
                "waiting_code": None,
                "agreed": [],
                "agreement_waits": True,
                "changes": [],
                "directory": "",
            },
        ),
        "decisions": ("accounts/decisions.html", {"decisions": decisions()}),
        "labels": (
            "labels/labels.html",
            {"unsettled": labels()[:1], "view": page_of("/labels", labels()), "designs": designs},
        ),
        "label": (
            "labels/label.html",
            {"label": labels()[2], "described": described, "family": labels(), "copies": copies()} | HANDLED,
        ),
        "unknown": (
            "labels/_unknown_scan.html",
            {"text": T("This symbol is not known here. Scan a cellchain label."), "symbol": "(01)0460"},
        ),
    }
