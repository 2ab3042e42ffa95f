"""Pages: one Jinja environment a language and zone, and what every page shows around its content.

Templates escape everything, know no undefined name, and speak through `_("…")`, `{% trans %}` and `|say`.
Filters and `_` are bound to the environment, not to a request, so imported macros speak the reader's language too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import HTMLResponse

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import same_way
from cellchain.ledger.registry import REGISTRY
from cellchain.paths import templates_dir
from cellchain.web import i18n
from cellchain.web.cards import labelled
from cellchain.web.envelopes import new_request_id
from cellchain.web.events import event_title
from cellchain.web.extraction import words
from cellchain.web.format import grouped, pieces
from cellchain.web.i18n import Voice
from cellchain.web.session import Emergency

HTMX_CONFIG = (
    '{"disableInheritance":true,"historyCacheSize":0,"refreshOnHistoryMiss":true,"historyRestoreAsHxRequest":false,'
    '"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,"selfRequestsOnly":true,'
    '"allowNestedOobSwaps":false,"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},'
    '{"code":"4(01|03|04|09|22)","swap":true,"error":false},{"code":"[45]..","swap":false,"error":true}]}'
)
HIDDEN = T("a bag, not named to you")
HEADERS = {"vary": "HX-Request, Cookie, Accept-Language", "cache-control": "no-store"}


@dataclass(frozen=True)
class NavItem:
    """One place in the masthead; `current` where the reader is, `aside` where it stands under "More"."""

    href: str
    label: T | str
    current: bool = False
    aside: bool = False


@dataclass(frozen=True)
class SignedIn:
    """The person in the masthead: code, name and duties in words."""

    code: str
    name: str
    duties: Sequence[str] = ()


class ReaderSettings(Protocol):
    """What the reader of a station needs (static/js/burst.js): the longest gap between two characters, the longest
    scan, and what the reader puts around every scan by itself."""

    @property
    def gap_ms(self) -> int: ...
    @property
    def span_ms(self) -> int: ...
    @property
    def prefix(self) -> str: ...
    @property
    def suffix(self) -> str: ...


@dataclass(frozen=True)
class UsualReader:
    """What most readers need, where the house has nothing to say about this one."""

    gap_ms: int = 100
    span_ms: int = 1_500
    prefix: str = ""
    suffix: str = ""


def _nobody(_: str) -> bool:
    return False


def _open(_actor: Actor, _code: str) -> bool:
    return False


def _silent() -> int:
    return 0


def _by_password() -> str:
    return "password"


def _quiet(_request: Request) -> int:
    return 0


def _without(_request: Request) -> bool:
    return False


def _nowhere(_code: str, _href: str) -> str:
    return ""


@dataclass(frozen=True)
class Page:
    """What every page shows around its content. `now` is the server's; `path` is where the language switch returns.

    `allowed("labels/void_label")` tells whether this person may run a command, and `way("LT…", "/bench/LT…")` which
    page of a thing they may open, that one before others, so that no page offers what the server would refuse.
    `bell()` counts the notices that wait for this person, and is asked by the masthead alone: no screen at the bedside
    has one. `passkey()` tells whether this person may sign with one, and `signs_with()` what else they prove themselves
    with; `agreement_waits()` that the agreement on signatures has to be read before they sign. Signature panels alone
    ask the three. A role of somebody who `must_enrol` waits for a second factor;
    `emergency` is the role that they took for a short time, which every page of theirs says.
    `hides("BG…")` tells whether the code of a thing beside what the page says would tell them an arm.
    """

    language: str
    zone: ZoneInfo
    now: datetime
    nav: Sequence[NavItem] = ()
    actor: SignedIn | None = None
    station: str | None = None
    csrf: str = ""
    demonstration: bool = False
    site_name: str = ""
    path: str = "/"
    scan_url: str = "/scan"
    reader: ReaderSettings = field(default_factory=UsualReader)
    request_id: UUID = field(default_factory=new_request_id)
    allowed: Callable[[str], bool] = _nobody
    way: Callable[[str, str], str] = _nowhere
    hides: Callable[[str], bool] = _nobody
    bell: Callable[[], int] = _silent
    signs_with: Callable[[], str] = _by_password
    passkey: Callable[[], bool] = bool
    agreement_waits: Callable[[], bool] = bool
    must_enrol: bool = False
    emergency: Emergency | None = None

    @property
    def voice(self) -> Voice:
        """Speaks this page's language."""
        return Voice(self.language, self.zone)


Navigation = Callable[[Request], Sequence[NavItem]]
ReaderOf = Callable[[Request], ReaderSettings]


def page_context(request: Request) -> Page:
    """Gather the page from the application and the request.

    From `app.state`: `clock`, `settings` (`zone`, `site_name`), `demonstration`, `navigation(request) -> items`,
    `reader_of(request)` for the reader of this station. From `request.state`: `session` (name, csrf, actor). What is
    absent has the safe default of `Page`, so that an error page can be drawn whatever failed before it; only the clock
    must be there.
    """
    application, state = request.app.state, request.state
    settings = getattr(application, "settings", None)
    session = getattr(state, "session", None)
    navigation: Navigation | None = getattr(application, "navigation", None)
    reader_of: ReaderOf | None = getattr(application, "reader_of", None)
    return Page(
        language=language_of(request),
        zone=getattr(settings, "zone", ZoneInfo("UTC")),
        now=application.clock.now(),
        nav=tuple(navigation(request)) if navigation is not None and session is not None else (),
        actor=None if session is None else _signed_in(session),
        station=None if session is None else session.actor.device,
        csrf="" if session is None else session.csrf,
        demonstration=bool(getattr(application, "demonstration", False)),
        site_name=getattr(settings, "site_name", ""),
        path=request.url.path,
        reader=UsualReader() if reader_of is None else reader_of(request),
        allowed=_nobody if session is None else _may_run(session.actor),
        way=_nowhere if session is None else partial(getattr(application, "way", same_way), session.actor),
        hides=_nobody if session is None else partial(getattr(application, "hides", _open), session.actor),
        passkey=bool if session is None else partial(getattr(application, "has_passkey", _without), request),
        agreement_waits=bool
        if session is None
        else partial(getattr(application, "agreement_waits", _without), request),
        must_enrol=session is not None and session.must_enrol,
        emergency=None if session is None else session.emergency,
        bell=_silent if session is None else partial(getattr(application, "bell", _quiet), request),
        signs_with=_by_password if session is None else _signing(application, session.actor),
    )


def _signing(application: Any, actor: Actor) -> Callable[[], str]:
    asked = getattr(application, "signs_with", None)
    return _by_password if asked is None else partial(asked, actor)


def _may_run(actor: Actor) -> Callable[[str], bool]:
    return lambda path: actor.may(REGISTRY[path].permission)


def language_of(request: Request) -> str:
    """The reader's language: their cookie, then what the browser asks for."""
    return i18n.choose(request.cookies.get(i18n.COOKIE), request.headers.get("accept-language"))


def voice_of(request: Request) -> Voice:
    """Speaks the reader's language, for what a route says outside a template."""
    settings = getattr(request.app.state, "settings", None)
    return Voice(language_of(request), getattr(settings, "zone", ZoneInfo("UTC")))


def _signed_in(session: Any) -> SignedIn:
    return SignedIn(session.actor.person, session.name, [words(role) for role in sorted(session.actor.roles)])


def render(
    request: Request,
    name: str,
    /,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    """The template `name` as an answer. `page` is always in the context, and its parts under their own names."""
    page = page_context(request)
    text = render_text(page, name, is_fragment=is_fragment(request), **context)
    extra = {**HEADERS, "content-language": page.language, **(headers or {})}
    return HTMLResponse(text, status_code, extra)


def render_text(page: Page, name: str, /, **context: object) -> str:
    """The template as text, without a request: for tests, and for pages that are written to a file."""
    around = {
        "page": page,
        "language": page.language,
        "zone": page.zone,
        "now": page.now,
        "nav": page.nav,
        "actor": page.actor,
        "station": page.station,
        "csrf": page.csrf,
        "demonstration": page.demonstration,
        "request_id": page.request_id,
        "allowed": page.allowed,
        "way": page.way,
        "hides": page.hides,
        "is_fragment": False,
    }
    return environment(page.language, page.zone).get_template(name).render({**around, **context})


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of the page; a boosted link or a restored history entry wants all of it."""
    asked = request.headers
    return "hx-request" in asked and "hx-boosted" not in asked and "hx-history-restore-request" not in asked


@lru_cache
def environment(language: str, zone: ZoneInfo) -> Environment:
    """The Jinja environment that speaks `language` and shows times in `zone`."""
    voice = Voice(language, zone)
    made = Environment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    i18n_extension: Any = made  # the extension adds methods that Environment does not declare
    i18n_extension.install_gettext_callables(voice.gettext, voice.ngettext, newstyle=True)
    made.filters.update(_filters(voice))
    made.globals.update(
        voice=voice,
        languages=i18n.LANGUAGES,
        htmx_config=HTMX_CONFIG,
        say=voice.say,
        pieces=pieces,
        _N=lambda sentence: sentence,
        linked=linked,
    )
    return made


@pass_context
def linked(context: Context, code: str, href: str = "") -> Any:
    """A code as it is drawn everywhere: a link for who may open a page of the thing, `href` before any other."""
    drawing: Any = context.environment.get_template("partials/ui.html").module
    if context["hides"](code):
        return drawing.unnamed(HIDDEN)
    return drawing.linked(code, context["way"](code, href))


def _filters(voice: Voice) -> dict[str, Callable[..., Any]]:
    shown = voice.format
    return {
        "say": voice.say,
        "show": voice.show,
        "in_words": words,
        "event": lambda event: voice.say(event_title(event)),
        "local": shown.local,
        "local_time": shown.local_time,
        "local_date": shown.local_date,
        "day": shown.day,
        "long_date": shown.long_date,
        "label_date": shown.label_date,
        "clock": shown.clock,
        "utc": shown.utc,
        "iso": shown.iso,
        "start_of_count": shown.start_of_count,
        "zone_name": shown.zone_name,
        "minutes": shown.minutes,
        "cells": shown.cells,
        "scientific": shown.scientific,
        "millilitres": shown.millilitres,
        "file_size": shown.file_size,
        "amount": shown.amount,
        "percent_tenths": shown.percent_tenths,
        "celsius": shown.celsius,
        "doublings": shown.doublings,
        "number": shown.number,
        "decimal": shown.decimal,
        "signed": shown.signed,
        "unit": shown.unit,
        "grouped": grouped,
        "pieces": pieces,
        "labelled": labelled,
    }
