"""What a lot, a container and a bag are, what can be done with them next, and what their labels say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cellchain.donors import describe as donors
from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.ledger.actor import Actor
from cellchain.ledger.describe import Action, Description, LabelData
from cellchain.manufacturing import label_fields, label_hazards, queries
from cellchain.manufacturing.facts import ContainerFacts, ContainerSketch, LotFacts
from cellchain.manufacturing.rules.cells import LIVE
from cellchain.manufacturing.rules.lifecycles import ContainerKind, Content, LotKind, LotPhase
from cellchain.platform.db import ReadTx

# Whoever works with cells or reads about them. An assessor holds none of these and learns nothing of lots and bags.
SEES = ("manufacturing.read", "quality.read", "custody.read", "bedside.read", "labels.read")
LOT_TITLES = {
    LotKind.BANK: T("Bank lot"),
    LotKind.PRODUCT: T("Product lot"),
    LotKind.CONTROL: T("Control lot"),
}
CONTAINER_TITLES = {
    ContainerKind.HARVEST_BAG: T("Harvest bag"),
    ContainerKind.TUBE: T("Tube"),
    ContainerKind.VESSEL: T("Culture vessel"),
    ContainerKind.CRYOVIAL: T("Cryovial"),
    ContainerKind.INFUSION_BAG: T("Infusion bag"),
}
CONTENT_TITLES = {
    Content.MARROW: T("bone marrow"),
    Content.CELLS: T("nucleated cells"),
    Content.MSC: T("MSC"),
    Content.SALINE: T("saline"),
}
# What is in an infusion bag tells the arm of whoever gets it: it is for who may see arms, and who makes or tests bags.
SEES_CONTENT = ("trial.see_arm", "manufacturing.read")
PARTIAL = "partial_bag"
DESIGNS = {
    ContainerKind.HARVEST_BAG: ("harvest_bag",),
    ContainerKind.TUBE: ("tube",),
    ContainerKind.VESSEL: ("vessel",),
    ContainerKind.CRYOVIAL: ("cryovial",),
    ContainerKind.INFUSION_BAG: ("container", PARTIAL),
}
# A bag's other labels say whose it is, and are the trial's.
BAG_DESIGNS = DESIGNS[ContainerKind.INFUSION_BAG]


def describe(tx: ReadTx, code: str, actor: Actor) -> Description | None:
    """A lot (LT) or a container (BG, CT, CV) as `actor` may see it."""
    if not _sees(actor):
        return None
    if code.startswith(queries.LOT):
        lot = queries.find_lot(tx, code)
        return None if lot is None else _describe_lot(lot, actor)
    found = queries.find_container(tx, code)
    return None if found is None else _describe_container(found, actor)


def sketch(tx: ReadTx, codes: Sequence[str], actor: Actor) -> dict[str, Description]:
    """Many lots and containers as `describe` tells them, without what can be done with them."""
    lots = [code for code in codes if code[:2] == queries.LOT]
    containers = queries.container_sketches(tx, [code for code in codes if code[:2] != queries.LOT])
    return {**sketched_lots(tx, lots, actor), **sketched(containers, actor)}


def sketched_lots(tx: ReadTx, lots: Sequence[str], actor: Actor) -> dict[str, Description]:
    """The same of lots alone."""
    known = queries.lot_sketches(tx, lots) if _sees(actor) else {}
    return {code: Description("lot", code, _lot_title(*row), row.phase, _lot_page(code)) for code, row in known.items()}


def sketched(
    known: Mapping[str, ContainerSketch], actor: Actor, phases: Mapping[str, str] | None = None
) -> dict[str, Description]:
    """The same of containers that were read already. `phases`: how those stand of which quality says something else."""
    if not _sees(actor):
        return {}
    titles: dict[tuple[object, ...], T] = {}  # vessels by the hundred are one sentence
    found = {}
    for code, row in known.items():
        words = row[:4]
        if words not in titles:
            titles[words] = _container_title(row, actor)
        phase = row.phase if phases is None else phases.get(code, row.phase)
        found[code] = Description("container", code, titles[words], phase, _container_page(row.kind, code))
    return found


def _sees(actor: Actor) -> bool:
    return any(actor.may(permission) for permission in SEES)


def sees_content(actor: Actor) -> bool:
    """Whether this person may know what is in an infusion bag."""
    return any(actor.may(permission) for permission in SEES_CONTENT)


def title_of(facts: ContainerFacts | ContainerSketch) -> T:
    """`Culture vessel P2`, `Tube, nucleated cells`, `Infusion bag, saline`."""
    kind = CONTAINER_TITLES[facts.kind]
    if facts.kind == ContainerKind.VESSEL:
        return T("{kind} P{passage}", kind=kind, passage=facts.passage)
    return T("{kind}, {content}", kind=kind, content=CONTENT_TITLES[facts.content])


def label(tx: ReadTx, code: str, design: str) -> LabelData:
    """What the label of a container says. An infusion bag wears a container label until a recipient is assigned.

    Its partial label says the least that stands on a bag at all times, beside whatever else it wears.

    Raises NotFound, Refused `label.wrong_design`.
    """
    facts = queries.container_facts(tx, code)
    if design not in DESIGNS[facts.kind]:
        raise Refused(
            "label.wrong_design",
            "{container} wears another label. Print the one that belongs to it.",
            container=code,
        )
    if facts.kind == ContainerKind.HARVEST_BAG:
        return replace(donors.label(tx, code, design), group=facts.lot)
    lot = None if facts.lot is None else queries.lot_facts(tx, facts.lot)
    study = None if lot is None else lot.study
    fields = label_fields.partial_bag(facts, study) if design == PARTIAL else _fields(tx, facts, study)
    return LabelData(fields, group=facts.lot)


def _fields(tx: ReadTx, facts: ContainerFacts, study: str | None) -> dict[str, str]:
    zone = tx.house.zone
    if facts.kind == ContainerKind.VESSEL:
        place, of = queries.place_among_siblings(tx, facts)
        return label_fields.vessel(facts, place, of, zone, study)
    if facts.kind == ContainerKind.CRYOVIAL:
        return label_fields.cryovial(facts, zone)
    return {**label_fields.container(facts, zone, study), **label_hazards.of_container(tx, facts)}


def _describe_lot(lot: LotFacts, actor: Actor) -> Description:
    actions = (
        [Action("manufacturing/start_step", T("Open the bench"), f"/bench/{lot.code}")] if _works(lot, actor) else []
    )
    if lot.phase == LotPhase.OPEN and actor.may("manufacturing.complete_batch"):
        actions.append(_do("complete_batch", T("Complete the batch"), f"lot={lot.code}"))
    title = _lot_title(lot.kind, lot.phase, lot.record_name)
    return Description("lot", lot.code, title, lot.phase, _lot_page(lot.code), tuple(actions))


def _lot_title(kind: LotKind, _: LotPhase, name: str) -> T:
    return T("{kind}: {name}", kind=LOT_TITLES[kind], name=T(name))


def _lot_page(code: str) -> str:
    return f"/manufacturing/lots/{code}"


def _works(lot: LotFacts, actor: Actor) -> bool:
    return lot.phase == LotPhase.OPEN and actor.may("manufacturing.start_step")


def _describe_container(facts: ContainerFacts, actor: Actor) -> Description:
    actions = []
    if facts.phase in LIVE and actor.may("manufacturing.discard"):
        actions.append(_do("discard", T("Discard"), f"container={facts.code}"))
    if facts.phase in LIVE and actor.may("labels.print_label"):
        design = DESIGNS[facts.kind][0]
        href = f"/do/labels/print_label?target={facts.code}&design={design}"
        actions.append(Action("labels/print_label", T("Print the label"), href))
    title, page = _container_title(facts, actor), _container_page(facts.kind, facts.code)
    return Description("container", facts.code, title, facts.phase, page, tuple(actions))


def _container_title(facts: ContainerFacts | ContainerSketch, actor: Actor) -> T:
    is_bag = facts.kind == ContainerKind.INFUSION_BAG
    return CONTAINER_TITLES[facts.kind] if is_bag and not sees_content(actor) else title_of(facts)


def _container_page(kind: ContainerKind, code: str) -> str:
    return f"/manufacturing/{'bags' if kind == ContainerKind.INFUSION_BAG else 'containers'}/{code}"


def _do(verb: str, words: T, query: str) -> Action:
    return Action(f"manufacturing/{verb}", words, f"/do/manufacturing/{verb}?{query}")
