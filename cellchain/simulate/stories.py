"""What people set out to do: banks, products, controls, recipients, and the trouble that comes between.

They are the chapters of the demonstration, told many at a time. Each knows only what it did itself, and ends where it
lacks what it was refused: what others did meanwhile, rightly or wrongly, is the house's to sort out.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field, replace
from random import Random
from typing import Any

from cellchain.custody import commands as custody
from cellchain.custody import queries as custody_queries
from cellchain.demo import clinic, donors, lab, quality, supplies, testing, ward
from cellchain.demo.clinic import Person
from cellchain.demo.custody import COLD_MC, carry, send
from cellchain.demo.lab import Lab
from cellchain.demo.stage import Stage, take_the_stage
from cellchain.donors import commands as donor_commands
from cellchain.kernel.errors import CellchainError
from cellchain.kernel.values import dataclass
from cellchain.manufacturing import commands as manufacturing
from cellchain.manufacturing import queries as manufacturing_queries
from cellchain.materials import commands as materials
from cellchain.quality import commands as decisions
from cellchain.trial import commands as trial

WHY = "The simulation says so."
ENROLMENT, BLOCKS = 190, (4, 6) * 20
MORE_BENCHES = ("Bench 4", "Bench 5")
CELLS_OF_THE_BOX = 81
BAGS_A_LOT = 3
WAITING_MAX = 8
STORIES_A_STOCK = 8  # after so many, everything is bought anew
Tale = Callable[[Stage], None]
Given = list[tuple[Person, str, str]]  # whose a bag is, the bag, and the symbol that it wears


@dataclass
class Town:
    """What everybody shares: rooms and machines, what is stored, who waits, which places are taken."""

    rooms: Lab
    study: str
    random: Random
    vials: list[tuple[str, str]] = field(default_factory=list)  # a released bank's lot, and a vial of it
    waiting: dict[str, list[Person]] = field(default_factory=lambda: {"MSC": [], "CONTROL": []})
    lots: list[str] = field(default_factory=list)
    people: int = 0
    givers: int = 0
    cell: int = 0
    taken: set[str] = field(default_factory=set)
    begun: int = 0  # stories that use supplies
    restocked: int = 0

    def own_lab(self) -> Lab:
        """The shared rooms with notes of one's own."""
        return replace(self.rooms, lots={}, samples={}, slips={})

    @contextmanager
    def holding(self, stage: Stage, *names: str) -> Iterator[str]:
        """One of these places for oneself, as soon as there is one."""
        while not (free := [name for name in names if name not in self.taken]):
            stage.wait(hours=7)
        name = self.random.choice(free)
        self.taken.add(name)
        try:
            yield name
        finally:
            self.taken.discard(name)

    @contextmanager
    def bench(self, stage: Stage, *names: str) -> Iterator[str]:
        """One of these benches for oneself, and free of the lot that somebody left there."""
        with self.holding(stage, *names) as name:
            with stage.installation.database.read() as tx:
                left = manufacturing_queries.open_lot_at(tx, self.rooms.places[name])
            if left is not None:
                stage.do("technician2", manufacturing.discard_batch, lot=left, reason=WHY)
            yield name


def settle(stage: Stage, random: Random) -> Town:
    """Everything that stands before the random story: people, study, rooms, supplies, specifications, a first bank."""
    take_the_stage(stage)
    study = clinic.open_the_study(stage, enrolment=ENROLMENT, blocks=BLOCKS)
    clinic.staff_the_site(stage, study)
    rooms = Lab()
    lab.furnish(stage, rooms)
    for name in MORE_BENCHES:
        place: dict[str, Any] = {"name": name, "kind": "bench", "room_class": "B"}
        rooms.places[name] = stage.do("technician1", materials.register_location, **place)["location"]
    testing.equip(stage, rooms)
    quality.specify(stage)
    town = Town(rooms, study, random)
    _bank(stage, town)
    return town


def tales(town: Town) -> dict[str, Tale]:
    """The stories, each of which is told again and again, by several at once."""
    return {
        "bank": lambda stage: _bank(stage, town),
        "recipient": lambda stage: _recipient(stage, town),
        "product": lambda stage: _product(stage, town),
        "control": lambda stage: _control(stage, town),
        "trouble": lambda stage: _trouble(stage, town),
    }


def _bank(stage: Stage, town: Town) -> None:
    """A new donor's marrow becomes a bank, released for further use after its tests."""
    _restock(stage, town)
    donor = _new_donor(stage, town)
    donors.clear(stage, donor)
    rooms = town.own_lab()
    with town.bench(stage, "Bench 1"):
        donation, bag = donors.harvest(stage, rooms, donor)
        vials = lab.make_bank(stage, rooms, donation, bag)
        lot = rooms.lots["bank"]
        town.lots.append(lot)
        sent_out = testing.send_out(stage, vials[-1])
        lab.finish(stage, lot)
    for vial in vials:
        cell = town.cell % CELLS_OF_THE_BOX
        town.cell += 1
        place: dict[str, Any] = {
            "location": rooms.places["Box 7"],
            "position": f"{'ABCDEFGHI'[cell // 9]}{cell % 9 + 1}",
        }
        stage.do("technician1", custody.store, subject=vial, **place)
    stage.wait(days=15)
    testing.read_report(stage, sent_out, "further_use")
    quality.finish_tests(stage, lot, rooms.samples[lot, "bank_tests"], "further_use")
    quality.review_and_release(stage, lot, decisions.release_for_further_use)
    town.vials += [(lot, vial) for vial in vials[:-1]]


def _new_donor(stage: Stage, town: Town) -> str:
    town.givers += 1
    number = town.givers
    who: dict[str, Any] = {"name": f"Donor Simulation {number}", "identity_document": f"SIM {number:06d}"}
    who |= {"sex": "female" if number % 2 else "male", "birth_year": 1985 + number % 15, "blood_group": "O+"}
    code: str = stage.do("coordinator1", donor_commands.register_donor, **who)["donor"]
    stage.do("coordinator1", donor_commands.record_consent, donor=code, version="demo-1")
    return code


def _recipient(stage: Stage, town: Town) -> None:
    """Somebody is enrolled and randomised, and waits for a bag."""
    while sum(map(len, town.waiting.values())) >= WAITING_MAX:
        stage.wait(days=4)
    town.people += 1
    person = clinic.enrol(stage, town.study, town.people)
    stage.wait(days=1)
    clinic.randomise(stage, person)
    town.waiting[person.arm].append(person)
    stage.wait(days=town.random.randrange(1, 5))


def _product(stage: Stage, town: Town) -> None:
    """A lot from a banked vial, for recipients who wait."""
    while not town.vials or not town.waiting["MSC"]:
        stage.wait(days=1)
    bank, vial = town.vials.pop(0)
    rooms = town.own_lab()
    with town.bench(stage, "Bench 2", *MORE_BENCHES) as bench:
        _restock(stage, town)
        lot = lab.open_lot(stage, rooms, "product", bench, [bank], town.study)
        town.lots.append(lot)
        tube = lab.expand(stage, rooms, lot, vial)
        due = _ordered(stage, town, "MSC")
        bags = [(person, lab.fill_bag(stage, rooms, lot, tube)) for person in due]
        given = [(person, bag, _for(stage, bag, person)) for person, bag in bags]
        sample = _released(stage, lot, tube)
    _given(stage, town, rooms, given)
    _followed(stage, lot, sample)


def _control(stage: Stage, town: Town) -> None:
    """Bags of saline on the same path, without cells."""
    while not town.waiting["CONTROL"]:
        stage.wait(days=1)
    rooms = town.own_lab()
    lot, given, sample = made_control(stage, town, rooms)
    _given(stage, town, rooms, given)
    _followed(stage, lot, sample)


def made_control(stage: Stage, town: Town, rooms: Lab) -> tuple[str, Given, str]:
    """A released lot of control bags: its code, whose each bag is, and the sample for its final tests."""
    with town.bench(stage, "Bench 3"):
        _restock(stage, town)
        lot = lab.open_lot(stage, rooms, "control", "Bench 3", study=town.study)
        town.lots.append(lot)
        due = _ordered(stage, town, "CONTROL")
        bags = [(person, lab.fill_control(stage, rooms, lot)) for person in due]
        given = [(person, bag, _for(stage, bag, person)) for person, bag in bags]
        sample = _released(stage, lot, bags[0][1])
    return lot, given, sample


def _ordered(stage: Stage, town: Town, arm: str) -> list[Person]:
    """The recipients of an arm whose infusion is due today."""
    some, town.waiting[arm] = town.waiting[arm][:BAGS_A_LOT], town.waiting[arm][BAGS_A_LOT:]
    for person in some:
        clinic.plan_and_order(stage, person, stage.today())
    return some


def _for(stage: Stage, bag: str, person: Person) -> str:
    """A bag is assigned and labelled; gives the symbol that it wears."""
    stage.do("technician1", trial.assign_bag, bag=bag, recipient=person.code)
    return lab.label_and_confirm(stage, "technician1", bag, "infusion_bag")


def _released(stage: Stage, lot: str, drawn_from: str) -> str:
    quality.sample_and_test(stage, lot, drawn_from, ["conditional"])
    sample = quality.take_sample(stage, drawn_from)
    quality.start_tests(stage, lot, sample, "final")
    lab.finish(stage, lot)
    quality.review_and_release(stage, lot, decisions.release_conditionally)
    return sample


def _given(stage: Stage, town: Town, rooms: Lab, given: Given) -> None:
    """The bags are taken to the ward and infused."""
    to_the_ward(stage, town, rooms, given)
    ward.infuse_all(stage, given)


def to_the_ward(stage: Stage, town: Town, rooms: Lab, given: Given) -> None:
    """The bags wear their tags and are taken to the ward."""
    for _, bag, symbol in given:
        quality.tag(stage, bag, symbol)
    _brought(stage, town, rooms, [bag for _, bag, _ in given])


def _brought(stage: Stage, town: Town, rooms: Lab, bags: list[str]) -> None:
    """To the ward in a shipper, or from hand to hand where somebody left something in that shipper."""
    with town.holding(stage, "Shipper SH-1", "Shipper SH-2") as shipper:
        with stage.installation.database.read() as tx:
            left = custody_queries.shipment_of_shipper(tx, rooms.shippers[shipper])
        if left is None:
            send(stage, rooms, bags, "technician2", "nurse2", shipper)
            return
    for bag in bags:
        stage.do("technician2", custody.store, subject=bag, location=rooms.places["Cold store"])
        carry(stage, rooms, bag, "technician2", "nurse2", "Cold store", "Ward 3", temperature_mc=COLD_MC)


def _followed(stage: Stage, lot: str, sample: str) -> None:
    stage.wait(days=22)
    quality.finish_tests(stage, lot, sample, "final")
    quality.review_and_release(stage, lot, decisions.release)


def _restock(stage: Stage, town: Town) -> None:
    """New lots of everything once the old ones run low."""
    town.begun += 1
    if town.begun % STORIES_A_STOCK:
        return
    town.restocked += 1
    for number, (_, kind, gtin) in enumerate(supplies.MATERIALS):
        mark, amount = f"R{town.restocked}-{number}", supplies.AMOUNTS[kind][0]
        town.rooms.supplies[kind] = supplies.receive(stage, gtin, mark, days=400, accept=True, amount=amount)
    lab.label_all(stage, list(town.rooms.supplies.values()), "material_lot")


def _trouble(stage: Stage, town: Town) -> None:
    """Something happens to a lot, a donor or a recipient: a hold that is lifted or not, a recall, a withdrawal."""
    stage.wait(hours=town.random.randrange(8, 120))
    if not town.lots:
        return
    lot, kind = town.random.choice(town.lots), town.random.random()
    if kind < 0.75:
        hold = stage.do("qa1", decisions.hold, subject=lot, reason=WHY)["hold"]
        stage.wait(hours=town.random.randrange(1, 30))
        stage.do("qa2", decisions.lift_hold, hold=hold, reason=WHY)
    elif kind < 0.85:
        stage.do("qa1", decisions.recall, root=lot, reason=WHY)
    elif kind < 0.93:
        stage.do("qa1", decisions.reject, lot=lot, reason=WHY)
    else:
        waiting = [one for some in town.waiting.values() for one in some]
        if waiting:
            leaves = town.random.choice(waiting)
            stage.do("coordinator1", trial.withdraw_consent, recipient=leaves.code, account=WHY)


# What ends a story: it was refused, or what others did left it without what it counted on.
ENDS: tuple[type[Exception], ...] = (CellchainError, RuntimeError, LookupError, StopIteration, ValueError)
