"""How a bag is given to a recipient, for limits that depend on weight, volume and time; and to whom it leads."""

from cellchain.custody import queries as custody
from cellchain.kernel.errors import NotFound
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.rules.lifecycles import ContainerKind
from cellchain.platform.db import ReadTx
from cellchain.quality.rules.doses import Giving
from cellchain.trial import edges, queries, statements
from cellchain.trial.definition import StudyDefinition

UL_PER_ML = 1_000
G_PER_KG = 1_000
MINUTES_PER_HOUR = 60


def to_recipient(study: StudyDefinition, volume_ul: int, weight_g: int) -> Giving:
    """A bag given to somebody of this weight as fast as the study allows."""
    return Giving(volume_ul, shortest_minutes(study, volume_ul), weight_g, is_assigned=True)


def shortest_minutes(study: StudyDefinition, volume_ul: int) -> int:
    """The shortest time in which a bag may run: its volume at the study's highest rate, in whole minutes cut short."""
    return max(1, volume_ul * MINUTES_PER_HOUR // (study.bedside.rate_highest_ml_h * UL_PER_ML))


def of_lot(tx: ReadTx, lot: str) -> Giving | None:
    """How the bags of a lot are given at their worst; None for a lot that was made for no study.

    The lightest of those whose bags they are counts, at the weight that their infusion was ordered for; where no bag is
    anybody's yet, the lightest recipient whom the study may treat.
    """
    code = manufacturing.lot_facts(tx, lot).study
    if code is None:
        return None
    study = queries.study_definition(tx, code)
    bags = [one for one in manufacturing.containers_of(tx, lot) if one.kind is ContainerKind.INFUSION_BAG]
    volume_ul = max((bag.volume_made_ul for bag in bags), default=study.product.volume_ml * UL_PER_ML)
    weights = [weight for bag in bags if (weight := _weight_of(tx, bag.code)) is not None]
    lightest = min(weights, default=study.bedside.weight_lowest_kg * G_PER_KG)
    return Giving(volume_ul, shortest_minutes(study, volume_ul), lightest, is_assigned=bool(weights))


def _weight_of(tx: ReadTx, bag: str) -> int | None:
    tie = queries.assignment_of(tx, bag)
    return None if tie is None else weight_at(tx, tie.recipient, tie.planned_infusion)


def weight_at(tx: ReadTx, recipient: str, planned_infusion: int) -> int:
    """The weight in grams that an infusion was ordered for, else the one at enrolment. Raises NotFound."""
    row = tx.one(statements.WEIGHTS_AT, recipient=recipient, infusion=planned_infusion)
    if row is None:
        raise NotFound("record.not_found", "{key} is not known here. Scan the label again.", key=recipient)
    ordered, enrolled = row
    return int(ordered or enrolled)


def onward(tx: ReadTx, code: str) -> list[str]:
    """What a thing leads to in the packages after quality: a shipment to what lies in it, a bag to its recipients."""
    if code.startswith("SH"):
        return [packed.subject for packed in custody.packed_in(tx, code)]
    return [edge.target for edge in edges.edges_from(tx, [code])]
