"""A small plant: people, materials, equipment, a donor, and lots taken as far as a test needs."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cellchain.accounts import commands as accounts
from cellchain.accounts import passwords
from cellchain.donors import commands as donors
from cellchain.donors import definitions
from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import Forbidden, Refused
from cellchain.labels import commands as labels
from cellchain.ledger.actor import Actor, Signing
from cellchain.ledger.registry import Reaction, command_of
from cellchain.ledger.run import Call
from cellchain.manufacturing import batch_record, commands, queries
from cellchain.manufacturing import describe as manufacturing_describe
from cellchain.manufacturing.commands.culture import TakeInHarvestBag
from cellchain.manufacturing.commands.master_records import OfMasterRecord
from cellchain.manufacturing.counts import commands as counts
from cellchain.manufacturing.describe import DESIGNS
from cellchain.manufacturing.record_views import LotPage
from cellchain.manufacturing.rules.definition import load
from cellchain.materials import commands as materials
from cellchain.platform.files import DataDir
from tests.donors.story import CLEAR_NUCLEIC, healthy
from tests.factories import House

RECORDS = Path(commands.__file__).parent.parent / "master_records"
# What main.py says, as far as manufacturing goes.
REACTIONS = (
    Reaction(
        "donors:donation:harvested",
        commands.take_in_harvest_bag,
        lambda facts: TakeInHarvestBag(donation=facts["donation"]),
    ),
    Reaction(
        "accounts:decision:countersigned",
        commands.make_master_record_effective,
        lambda facts: (
            OfMasterRecord(master_record=int(facts["subject"]))
            if facts["event"] == "manufacturing:master_record:approved"
            else None
        ),
    ),
)
MATERIALS = ("gradient", "medium", "enzyme", "cryoprotectant", "saline", "vessel", "bag", "anticoagulant")
EQUIPMENT = ("cabinet", "centrifuge", "counter", "incubator", "freezer")
LABELS = ("tube", "vessel", "cryovial", "container")
LABELLERS: dict[str, Any] = dict.fromkeys(("CT", "CV", "BG"), manufacturing_describe)
MARROW_UL = 60_000
CONTROL_RECORD = (RECORDS / "control.toml").read_text()


class Plant:
    """The house with everything a batch needs. `do` runs a command by the technician unless another acts."""

    def __init__(self, house: House, hired: Mapping[str, str] | None = None) -> None:
        self.house = house
        house.database.house = replace(house.database.house, labellers=LABELLERS)
        self.hired = dict(hired or {})
        for member, code in (hired or {}).items():
            role, number = member.split("#")
            house.actor(role, number=int(number), person=code)
        self.technician = house.actor("technician", number=1)
        self.verifier = house.actor("technician", number=2)
        self.qa = house.actor("qa", number=1)
        self.second_qa = house.actor("qa", number=2)
        self.third_qa = house.actor("qa", number=3)
        self.physician = house.actor("physician")
        self.coordinator = house.actor("coordinator")
        self.lots: dict[str, str] = {}
        self.equipment: dict[str, str] = {}
        self.records: dict[str, int] = {}

    def do(self, function: Callable[..., Any], **fields: Any) -> dict[str, Any]:
        """Run a command by the technician, or by the actor given as `by`."""
        who: Actor = fields.pop("by", self.technician)
        command = command_of(function)
        if "reason" not in command.order.model_fields:
            return self.house.do(function, by=who, **fields)
        # This order has a reason of its own, so it is not the request's.
        signing = None if command.signature is None else Signing("password", self.house.clock.now())
        call = Call(command, command.order(**fields), who, self.house.request_id(), signing=signing)
        return self.house.runner.run(call).result()

    def wait(self, **span: int) -> None:
        self.house.clock.advance(timedelta(**span))

    # -- what is there before a batch --

    def hire(self) -> dict[str, str]:
        """Register the people who work at the bench and QA: their codes, for a plant over a copy of this database."""
        admin = self.house.actor("administrator")
        found = {}
        for member in ("technician#1", "technician#2", "technician#3", "qa#1", "qa#2", "qa#3"):
            role, number = member.split("#")
            name = f"{role.capitalize()} {number} Example"
            fields = {"username": f"{role}{number}", "name": name, "initials": f"{role[0].upper()}. {number}"}
            found[member] = str(self.do(accounts.register_person, by=admin, **fields)["person"])
            self.do(accounts.grant_role, by=admin, person=found[member], role=role)
        return found

    def train(self, record: int, *people: Actor, days: int = 1_000) -> None:
        """Record training in a version: of the two at the bench, or of those who are named."""
        today = self.house.clock.now().date()
        told = {"trainer": self.third_qa.person, "trained_on": today, "valid_until": today + timedelta(days=days)}
        for one in people or (self.technician, self.verifier):
            fields = {"person": one.person, "master_record": record, "evidence": "T-1, observed and assessed"}
            self.do(commands.record_training, by=self.qa, **fields, **told)

    def furnish(self) -> None:
        """Accepted material of every kind, calibrated equipment."""
        for kind in MATERIALS:
            self.lots[kind] = self.material(kind)
        for kind in EQUIPMENT:
            self.equipment[kind] = self.machine(kind)
        for design in LABELS:
            self.do(labels.approve_design, by=self.qa, name=design)

    def material(self, kind: str, *, accepted: bool = True, days: int = 300) -> str:
        name = f"{kind.capitalize()} {len(self.house.entries())}"
        number = self.do(materials.register_material, name=name, kind=kind)["material"]
        until = self.house.clock.now().date() + timedelta(days=days)
        fields = {"supplier": "Example Supply", "supplier_lot": "X1", "expires_on": until, "certificate": "C-1"}
        lot = self.do(materials.receive_lot, material=number, **fields)["lot"]
        if accepted:
            self.do(materials.accept_lot, by=self.qa, lot=lot)
        return str(lot)

    def machine(self, kind: str, *, in_service: bool = True) -> str:
        name = f"{kind.capitalize()} {len(self.house.entries())}"
        code = self.do(materials.register_equipment, name=name, kind=kind, serial=f"S-{name}")["equipment"]
        if in_service:
            until = self.house.clock.now().date() + timedelta(days=365)
            self.do(materials.record_calibration, equipment=code, due_on=until, certificate="K-1")
            self.do(materials.record_qualification, equipment=code, due_on=until, report="Q-1")
            self.do(materials.return_to_service, by=self.qa, equipment=code)
        return str(code)

    def location(self, name: str = "") -> str:
        name = name or f"Bench {len(self.house.entries())}"
        return str(self.do(materials.register_location, name=name, kind="bench")["location"])

    def record(self, kind: str, source: str | None = None) -> int:
        """An effective master record that the bench is trained in; the shipped one unless another text is given."""
        if source is None and kind in self.records:
            return self.records[kind]
        text = source or (RECORDS / f"{kind}.toml").read_text()
        number = int(self.do(commands.draft_master_record, by=self.qa, source=text)["master_record"])
        self.approve(number)
        self.train(number)
        self.records[kind] = number
        return number

    def approve(self, number: int) -> None:
        self.do(commands.review_master_record, by=self.second_qa, master_record=number)
        self.do(commands.approve_master_record, by=self.second_qa, master_record=number)
        self.do(accounts.countersign, by=self.third_qa, decision=self.decision())

    def decision(self) -> int:
        from cellchain.accounts.queries import open_decisions

        with self.house.read() as tx:
            return open_decisions(tx)[-1].id or 0

    def clear(self, location: str) -> int:
        number = int(self.do(commands.clear_line, location=location)["clearance"])
        self.do(commands.verify_clearance, by=self.verifier, clearance=number)
        return number

    def donor(self) -> str:
        """An eligible donor."""
        fields = {"sex": "female", "birth_year": 1995, "blood_group": "O+", "identity_document": "Example 0001"}
        code = self.do(donors.register_donor, by=self.coordinator, name="Example Donor", **fields)["donor"]
        self.do(donors.record_consent, by=self.coordinator, donor=code, version="1.0")
        now = self.house.clock.now()
        markers = dict.fromkeys(("hiv", "hbv", "hcv", "syphilis", "htlv", "cmv"), "negative")
        sampled = {"sampled_at": now - timedelta(days=2), "resulted_at": now - timedelta(days=1)}
        version = definitions.questions_in_force().version
        self.do(donors.record_questionnaire, by=self.coordinator, donor=code, version=version, answers=healthy())
        for assay, found in (("serology", markers), ("nucleic_acid", CLEAR_NUCLEIC)):
            report = {"assay": assay, "method": "Example", "report": "R-1", **sampled, **found}
            self.do(donors.record_screening, by=self.coordinator, donor=code, **report)
        self.do(donors.determine_eligibility, by=self.physician, donor=code, outcome="eligible")
        return str(code)

    def harvested(self, donor: str | None = None) -> dict[str, Any]:
        """A donation that was just harvested: {donation, container, donor, process_by}."""
        giver = donor or self.donor()
        self.wait(hours=3)
        now = self.house.clock.now()
        return self.do(
            donors.record_harvest,
            by=self.physician,
            donor=giver,
            sites=[{"site": "posterior_iliac_crest_left", "pulls_count": 12, "volume_ul": MARROW_UL}],
            anticoagulant_lot=self.lots["anticoagulant"],
            anticoagulant_units=1500,
            operator=issue(Kind.PERSON, 1, 2026, 77),
            started_at=now - timedelta(hours=2),
            ended_at=now - timedelta(hours=1),
        )

    def donation(self, donor: str | None = None) -> dict[str, Any]:
        """A donation received in the laboratory."""
        found = self.harvested(donor)
        fields = {"donation": found["donation"], "container": found["container"]}
        self.do(commands.receive_donation, **fields, intact=True, legible=True)
        return found

    # -- a batch --

    def open(self, kind: str, *sources: str, location: str | None = None) -> str:
        """An open lot on a freshly cleared line."""
        self.record(kind)
        place = location or self.location()
        self.clear(place)
        opened = self.do(commands.open_batch, master_record=self.record(kind), location=place, sources=sources)
        return str(opened["lot"])

    def start(self, lot: str, step: str) -> int:
        return int(self.do(commands.start_step, lot=lot, step=step)["step_record"])

    def count(self, lot: str, per_ml: int, *, dead_per_ml: int = 0, **more: Any) -> dict[str, Any]:
        """The running step counted in two chambers that see the same: thousands of cells in a millilitre."""
        seen = {"live_count": per_ml // 1_000, "dead_count": dead_per_ml // 1_000}
        fields = {"dilution": 1, "chamber_nl": 1_000, "runs": [seen, seen]}
        return self.do(counts.record_count, lot=lot, equipment=self.equipment["counter"], **{**fields, **more})

    def supply(self, lot: str, kind: str, step: str) -> None:
        """Scan everything that the running step asks for, and confirm its yes-or-no questions and volume."""
        with self.house.read() as tx:
            found = load(queries.master_record(tx, self.records[kind]).steps).step(step)
        assert found is not None
        for material in found.materials:
            if not (material == "saline" and found.act):
                self.do(commands.use_material, lot=lot, material=self.lots[material], amount="1")
        for machine in found.equipment:
            self.do(commands.use_equipment, lot=lot, equipment=self.equipment[machine])

    def label(self, lot: str) -> None:
        """The labels that the running step still needs, printed and scanned back."""
        running = self.page(lot).running
        assert running is not None
        for design in running.step.labels:
            due = [code for code in running.missing.labels if design in DESIGNS[self.container(code).kind]]
            made = self.do(labels.print_labels, targets=tuple(due), design=design)["labels"] if due else []
            for label in made:
                self.do(labels.confirm_label, scanned=label["symbol"])

    def leave_out_samples(self, lot: str) -> None:
        """The samples that the running step still needs are left out, so that what it made stays whole."""
        running = self.page(lot).running
        assert running is not None
        for point in running.missing.samples:
            self.do(commands.leave_out_sample, lot=lot, point=point.key, reason="Not part of this test.")

    def finish(self, lot: str, step_record: int) -> None:
        """Label what the running step made, complete and verify it."""
        self.label(lot)
        self.leave_out_samples(lot)
        self.do(commands.complete_step, lot=lot)
        self.do(commands.verify_step, by=self.verifier, step_record=step_record)

    def step(self, lot: str, kind: str, step: str, act: Callable[[], Any] | None = None, **values: Any) -> Any:
        """A whole step: started, supplied, acted, completed, verified. Answers what the act gave."""
        number = self.start(lot, step)
        self.supply(lot, kind, step)
        for parameter, value in values.items():
            self.do(commands.record_value, lot=lot, parameter=parameter, value=value)
        given = None if act is None else act()
        self.finish(lot, number)
        return given

    def separated(self, kind: str = "bank", count: int = 40_000_000) -> tuple[str, str]:
        """A lot whose marrow was separated: (lot, tube of nucleated cells)."""
        donation = self.donation()
        lot = self.open(kind, donation["donation"])
        if kind == "bank":
            self.step(lot, kind, "receipt", bag_intact=1, marrow_volume="60.0")
        tube = self.step(
            lot,
            kind,
            "separation",
            lambda: self.do(
                commands.separate,
                lot=lot,
                container=donation["container"],
                nucleated_count=count,
                viability_permille=950,
                volume_ul=10_000,
            )["container"],
        )
        return lot, tube

    def seeded(self, kind: str = "bank", vessels: int = 2, *, tidy: bool = True) -> tuple[str, list[str]]:
        """A lot with P0 vessels of 17.5 million nucleated cells on 175 cm² each."""
        lot, made, number = self.seeding(kind, vessels)
        self.finish(lot, number)
        if tidy:
            self.discard(lot)
        return lot, made

    def seeding(self, kind: str = "bank", vessels: int = 2) -> tuple[str, list[str], int]:
        """The same while the seeding goes on: its vessels wear no label yet. (lot, vessels, step record)."""
        lot, tube = self.separated(kind)
        number = self.start(lot, "seeding")
        self.supply(lot, kind, "seeding")
        fields = {"vessels_count": vessels, "cells_per_vessel_count": 17_500_000, "area_cm2": 175, "medium_ul": 35_000}
        return lot, self.do(commands.seed, lot=lot, container=tube, **fields)["containers"], number

    def harvest(self, lot: str, kind: str, count: int, days: int = 12) -> dict[str, Any]:
        """All vessels of the lot harvested into a tube after some days of culture."""
        self.wait(days=days)
        fields = {"harvested_count": count, "viability_permille": 950, "confluence_permille": 800, "volume_ul": 20_000}
        return dict(self.step(lot, kind, "harvest", lambda: self.do(commands.harvest, lot=lot, **fields)))

    def passage(
        self, lot: str, count: int, each_count: int, *, days: int = 4, kind: str = "bank", reason: str | None = None
    ) -> dict[str, Any]:
        """All vessels of the lot harvested into a tube and seeded anew into two vessels of 300 cm²."""
        self.wait(days=days)
        fields = {
            "harvested_count": count,
            "viability_permille": 950,
            "confluence_permille": 800,
            "volume_ul": 20_000,
            "vessels_count": 2,
            "cells_per_vessel_count": each_count,
            "area_cm2": 300,
            "medium_ul": 50_000,
        }
        return dict(
            self.step(lot, kind, "passage", lambda: self.do(commands.passage, lot=lot, reason=reason, **fields))
        )

    def listen(self, event: str) -> list[dict[str, Any]]:
        """The facts that are recorded under `event` from now on, in a list that grows."""
        told: list[dict[str, Any]] = []

        def keep(facts: Mapping[str, Any]) -> None:
            told.append(dict(facts))

        self.house.runner._reactions.setdefault(event, []).append(Reaction(event, commands.close_batch, keep))
        return told

    def events(self) -> list[str]:
        """What the ledger says, in order."""
        return [entry.event for entry in self.house.entries()]

    def container(self, code: str) -> Any:
        """A container as it is now."""
        with self.house.read() as tx:
            return queries.container_facts(tx, code)

    def page(self, lot: str) -> LotPage:
        """A lot with its batch record."""
        with self.house.read() as tx:
            return batch_record.lot_page(tx, lot)

    def discard(self, lot: str) -> None:
        """Give up what is left in the tubes of a lot."""
        with self.house.read() as tx:
            left = [row for row in queries.containers_of(tx, lot) if row.kind == "tube"]
        for row in left:
            if row.phase == "in_use":
                self.do(commands.discard, container=row.code, reason="Left over after use.")

    def complete(self, lot: str) -> None:
        self.discard(lot)
        self.do(commands.complete_batch, lot=lot)

    def bank(self, vials: int = 6, cells: int = 3_000_000) -> tuple[str, list[str]]:
        """A completed bank lot with cryovials."""
        lot, _ = self.seeded("bank")
        tube = self.harvest(lot, "bank", vials * cells + 1_000_000)["container"]
        fields = {"vials_count": vials, "cells_per_vial_count": cells, "volume_ul": 1_000, "viability_permille": 950}
        made = self.step(
            lot, "bank", "freeze", lambda: self.do(commands.freeze, lot=lot, container=tube, **fields)["containers"]
        )
        self.complete(lot)
        return lot, made

    def harvested_product(self, count: int = 450_000_000) -> tuple[str, str]:
        """A product lot from a bank with harvested cells, the samples for its release done with: (lot, tube)."""
        lot, tube = self.grown_product(count)
        self.step(lot, "product", "release_samples")
        return lot, tube

    def grown_product(self, count: int = 450_000_000) -> tuple[str, str]:
        """A product lot from a bank with harvested cells ready for suspension and sampling: (lot, tube)."""
        bank, vials = self.bank()
        lot = self.open("product", bank)
        tube = self.step(
            lot,
            "product",
            "thaw",
            lambda: self.do(
                commands.thaw,
                lot=lot,
                vial=vials[0],
                recovered_count=2_700_000,
                viability_permille=900,
                volume_ul=5_000,
            )["container"],
        )
        fields = {"vessels_count": 3, "cells_per_vessel_count": 900_000, "area_cm2": 300, "medium_ul": 50_000}
        self.step(lot, "product", "seeding", lambda: self.do(commands.seed, lot=lot, container=tube, **fields))
        return lot, self.harvest(lot, "product", count)["container"]

    def bag(self, lot: str, tube: str, dose: int = 200_000_000) -> dict[str, Any]:
        """One suspended bag."""
        fields = {"dose_count": dose, "viability_permille": 950, "saline": self.lots["saline"]}
        return dict(
            self.step(
                lot, "product", "suspension", lambda: self.do(commands.suspend, lot=lot, container=tube, **fields)
            )
        )


def staffed(house: House) -> tuple[Plant, dict[str, str]]:
    """A plant whose people are registered, with their codes."""
    hired = Plant(house).hire()
    house.forget()
    return Plant(house, hired), hired


@contextmanager
def refused(code: str) -> Iterator[None]:
    """What happens inside is refused with exactly this code."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.code == code


def forbidden(plant: Plant, function: Callable[..., Any], **fields: Any) -> None:
    """Somebody whose roles do not grant the verb is turned away, and the ledger says so."""
    with pytest.raises(Forbidden):
        plant.do(function, by=plant.house.actor("nurse"), **fields)
    assert plant.events()[-1] == f"{command_of(function).event}:refused"


@pytest.fixture(scope="session")
def furnished_file(tables_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A database with materials and equipment in it, to be copied: furnishing takes most of a short test's time."""
    passwords.configure("cheap")
    path = tmp_path_factory.mktemp("furnished") / "furnished.db"
    shutil.copyfile(tables_file, path)
    house = House(f"sqlite:///{path}", reactions=REACTIONS)
    plant, hired = staffed(house)
    plant.furnish()
    for kind in ("bank", "product", "control"):
        plant.record(kind)
    house.close()
    return path, (plant.lots, plant.equipment, plant.records, hired)


@pytest.fixture
def plant(furnished_file: tuple[Path, Any], tmp_path: Path) -> Iterator[Plant]:
    """A furnished plant over its own database, with the reactions of manufacturing."""
    passwords.configure("cheap")
    source, (lots, equipment, records, hired) = furnished_file
    path = tmp_path / "cellchain.db"
    shutil.copyfile(source, path)
    house = House(f"sqlite:///{path}", reactions=REACTIONS, seed=2)
    house.database.house = replace(house.database.house, fetch=DataDir(tmp_path).fetch)
    made = Plant(house, hired)
    made.lots, made.equipment, made.records = dict(lots), dict(equipment), dict(records)
    yield made
    house.close()
