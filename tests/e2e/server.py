"""A served copy of the demonstration, and the people who use it: scripts with a token, browsers with a cookie."""

import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
from playwright.sync_api import Page, expect

from scripts import served as processes
from scripts.served import HOST, free_port


class Served:
    """One running server: its address, and what its people may ask of it."""

    def __init__(self, url: str, folder: Path, passwords: dict[str, str]) -> None:
        self.url = url
        self.folder = folder
        self.passwords = passwords
        self._tokens: dict[str, str] = {}
        self._cookies: dict[str, list[Any]] = {}
        self._client = httpx.Client(base_url=url, timeout=30)

    def close(self) -> None:
        """Close the connections of the scripts."""
        self._client.close()

    # -- scripts --

    def forget(self, who: str) -> None:
        """Somebody's script signs in again next time: sessions do not last days."""
        self._tokens.pop(who, None)

    def bearer(self, who: str) -> dict[str, str]:
        """The header of somebody's script."""
        if who not in self._tokens:
            answer = self.send("/api/v1/sign-in", {"username": who, "password": self.passwords[who]})
            assert answer.status_code == 200, answer.text
            self._tokens[who] = answer.json()["token"]
        return {"authorization": f"Bearer {self._tokens[who]}"}

    def send(self, path: str, body: Any, who: str | None = None) -> httpx.Response:
        """Post a JSON body, as somebody or as nobody."""
        return self._client.post(path, json=body, headers={} if who is None else self.bearer(who))

    def raw(self, path: str, content: bytes, who: str) -> httpx.Response:
        """Post bytes as they are."""
        return self._client.post(path, content=content, headers=self.bearer(who))

    def get(self, path: str, who: str | None = None) -> httpx.Response:
        """Read something, as somebody or as nobody."""
        return self._client.get(path, headers={} if who is None else self.bearer(who))

    def order(self, who: str, path: str, order: dict[str, Any], **envelope: Any) -> httpx.Response:
        """Somebody runs a command; the request gets an id of its own unless one is given."""
        body = {"request_id": str(uuid.uuid4()), "order": order, **envelope}
        return self.send(f"/api/v1/{path}", body, who)

    def do(self, who: str, path: str, /, *, signed: bool = False, **order: Any) -> dict[str, Any]:
        """Somebody runs a command that has to succeed; a decision is `signed`. Gives its result."""
        signature = {"signature": {"username": who, "password": self.passwords[who]}} if signed else {}
        answer = self.order(who, path, order, **signature)
        assert answer.status_code == 200, f"{who} {path}: {answer.text}"
        result: dict[str, Any] = answer.json()["result"]
        return result

    # -- browsers --

    def sign_in(self, page: Page, who: str, next_page: str = "/") -> Page:
        """Somebody signs in with name and password, and goes on to `next_page`."""
        page.goto(f"{self.url}/sign-in?next={next_page}")
        page.fill("#username", who)
        page.fill("#password", self.passwords[who])
        page.click(".signin-form button[type=submit]")
        expect(page).to_have_url(f"{self.url}{next_page}")
        return page

    def enter(self, page: Page, who: str) -> None:
        """Be signed in without the sign-in page, for tests of what comes after it: somebody's session is kept."""
        if who not in self._cookies:
            self.sign_in(page, who)
            self._cookies[who] = list(page.context.cookies(self.url))
        page.context.add_cookies(self._cookies[who])


class Demonstration(Served):
    """A served demonstration, with the words of its manifest."""

    def __init__(self, url: str, folder: Path) -> None:
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        super().__init__(url, folder, {one["username"]: one["password"] for one in self.manifest["people"]})

    def bags(self, bedside: str, content: str | None = None) -> list[dict[str, Any]]:
        """The bags in one bedside state."""
        found = [one for one in self.manifest["bags"] if one["bedside"] == bedside]
        return [one for one in found if content in (None, one["content"])]

    def band(self, recipient: str) -> str:
        """The symbol of a recipient's live wristband."""
        return str(next(one["wristband"] for one in self.manifest["recipients"] if one["code"] == recipient))


@contextmanager
def serving(folder: Path, host: str = HOST) -> Iterator[Demonstration]:
    """`cellchain serve` over a data folder, as a process of its own; it has to end well.

    `host` is how its people call it: passkeys want a name.
    """
    port = free_port()
    url = f"http://{host}:{port}"
    with processes.served(folder, port, {"CELLCHAIN_PUBLIC_URL": url}) as process:
        people = Demonstration(url, folder)
        yield people
        people.close()
    assert process.returncode == 0, (folder / "serve.log").read_text()


def copied(source: Path, target: Path) -> Path:
    """A copy of a data folder to write into."""
    shutil.copytree(source, target)
    return target
