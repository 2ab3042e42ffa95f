"""Files of results: read as they come, judged by line, recorded whole or not at all, and kept."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cellchain.identity.codes import Kind, issue
from cellchain.kernel.errors import CellchainError, NotFound, Refused
from cellchain.ledger import uploads
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir
from cellchain.quality import commands, queries
from cellchain.quality.imports import commands as imports
from cellchain.quality.imports import queries as files
from cellchain.quality.rules import result_files
from cellchain.quality.rules.lifecycles import ResultPhase, Stage
from tests.quality.conftest import Refuses
from tests.quality.lab import Lab

MOSCOW = ZoneInfo("Europe/Moscow")
SAMPLE = issue(Kind.SAMPLE, 1, 2026, 1)
HEAD = "sample,stage,test,value"


def read(text: str) -> tuple[list[result_files.ResultLine], dict[int, str]]:
    lines, faults = result_files.read(text.encode(), MOSCOW)
    return lines, {fault.number: fault.error.code for fault in faults}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_file_as_programs_write_it(separator: str, ending: str) -> None:
    rows = [[*HEAD.split(","), "Measured at"], [SAMPLE, "Conditional", "viability", '"91.4"', "2026-05-04 14:30"]]
    text = "\ufeff" + ending.join(separator.join(row) for row in rows) + ending
    (line,), faults = read(text)
    assert not faults
    assert (line.number, line.sample, line.stage, line.test, line.value) == (
        2,
        SAMPLE,
        Stage.CONDITIONAL,
        "viability",
        "91.4",
    )
    assert line.measured_at == datetime(2026, 5, 4, 11, 30, tzinfo=UTC)


def test_a_line_at_fault_is_named_by_its_number() -> None:
    text = "\n".join(
        [
            HEAD + ",measured_at,instrument,method",
            f"{SAMPLE},final,sterility_14d,no growth",
            "SM1,final,sterility_14d,no growth",
            f"{SAMPLE},last,sterility_14d,no growth",
            f"{SAMPLE},final,Sterility!,no growth",
            f"{SAMPLE},final,trilineage,",
            "",
            f"{SAMPLE},final,sterility_14d,growth",
            f"{SAMPLE},final,trilineage,none,yesterday",
            f"{SAMPLE},final,trilineage,none,,EQ1",
            f"{SAMPLE},final,trilineage,none,,,first",
            f"{SAMPLE},final,trilineage,{'x' * 81}",
        ]
    )
    lines, faults = read(text)
    assert [line.number for line in lines] == [2]
    assert faults == {
        3: "import.bad_sample",
        4: "import.bad_stage",
        5: "import.bad_test",
        6: "import.no_value",
        8: "import.twice",
        9: "import.bad_time",
        10: "import.bad_instrument",
        11: "import.bad_method",
        12: "import.cell_too_long",
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import.empty"),
        (b"  \n ", "import.empty"),
        (b"\xff\x00\x9f", "import.not_text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "import.not_text"),
        (b"a,b\n1,2\n", "import.no_column"),
        ((HEAD + ",value\nx,y,z,1,2\n").encode(), "import.column_twice"),
        ((HEAD + "\n\n").encode(), "import.no_lines"),
        ((HEAD + '\n"open,1,2,3\n').encode(), "import.not_csv"),
        ((HEAD + "\n" + "a,b,c,d\n" * 201).encode(), "import.too_many_lines"),
        (b"x" * 200_001, "import.too_large"),
    ],
)
def test_what_is_no_file_of_results(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        result_files.read(content, MOSCOW)
    assert caught.value.code == code


@example(b",;\n")
@given(st.binary(max_size=400))
@example(b";")
@example('""\n\u00a0,'.encode())
def test_no_bytes_are_a_fault_of_ours(content: bytes) -> None:
    with suppress(Refused):
        result_files.read(content, MOSCOW)


@given(st.lists(st.text(alphabet='SM0123456789,;"\n \tfinal', max_size=40), max_size=12))
def test_no_lines_are_a_fault_of_ours(lines: list[str]) -> None:
    with suppress(Refused):
        found, faults = result_files.read("\n".join([HEAD, *lines]).encode(), MOSCOW)
        numbers = [line.number for line in found] + [fault.number for fault in faults]
        assert len(set(numbers)) == len(numbers)


# ---- imported --------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> DataDir:
    return DataDir(tmp_path / "data")


@pytest.fixture
def sample(lab: Lab, folder: DataDir) -> str:
    lab.house.database.house = lab.handed(fetch=folder.fetch)
    lab.specify("product")
    return lab.sample(lab.lot())


def came(lab: Lab, folder: DataDir, content: bytes) -> dict[str, Any]:
    settings = Settings(attachment_bytes_max=300_000)
    installed: Any = SimpleNamespace(settings=settings, folder=folder, runner=lab.house.runner)
    return {"name": "results.csv", "sha256": uploads.receive(installed, lab.analyst.person, content)}


def rows(lab: Lab, sample: str, *lines: str) -> str:
    eye = {"w": lab.instruments["analytical_balance"], "c": lab.instruments["counter"]}
    return "\n".join([HEAD + ",instrument,measured_at", *(f"{sample},{line}".format(**eye) for line in lines)]) + "\n"


Take = Callable[[str], dict[str, Any]]


@pytest.fixture
def take(lab: Lab, folder: DataDir) -> Take:
    """A file is sent, and its order after it."""

    def taken(text: str) -> dict[str, Any]:
        return lab.do(imports.import_results, by=lab.analyst, file=came(lab, folder, text.encode()))

    return taken


def test_a_whole_file_is_recorded_and_kept(lab: Lab, sample: str, take: Take) -> None:
    lab.wait(hours=2)
    at = (lab.house.clock.now() - timedelta(hours=1)).astimezone(MOSCOW)
    text = rows(lab, sample, "conditional,viability,91.4,{c}", f"conditional,volume,400,{{w}},{at:%Y-%m-%d %H:%M}")
    made = take(text)
    assert lab.last_event() == "quality:results:imported"
    assert made["file_hash"] == hashlib.sha256(text.encode()).hexdigest()
    with lab.house.read() as tx:
        assert tx.house.fetch(made["file_hash"]) == text.encode()
        results = queries.results_of_file(tx, made["file"])
        (kept,) = files.files(tx)
    assert (kept.file_name, kept.lines_count) == ("results.csv", 2)
    assert [(result.test, result.value, result.phase) for result in results] == [
        ("viability", "91.4", ResultPhase.ENTERED),
        ("volume", "400", ResultPhase.ENTERED),
    ]
    assert results[1].measured_at == at.replace(second=0, microsecond=0).astimezone(UTC)
    lab.do(commands.verify_results, by=lab.second_analyst, results=[result.id for result in results])


def test_one_line_at_fault_refuses_all_of_them(lab: Lab, sample: str, take: Take) -> None:
    text = rows(
        lab,
        sample,
        "conditional,viability,91.4,{c}",
        "conditional,volume,much,{w}",
        "conditional,colour,blue",
        "conditional,viability,92,{c}",
    )
    with pytest.raises(CellchainError) as caught:
        take(text)
    assert caught.value.code == "import.lines_refused"
    said = str(caught.value.text)
    assert said.startswith("Line 3:")
    assert "Lines at fault: 3." in said
    with lab.house.read() as tx:
        assert queries.results_of_sample(tx, sample) == []
        assert files.files(tx) == []
        found = files.preview(tx, text.encode(), MOSCOW, tx.now)
    assert [(fault.number, fault.error.code) for fault in found.faults] == [
        (3, "result.not_a_number"),
        (4, "specification.no_such_test"),
        (5, "import.twice"),
    ]
    assert [line.number for line, _ in found.judged] == [2]


def test_a_file_is_imported_once(lab: Lab, sample: str, take: Take, refuses: Refuses) -> None:
    text = rows(lab, sample, "conditional,volume,400,{w}")
    take(text)
    with refuses("import.done_already"):
        take(text)
    with refuses("import.lines_refused"):
        take(text + "\n")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("conditional,volume,400,{w},2031-01-01 10:00", "result.in_future"),
        ("conditional,volume,400,{w},2020-01-01 10:00", "result.before_sample"),
        ("conditional,volume,400", "method.instrument_needed"),
        ("conditional,volume,400,{c}", "equipment.wrong_kind"),
        ("in_process,volume,400,{w}", "specification.none_effective"),
    ],
)
def test_each_line_is_judged_like_any_reading(lab: Lab, sample: str, line: str, code: str) -> None:
    with lab.house.read() as tx:
        found = files.preview(tx, rows(lab, sample, line).encode(), MOSCOW, tx.now)
    assert [fault.error.code for fault in found.faults] == [code]


def test_an_unknown_sample_is_a_fault_of_its_line(lab: Lab, sample: str) -> None:
    with lab.house.read() as tx:
        text = rows(lab, issue(Kind.SAMPLE, 9, 2026, 77), "conditional,volume,400,{w}")
        found = files.preview(tx, text.encode(), MOSCOW, tx.now)
    assert [fault.error.code for fault in found.faults] == ["record.not_found"]


def test_what_is_no_text_is_no_file_of_results(lab: Lab, sample: str, folder: DataDir, refuses: Refuses) -> None:
    with refuses("file.wrong_kind"):
        lab.do(imports.import_results, by=lab.analyst, file=came(lab, folder, b"%PDF-1.4 results\n%%EOF\n"))


def test_a_file_that_never_came_is_none(lab: Lab, sample: str) -> None:
    with pytest.raises(NotFound) as caught:
        lab.do(imports.import_results, by=lab.analyst, file={"name": "x.csv", "sha256": "0" * 64})
    assert caught.value.code == "file.not_received"
