"""What has to happen in a served demonstration before some screens can be seen; and what a screen is."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import Any

from playwright.sync_api import Page

from tests.e2e.server import Demonstration

INSPECTION = {"intact": True, "no_clumps": True, "label_legible": True}


@dataclass
class Story:
    """The served demonstration, and what has to happen in it before some screens can be seen."""

    served: Demonstration
    next_ready: int = 0
    kept: dict[str, str] = field(default_factory=dict)

    def first(self, query: str, *values: str) -> Any:
        """One value of the database, which this script only reads."""
        with sqlite3.connect(f"file:{self.served.folder / 'cellchain.db'}?mode=ro", uri=True) as database:
            row = database.execute(query, values).fetchone()
        database.close()
        return row[0]

    def person(self, username: str) -> str:
        """The code of somebody."""
        return str(self.first("SELECT code FROM accounts_person WHERE username = ?", username))

    def place(self, name: str) -> str:
        """The code of a place."""
        return str(self.first("SELECT code FROM materials_location WHERE name = ?", name))

    def material(self, name: str) -> str:
        """An accepted lot of a material."""
        lots = self.served.manifest["materials"]
        return str(next(one["lot"] for one in lots if one["material"] == name and one["standing"] == "accepted"))

    def lot(self, kind: str, phase: str) -> str:
        """The first lot of a kind in a phase."""
        lots = self.served.manifest["lots"]
        return str(next(one["code"] for one in lots if (one["kind"], one["phase"]) == (kind, phase)))

    @cached_property
    def batch(self) -> str:
        """A batch whose first step runs: one value is out of its limit, one material is scanned."""
        do, place = self.served.do, self.place("Bench 1")
        cleared = do("technician1", "manufacturing/clear_line", location=place)["clearance"]
        do("technician2", "manufacturing/verify_clearance", clearance=cleared)
        lot = do(
            "technician1",
            "manufacturing/open_batch",
            master_record=self.first("SELECT id FROM manufacturing_master_record WHERE kind = 'product'"),
            location=place,
            sources=[self.lot("bank", "released_for_further_use")],
            study=self.served.manifest["study"]["code"],
        )["lot"]
        do("technician1", "manufacturing/start_step", lot=lot, step="thaw")
        vial = self.first("SELECT code FROM manufacturing_container WHERE kind = 'cryovial' AND phase = 'stored'")
        thawed: dict[str, Any] = {"recovered_count": 4_400_000, "viability_permille": 912, "volume_ul": 10_000}
        do("technician1", "manufacturing/thaw", lot=lot, vial=vial, **thawed)
        return str(lot)

    @cached_property
    def thawed(self) -> str:
        """The tube that this batch has made."""
        return str(self.first("SELECT code FROM manufacturing_container WHERE lot = ? AND kind = 'tube'", self.batch))

    @cached_property
    def clear_line(self) -> str:
        """A line that two people have seen clear."""
        place = self.place("Bench 3")
        cleared = self.served.do("technician1", "manufacturing/clear_line", location=place)["clearance"]
        self.served.do("technician2", "manufacturing/verify_clearance", clearance=cleared)
        return place

    @cached_property
    def versions(self) -> tuple[int, int]:
        """The effective version of the product's master record, and a draft with a shorter shelf life."""
        effective = self.first("SELECT id FROM manufacturing_master_record WHERE kind = 'product'")
        source = (
            resources.files("cellchain.manufacturing")
            .joinpath("master_records/product.toml")
            .read_text(encoding="utf-8")
        )
        changed = source.replace("shelf_life_minutes = 360", "shelf_life_minutes = 300").replace(
            "high = 240", "high = 180"
        )
        draft = self.served.do("technician1", "manufacturing/draft_master_record", source=changed)["master_record"]
        return int(effective), int(draft)

    def pair(self) -> tuple[str, str]:
        """The wristband of a recipient and the label of the bag that is ready for them, each pair once."""
        self.next_ready += 1
        bag = self.served.bags("ready", "msc")[-self.next_ready]
        return self.served.band(bag["recipient"]), bag["label"]

    def check(self, who: str, wristband: str, label: str) -> str:
        """Somebody checks at the bedside. Gives the page of the verdict."""
        found = self.served.do(who, "bedside/check", wristband=wristband, bag=label, inspection=INSPECTION)
        return f"/bedside/checks/{found['check']}"

    def matched(self) -> tuple[str, str, str]:
        """Two people checked, and the infusion may start: wristband, label and the verdict's page."""
        band, label = self.pair()
        self.check("nurse1", band, label)
        return band, label, self.check("nurse2", band, label)

    def once(self, name: str, make: Callable[[], str]) -> str:
        """What `make` gave the first time, so that every language shows the same thing."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]


Where = Callable[[Story], str]
Act = Callable[[Story, Page], None]


@dataclass(frozen=True)
class Screen:
    """One screen: who sees it (None: nobody signed in), its address, and what happens before the picture."""

    name: str
    who: str | None
    where: str | Where
    act: Act | None = None
