"""Trace, the ledger's own screens and API, and Today."""

import dataclasses
from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from cellchain.accounts import queries as accounts
from cellchain.identity.codes import ungrouped
from cellchain.identity.scan import System
from cellchain.ledger import checkpoints, notes
from cellchain.ledger import queries as ledger
from cellchain.quality.redactions import queries as redactions
from cellchain.trace import finding, openapi, queries, rules, today, words
from cellchain.trace.rules import Direction
from cellchain.trial import queries as trial
from cellchain.web.access import Asked, Counted, Number, access, actor_of, reading
from cellchain.web.data import DataResponse
from cellchain.web.html import render, voice_of
from cellchain.web.paging import AskedFor, listed
from cellchain.web.panels import clock_bar
from cellchain.web.routing import house_router

router = house_router()
Subject = Annotated[str, Query(max_length=40)]


@router.get("/api/v1/trace/{code}")
@access("trace.read", "trace.read_all", "trace.read_own")
def trace_api(request: Request, code: str, direction: Direction = Direction.BOTH) -> DataResponse:
    """The graph as nodes and edges."""
    with reading(request) as tx:
        graph = queries.trace(tx, code, direction, actor_of(request))
    return DataResponse(words.as_data(graph))


@router.get("/trace")
@access("trace.read", "trace.read_all", "trace.read_own")
def trace_start(request: Request, code: Annotated[str, Query(max_length=256)] = "") -> Response:
    """Where to begin: scan or enter a code, in groups or without, or the number that another system gave the thing."""
    if not code.strip():
        return render(request, "trace/start.html")
    with reading(request) as tx:
        read = tx.house.read(tx, code, station=actor_of(request).device)
        if read.system is System.NATIVE:
            read = tx.house.read(tx, code.upper(), by_hand=True)
        found = tx.house.named_by(tx, read)
    return RedirectResponse(f"/trace/{found}", 303)


@router.get("/trace/{code}")
@access("trace.read", "trace.read_all", "trace.read_own")
def trace_page(request: Request, code: str, direction: Direction = Direction.BOTH) -> HTMLResponse:
    """The graph drawn by the server, and the same as a list."""
    actor = actor_of(request)
    chosen = direction if actor.may("trace.read_all") or "direction" in request.query_params else Direction.BACKWARD
    with reading(request) as tx:
        graph = queries.trace(tx, code, chosen, actor)
        directions = queries.allowed(tx, graph.root, actor)
    view = words.trace_words(graph)
    return render(
        request,
        "trace/trace.html",
        graph=graph,
        drawing=rules.drawn(graph),
        direction=chosen,
        view=view,
        directions=directions,
        traces_all=actor.may("trace.read_all"),
        may_recall=actor.may("quality.recall")
        and not graph.root.startswith("RC")
        and chosen is not Direction.BACKWARD
        and bool(view.went_into),
    )


@router.get("/find")
@access("house.use")
def find_page(request: Request, asked: AskedFor, kind: Annotated[str, Query(max_length=2)] = "") -> Response:
    """Things by their code or how it begins; a whole code leads to its page."""
    actor = actor_of(request)
    with reading(request) as tx:
        whole = finding.whole(tx, asked.begins, actor)
        if whole:
            return RedirectResponse(whole, 303)
        look, way = partial(listed, request, tx), partial(request.app.state.way, actor)
        found = finding.find(look, tx, asked, kind, way, request.app.state.settings.site_number)
    return render(request, "trace/find.html", found=found)


@router.get("/ledger")
@access("trace.read_ledger")
def ledger_page(request: Request, asked: AskedFor, subject: Subject = "") -> HTMLResponse:
    """The entries, newest first; or those about one thing."""
    about = ungrouped(subject)
    with reading(request) as tx:
        if about:
            hidden = not queries.may_read_about(about, actor_of(request))
            asked = replace(asked, more={"subject": about})
            view = listed(request, tx, ledger.ENTRIES_ABOUT, asked, subject="" if hidden else about)
        else:
            view = listed(request, tx, ledger.ENTRIES, asked)
        names = {row.actor: accounts.display_name(tx, row.actor) for row in view.rows}
    standing = request.app.state.witnesses.standing()
    return render(request, "trace/ledger.html", view=view, subject=about, names=names, witnesses=standing)


@router.get("/ledger/{seq}")
@access("trace.read_ledger")
def entry_page(request: Request, seq: Number) -> HTMLResponse:
    """One entry: its body as it was hashed for who may see arms, its place in the chain for everybody else."""
    with reading(request) as tx:
        entry = ledger.entry(tx, seq)
        name = accounts.display_name(tx, entry.actor)
        is_last = not ledger.entries_after(tx, seq, 1)
        erasable = redactions.offered(tx, seq) if actor_of(request).may("quality.ask_redaction") else []
    return render(
        request,
        "trace/entry.html",
        entry=entry,
        view=words.entry_words(entry.body),
        body=words.pretty(entry.body),
        whole=actor_of(request).may(trial.SEE_ARM),
        name=name,
        is_last=is_last,
        erasable=erasable,
    )


@router.get("/api/v1/ledger/entries")
@access("trace.read_ledger")
def entries_api(request: Request, after: Asked = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 1000) -> DataResponse:
    """Entries after a number: whole for who may see arms, their heads for others. Proofs verify for everybody."""
    with reading(request) as tx:
        entries = ledger.entries_after(tx, after, limit)
    told = words.whole_entry if actor_of(request).may(trial.SEE_ARM) else words.head_of_entry
    return DataResponse({"entries": [told(row) for row in entries]})


@router.get("/api/v1/ledger/checkpoint")
@access("trace.read_ledger")
def checkpoint_api(request: Request) -> DataResponse:
    """A signed checkpoint of the chain as it is now."""
    state = request.app.state
    note = checkpoints.signed(state.database, state.folder, state.tree)
    read = notes.check(note, state.folder.public_keys())
    return DataResponse({"size": read.size, "root": read.root, "at": read.at, "note": note})


@router.get("/api/v1/ledger/proof")
@access("trace.read_ledger")
def proof_api(request: Request, entry: Counted, size: Counted) -> DataResponse:
    """The path from an entry to the root over the first `size` entries (RFC 6962)."""
    with reading(request) as tx:
        return DataResponse(dataclasses.asdict(request.app.state.tree.proof(tx, entry, size)))


@router.get("/api/v1/ledger/consistency")
@access("trace.read_ledger")
def consistency_api(request: Request, old_size: Counted, size: Counted) -> DataResponse:
    """That the chain of `size` entries begins with the chain of `old_size` (RFC 6962)."""
    with reading(request) as tx:
        return DataResponse(dataclasses.asdict(request.app.state.tree.consistency(tx, old_size, size)))


@router.get("/openapi.json")
@access("house.use")
def openapi_api(request: Request) -> DataResponse:
    """What the API offers, generated from the registry of commands."""
    return DataResponse(openapi.document())


@router.get("/")
@access("house.use")
def today_page(request: Request) -> HTMLResponse:
    """What needs this person, the chain as it is now, and the clocks that run."""
    with reading(request) as tx:
        view = today.today(tx, actor_of(request))
        now = tx.now
    voice = voice_of(request)
    bars = [
        clock_bar(voice, one.begin, now, one.end, one.until if one.until < one.end else None) for one in view.clocks
    ]
    clocks = tuple(zip(view.clocks, bars, strict=True))
    return render(request, "trace/today.html", view=view, clocks=clocks, may=actor_of(request).may)
