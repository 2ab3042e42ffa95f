"""Erasing a value: nothing is left of it in the files, and the chain and its replay stay whole."""

import json
from pathlib import Path

import pytest

from cellchain.kernel.errors import NotFound, Refused
from cellchain.ledger import checkpoints
from tests.ledger.conftest import Workshop

NAME = "Vera Fictitious-Ivanova"
REMARK = "told me of her sister’s illness, 100 % by mistake"


def filled(workshop: Workshop) -> Workshop:
    workshop.do("fill", code="BG1", volume_ul=10, holder=NAME, remark=REMARK, reason=f"late, because {REMARK}")
    for number in range(2, 30):
        workshop.do("fill", code=f"BG{number}", volume_ul=10, holder="Somebody Else", remark="nothing")
    checkpoints.make(workshop.database, workshop.data_dir)
    return workshop


def traces(workshop: Workshop, text: str) -> list[str]:
    """The files of the database that hold a text as it is or as JSON spells it; the log and the free pages too."""
    spellings = [text.encode(), json.dumps(text)[1:-1].encode()]
    files: list[Path] = sorted(workshop.data_dir.path.glob("cellchain.db*"))
    return [file.name for file in files if any(one in file.read_bytes() for one in spellings)]


def test_a_value_is_gone_and_everything_holds(workshop: Workshop) -> None:
    filled(workshop)
    workshop.do("erase", code="BG1", field="remark")
    workshop.do("erase", code="BG1", field="holder")
    with workshop.database.read() as tx:
        bag = tx.get(workshop.toy.Bag, "BG1")
        assert (bag.holder, bag.remark) == ("█████", "█████")
        assert tx.get(workshop.toy.Bag, "BG2").remark == "nothing"
    report = workshop.verify()
    assert (report.findings, report.checkpoints) == ((), 1)
    assert workshop.entries()[-1].event == "toy:value:erased"


def test_nothing_of_it_is_in_the_files(lite: Workshop) -> None:
    """Not in the table, not in the write-ahead log, not in a free page, not in an answer that was kept."""
    filled(lite)
    assert traces(lite, REMARK)
    lite.do("erase", code="BG1", field="remark")
    lite.do("redact", code="", volume_ul=2)
    assert traces(lite, REMARK) == []
    assert traces(lite, "sister") == []
    lite.close()
    assert traces(lite, REMARK) == []


def test_while_somebody_reads_the_log_is_emptied_with_the_next_entry(lite: Workshop) -> None:
    filled(lite)
    with lite.database.read() as tx:
        tx.get(lite.toy.Bag, "BG1")
        lite.do("erase", code="BG1", field="remark")
        lite.do("redact", code="", volume_ul=2)
        assert traces(lite, REMARK)  # what this reader still sees has to stay somewhere
    lite.do("take", code="BG3")
    assert traces(lite, REMARK) == []


def test_a_kept_answer_that_repeats_it_says_that_it_was_erased(workshop: Workshop) -> None:
    workshop.do("fill", code="BG1", volume_ul=10, remark="BG1")  # the answer names the bag, and so repeats the remark
    again = workshop.call("fill", code="BG2", volume_ul=1, remark="BG2")
    workshop.runner.run(again)
    workshop.do("erase", code="BG2", field="remark")
    with pytest.raises(Refused, match=r"request\.erased"):
        workshop.runner.run(again).result()
    assert workshop.verify().intact


def test_what_is_gone_or_never_was_cannot_be_erased(workshop: Workshop) -> None:
    filled(workshop)
    workshop.do("erase", code="BG1", field="remark")
    for code, field in (("BG1", "remark"), ("BG99", "remark")):
        with pytest.raises(NotFound):
            workshop.do("erase", code=code, field=field)
    workshop.do("redact", code="", volume_ul=2)
    with pytest.raises(NotFound):
        workshop.do("redact", code="", volume_ul=2)
    with pytest.raises(NotFound):
        workshop.do("redact", code="", volume_ul=999)
    assert workshop.verify().intact


def test_a_bar_that_nobody_signed_is_found(workshop: Workshop) -> None:
    """Whoever writes the bar by hand hides a value, and is found: no entry put it there."""
    filled(workshop)
    workshop.unguarded("UPDATE toy_bag SET remark = 's1::█████' WHERE code = 'BG1'")
    assert [(one.table, one.key, one.column) for one in workshop.verify().findings] == [("toy_bag", "BG1", "remark")]
