"""Pages of donors and donations. Every verb has its form under /do/donors/."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from cellchain.donors import describe, queries
from cellchain.labels.licensed import queries as licensed
from cellchain.web.access import access, actor_of, reading
from cellchain.web.html import render, voice_of
from cellchain.web.panels import clock_bar

router = APIRouter()


@router.get("/donors")
@access("donors.read")
def donors(request: Request) -> HTMLResponse:
    """All donors: who may give now, and what stands in the way of the others."""
    with reading(request) as tx:
        lines, count = queries.donor_lines(tx), queries.donors_count(tx)
    may_register = actor_of(request).may("donors.register_donor")
    return render(
        request, "donors/donors.html", lines=lines, count=count, stands=describe.stands, may_register=may_register
    )


@router.get("/donors/{code}")
@access("donors.read")
def donor(request: Request, code: str) -> HTMLResponse:
    """One donor: the answer first, then screening, donations, consents and determinations."""
    with reading(request) as tx:
        file = queries.donor_file(tx, code)
    actor = actor_of(request)
    actions = describe.actions_for(file.standing, actor)
    return render(
        request,
        "donors/donor.html",
        file=file,
        headline=describe.headline(file),
        steps=describe.steps(file),
        actions=actions,
        next_action=describe.next_action(file, actions),
        reads_information=actor.may("donors.report_post_donation_information"),
    )


@router.get("/donations/{code}")
@access("donors.read")
def donation(request: Request, code: str) -> HTMLResponse:
    """One harvest: where it is, until when the laboratory needs it, and what its bag says."""
    with reading(request) as tx:
        facts = queries.donation_facts(tx, code)
        people = queries.names_of(tx, {facts.operator, facts.recorded_by})
        now, standing = tx.now, queries.donor_standing(tx, facts.donor)
        isbt_on, isbt = licensed.is_on(tx), licensed.number_of(tx, code)
    bar = None
    if facts.phase == "harvested" and now < facts.process_by:
        bar = clock_bar(voice_of(request), facts.ended_at, now, facts.process_by)
    return render(
        request,
        "donors/donation.html",
        donation=facts,
        people=people,
        bar=bar,
        isbt_on=isbt_on,
        isbt=isbt,
        stands=describe.stands(standing),
        may=actor_of(request).may,
    )
