"""The files of a closed review."""

from typing import TYPE_CHECKING, Literal

from fastapi import Request
from starlette.responses import Response

from cellchain.kernel.errors import NotFound
from cellchain.kernel.later import later
from cellchain.trace.recalls.exports import stand
from cellchain.web.access import Number, access, reading
from cellchain.web.downloads import as_download
from cellchain.web.html import language_of
from cellchain.web.i18n import Voice
from cellchain.web.routing import house_router
from cellchain.web.tables import CSV

# What sets paper is loaded with the first paper.
if TYPE_CHECKING:
    from cellchain.trace.access import sheets
else:
    sheets = later("cellchain.trace.access.sheets")

router = house_router()
PDF = "application/pdf"


@router.get("/people/reviews/{number}/review.{form}")
@access("accounts.read")
def taken(request: Request, number: Number, form: str, language: Literal["en", "ru", ""] = "") -> Response:
    """A closed review as PDF or CSV, in the reader's language unless another is asked for."""
    voice = Voice(language or language_of(request), request.app.state.settings.zone)
    with reading(request) as tx:
        what, at, name = sheets.told(tx, number), stand(tx), f"access-review-{number}"
        if form == "csv":
            return as_download(sheets.table(what, at, voice), f"{name}.csv", CSV)
        if form == "pdf":
            sheet = sheets.Sheet(tx, what, voice, at, demonstration=request.app.state.demonstration)
            return as_download(sheet.document(), f"{name}.{voice.language}.pdf", PDF)
    raise NotFound("access_review.no_such_form", "There is no such form of the review. Take it as csv or as pdf.")
