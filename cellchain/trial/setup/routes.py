"""The pages of a study's set-up, and the files that prove its list. Every verb has its own form at /do/trial/…"""

import json
from importlib import resources
from typing import Annotated, Any

from fastapi import Path, Request
from starlette.responses import HTMLResponse, Response

from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import NotFound
from cellchain.ledger.filekinds import FileKind
from cellchain.trial import queries
from cellchain.trial.setup import pages
from cellchain.trial.setup import queries as setup
from cellchain.web.access import access, actor_of, reading
from cellchain.web.downloads import as_download
from cellchain.web.html import language_of, render
from cellchain.web.routing import house_router
from cellchain.web.tables import CSV, as_csv

router = house_router()
Number = Annotated[int, Path(ge=1, le=10_000)]
JSON = "application/json"
SCRIPT = "verify_allocation_list.py"


@router.get("/trial/studies/{study}")
@access(queries.READ)
def study_page(request: Request, study: str) -> HTMLResponse:
    """A study: how far it is, its versions and sites, what its list is committed to, and its definition in words."""
    with reading(request) as tx:
        view = pages.setup_page(tx, study, actor_of(request))
    words = {"versions": pages.VERSION_WORDS, "duties": pages.DUTY_WORDS}
    context: dict[str, Any] = {"shown": view, "view": view.page, "names": view.names, "words": words}
    return render(request, "trial/study.html", may=actor_of(request).may, **context)


@router.get("/trial/studies/{study}/versions/{number}")
@access(queries.READ)
def version(request: Request, study: str, number: Number) -> HTMLResponse:
    """One version of a study beside the one before it, and what it does with those who are in the study."""
    with reading(request) as tx:
        view = pages.version_page(tx, study, number)
    return render(request, "trial/setup/version.html", view=view, words=pages.VERSION_WORDS, may=actor_of(request).may)


@router.get("/trial/studies/{study}/versions/{number}/file")
@access(queries.READ)
def version_file(request: Request, study: str, number: Number) -> Response:
    """The file that a version came as, byte for byte."""
    with reading(request) as tx:
        version = setup.compared(tx, study, number).version
        if version.file is None or version.file_name is None:
            raise NotFound("study.no_file", "This version was entered as a text. There is no file of it.")
        content = tx.house.fetch(version.file)
    return as_download(content, version.file_name, FileKind.TEXT.media_type)


@router.get("/trial/studies/{study}/screening")
@access(queries.READ)
def screening(request: Request, study: str) -> HTMLResponse:
    """Everybody who was looked at for a study, and why some of them did not come in."""
    with reading(request) as tx:
        view = pages.screening_page(tx, study, language_of(request))
    words: dict[str, Any] = {"reasons": pages.REASON_WORDS, "outcome_of": pages.outcome_of}
    return render(request, "trial/setup/screening.html", view=view, may=actor_of(request).may, **words)


@router.get("/trial/studies/{study}/screening.csv")
@access(queries.READ)
def screening_table(request: Request, study: str) -> Response:
    """The screening log as a table: no name, no date of birth, no words."""
    with reading(request) as tx:
        queries.study_definition(tx, study)
        content = as_csv(setup.screening_rows(tx, study))
    return as_download(content, f"{study}-screening.csv", CSV)


@router.get("/trial/studies/{study}/list.json")
@access(queries.SEE_ARM)
def list_export(request: Request, study: str) -> Response:
    """The revealed rows with their salts and paths, for the stand-alone check against the root in the ledger."""
    with reading(request) as tx:
        content = setup.list_export(tx, study)
    return _as_json(content, f"{study}-list.json")


@router.get("/trial/studies/{study}/sealed-list.json")
@access("trial.commit_allocation_list")
def sealed_export(request: Request, study: str) -> Response:
    """Every row as it lies sealed, with the list's key under the passphrase of who committed it."""
    with reading(request) as tx:
        content = setup.sealed_export(tx, study)
    return _as_json(content, f"{study}-sealed-list.json")


@router.get("/trial/verify_allocation_list.py")
@access(queries.READ)
def script(_request: Request) -> Response:
    """The stand-alone check: one file that needs Python and nothing of this installation."""
    content = resources.files("cellchain.trial.setup").joinpath(SCRIPT).read_bytes()
    return as_download(content, SCRIPT, "text/x-python")


def _as_json(content: dict[str, Json], name: str) -> Response:
    return as_download(json.dumps(content, indent=1).encode(), name, JSON)
