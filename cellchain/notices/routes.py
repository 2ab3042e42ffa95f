"""A person's notices, how they are reached, and the outbox for whoever looks after it."""

from fastapi import Request
from starlette.responses import HTMLResponse

from cellchain.notices import commands as commands  # importing them registers their forms and their API
from cellchain.notices import queries
from cellchain.web.access import Number, access, actor_of, reading
from cellchain.web.envelopes import new_request_id
from cellchain.web.html import render
from cellchain.web.paging import AskedFor, listed
from cellchain.web.routing import house_router

router = house_router()


def bell(request: Request) -> int:
    """How many notices wait for this person; none where the database cannot be asked: error pages are drawn too."""
    try:
        with reading(request) as tx:
            return queries.open_count(tx, actor_of(request).person)
    except Exception:
        return 0


@router.get("/notices")
@access("notices.answer")
def notices(request: Request, asked: AskedFor) -> HTMLResponse:
    """What this person was told, what waits for them first."""
    person = actor_of(request).person
    with reading(request) as tx:
        view = listed(request, tx, queries.ENDED_OF, asked, person=person)
        waiting, ended = queries.waiting(tx, person), queries.ended_lines(view.rows)
    return render(request, "notices/notices.html", waiting=waiting, view=view.shown(ended), fresh=new_request_id)


@router.get("/notices/settings")
@access("notices.answer")
def settings(request: Request) -> HTMLResponse:
    """How this person is reached, and by which kinds."""
    actor = actor_of(request)
    with reading(request) as tx:
        address = queries.address_of(tx, actor.person)
        choices = queries.choices(tx, actor.person, sorted(actor.roles))
        sends_mail = tx.house.sends_mail
    return render(
        request, "notices/settings.html", address=address, choices=choices, sends_mail=sends_mail, fresh=new_request_id
    )


@router.get("/notices/mail")
@access("notices.retry_mail")
def mail(request: Request, asked: AskedFor) -> HTMLResponse:
    """How the mails get on, and those that are done, in pages."""
    with reading(request) as tx:
        outbox, sends_mail = queries.outbox(tx), tx.house.sends_mail
        view = listed(request, tx, queries.DONE, asked)
        done = view.shown(queries.mail_lines(tx, view.rows))
    return render(request, "notices/mail.html", outbox=outbox, done=done, sends_mail=sends_mail, fresh=new_request_id)


@router.get("/notices/{number}")
@access("notices.answer")
def notice(request: Request, number: Number) -> HTMLResponse:
    """One notice, and who knows of it."""
    with reading(request) as tx:
        page = queries.notice_page(tx, number, actor_of(request).person)
    return render(request, "notices/notice.html", view=page)
