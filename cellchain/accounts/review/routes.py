"""The reviews of access, and one of them line by line."""

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.accounts.review import commands as commands  # importing them registers their forms and their API
from cellchain.accounts.review import queries
from cellchain.accounts.review.rules import LineAnswer
from cellchain.web.access import Number, access, reading
from cellchain.web.html import render
from cellchain.web.routing import house_router

router = house_router()


@router.get("/people/reviews")
@access("accounts.read")
def reviews(request: Request) -> HTMLResponse:
    """Every review, when the next is due, and what is still to be done after one."""
    with reading(request) as tx:
        return render(
            request,
            "accounts/reviews.html",
            reviews=queries.reviews(tx),
            due=queries.next_due(tx),
            waiting=queries.unsettled(tx),
            names=queries.names(tx),
            days_between=request.app.state.settings.access_review_days,
        )


@router.get("/people/reviews/{number}")
@access("accounts.read")
def review(request: Request, number: Number) -> HTMLResponse:
    """One review: every account with what is known of it, and what was said about it."""
    with reading(request) as tx:
        row = queries.review_facts(tx, number)
        lines = queries.lines_of(tx, row)
        return render(
            request,
            "accounts/review.html",
            review=row,
            lines=lines,
            unanswered=sum(line.answer is None for line in lines),
            names=queries.names(tx),
            counts=[(answer, sum(line.answer == answer for line in lines)) for answer in LineAnswer],
        )
