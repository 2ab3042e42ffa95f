"""A walk through the pages of a served house: what each role is led to, two of each kind."""

import html
import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

PAGES_MAX = 400
EACH_KIND = 2
LED_TO = re.compile(r'(?:href|src)="(/[^"#]*)')


@dataclass
class Walked:
    """How many answers of each status and kind there were, and where something failed."""

    kinds: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = ", ".join(f"{number} {kind}" for kind, number in self.kinds.most_common(4))
        return "; ".join([told, *self.faults[:5]])


def walk(house: str, people: Iterable[Mapping[str, Any]], roles: Sequence[str]) -> Walked:
    """Follow every link, picture and paper as one person of each role. Whatever is no success is a fault."""
    walked = Walked()
    everybody = list(people)
    for role in roles:
        person = next(one for one in everybody if role in one["roles"])
        with httpx.Client(base_url=house, timeout=60, follow_redirects=True) as client:
            words = {"username": person["username"], "password": person["password"]}
            token = client.post("/api/v1/sign-in", json=words).json()["token"]
            client.headers["authorization"] = f"Bearer {token}"
            _walk(client, role, walked)
    return walked


def _walk(client: httpx.Client, role: str, walked: Walked) -> None:
    waiting, seen, kinds = deque(["/"]), {"/"}, Counter[str]()
    for _ in range(PAGES_MAX):
        if not waiting:
            return
        path = waiting.popleft()
        answer = client.get(path)
        kind = answer.headers.get("content-type", "").partition(";")[0]
        walked.kinds[kind] += 1
        if answer.status_code != 200:
            walked.faults.append(f"{role} {path} {answer.status_code}")
        for link in map(html.unescape, LED_TO.findall(answer.text) if kind == "text/html" else ()):
            alike = re.sub(r"\d+", "0", link)
            if link not in seen and kinds[alike] < EACH_KIND:
                seen.add(link)
                kinds[alike] += 1
                waiting.append(link)
