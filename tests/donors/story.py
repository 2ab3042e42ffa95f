"""A donor's way, one step a method, for the tests of donors and of what stands above them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from cellchain.donors import commands, definitions
from cellchain.ledger.actor import Actor
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from tests.factories import House

CLEAR: dict[str, Any] = {
    "hiv": "negative",
    "hbv": "negative",
    "hcv": "negative",
    "syphilis": "negative",
    "htlv": "negative",
    "cmv": "negative",
}
CLEAR_NUCLEIC: dict[str, Any] = {"hiv": "negative", "hbv": "negative", "hcv": "negative"}
BOTH_SIDES = [
    {"site": "posterior_iliac_crest_left", "pulls_count": 10, "volume_ul": 30_000},
    {"site": "posterior_iliac_crest_right", "pulls_count": 10, "volume_ul": 30_000},
]
HEPARIN_LOT = "ML012600000189"
OPERATOR = "PS012600000165"


def healthy(**risky: str) -> list[dict[str, Any]]:
    """An answer to every question in force: none means a risk but those named, each with these words beside it."""
    return [
        {
            "question": one.code,
            "answer": str(one.risk) if one.code in risky else ("no" if one.risk == "yes" else "yes"),
            "note": risky.get(one.code) or None,
        }
        for one in definitions.questions_in_force().questions
    ]


class DonorStory:
    """Takes donors through registration, consent, questions, screening, eligibility, harvest and what follows it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.coordinator: Actor = house.actor("coordinator")
        self.physician: Actor = house.actor("physician")
        self.qa: Actor = house.actor("qa")

    def do(self, function: Callable[..., Any], *, by: Actor, **fields: Any) -> dict[str, Any]:
        """Run a verb whose order has a reason of its own, which is not the request's."""
        house, command = self.house, command_of(function)
        call = Call(command, command.order(**fields), by, house.request_id())
        return house.runner.run(call).result()

    def register(self, **fields: Any) -> str:
        """A donor, known by code."""
        person = {
            "name": "Invented Person",
            "identity_document": "passport 0000 000000",
            "sex": "female",
            "birth_year": 1996,
            "blood_group": "O+",
        }
        return str(self.house.do(commands.register_donor, by=self.coordinator, **{**person, **fields})["donor"])

    def consent(self, donor: str, version: str = "2.0", **fields: Any) -> dict[str, Any]:
        """The donor's signature under a form."""
        return self.house.do(commands.record_consent, by=self.coordinator, donor=donor, version=version, **fields)

    def ask(self, donor: str, *, by: Actor | None = None, **risky: str) -> dict[str, Any]:
        """The health questions, without a risk unless `risky` names answers."""
        order = {"donor": donor, "version": definitions.questions_in_force().version, "answers": healthy(**risky)}
        return self.do(commands.record_questionnaire, by=by or self.coordinator, **order)

    def judge(self, donor: str, judgement: str = "acceptable", *, by: Actor | None = None) -> dict[str, Any]:
        """A physician judges the answers."""
        return self.house.do(
            commands.assess_questionnaire,
            by=by or self.physician,
            donor=donor,
            judgement=judgement,
            note="Long ago, and over.",
        )

    def screen_all(self, donor: str, *, days_ago: int = 2) -> None:
        """The whole panel, clear: antibodies, and the agents themselves."""
        self.screen(donor, days_ago=days_ago)
        self.screen(donor, days_ago=days_ago, assay="nucleic_acid", **CLEAR_NUCLEIC)

    def screen(self, donor: str, *, days_ago: int = 2, **fields: Any) -> dict[str, Any]:
        """A laboratory report; all six negative unless `fields` names markers."""
        now = self.house.clock.now()
        results = {name: value for name, value in fields.items() if name in CLEAR} or CLEAR
        times = {"sampled_at": now - timedelta(days=days_ago), "resulted_at": now - timedelta(hours=1)}
        rest = {name: value for name, value in fields.items() if name not in CLEAR}
        report = {"donor": donor, "method": "ELISA and NAT", "report": "LAB-17", **times, **results, **rest}
        return self.do(commands.record_screening, by=self.coordinator, **report)

    def determine(
        self, donor: str, outcome: str = "eligible", *, by: Actor | None = None, **fields: Any
    ) -> dict[str, Any]:
        """The physician's signed determination."""
        order = {"donor": donor, "outcome": outcome, **fields}
        return self.house.do(commands.determine_eligibility, by=by or self.physician, **order)

    def eligible(self) -> str:
        """A donor who may give now."""
        donor = self.register()
        self.consent(donor)
        self.clear(donor)
        return donor

    def clear(self, donor: str) -> None:
        """Everything that each donation takes anew: questions, panel, determination."""
        self.ask(donor)
        self.screen_all(donor)
        self.determine(donor)

    def harvest(self, donor: str, **fields: Any) -> dict[str, Any]:
        """A harvest of 60 mL that began an hour later and took half an hour."""
        started_at = self.house.clock.now() + timedelta(hours=1)
        ended_at = started_at + timedelta(minutes=30)
        self.house.clock.advance(timedelta(hours=2))
        order = {
            "donor": donor,
            "sites": BOTH_SIDES,
            "anticoagulant_lot": HEPARIN_LOT,
            "anticoagulant_units": 1_500,
            "operator": OPERATOR,
            "started_at": started_at,
            "ended_at": ended_at,
            **fields,
        }
        return self.house.do(commands.record_harvest, by=self.coordinator, **order)

    def visit(self, donation: str, visit: str = "day_1", **fields: Any) -> dict[str, Any]:
        """A follow-up visit, made now, at which nothing was found unless `fields` says so."""
        order = {"donation": donation, "visit": visit, "contact": "seen", "findings": "Well.", **fields}
        return self.do(commands.record_visit, by=self.coordinator, **order)
