"""The pack for paper, made on demand."""

from typing import Annotated, Literal

from fastapi import Query, Request
from starlette.responses import Response

from cellchain.identity.codes import LocationCode
from cellchain.trace.ward_pack import keeper
from cellchain.web.access import access
from cellchain.web.downloads import as_download
from cellchain.web.routing import house_router

router = house_router()
Language = Annotated[Literal["en", "ru"], Query()]
Ward = Annotated[LocationCode | None, Query()]


@router.get("/bedside/downtime/pack")
@access("bedside.declare_downtime")
def pack(request: Request, language: Language = "en", ward: Ward = None) -> Response:
    """The pack as it is now, to print and to keep on the ward: of that ward alone, or of every bag."""
    state = request.app.state
    content = keeper.made(
        state.database, language, demonstration=state.demonstration, phone=state.settings.laboratory_phone, ward=ward
    )
    name = "ward-pack" if ward is None else f"ward-pack.{ward}"
    return as_download(content, f"{name}.{language}.pdf", "application/pdf")
