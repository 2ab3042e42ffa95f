"""A QA reviewer's walk through a batch with twelve planted faults: the screen shows all twelve, and no thirteenth."""

import re
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from cellchain.demo.quality import settle_deviations
from cellchain.kernel.errors import Refused
from cellchain.labels import commands as labels
from cellchain.ledger.remarks import remarks_on
from cellchain.main import create_app
from cellchain.manufacturing import commands as manufacturing
from cellchain.quality import commands, queries
from cellchain.quality.rules.lifecycles import DispositionPhase
from tests.bedside.browser import OURS, Front
from tests.bedside.world import World, played
from tests.quality.batches import Batches
from tests.races import things

# What is planted, and the kinds of exceptions that it has to bring up.
FAULTS = {
    "outside": ("out_of_limit",),
    "changed": ("unverified", "corrected"),
    "expired": ("material",),
    "machine": ("equipment",),
    "untrained": ("training",),
    "late": ("late_entry",),
    "typed": ("typed",),
    "comment": ("comment",),
    "room": ("environment",),
    "label": ("labels",),
    "deviation": ("deviation_open",),
}
OTHERS = {
    "reprint": ("reprint",),
    "own_step": ("second_person",),
    "taken_back": ("taken_back",),
    "failed": ("failed",),
    "unverified_result": ("unverified",),
    "hold": ("hold",),
    "warm": ("custody",),
}


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batches]:
    world = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("faults") / "world")
    yield Batches(world)
    world.close()


def kinds(batches: Batches, lot: str) -> Counter[str]:
    with batches.world.installation.database.read() as tx:
        return Counter(item.kind.value for item in queries.findings_of(tx, lot).to_look_at)


def test_a_clean_batch_brings_up_nothing(batches: Batches) -> None:
    lot = batches.batch()
    with batches.world.installation.database.read() as tx:
        found = queries.findings_of(tx, lot)
    assert [(item.key, str(item.title), str(item.detail)) for item in found.to_look_at] == []
    counted = {one.check.key: one.found.in_order_count for one in found.made}
    assert counted["verification"] == counted["materials"] - 1 == 1
    assert counted["training"] == 2
    assert counted["custody"] == 1
    assert counted["tests_passed"] == 3


def test_everything_in_order_is_counted_by_a_check(batches: Batches) -> None:
    """A late value is out of the one count, and stays in the other."""
    with batches.world.installation.database.read() as tx:
        made = queries.findings_of(tx, batches.batch(["late"])).made
    assert len({one.check.key for one in made}) == len(made)
    late = next(one.found for one in made if one.check.key == "lateness")
    within = next(one.found for one in made if one.check.key == "limits")
    assert (late.in_order_count, len(late.exceptions)) == (within.in_order_count - 1, 1)


@pytest.mark.parametrize("fault", [*FAULTS, *OTHERS])
def test_each_fault_is_found_alone(batches: Batches, fault: str) -> None:
    assert kinds(batches, batches.batch([fault])) == Counter({**FAULTS, **OTHERS}[fault])


def test_a_refusal_keeps_what_it_was_about(batches: Batches) -> None:
    """A verifier names a step record and no lot: the lot that the command found stands in the ledger all the same."""
    lot = batches.batch(["expired", "own_step"])
    with batches.world.installation.database.read() as tx:
        refused = {one.code: one.things for one in remarks_on(tx, [lot]) if one.code is not None}
    assert refused == {"material.expired": (batches.expired,), "step.verifier_performed": ()}


# ---- the reviewer's walk ---------------------------------------------------------------------------------------------


@pytest.fixture
def front(batches: Batches) -> Iterator[Front]:
    with TestClient(create_app(batches.world.installation), base_url="https://testserver") as client:
        yield Front(client, batches.world)


class Screen:
    """The screen of one lot in a QA officer's browser."""

    def __init__(self, front: Front, lot: str) -> None:
        self.front = front
        self.lot = lot

    def read(self, who: str = "qa1", language: str = "en") -> str:
        answer = self.front.page(who, f"/quality/lots/{self.lot}", **{"accept-language": language})
        assert answer.status_code == 200, answer.text
        return answer.text

    def rows(self) -> list[tuple[str, str]]:
        """The exceptions as they stand on the screen: each one's group and key."""
        found = []
        for section in re.split(r'<section class="kind"', self.read())[1:]:
            kind = re.search(r'id="kind-([a-z_]+)"', section)
            assert kind is not None
            found += [(kind[1], key) for key in re.findall(r'<li id="e\d+" data-key="([^"]+)"', section)]
        return found

    def looked_at(self) -> str:
        found = re.search(r"(\d+ of \d+) looked at", self.read())
        return "" if found is None else found[1]

    def accept(self, key: str, note: str, who: str = "qa1") -> int:
        fields = {"lot": self.lot, "exception": key, "note": note}
        return self.post(who, f"/do/quality/accept_exception?next=/quality/lots/{self.lot}", fields)

    def sign(self, who: str) -> tuple[int, str]:
        """Sign what the panel asks for; gives the status and what the panel says."""
        action = re.search(r'action="(/quality/lots/[^"]+/sign/[^"]+)"', self.read(who))
        assert action is not None
        proof = {f"signature.{name}": value for name, value in self.front.signature(who).items()}
        answer = self.answer(who, action[1].replace("&amp;", "&"), proof)
        return answer.status_code, answer.text

    def post(self, who: str, path: str, fields: dict[str, str]) -> int:
        return int(self.answer(who, path, fields).status_code)

    def answer(self, who: str, path: str, fields: dict[str, str]) -> Any:
        data = {"csrf": self.front.csrf(who), "request_id": str(uuid.uuid4()), **fields}
        headers = {**self.front.cookie(who), **OURS}
        return self.front.client.post(path, data=data, headers=headers, follow_redirects=False)


def put_right(batches: Batches, lot: str) -> None:
    """What cannot be accepted as it is: the step verified again, the label found, the deviations closed."""
    record = things.first(batches.world, "manufacturing_step_record", lot=lot, phase="completed")
    batches.do("technician2", manufacturing.verify_step, step_record=record)
    label = things.first(batches.world, "labels_label", lot=lot, phase="printed", column="code")
    symbol = things.first(batches.world, "labels_label", lot=lot, phase="printed", column="symbol")
    batches.do("technician1", labels.confirm_label, scanned=symbol, expected=label)
    batches.do("qa2", labels.reconcile, lot=lot)
    settle_deviations(batches.stage, lot)


def test_a_reviewer_walks_through_twelve_faults(batches: Batches, front: Front) -> None:
    lot = batches.batch(FAULTS)
    screen = Screen(front, lot)
    planted = Counter(kind for found in FAULTS.values() for kind in found)
    assert sum(planted.values()) == 12
    assert Counter(kind for kind, _ in screen.rows()) == planted
    assert "12 exceptions." in screen.read().replace("\xa0", " ")
    assert screen.looked_at() == "0 of 12"
    status, said = screen.sign("qa1")
    assert (status, "Exceptions that are not decided or put right: 12." in said) == (409, True)
    for _, key in screen.rows():
        if key.split(":")[0] in ("step", "labels", "reading"):
            assert screen.accept(key, "As it is.") == 409, key

    put_right(batches, lot)
    assert len(screen.rows()) == 11  # the step is verified; the labels agree, and their deviation is closed
    for place, (kind, key) in enumerate(screen.rows(), 1):
        if kind in ("material", "training"):
            assert screen.accept(key, " ") == 409
        assert screen.accept(key, "No harm to the bag: looked at the record.") == 303, key
        assert screen.looked_at().startswith(f"{place} of ")
    assert "Something changed" not in screen.read()
    with pytest.raises(Refused) as early:
        batches.do("qa2", commands.release_conditionally, lot=lot)
    assert early.value.code == "lot.not_reviewed"
    assert screen.sign("qa1")[0] == 303

    # Something new after the signature: the review is over, and nothing is released before somebody looked again.
    record = things.first(batches.world, "manufacturing_step_record", lot=lot, phase="verified")
    batches.do("technician1", manufacturing.comment_step, step_record=record, comment="The bag leaked a drop.")
    with pytest.raises(Refused) as stale:
        batches.do("qa2", commands.release_conditionally, lot=lot)
    assert stale.value.code == "lot.review_outdated"
    [unseen] = [(kind, key) for kind, key in screen.rows() if not accepted(batches, lot, key)]
    assert unseen[0] == "comment"
    assert screen.accept(unseen[1], "") == 303
    assert screen.sign("qa1")[0] == 303
    assert screen.sign("qa2")[0] == 303
    with batches.world.installation.database.read() as tx:
        disposition = queries.disposition_of(tx, lot)
    assert disposition is not None
    assert disposition.phase is DispositionPhase.CONDITIONALLY_RELEASED


def accepted(batches: Batches, lot: str, key: str) -> bool:
    with batches.world.installation.database.read() as tx:
        return any(item.key == key and item.accepted is not None for item in queries.exceptions_of(tx, lot))
