"""A product lot whose viability failed by a little, everything else in order, and the people who deal with it."""

from typing import Any

from cellchain.identity.codes import Kind, issue
from cellchain.labels import commands as labels
from cellchain.quality import commands, queries
from cellchain.quality.deviations import commands as deviations
from cellchain.quality.investigations import commands as investigations
from cellchain.quality.investigations import exceptional
from cellchain.quality.investigations import queries as reading
from cellchain.quality.rules.investigations import CHECKS
from cellchain.quality.rules.lifecycles import Stage
from tests.quality.lab import Lab

RECIPIENT, OTHER = (issue(Kind.RECIPIENT, 1, 2026, number) for number in (77, 78))
ALL_RIGHT: dict[str, Any] = {**dict.fromkeys(CHECKS, "in_order"), "hypothesis": "The cells died on their way"}
FAULT: dict[str, Any] = {**ALL_RIGHT, "calculation": "not_in_order", "cause": True, "evidence": "Raw data, page 3"}
FULLY: dict[str, Any] = {
    "manufacturing_review": "Every step was in order",
    "scope_account": "No other lot is concerned",
    "root_cause": "not_found",
    "root_account": "Nothing explains it",
}


class Failed:
    """The lot and its failure. Each method is one act by whom it belongs to."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.physician = lab.house.actor("physician", number=1)
        self.coordinator = lab.house.actor("coordinator", number=1)
        treats = self.physician.person
        lab.house.database.house = lab.handed(physician_of=lambda _tx, code: treats if code == RECIPIENT else None)
        lab.specify("product")
        self.lot = lab.lot()
        self.sample = lab.sample(self.lot)
        self.result = lab.result(self.sample, "viability", "79")
        with lab.house.read() as tx:
            tests = [
                one.limit for one in queries.tests_of(tx, self.lot, queries.kind_of(tx, self.lot), Stage.CONDITIONAL)
            ]
        lab.pass_stage_but(self.lot, self.sample, tests, {"viability"})
        lab.start_final(self.lot, self.sample)
        lab.do(labels.reconcile, by=lab.technician, lot=self.lot)
        self.number = self.facts().id

    def facts(self, result: int | None = None) -> reading.InvestigationFacts:
        with self.lab.house.read() as tx:
            found = reading.investigation_of(tx, result or self.result)
        assert found is not None
        return found

    def uses(self) -> list[reading.UseFacts]:
        with self.lab.house.read() as tx:
            return reading.uses_of(tx, self.number)

    # -- the investigation --

    def laboratory(self, **changes: Any) -> None:
        order: dict[str, Any] = {"investigation": self.number, **ALL_RIGHT, **changes}
        self.lab.do(investigations.investigate_laboratory, by=self.lab.second_analyst, **order)

    def fully(self, **changes: Any) -> None:
        order: dict[str, Any] = {"investigation": self.number, **FULLY, **changes}
        self.lab.do(investigations.investigate_fully, by=self.lab.third_qa, **order)

    def conclude(self, conclusion: str, **changes: Any) -> None:
        order: dict[str, Any] = {
            "investigation": self.number,
            "conclusion": conclusion,
            "reasoning": "As it was found",
            **changes,
        }
        self.lab.do(investigations.conclude_investigation, by=self.lab.qa, **order)

    def confirmed(self) -> "Failed":
        """The whole investigation, without a cause."""
        self.laboratory()
        self.fully()
        self.conclude("confirmed")
        return self

    # -- the exceptional use --

    def ask(self, recipient: str = RECIPIENT) -> int:
        order: dict[str, Any] = {
            "investigation": self.number,
            "recipient": recipient,
            "request": "No other bag before the window closes",
        }
        return int(self.lab.do(exceptional.request_exceptional_use, by=self.physician, **order)["use"])

    def evaluate(self, use: int) -> None:
        told: dict[str, Any] = {"use": use, "evaluation": "One percent below the limit, dose unchanged"}
        self.lab.do(exceptional.evaluate_exceptional_use, by=self.lab.qa, **told)

    def take_on(self, use: int) -> None:
        self.lab.do(exceptional.take_on_exceptional_use, by=self.physician, use=use)

    def tell(self, use: int) -> None:
        told: dict[str, Any] = {"use": use, "told": "S. Example", "told_at": self.lab.house.clock.now()}
        self.lab.do(exceptional.record_sponsor_told, by=self.coordinator, **told)

    def accept(self, use: int) -> None:
        self.lab.do(exceptional.accept_exceptional_use, by=self.lab.second_qa, use=use)

    def withdraw(self, use: int) -> None:
        withdrawn: dict[str, Any] = {"use": use, "reason": "Another bag came in time"}
        self.lab.do(exceptional.withdraw_exceptional_use, by=self.physician, **withdrawn)

    def accepted(self) -> int:
        """Every act of an exceptional use for the recipient."""
        use = self.ask()
        for act in (self.evaluate, self.tell, self.take_on, self.accept):
            self.lab.wait(minutes=3)
            act(use)
        return use

    # -- the release --

    def settle(self) -> None:
        """Close the deviation, decide the exceptions and review."""
        lab = self.lab
        lab.do(commands.assess_deviation, by=lab.qa, deviation=1, severity="major", assessment="Counted twice")
        cause: dict[str, Any] = {"deviation": 1, "kind": "measurement", "account": "The chamber was filled unevenly"}
        lab.do(deviations.determine_root_cause, by=lab.qa, **cause)
        lab.do(commands.close_deviation, by=lab.second_qa, deviation=1, conclusion="Investigated")
        with lab.house.read() as tx:
            waiting = [item.key for item in queries.exceptions_of(tx, self.lot) if item.is_open]
        for key in waiting:
            lab.do(commands.accept_exception, by=lab.qa, lot=self.lot, exception=key, note="Taken on by name")
        lab.review(self.lot)

    def release(self) -> None:
        self.lab.do(commands.release_conditionally, by=self.lab.third_qa, lot=self.lot)
