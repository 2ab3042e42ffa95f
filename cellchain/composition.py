"""What stands above what: the tables that `main` hands down. One place shows how the capabilities meet.

Reactions are the house's own rules: when something is recorded, a higher capability answers it in the same transaction,
with an entry of its own; one that refuses, refuses the whole.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute

from cellchain.accounts import commands as accounts
from cellchain.accounts import describe as accounts_describe
from cellchain.accounts import invariants as accounts_invariants
from cellchain.accounts import queries as accounts_queries
from cellchain.accounts import routes as accounts_routes
from cellchain.accounts.qualified import commands as qualified
from cellchain.bedside import commands as bedside
from cellchain.bedside import invariants as bedside_invariants
from cellchain.bedside import routes as bedside_routes
from cellchain.custody import commands as custody
from cellchain.custody import describe as custody_describe
from cellchain.custody import invariants as custody_invariants
from cellchain.custody import reviewing as custody_reviewing
from cellchain.custody import routes as custody_routes
from cellchain.donors import aftercare as donors_aftercare
from cellchain.donors import describe as donors_describe
from cellchain.donors import invariants as donors_invariants
from cellchain.donors import routes as donors_routes
from cellchain.followup import commands as followup
from cellchain.followup import invariants as followup_invariants
from cellchain.followup import routes as followup_routes
from cellchain.identity.scan import System
from cellchain.identity.schemes import Schemes
from cellchain.kernel.text import T
from cellchain.labels import card_sheet, cards
from cellchain.labels import commands as labels
from cellchain.labels import describe as labels_describe
from cellchain.labels import invariants as labels_invariants
from cellchain.labels import queries as labels_queries
from cellchain.labels import routes as labels_routes
from cellchain.labels.catalogue import routes as catalogue_routes
from cellchain.labels.licensed import queries as licensed
from cellchain.labels.licensed import routes as licensed_routes
from cellchain.labels.printing import invariants as printing_invariants
from cellchain.labels.printing import routes as printing_routes
from cellchain.labels.scanning import queries as scanning
from cellchain.labels.scanning import routes as scanning_routes
from cellchain.ledger import invariants as ledger_invariants
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Batches, Describer, Finder, Labeller, Listing, StandIn
from cellchain.ledger.invariants import Invariant
from cellchain.ledger.registry import REGISTRY, Order, Reaction, command_of
from cellchain.manufacturing import commands as manufacturing
from cellchain.manufacturing import describe as manufacturing_describe
from cellchain.manufacturing import invariants as manufacturing_invariants
from cellchain.manufacturing import routes as manufacturing_routes
from cellchain.manufacturing import stations as manufacturing_stations
from cellchain.manufacturing.counts import routes as counts_routes
from cellchain.manufacturing.sampling import queries as sampling
from cellchain.materials import commands as materials
from cellchain.materials import describe as materials_describe
from cellchain.materials import invariants as materials_invariants
from cellchain.materials import packages
from cellchain.materials import routes as materials_routes
from cellchain.notices import invariants as notices_invariants
from cellchain.notices import reactions as notices_reactions
from cellchain.notices import routes as notices_routes
from cellchain.platform.db import ReadTx
from cellchain.quality import commands as quality
from cellchain.quality import describe as quality_describe
from cellchain.quality import invariants as quality_invariants
from cellchain.quality import routes as quality_routes
from cellchain.quality.changes import commands as change_commands
from cellchain.quality.changes import queries as changes
from cellchain.quality.imports import routes as import_routes
from cellchain.quality.investigations import commands as investigations
from cellchain.quality.investigations import routes as investigation_routes
from cellchain.quality.laboratories import queries as laboratories
from cellchain.quality.laboratories import routes as laboratory_routes
from cellchain.quality.methods import queries as methods
from cellchain.quality.methods import routes as method_routes
from cellchain.quality.stability import routes as stability_routes
from cellchain.trace import routes as trace_routes
from cellchain.trace.certificates import routes as certificate_routes
from cellchain.trace.documents import routes as document_routes
from cellchain.trace.recalls import routes as recall_routes
from cellchain.trial import commands as trial
from cellchain.trial import describe as trial_describe
from cellchain.trial import givings as trial_givings
from cellchain.trial import invariants as trial_invariants
from cellchain.trial import queries as trial_queries
from cellchain.trial import routes as trial_routes
from cellchain.web import house as web_house
from cellchain.web.access import ACCESS, PUBLIC
from cellchain.web.html import NavItem

Facts = Mapping[str, Any]

DESCRIBERS: Mapping[str, Describer] = {
    "PS": accounts_describe,
    "LB": labels_describe,
    "CM": cards,
    "DN": donors_describe,
    "DO": donors_describe,
    "ML": materials_describe,
    "EQ": materials_describe,
    "LC": materials_describe,
    "LT": quality_describe,
    "CT": manufacturing_describe,
    "CV": manufacturing_describe,
    "BG": trial_describe,
    "SM": quality_describe,
    "SH": custody_describe,
    "RC": trial_describe,
    "WB": trial_describe,
    "CI": trial_describe,
}


class _BagLabels:
    """A bag's label is the recipient's business once it is assigned; what stands on it before is manufacturing's."""

    def label(self, tx: Any, code: str, design: str) -> Any:
        owner = manufacturing_describe if design in manufacturing_describe.BAG_DESIGNS else trial_describe
        return owner.label(tx, code, design)


class _ContainerLabels:
    """A harvest bag's label is the donors' business; every other container's is manufacturing's."""

    def label(self, tx: Any, code: str, design: str) -> Any:
        owner = donors_describe if design == "harvest_bag" else manufacturing_describe
        return owner.label(tx, code, design)


LABELLERS: Mapping[str, Labeller] = {
    "PS": accounts_describe,
    "DO": donors_describe,
    "ML": materials_describe,
    "LC": materials_describe,
    "EQ": materials_describe,
    "CT": _ContainerLabels(),
    "CV": manufacturing_describe,
    "BG": _BagLabels(),
    "SM": quality_describe,
    "WB": trial_describe,
    "CM": card_sheet,
}

# A field that asks for a thing takes the symbol that is printed on it.
STAND_INS: Mapping[str, StandIn] = {"LB": labels_queries, "PS": accounts_queries, "WB": trial_queries}

# Whose things have numbers of another code system, and what forms let a person choose from.
FINDERS: Mapping[System, Finder] = {System.GS1: packages, System.ISBT: licensed}
LISTS: Mapping[str, Listing] = {
    packages.CATALOGUE: packages.catalogue,
    donors_aftercare.VISITS: donors_aftercare.listed_visits,
    laboratories.CATALOGUE: laboratories.choices,
    methods.CATALOGUE: methods.choices,
    sampling.CATALOGUE: sampling.choices,
    **changes.LISTS,
}

# Which batch record is open at a station: no label of another lot prints there.
BATCHES: Batches = manufacturing_stations

# What is looked at besides, when a batch is reviewed by exception.
CHECKS = custody_reviewing.CHECKS

# How the bags of a lot are given at their worst, for limits that are computed from it.
GIVING_OF = trial_givings.of_lot
# Where a bag or a shipment leads to in the packages after quality.
ONWARD = trial_givings.onward

# Who treats a recipient, for what is the treating physician's to decide.
PHYSICIAN_OF = trial_queries.physician_of


def schemes(tx: ReadTx, station: str | None) -> Schemes:
    """The code systems that are read here: GS1 as the reader of a station sends it, ISBT 128 where it is licensed."""
    return Schemes(isbt=licensed.scheme_of(tx), gs1=scanning.gs1_reader_of(tx, station))


def _react(event: str, function: Callable[..., Any], *same: str, **names: str) -> Reaction:
    """Run `function` when `event` was recorded; its order's fields are facts under the same or under other names."""
    model, names = command_of(function).order, {**dict(zip(same, same, strict=True)), **names}
    return Reaction(event, function, lambda facts: model(**{field: facts[name] for field, name in names.items()}))


def _decided(event: str, function: Callable[..., Any], field: str) -> Reaction:
    """Run `function` when a decision of the kind `event` was countersigned; `field` names what was decided."""
    model = command_of(function).order

    def order(facts: Facts) -> Order | None:
        return model(**{field: int(facts["subject"])}) if facts["event"] == event else None

    return Reaction("accounts:decision:countersigned", function, order)


def _deviation(event: str) -> Reaction:
    """A deviation that opens by itself: everything recorded that is a plain value goes with it."""
    model: Any = command_of(quality.open_deviation_by_rule).order

    def order(facts: Facts) -> Any:
        plain = {name: value for name, value in facts.items() if isinstance(value, str | int | bool) or value is None}
        subject = plain.pop("subject")
        return model(subject=subject, lot=facts.get("lot"), rule=event, facts=plain)

    return Reaction(event, quality.open_deviation_by_rule, order)


def _void_labels(
    event: str, field: str, why: str, *, of: str | None = None, when: Mapping[str, str] | None = None
) -> Reaction:
    """The labels on what the fact `field` names go out of use, those of design `of` or all; only `when` facts agree."""
    model: Any = command_of(labels.void_labels_of).order

    def order(facts: Facts) -> Any:
        if facts.get(field) is None or any(facts.get(name) != value for name, value in (when or {}).items()):
            return None
        return model(target=facts[field], why=why, design=of)

    return Reaction(event, labels.void_labels_of, order)


def _question(event: str) -> Reaction:
    """Something that went into lots is in doubt: each of them gets a deviation."""
    model: Any = command_of(quality.question_descendants).order
    return Reaction(event, quality.question_descendants, lambda facts: model(root=facts["subject"], rule=event))


def _hold(event: str, cause: str, reason: T, *, scope: str | None = None) -> Reaction:
    """A hold at once on what a fact is about; with `scope`, only where the recorded fact has that scope."""
    model: Any = command_of(quality.hold_by_rule).order

    def order(facts: Facts) -> Any:
        if scope is not None and facts["scope"] != scope:
            return None
        return model(subject=facts["subject"], cause=cause, reason=reason.template)

    return Reaction(event, quality.hold_by_rule, order)


LATE = "quality:late_positive:reported"
REACTIONS: Sequence[Reaction] = (
    # Two people signed: the decision takes effect.
    _decided("accounts:role:granted", accounts.activate_grant, "grant"),
    _decided("accounts:qualified_person:marked", qualified.activate_mark, "mark"),
    _decided("manufacturing:master_record:approved", manufacturing.make_master_record_effective, "master_record"),
    _decided("quality:specification:approved", quality.make_specification_effective, "specification"),
    _decided("quality:change:approved", change_commands.make_change_approved, "change"),
    _decided("trial:assignment:release_signed", trial.make_assignment_released, "assignment"),
    # A harvest makes a container, and books its anticoagulant.
    _react("donors:donation:harvested", manufacturing.take_in_harvest_bag, donation="donation"),
    _react(
        "donors:donation:harvested",
        materials.book_harvest_use,
        donation="donation",
        lot="anticoagulant_lot",
        units="anticoagulant_units",
    ),
    # A lot is quarantined from its first moment, and a thaw takes a bank released for further use.
    _react("manufacturing:lot:opened", quality.open_disposition, lot="lot"),
    _react("manufacturing:vial:thawed", quality.require_further_use, "vial", lot="bank_lot"),
    # A thawed vial leaves its cell, and one that is kept for another lot is not thawed.
    _react("manufacturing:vial:thawed", custody.take_out_thawed, vial="vial", lot="lot"),
    # So does one that is pulled for stability.
    _react("quality:vial:pulled", custody.take_out_thawed, vial="vial", lot="lot"),
    # What breaks a limit opens a deviation by itself.
    _deviation("manufacturing:limit:breached"),
    _deviation("manufacturing:passage:late"),
    _deviation("manufacturing:count:scattered"),
    _deviation("manufacturing:balance:off"),
    _deviation("manufacturing:mixup:suspected"),
    _deviation("manufacturing:environment:breached"),
    _deviation("manufacturing:time:exceeded"),
    _deviation("manufacturing:sample:left_out"),
    _deviation("donors:limit:breached"),
    _deviation("donors:complication:severe"),
    _deviation("manufacturing:donation:rejected"),
    _deviation("quality:result:failed"),
    _deviation("quality:stability:missed"),
    # What a second person has verified as failed is investigated, and its release waits.
    _react("quality:result:out_of_specification", investigations.open_investigation, result="result"),
    _deviation("labels:label:mismatched"),
    _deviation("labels:lot:unbalanced"),
    _deviation("custody:excursion:noticed"),
    _deviation("custody:arrival:late"),
    _deviation("custody:bag:returned"),
    _deviation("bedside:reaction:reported"),
    # A version that is drafted under a change needs one that is approved.
    Reaction("manufacturing:master_record:drafted", change_commands.require_change, change_commands.named_by),
    # What turns out to be in doubt holds or questions everything that came from it.
    _hold("donors:consent:withdrawn", "withdrawal", T("The donor withdrew consent."), scope="donation"),
    _hold("donors:information:reported", "post_donation", T("Information was reported after the donation.")),
    _hold("donors:screening:positive", "post_donation", T("A screening test is positive.")),
    _hold("manufacturing:mixup:suspected", "mix_up", T("Two batches may have been mixed up.")),
    _hold("quality:released_lot:failed", "failed_test", T("A test failed after the release.")),
    _question("materials:lot:quarantined"),
    _question("materials:lot:rejected"),
    _question("materials:lot:recalled"),
    _question("materials:equipment:out_of_tolerance"),
    # Who has to know of a recall or a late positive, and what it means for whoever got something of it.
    _react("quality:physicians:wanted", trial.name_physicians, "recall", "late_positive", "exercise", "bags"),
    _react("trial:physicians:named", quality.alert_physicians, "recall", "late_positive", "exercise", "physicians"),
    _react(LATE, followup.report_by_late_positive, "late_positive", "organism", "exposed"),
    # A decision closes the batch record; tying an issue tag to its bag is the scan that counts the tag as applied.
    _react("quality:lot:released", manufacturing.close_batch, lot="subject"),
    _react("quality:lot:released_for_further_use", manufacturing.close_batch, lot="subject"),
    _react("quality:lot:rejected", manufacturing.close_batch, lot="subject"),
    _react("quality:issue_tag:attached", labels.confirm_tag, label="label"),
    _react("quality:issue_tag:mixed_up", labels.stop_tags, worn="worn", tag="tag"),
    # The ward, the laboratory and the trial office answer each other.
    _react("custody:bag:returned", trial.make_due_again, bag="bag"),
    _void_labels("trial:assignment:released", "bag", "The bag is no longer meant for this recipient."),
    _void_labels("trial:wristband:replaced", "replaced", "The wristband was replaced."),
    _void_labels("custody:container:destroyed", "subject", "The thing that wore it was destroyed."),
    # The new label is on before the old one comes off.
    _void_labels(
        "labels:label:confirmed",
        "subject",
        "The bag wears its own label now.",
        of="container",
        when={"design": "infusion_bag"},
    ),
    _react("trial:wristband:replaced", bedside.void_checks_of, recipient="subject"),
    _react(
        "bedside:reaction:reported",
        followup.report_by_reaction,
        recipient="recipient",
        infusion="infusion",
        reaction="reaction",
    ),
    # Who has to know of it is told in the same moment.
    *notices_reactions.REACTIONS,
)

INVARIANTS: Sequence[Invariant] = (
    *ledger_invariants.INVARIANTS,
    *accounts_invariants.INVARIANTS,
    *notices_invariants.INVARIANTS,
    *labels_invariants.INVARIANTS,
    *printing_invariants.INVARIANTS,
    *donors_invariants.INVARIANTS,
    *materials_invariants.INVARIANTS,
    *manufacturing_invariants.INVARIANTS,
    *quality_invariants.INVARIANTS,
    *custody_invariants.INVARIANTS,
    *trial_invariants.INVARIANTS,
    *bedside_invariants.INVARIANTS,
    *followup_invariants.INVARIANTS,
)

ROUTERS: Sequence[APIRouter] = (
    trace_routes.router,
    document_routes.router,
    certificate_routes.router,
    web_house.router,
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
    counts_routes.router,
    import_routes.router,
    investigation_routes.router,
    laboratory_routes.router,
    method_routes.router,
    stability_routes.router,
    recall_routes.router,
    quality_routes.router,
    custody_routes.router,
    trial_routes.router,
    bedside_routes.router,
    followup_routes.router,
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
        ("/bench", "/documents"),
    ),
    Place(
        "/quality",
        T("Release"),
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
    ),
    Place("/labels", T("Labels"), ("labels.read",), ("labels.reprint_label",)),
    Place("/scans", T("Scans"), ("labels.read_scans",), ()),
    Place("/labels/printers", T("Printers"), ("printing.configure_printer",), ("printing.configure_printer",)),
    Place("/labels/isbt", T("ISBT 128"), (licensed_routes.STATE,), ()),
    Place("/trace", T("Trace"), ("trace.read", "trace.read_all", "trace.read_own"), ("trace.read_all",)),
    Place("/ledger", T("Ledger"), ("trace.read_ledger",), ("trace.read_ledger",)),
    Place(
        "/people",
        T("People"),
        ("accounts.read",),
        ("accounts.register_person",),
        ("/decisions", "/agreement", "/do/accounts"),
    ),
    Place("/notices/mail", T("Mail"), ("notices.retry_mail",), ()),
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
