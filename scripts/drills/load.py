"""Clients that check bags at the bedside without a pause, and write down every answer they got.

A client does what a tablet does: while the answer is a 503, or there is none, it sends the same request again under the
same number. So what the ledger must hold afterwards is known: one entry for each request that was answered, that one.
"""

import http.client
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

LOOK = {"intact": True, "no_clumps": True, "label_legible": True}
PATIENCE_S = 180.0


@dataclass(frozen=True)
class Answered:
    """An acknowledged request, and the entry that the answer named."""

    request_id: str
    seq: int
    hash: str
    at: float
    tries: int
    waited_s: float


@dataclass
class Journal:
    """What all clients saw. `refusals` counts the sentences of answers that were none."""

    answered: list[Answered] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)
    without_retry_after: int = 0
    others: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note_refusal(self, code: str, *, says_when: bool = True) -> None:
        """An answer that sends the client away for a moment, or no answer at all."""
        with self.lock:
            self.refusals[code] = self.refusals.get(code, 0) + 1
            self.without_retry_after += not says_when

    def note(self, answer: Answered) -> None:
        """An acknowledged request."""
        with self.lock:
            self.answered.append(answer)


class Load:
    """`clients` threads over one server; each has a nurse's token."""

    def __init__(self, port: int, tokens: list[str], orders: list[dict[str, Any]], clients: int) -> None:
        self.port = port
        self.journal = Journal()
        self._orders = orders
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._client, args=(number, tokens[number % len(tokens)]), daemon=True)
            for number in range(clients)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each client get its last answer."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _client(self, number: int, token: str) -> None:
        headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        link: http.client.HTTPConnection | None = None
        count = number
        while not self._stopping.is_set():
            count += 1
            link = self._until_answered(link, headers, self._orders[count % len(self._orders)])

    def _until_answered(
        self, link: http.client.HTTPConnection | None, headers: dict[str, str], order: dict[str, Any]
    ) -> http.client.HTTPConnection | None:
        request = str(uuid.uuid4())
        body = json.dumps({"request_id": request, "order": order})
        began, tries = time.monotonic(), 0
        while time.monotonic() - began < PATIENCE_S:
            tries += 1
            try:
                link = link or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                link.request("POST", "/api/v1/bedside/check", body, headers)
                answer = link.getresponse()
                told = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.journal.note_refusal(type(error).__name__)
                link = None
                time.sleep(0.5)
                continue
            if answer.status == 200:
                entry, now = told["entry"], time.monotonic()
                self.journal.note(Answered(request, entry["seq"], entry["hash"], now, tries, now - began))
                return link
            wait = answer.getheader("retry-after")
            if answer.status != 503:
                with self.journal.lock:
                    self.journal.others.append(f"{answer.status} {told.get('code')}")
                return link
            self.journal.note_refusal(str(told.get("code")), says_when=wait is not None)
            time.sleep(min(float(wait or 1), 3.0))
        return link
