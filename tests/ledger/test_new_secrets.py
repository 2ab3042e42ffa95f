"""Field keys that follow one another: each opens what it sealed, and what lies under an old one is sealed again."""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from cellchain.kernel.errors import Refused
from cellchain.ledger import resealing, rotation
from cellchain.ledger.run import Runner
from cellchain.platform import files
from cellchain.platform.files import DataDir
from cellchain.platform.sealing import ERASED, Sealer, name_of
from tests.ledger.conftest import Workshop

HOLDERS = {"BG1": "Ada Fictitious", "BG2": "Bea Fictitious", "BG3": "Cleo Fictitious"}


@contextmanager
def opened(workshop: Workshop) -> Iterator[Workshop]:
    """The same house, opened anew with the keys that lie in its folder now."""
    keys = workshop.data_dir.keys()
    made = Workshop(workshop.database.url, workshop.data_dir.path, workshop.toy)
    made.random = random.Random()
    sealer = Sealer(keys.field, made.random.randbytes, keys.older_fields)
    dialect: object = made.database.dialect
    made.database.sealer = dialect.sealer = sealer  # type: ignore[attr-defined]
    try:
        yield made
    finally:
        made.close()


def holders(workshop: Workshop) -> dict[str, str | None]:
    with opened(workshop) as house, house.database.read() as tx:
        return {code: tx.get(house.toy.Bag, code).holder for code in HOLDERS}


def cells(workshop: Workshop) -> list[str]:
    """Every encrypted cell as it lies in the table."""
    with workshop.database.read() as tx:
        table = workshop.toy.Bag.__table__
        found = [tx.cell(table, code, name) for code in HOLDERS for name in ("holder", "arm")]
    return [cell.text for cell in found if cell is not None]


def story(workshop: Workshop) -> Workshop:
    with opened(workshop) as house:
        for code, holder in HOLDERS.items():
            house.do("fill", code=code, volume_ul=9, holder=holder, remark="warm", arm="MSC" if code == "BG1" else None)
    return workshop


def rotated(workshop: Workshop, kind: str = rotation.FIELD) -> rotation.Rotated:
    with opened(workshop) as house:
        return rotation.rotate_secret(house.database, house.runner, house.data_dir, kind)


def resealed(workshop: Workshop) -> int:
    with opened(workshop) as house:
        return resealing.reseal(house.database, house.runner)


def test_the_new_key_seals_and_the_old_one_goes_on_opening(workshop: Workshop) -> None:
    story(workshop)
    before = workshop.data_dir.keys()
    done = rotated(workshop)
    after = workshop.data_dir.keys()
    assert (done.old, done.new, done.entry) == (name_of(before.field), name_of(after.field), 5)
    assert (after.older_fields, after.list) == ((before.field,), before.list)
    assert workshop.entries()[-1].event == "platform:field_key:rotated"
    with opened(workshop) as house:
        house.do("rename", code="BG3", holder="Dora Fictitious")
    assert {cell[:3] for cell in cells(workshop)} == {"e1:", "e2:"}
    assert holders(workshop) == {**HOLDERS, "BG3": "Dora Fictitious"}
    assert workshop.verify().intact


def test_what_lies_under_an_old_key_is_sealed_again_and_verify_holds(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "ROWS_AT_ONCE", 2)
    story(workshop)
    for number in range(1, 4):
        done = rotated(workshop)
        assert resealed(workshop) == 4
        assert {cell.rpartition(":")[0] for cell in cells(workshop)} == {f"e2:{done.new}"}
        assert len(workshop.data_dir.keys().older_fields) == number
        assert holders(workshop) == HOLDERS
        assert workshop.verify().intact
    assert resealed(workshop) == 0
    assert [entry.event for entry in workshop.entries()[-3:]] == [
        "platform:field_key:rotated",
        resealing.RESEALED,
        resealing.RESEALED,
    ]
    assert not any("Fictitious" in entry.body for entry in workshop.entries())


def test_a_keyed_digest_stays_what_it_was(workshop: Workshop) -> None:
    """By them a wristband, a code of one use or a repeated request is found again."""
    with opened(workshop) as house, house.database.read() as tx:
        before = tx.fingerprint("WB0126000001")
    rotated(workshop)
    rotated(workshop)
    with opened(workshop) as house, house.database.read() as tx:
        assert tx.fingerprint("WB0126000001") == before


def test_a_repeated_request_is_known_across_a_new_key(workshop: Workshop) -> None:
    request = "00000000-0000-4000-8000-000000000001"
    with opened(workshop) as house:
        first = house.runner.run(house.call("fill", code="BG1", volume_ul=9, request_id=request)).result()
    rotated(workshop)
    with opened(workshop) as house:
        assert house.runner.run(house.call("fill", code="BG1", volume_ul=9, request_id=request)).result() == first


def test_the_old_key_alone_opens_nothing_any_more(workshop: Workshop) -> None:
    old = workshop.data_dir.keys().field
    story(workshop)
    rotated(workshop)
    resealed(workshop)
    sealer = Sealer(old, random.Random().randbytes)
    for cell in cells(workshop):
        with pytest.raises(ValueError, match="does not open"):
            sealer.open(cell)


def test_nothing_of_the_old_cells_is_left_in_the_files(lite: Workshop) -> None:
    story(lite)
    old = cells(lite)
    rotated(lite)
    resealed(lite)
    lite.close()
    raw = b"".join(file.read_bytes() for file in lite.data_dir.path.glob("cellchain.db*"))
    assert not [cell for cell in old if cell.encode() in raw]


def crash(*_arguments: object, **_named: object) -> None:
    raise SystemError("the machine is off")


@pytest.mark.parametrize(
    ("owner", "name"), [(Runner, "record_system"), (DataDir, "take_next_secret"), (files, "flush_folder")]
)
@pytest.mark.parametrize("kind", rotation.SECRETS)
def test_after_a_crash_everything_opens_and_the_same_call_goes_on(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, kind: str
) -> None:
    story(workshop)
    before = workshop.data_dir.keys()
    with monkeypatch.context() as broken:
        broken.setattr(owner, name, crash)
        with pytest.raises(SystemError):
            rotated(workshop, kind)
    with opened(workshop) as house:  # a server that starts in between
        house.do("rename", code="BG2", holder="Bea Fictitious")
    assert holders(workshop) == HOLDERS
    rotated(workshop, kind)
    assert [entry.event for entry in workshop.entries()].count(rotation.EVENTS[kind]) == 1
    keys = workshop.data_dir.keys()
    older = {rotation.FIELD: keys.older_fields, rotation.LIST: keys.older_lists}[kind]
    assert older == (before.field if kind == rotation.FIELD else before.list,)
    assert not (workshop.data_dir.keys_folder / f"{kind}.next").exists()
    resealed(workshop)
    assert holders(workshop) == HOLDERS
    assert workshop.verify().intact


def test_a_crash_before_the_new_key_takes_the_place(lite: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old key lies there under both of its names."""
    story(lite)
    with monkeypatch.context() as broken:
        broken.setattr("pathlib.Path.replace", crash)
        with pytest.raises(SystemError):
            rotated(lite)
    keys = lite.data_dir.keys()
    assert keys.older_fields in ((), (keys.field,))
    assert holders(lite) == HOLDERS
    rotated(lite)
    assert len(lite.data_dir.keys().older_fields) == 1
    assert resealed(lite) == 4
    assert holders(lite) == HOLDERS


def test_a_crash_while_cells_are_sealed_again(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "ROWS_AT_ONCE", 1)
    story(workshop)
    rotated(workshop)
    record = Runner.record_system
    calls: list[int] = []

    def once(*arguments: object) -> None:
        if calls:
            raise SystemError("the machine is off")
        calls.append(1)
        record(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as broken:
        broken.setattr(Runner, "record_system", once)
        with pytest.raises(SystemError):
            resealed(workshop)
    assert {cell[:3] for cell in cells(workshop)} == {"e1:", "e2:"}
    assert holders(workshop) == HOLDERS
    assert workshop.verify().intact
    with opened(workshop) as house, house.database.read() as tx:
        assert resealing.waiting(tx) == 2
    assert resealed(workshop) == 2
    assert holders(workshop) == HOLDERS
    assert workshop.verify().intact


def test_an_erased_value_stays_erased(workshop: Workshop) -> None:
    story(workshop)
    with opened(workshop) as house:
        house.do("erase", code="BG1", field="holder")
    rotated(workshop)
    assert resealed(workshop) == 3
    assert ERASED in cells(workshop)
    assert workshop.verify().intact


def test_a_cell_that_no_key_opens_stops_it_and_is_named(workshop: Workshop) -> None:
    story(workshop)
    rotated(workshop)
    workshop.unguarded("UPDATE toy_bag SET holder = 'e1:AAAA' WHERE code = 'BG2'")
    with pytest.raises(Refused, match=r"keys\.cell_does_not_open") as told:
        resealed(workshop)
    assert "BG2 of toy_bag" in str(told.value.text)
    assert not [entry for entry in workshop.entries() if entry.event == resealing.RESEALED]


def test_an_old_key_that_is_gone_is_missed(lite: Workshop) -> None:
    """Without it nothing is opened, and above all no keyed digest is made with another one."""
    story(lite)
    rotated(lite)
    rotated(lite)
    (lite.data_dir.keys_folder / "field-1.key").unlink()
    with pytest.raises(Refused, match=r"data_dir\.keys_missing"):
        lite.data_dir.keys()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"00ff"])
def test_an_old_key_that_is_damaged_is_named(lite: Workshop, content: bytes) -> None:
    rotated(lite)
    (lite.data_dir.keys_folder / "field-1.key").write_bytes(content)
    with pytest.raises(Refused, match=r"data_dir\.key_damaged"):
        lite.data_dir.keys()


def test_a_copy_from_before_opens_with_the_keys_of_today(lite: Workshop) -> None:
    """An older database put back: its cells need the old key, which is kept."""
    story(lite)
    copy = lite.data_dir.path / "older.db"
    with closing(sqlite3.connect(lite.data_dir.database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    rotated(lite)
    resealed(lite)
    lite.close()
    for leftover in lite.data_dir.path.glob("cellchain.db-*"):
        leftover.unlink()
    shutil.copy(copy, lite.data_dir.database)
    assert holders(lite) == HOLDERS
