"""Deviations that were assessed, and what is done about them: shorthand of several tests."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from cellchain import composition
from cellchain.accounts.models import Grant, Person
from cellchain.ledger import uploads
from cellchain.ledger.actor import Actor
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir
from cellchain.quality import commands
from cellchain.quality.actions import commands as actions
from cellchain.quality.changes import commands as changes
from tests.quality.lab import Lab
from tests.quality.test_open_deviation import opened
from tests.quality.workshop import person, row

SEATS = {
    "technician": "technician",
    "second_technician": "technician",
    "analyst": "analyst",
    "nurse": "nurse",
    "qa": "qa",
    "second_qa": "qa",
    "third_qa": "qa",
}
PDF = b"%PDF-1.4 what was done\n%%EOF\n"


class Desk:
    """The laboratory with people who are registered, and files that came in."""

    def __init__(self, lab: Lab, folder: DataDir) -> None:
        self.lab, self.folder = lab, folder
        handed = lab.house.database.house
        more: dict[str, Any] = {"fetch": folder.fetch, "lists": composition.LISTS, "way": composition.way}
        lab.house.database.house = replace(handed, **more)
        for sequence, (seat, role) in enumerate(SEATS.items(), start=1):
            setattr(lab, seat, replace(getattr(lab, seat), person=person(sequence)))
            self._register(person(sequence), role)

    def _register(self, code: str, role: str) -> None:
        def work(tx: Any) -> None:
            name = f"E. Example {code[-4:-2]}"
            told: dict[str, Any] = {
                "code": code,
                "username": f"u{code[-6:]}",
                "name": "Example",
                "initials": name,
                "phase": "active",
            }
            tx.add(row(Person, **told, registered_at=tx.now))
            tx.add(row(Grant, person=code, role=role, phase="active", granted_by=code, granted_at=tx.now))

        self.lab.seed(work)

    def came(self, content: bytes = PDF, name: str = "evidence.pdf") -> dict[str, str]:
        """A file that was sent before its order."""
        settings = Settings(attachment_bytes_max=100_000)
        installed: Any = SimpleNamespace(settings=settings, folder=self.folder, runner=self.lab.house.runner)
        return {"name": name, "sha256": uploads.receive(installed, self.lab.technician.person, content)}

    def assessed(self, severity: str = "major", lot: str | None = None, **more: Any) -> int:
        """A deviation that a technician opened and QA assessed."""
        lab = self.lab
        number = opened(lab, lot or lab.lot())
        told: dict[str, Any] = {"severity": severity, "assessment": "It may matter", **more}
        lab.do(commands.assess_deviation, by=lab.qa, deviation=number, **told)
        return number

    def planned(self, deviation: int, **changed: Any) -> int:
        """An action of the technician's, with a check two months later."""
        lab = self.lab
        told: dict[str, Any] = {"kind": "corrective", "what": "Renew the gasket", "owner": lab.technician.person}
        told |= {"due_on": lab.today() + timedelta(days=7), "check_due_on": lab.today() + timedelta(days=60)}
        told |= {"criterion": "No leak in 60 days"}
        order = {**told, **changed, "deviation": deviation}
        return int(lab.do(actions.plan_action, by=lab.qa, **order)["action"])

    def complete(self, action: int) -> None:
        """The owner did it."""
        told: dict[str, Any] = {"account": "Renewed", "evidence": self.came()}
        self.lab.do(actions.complete_action, by=self.lab.technician, action=action, **told)

    def judge(self, action: int, *, is_effective: bool) -> None:
        """QA looked at it again."""
        told: dict[str, Any] = {"is_effective": is_effective, "judgement": "Looked at"}
        self.lab.do(actions.judge_action, by=self.lab.qa, action=action, **told)

    def explain(self, deviation: int) -> None:
        """The analyst found the cause."""
        from cellchain.quality.deviations.commands import determine_root_cause

        told: dict[str, Any] = {"kind": "machine", "account": "The gasket was worn", "whys": "It leaked\nIt was old"}
        self.lab.do(determine_root_cause, by=self.lab.analyst, deviation=deviation, **told)

    def close(self, deviation: int, by: Actor | None = None) -> None:
        """Somebody else of QA closes it."""
        self.lab.do(
            commands.close_deviation, by=by or self.lab.second_qa, deviation=deviation, conclusion="It is enough"
        )

    def requested(self, **changed: Any) -> int:
        """A change that a technician asks for and makes."""
        lab = self.lab
        told: dict[str, Any] = {
            "title": "Another gasket",
            "what": "Silicone",
            "grounds": "Rubber ages",
            "impact": "Nothing that touches cells",
        }
        told |= {"kind": "major", "documents": ["SOP-3 v2"], "owner": lab.second_technician.person}
        told |= {"due_on": lab.today() + timedelta(days=14), "check_due_on": lab.today() + timedelta(days=90)}
        told |= {"criterion": "No leak in 90 days"}
        return int(lab.do(changes.request_change, by=lab.technician, **{**told, **changed})["change"])

    def approved(self, **changed: Any) -> int:
        """A change that two people of QA have signed."""
        number = self.requested(**changed)
        self.lab.do(changes.approve_change, by=self.lab.qa, change=number)
        self.lab.countersign(self.lab.second_qa)
        return number
