"""Headers on every answer, and the check that an unsafe request came from our own pages."""

from collections.abc import Iterator

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cellchain.kernel.errors import Forbidden
from cellchain.web.problems import problem_response

# Where a browser tells what it stopped (web/violations.py). `report-to` is newer, but a browser that is given
# both keeps its reports back for a while, and every browser knows this one.
REPORTS = "/reports/policy"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    f"report-uri {REPORTS}"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    # What frame-ancestors says, for a browser too old for it; and a filter of old browsers that did harm is put out.
    "x-frame-options": "DENY",
    "x-xss-protection": "0",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
}
# Said where the connection is encrypted already; a browser on plain HTTP (loopback, a demonstration) is not bound.
ONLY_ENCRYPTED = "max-age=63072000; includeSubDomains"
# A worker has a policy of its own. The camera's runs WebAssembly, and may do nothing but fetch our own files; so no
# page has to allow it (docs/decisions/0007).
CAMERA_READER = "/static/js/camera-reader.js"
CAMERA_READER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
_FOR_ALL = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
_FOR_READER = list({**dict(_FOR_ALL), b"content-security-policy": CAMERA_READER_POLICY.encode()}.items())
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class SecurityHeaders:
    """Adds the headers; clinical pages are never cached unless a route says otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                said = {name for name, _ in given}
                message = {**message, "headers": [*given, *(one for one in _wanted(scope) if one[0] not in said)]}
            await send(message)

        await self.app(scope, receive, with_headers)


def _wanted(scope: Scope) -> Iterator[tuple[bytes, bytes]]:
    """What an answer says unless its route said otherwise; names in lower case, as they travel."""
    yield from _FOR_READER if scope["path"] == CAMERA_READER else _FOR_ALL
    if scope.get("scheme") == "https":
        yield b"strict-transport-security", ONLY_ENCRYPTED.encode()
    # Our own files are asked for again by their tag; everything else may be about somebody.
    yield b"cache-control", b"no-cache" if scope["path"].startswith("/static/") else b"no-store"


class SameOrigin:
    """Refuses an unsafe request that a browser sends from elsewhere than our own origin.

    Decided by Sec-Fetch-Site, else by Origin; a request with neither is refused when it carries cookies, and otherwise
    no browser's doing: a script's. A request without cookies is asked as well: a foreign page could sign people in here
    under its own name, and what they then record would stand under that name. Checked before the session is looked at.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE and not _same_origin(scope):
            error = Forbidden(
                "request.cross_site", "This request did not come from a page of ours. Open the page again and repeat."
            )
            await problem_response(error)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _same_origin(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site == "same-origin"
    if origin is not None:
        return origin.partition("://")[2] == headers.get("host")
    return "cookie" not in headers
