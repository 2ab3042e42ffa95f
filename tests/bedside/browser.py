"""People before the application: a client over a copy of the demonstration, signed in as whoever the test needs."""

import uuid
from typing import Any

import httpx2 as httpx
from starlette.testclient import TestClient

from cellchain.web.session import SESSION_COOKIE
from tests.bedside.world import World

OURS = {"sec-fetch-site": "same-origin"}


class Front:
    """The application's door: scripts with a token, browsers with a cookie."""

    def __init__(self, client: TestClient, world: World) -> None:
        self.client = client
        self.world = world
        self.people = {one["username"]: one for one in world.manifest["people"]}
        self._tokens: dict[str, str] = {}
        self._cookies: dict[str, str] = {}

    def token(self, who: str) -> str:
        """A script's token for somebody."""
        if who not in self._tokens:
            password = self.people[who]["password"]
            answer = self.client.post("/api/v1/sign-in", json={"username": who, "password": password})
            assert answer.status_code == 200, answer.text
            self._tokens[who] = answer.json()["token"]
        return self._tokens[who]

    def bearer(self, who: str) -> dict[str, str]:
        """The header of a script."""
        return {"authorization": f"Bearer {self.token(who)}"}

    def get(self, who: str, path: str, **more: Any) -> httpx.Response:
        """A script reads."""
        return self.client.get(path, headers=self.bearer(who), follow_redirects=False, **more)

    def send(self, who: str, path: str, body: Any) -> httpx.Response:
        """A script posts a JSON body as it is."""
        return self.client.post(f"/api/v1/{path}", json=body, headers=self.bearer(who))

    def raw(self, who: str, path: str, content: bytes) -> httpx.Response:
        """A script posts bytes."""
        return self.client.post(f"/api/v1/{path}", content=content, headers=self.bearer(who))

    def order(self, who: str, path: str, order: Any, **envelope: Any) -> httpx.Response:
        """A script runs a command."""
        body = {"request_id": str(uuid.uuid4()), "order": order, **envelope}
        return self.send(who, path, body)

    def cookie(self, who: str) -> dict[str, str]:
        """The cookie header of somebody's browser."""
        if who not in self._cookies:
            self.client.cookies.clear()
            form = {"username": who, "password": self.people[who]["password"], "next": "/"}
            answer = self.client.post("/sign-in", data=form, follow_redirects=False)
            assert answer.status_code == 303, answer.text
            self._cookies[who] = answer.cookies[SESSION_COOKIE]
            self.client.cookies.clear()
        return {"cookie": f"{SESSION_COOKIE}={self._cookies[who]}"}

    def page(self, who: str, path: str, **headers: str) -> httpx.Response:
        """A browser opens a page."""
        return self.client.get(path, headers={**self.cookie(who), **headers}, follow_redirects=False)

    def csrf(self, who: str) -> str:
        """The token of somebody's session, as the gate knows it."""
        session = self.world.installation.gate.find(self.cookie(who)["cookie"].split("=", 1)[1], by_cookie=True)
        return session.csrf

    def signature(self, who: str) -> dict[str, str]:
        """A signer's name and password."""
        return {"username": who, "password": self.people[who]["password"]}
