"""A page for each label design: what is signed is what was looked at, and old versions stay viewable."""

from typing import Annotated, Literal

from fastapi import Query, Request
from starlette.responses import HTMLResponse, Response

from cellchain.labels import design as designs
from cellchain.labels import elements, pdf, queries, render
from cellchain.labels.layout import place
from cellchain.web.access import access, reading
from cellchain.web.html import render as page
from cellchain.web.routing import house_router

router = house_router()
DPI = 203
Language = Literal["ru", "en", "both"]


@router.get("/labels/designs/{name}")
@access("labels.read")
def design(request: Request, name: str) -> HTMLResponse:
    """One design: as its folder holds it now, what it must show, and its versions with their dates of use."""
    current = designs.load(name)
    with reading(request) as tx:
        versions = queries.versions_of(tx, name)
        approved = queries.approved_version(tx, name)
    needs = elements.of_design(name)
    return page(request, "labels/design.html", design=current, versions=versions, approved=approved, needs=needs)


@router.get("/labels/designs/{name}/picture")
@access("labels.read")
def picture(
    request: Request, name: str, language: Language = "ru", version: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """The design filled with its sample, as a preview: as it is now, or as a version was approved."""
    known = designs.load(name)
    if version is not None:
        with reading(request) as tx:
            known = queries.design_of(tx, name, version)
    sheet = place(known, designs.sample(name), language=language, preview=True, demonstration=True)
    return Response(render.png(pdf.draw(sheet), DPI), media_type="image/png")
