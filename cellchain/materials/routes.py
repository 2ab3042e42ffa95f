"""Pages of material lots, equipment and locations. Every verb has its form under /do/materials/."""

from functools import partial

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from cellchain.accounts.queries import display_name
from cellchain.labels.worn import on_thing
from cellchain.materials import describe, inventory, logbook, pages, queries
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.downloads import as_download
from cellchain.web.html import render
from cellchain.web.paging import AskedFor, listed
from cellchain.web.routing import house_router

router = house_router()


@router.get("/materials")
@access("materials.read")
def materials(request: Request, asked: AskedFor) -> HTMLResponse:
    """All lots by expiry, those that have ended on the pages before; and everything that is bought."""
    with reading(request) as tx:
        site = request.app.state.settings.site_number
        page = pages.lots_asked_for(partial(listed, request, tx), tx, asked, site)
        view = pages.lots_page(tx, page)
    return render(request, "materials/lots.html", view=view, stands=describe.stands, may=actor_of(request).may)


@router.get("/materials/lots/{code}")
@access("materials.read")
def lot(request: Request, code: str) -> HTMLResponse:
    """One lot: whether it may be used, and everything it went into."""
    with reading(request) as tx:
        line, uses, counts = queries.lot_line(tx, code), queries.uses_of(tx, code), inventory.counts_of(tx, code)
        certificates = queries.certificates_of(tx, code)
        staff = {line.lot.received_by, line.lot.accepted_by or line.lot.received_by, *(use.used_by for use in uses)}
        staff |= {count.counted_by for count in counts} | {file.attached_by for file in certificates}
        people = {person: display_name(tx, person) for person in staff}
        worn = on_thing(tx, code, describe.design_of(code))
    actor = actor_of(request)
    return render(
        request,
        "materials/lot.html",
        line=line,
        uses=uses,
        counts=counts,
        certificates=certificates,
        people=people,
        stand=describe.stands(line),
        next_step=describe.next_step(line, certificates_count=len(certificates)),
        actions=describe.lot_actions(line, actor),
        worn=worn,
        may=actor.may,
    )


@router.get("/materials/certificates/{number}")
@access("materials.read")
def certificate(request: Request, number: Number) -> Response:
    """A supplier's certificate as it came: downloaded, never shown by the browser."""
    with reading(request) as tx:
        file = queries.certificate(tx, number)
        content = tx.house.fetch(file.digest)
    return as_download(content, file.name, file.kind.media_type)


@router.get("/materials/equipment")
@access("materials.read")
def all_equipment(request: Request) -> HTMLResponse:
    """All equipment: what may be used, and whose calibration is due."""
    with reading(request) as tx:
        lines = queries.equipment_lines(tx)
    may = actor_of(request).may
    return render(request, "materials/all_equipment.html", lines=lines, stands=describe.stands, may=may)


@router.get("/materials/equipment/{code}")
@access("materials.read")
def equipment(request: Request, code: str) -> HTMLResponse:
    """One piece of equipment: whether it may be used, and what was done about it."""
    with reading(request) as tx:
        line, upkeep = queries.equipment_line(tx, code), logbook.upkeep_of(tx, code)
        people = {row.person: display_name(tx, row.person) for row in upkeep}
        worn = on_thing(tx, code, describe.design_of(code))
    actor = actor_of(request)
    return render(
        request,
        "materials/equipment.html",
        line=line,
        upkeep=upkeep,
        people=people,
        stand=describe.stands(line),
        next_step=describe.next_step(line),
        actions=describe.equipment_actions(line, actor),
        worn=worn,
        may=actor.may,
    )


@router.get("/materials/locations")
@access("materials.read")
def locations(request: Request) -> HTMLResponse:
    """All places."""
    with reading(request) as tx:
        places = queries.locations(tx)
    return render(request, "materials/locations.html", places=places, may=actor_of(request).may)


@router.get("/materials/locations/{code}")
@access("materials.read")
def location(request: Request, code: str) -> HTMLResponse:
    """One place."""
    with reading(request) as tx:
        place, worn = queries.location_facts(tx, code), on_thing(tx, code, describe.design_of(code))
    actor = actor_of(request)
    actions = describe.location_actions(place, actor)
    return render(
        request, "materials/location.html", place=place, actions=actions, next_step=None, worn=worn, may=actor.may
    )
