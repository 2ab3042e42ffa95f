"""The encoding of IPP: bytes as RFC 8010 has them, and no answer of a printer is a fault of ours."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.labels.printing import ipp
from cellchain.labels.printing.ipp import Group, Operation, Tag


def test_a_request_as_the_standard_writes_it() -> None:
    name, copies = ("job-name", Tag.NAME, "LB"), ("copies", Tag.INTEGER, 1)
    made = ipp.request(Operation.PRINT_JOB, 1, "ipp://h/p", [name], [copies])
    assert made == (
        b"\x01\x01\x00\x02\x00\x00\x00\x01\x01"
        b"\x47\x00\x12attributes-charset\x00\x05utf-8"
        b"\x48\x00\x1battributes-natural-language\x00\x02en"
        b"\x45\x00\x0bprinter-uri\x00\x09ipp://h/p"
        b"\x42\x00\x14requesting-user-name\x00\x09cellchain"
        b"\x42\x00\x08job-name\x00\x02LB"
        b"\x02\x21\x00\x06copies\x00\x04\x00\x00\x00\x01\x03"
    )


def test_a_collection_and_several_values() -> None:
    size = {"media-size": {"x-dimension": 7_000}}
    made = ipp.request(
        Operation.GET_JOBS,
        2,
        "ipp://h/p",
        [("requested-attributes", Tag.KEYWORD, ["job-name", "job-state"]), ("yes", Tag.BOOLEAN, True)],
        [("media-col", Tag.BEGIN_COLLECTION, size)],
    )
    assert b"\x44\x00\x14requested-attributes\x00\x08job-name\x44\x00\x00\x00\x09job-state" in made
    assert b"\x22\x00\x03yes\x00\x01\x01" in made
    assert made.endswith(
        b"\x02\x34\x00\x09media-col\x00\x00"
        b"\x4a\x00\x00\x00\x0amedia-size\x34\x00\x00\x00\x00"
        b"\x4a\x00\x00\x00\x0bx-dimension\x21\x00\x00\x00\x04\x00\x00\x1b\x58"
        b"\x37\x00\x00\x00\x00\x37\x00\x00\x00\x00\x03"
    )


def test_what_we_write_we_read() -> None:
    job: list[ipp.Attribute] = [
        ("job-state", Tag.ENUM, 9),
        ("media-col", Tag.BEGIN_COLLECTION, {"media-size": {"x-dimension": 7_000}}),
        ("job-name", Tag.NAME, ["Метка", "b"]),
        ("held", Tag.BOOLEAN, False),
    ]
    read = ipp.answer(ipp.request(Operation.PRINT_JOB, 7, "ipp://h/p", [], job))
    assert read.status == Operation.PRINT_JOB
    assert read.values(Group.OPERATION, "attributes-charset") == ("utf-8",)
    assert read.values(Group.JOB, "job-state") == (9,)
    assert read.values(Group.JOB, "job-name") == ("Метка", "b")
    assert read.values(Group.JOB, "held") == (False,)
    assert read.values(Group.PRINTER, "none") == ()


@given(st.binary(max_size=200))
def test_anything_else_is_named(message: bytes) -> None:
    with suppress(ipp.NotIpp):
        ipp.answer(message)


@given(st.integers(0, 130))
def test_an_answer_cut_short_is_none(length: int) -> None:
    whole = ipp.request(Operation.PRINT_JOB, 1, "ipp://h/p", [("job-name", Tag.NAME, "LB")])
    with pytest.raises(ipp.NotIpp):
        ipp.answer(whole[: min(length, len(whole) - 1)])
