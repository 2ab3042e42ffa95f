"""Batch records as documents: asked for, shown as they come about, taken away as files."""

import threading
from typing import Literal, cast

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.accounts import queries as accounts
from cellchain.kernel.errors import Refused
from cellchain.manufacturing import queries as manufacturing
from cellchain.trace.documents import queue
from cellchain.trace.documents.rules import OPEN, RECORDS, Form, JobPhase, Reader
from cellchain.trace.models import DocumentJob
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.downloads import as_download
from cellchain.web.forms import parse_form
from cellchain.web.house import form_items
from cellchain.web.html import is_fragment, language_of, render
from cellchain.web.routing import house_router

router = house_router()


class Wanted(BaseModel):
    """Which form a document should have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    form: Literal[Form.PDF, Form.JSON]


@router.get("/documents/lots/{code}")
@access("manufacturing.read")
def documents(request: Request, code: str) -> HTMLResponse:
    """The documents of a lot, as far as they are, and the way to ask for another."""
    with reading(request) as tx:
        lot, jobs = manufacturing.lot_facts(tx, code), queue.jobs_of(tx, code)
        names = {job.requested_by: accounts.display_name(tx, job.requested_by) for job in jobs}
    template = "trace/_documents.html" if is_fragment(request) else "trace/documents.html"
    is_open = any(job.phase in OPEN for job in jobs)
    return render(request, template, lot=lot, jobs=jobs, names=names, is_open=is_open, phases=JobPhase)


@router.post("/documents/lots/{code}")
@access("manufacturing.read")
def ask(request: Request, code: str, items: list[tuple[str, object]] = Depends(form_items)) -> Response:
    """Put a document into line, in the language of whoever asks; nobody waits for it here."""
    asked = [(name, given) for name, given in items if name == "form"]
    wanted = parse_form(Wanted, asked, request.app.state.settings.zone)
    with reading(request) as tx:
        lot = manufacturing.lot_facts(tx, code).code
    person, language = actor_of(request).person, Reader(language_of(request))
    request.app.state.runner.outside(lambda tx: queue.ask(tx, lot, wanted.form, language, person))
    cast(threading.Event, request.app.state.document_asked).set()
    return RedirectResponse(f"/documents/lots/{lot}", 303)


@router.get("/documents/{number}")
@access("manufacturing.read")
def taken(request: Request, number: Number) -> Response:
    """A finished document. Raises NotFound, Refused `document.not_ready`, and what a lost or altered file says."""
    with reading(request) as tx:
        job = queue.job(tx, number, RECORDS)
    return as_file(request, job, f"{job.lot}-{job.language.value}.{job.form.ending}")


def as_file(request: Request, job: DocumentJob, name: str) -> Response:
    """A document to take away under `name`. Raises Refused `document.not_ready`, or what is wrong with the file."""
    if job.digest is None:
        raise Refused("document.not_ready", "This document is not made yet. Wait until its page says that it is ready.")
    content = request.app.state.folder.fetch(job.digest)
    return as_download(content, name, job.form.media_type, etag=f'"{job.digest}"')
