"""Handing over from one signing key to the next, and what the old one is still good for."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellchain.ledger import checkpoints, foundation, notes, rotation
from cellchain.ledger.verify import KEY_ROTATED
from tests.ledger.conftest import START, Workshop


def test_the_ledger_says_so_and_verify_works_across(workshop: Workshop) -> None:
    old = workshop.data_dir.keys().signing
    workshop.do("fill", code="BG1", volume_ul=5)
    checkpoints.make(workshop.database, workshop.data_dir)
    done = rotation.rotate(workshop.database, workshop.runner, workshop.data_dir)
    assert (done.entry, workshop.entries()[-1].event) == (3, KEY_ROTATED)
    new = workshop.data_dir.keys().signing
    assert (done.old, done.new) == (notes.origin_of(old.public_key()), notes.origin_of(new.public_key()))
    assert done.old != done.new
    workshop.do("take", code="BG1")
    checkpoints.make(workshop.database, workshop.data_dir)
    report = workshop.verify()
    assert (report.intact, report.checkpoints) == (True, 3)
    files = {file.name for file in workshop.data_dir.keys_folder.iterdir()}
    assert "signing.next" not in files
    assert sum(name.startswith("retired-") for name in files) == 1


def test_a_second_hand_over_follows_the_first(workshop: Workshop) -> None:
    for number in range(3):
        workshop.do("fill", code=f"BG{number}", volume_ul=5)
        rotation.rotate(workshop.database, workshop.runner, workshop.data_dir)
    assert workshop.verify().intact
    assert len(workshop.data_dir.public_keys()) == 4


@pytest.mark.parametrize("dies", ["_hand_over", "checkpoints.make"])
def test_after_a_crash_the_same_call_goes_on(workshop: Workshop, monkeypatch: pytest.MonkeyPatch, dies: str) -> None:
    """The process dies before or after the entry is written: one entry, one new key."""
    with monkeypatch.context() as broken:
        target: object = checkpoints if "." in dies else rotation
        broken.setattr(target, dies.rpartition(".")[2], crash)
        with pytest.raises(SystemError):
            rotation.rotate(workshop.database, workshop.runner, workshop.data_dir)
    rotation.rotate(workshop.database, workshop.runner, workshop.data_dir)
    assert [entry.event for entry in workshop.entries()] == [foundation.FOUNDED, KEY_ROTATED]
    assert workshop.verify().intact


def crash(*_arguments: object) -> None:
    raise SystemError("the machine is off")


def test_the_old_key_signs_nothing_later(workshop: Workshop) -> None:
    """Whoever finds the old key cannot witness a chain of their own with it."""
    old = workshop.data_dir.keys().signing
    rotation.rotate(workshop.database, workshop.runner, workshop.data_dir)
    workshop.do("fill", code="BG1", volume_ul=5)
    root = bytes.fromhex(workshop.verify().root)
    checkpoints.write(workshop.data_dir.checkpoints, notes.sign(3, root, START, old))
    report = workshop.verify()
    assert [(one.table, one.key) for one in report.findings] == [("checkpoints", "3.txt")]
    assert "handed over by entry 2" in report.findings[0].message


FORGED: dict[str, Callable[[Ed25519PrivateKey, Ed25519PrivateKey], dict[str, object]]] = {
    "by strangers": lambda own, other: dict(notes.sign_hand_over(1, Ed25519PrivateKey.generate(), other)),
    "for another place": lambda own, other: dict(notes.sign_hand_over(9, own, other)),
    "unsigned": lambda own, other: {**notes.sign_hand_over(1, own, other), "old_signature": ""},
    "signed by the new one alone": lambda own, other: {
        **notes.sign_hand_over(1, other, other),
        "old_key": own.public_key().public_bytes_raw().hex(),
    },
}


@pytest.mark.parametrize("how", FORGED)
def test_a_hand_over_that_nobody_signed_is_found(workshop: Workshop, how: str) -> None:
    facts = FORGED[how](workshop.data_dir.keys().signing, Ed25519PrivateKey.generate())
    workshop.runner.record_system(KEY_ROTATED, "forged", lambda tx: tx.note(**facts))  # type: ignore[arg-type]
    report = workshop.verify()
    assert "hands over to another signing key" in report.findings[0].message
    assert report.findings[0].entry == 2
