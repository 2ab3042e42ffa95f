"""The pages of outcomes, and the data to take out."""

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.followup.lifecycles import MissingReason
from cellchain.followup.models import DataExport
from cellchain.followup.outcomes import dataset, package, queries, reading, rules
from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.kernel.text import T
from cellchain.trial import queries as trial
from cellchain.web.access import access, actor_of
from cellchain.web.access import reading as reading_of
from cellchain.web.downloads import as_download
from cellchain.web.html import language_of, render
from cellchain.web.routing import house_router

router = house_router()
ZIP = "application/zip"
# Why there is no value, in words: reasons that people give, and what the calendar says.
WHY: dict[str, T] = {
    **{str(reason): reason.label for reason in MissingReason},
    dataset.NOT_ENTERED: T("not entered"),
    dataset.NOT_DUE: T("not due"),
    dataset.DUE: T("due now"),
    dataset.OVERDUE: T("overdue"),
    dataset.UNUSABLE: T("grade F, not counted"),
}
TYPES = {"text": T("text"), "integer": T("whole number"), "decimal": T("decimal number")}


@router.get("/outcomes")
@access(rules.READ)
def first_study(request: Request) -> RedirectResponse:
    """The outcomes of the study that runs here."""
    with reading_of(request) as tx:
        known = queries.studies(tx)
    if not known:
        raise NotFound("study.none", "No study is open here. Open one first.")
    return RedirectResponse(f"/outcomes/{known[-1]}", 303)


@router.get("/outcomes/{study}")
@access(rules.READ)
def outcomes(request: Request, study: str) -> HTMLResponse:
    """A study's outcomes by visit, and by arm for who may compare arms."""
    actor = actor_of(request)
    with reading_of(request) as tx:
        view = queries.outcomes_page(tx, study, actor, language_of(request))
    return render(request, "followup/outcomes.html", view=view, why=WHY, may=actor.may)


@router.get("/outcomes/{study}/dictionary")
@access(rules.READ)
def dictionary(request: Request, study: str) -> HTMLResponse:
    """What each column of the data means, in the reader's language; the file that goes with the data is English."""
    with reading_of(request) as tx:
        known = trial.study_definition(tx, study)
        with_arms = queries.compares_arms(actor_of(request), locked=queries.is_locked(tx, study))
    columns = package.columns(known, with_arms=with_arms)
    return render(request, "followup/dictionary.html", study=known, columns=columns, types=TYPES)


@router.get("/outcomes/{study}/exports/{export}")
@access(rules.EXPORT)
def take(request: Request, study: str, export: int) -> Response:
    """The data of an export, made anew from the ledger: today as on the day it was asked for."""
    with reading_of(request) as tx:
        row = tx.get(DataExport, export)
        if row.study != study:
            raise NotFound("export.not_of_study", "That export is another study's. Open it from its own page.")
        if row.with_arms and not queries.compares_arms(actor_of(request), locked=queries.is_locked(tx, study)):
            raise Forbidden("export.tells_arms", "This export tells arms, which you may not compare now. Export anew.")
        content = package.package(*reading.as_of(tx, study, row.as_of, with_arms=row.with_arms))
    return as_download(content, f"{study}-{row.as_of}.zip", ZIP)
