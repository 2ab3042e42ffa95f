"""How the house stands, as figures. Every process of several tells the same: they come from the database."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cellchain.trace.operations.standing import Standing


class Standings(Collector):
    """Figures of one look; None where the database cannot be read now, and then that is the figure."""

    def __init__(self, seen: Standing | None) -> None:
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        """The figures, each with what it means."""
        seen = self._seen
        yield _gauge("database_up", "1 while the database can be read.", 0 if seen is None else 1)
        if seen is None:
            return
        yield CounterMetricFamily("cellchain_ledger_entries", "Entries in the ledger.", value=seen.entries)
        yield _gauge("unsigned_entries", "Entries after the newest checkpoint.", seen.unsigned)
        if seen.checkpoint_age is not None:
            age_s = seen.checkpoint_age.total_seconds()
            yield _gauge("checkpoint_age_seconds", "Since the newest checkpoint was signed.", age_s)
        yield _gauge("witnesses", "Folders that take checkpoints elsewhere.", seen.witnesses)
        yield _gauge("witnesses_away", "Of these, those that checkpoints wait for.", seen.witnesses_away)
        yield _by_state("mails", "Mails that are not sent.", waiting=seen.mails_waiting, refused=seen.mails_refused)
        yield _by_state("print_jobs", "Labels not out yet.", moving=seen.labels_moving, stuck=seen.labels_stuck)
        step_s = 0.0 if seen.clock_step is None else seen.clock_step.seconds
        yield _gauge("clock_step_seconds", "How far the clock was last moved since this process began.", step_s)
        yield _gauge("disk_free_bytes", "Room on the disk of the data folder.", seen.free_bytes)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"cellchain_{name}", what, value=value)


def _by_state(name: str, what: str, **counts: int) -> Metric:
    family = GaugeMetricFamily(f"cellchain_{name}", what, labels=["state"])
    for state, count in counts.items():
        family.add_metric([state], count)
    return family
