"""The supplier's certificate as a file: it comes with the lot or later, QA reads it, and some materials need it."""

import hashlib
from types import SimpleNamespace
from typing import Any

import pytest

from cellchain.kernel.errors import Forbidden, NotFound, Refused
from cellchain.ledger import uploads
from cellchain.ledger.registry import command_of
from cellchain.materials import commands, queries
from cellchain.materials.queries import CertificateFacts
from cellchain.platform.config import Settings
from cellchain.platform.files import DataDir
from tests.materials.story import MaterialStory

PDF = b"%PDF-1.4 certificate of analysis\n%%EOF\n"


@pytest.fixture
def folder(tmp_path: Any) -> DataDir:
    return DataDir(tmp_path / "files-of-the-house")


def came(story: MaterialStory, folder: DataDir, content: bytes = PDF, name: str = "COA 1.pdf") -> dict[str, str]:
    """A file that was sent before its order."""
    settings = Settings(attachment_bytes_max=100_000)
    installed: Any = SimpleNamespace(settings=settings, folder=folder, runner=story.house.runner)
    return {"name": name, "sha256": uploads.receive(installed, story.technician.person, content)}


def certificates(story: MaterialStory, lot: str) -> list[CertificateFacts]:
    with story.house.read() as tx:
        return queries.certificates_of(tx, lot)


def refusal_of(story: MaterialStory, function: Any, **fields: Any) -> str:
    with pytest.raises(Refused) as refusal:
        story.do(function, **fields)
    return refusal.value.code


def signed_files(story: MaterialStory, lot: str) -> Any:
    """The certificates that a signature under the acceptance of a lot would bind now."""
    accept = command_of(commands.accept_lot)
    assert accept.signs is not None
    order: Any = accept.order
    with story.house.read() as tx:
        facts: Any = accept.signs(tx, order(lot=lot))
    return facts["certificate_files"]


def test_it_comes_with_the_lot(story: MaterialStory, folder: DataDir) -> None:
    lot = story.lot(certificate_file=came(story, folder))
    [file] = certificates(story, lot)
    assert (file.name, file.kind, file.size_bytes) == ("COA 1.pdf", "pdf", len(PDF))
    assert (file.digest, file.attached_by) == (hashlib.sha256(PDF).hexdigest(), story.technician.person)
    entry = story.house.entries()[-1]
    assert (entry.event, file.digest in entry.body, "COA 1.pdf" in entry.body) == (
        "materials:lot:received",
        True,
        False,
    )


def test_it_comes_later_and_the_first_one_stays(story: MaterialStory, folder: DataDir) -> None:
    lot = story.lot(certificate_file=came(story, folder))
    story.do(commands.attach_certificate, lot=lot, file=came(story, folder, PDF + b"\n%%EOF", "page 2.pdf"))
    assert [one.name for one in certificates(story, lot)] == ["COA 1.pdf", "page 2.pdf"]
    assert story.house.entries()[-1].event == "materials:certificate:attached"


def test_the_same_file_lies_there_once_and_another_lot_may_have_it(story: MaterialStory, folder: DataDir) -> None:
    material, file = story.material(), came(story, folder)
    lot = story.lot(material, certificate_file=file)
    assert refusal_of(story, commands.attach_certificate, lot=lot, file=file) == "material.certificate_there"
    other = story.lot(material, certificate_file=file)
    assert len(certificates(story, other)) == 1


def test_it_is_a_paper_that_came(story: MaterialStory, folder: DataDir) -> None:
    lot = story.lot()
    text = came(story, folder, b"a;b\n", "a.csv")
    assert refusal_of(story, commands.attach_certificate, lot=lot, file=text) == "file.wrong_kind"
    with pytest.raises(NotFound) as caught:
        story.do(commands.attach_certificate, lot=lot, file={"name": "a.pdf", "sha256": "0" * 64})
    assert caught.value.code == "file.not_received"
    assert certificates(story, lot) == []


def test_qa_accepts_no_lot_without_it_where_its_material_needs_it(story: MaterialStory, folder: DataDir) -> None:
    lot = story.lot(story.material(needs_certificate=True))
    assert refusal_of(story, commands.accept_lot, lot=lot) == "material.no_certificate"
    story.do(commands.attach_certificate, lot=lot, file=came(story, folder))
    assert story.do(commands.accept_lot, lot=lot)["phase"] == "accepted"


def test_what_qa_signs_names_the_certificates_that_lay_there(story: MaterialStory, folder: DataDir) -> None:
    lot = story.lot()
    assert signed_files(story, lot) == []
    story.do(commands.attach_certificate, lot=lot, file=came(story, folder))
    assert signed_files(story, lot) == [hashlib.sha256(PDF).hexdigest()]


def test_qa_may_attach_it_and_an_analyst_may_not(story: MaterialStory, folder: DataDir) -> None:
    lot, file = story.lot(), came(story, folder)
    with pytest.raises(Forbidden):
        story.do(commands.attach_certificate, by=story.house.actor("analyst"), lot=lot, file=file)
    story.do(commands.attach_certificate, by=story.qa, lot=lot, file=file)
    assert certificates(story, lot)[0].attached_by == story.qa.person
