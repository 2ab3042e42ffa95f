"""A culture that grew: used exceptionally, then reported as a late positive; and the recalls of the demonstration."""

from typing import Any

from cellchain.quality.rules.investigations import CHECKS
from scripts.screen_story import INSPECTION, Story, Where

WHY = "Demonstration: the culture of the control lot grew"
GROWN = "SELECT {} FROM quality_result JOIN manufacturing_lot ON manufacturing_lot.code = quality_result.lot "
PENDING = GROWN + "WHERE kind = 'control' AND test = 'sterility_14d' AND quality_result.phase = 'pending'"
HELD = "SELECT max(id) FROM quality_hold WHERE cause = 'failed_test' AND phase = 'placed'"


def recall(kind: str) -> Where:
    """The page of the demonstration's recall, or of its exercise."""
    return lambda story: f"/quality/recalls/{_number(story, kind)}"


def letters(kind: str) -> Where:
    """The letters of it."""
    return lambda story: f"/quality/recalls/{_number(story, kind)}/letters"


def _number(story: Story, kind: str) -> int:
    return int(story.first("SELECT min(id) FROM quality_recall WHERE kind = ?", kind))


def _grown(story: Story) -> str:
    """The number of a result that failed after its lot was released."""
    read = {name: story.first(PENDING.format(f"quality_result.{name}")) for name in ("sample", "instrument")}
    order: dict[str, Any] = {**read, "stage": "final", "test": "sterility_14d", "value": "growth"}
    result = story.served.do("analyst1", "quality/record_result", **order)["result"]
    story.served.do("analyst2", "quality/verify_result", result=result)
    return str(result)


def _accepted(story: Story) -> str:
    """The number of an exceptional use that all five have signed; the bag wears a tag that says what failed."""
    story.once("grown", lambda: _grown(story))
    do = story.served.do
    named: dict[str, Any] = {"investigation": story.first("SELECT max(id) FROM quality_investigation")}
    checks: dict[str, Any] = dict.fromkeys(CHECKS, "in_order")
    do("analyst2", "quality/investigate_laboratory", **named, **checks, hypothesis=WHY)
    full: dict[str, Any] = {"manufacturing_review": WHY, "scope_account": WHY, "root_cause": "not_found"}
    do("qa1", "quality/investigate_fully", **named, **full, root_account=WHY)
    do("qa2", "quality/conclude_investigation", signed=True, **named, conclusion="confirmed", reasoning=WHY)
    recipient = story.served.bags("ready", "saline")[0]["recipient"]
    treats = story.first(
        "SELECT username FROM accounts_person JOIN trial_recipient ON physician = accounts_person.code "
        "WHERE trial_recipient.code = ?",
        recipient,
    )
    asked: dict[str, Any] = {
        "recipient": recipient,
        "request": "Demonstration: no other bag can be ready before the course ends.",
    }
    use = do(treats, "quality/request_exceptional_use", signed=True, **named, **asked)["use"]
    do("qa1", "quality/evaluate_exceptional_use", signed=True, use=use, evaluation="Demonstration: one colony in two.")
    do(treats, "quality/take_on_exceptional_use", signed=True, use=use)
    at = story.first("SELECT max(at) FROM ledger_entry")
    do("coordinator1", "quality/record_sponsor_told", signed=True, use=use, told="S. Example", told_at=at)
    do("qa2", "quality/accept_exceptional_use", signed=True, use=use)
    do("qa2", "quality/lift_hold", signed=True, hold=story.first(HELD), reason=WHY)
    return str(use)


def exceptional_use(story: Story) -> str:
    """The page of an exceptional use that was accepted."""
    return "/quality/exceptional/" + story.once("accepted", lambda: _accepted(story))


def exceptional_match(story: Story) -> str:
    """What the second nurse sees of a bag that failed a test and was accepted for this recipient."""
    exceptional_use(story)
    return story.once("exceptional", lambda: _matched(story))


def _matched(story: Story) -> str:
    bag = story.served.bags("ready", "saline")[0]
    worn = story.first("SELECT label FROM quality_issue_tag WHERE bag = ? AND phase = 'attached'", bag["code"])
    badge = next(one["badge"] for one in story.served.manifest["people"] if one["username"] == "qa1")
    again: dict[str, Any] = {"label": worn, "reason": "It does not say what failed", "witness_badge": badge}
    tag = story.served.do("qa2", "labels/reprint_label", **again)["symbol"]
    story.served.do("qa2", "quality/attach_issue_tag", tag=tag, bag=bag["label"])
    order: dict[str, Any] = {"wristband": story.served.band(bag["recipient"]), "bag": bag["label"]}
    story.served.do("nurse1", "bedside/check", **order, inspection=INSPECTION)
    return f"/bedside/checks/{story.served.do('nurse2', 'bedside/check', **order, inspection=INSPECTION)['check']}"


def late_positive(story: Story) -> str:
    """The page of a late positive. It holds the lot, so that it comes behind what the exceptional use shows."""

    def reported() -> str:
        result = int(story.once("grown", lambda: _grown(story)))
        told: dict[str, Any] = {"result": result, "organism": "Cutibacterium acnes"}
        made = story.served.do("analyst1", "quality/report_late_positive", **told, susceptibility="Penicillin")
        return f"/quality/late-positives/{made['late_positive']}"

    return story.once("late", reported)
