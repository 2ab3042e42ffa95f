"""The figures for a monitoring system, and the page of the house's health."""

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from cellchain import __version__
from cellchain.kernel.errors import Forbidden
from cellchain.platform.measures import TYPE
from cellchain.trace.operations import health, rules
from cellchain.trace.operations.gauges import Standings
from cellchain.trace.operations.standing import Standing, standing_of
from cellchain.web.access import PUBLIC, access
from cellchain.web.html import render
from cellchain.web.limits import address_of
from cellchain.web.routing import house_router

router = house_router()


@router.get("/metrics", include_in_schema=False)
@access(PUBLIC)  # a session opens nothing here: `_may_measure` does
def metrics(request: Request) -> Response:
    """What this process counted and how the house stands, in Prometheus' text format."""
    if not _may_measure(request):
        raise Forbidden(
            "metrics.not_allowed",
            "The figures are for the monitoring system. Read them on this machine, or bear the token of "
            "CELLCHAIN_METRICS_TOKEN_FILE.",
        )
    return Response(request.app.state.runner.measures.text([Standings(_seen(request))]), media_type=TYPE)


@router.get("/health")
@access("operations.read_health")
def health_page(request: Request) -> HTMLResponse:
    """How the house is, for administrators."""
    found = health.findings(request.app.state)
    return render(request, "trace/health.html", findings=found, version=__version__)


def _may_measure(request: Request) -> bool:
    if rules.asks_from_here(address_of(request.scope), request.headers):
        return True
    file = request.app.state.settings.metrics_token_file
    if file is None:
        return False
    try:
        token = file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return False
    return rules.holds_token(request.headers.get("authorization", ""), token)


def _seen(request: Request) -> Standing | None:
    try:
        return standing_of(request.app.state)
    except Exception:  # a database that is away is what the monitoring system has to hear of
        return None
