"""A failure in the story: the laboratory looks at itself, everything else is looked at, and QA concludes."""

from typing import Any

from cellchain.demo.stage import Stage
from cellchain.quality.investigations import commands as investigations
from cellchain.quality.investigations import exceptional
from cellchain.quality.investigations import queries as reading
from cellchain.quality.rules.investigations import CHECKS
from cellchain.trial import queries as trial

CHECKLIST: dict[str, Any] = {
    **dict.fromkeys(CHECKS, "in_order"),
    "hypothesis": "Demonstration: a mixed-up sample was thought of; both tubes were read again and tell the same.",
}
REVIEW: dict[str, Any] = {
    "manufacturing_review": "Demonstration: every step is verified, the room was in its limits.",
    "scope_account": "Demonstration: the other lots of the bank passed the same test.",
    "root_cause": "not_found",
    "root_account": "Demonstration: nothing explains it.",
}


def confirm(stage: Stage, lot: str) -> None:
    """Bring the open investigation of a lot to its end: the failure is confirmed, by three people."""
    with stage.installation.database.read() as tx:
        number = next(one.id for one in reading.investigations_of(tx, lot) if one.is_open)
    stage.wait(hours=4)
    stage.do("analyst2", investigations.investigate_laboratory, investigation=number, **CHECKLIST)
    stage.wait(hours=16)
    stage.do("qa1", investigations.investigate_fully, investigation=number, **REVIEW)
    stage.wait(hours=4)
    concluded: dict[str, Any] = {"conclusion": "confirmed", "reasoning": "Demonstration: no cause was found."}
    stage.do("qa2", investigations.conclude_investigation, investigation=number, **concluded)


def ask_in_vain(stage: Stage, lot: str, recipient: str) -> None:
    """A physician asks for the lot all the same, reads the evaluated risk, and withdraws."""
    with stage.installation.database.read() as tx:
        number = reading.investigations_of(tx, lot)[-1].id
        treats = trial.physician_of(tx, recipient)
    who = next(name for name, actor in stage.people.items() if actor.person == treats)
    asked: dict[str, Any] = {
        "investigation": number,
        "recipient": recipient,
        "request": "Demonstration: the recipient gets worse, and no other bag comes in time.",
    }
    use = stage.do(who, exceptional.request_exceptional_use, **asked)["use"]
    stage.wait(hours=1)
    risk = "Demonstration: an infection with mycoplasma may kill; no treatment before the infusion makes it small."
    stage.do("qa1", exceptional.evaluate_exceptional_use, use=use, evaluation=risk)
    told: dict[str, Any] = {"told": "S. Example, sponsor's safety office", "told_at": stage.clock.now()}
    stage.wait(minutes=20)
    stage.do("coordinator1", exceptional.record_sponsor_told, use=use, **told)
    withdrawn = "Demonstration: the risk is greater than the hazard it avoids."
    stage.do(who, exceptional.withdraw_exceptional_use, use=use, reason=withdrawn)
