"""Files of counters: marks and encodings, decimal commas, headings, and everything that is refused by name."""

import codecs
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.kernel.errors import Refused
from cellchain.ledger import filekinds
from cellchain.ledger.filekinds import TEXTS
from cellchain.manufacturing.rules import counter_files
from cellchain.manufacturing.rules.counter_files import FILE_BYTES_MAX, ColumnKind, Columns, DecimalMark
from tests.manufacturing.conftest import refused

SEEN = Columns(ColumnKind.COUNTS, live="Live", dead="Dead", dilution_milli=2_000, chamber_nl=100)
MILLIONS = Columns(
    ColumnKind.CONCENTRATIONS,
    live="Живые, млн/мл",
    total="Всего, млн/мл",
    factor=1_000_000,
    decimal_mark=DecimalMark.COMMA,
)
EXPORT = "Образец;Живые, млн/мл;Всего, млн/мл\r\nA-1;1,25;1,30\r\nA-2;1,15;1,20\r\n"


def read(text: str, columns: Columns = SEEN) -> list[tuple[int, int]]:
    return [(seen.run.live_per_ml, seen.run.dead_per_ml) for seen in counter_files.runs_of(text, columns)]


@pytest.mark.parametrize(
    "content",
    [
        EXPORT.encode(),
        codecs.BOM_UTF8 + EXPORT.encode(),
        EXPORT.encode("cp1251"),
        codecs.BOM_UTF16_LE + EXPORT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + EXPORT.encode("utf-16-be"),
        EXPORT.replace("\r\n", "\n").encode(),
        EXPORT.replace(";", "\t").encode("cp1251"),
    ],
    ids=["utf-8", "utf-8 with a mark", "windows-1251", "utf-16 little", "utf-16 big", "newlines", "tabulators"],
)
def test_one_table_in_every_encoding(content: bytes) -> None:
    assert read(counter_files.text_of(content), MILLIONS) == [(1_250_000, 50_000), (1_150_000, 50_000)]


def test_cells_in_a_chamber_get_their_dilution_and_volume() -> None:
    # 100 cells in 0.1 uL, one in two: 2 000 000 in a millilitre.
    found = counter_files.runs_of("Run,Live,Dead\n1,100,5\n2,110,0\n", SEEN)
    assert [(seen.live_count, seen.dead_count, seen.dilution_milli) for seen in found] == [
        (100, 5, 2_000),
        (110, 0, 2_000),
    ]
    assert [seen.run.live_per_ml for seen in found] == [2_000_000, 2_200_000]


def test_a_dilution_of_its_own_column() -> None:
    columns = replace(SEEN, dilution="Dilution", dilution_milli=None)
    assert read("Live;Dead;Dilution\n100;0;2.5\n", columns) == [(2_500_000, 0)]
    for bad in ("0.5", "1000.1", "2.0001"):
        with refused("count.file_number"):
            read(f"Live;Dead;Dilution\n100;0;{bad}\n", columns)


def test_what_stands_above_the_headings_and_below_a_blank_line_is_the_makers_own() -> None:
    text = "Counter X;report\n;\nSample;LIVE;dead\nA;100;0\n;;\nMean;999;9\n"
    assert read(text) == [(2_000_000, 0)]


def test_quoted_cells_and_blanks_between_digits() -> None:
    columns = replace(SEEN, kind=ColumnKind.CONCENTRATIONS, factor=1)
    assert read('"Live","Dead"\n"1 250 000","1\u00a0000"\n1.25E6,0\n', columns) == [(1_250_000, 1_000), (1_250_000, 0)]


@pytest.mark.parametrize("cell", ["", "n/a", "-1", "1,5", "1.2.3", "=1+1", "NaN", "Infinity", "1e99", "٣", "100.5"])
def test_what_is_no_number_of_cells(cell: str) -> None:
    with refused("count.file_number"):
        read(f"Live\tDead\n{cell}\t0\n0\t0\n" if cell else "Live\tDead\n\t0\n")


def test_a_comma_is_never_guessed() -> None:
    # 1,234 is a thousand in one country and a bit more than one in the other.
    columns = replace(SEEN, kind=ColumnKind.CONCENTRATIONS, factor=1_000)
    with refused("count.file_number"):
        read("Live;Dead\n1,234;0\n", columns)
    assert read("Live;Dead\n1,234;0\n", replace(columns, decimal_mark=DecimalMark.COMMA)) == [(1_234, 0)]


def test_more_live_cells_than_all_cells() -> None:
    with refused("count.file_number"):
        read(EXPORT.replace("1,30", "1,20"), MILLIONS)


def test_a_line_that_ends_early() -> None:
    with refused("count.file_number"):
        read("Run;Live;Dead\n1;100\n")


def test_files_that_are_none() -> None:
    counter_files.may_read(FILE_BYTES_MAX)
    with refused("count.file_too_large"):
        counter_files.may_read(FILE_BYTES_MAX + 1)
    with refused("count.file_empty"):
        counter_files.text_of(b" \r\n")
    for garbage in (b"%PDF-1.4\x00\x01", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n\x00", codecs.BOM_UTF16_LE + b"\x00"):
        with refused("file.wrong_kind"):
            filekinds.kind_of(garbage, FILE_BYTES_MAX, TEXTS)


def test_a_table_of_another_counter() -> None:
    with refused("count.file_no_columns"):
        read("Alive;Dead\n1;2\n")


def test_a_table_without_runs() -> None:
    with refused("count.file_no_runs"):
        read("Live;Dead\n")
    with refused("count.too_many_runs"):
        read("Live;Dead\n" + "1;1\n" * 13)


def test_an_open_quotation_mark() -> None:
    with refused("count.file_not_csv"):
        read('Live;Dead\n"1;2\n')


def test_no_dilution_anywhere() -> None:
    with refused("count.no_dilution"):
        read("Live;Dead\n1;1\n", replace(SEEN, dilution_milli=None))


def test_columns_that_mean_nothing() -> None:
    counter_files.may_map(SEEN)
    counter_files.may_map(MILLIONS)
    with refused("counter.columns_unclear"):
        counter_files.may_map(replace(SEEN, dead=None))
    with refused("counter.columns_unclear"):
        counter_files.may_map(replace(SEEN, total="All"))
    with refused("counter.columns_twice"):
        counter_files.may_map(replace(SEEN, dead="LIVE"))
    with refused("counter.columns_no_volume"):
        counter_files.may_map(replace(SEEN, chamber_nl=None))


@given(st.binary(max_size=2_000))
def test_bytes_of_any_kind_are_read_or_refused(content: bytes) -> None:
    with suppress(Refused):
        filekinds.kind_of(content, FILE_BYTES_MAX, TEXTS)
        assert counter_files.runs_of(counter_files.text_of(content), SEEN)


@given(st.text(max_size=400))
def test_any_text_under_the_right_headings_is_read_or_refused(text: str) -> None:
    with suppress(Refused):
        assert counter_files.runs_of("Live;Dead\n" + text, SEEN)
