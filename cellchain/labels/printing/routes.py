"""The print queue, and the printers of the house."""

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.labels import design as designs
from cellchain.labels.printing import commands as commands  # importing them registers their forms and their API
from cellchain.labels.printing import queries
from cellchain.web.access import access, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/labels/queue")
@access("labels.read")
def print_queue(request: Request) -> HTMLResponse:
    """The labels on their way to paper, those that wait for a person first."""
    with reading(request) as tx:
        view = queries.queue_view(tx)
    return render(request, "labels/print_jobs.html", view=view)


@router.get("/labels/printers")
@access("printing.configure_printer")
def printers(request: Request) -> HTMLResponse:
    """The printers, how they get on, and which station uses which."""
    with reading(request) as tx:
        lines, places, stations = queries.printer_lines(tx), queries.places(tx), sorted(queries.stations(tx))
    return render(
        request, "labels/printers.html", printers=lines, places=places, stations=stations, designs=designs.names()
    )
