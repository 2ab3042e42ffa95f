"""Quality and ward at random, also at the same moment: no bag is used against its disposition.

The machine knows nothing of the rules. It asks for holds, recalls, results, decisions, tags, checks and starts in any
order, two at once where it likes. What may be used is told by the ledger alone, read entry by entry: a bag that begins
to flow, or gets a MATCH, must have had nothing against it in what was written before.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pydantic import ValidationError
from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.bedside import commands as bedside
from cellchain.bedside.infusions import commands as infusions
from cellchain.kernel.errors import CellchainError
from cellchain.labels import commands as labels
from cellchain.ledger.models import Entry
from cellchain.ledger.registry import command_of
from cellchain.ledger.run import Call
from cellchain.quality import commands as quality
from cellchain.quality import queries
from tests.bedside.world import INSPECTION, World
from tests.races.test_every_command import source as source
from tests.races.test_every_command import source_on_postgres as source_on_postgres
from tests.support.campaign import times
from tests.support.postgres import Postgres

AFTER = select(Entry).where(col(Entry.seq) > bindparam("seq")).order_by(col(Entry.seq))
WHY = "The machine says so."
RELEASED = ("conditionally_released", "released")
# A value that passes and one that fails, of the tests that a conditional release leaves open.
VALUES = {"sterility_14d": ("no growth", "growth"), "trilineage": ("all three", "one of three")}
pick = st.integers(0, 10**6)
# What a rule of the machine asks for: who, which command, with what.
Wish = tuple[str, Callable[..., Any], dict[str, Any]]


class Told:
    """What the ledger says so far, table by table; nothing of it comes from a query of the house."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)

    def read(self, entry: Entry) -> list[tuple[str, dict[str, Any]]]:
        """Take an entry in; gives the rows that it changed, as they are after it, with their tables."""
        changed = []
        for change in json.loads(entry.body)["changes"]:
            rows = self.tables[change["table"]]
            row = rows.setdefault(str(change["key"]), {})
            row.update(change["after"] or {})
            changed.append((change["table"], row))
        return changed

    def rows(self, table: str, **wanted: Any) -> Iterator[dict[str, Any]]:
        """The rows of a table that are as wanted."""
        for row in self.tables[table].values():
            if all(row.get(name) == value for name, value in wanted.items()):
                yield row

    def origins(self, lot: str) -> set[str]:
        """A lot and everything that it came from: lots, donations, donors."""
        found, ahead = set(), [lot]
        while ahead:
            one = ahead.pop()
            found.add(one)
            ahead += [row["source"] for row in self.rows("manufacturing_lot_source", lot=one)]
            ahead += [row["donor"] for row in self.rows("donors_donation", code=one)]
        return found

    def against(self, bag: str) -> str | None:
        """What speaks against using a bag, or None."""
        lot = self.tables["manufacturing_container"][bag]["lot"]
        phase = self.tables["quality_disposition"][lot]["phase"]
        if phase not in RELEASED:
            return f"{lot} is {phase}"
        involved = {bag, *self.origins(lot)}
        for row in self.rows("quality_hold", phase="placed"):
            if row["subject"] in involved:
                return f"{row['subject']} is on hold"
        for row in self.rows("quality_recall_item", is_stopped=True):  # an exercise stops nothing
            if row["subject"] in involved:
                return f"{row['subject']} was recalled"
        for row in self.rows("quality_disposition"):
            if row["lot"] in involved and row["phase"] in ("rejected", "recalled", "quarantined"):
                return f"{row['lot']} is {row['phase']}"
        tags = [row["kind"] for row in self.rows("quality_issue_tag", bag=bag, phase="attached")]
        return None if tags else "it wears no tag"


class Wards(RuleBasedStateMachine):
    """The demonstration at its end: bags on the ward of two lots released conditionally, and everybody at work."""

    opened: Callable[[Path], World]
    closed: Callable[[World], None]
    done: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.world = type(self).opened(Path(self.folder.name) / "world")
        self.told, self.heard = Told(), 0
        self.bags = [one["code"] for one in self.world.bags("ready")]
        self.symbols = {one["code"]: one["label"] for one in self.world.bags("ready")}
        self.bands = {one["code"]: self.world.band(one["recipient"]) for one in self.world.bags("ready")}
        self.listen()
        self.lots = sorted({self.told.tables["manufacturing_container"][bag]["lot"] for bag in self.bags})
        self.things = sorted({*self.bags, *(one for lot in self.lots for one in self.told.origins(lot))})

    def teardown(self) -> None:
        type(self).closed(self.world)
        self.folder.cleanup()

    # -- what somebody may wish for --

    def wish(self, kind: int, at: int, other: int) -> Wish | None:
        """Something that people do in a ward or its quality unit; None where there is nothing to do it to."""
        kinds = (self.disposed, self.held, self.tested, self.tagged, self.nursed)
        return kinds[kind % len(kinds)](at, other)

    def disposed(self, at: int, other: int) -> Wish | None:
        """QA reviews and decides about a lot, mostly to keep it; now and then it is rejected or recalled."""
        lot, who = self.lots[at % len(self.lots)], f"qa{1 + other % 2}"
        if other % 11 == 0:
            return who, quality.recall, {"root": self.things[at % len(self.things)], "reason": WHY}
        if other % 11 == 1:
            return who, quality.reject, {"lot": lot, "reason": WHY}
        return who, (quality.release if other % 7 < 5 else quality.review_batch), {"lot": lot}

    def held(self, at: int, other: int) -> Wish | None:
        """A hold on a bag or on anything behind it, or the end of one."""
        placed = list(self.told.rows("quality_hold", phase="placed"))
        who = f"qa{1 + other % 2}"
        if placed and other % 3:
            return who, quality.lift_hold, {"hold": placed[at % len(placed)]["id"], "reason": WHY}
        return who, quality.hold, {"subject": self.things[at % len(self.things)], "reason": WHY}

    def tested(self, at: int, other: int) -> Wish | None:
        """A final test that waits gets its value, good or bad; one that failed after the release is reported."""
        lot = self.lots[at % len(self.lots)]
        failed = next(self.told.rows("quality_result", lot=lot, outcome="fail"), None)
        if failed is not None and other % 2:
            found = {"result": failed["id"], "organism": "C. acnes", "susceptibility": "not tested"}
            return "qa1", quality.report_late_positive, found
        waiting = list(self.told.rows("quality_result", lot=lot, phase="pending"))
        if not waiting:
            entered = next(self.told.rows("quality_result", lot=lot, phase="entered"), None)
            return None if entered is None else ("analyst2", quality.verify_result, {"result": entered["id"]})
        row = waiting[other % len(waiting)]
        fields = {name: row[name] for name in ("sample", "stage", "test", "method", "instrument")}
        return "analyst1", quality.record_result, {**fields, "value": VALUES[row["test"]][other % 5 == 0]}

    def tagged(self, at: int, other: int) -> Wish | None:
        """A tag is printed, tied to this bag or scanned with another, or put out of use."""
        bag, who = self.bags[at % len(self.bags)], f"qa{1 + other % 2}"
        worn = next(self.told.rows("quality_issue_tag", bag=bag, phase="attached"), None)
        if worn is not None and other % 4 == 0:
            return who, labels.void_label, {"label": worn["label"], "ending": "destroy", "reason": WHY}
        waiting = list(self.told.rows("labels_label", design="issue_tag", phase="printed"))
        if not waiting:
            return who, labels.print_label, {"target": bag, "design": "issue_tag", "language": "both"}
        tag = waiting[other % len(waiting)]
        near = bag if other % 4 == 1 or tag["target"] not in self.symbols else tag["target"]
        return who, quality.attach_issue_tag, {"tag": tag["code"], "bag": self.symbols[near]}

    def nursed(self, at: int, other: int) -> Wish | None:
        """A check by one, a start, a pause, or a bag that flows again."""
        nurse, bag = f"nurse{1 + other % 2}", self.bags[at % len(self.bags)]
        flowing = list(self.told.rows("bedside_infusion", phase="running"))
        paused = list(self.told.rows("bedside_infusion", phase="paused"))
        if paused and other % 2:
            row = paused[at % len(paused)]
            return nurse, infusions.resume, {"infusion": row["id"], **self.scans(row["bag"])}
        if flowing and other % 3 == 0:
            return nurse, infusions.pause, {"infusion": flowing[at % len(flowing)]["id"]}
        return nurse, bedside.check, {**self.scans(bag), "inspection": INSPECTION}

    def scans(self, bag: str) -> dict[str, str]:
        return {"wristband": self.bands[bag], "bag": self.symbols[bag]}

    # -- and what comes of it --

    def call(self, wish: Wish) -> Call | None:
        who, function, fields = wish
        try:
            return self.world.call(who, function, command_of(function).order(**fields))
        except ValidationError:
            return None

    def ask(self, *wishes: Wish | None) -> None:
        """Send these at one moment. A refusal is an answer like any other; everything else is a fault."""
        calls = [call for wish in wishes if wish is not None and (call := self.call(wish)) is not None]
        run = self.world.installation.runner.run
        with ThreadPoolExecutor(max(1, len(calls))) as threads:
            for call, answer in [(call, threads.submit(run, call)) for call in calls]:
                try:
                    answer.result().result()
                    type(self).done[call.command.verb] += 1
                except CellchainError as error:
                    type(self).done[f"{call.command.verb}:{error.code}"] += 1

    @rule(kind=pick, at=pick, other=pick)
    def one(self, kind: int, at: int, other: int) -> None:
        self.ask(self.wish(kind, at, other))

    @rule(first=pick, second=pick, at=pick, other=pick)
    def two_at_once(self, first: int, second: int, at: int, other: int) -> None:
        """About one bag and its lot, by two people."""
        self.ask(self.wish(first, at, other), self.wish(second, at, other + 1))

    @rule(at=pick, other=pick, kind=pick)
    def start_against(self, at: int, other: int, kind: int) -> None:
        """Two nurses check, as it should be; one starts while somebody in the quality unit does something."""
        # Mostly a bag that may be used, so that some do begin to flow.
        usable = [bag for bag in self.bags if self.told.against(bag) is None] if at % 5 else []
        among = usable or self.bags
        scans = self.scans(among[at % len(among)])
        for nurse in ("nurse1", "nurse2"):
            self.ask((nurse, bedside.check, {**scans, "inspection": INSPECTION}))
        start: Wish = ("nurse1", infusions.start_infusion, {**scans, "planned_minutes": 120})
        self.ask(start, self.wish(kind % 4, at, other) if kind % 3 else None)

    @rule(minutes=st.integers(1, 20))
    def wait(self, minutes: int) -> None:
        self.world.wait(minutes=minutes)

    # -- what always holds --

    @invariant()
    def listen(self) -> None:
        """Every bag that began to flow, and every MATCH, had nothing against it in what stands before in the ledger."""
        watching = self.heard > 0
        for entry in self.world.every(AFTER, seq=self.heard):
            spoke = {bag: self.told.against(bag) for bag in self.bags} if watching else {}
            for table, row in self.told.read(entry):
                flows = table == "bedside_infusion" and row["phase"] == "running"
                matched = table == "bedside_check" and row["verdict"] == "MATCH" and row["phase"] == "open"
                if flows or matched:
                    assert spoke.get(row["bag"]) is None, f"{entry.seq} {entry.event}: {spoke[row['bag']]}"
            self.heard = entry.seq

    @invariant()
    def nothing_is_said_to_be_usable_that_is_not(self) -> None:
        with self.world.installation.database.read() as tx:
            for bag in self.bags:
                usable = queries.standing(tx, bag, self.world.clock.now()).reasons == ()
                assert not usable or self.told.against(bag) is None, self.told.against(bag)


def play(opened: Callable[[Path], World], closed: Callable[[World], None], examples: int) -> None:
    done: Counter[str] = Counter()
    how = {"opened": staticmethod(opened), "closed": staticmethod(closed), "done": done}
    far = settings(
        max_examples=times(examples),
        stateful_step_count=30,
        derandomize=times(1) == 1,  # the same short way each time; a campaign goes others
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate] + [Phase.reuse, Phase.shrink] * (times(1) > 1),  # to shrink takes minutes
    )
    run_state_machine_as_test(type("Played", (Wards,), how), settings=far)
    print(sorted(done.items()))
    # A machine that is refused everything would hold as well, and prove nothing.
    assert {"check", "start_infusion", "hold"} <= done.keys()


@pytest.mark.campaign
def test_no_bag_is_used_against_its_disposition(source: Path) -> None:
    play(lambda folder: World(source, folder), World.close, 8)


# Every command has a transaction of its own there, so that two at once are two at once. It takes minutes.
if times(1) > 1:

    @pytest.mark.campaign
    def test_no_bag_is_used_against_its_disposition_on_postgres(
        source_on_postgres: tuple[Path, str], postgres: Postgres
    ) -> None:
        """The same where writers do not wait for one another."""
        source, name = source_on_postgres
        urls: dict[int, str] = {}

        def opened(folder: Path) -> World:
            url = postgres.fresh_database(like=name)
            world = World(source, folder, url=url)
            urls[id(world)] = url
            return world

        def closed(world: World) -> None:
            world.close()
            postgres.drop(urls.pop(id(world)))

        play(opened, closed, 4)
