"""A spreadsheet never runs what somebody wrote."""

import csv
import io

import pytest

from cellchain.web.tables import as_csv, cell


@pytest.mark.parametrize("text", ["=1+1", "+7 495", "-2", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1"])
def test_a_formula_is_a_text(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_what_is_written_is_read_back() -> None:
    content = as_csv([["Code", None, 'a "quoted", text'], ["ряд", 3, "line\nbreak"]])
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows == [["Code", "", 'a "quoted", text'], ["ряд", "3", "line\nbreak"]]
