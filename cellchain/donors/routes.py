"""Pages of donors and donations. Every verb has its form under /do/donors/; the questions have a page of their own."""

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.donors import describe, pages, queries
from cellchain.donors.commands import record_questionnaire
from cellchain.donors.commands.questions import RecordQuestionnaire
from cellchain.donors.describe import VISIT_STANDS
from cellchain.donors.rules.lifecycles import DonorPhase
from cellchain.identity.codes import Kind
from cellchain.kernel.errors import CellchainError
from cellchain.web.access import access, actor_of, reading, run_order
from cellchain.web.envelopes import parse_envelope
from cellchain.web.forms import parse_form
from cellchain.web.house import form_items
from cellchain.web.html import render, voice_of
from cellchain.web.paging import AskedFor, listed
from cellchain.web.panels import clock_bar
from cellchain.web.problems import status_of
from cellchain.web.routing import house_router

router = house_router()
Item = tuple[str, object]
Items = list[Item]
READS_HEALTH = "donors.report_post_donation_information"  # who may report what a donor said may read it


@router.get("/donors")
@access("donors.read")
def donors(request: Request, asked: AskedFor) -> HTMLResponse:
    """All donors, the newest first: who may give now, and what stands in the way of the others."""
    with reading(request) as tx:
        view = listed(request, tx, queries.DONORS, asked, kinds=(Kind.DONOR,), phases=DonorPhase)
        lines = queries.donor_lines(tx, view.rows)
    view, may_register = view.shown(lines), actor_of(request).may("donors.register_donor")
    return render(request, "donors/donors.html", view=view, stands=describe.stands, may_register=may_register)


@router.get("/donors/{code}")
@access("donors.read")
def donor(request: Request, code: str) -> HTMLResponse:
    """One donor: the answer first, then answers, tests, donations, visits, consents and determinations."""
    actor = actor_of(request)
    with reading(request) as tx:
        view = pages.donor_view(tx, code, actor)
    reads_health = actor.may(READS_HEALTH)
    return render(request, "donors/donor.html", view=view, reads_health=reads_health, visit_stands=VISIT_STANDS)


@router.get("/donors/{code}/questions")
@access("donors.record_questionnaire")
def questions(request: Request, code: str) -> Response:
    """The questions in force, to be asked one after another."""
    return _questions(request, code)


@router.post("/donors/{code}/questions")
@access("donors.record_questionnaire")
def answered(request: Request, code: str, items: Items = Depends(form_items)) -> Response:
    """What the donor said; what was entered comes back with whatever is wrong with it."""
    zone = request.app.state.settings.zone
    try:
        envelope = parse_envelope(items, zone)
        order = parse_form(RecordQuestionnaire, [*items, ("donor", code)], zone)
        run_order(
            request,
            record_questionnaire,
            order,
            request_id=str(envelope.request_id),
            reason=envelope.reason,
            happened_at=envelope.happened_at,
        )
    except CellchainError as error:
        return _questions(request, code, items, error)
    return RedirectResponse(f"/donors/{code}", 303)


def _questions(
    request: Request, code: str, items: Items | None = None, error: CellchainError | None = None
) -> HTMLResponse:
    with reading(request) as tx:
        profile = queries.profile(tx, code)
    form = pages.question_form(items or (), error)
    status = 200 if error is None else status_of(error)
    return render(request, "donors/questions.html", status, profile=profile, form=form, entered=dict(items or ()))


@router.get("/donations/{code}")
@access("donors.read")
def donation(request: Request, code: str) -> HTMLResponse:
    """One harvest: where it is, until when the laboratory needs it, what its bag says, and how the donor fares."""
    with reading(request) as tx:
        view, now = pages.donation_view(tx, code), tx.now
    facts, may = view.facts, actor_of(request).may
    is_waiting = facts.phase == "harvested" and now < facts.process_by
    bar = clock_bar(voice_of(request), facts.ended_at, now, facts.process_by) if is_waiting else None
    reads_health = may(READS_HEALTH)
    return render(
        request,
        "donors/donation.html",
        view=view,
        bar=bar,
        may=may,
        reads_health=reads_health,
        visit_stands=VISIT_STANDS,
    )
