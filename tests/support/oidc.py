"""A directory: a small OpenID Connect provider on loopback, true to the standard unless a test asks it to lie.

Discovery, authorization code flow with PKCE S256, one-time codes that belong to their client, redirect URI and
challenge, ID tokens with nonce and auth_time, JWKS with rotation, a remembered sign-in, RP-initiated logout, and the
issuer in the answer (RFC 9207).
"""

import asyncio
import base64
import hashlib
import hmac
import html
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import uvicorn
from joserfc import jwk, jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CODE_SECONDS = 60
TOKEN_SECONDS = 300
CLIENT_ID, CLIENT_SECRET = "cellchain-test", "a secret: that only the two of them know, 100%"
REMEMBERED = "directory-remembers"


@dataclass
class Account:
    """Somebody whom the directory knows."""

    subject: str
    password: str
    claims: dict[str, Any] = field(default_factory=dict)


@dataclass
class Grant:
    """What a code stands for."""

    account: Account
    redirect_uri: str
    challenge: str
    nonce: str | None
    proved_at: float
    given_at: float


class Directory:
    """The provider. What it does wrong stands in `lies`, `algorithm`, `hangs_s` and `down`; all are honest at first."""

    def __init__(self, issuer: str, redirect_uris: list[str], now: Callable[[], float] = time.time) -> None:
        self.issuer = issuer
        self.redirect_uris = redirect_uris
        self.now = now
        self.accounts: dict[str, Account] = {}
        self.keys: list[Any] = [
            jwk.ECKey.generate_key("P-256", {"kid": "first", "alg": "ES256", "use": "sig"}, private=True)
        ]
        self.asked: list[str] = []  # the paths that were asked for
        self._codes: dict[str, Grant] = {}
        self._remembered: dict[str, tuple[Account, float]] = {}
        self.tell_the_truth()

    # -- what tests do -----------------------------------------------------------------------------------------------

    def tell_the_truth(self) -> None:
        """Be as the standard says, and at hand."""
        self.lies: dict[str, Any] = {}  # claims that the next ID tokens state instead; None leaves one out
        self.algorithm: str | None = None  # sign by this instead: "none", "HS256"
        self.told: dict[str, Any] = {}  # what discovery states instead
        self.answers: dict[str, str | None] = {}  # what the authorization answer states instead
        self.hangs_s = 0.0
        self.down = False
        self.basic_alone = True
        self.listed: list[Any] = []  # the keys that it lists instead of those that it signs with

    def know(self, username: str, password: str, **claims: Any) -> Account:
        """Somebody new."""
        made = Account(f"subject-of-{username}", password, {"preferred_username": username, **claims})
        self.accounts[username] = made
        return made

    def rotate(self, key: Any | None = None, kid: str = "second") -> None:
        """Sign with another key from now on; the one before is not listed any more."""
        self.keys = [key or jwk.ECKey.generate_key("P-256", {"kid": kid, "alg": "ES256", "use": "sig"}, private=True)]

    def token(self, account: Account, nonce: str | None, proved_at: float) -> str:
        """An ID token, with the lies that a test asked for."""
        now = int(self.now())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": account.subject,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "auth_time": int(proved_at),
            **({} if nonce is None else {"nonce": nonce}),
            **account.claims,
        }
        claims = {name: value for name, value in {**claims, **self.lies}.items() if value is not None}
        if self.algorithm == "none":
            return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."
        if self.algorithm == "HS256":
            return jwt.encode({"alg": "HS256"}, claims, jwk.OctKey.import_key(CLIENT_SECRET))
        key = self.keys[0]
        return jwt.encode({"alg": str(key.alg), "kid": key.kid}, claims, key, algorithms=[str(key.alg)])

    # -- endpoints ---------------------------------------------------------------------------------------------------

    async def discovery(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/end",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [str(key.alg) for key in self.keys],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": (
                    ["client_secret_basic"] if self.basic_alone else ["client_secret_post"]
                ),
                "authorization_response_iss_parameter_supported": True,
                **self.told,
            }
        )

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        # Nothing is sent to an address that nobody registered, not even an error (RFC 6749, 4.1.2.1).
        if asked.get("client_id") != CLIENT_ID or asked.get("redirect_uri") not in self.redirect_uris:
            return HTMLResponse("<h1>This client or address is not known.</h1>", 400)
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return self._back(asked, {"error": "invalid_request"})
        if "openid" not in asked.get("scope", "").split():
            return self._back(asked, {"error": "invalid_scope"})
        remembered = self._remembered.get(request.cookies.get(REMEMBERED, ""))
        if request.method == "GET":
            stale = remembered is None or self.now() - remembered[1] > float(asked.get("max_age", "inf"))
            if asked.get("prompt") == "login" or stale or remembered is None:
                return HTMLResponse(_form())
            return self._granted(asked, *remembered)
        given = await request.form()
        if given.get("act") == "refuse":
            return self._back(asked, {"error": "access_denied"})
        account = self.accounts.get(str(given.get("username")))
        if account is None or not hmac.compare_digest(account.password, str(given.get("password"))):
            return HTMLResponse(_form("Wrong. Try again."), 401)
        response = self._granted(asked, account, self.now())
        name = secrets.token_urlsafe(16)
        self._remembered[name] = (account, self.now())
        response.set_cookie(REMEMBERED, name, httponly=True)
        return response

    def _granted(self, asked: dict[str, str], account: Account, proved_at: float) -> Response:
        code = secrets.token_urlsafe(24)
        self._codes[code] = Grant(
            account, asked["redirect_uri"], asked.get("code_challenge", ""), asked.get("nonce"), proved_at, self.now()
        )
        return self._back(asked, {"code": code})

    def _back(self, asked: dict[str, str], answer: dict[str, str]) -> Response:
        whole = {**answer, "state": asked.get("state"), "iss": self.issuer, **self.answers}
        told = {name: value for name, value in whole.items() if value is not None}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told)}", 302)

    async def give_token(self, request: Request) -> Response:
        given = {name: str(value) for name, value in (await request.form()).items()}
        if not self._is_client(request, given):
            return JSONResponse({"error": "invalid_client"}, 401)
        grant = self._codes.pop(given.get("code", ""), None)  # used once, whatever comes of it
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        proved = grant is not None and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == grant.challenge
        fits = grant is not None and grant.redirect_uri == given.get("redirect_uri")
        late = grant is not None and self.now() - grant.given_at > CODE_SECONDS
        if grant is None or not proved or not fits or late or given.get("grant_type") != "authorization_code":
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(24),
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
                "id_token": self.token(grant.account, grant.nonce, grant.proved_at),
            },
            headers={"cache-control": "no-store"},
        )

    def _is_client(self, request: Request, given: dict[str, str]) -> bool:
        basic = base64.b64encode(f"{quote_plus(CLIENT_ID)}:{quote_plus(CLIENT_SECRET)}".encode()).decode()
        by_header = request.headers.get("authorization") == f"Basic {basic}"
        by_form = given.get("client_id") == CLIENT_ID and given.get("client_secret") == CLIENT_SECRET
        return by_header if self.basic_alone else by_form

    async def list_keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.listed or self.keys]})

    async def end(self, request: Request) -> Response:
        self._remembered.pop(request.cookies.get(REMEMBERED, ""), None)
        back = request.query_params.get("post_logout_redirect_uri", "")
        known = {uri.rsplit("/directory/", 1)[0] + "/sign-in" for uri in self.redirect_uris}
        return RedirectResponse(back, 302) if back in known else HTMLResponse("<h1>You are signed out.</h1>")

    def app(self) -> Any:
        """The provider as an application, with its ways of being away."""
        made = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/authorize", self.authorize, methods=["GET", "POST"]),
                Route("/token", self.give_token, methods=["POST"]),
                Route("/keys", self.list_keys),
                Route("/end", self.end),
            ]
        )

        async def door(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                self.asked.append(scope["path"])
                if self.hangs_s:
                    await asyncio.sleep(self.hangs_s)
                if self.down:
                    await Response("out of order", 503)(scope, receive, send)
                    return
            await made(scope, receive, send)

        return door


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _form(fault: str = "") -> str:
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Hospital directory</title>"
        "<link rel=icon href='data:,'><h1>Hospital directory</h1>"
        f"<p>{html.escape(fault)}</p><form method=post>"
        "<label>Name <input name=username autocomplete=username></label>"
        "<label>Password <input name=password type=password autocomplete=current-password></label>"
        "<button name=act value=enter>Enter</button><button name=act value=refuse>Do not share</button></form>"
    )


@contextmanager
def running(redirect_uris: list[str], now: Callable[[], float] = time.time) -> Iterator[Directory]:
    """A directory on a free port of this machine, served by a thread of this process."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    directory = Directory(f"http://127.0.0.1:{listening.getsockname()[1]}", redirect_uris, now)
    server = uvicorn.Server(uvicorn.Config(directory.app(), log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield directory
    finally:
        server.should_exit = True
        thread.join(15)
        listening.close()
