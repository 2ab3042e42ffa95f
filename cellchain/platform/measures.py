"""What one process counts about itself for a monitoring system: requests, commands and batches.

Labels come from closed sets alone: a route as it is declared, a verb of the registry, a class of status. So no address,
no code and no name can become one, and the number of series has an end. A process counts its own work and nobody
else's: `docs/operations/monitoring.md` says what that means where several serve one database.
"""

from collections.abc import Iterable
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.registry import Collector

from cellchain import __version__

# A page takes milliseconds, a durable entry some more, a certificate a second.
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
BATCHES = (1, 2, 4, 8, 16, 32)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Measures:
    """The counters of one installation in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "cellchain_requests",
            "Requests answered, by declared route, method and class of status.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "cellchain_request_seconds",
            "Time until a request was answered whole.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._commands = Counter(
            "cellchain_commands",
            "Commands by verb and outcome: done, refused (recorded too), replayed, failed (nothing is stored).",
            ("command", "outcome"),
            registry=self.registry,
        )
        self._batches = Histogram(
            "cellchain_batch_commands",
            "Commands that shared one commit on SQLite.",
            buckets=BATCHES,
            registry=self.registry,
        )
        self._commits = Histogram(
            "cellchain_commit_seconds",
            "Time that one commit took: mostly the disk's.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self._violations = Counter(
            "cellchain_policy_violations",
            "What browsers reported of the content policy, by its directive.",
            ("directive",),
            registry=self.registry,
        )
        Gauge("cellchain_build", "The version of the program.", ("version",), registry=self.registry).labels(
            __version__
        ).set(1)
        # Looking a series up by its labels takes a lock and builds a tuple of texts; each is looked up once.
        self._request_series = lru_cache(maxsize=8_192)(self._requests.labels)
        self._seconds_series = lru_cache(maxsize=2_048)(self._seconds.labels)
        self._command_series = lru_cache(maxsize=4_096)(self._commands.labels)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered whole."""
        self._request_series(route, method if method in METHODS else "other", f"{status // 100}xx").inc()
        self._seconds_series(route).observe(seconds)

    def ran(self, command: str, outcome: str) -> None:
        """A command came to its end: `done`, `refused`, `replayed` or `failed`."""
        self._command_series(command, outcome).inc()

    def violated(self, directive: str) -> None:
        """A browser stopped what the content policy forbids; the directive is one of a closed list."""
        self._violations.labels(directive).inc()

    def committed(self, commands: int) -> None:
        """So many commands shared a commit."""
        self._batches.observe(commands)

    def flushed(self, seconds: float) -> None:
        """A commit took so long."""
        self._commits.observe(seconds)

    def text(self, more: Iterable[Collector] = ()) -> bytes:
        """Everything in Prometheus' text format, with what `more` finds out now."""
        once = CollectorRegistry()
        for collector in more:
            once.register(collector)
        return generate_latest(self.registry) + generate_latest(once)
