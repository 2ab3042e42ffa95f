"""A browser for the drills: it goes from one house to the other, and keeps the cookies that each of them gave."""

import re
import uuid
from urllib.parse import urljoin, urlsplit

import httpx

HOPS_MAX = 10


class Visitor:
    """Cookies of two houses on one machine are told apart by port, and `Secure` ones go over loopback, as browsers do
    there. `page` is the last answer."""

    def __init__(self) -> None:
        self._client = httpx.Client(timeout=15, follow_redirects=False)
        self._cookies: dict[str, dict[str, str]] = {}
        self.page: httpx.Response | None = None

    def close(self) -> None:
        """Leave."""
        self._client.close()

    def ask(self, method: str, address: str, **more: object) -> httpx.Response:
        """One question to an address, and its answer."""
        kept = self._cookies.setdefault(urlsplit(address).netloc, {})
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in kept.items())}
        if method == "POST":
            headers["sec-fetch-site"] = "same-origin"
        self._client.cookies.clear()
        answer = self._client.request(method, address, headers=headers, **more)  # type: ignore[arg-type]
        for cookie in answer.headers.get_list("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            kept[name] = value.strip('"')
        self.page = answer
        return answer

    def follow(self, address: str, *, until: str = "") -> str:
        """Go where one is sent, up to the page that sends no further, or to an address that begins with `until`."""
        for _ in range(HOPS_MAX):
            if until and address.startswith(until):
                return address
            answer = self.ask("GET", address)
            if answer.status_code not in (301, 302, 303, 307):
                return address
            address = urljoin(address, answer.headers["location"])
        raise TimeoutError(f"sent on more than {HOPS_MAX} times")

    @property
    def text(self) -> str:
        """The last page."""
        return "" if self.page is None else self.page.text

    def send(self, address: str, form_at: str, **given: str) -> httpx.Response:
        """Fill in a form that stands at `form_at`."""
        self.ask("GET", form_at)
        found = re.search(r'name="csrf" value="([^"]*)"', self.text)
        form = {"csrf": "" if found is None else found[1], "request_id": str(uuid.uuid4()), **given}
        return self.ask("POST", address, data=form)
