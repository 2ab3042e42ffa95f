"""The exported ledger: checked here, and by the one file that needs nothing of this program."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellchain.kernel.errors import Refused
from cellchain.ledger import checkpoints, export, merkle, notes, rotation, standalone
from tests.ledger.conftest import START, Workshop
from tests.ledger.test_tampering import story

Lines = list[dict[str, Any]]


def alone(file: Path, *keys: Path) -> tuple[int, str]:
    """What the stand-alone verifier says, far from the project: exit status and last line."""
    where = file.parent / "elsewhere"
    where.mkdir(exist_ok=True)
    program = where / export.VERIFIER
    shutil.copy(file.with_name(export.VERIFIER), program)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-I", program, file, *keys], cwd=where, env=environment, capture_output=True, text=True
    )
    return done.returncode, (done.stdout + done.stderr).strip().split("\n")[-1]


@pytest.fixture
def file(workshop: Workshop, tmp_path: Path) -> Path:
    story(workshop)
    checkpoints.make(workshop.database, workshop.data_dir)
    workshop.do("take", code="BG3")
    written = export.write(workshop.database, workshop.data_dir, tmp_path / "out" / "ledger.jsonl", "Fictitious site")
    report = workshop.verify()
    assert (written.entries, written.root) == (12, report.root)
    return tmp_path / "out" / "ledger.jsonl"


def key_of(workshop: Workshop) -> Path:
    return workshop.data_dir.keys_folder / "signing.pub"


def test_an_export_is_intact_with_the_key_alone(workshop: Workshop, file: Path) -> None:
    report = export.check(file, export.read_keys(key_of(workshop)))
    assert report.findings == ()
    assert report.text().splitlines()[-1] == f"intact: 12 entries, root {report.root}"
    assert report.checkpoints == 2
    assert report.not_covered
    assert alone(file, key_of(workshop)) == (0, f"intact: 12 entries, root {report.root}")


def test_nothing_personal_leaves_with_it(file: Path) -> None:
    content = file.read_text(encoding="utf-8")
    assert "Ada Fictitious" not in content
    assert "entered late" not in content
    assert "PRIVATE" not in content


def drop(number: int) -> Callable[[Lines], Lines]:
    return lambda lines: [line for line in lines if line.get("seq") != number]


def swap(lines: Lines) -> Lines:
    first = next(place for place, line in enumerate(lines) if line.get("seq") == 5)
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    return lines


def insert(lines: Lines) -> Lines:
    first = next(place for place, line in enumerate(lines) if line.get("seq") == 5)
    return [*lines[:first], lines[first], *lines[first:]]


def edit(field: str, value: Any) -> Callable[[Lines], Lines]:
    def edited(lines: Lines) -> Lines:
        for line in lines:
            if line.get("seq") == 5:
                line["body"] = json.dumps({**json.loads(line["body"]), field: value}, sort_keys=True)
        return lines

    return edited


def cut(lines: Lines) -> Lines:
    return [line for line in lines if line.get("seq", 0) <= 9]


def cut_with_its_checkpoint(lines: Lines) -> Lines:
    """As somebody would who hides the last entry and the checkpoint over it."""
    kept = drop(12)(lines)
    return [line for line in kept if str(line.get("checkpoint")).split("\n")[1:2] != ["12"]]


def rebuilt(lines: Lines) -> Lines:
    """The chain recomputed from entry 5 on, each link right, and the checkpoint signed with a key of one's own."""
    before, leaves = "", []
    for line in lines:
        if "body" not in line:
            continue
        body = json.loads(line["body"])
        if line["seq"] >= 5:
            body = {**body, "actor": "PS9", **({"prev_hash": before} if line["seq"] > 5 else {})}
            line["body"] = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            line["hash"] = sha256(line["body"].encode()).hexdigest()
        before = line["hash"]
        leaves.append(bytes.fromhex(before))
    note = notes.sign(len(leaves), merkle.root(leaves), START, Ed25519PrivateKey.generate())
    return [*[line for line in lines if "checkpoint" not in line], {"checkpoint": note}]


FAULTS: dict[str, Callable[[Lines], Lines]] = {
    "missing": drop(5),
    "first missing": drop(1),
    "swapped": swap,
    "inserted": insert,
    "actor edited": edit("actor", "PS9"),
    "time edited": edit("at", "2026-03-02T08:00:00.000001Z"),
    "tail cut": cut,
    "tail cut with its checkpoint": cut_with_its_checkpoint,
    "recomputed": rebuilt,
    "without checkpoints": lambda lines: [line for line in lines if "checkpoint" not in line],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_by_both(lite: Workshop, tmp_path: Path, fault: str) -> None:
    story(lite)
    lite.do("take", code="BG3")
    file = tmp_path / "ledger.jsonl"
    export.write(lite.database, lite.data_dir, file, "Fictitious site")
    lines = FAULTS[fault]([json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()])
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    report = export.check(file, export.read_keys(key_of(lite)))
    assert not report.intact
    assert report.text().splitlines()[-1].startswith("broken: ")
    status, said = alone(file, key_of(lite))
    assert (status, said[:7]) == (1, "broken:"), said


def test_an_edit_of_any_field_is_found_by_both(lite: Workshop, tmp_path: Path) -> None:
    """Every field of an entry, with the hash left and with the hash made to fit."""
    story(lite)
    file = tmp_path / "ledger.jsonl"
    export.write(lite.database, lite.data_dir, file, "Fictitious site")
    whole = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    place = next(at for at, line in enumerate(whole) if line.get("seq") == 3)
    body = json.loads(whole[place]["body"])
    keys = standalone.Keys([standalone.read_key(key_of(lite))])
    assert len(body) == 15
    for field in body:
        for fits in (False, True):
            text = standalone.canonical({**body, field: "edited"})
            digest = sha256(text.encode()).hexdigest() if fits else whole[place]["hash"]
            lines = [*whole]
            lines[place] = {**whole[place], "body": text, "hash": digest}
            file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
            with pytest.raises(standalone.Broken, match=r"entry [34]"):
                standalone.check(file, keys)
            assert not export.check(file, export.read_keys(key_of(lite))).intact


def test_another_site_s_key_proves_nothing(workshop: Workshop, file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pub"
    other.write_text(export._pem(Ed25519PrivateKey.generate().public_key()))
    report = export.check(file, export.read_keys(other))
    assert "no known key signed it" in report.findings[0].message
    assert alone(file, other)[0] == 1


def test_rubbish_is_refused(file: Path, workshop: Workshop, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish"
    keys = export.read_keys(key_of(workshop))
    for content in (b"\xff\xfe", b"{}\n", b"[1]\n", b'{"format": "other/1"}\n'):
        rubbish.write_bytes(content)
        with pytest.raises(Refused, match=r"export\.no_export"):
            export.check(rubbish, keys)
    with pytest.raises(Refused, match=r"export\.no_key"):
        export.check(file, export.read_keys(rubbish))
    assert alone(file)[0] == 2
    assert alone(file, rubbish)[0] == 2


def test_a_handed_over_key_is_followed_by_both_and_from_both_ends(lite: Workshop, tmp_path: Path) -> None:
    story(lite)
    old = tmp_path / "old.pub"
    lite.data_dir.keys()
    shutil.copy(key_of(lite), old)
    checkpoints.make(lite.database, lite.data_dir)
    rotation.rotate(lite.database, lite.runner, lite.data_dir)
    lite.do("take", code="BG3")
    file = tmp_path / "ledger.jsonl"
    written = export.write(lite.database, lite.data_dir, file, "Fictitious site")
    assert old.read_bytes() != key_of(lite).read_bytes()
    for key in (old, key_of(lite)):
        assert export.check(file, export.read_keys(key)).findings == ()
        assert alone(file, key) == (0, f"intact: 13 entries, root {written.root}")
