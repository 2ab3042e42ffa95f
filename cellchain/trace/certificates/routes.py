"""Certificates of a lot: asked for, shown with what became of them, taken away, and held against a file."""

import threading
from typing import Annotated, Any, Literal, cast

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.kernel.errors import Invalid
from cellchain.kernel.text import T
from cellchain.trace.certificates import rules, views
from cellchain.trace.documents import queue
from cellchain.trace.documents.routes import as_file
from cellchain.trace.documents.rules import CERTIFICATES, OPEN, Form, JobPhase, Reader
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.bodies import SentFile
from cellchain.web.forms import parse_form
from cellchain.web.house import file_form_items, form_items
from cellchain.web.html import is_fragment, render
from cellchain.web.routing import house_router

router = house_router()
Items = list[tuple[str, object]]
Root = Annotated[str, Query(pattern="^([0-9a-f]{64})?$")]
Entries = Annotated[int, Query(ge=0, le=2**53)]


class Wanted(BaseModel):
    """Which certificate, in which language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    form: Literal[Form.ANALYSIS, Form.RELEASE]
    language: Reader


@router.get("/certificates/lots/{code}")
@access("quality.read")
def certificates(request: Request, code: str) -> HTMLResponse:
    """The certificates of a lot, what became of each, and the way to ask for one."""
    with reading(request) as tx:
        view = views.of_lot(tx, code, request.app.state.folder)
    template = "trace/_certificates.html" if is_fragment(request) else "trace/certificates.html"
    return render(
        request, template, view=view, words=rules, phases=JobPhase, open_phases=OPEN, may=actor_of(request).may
    )


@router.post("/certificates/lots/{code}")
@access("trace.issue_certificate")
def ask(request: Request, code: str, items: Items = Depends(form_items)) -> Response:
    """Put a certificate into line, or give the one there is. Raises Refused `certificate.*`, NotFound."""
    asked = [(name, given) for name, given in items if name in Wanted.model_fields]
    wanted = parse_form(Wanted, asked, request.app.state.settings.zone)
    with reading(request) as tx:
        facts_hash = views.may_ask(tx, code, wanted.form, request.app.state.folder)
    person = actor_of(request).person
    request.app.state.runner.outside(lambda tx: queue.ask(tx, code, wanted.form, wanted.language, person, facts_hash))
    cast(threading.Event, request.app.state.document_asked).set()
    return RedirectResponse(f"/certificates/lots/{code}", 303)


@router.get("/certificates")
@access("quality.read")
def check_page(request: Request) -> HTMLResponse:
    """Where a file is held against the house."""
    return render(request, "trace/certificate_check.html", found=None, words=rules, may=actor_of(request).may)


@router.post("/certificates")
@access("quality.read")
def check(request: Request, items: Items = Depends(file_form_items)) -> HTMLResponse:
    """What a file shows. Raises Invalid, Refused `certificate.check_busy`, `.check_broke_off`."""
    sent = next((given for name, given in items if name == "file" and isinstance(given, SentFile)), None)
    if sent is None or not sent.content:
        raise Invalid({"file": T("Choose the file to check.")})
    finding = views.check(sent.content)
    with reading(request) as tx:
        found = views.checked(tx, sent.content, finding, request.app.state.folder)
    return render(request, "trace/certificate_check.html", found=found, words=rules, may=actor_of(request).may)


@router.get("/certificates/{number}")
@access("quality.read")
def certificate(request: Request, number: Number, entries: Entries = 0, root: Root = "") -> HTMLResponse:
    """One certificate: what became of it, and whether the root on the paper is that of the ledger."""
    with reading(request) as tx:
        view = views.one(tx, queue.job(tx, number, CERTIFICATES), request.app.state.folder, entries, root)
    known: dict[str, Any] = {"words": rules, "phases": JobPhase, "open_phases": OPEN, "may": actor_of(request).may}
    return render(request, "trace/certificate.html", view=view, **known)


@router.get("/certificates/{number}/file")
@access("quality.read")
def taken(request: Request, number: Number) -> Response:
    """The file. Raises NotFound, Refused `document.not_ready`."""
    with reading(request) as tx:
        job = queue.job(tx, number, CERTIFICATES)
    return as_file(request, job, f"{job.lot}-{job.form.value}-{number}-{job.language.value}.pdf")
