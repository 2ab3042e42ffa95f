"""Follow-up told in tests: a recipient with planned visits, infusions and reactions as the bedside leaves them."""

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlmodel import SQLModel

from cellchain.followup import commands, queries
from cellchain.followup.models import Visit
from cellchain.followup.rules import GRADED
from cellchain.followup.safety import queries as safety
from cellchain.ledger.actor import Actor
from cellchain.trial.pauses import queries as pauses
from tests.trial.story import STUDY, Story, person

UNITS = {"serious_adverse_events": "events", "fvc": "L", "fev1": "L", "dlco": "mmol/min/kPa", "six_minute_walk": "m"}


class Course(Story):
    """A house with a study, and follow-up's own acts as one call each."""

    def followed(self) -> str:
        """Randomised, with visits planned (anchor: two weeks after randomisation)."""
        recipient = self.randomised()
        self.do(commands.plan_visits, by=self.people.coordinator, recipient=recipient)
        return recipient

    def visit(self, recipient: str, code: str = "month_3") -> Visit:
        """A visit as it stands."""
        with self.house.read() as tx:
            return next(one for one in queries.visits_of(tx, recipient) if one.code == code)

    def go_to(self, on: date) -> None:
        """Let time pass until noon of a day."""
        self.house.clock.advance_to(datetime.fromisoformat(f"{on}T12:00:00+00:00"))

    def visited(self, recipient: str, code: str = "month_3") -> int:
        """The recipient came on the very day."""
        visit = self.visit(recipient, code)
        self.go_to(visit.due_on)
        self.do(commands.record_visit, by=self.people.assessor, visit=visit.id, visited_on=visit.due_on)
        return visit.id or 0

    def measure(self, visit: int, outcome: str = "fvc", value: str = "2.41", **other: Any) -> dict[str, Any]:
        """Record a measurement."""
        graded = {"grade": "A"} if outcome in GRADED else {}
        fields = {"visit": visit, "outcome": outcome, "value": value, "unit": UNITS[outcome], **graded, **other}
        return self.do(commands.record_measurement, by=self.people.assessor, **fields)

    def event(self, recipient: str, *, by: Actor | None = None, **other: Any) -> dict[str, Any]:
        """Report an adverse event, by default a mild one that begins now."""
        fields = {
            "recipient": recipient,
            "term": "Fever",
            "grade": 1,
            "onset_at": self.house.clock.now(),
            **other,
        }
        return self.do(commands.report_adverse_event, by=by or self.people.physician, **fields)

    def assess(self, event: int, relatedness: str = "possible", expectedness: str = "unexpected", **other: Any) -> Any:
        """The physician's assessment."""
        fields = {"event": event, "relatedness": relatedness, "expectedness": expectedness, **other}
        return self.do(commands.assess_causality, by=self.people.physician, **fields)

    def submit(self, clock: int, *, by: Actor | None = None, **other: Any) -> dict[str, Any]:
        """A report goes out."""
        fields = {"clock": clock, "told": "Sponsor", "proof": "Receipt 17", **other}
        return self.do(commands.submit_report, by=by or self.people.coordinator, **fields)

    def judge(self, event: int, relatedness: str = "possible", expectedness: str = "unexpected", **other: Any) -> Any:
        """The sponsor's assessment."""
        fields = {"event": event, "relatedness": relatedness, "expectedness": expectedness, **other}
        return self.do(commands.assess_as_sponsor, by=self.sponsor, **fields)

    @cached_property
    def sponsor(self) -> Actor:
        """Somebody of the sponsor."""
        return person(self.house, "sponsor", "sponsor")

    @cached_property
    def committee(self) -> Actor:
        """Somebody of the committee that watches over safety."""
        return person(self.house, "committee", "committee")

    @property
    def is_paused(self) -> bool:
        """Whether the study is paused."""
        with self.house.read() as tx:
            return pauses.is_paused(tx, STUDY.code)

    def clocks(self, event: int) -> list[Any]:
        """The clocks of an event, the first due first."""
        with self.house.read() as tx:
            return safety.clocks_of(tx, event)

    def events_of(self, recipient: str) -> list[Any]:
        """The adverse events of a recipient."""
        with self.house.read() as tx:
            return safety.events_of(tx, recipient)

    def infusion_given(self, recipient: str, number: int = 1, *, grade: int | None = None) -> tuple[int, int]:
        """An infusion now, written past the runner as the bedside leaves it; with `grade`, a reaction in it too."""
        now = self.house.clock.now()
        bag = self.bag(self.content_for(recipient))
        row: dict[str, Any] = {
            "id": 500 + self.bags,
            "bag": bag,
            "recipient": recipient,
            "planned_infusion": self.infusion(recipient, number),
            "phase": "completed",
            "started_at": now,
            "started_by": self.people.nurse.person,
            "first_checker": self.people.nurse.person,
            "second_checker": self.people.second_nurse.person,
            "planned_minutes": 120,
            "volume_ul": 400_000,
            "ended_at": now + timedelta(minutes=120),
        }
        reaction: dict[str, Any] = {
            "id": 600 + self.bags,
            "infusion": row["id"],
            "term": "Chills",
            "grade": grade or 1,
            "action": "slowed",
            "began_at": now,
            "reported_at": now + timedelta(minutes=5),
            "reported_by": self.people.nurse.person,
        }
        tables = SQLModel.metadata.tables
        with self.house.database.engine.begin() as link:
            link.execute(tables["bedside_infusion"].insert().values(**row))
            if grade is not None:
                link.execute(tables["bedside_reaction"].insert().values(**reaction))
        return row["id"], reaction["id"]
