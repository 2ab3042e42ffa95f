"""What followed the failed test of a lot: class, cause, actions, a change; and a complaint that nobody has answered."""

from datetime import timedelta
from typing import Any

from cellchain.custody import commands as custody
from cellchain.demo.lab import countersign
from cellchain.demo.stage import Stage
from cellchain.demo.supplies import paper
from cellchain.manufacturing import queries as manufacturing
from cellchain.quality import commands as quality
from cellchain.quality import queries
from cellchain.quality.actions import commands as actions
from cellchain.quality.changes import commands as changes
from cellchain.quality.deviations import commands as deviations

CHECKED_AFTER, LATE = timedelta(days=90), timedelta(days=14)
WHYS = "The medium was contaminated\nThe bottle had been opened before\nNothing on the bottle said when"


def investigate(stage: Stage, lot: str) -> None:
    """The failed test of a lot: what it means, why it happened, what is done, and a change that comes of it.

    The preventive action and the check of the corrective one are still to come when the story ends.
    """
    with stage.installation.database.read() as tx:
        failed = next(one.id for one in queries.deviations_of(tx, lot) if one.rule == "quality:result:failed")
        record = manufacturing.lot_facts(tx, lot).master_record
    told: dict[str, Any] = {"deviation": failed, "severity": "major", "reach": "thing"}
    stage.do("qa1", quality.assess_deviation, **told, assessment="Demonstration: the lot is rejected; no bag left.")
    cause = {"kind": "method", "account": "Demonstration: an opened bottle of medium was used again.", "whys": WHYS}
    stage.do("analyst1", deviations.determine_root_cause, deviation=failed, **cause)
    day, end = stage.today(), stage.site_day(stage.end)
    renew: dict[str, Any] = {"kind": "corrective", "what": "Demonstration: discard every opened bottle of medium."}
    renew |= {"owner": stage.code_of("technician1"), "due_on": day + timedelta(days=7)}
    renew |= {"check_due_on": end + timedelta(days=5), "criterion": "No positive mycoplasma test in 20 lots."}
    done = stage.do("qa1", actions.plan_action, deviation=failed, **renew)["action"]
    train: dict[str, Any] = {"kind": "preventive", "what": "Demonstration: train everybody to date opened bottles."}
    train |= {"owner": stage.code_of("technician2"), "due_on": end - LATE}
    train |= {"check_due_on": end + CHECKED_AFTER, "criterion": "Every opened bottle in three audits bears its day."}
    stage.do("qa1", actions.plan_action, deviation=failed, **train)
    asked: dict[str, Any] = {"title": "Demonstration: an opened bottle of medium is dated", "kind": "major"}
    asked |= {"what": "The step records the day on which the bottle was opened.", "grounds": "An old one was used."}
    asked |= {"impact": "None on the cells; one more value in each batch record.", "documents": ["SOP-12 v4"]}
    asked |= {"owner": stage.code_of("technician1"), "due_on": end + timedelta(days=20), "master_record": record}
    asked |= {"check_due_on": end + CHECKED_AFTER, "criterion": "The day is recorded in ten lots out of ten."}
    change = stage.do("technician1", changes.request_change, action=done, **asked)["change"]
    stage.wait(days=1)
    evidence = paper(stage, "technician1", "Bottles discarded")
    stage.do("technician1", actions.complete_action, action=done, account="All discarded.", evidence=evidence)
    stage.do("qa1", changes.approve_change, change=change)
    countersign(stage, "qa2")
    more: dict[str, Any] = {"dated": "deviation", "number": failed, "until": end + timedelta(days=30)}
    stage.do("qa2", actions.extend_due_date, **more, reason="Demonstration: the effect shows over many lots.")


def destroy(stage: Stage, lot: str, place: str) -> None:
    """What was left of a lot is destroyed by two people, and its record is whole."""
    with stage.installation.database.read() as tx:
        rest = next(
            one.code for one in manufacturing.containers_of(tx, lot) if one.kind == "tube" and one.phase == "discarded"
        )
    told: dict[str, Any] = {"subject": rest, "method": "autoclave", "place": place, "volume_ul": 12_000}
    told |= {"reason": "Demonstration: the lot is rejected.", "witness_badge": stage.badges["qa2"]}
    made = stage.do("technician1", custody.destroy, **told)
    stage.wait(minutes=5)
    stage.do("qa2", custody.witness_destruction, destruction=made["destruction"])


def complain(stage: Stage, lot: str) -> None:
    """The ward was not content with a bag of a lot; nobody has answered yet."""
    told: dict[str, Any] = {
        "title": "Demonstration: the port cover was hard to open",
        "description": "Two nurses had to try.",
    }
    told |= {"complainant": "Ward 2, nurse on duty", "came_by": "Telephone"}
    at = stage.clock.now() - timedelta(hours=1)
    stage.do("technician2", deviations.record_complaint, subject=lot, received_at=at, **told)
