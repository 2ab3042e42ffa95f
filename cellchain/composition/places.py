"""Where everything is: the routes of every capability, the page of each thing, and what stands in the masthead."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute

from cellchain.accounts import routes as accounts_routes
from cellchain.accounts.agreement import routes as agreement_routes
from cellchain.accounts.directory import routes as directory_routes
from cellchain.accounts.emergency import routes as emergency_routes
from cellchain.accounts.one_time import routes as one_time_routes
from cellchain.accounts.review import routes as review_routes
from cellchain.accounts.second_factor import routes as factor_routes
from cellchain.accounts.sessions import routes as session_routes
from cellchain.bedside import routes as bedside_routes
from cellchain.bedside.downtime import routes as downtime_routes
from cellchain.bedside.infusions import routes as infusion_routes
from cellchain.bedside.misses import routes as miss_routes
from cellchain.bedside.wristbands import routes as band_routes
from cellchain.custody import routes as custody_routes
from cellchain.donors import routes as donors_routes
from cellchain.followup import routes as followup_routes
from cellchain.followup.outcomes import routes as outcome_routes
from cellchain.followup.safety import routes as safety_routes
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.labels import routes as labels_routes
from cellchain.labels.catalogue import routes as catalogue_routes
from cellchain.labels.licensed import routes as licensed_routes
from cellchain.labels.printing import routes as printing_routes
from cellchain.labels.scanning import queries as scanning
from cellchain.labels.scanning import routes as scanning_routes
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import REGISTRY
from cellchain.manufacturing import describe as manufacturing_describe
from cellchain.manufacturing import routes as manufacturing_routes
from cellchain.manufacturing.counts import routes as counts_routes
from cellchain.manufacturing.lines import routes as line_routes
from cellchain.materials import routes as materials_routes
from cellchain.notices import routes as notices_routes
from cellchain.quality import routes as quality_routes
from cellchain.quality.imports import routes as import_routes
from cellchain.quality.investigations import routes as investigation_routes
from cellchain.quality.laboratories import routes as laboratory_routes
from cellchain.quality.methods import routes as method_routes
from cellchain.quality.redactions import routes as redaction_routes
from cellchain.quality.stability import routes as stability_routes
from cellchain.trace import routes as trace_routes
from cellchain.trace.access import routes as access_routes
from cellchain.trace.certificates import routes as certificate_routes
from cellchain.trace.documents import routes as document_routes
from cellchain.trace.operations import routes as operations_routes
from cellchain.trace.recalls import routes as recall_routes
from cellchain.trace.safety import routes as safety_documents
from cellchain.trace.ward_pack import routes as ward_pack_routes
from cellchain.trial import routes as trial_routes
from cellchain.trial.preparation import routes as preparation_routes
from cellchain.trial.setup import routes as trial_setup_routes
from cellchain.web import house as web_house
from cellchain.web import violations
from cellchain.web.access import ACCESS, PUBLIC
from cellchain.web.html import NavItem

Facts = Mapping[str, Any]

ROUTERS: Sequence[APIRouter] = (
    web_house.router,  # first: whoever watches over the house asks again and again
    trace_routes.router,
    document_routes.router,
    certificate_routes.router,
    violations.router,
    operations_routes.router,
    directory_routes.router,
    emergency_routes.router,
    one_time_routes.router,
    factor_routes.router,
    session_routes.router,  # before accounts: /people/sessions is nobody
    access_routes.router,
    review_routes.router,  # nor is /people/reviews
    agreement_routes.router,
    accounts_routes.router,
    notices_routes.router,
    printing_routes.router,  # before labels: /labels/queue is no label
    scanning_routes.router,  # so is /labels/cards
    licensed_routes.router,
    catalogue_routes.router,
    labels_routes.router,
    donors_routes.router,
    materials_routes.router,
    manufacturing_routes.router,
    line_routes.router,
    counts_routes.router,
    import_routes.router,
    investigation_routes.router,
    laboratory_routes.router,
    method_routes.router,
    redaction_routes.router,
    stability_routes.router,
    recall_routes.router,
    quality_routes.router,
    custody_routes.router,
    trial_routes.router,
    preparation_routes.router,
    trial_setup_routes.router,
    band_routes.router,
    ward_pack_routes.router,
    downtime_routes.router,
    miss_routes.router,
    bedside_routes.router,
    safety_documents.router,  # before safety: a report is a file of its event
    safety_routes.router,
    infusion_routes.router,
    followup_routes.router,
    outcome_routes.router,
)


# Where a thing can be looked at, the fullest page first; a person gets the first that they may open.
PAGES: Mapping[str, tuple[str, ...]] = {
    "PS": ("/people/{code}",),
    "LB": ("/labels/{code}",),
    "DN": ("/donors/{code}",),
    "DO": ("/donations/{code}",),
    "ML": ("/materials/lots/{code}",),
    "EQ": ("/materials/equipment/{code}",),
    "LC": ("/materials/locations/{code}",),
    "LT": ("/manufacturing/lots/{code}", "/quality/lots/{code}"),
    "CT": ("/manufacturing/containers/{code}", "/custody/{code}"),
    "CV": ("/manufacturing/containers/{code}", "/custody/{code}"),
    "BG": ("/manufacturing/bags/{code}", "/custody/{code}"),
    "SM": ("/quality/samples/{code}",),
    "SH": ("/custody/shipments/{code}",),
    "RC": ("/trial/recipients/{code}",),
}


def way(actor: Actor, code: str, href: str = "") -> str:
    """The page of a thing that this person may open: `href` before any other, "" where there is none."""
    pages = (href, *(page.format(code=code) for page in PAGES.get(code[:2], ())))
    return next((page for page in pages if page and opens(actor, page)), "")


def hides(actor: Actor, code: str) -> bool:
    """Whether a page about lots leaves a code out: a bag beside its lot tells who knows its recipient the arm."""
    return code.startswith("BG") and not manufacturing_describe.sees_content(actor)


def opens(actor: Actor, href: str) -> bool:
    """Whether this person's roles open an address of ours; what it is about may still be another's."""
    path = urlsplit(href).path
    command = REGISTRY.get(path.removeprefix("/do/")) if path.startswith("/do/") else None
    if command is not None:
        return actor.may(command.permission)
    return any(permission == PUBLIC or actor.may(permission) for permission in _asked_at(path))


@lru_cache(maxsize=4_096)
def _asked_at(path: str) -> tuple[str, ...]:
    """The permissions of the route that answers a GET at `path`; none where no route does."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and route.path_regex.match(path):
                return tuple(getattr(route.endpoint, ACCESS, ()))
    return ()


@dataclass(frozen=True)
class Place:
    """One room of the house: who may look in (`sees`), whose work is there (`works`), and addresses that lie in it."""

    href: str
    label: T
    sees: tuple[str, ...]
    works: tuple[str, ...]
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether the page at `path` lies in this room."""
        if self.href == "/":
            return path == "/"
        lies_in = (self.href, f"/do{self.href}", *self.also)
        return any(path == here or path.startswith(f"{here}/") for here in lies_in)


PLACES: Sequence[Place] = (
    Place("/", T("Today"), ("house.use",), ("house.use",)),
    Place("/donors", T("Donors"), ("donors.read",), ("donors.register_donor",), ("/donations",)),
    Place("/materials", T("Materials"), ("materials.read",), ("materials.receive_lot",)),
    Place(
        "/manufacturing",
        T("Batches"),
        ("manufacturing.read",),
        ("manufacturing.start_step", "manufacturing.approve_master_record"),
        ("/bench", "/lines", "/documents"),
    ),
    Place(
        "/quality",
        T("Quality"),
        ("quality.read",),
        ("quality.record_result", "quality.review_batch"),
        ("/certificates",),
    ),
    Place("/custody", T("Custody"), ("custody.read",), ("custody.hand_over", "custody.assess_excursion")),
    Place(
        "/trial",
        T("Recipients"),
        ("trial.read", "trial.read_blind"),
        ("trial.enrol", "trial.open_study", "trial.read_blind"),
    ),
    Place(
        "/bedside/infusions",
        T("Bedside"),
        ("bedside.read",),
        ("bedside.check", "bedside.stop_infusion"),
        ("/bedside", "/do/bedside"),
    ),
    Place(
        "/followup",
        T("Follow-up"),
        ("followup.read", "followup.read_blind"),
        ("followup.record_visit", "followup.lock_data"),
        ("/outcomes",),
    ),
    Place(
        "/safety",
        T("Safety"),
        ("followup.see_relatedness",),
        ("followup.assess_as_sponsor", "trial.resume_study"),
    ),
    Place("/labels", T("Labels"), ("labels.read",), ("labels.reprint_label",)),
    Place("/scans", T("Scans"), ("labels.read_scans",), ()),
    Place("/labels/printers", T("Printers"), ("printing.configure_printer",), ("printing.configure_printer",)),
    Place("/labels/isbt", T("ISBT 128"), (licensed_routes.STATE,), ()),
    Place("/trace", T("Trace"), ("trace.read", "trace.read_all", "trace.read_own"), ("trace.read_all",)),
    Place("/find", T("Find"), ("house.use",), ()),
    Place("/ledger", T("Ledger"), ("trace.read_ledger",), ("trace.read_ledger",)),
    Place(
        "/people",
        T("People"),
        ("accounts.read",),
        ("accounts.register_person",),
        ("/decisions", "/agreement", "/do/accounts"),
    ),
    Place("/notices/mail", T("Mail"), ("notices.retry_mail",), ()),
    Place("/health", T("Health"), ("operations.read_health",), ()),
)
OPEN_PLACES = 6  # so many stand in the masthead in either language; the rest is one press away


def navigation(request: Request) -> list[NavItem]:
    """The places that this person may go to: their own rooms in sight, the others aside, in the order of the chain."""
    actor, path = request.state.session.actor, request.url.path

    def any_of(permissions: tuple[str, ...]) -> bool:
        return any(actor.may(permission) for permission in permissions)

    seen = [place for place in PLACES if any_of(place.sees)]
    own_first = sorted(seen, key=lambda place: not any_of(place.works))
    in_sight = own_first[:OPEN_PLACES]
    return [NavItem(place.href, place.label, place.holds(path), place not in in_sight) for place in seen]


def reader_of(request: Request) -> scanning.Reader:
    """What the reader of the station needs at which this browser stands; signing in is scanned too."""
    try:
        station = accounts_routes.station_of(request)
        if station is None:
            return scanning.Reader()
        with request.app.state.database.read() as tx:
            return scanning.reader_of(tx, station)
    except Exception:
        # A page that says what is wrong with the database is drawn without asking it.
        return scanning.Reader()
