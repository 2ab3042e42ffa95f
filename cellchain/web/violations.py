"""What a browser reports of the content policy: that something on a page wanted to run, load or send, and was stopped.

A report may hold whatever stood in an address or on a page. What is kept of it is a directive of a closed list, the
route as it is declared, and of what kind the thing was that was stopped; it is counted, and a line of the log.
"""

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
import structlog
from fastapi import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from cellchain.kernel.errors import Invalid
from cellchain.ledger.run import Runner
from cellchain.web.access import PUBLIC, access
from cellchain.web.bodies import NOT_JSON, read_body
from cellchain.web.limits import Buckets, address_of, of_address
from cellchain.web.observed import UNMATCHED
from cellchain.web.routing import house_router
from cellchain.web.security import REPORTS

router = house_router()
log = structlog.get_logger()

REPORT_BYTES_MAX, REPORTS_MAX = 16_384, 20
DIRECTIVES = frozenset(
    {f"{kind}-src" for kind in ("default", "script", "style", "img", "font", "connect", "object", "media", "frame")}
    | {f"{kind}-src-{part}" for kind in ("script", "style") for part in ("elem", "attr")}
    | {"worker-src", "manifest-src", "child-src", "form-action", "frame-ancestors", "base-uri"}
)
STOPPED = frozenset({"inline", "eval", "wasm-eval", "self", "data", "blob"})
FOREIGN, OTHER = "foreign", "other"


@router.post(REPORTS, include_in_schema=False)
@access(PUBLIC)
async def violated(request: Request) -> Response:
    """Count what a browser reports. A page without a session has a policy too, so nobody has to be signed in."""
    wait = cast(Buckets, request.app.state.violations).wait_s(address_of(request.scope))
    if wait:
        raise of_address(wait)
    body = await read_body(request.receive, REPORT_BYTES_MAX)
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Invalid({"body": NOT_JSON}) from error
    runner = cast(Runner, request.app.state.runner)
    for report in _reports(told):
        directive = _one_of(
            DIRECTIVES, _text(report, "effective-directive", "effectiveDirective", "violated-directive")
        )
        runner.measures.violated(directive)
        route = _route_of(request, _text(report, "document-uri", "documentURL"))
        stopped = _stopped(_text(report, "blocked-uri", "blockedURL"))
        log.warning("policy.violated", kind=directive, fault=stopped, route=route)
    return Response(status_code=204)


def _reports(told: object) -> Iterator[dict[str, Any]]:
    """The reports of either form: one in `csp-report`, or a list of which each has a `body`."""
    many = told if isinstance(told, list) else [told]
    for one in many[:REPORTS_MAX]:
        inner = (one.get("csp-report") or one.get("body")) if isinstance(one, dict) else None
        if isinstance(inner, dict):
            yield inner


def _text(report: dict[str, Any], *names: str) -> str:
    given = next((report[name] for name in names if name in report), "")
    return given if isinstance(given, str) else ""


def _one_of(known: frozenset[str], given: str) -> str:
    first = given.partition(" ")[0]
    return first if first in known else OTHER


def _stopped(address: str) -> str:
    kind = address.partition(":")[0]
    if kind in ("http", "https", "ws", "wss"):
        return FOREIGN
    return _one_of(STOPPED, kind)


def _route_of(request: Request, address: str) -> str:
    """The declared route behind the address of a page; never the address."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return UNMATCHED
    scope: Scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    routes = request.app.state.routes
    found = next((route for route in routes if route.matches(scope)[0] is Match.FULL), None)
    return UNMATCHED if found is None else str(found.path)
