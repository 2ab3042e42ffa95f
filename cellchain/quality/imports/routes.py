"""Results from a file: looked at first, recorded with one press, and the file given back as it came."""

from typing import Any

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.kernel.errors import CellchainError
from cellchain.ledger.filekinds import FileKind
from cellchain.ledger.registry import command_of
from cellchain.quality.imports import commands, pages
from cellchain.quality.imports import queries as files
from cellchain.quality.pages import words
from cellchain.quality.rules.result_files import COLUMNS
from cellchain.web.access import Number, access, actor_of, reading, run_order
from cellchain.web.downloads import as_download
from cellchain.web.envelopes import parse_envelope
from cellchain.web.forms import parse_form
from cellchain.web.house import file_form_items, files_taken, form_items
from cellchain.web.html import render
from cellchain.web.problems import status_of
from cellchain.web.routing import house_router

router = house_router()
Items = list[tuple[str, object]]


@router.get("/quality/imports")
@access("quality.import_results")
def start(request: Request) -> HTMLResponse:
    """Where a file is chosen, and the files that were imported."""
    return _start(request)


def _start(request: Request, error: CellchainError | None = None) -> HTMLResponse:
    with reading(request) as tx:
        known = files.files(tx)
        names = words.names_of(tx, [one.imported_by for one in known])
    status = 200 if error is None else status_of(error)
    context: dict[str, Any] = {"known": known, "names": names, "field": pages.FILE, "columns": COLUMNS, "error": error}
    return render(request, "quality/import.html", status, **context)


@router.post("/quality/imports")
@access("quality.import_results")
def look(request: Request, items: Items = Depends(file_form_items)) -> HTMLResponse:
    """What a file would record, line by line. Nothing is recorded by looking."""
    try:
        taken = pages.file_items(files_taken(request, command_of(commands.import_results), items))
        order = parse_form(commands.ImportResults, taken, request.app.state.settings.zone)
        with reading(request) as tx:
            view = pages.preview(tx, order.file)
    except CellchainError as error:
        return _start(request, error)
    return render(request, "quality/import_preview.html", view=view, words=words)


@router.post("/quality/imports/record")
@access("quality.import_results")
def record(request: Request, items: Items = Depends(form_items)) -> Response:
    """Record every line of the file that was looked at, or say why none was."""
    zone = request.app.state.settings.zone
    try:
        envelope = parse_envelope(items, zone)
        order = parse_form(commands.ImportResults, pages.file_items(items), zone)
        made = run_order(request, commands.import_results, order, request_id=str(envelope.request_id))
    except CellchainError as error:
        return _start(request, error)
    return RedirectResponse(f"/quality/imports/{made['file']}", 303)


@router.get("/quality/imports/{number}")
@access("quality.read")
def imported(request: Request, number: Number) -> HTMLResponse:
    """One file with the results that it brought, to be verified beside it."""
    who = actor_of(request)
    with reading(request) as tx:
        view = pages.file_page(tx, number, who.person)
    return render(request, "quality/imported.html", view=view, words=words, may=who.may)


@router.get("/quality/imports/{number}/file")
@access("quality.read")
def raw(request: Request, number: Number) -> Response:
    """The file as it came: downloaded, never shown by the browser."""
    with reading(request) as tx:
        row = files.file_of(tx, number)
        content = tx.house.fetch(row.file_hash)
    return as_download(content, row.file_name, FileKind.TEXT.media_type)
