"""A count read from the counter's own file, which is kept as it came."""

import hashlib
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden, NotFound
from cellchain.ledger import uploads
from cellchain.manufacturing import commands
from cellchain.manufacturing.counts import commands as counts
from tests.manufacturing.conftest import Plant, forbidden, refused
from tests.manufacturing.pages import app_for
from tests.manufacturing.test_record_count import GROWN, at_the_harvest

EXPORT = "Прибор;демонстрация\r\n\r\nПроба;Живые, млн/мл;Всего, млн/мл\r\n1;1,25;1,30\r\n2;1,15;1,22\r\n"


def named(plant: Plant, **more: Any) -> None:
    """QA says what the counter's columns mean."""
    fields = {
        "kind": "concentrations",
        "live": "Живые, млн/мл",
        "total": "Всего, млн/мл",
        "factor": 1_000_000,
        "decimal_mark": "comma",
    }
    plant.do(counts.name_columns, by=plant.qa, equipment=plant.equipment["counter"], **{**fields, **more})


def upload(plant: Plant, content: bytes, name: str = "counter.csv") -> dict[str, str]:
    """A file that came before its order."""
    digest = uploads.receive(app_for(plant, plant.technician).state, plant.technician.person, content)
    return {"name": name, "sha256": digest}


def read(plant: Plant, lot: str, content: bytes, **more: Any) -> dict[str, Any]:
    return plant.do(
        counts.import_count, lot=lot, equipment=plant.equipment["counter"], file=upload(plant, content), **more
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_it_reads_the_counters_file(plant: Plant, encoding: str) -> None:
    named(plant)
    lot = at_the_harvest(plant)
    found = read(plant, lot, EXPORT.encode(encoding))
    assert (found["live_per_ml"], found["total_per_ml"]) == (1_200_000, 1_260_000)
    assert (found["viability_permille"], found["scatter_permille"]) == (952, 59)
    assert plant.events()[-1] == "manufacturing:count:imported"
    tube = plant.container(plant.do(commands.harvest, lot=lot, **GROWN)["container"])
    assert (tube.cells_count, tube.viability_permille) == (24_000_000, 952)


def test_the_file_is_kept_as_it_came(plant: Plant) -> None:
    named(plant)
    lot = at_the_harvest(plant)
    content = EXPORT.encode("cp1251")
    read(plant, lot, content)
    view = plant.page(lot).running
    assert view is not None
    [count] = view.counts
    assert (count.file_hash, count.file_name) == (hashlib.sha256(content).hexdigest(), "counter.csv")
    with plant.house.read() as tx:
        assert tx.house.fetch(count.file_hash) == content


def test_a_count_keeps_the_columns_it_was_read_with(plant: Plant) -> None:
    named(plant, live="Anything")
    named(plant)
    lot = at_the_harvest(plant)
    read(plant, lot, EXPORT.encode())
    named(plant, live="Another")
    with refused("count.file_no_columns"):
        read(plant, lot, EXPORT.encode(), reason="The first file was of another sample.")
    assert len(plant.page(lot).running.counts) == 1  # type: ignore[union-attr]


def test_a_counter_whose_columns_nobody_named(plant: Plant) -> None:
    lot = at_the_harvest(plant)
    with pytest.raises(NotFound) as caught:
        read(plant, lot, EXPORT.encode())
    assert caught.value.code == "counter.no_columns"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.4 a report\n%%EOF", "file.wrong_kind"),
        (b"  \n", "count.file_empty"),
        (b"1;" * 20_000, "count.file_too_large"),
        (EXPORT.replace("1,15", "?").encode(), "count.file_number"),
        (EXPORT.partition("\r\n2;")[0].encode(), "count.too_few_runs"),
    ],
)
def test_nothing_of_a_bad_file_is_taken(plant: Plant, content: bytes, code: str) -> None:
    named(plant)
    lot = at_the_harvest(plant)
    with refused(code):
        read(plant, lot, content)
    assert plant.events()[-1] == "manufacturing:count:imported:refused"
    assert plant.page(lot).running.counts == ()  # type: ignore[union-attr]


def test_what_is_no_text_does_not_come_in(plant: Plant) -> None:
    with refused("file.wrong_kind"):
        upload(plant, b"\x00\x01garbage")
    with refused("file.empty"):
        upload(plant, b"")


def test_a_file_and_a_recount_by_hand_are_two_counts(plant: Plant) -> None:
    named(plant)
    lot = at_the_harvest(plant)
    read(plant, lot, EXPORT.encode())
    plant.count(lot, 1_300_000, reason="The counter warned of clumps.")
    with refused("count.done_twice"):
        read(plant, lot, EXPORT.encode(), reason="Once more.")


def test_it_is_forbidden_to_others(plant: Plant) -> None:
    named(plant)
    lot = at_the_harvest(plant)
    file = upload(plant, EXPORT.encode())
    forbidden(plant, counts.import_count, lot=lot, equipment=plant.equipment["counter"], file=file)


def test_naming_columns_is_qas(plant: Plant) -> None:
    with pytest.raises(Forbidden):
        plant.do(
            counts.name_columns, equipment=plant.equipment["counter"], kind="counts", live="L", dead="D", chamber_nl=100
        )
    assert plant.events()[-1] == "manufacturing:counter_columns:named:refused"


def test_columns_are_a_counters(plant: Plant) -> None:
    fields = {"kind": "counts", "live": "L", "dead": "D", "chamber_nl": 100}
    with refused("equipment.wrong_kind"):
        plant.do(counts.name_columns, by=plant.qa, equipment=plant.equipment["cabinet"], **fields)
    with refused("counter.columns_unclear"):
        plant.do(counts.name_columns, by=plant.qa, equipment=plant.equipment["counter"], **{**fields, "total": "T"})
    named = plant.do(counts.name_columns, by=plant.qa, equipment=plant.equipment["counter"], **fields)
    assert named["equipment"] == plant.equipment["counter"]
    assert plant.events()[-1] == "manufacturing:counter_columns:named"
