"""What is taken away from safety as files: the report form of an event, and the listing for a committee."""

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Query, Request
from starlette.responses import Response

from cellchain.followup.safety.queries import SEE_RELATEDNESS
from cellchain.kernel.errors import NotFound
from cellchain.kernel.later import later
from cellchain.trace.recalls.exports import stand
from cellchain.trace.safety.variants import Variant
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.downloads import as_download
from cellchain.web.html import language_of
from cellchain.web.i18n import Voice
from cellchain.web.routing import house_router
from cellchain.web.tables import CSV

# What sets paper is loaded with the first paper.
if TYPE_CHECKING:
    from cellchain.trace.safety import form as forms
    from cellchain.trace.safety import listing as listings
else:
    forms, listings = later("cellchain.trace.safety.form"), later("cellchain.trace.safety.listing")

router = house_router()
PDF = "application/pdf"
Language = Literal["en", "ru", ""]
Version = Annotated[int, Query(ge=0, le=10_000)]
Study = Annotated[str, Query(max_length=14)]


@router.get("/safety/events/{number}/report.pdf")
@access(SEE_RELATEDNESS)
def report(
    request: Request,
    number: Number,
    version: Version = 0,
    form: Variant = Variant.BLINDED,
    language: Language = "",
) -> Response:
    """The form of one report, as it went out; version 0 is a draft of what is known now."""
    voice = _voice(request, language)
    with reading(request) as tx:
        what = forms.told(tx, number, version, form, actor_of(request))
        content = forms.Form(tx, what, voice, stand(tx), demonstration=request.app.state.demonstration).document()
    return as_download(content, f"adverse-event-{number}-{version}-{form.value}-{voice.language}.pdf", PDF)


@router.get("/safety/listing.{form}")
@access(SEE_RELATEDNESS)
def listed(request: Request, form: str, study: Study = "", arms: bool = False, language: Language = "") -> Response:
    """Every adverse event of a study; with arms for who may see them, and without for everybody else."""
    voice = _voice(request, language)
    with reading(request) as tx:
        rows, at = listings.listing(tx, study, actor_of(request), voice, with_arms=arms), stand(tx)
        name = f"adverse-events-{study}{'-arms' if rows.with_arms else ''}-{at.entries}"
        if form == "csv":
            return as_download(listings.table(rows, at, voice), f"{name}.csv", CSV)
        if form == "pdf":
            sheet = listings.Sheet(tx, rows, voice, at, demonstration=request.app.state.demonstration)
            return as_download(sheet.document(), f"{name}.pdf", PDF)
    raise NotFound("listing.unknown", "There is no such form of the listing. Take it as csv or as pdf.")


def _voice(request: Request, language: str) -> Voice:
    return Voice(language or language_of(request), request.app.state.settings.zone)
