"""A desk with printers: whose station prints where, and a worker that is driven by hand."""

from datetime import timedelta
from typing import Any

from cellchain.accounts import commands as accounts
from cellchain.accounts.permissions import permissions_of
from cellchain.identity.codes import Kind, issue
from cellchain.labels import design as designs
from cellchain.labels.printing import commands, queries
from cellchain.labels.printing.models import Printer, PrintJob
from cellchain.labels.printing.transports import Patience
from cellchain.labels.printing.worker import PrintWorker
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import House as Handed
from cellchain.ledger.describe import LabelData
from cellchain.platform.db import ReadTx
from tests.factories import FIELD_KEY, House
from tests.labels.printing.sink import Sink
from tests.labels.story import LOT, Desk

STATION = "bench-1"
SHORT = Patience(connect_s=1, send_s=1, close_s=1)
REASON = "Looked at the printer."


class Labeller:
    """Says everything that a design asks for."""

    def label(self, tx: ReadTx, code: str, design: str) -> LabelData:
        """The design's own sample, for this thing."""
        return LabelData({**designs.sample(design), "container": code}, group=LOT)


class Shop:
    """Printers are set up by an administrator, labels printed by a technician at `bench-1`."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.desk = Desk(house)
        self.desk.approve()
        house.database.house = Handed(labellers={"BG": Labeller()}, list_key=FIELD_KEY)
        self.boss = Actor("SYSTEM", permissions_of(["administrator"]), frozenset({"administrator"}))
        self.worker = self.new_worker()
        self._bags = 0
        house.do(accounts.enrol_station, by=self.boss, station=STATION, kind="bench", token_hash="0" * 64)

    def new_worker(self, patience: Patience = SHORT) -> PrintWorker:
        """A worker as the application would make one; it is not started."""
        return PrintWorker(self.house.database, self.house.runner, demonstration=False, patience=patience)

    # -- setting up --

    def configure(self, printer: str = "zebra", **told: Any) -> dict[str, Any]:
        """A printer."""
        given = {"transport": "raw", "host": "127.0.0.1", "port": 9100, **told}
        return self.house.do(commands.configure_printer, by=self.boss, printer=printer, **given)

    def assign(self, printer: str | None = "zebra", station: str = STATION, design: str | None = None) -> None:
        """Whose labels come from where."""
        self.house.do(commands.assign_printer, by=self.boss, station=station, design=design, printer=printer)

    def printer_for(self, sink: Sink, **told: Any) -> None:
        """The station's labels go to a sink."""
        self.configure(port=sink.port, **told)
        self.assign()

    # -- printing --

    def print(self, **told: Any) -> int:
        """One label of a new bag; gives its job."""
        self._bags += 1
        made = self.desk.print(issue(Kind.BAG, 1, 2026, self._bags), **told)
        return self.job_of(made["label"])

    def job_of(self, label: str) -> int:
        """The job of a label."""
        with self.read() as tx:
            job = queries.job_of(tx, label)
        assert job is not None
        assert job.id is not None
        return job.id

    def job(self, number: int) -> PrintJob:
        """A job as it stands."""
        with self.read() as tx:
            return tx.get(PrintJob, number)

    def delivery(self, number: int) -> str:
        """Where a job stands, and why."""
        job = self.job(number)
        return f"{job.delivery.value}:{job.problem}" if job.problem else job.delivery.value

    def label(self, number: int) -> str:
        """The label of a job."""
        label = self.job(number).label
        assert label is not None
        return label

    def printer(self, name: str = "zebra") -> Printer:
        """A printer as it stands."""
        with self.read() as tx:
            return tx.get(Printer, name)

    def work(self) -> None:
        """The worker does everything that is due now."""
        self.worker.work_through()

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.house.clock.advance(timedelta(seconds=seconds))

    # -- deciding --

    def settle(self, job: int, outcome: str, **more: Any) -> dict[str, Any]:
        """A person says what is at the printer."""
        return self.desk.do(commands.settle_job, job=job, outcome=outcome, reason=REASON, **more)

    def retry(self, job: int, **more: Any) -> dict[str, Any]:
        """A person sends it again."""
        return self.desk.do(commands.retry_job, job=job, **more)

    def stuck(self) -> list[tuple[int, str]]:
        """What waits for a person, in the order of the page."""
        with self.read() as tx:
            lines = queries.queue_view(tx).stuck
            assert queries.stuck_count(tx) == len(lines)
            assert queries.stuck_since(tx) == min((line.queued_at for line in lines), default=None)
        return [(line.number, line.delivery.value) for line in lines]

    def read(self) -> Any:
        """A reading transaction."""
        return self.house.read()
