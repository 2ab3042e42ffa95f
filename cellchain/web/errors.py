"""One handler for every error: a page, a fragment, or problem+json, with the truthful status."""

import traceback
from typing import TextIO
from urllib.parse import quote

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from cellchain.kernel.errors import CellchainError, Invalid, NotFound, SignInNeeded, WrongMethod
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.platform.away import DRIVERS, fault_of
from cellchain.platform.db import BEYOND
from cellchain.web.faults import sentence
from cellchain.web.html import is_fragment, render
from cellchain.web.observed import HEADER, route_of
from cellchain.web.problems import PROBLEM_TYPE, asked_response, headers_of, problem_response, status_of
from cellchain.web.session import PasskeyAsked

log = structlog.get_logger()


@dataclass(frozen=True)
class ErrorView:
    """What `error.html` shows."""

    status: int
    code: str
    text: T
    reference: str = ""


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(CellchainError, _refused)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _http)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _malformed)  # type: ignore[arg-type]
    app.add_exception_handler(PasskeyAsked, _asked)  # type: ignore[arg-type]
    for beyond in BEYOND:
        app.add_exception_handler(beyond, _beyond)
    for of_driver in DRIVERS:
        app.add_exception_handler(of_driver, _of_driver)
    app.add_exception_handler(Exception, _fault)
    if not structlog.is_configured():
        structlog.configure(processors=LOGGED)


def wants_json(request: Request) -> bool:
    """Whether a program asks: the API and its description, or whoever says so."""
    return is_api(request.url.path) or request.headers.get("accept", "").startswith("application/json")


def is_api(path: str) -> bool:
    """Whether a path is for programs, which follow no redirect and read no page."""
    return path.startswith("/api/") or path == "/openapi.json"


def respond(request: Request, error: CellchainError) -> Response:
    """`error` for whoever asked."""
    if wants_json(request):
        return problem_response(error)
    if isinstance(error, SignInNeeded) and request.method in ("GET", "HEAD"):
        return _to_sign_in(request)
    view = ErrorView(status_of(error), error.code, error.text, number_of_request(request))
    back = request.headers.get("referer", "/")
    if is_fragment(request):
        return render(request, "partials/_error.html", view.status, error=view)
    page = render(
        request, "error.html", view.status, error=view, back=back if back.startswith(str(request.base_url)) else "/"
    )
    page.headers.update(headers_of(error))
    return page


def _to_sign_in(request: Request) -> Response:
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/sign-in?next={quote(path, safe='/')}"
    if is_fragment(request):
        return Response(status_code=204, headers={"hx-redirect": target})
    return RedirectResponse(target, 303)


def _way(out: TextIO, fault: structlog.typing.ExcInfo) -> None:
    """A fault in the log: the places it came through and its kind. What it says may repeat what somebody sent."""
    for place in traceback.extract_tb(fault[2]):
        out.write(f"\n  {place.filename}:{place.lineno} {place.name}")
    out.write(f"\n  {fault[0].__name__}")


# Without this, structlog would print the values of all variables on the way, passwords among them.
LOGGED: list[structlog.typing.Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.dev.ConsoleRenderer(colors=False, exception_formatter=_way),
]


async def _refused(request: Request, error: CellchainError) -> Response:
    return respond(request, error)


async def _asked(request: Request, asked: PasskeyAsked) -> Response:
    return asked_response(asked)


async def _http(request: Request, error: HTTPException) -> Response:
    """What the router itself refuses: an unknown path or method."""
    if error.status_code == 405:
        return respond(request, WrongMethod(allowed=_allowed(request)))
    if is_api(request.url.path) and request.state.session is None:
        return respond(request, request.state.session_problem or SignInNeeded())
    return respond(request, NotFound("page.not_found", "There is no such page. Open Today and go on from there."))


def _allowed(request: Request) -> set[str]:
    """The methods that some route takes at this address."""
    routes = [route for route in request.app.state.routes if route.matches(request.scope)[0] is not Match.NONE]
    return {method for route in routes for method in route.methods}


async def _malformed(request: Request, error: RequestValidationError) -> Response:
    """An address that cannot be: a wrong place in its path is no page, a wrong question is named."""
    faults = {".".join(str(part) for part in fault["loc"][1:]): fault for fault in error.errors()}
    if any(fault["loc"][0] == "path" for fault in faults.values()):
        return respond(request, NotFound("page.not_found", "There is no such page. Open Today and go on from there."))
    return respond(request, Invalid({name: sentence(fault) for name, fault in faults.items()}))


async def _beyond(request: Request, error: Exception) -> Response:
    """A value beyond what any record can hold, on either database: it names nothing."""
    if request.method in ("GET", "HEAD"):
        return respond(request, NotFound("page.not_found", "There is no such page. Open Today and go on from there."))
    return respond(request, Invalid({"": T("A number in the order is too large.")}))


async def _of_driver(request: Request, error: Exception) -> Response:
    """An error of a driver that nobody put in words on its way: told where the files are to blame, ours otherwise."""
    fault = fault_of(error)
    if fault is None:
        raise error
    return respond(request, fault)


async def _fault(request: Request, error: Exception) -> Response:
    """A fault of ours: logged under a number that the person can tell, without what they sent."""
    number = number_of_request(request)
    log.error("fault", request_id=number, route=route_of(request.scope), kind=type(error).__name__, exc_info=error)
    text = T("Something went wrong on our side. Nothing was changed.")
    if wants_json(request):
        body = {
            "type": "urn:cellchain:problem:fault",
            "title": "Fault",
            "status": 500,
            "code": "fault",
            "message": str(text),
            "request_id": number,
        }
        return Response(orjson.dumps(body), 500, {HEADER: number}, PROBLEM_TYPE)
    return render(request, "error.html", 500, {HEADER: number}, error=ErrorView(500, "fault", text, number), back="/")


def number_of_request(request: Request) -> str:
    """The number under which the log has this request."""
    return str(getattr(request.state, "number", ""))
