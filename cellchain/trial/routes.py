"""The trial's pages to read, and the physician's decision. Every verb has its own form at /do/trial/…"""

from typing import cast

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.kernel.errors import CellchainError, Invalid, NeedsSignature, Refused
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Runner
from cellchain.trial import commands, name_log, pages, queries
from cellchain.trial.commands.recipients import ConfirmEligibility
from cellchain.web.access import access, actor_of, reading, run_order
from cellchain.web.envelopes import parse_envelope
from cellchain.web.forms import parse_form
from cellchain.web.house import form_items
from cellchain.web.html import language_of, render
from cellchain.web.problems import status_of
from cellchain.web.routing import house_router

router = house_router()
Items = list[tuple[str, object]]
ANSWER = "answer."


@router.get("/trial")
@access(queries.READ, queries.READ_BLIND)
def start(request: Request) -> Response:
    """The recipients of the one study, or the studies to choose from."""
    with reading(request) as tx:
        study, studies = pages.only_study(tx), queries.studies(tx)
        if study is None:
            return render(
                request, "trial/studies.html", studies=studies, may_open=actor_of(request).may("trial.open_study")
            )
        return render(request, "trial/recipients.html", view=pages.list_view(tx, study, actor_of(request)))


@router.get("/trial/studies/{study}/recipients")
@access(queries.READ, queries.READ_BLIND)
def recipients(request: Request, study: str) -> HTMLResponse:
    """The recipients of one study."""
    with reading(request) as tx:
        return render(request, "trial/recipients.html", view=pages.list_view(tx, study, actor_of(request)))


@router.get("/trial/recipients/{code}")
@access(queries.READ, queries.READ_BLIND)
def recipient(request: Request, code: str) -> HTMLResponse:
    """One recipient: where they stand, their infusions, and what to do next."""
    with reading(request) as tx:
        return render(request, "trial/recipient.html", view=pages.recipient_view(tx, code, actor_of(request)))


@router.get("/trial/recipients/{code}/wristband")
@access(queries.SEE_NAME)
def wristband(request: Request, code: str) -> HTMLResponse:
    """The wristband: the one page with a name, and its showing is written down first."""
    with reading(request) as tx:
        view = pages.wristband_view(tx, code, actor_of(request))
    if view is None:
        raise Refused("wristband.none", "There is no wristband before randomisation. Open the recipient's page.")
    name_log.note_reading(cast(Runner, request.app.state.runner), actor_of(request), code, "wristband")
    return render(request, "trial/wristband.html", view=view)


@router.get("/trial/recipients/{code}/eligibility")
@access("trial.confirm_eligibility")
def eligibility(request: Request, code: str) -> HTMLResponse:
    """The physician's decision, before it is made."""
    return _eligibility(request, code, {})


@router.post("/trial/recipients/{code}/eligibility")
@access("trial.confirm_eligibility")
def decide(request: Request, code: str, items: Items = Depends(form_items)) -> Response:
    """Sign it; what was answered comes back with whatever was wrong."""
    given = {name.removeprefix(ANSWER): str(value) for name, value in items if name.startswith(ANSWER)}
    try:
        envelope = parse_envelope(items, request.app.state.settings.zone)
        order = _decision(request, code, given)
        request_id = str(envelope.request_id)
        run_order(request, commands.confirm_eligibility, order, request_id=request_id, proof=envelope.signature)
    except CellchainError as error:
        return _eligibility(request, code, given, error)
    return RedirectResponse(f"/trial/recipients/{code}", 303)


def _decision(request: Request, code: str, given: dict[str, str]) -> ConfirmEligibility:
    """The order that the answers make. Raises Invalid."""
    items: Items = [("recipient", code)]
    for at, (name, value) in enumerate(given.items()):
        items += [(f"answers.{at}.criterion", name), (f"answers.{at}.applies", "true" if value == "yes" else "false")]
    return parse_form(ConfirmEligibility, items, request.app.state.settings.zone)


def _eligibility(
    request: Request, code: str, given: dict[str, str], error: CellchainError | None = None
) -> HTMLResponse:
    with reading(request) as tx:
        view = pages.eligibility_view(tx, code, actor_of(request))
    return render(
        request,
        "trial/eligibility.html",
        200 if error is None else status_of(error),
        view=view,
        given=given,
        error=error,
        unsigned=isinstance(error, NeedsSignature),
        fields=error.fields if isinstance(error, Invalid) else {},
        meaning=command_of(commands.confirm_eligibility).signature,
        criteria=pages.criterion_names(view.page.study, language_of(request)),
    )
