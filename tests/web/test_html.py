"""Pages are drawn from templates alone: escaped, in the reader's language, without anything the policy forbids."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError
from starlette.requests import Request

from cellchain.identity.codes import Kind, issue
from cellchain.kernel.clock import SimulatedClock
from cellchain.kernel.text import T
from cellchain.ledger.actor import Actor
from cellchain.paths import static_dir, templates_dir
from cellchain.web.format import SPACE, Format, grouped, local_moment, pieces
from cellchain.web.html import Page, SignedIn, environment, is_fragment, page_context, render, render_text
from cellchain.web.i18n import Voice
from cellchain.web.panels import Signature, clock_bar
from cellchain.web.session import Session
from tests.web import gallery

EN = Format("en", gallery.ZONE)
RU = Format("ru", gallery.ZONE)
AT = datetime(2026, 11, 24, 10, 34, tzinfo=UTC)


def plain(text: str) -> str:
    """The text with ordinary blanks, after it was seen that it has none of them."""
    return text.replace(SPACE, " ")


# ---- values ----------------------------------------------------------------------------------------------------------


def test_times_are_local_with_their_zone() -> None:
    assert plain(EN.local(AT)) == "24 Nov 2026, 13:34 MSK"
    assert plain(RU.local(AT)) == "24.11.2026, 13:34 МСК"
    assert plain(EN.long_date(AT)) == "Tuesday, 24 Nov 2026"
    assert plain(EN.label_date(AT)) == "24 NOV 2026"
    assert plain(RU.label_date(AT)) == "24 НОЯ 2026"
    assert plain(Format("ru", ZoneInfo("Asia/Novosibirsk")).local_time(AT)) == "17:34 UTC+7"
    assert plain(Format("en", ZoneInfo("America/St_Johns")).local_time(AT)) == "07:04 NST"


def test_utc_names_its_date_where_that_differs() -> None:
    assert plain(EN.utc(AT)) == "10:34 UTC"
    assert plain(EN.utc(datetime(2026, 11, 23, 22, 10, tzinfo=UTC))) == "23 Nov 2026, 22:10 UTC"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        EN.local(AT.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("minutes", "english", "russian"),
    [
        (128, "2 h 08 min", "2 ч 08 мин"),
        (22, "22 min", "22 мин"),
        (0, "0 min", "0 мин"),
        (-65, "−1 h 05 min", "−1 ч 05 мин"),
    ],
)
def test_durations(minutes: int, english: str, russian: str) -> None:
    assert (plain(EN.minutes(minutes)), plain(RU.minutes(minutes))) == (english, russian)
    assert " " not in EN.minutes(minutes)


def test_a_duration_is_never_rounded_up() -> None:
    assert plain(EN.minutes(timedelta(minutes=59, seconds=59))) == "59 min"


@pytest.mark.parametrize(
    ("count", "english"),
    [
        (204_000_000, "2.04 × 10⁸"),
        (999_600_000, "1.00 × 10⁹"),
        (9_999, "9999"),
        (12, "12"),
        (0, "0"),
        (10_000, "1.00 × 10⁴"),
    ],
)
def test_cells(count: int, english: str) -> None:
    assert plain(EN.cells(count)) == english
    assert plain(RU.cells(count)) == english.replace(".", ",")


def test_quantities() -> None:
    assert plain(EN.millilitres(400_000)) == "400 mL"
    assert plain(RU.millilitres(1_500)) == "1,5 мл"
    assert plain(EN.percent_tenths(914)) == "91.4 %"
    assert plain(RU.celsius(-80_500)) == "−80,5 °C"
    assert plain(EN.number(1_234_567)) == "1,234,567"
    assert plain(RU.number(1_234_567)) == "1 234 567"
    assert (EN.signed(Decimal("0.10")), EN.signed(-5), EN.signed(0)) == ("+0.10", "−5", "0")


def test_identifiers_are_grouped_and_their_check_digits_apart() -> None:
    bag = issue(Kind.BAG, 1, 2026, 412)
    assert plain(grouped(bag)) == f"BG 01 26 000412 {bag[-2:]}"
    assert [piece.kind for piece in pieces(bag)] == ["plain", "check"]
    assert grouped("A-7710") == "A-7710"


def test_differing_characters_are_marked_and_check_digits_never() -> None:
    marked = [piece.text for piece in pieces(gallery.RECIPIENT, gallery.OTHER) if piece.kind == "mark"]
    assert marked == ["14"]
    assert (
        "".join(piece.text for piece in pieces(gallery.RECIPIENT, gallery.OTHER)).replace(SPACE, "")
        == gallery.RECIPIENT
    )


def test_wall_clock_times_become_utc() -> None:
    assert local_moment("2026-11-24T13:34", gallery.ZONE) == AT
    assert local_moment("2026-11-24T13:34+05:00", gallery.ZONE) == AT - timedelta(hours=2)
    with pytest.raises(ValueError, match="put forward"):
        local_moment("2026-03-29T02:30", ZoneInfo("Europe/Berlin"))


def test_a_clock_bar_stays_within_its_length() -> None:
    voice = Voice("en", gallery.ZONE)
    bar = clock_bar(voice, AT, AT + timedelta(hours=1), AT + timedelta(hours=6), AT + timedelta(hours=4))
    assert (bar.now, bar.latest, bar.anchor) == (16.7, 66.7, "middle")
    late = clock_bar(voice, AT, AT + timedelta(hours=9), AT + timedelta(hours=6))
    assert (late.now, late.latest) == (100.0, 100.0)
    with pytest.raises(ValueError, match="length"):
        clock_bar(voice, AT, AT, AT)


# ---- pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_gallery_draws_every_component(language: str) -> None:
    text = render_text(gallery.page(language), "gallery/gallery.html", gallery=gallery.samples(language))
    for mark in ("status", "id", "vein", "line", "facts", "pairs", "clockbar", "tick", "limit", "last", "exceptions"):
        assert f'class="{mark}' in text, mark
    for mark in ("delta", "sum", "sign", "seg", "note", "sink", "order", "banner", "masthead"):
        assert f'class="{mark}' in text, mark
    assert f'<html lang="{language}"' in text


def test_every_macro_is_in_the_gallery() -> None:
    source = (templates_dir() / "partials" / "ui.html").read_text()
    shown = "".join(path.read_text() for path in (templates_dir() / "gallery").glob("*.html"))
    around = "".join(
        path.read_text() for path in [*(templates_dir() / "partials").glob("*.html"), templates_dir() / "base.html"]
    )
    for name in re.findall(r"macro (\w+)\(", source):
        assert (
            re.search(rf"\b{name}\(", shown)
            or len(re.findall(rf"\b{name}\(", around)) > 1
            or name in {"nothing", "time", "unnamed"}
        ), name


@pytest.mark.parametrize("name", ["gallery/gallery.html", "gallery/verdict.html"])
def test_nothing_stands_inline_that_the_policy_forbids(name: str) -> None:
    text = render_text(gallery.page(), name, gallery=gallery.samples(), v="halt")
    assert not re.search(r"<[^>]+\s(style|on\w+|hx-on\S*)=", text)
    assert "<style" not in text
    assert re.findall(r"<script(?![^>]*\ssrc=)", text) == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', text) == []


def test_names_are_text_wherever_they_stand() -> None:
    bold = "<b>Bold</b>"
    page = gallery.page(actor=SignedIn("PS", bold, [bold]), station=bold, path=f'/"{bold}')
    sample = gallery.samples()
    sample.headline = T("{name} is here.", name=bold)
    sample.pairs = [(bold, bold)]
    text = render_text(page, "gallery/gallery.html", gallery=sample)
    assert bold not in text
    assert text.count("&lt;b&gt;Bold&lt;/b&gt;") >= 6


def test_an_unknown_name_is_an_error_of_ours() -> None:
    with pytest.raises(UndefinedError):
        environment("en", gallery.ZONE).from_string("{{ nobody }}").render()


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "Sign in"),
        (403, "recorded"),
        (404, "Scan the label"),
        (409, "Nothing was changed"),
        (503, "Wait"),
        (500, "administrator"),
    ],
)
def test_an_error_says_what_happened_and_what_to_do(status: int, advice: str) -> None:
    error = SimpleNamespace(
        status=status, code="lot.expired", text=T("Lot {lot} expired.", lot="A7655"), reference="1a2b"
    )
    text = render_text(gallery.page(), "error.html", error=error, back="/lots")
    assert "Lot A7655 expired." in text
    assert "lot.expired" in text
    assert advice in text
    assert 'href="/lots"' in text or status == 401


def test_a_locked_signature_names_what_is_missing() -> None:
    sample = gallery.samples()
    text = render_text(gallery.page(), "partials/_signature.html", sign=sample.sign)
    assert re.search(r'<button[^>]+aria-disabled="true" aria-describedby="sign-unlock"', text)
    assert "Decide exception 3 to unlock." in text
    ready = Signature("/sign", T("Sign"), T("Sign the release"))
    text = render_text(gallery.page(), "partials/_signature.html", sign=ready)
    assert 'type="submit"' in text
    assert "aria-disabled" not in text


def test_a_secret_is_never_sent_back() -> None:
    assert (
        re.findall(
            r'type="password"[^>]*value=',
            render_text(gallery.page(), "gallery/gallery.html", gallery=gallery.samples()),
        )
        == []
    )


# ---- requests --------------------------------------------------------------------------------------------------------


def request(headers: dict[str, str] | None = None, session: object = None, **state: object) -> Request:
    """A request to an application that has a clock and what else is given."""
    app = SimpleNamespace(state=SimpleNamespace(clock=SimulatedClock(AT), **state))
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/lots",
        "query_string": b"",
        "app": app,
        "state": {"session": session},
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    return Request(scope)


def test_a_page_needs_nothing_but_a_clock() -> None:
    page = page_context(request())
    assert (page.language, page.now, page.actor, page.csrf, page.nav) == ("en", AT, None, "", ())


def test_a_page_knows_who_reads_it() -> None:
    actor = Actor("PS01", roles=frozenset({"qa", "nurse"}), device="BSC-2")
    session = Session(actor, "0" * 64, "secret", "E. Sokolova", by_cookie=True)
    settings = SimpleNamespace(zone=gallery.ZONE, site_name="Site")
    asked = request(
        {"cookie": "cellchain_language=ru"},
        session,
        settings=settings,
        demonstration=True,
        navigation=lambda _: gallery.page().nav,
    )
    page = page_context(asked)
    assert page.actor is not None
    assert (page.actor.name, page.actor.duties, page.station) == ("E. Sokolova", ["Nurse", "QA"], "BSC-2")
    assert (page.language, page.zone, page.csrf, page.demonstration) == ("ru", gallery.ZONE, "secret", True)
    assert len(page.nav) == 3


def test_answers_are_not_stored_and_vary() -> None:
    answer = render(request(), "error.html", 404, error=SimpleNamespace(status=404, code="c", text=T("x")), back="")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
    assert "HX-Request" in answer.headers["vary"]
    assert answer.headers["content-language"] == "en"


def test_htmx_gets_a_part_unless_it_wants_the_page() -> None:
    assert not is_fragment(request())
    assert is_fragment(request({"HX-Request": "true"}))
    assert not is_fragment(request({"HX-Request": "true", "HX-Boosted": "true"}))
    assert not is_fragment(request({"HX-Request": "true", "HX-History-Restore-Request": "true"}))


def test_each_form_gets_a_request_id_of_its_own() -> None:
    ids = {Page("en", gallery.ZONE, AT).request_id for _ in range(3)}
    assert len(ids) == 3


# ---- files -----------------------------------------------------------------------------------------------------------


def css(name: str) -> str:
    return (static_dir() / "css" / name).read_text()


def test_every_sheet_is_imported_or_linked() -> None:
    imported = re.findall(r'@import url\("(\S+)"\)', css("app.css"))
    assert len(imported) == len(set(imported))
    pages = "".join(path.read_text() for path in templates_dir().rglob("*.html"))
    linked = re.findall(r'href="/static/css/(\S+?)"', pages)
    assert {path.name for path in (static_dir() / "css").glob("*.css")} == {*imported, *linked}


def test_every_icon_that_is_used_exists() -> None:
    sprite = (static_dir() / "icons" / "icons.svg").read_text()
    symbols = set(re.findall(r'symbol id="(\S+?)"', sprite))
    for path in templates_dir().rglob("*.html"):
        used = re.findall(r'icons\.svg#([\w-]+)"', path.read_text()) + [
            f"i-{name}" for name in re.findall(r'ui\.icon\("(\w+)"', path.read_text())
        ]
        assert set(used) <= symbols, path.name


@pytest.mark.parametrize("path", sorted((static_dir() / "js").glob("*.js")), ids=lambda path: path.name)
def test_modules_are_small_and_plain(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") < 200
    assert "eval(" not in source
    assert "console." not in source
    assert not re.search(r'from "(?!\./)', source)


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_status_and_verdict_colours_have_their_contrast(scheme: int) -> None:
    tokens = {
        name: (light, dark)
        for name, light, dark in re.findall(r"--([\w-]+):\s+light-dark\((#\w{6}), (#\w{6})\)", css("tokens.css"))
    }
    colour = {name: pair[scheme] for name, pair in tokens.items()}
    for name in ("ok", "warn", "stop"):
        assert contrast(colour[name], colour[f"{name}-wash"]) >= 6.9, name
    assert contrast(colour["ink"], colour["paper"]) >= 15
    assert contrast(colour["edge"], colour["paper"]) >= 3
    assert contrast("#00564f", "#ffffff") >= 8.5
    assert contrast("#ff7c4d", "#190700") >= 7
