"""The composition root: opens an installation, wires it, and makes the application."""

import asyncio
import gc
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import field
from datetime import timedelta
from functools import partial

import anyio.to_thread
import structlog
from fastapi import Depends, FastAPI

from cellchain import __version__, composition, paths
from cellchain.accounts import passwords
from cellchain.accounts.agreement import routes as agreement_routes
from cellchain.accounts.directory.desk import desk_of
from cellchain.accounts.gate import AccountsGate
from cellchain.accounts.rules import Role
from cellchain.accounts.second_factor import routes as second_factor_routes
from cellchain.accounts.strength.breached import is_listed
from cellchain.duties import Duties, Worker
from cellchain.kernel.clock import Clock, ClockStep, WatchedClock
from cellchain.kernel.errors import Busy, CellchainError
from cellchain.kernel.values import dataclass
from cellchain.labels.printing.worker import PrintWorker
from cellchain.ledger import checkpoints, foundation
from cellchain.ledger.append import last_position
from cellchain.ledger.describe import House
from cellchain.ledger.run import Runner
from cellchain.ledger.tree import Tree
from cellchain.ledger.witnesses import Witnesses
from cellchain.notices import routes as notices_routes
from cellchain.notices.letters import Letterhead
from cellchain.notices.post import MailServer
from cellchain.notices.worker import NoticeWorker
from cellchain.platform import wal
from cellchain.platform.config import Settings
from cellchain.platform.db import Database
from cellchain.platform.files import DataDir, Keys
from cellchain.platform.sealing import Sealer
from cellchain.platform.turns import Turn
from cellchain.trace import overdue
from cellchain.trace.documents.worker import DocumentWorker
from cellchain.trace.ward_pack.keeper import PackKeeper
from cellchain.web import errors
from cellchain.web.access import guard
from cellchain.web.api import CommandApi
from cellchain.web.heads import HeadAsGet
from cellchain.web.limits import Buckets, ClientLimit, of_people
from cellchain.web.observed import Observed, marker
from cellchain.web.security import SameOrigin, SecurityHeaders
from cellchain.web.session import Bounds, SessionMiddleware
from cellchain.web.static import OwnFiles

SWITCH_SECONDS = 0.0005
GARBAGE_FIRST = 5_000  # objects made before the collector looks at the youngest
Entropy = Callable[[int], bytes]
log = structlog.get_logger()


@dataclass(frozen=True)
class Installation:
    """One opened installation: settings, data folder, keys, database and the runner over it."""

    settings: Settings
    folder: DataDir
    keys: Keys
    database: Database
    runner: Runner
    gate: AccountsGate
    witnesses: Witnesses
    tree: Tree = field(default_factory=Tree)

    def close(self) -> None:
        """Close every connection."""
        self.runner.close()
        self.database.close()


def open_installation(
    settings: Settings,
    *,
    clock: Clock | None = None,
    entropy: Entropy = os.urandom,
    made_of: type[Database] = Database,
    cut_log: bool = False,
) -> Installation:
    """Open the database of `settings`, wired.

    cut_log  also where SQLite drops acknowledged transactions of a damaged log; otherwise that raises Unavailable
        `database.log_damaged` before SQLite is asked

    A clock, entropy or kind of database of one's own is for demonstrations, simulations and tests.
    """
    folder = DataDir(settings.data_dir)
    keys = folder.keys()
    if settings.database_url is None and not cut_log:
        wal.ensure_whole(folder.database)
    database = made_of(
        settings.url,
        clock=clock or WatchedClock(_clock_stepped),
        sealer=Sealer(keys.field, entropy, keys.older_fields),
        read_links=settings.read_threads,
    )
    witnesses = Witnesses(folder, settings.witness_dirs, database.clock)
    database.house = House(
        composition.DESCRIBERS,
        composition.LABELLERS,
        keys.list,
        settings.zone,
        settings.site_name,
        composition.STAND_INS,
        schemes=composition.schemes,
        finders=composition.FINDERS,
        way=composition.way,
        lists=composition.LISTS,
        sketchers=composition.SKETCHERS,
        batches=composition.BATCHES,
        giving_of=composition.GIVING_OF,
        onward=composition.ONWARD,
        in_hands_of=composition.IN_HANDS_OF,
        checks=composition.CHECKS,
        alert_hours=settings.alert_hours,
        is_stolen=_stolen_by(settings),
        sessions_a_person_max=settings.sessions_a_person_max,
        emergency_minutes=settings.emergency_minutes,
        emergency_review_hours=settings.emergency_review_hours,
        second_factor_roles=settings.roles_with_second_factor,
        access_review_days=settings.access_review_days,
        physician_of=composition.PHYSICIAN_OF,
        fetch=folder.fetch,
        sends_mail=settings.smtp_host is not None,
        public_url=settings.public_url,
        witnesses=witnesses.standing,
        older_list_keys=keys.older_lists,
    )
    runner = Runner(database, site=settings.site_number, reactions=composition.REACTIONS)
    gate = AccountsGate(
        database,
        runner,
        passwords.configure(settings.password_cost),
        idle=timedelta(minutes=settings.idle_minutes),
        longest=timedelta(hours=settings.session_hours),
        guarded=settings.roles_with_second_factor,
    )
    return Installation(settings, folder, keys, database, runner, gate, witnesses)


def _stolen_by(settings: Settings) -> Callable[[str], bool]:
    """How a password is looked up in the site's list of stolen ones; without a list, none is in it."""
    file = settings.stolen_passwords_file
    return (lambda _: False) if file is None else partial(is_listed, file)


def _clock_stepped(step: ClockStep) -> None:
    """An administrator reads it in the log; people read it in the worklist (trace/overdue)."""
    log.error("clock.stepped", seconds=round(step.seconds, 3), since=step.at.isoformat())


def _disk_slow(seconds: float) -> None:
    log.warning("database.slow", seconds=round(seconds, 1))


@contextmanager
def opened(
    settings: Settings, *, clock: Clock | None = None, entropy: Entropy = os.urandom, cut_log: bool = False
) -> Iterator[Installation]:
    """An installation, closed at the end. Raises what `open_installation` does."""
    installation = open_installation(settings, clock=clock, entropy=entropy, cut_log=cut_log)
    try:
        yield installation
    finally:
        installation.close()


def create_app(installation: Installation, *, told: bool = False) -> FastAPI:
    """The application over an opened installation; with `told`, each request is a line of the log."""
    app = FastAPI(
        title="cellchain",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(guard)],
        lifespan=partial(_lifespan, installation),
    )
    _fill_state(app, installation)
    errors.install(app)
    for router in composition.ROUTERS:
        app.include_router(router)
    app.mount("/static", OwnFiles(paths.static_dir()), name="static")
    # The last one added is the first to see a request.
    app.add_middleware(CommandApi, runner=installation.runner, gate=installation.gate)
    app.add_middleware(ClientLimit, buckets=Buckets(), people=of_people(installation.settings.requests_a_minute_max))
    bounds = Bounds(frozenset({Role.ADMINISTRATOR}), installation.settings.administration_networks)
    app.add_middleware(SessionMiddleware, gate=installation.gate, bounds=bounds)
    app.add_middleware(SameOrigin)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(HeadAsGet)
    mark = marker(installation.database.sealer)
    app.add_middleware(Observed, measures=installation.runner.measures, mark=mark, told=told)
    return app


def _fill_state(app: FastAPI, installation: Installation) -> None:
    with installation.database.read() as tx:
        demonstration = foundation.is_demonstration(tx)
        last = last_position(tx).at
    if last is not None and isinstance(installation.database.clock, WatchedClock):
        installation.database.clock.held_against(last)
    state = app.state
    state.settings = installation.settings
    state.database = installation.database
    state.runner = installation.runner
    state.gate = installation.gate
    database = installation.database
    state.directory = desk_of(installation.settings, database.sealer, database.clock.now)
    state.signs_with = installation.gate.signs_with
    state.folder = installation.folder
    state.tree, state.witnesses = installation.tree, installation.witnesses
    state.violations = Buckets()
    state.clock = installation.database.clock
    state.navigation = composition.navigation
    state.reader_of = composition.reader_of
    state.has_passkey = second_factor_routes.has_passkey
    state.agreement_waits = agreement_routes.waits
    state.bell = notices_routes.bell
    state.way, state.hides = composition.way, composition.hides
    state.invariants = composition.INVARIANTS
    state.routes = [route for router in composition.ROUTERS for route in router.routes]
    state.demonstration = demonstration
    state.document_asked = threading.Event()


@asynccontextmanager
async def _lifespan(installation: Installation, app: FastAPI) -> AsyncIterator[None]:
    """While serving: few threads, a short switch interval (docs/decisions/0003), and checkpoints at their rhythm."""
    # What was loaded stays for life: the collector need not walk it again and again while somebody waits for a verdict.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_FIRST)
    app.state.loop = asyncio.get_running_loop()
    anyio.to_thread.current_default_thread_limiter().total_tokens = installation.settings.read_threads
    sys.setswitchinterval(SWITCH_SECONDS)
    duties = Duties(Turn(installation.database), partial(_hired, installation, app))
    rhythm = asyncio.create_task(_checkpoints(installation, duties))
    installation.witnesses.start()
    installation.runner.pace.told = _disk_slow
    await anyio.to_thread.run_sync(duties.start)
    try:
        yield
    finally:
        ours = duties.held
        await anyio.to_thread.run_sync(duties.stop)
        rhythm.cancel()
        with suppress(asyncio.CancelledError):
            await rhythm
        if ours:
            with suppress(OSError, CellchainError):  # what is full or damaged does not keep a server from ending
                witness(installation)
        await anyio.to_thread.run_sync(installation.witnesses.stop)


def _hired(installation: Installation, app: FastAPI) -> list[Worker]:
    """Who works beside the requests: in one process at a time, where several serve one database."""
    demonstration = app.state.demonstration
    return [
        PrintWorker(installation.database, installation.runner, demonstration=demonstration),
        DocumentWorker(
            installation.database,
            installation.runner,
            installation.folder,
            demonstration=demonstration,
            asked=app.state.document_asked,
            address=installation.settings.public_url,
            timestamp_url=installation.settings.timestamp_url,
        ),
        notice_worker(installation, demonstration=demonstration),
        PackKeeper(
            installation.database,
            installation.folder,
            demonstration=demonstration,
            phone=installation.settings.laboratory_phone,
        ),
    ]


def notice_worker(installation: Installation, *, demonstration: bool) -> NoticeWorker:
    """Who tells people: by mail where a server is set up, and what the clock brings about in any case."""
    settings = installation.settings
    server = None
    if settings.smtp_host is not None:
        server = MailServer(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_security,
            settings.smtp_user,
            settings.smtp_password_file,
        )
    head = Letterhead(settings.mail_from, settings.site_name, settings.public_url, demonstration)
    return NoticeWorker(installation.database, installation.runner, server=server, head=head, watch=overdue.WATCH)


async def _checkpoints(installation: Installation, duties: Duties) -> None:
    while True:
        await asyncio.sleep(installation.settings.checkpoint_minutes * 60)
        if not duties.held:
            continue
        try:
            await anyio.to_thread.run_sync(witness, installation)
        except (OSError, CellchainError) as error:  # a disk that is full now has room later
            log.warning("checkpoint.not_written", fault=type(error).__name__)


def witness(installation: Installation) -> None:
    """Sign a checkpoint of the chain as it is now, and have it taken to every witness; none while the database is
    away."""
    try:
        checkpoints.make(installation.database, installation.folder, installation.tree)
    except Busy as error:
        log.warning("checkpoint.not_made", code=error.code)
        return
    installation.witnesses.tell()
