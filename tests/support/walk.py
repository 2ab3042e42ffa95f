"""A walk over the pages as one person: from Today along every link and form, a few of each kind of address."""

import html
import re
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

from tests.bedside.browser import Front

EACH = 5  # so many addresses of a kind: /trace/BG…, /do/quality/hold?subject=LT…
LINKS = re.compile(
    r'<a\b[^>]*?\shref="([^"#]*)(?:#[^"]*)?"|<form\b[^>]*?\saction="([^"]+)"|<img\b[^>]*?\ssrc="([^"]+)"'
    r"|hx-get=\"([^\"]+)\""
)
CODE, NUMBER = re.compile(r"[A-Z]{2}\d{12}"), re.compile(r"(?<=[/=])\d+")
# Addresses that only take something, whoever asks: they answer no GET.
ONLY_TAKE = ("/sign-out", "/sign-in", "/scan", "/language", "/lock", "/station")


@dataclass(frozen=True)
class Seen:
    """One page as one person got it, and the page that led there."""

    path: str
    led_by: str
    status: int
    text: str


def walked(front: Front, who: str, each: int = EACH, **headers: str) -> list[Seen]:
    """Every page that links and forms lead `who` to; a redirect is followed as one more page."""
    known, kinds, found = {"/"}, Counter[str](), []
    waiting = deque([("/", "")])
    while waiting:
        path, led_by = waiting.popleft()
        answer = front.page(who, path, **headers)
        is_page = "text/html" in answer.headers.get("content-type", "")
        found.append(Seen(path, led_by, answer.status_code, answer.text if is_page else ""))
        for onward in _ways(answer, path, is_page):
            kind = NUMBER.sub("#", CODE.sub(lambda code: code[0][:2] + "#", onward))
            if onward not in known and kinds[kind] < each:
                known.add(onward)
                kinds[kind] += 1
                waiting.append((onward, path))
    return found


def _ways(answer: Any, path: str, is_page: bool) -> list[str]:
    if answer.status_code == 303:
        ways = [str(answer.headers["location"])]
    elif is_page:
        ways = [
            html.unescape(next(part for part in way.groups() if part is not None))
            for way in LINKS.finditer(answer.text)
        ]
    else:
        return []
    ways = [path.partition("?")[0] + way if way.startswith("?") else way for way in ways]
    return [way for way in ways if way.startswith("/") and not way.startswith(("/static/", *ONLY_TAKE))]


def words_of(text: str) -> str:
    """What a page says: its text, and the names that its drawings and fields have."""
    spoken = re.findall(r'\s(?:aria-label|alt|title|placeholder|data-announce|data-over)="([^"]*)"', text)
    bare = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->", " ", text, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", bare) + "\n" + "\n".join(spoken))


def codes_in(text: str) -> set[str]:
    """The codes that a page shows or leads to, however they are grouped."""
    said = html.unescape(re.sub(r"</?(?:span|mark)\b[^>]*>", "", text))
    return set(re.findall(r"[A-Z]{2}\d{12}", re.sub(r"(?<=\w)[\s\u00a0\u202f](?=\d)", "", said)))
