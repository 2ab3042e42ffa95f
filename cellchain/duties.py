"""What one process does for all of them: it prints, mails, makes documents and keeps the pack for paper.

While serving, each process asks whether it is its turn; one that stops or dies leaves it to another within seconds.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from cellchain.platform.turns import Turn

LOOK_S = 2.0
STOP_S = 60.0
log = structlog.get_logger()


class Worker(Protocol):
    """What is started when the turn comes, and stopped when it goes. Never started twice: hire another one."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Duties:
    """`start` and `stop` belong to the application; `hire` makes the workers anew for each turn."""

    def __init__(self, turn: Turn, hire: Callable[[], Sequence[Worker]]) -> None:
        self._turn = turn
        self._hire = hire
        self._hired: list[Worker] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="duties", daemon=True)

    @property
    def held(self) -> bool:
        """Whether they are this process's now."""
        return bool(self._hired)

    def start(self) -> None:
        """Take the turn if it is free, and go on asking."""
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in hand, and let another process go on."""
        self._stopping.set()
        self._thread.join(STOP_S)
        self._dismiss()
        self._turn.give_back()

    def look(self) -> None:
        """One look at whose turn it is."""
        try:
            ours = self._turn.taken()
            if ours and not self._hired:
                for worker in self._hire():
                    worker.start()
                    self._hired.append(worker)
            elif not ours:
                self._dismiss()
        except Exception as error:  # a database that is away now is back later
            log.warning("duties.not_begun", fault=type(error).__name__)
            self._dismiss()
            self._turn.give_back()

    def _dismiss(self) -> None:
        while self._hired:
            self._hired.pop().stop()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            self.look()
