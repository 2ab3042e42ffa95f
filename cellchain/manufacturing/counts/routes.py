"""The counters of the house, and a counter's own file given back as it came."""

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from cellchain.kernel.errors import NotFound
from cellchain.ledger.filekinds import FileKind
from cellchain.manufacturing.counts import commands as commands  # importing them registers their forms and their API
from cellchain.manufacturing.counts import queries
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.downloads import as_download
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/manufacturing/counters")
@access("manufacturing.read")
def counters(request: Request) -> HTMLResponse:
    """The counters, and what the columns of their files mean."""
    with reading(request) as tx:
        lines = queries.counters(tx)
    return render(request, "manufacturing/counters.html", lines=lines, may=actor_of(request).may)


@router.get("/manufacturing/counts/{number}/file")
@access("manufacturing.read")
def counter_file(request: Request, number: Number) -> Response:
    """The file that a count was read from: downloaded, never shown by the browser."""
    with reading(request) as tx:
        row = queries.count_of(tx, number)
        if row.file_hash is None:
            raise NotFound("count.no_file", "This count was entered by hand. There is no file of it.")
        content = tx.house.fetch(row.file_hash)
    return as_download(content, row.file_name or "count.csv", FileKind.TEXT.media_type)
