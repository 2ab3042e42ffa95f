"""Sample data for the gallery of components: a made-up afternoon, no database, no real person."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import SimpleNamespace
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

from markupsafe import Markup
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cellchain.identity.codes import BagCode, Kind, issue
from cellchain.kernel.errors import Invalid
from cellchain.kernel.text import T
from cellchain.web.forms import fields_of, parse_form
from cellchain.web.html import NavItem, Page, SignedIn
from cellchain.web.i18n import Voice
from cellchain.web.panels import Gate, Meaning, OrderForm, Signature, clock_bar
from tests.web.gallery_ru import translated

ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 24, 7, 42, tzinfo=UTC)
BAG = issue(Kind.BAG, 1, 2026, 412)
DONATION = issue(Kind.DONATION, 1, 2026, 412)
RECIPIENT = issue(Kind.RECIPIENT, 1, 2026, 14)
OTHER = issue(Kind.RECIPIENT, 1, 2026, 41)


class Anticoagulant(StrEnum):
    """A choice with a label of its own and some without."""

    HEPARIN = "heparin"
    ACD_A = "acd_a"
    NO_ANTICOAGULANT = "none"

    @property
    def label(self) -> T:
        return {"heparin": T("Heparin"), "acd_a": T("ACD-A"), "none": T("No anticoagulant")}[self.value]


class Puncture(BaseModel):
    """A row of a nested list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    site: Annotated[str, Field(min_length=1, max_length=40, title="Puncture site")]
    volume_ul: Annotated[int, Field(ge=1_000, le=60_000, title="Volume drawn")]


class SampleOrder(BaseModel):
    """One field of every kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bag: Annotated[BagCode, Field(title="Bag")]
    collected_at: Annotated[AwareDatetime, Field(title="Collection ended")]
    volume_ul: Annotated[int, Field(ge=5_000, le=200_000, title="Volume collected")]
    viable_count: Annotated[int | None, Field(gt=0, title="Viable cells")] = None
    viability: Annotated[Decimal, Field(ge=0, le=100, max_digits=4, decimal_places=1, title="Viability, %")] = Decimal(
        90
    )
    consent_on: Annotated[date | None, Field(title="Consent signed on")] = None
    anticoagulant: Annotated[Anticoagulant, Field(title="Anticoagulant")]
    intact: Annotated[bool, Field(title="Is the bag intact?")]
    urgent: Annotated[bool, Field(title="Urgent")] = False
    witnesses: Annotated[tuple[Annotated[str, Field(max_length=10)], ...], Field(max_length=6, title="Witnesses")] = ()
    punctures: Annotated[list[Puncture], Field(max_length=4, title="Punctures")] = []
    remark: Annotated[str | None, Field(max_length=500, title="Remark", description="Only what no field asks for.")] = (
        None
    )


ENTERED = [
    ("bag", issue(Kind.LOT, 1, 2026, 7)),
    ("collected_at", "2026-11-24T09:34"),
    ("volume_ul", "620"),
    ("viability", "91,4"),
    ("witnesses", "D. Orlov"),
    ("punctures.0.site", "left iliac crest"),
    ("punctures.0.volume_ul", "30"),
    ("remark", "Second needle after 12 mL."),
]


def page(language: str = "en", **changes: Any) -> Page:
    """A page as the masthead shows it."""
    nav = [
        NavItem("/gallery", T("Gallery"), True),
        NavItem("/verdict/match", T("Match")),
        NavItem("/verdict/halt", T("Stop")),
    ]
    known: dict[str, Any] = {
        "nav": nav,
        "actor": SignedIn(issue(Kind.PERSON, 1, 2026, 5), "E. Sokolova", ["QA"]),
        "station": "QA-1",
        "csrf": "token-of-the-gallery",
        "demonstration": True,
        "path": "/gallery",
    }
    return Page(language, ZONE, NOW, **{**known, **changes})


def samples(language: str = "en", errors: bool = True) -> SimpleNamespace:
    """What `gallery/*.html` call `gallery`."""
    voice = Voice(language, ZONE)
    begin, latest, expiry = NOW - timedelta(minutes=68), NOW + timedelta(minutes=164), NOW + timedelta(minutes=292)
    faults = _faults() if errors else {}
    sample = SimpleNamespace(
        headline=T("Every component, once."),
        rest=T("With sample data."),
        statuses=[
            ("ok", T("Pass")),
            ("stop", T("Out of limit")),
            ("warn", T("Deviation")),
            ("cond", T("Conditional release")),
            ("hold", T("On hold")),
            ("pend", T("Pending")),
            ("now", T("Due")),
            ("off", T("To come")),
        ],
        bag=BAG,
        donation=DONATION,
        recipient=RECIPIENT,
        other=OTHER,
        bags="3 × 400",
        cells=204_000_000,
        steps=[
            T("Donor"),
            T("Harvest"),
            T("Separation"),
            "P0",
            "P1",
            "P2",
            "P3",
            T("Suspension"),
            T("Release"),
            T("Infusion"),
        ],
        steps_label=T("Position in the chain"),
        stops=_stops(),
        terms=SimpleNamespace(
            product=T("Product"),
            product_value=T("MSC, allogeneic"),
            product_detail=T("bone marrow, passage 3"),
            donation=T("Donation"),
            donation_detail=T("eligibility signed"),
            bags=T("Bags"),
            start_by=T("Start by"),
            expires=T("Expires"),
        ),
        latest=latest,
        expiry=expiry,
        valid_until=NOW + timedelta(minutes=15),
        announce=T("{left} left to start the infusion."),
        over=T("Too late to start"),
        pairs=[(T("Recipients told"), 4), (T("Bags quarantined"), 2)],
        bar=clock_bar(voice, begin, NOW, expiry, latest),
        ticks=[
            ("ok", T("Saline 0.9 %, 500 mL"), T("accepted")),
            ("now", T("Scan the transfer set"), T("Any released lot")),
            ("off", T("Verifier: another person scans a badge"), ""),
        ],
        limits=_limits(voice),
        accepted=T("Saline 0.9 %, 500 mL"),
        accepted_detail=T("One material left."),
        stopped=T("Albumin 20 % is expired"),
        stopped_detail=T("Do not use it. Put it in the red tray and scan another lot."),
        exceptions_title=T("Exceptions"),
        exceptions_aside=T("Each one needs your decision before you sign"),
        exceptions=_exceptions(),
        before=voice.format.decimal(Decimal("1.92")),
        after=voice.format.decimal(Decimal("2.91")),
        table_label=T("Release tests"),
        columns=[
            (T("Test"), ""),
            (T("Limit"), "num"),
            (T("Result"), "num"),
            (T("Place in limit"), ""),
            (T("Verdict"), ""),
        ],
        rows=[
            (T("Viability"), "≥ 80 %", voice.format.percent_tenths(914), 57, "ok", T("Pass")),
            (T("Endotoxin"), "≤ 5 EU/kg", voice.format.decimal(Decimal("0.29")), 6, "ok", T("Pass")),
            (T("Sterility, 14-day culture"), T("no growth"), "", None, "pend", T("Pending")),
        ],
        sign=_signature(),
        signed=SimpleNamespace(
            name="E. Sokolova",
            meaning=T("Conditional release"),
            at=NOW,
            hash="7c1e09b4" + "0" * 52 + "e2f0",
            intact=True,
        ),
        directions=[T("Came from"), T("Went into"), T("Both")],
        note=T("You take on two duties."),
        error=SimpleNamespace(status=409, code="lot.not_released", text=T("This lot is not released. Ask QA.")),
        form=OrderForm(
            "/gallery",
            fields_of(SampleOrder, ENTERED if errors else None, faults),
            T("Record the harvest"),
            faults,
            cancel="/",
        ),
        ward=T("Ward {ward}, bed {bed}", ward=3, bed=4),
        infusion=T("Infusion {number} of {total}", number=3, total=8),
        match_sentence=T("This bag is for this recipient."),
        halt_sentence=T("This bag is for another recipient."),
        start=T("Start infusion"),
        why=T("Why did it happen?"),
        have_read=T("I have read this"),
        reasons=[T("Wrong bag brought"), T("Wrong wristband"), T("Labels look alike"), T("I do not know")],
    )
    return cast(SimpleNamespace, translated(sample, language))


def _faults() -> dict[str, T]:
    try:
        parse_form(SampleOrder, ENTERED, ZONE)
    except Invalid as error:
        return dict(error.fields)
    return {}


def _stops() -> list[SimpleNamespace]:
    counts = [
        (1, T("Harvest"), ("now", T("Start by {at}", at="16:52")), False),
        (1, T("Separation"), None, False),
        (3, "P0", None, False),
        (2, "P1", None, False),
        (2, "P2", ("hold", T("{count} on hold", count=1)), False),
        (1, "P3", None, False),
        (2, T("Release tests"), None, False),
        (1, T("Suspension"), ("warn", T("{count} out of limit", count=1)), True),
        (3, T("Bags"), ("now", T("Start by {at}", at="13:26")), True),
        (2, T("Issued"), None, False),
        (1, T("Infusing"), ("now", T("Ends {at}", at="11:20")), False),
        (14, T("Follow-up"), None, False),
    ]
    return [
        SimpleNamespace(href="#", count=count, name=name, flag=flag, mine=mine) for count, name, flag, mine in counts
    ]


def _limits(voice: Voice) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(
            name=T("Viability"),
            limit=T("80 % or more"),
            value=voice.format.decimal(Decimal("91.4")),
            unit="%",
            s="ok",
            word=T("Within limit"),
            do="",
            zone_from=60,
            zone_to=100,
            at=82.8,
        ),
        SimpleNamespace(
            name=T("Viable cells"),
            limit=T("1.80 to 2.20 × 10⁸"),
            value=voice.format.decimal(Decimal("1.74")),
            unit="× 10⁸",
            s="stop",
            word=T("Out of limit, {by} low", by=Decimal("0.06")),
            do=T("Recount once. If it stays low, open a deviation."),
            zone_from=30,
            zone_to=70,
            at=24,
        ),
        SimpleNamespace(
            name=T("Volume"),
            limit=T("390 to 410 mL"),
            value="400",
            unit="mL",
            s="ok",
            word=T("Within limit"),
            do="",
            zone_from=25,
            zone_to=75,
            at=50,
        ),
    ]


def _exceptions() -> list[SimpleNamespace]:
    return [
        SimpleNamespace(
            s="pend",
            title=T("Final sterility is pending"),
            body=T("The release can only be conditional."),
            open=None,
            decided=("cond", T("Conditional"), ""),
        ),
        SimpleNamespace(
            s="warn",
            title=T("Value changed after entry"),
            body=T("Digits swapped, see counter printout."),
            open=None,
            decided=("ok", T("Accepted"), "10:33"),
        ),
        SimpleNamespace(
            s="warn",
            title=T("Late entry"),
            body=T("Seen before it was entered."),
            decided=None,
            open=Markup(
                '<button class="btn primary" type="button">1</button><button class="btn" type="button">2</button>'
            ),
        ),
    ]


def _signature() -> Signature:
    return Signature(
        action="/gallery",
        title=T("Sign the release"),
        submit=T("Sign conditional release"),
        gates=[
            Gate("ok", T("Separate people"), T("You did not make or test this batch")),
            Gate("ok", T("Rapid tests complete"), T("13 of 13 pass")),
            Gate("now", T("One exception open"), T("Number 3, late entry")),
        ],
        meanings=[
            Meaning("conditional", T("Conditional release"), T("Before the culture result.")),
            Meaning("hold", T("Hold"), T("Needs a reason")),
        ],
        duties=T("You take on two duties."),
        unlock=T("Decide exception 3 to unlock."),
        username="e.sokolova",
    )
