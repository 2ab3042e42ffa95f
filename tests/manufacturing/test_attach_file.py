"""Files of a step: told by their content, kept under their hash, given back as files and never shown."""

import hashlib
import struct
import zlib
from io import BytesIO
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from PIL import Image

from cellchain.kernel.errors import NotFound, TooLarge
from cellchain.ledger import uploads
from cellchain.ledger.filekinds import PAPERS, FileKind, kind_of, plain_name
from cellchain.manufacturing import commands
from cellchain.platform.files import DataDir
from tests.manufacturing.conftest import Plant, forbidden, refused
from tests.manufacturing.pages import FILE_MAX, TOKEN, app_for, client, words

PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\n%%EOF\n"


def picture(form: str = "PNG", size: int = 20) -> bytes:
    kept = BytesIO()
    Image.new("RGB", (size, size), (200, 30, 30)).save(kept, form)
    return kept.getvalue()


def begun(plant: Plant) -> tuple[str, int]:
    lot = plant.open("control")
    return lot, plant.start(lot, "preparation")


def at_bench(lot: str) -> str:
    """Where the bench sends a file."""
    return f"/do/manufacturing/attach_file?next=/bench/{lot}"


def at_lot(lot: str, number: int) -> str:
    """Where the page of the lot sends one."""
    return f"/do/manufacturing/attach_file?next={quote(f'/manufacturing/lots/{lot}#step-{number}')}"


def came(plant: Plant, content: bytes = PDF, name: str = "a.pdf") -> dict[str, str]:
    """A file that was sent before its order."""
    digest = uploads.receive(app_for(plant, plant.technician).state, plant.technician.person, content)
    return {"name": name, "sha256": digest}


def send(browser: Any, address: str, number: int, content: bytes, name: str, **more: Any) -> Any:
    fields = {"csrf": TOKEN, "step_record": str(number), "request_id": str(uuid4()), **more}
    # What the browser says of the type is never believed.
    sent = {"file": (name, content, "text/html")}
    return browser.post(address, data=fields, files=sent, follow_redirects=False)


@pytest.mark.parametrize(
    ("content", "kind"), [(picture(), FileKind.PNG), (picture("JPEG"), FileKind.JPEG), (PDF, FileKind.PDF)]
)
def test_the_content_says_what_it_is(content: bytes, kind: FileKind) -> None:
    assert kind_of(content, FILE_MAX) is kind


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script>%PDF-1.4 %%EOF",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + bytes(40),
        b"MZ" + bytes(200),
        b"%PDF-",
        picture()[:-20],
        picture("JPEG")[: len(picture("JPEG")) // 2],
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 4) + b"IDAT" + zlib.compress(b"no header"),
    ],
    ids=["html", "svg", "gif", "program", "beginning", "half-png", "half-jpeg", "headless-png"],
)
def test_whatever_else_it_is_stays_out(content: bytes) -> None:
    with refused("file.wrong_kind"):
        kind_of(content, FILE_MAX, PAPERS)


def test_an_empty_file_and_a_large_one_stay_out() -> None:
    with refused("file.empty"):
        kind_of(b"", FILE_MAX)
    with pytest.raises(TooLarge) as caught:
        kind_of(PDF.ljust(FILE_MAX + 1), FILE_MAX)
    assert caught.value.code == "file.too_large"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plate 3.PNG", "plate 3.png"),
        ("C:\\Users\\x\\scan.exe", "scan.png"),
        ("../../etc/passwd", "passwd.png"),
        ("снимок.png", "снимок.png"),
        ('a"\r\nb.png', "ab.png"),
        ("...", "attachment.png"),
        ("x" * 300, "x" * 116 + ".png"),
    ],
)
def test_a_name_is_a_name_and_nothing_else(given: str, kept: str) -> None:
    assert plain_name(given, FileKind.PNG) == kept


def test_it_is_kept_under_its_hash_and_given_back_as_a_file(plant: Plant) -> None:
    lot, number = begun(plant)
    content, name = picture(), "Сосуд № 2.png"
    browser = client(plant)
    answer = send(browser, at_bench(lot), number, content, name)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/bench/{lot}")
    (kept,) = plant.page(lot).steps[0].attachments
    digest = hashlib.sha256(content).hexdigest()
    assert (kept.name, kept.kind, kept.size_bytes, kept.digest) == (name, FileKind.PNG, len(content), digest)
    assert app_for(plant, plant.technician).state.folder.fetch(digest) == content
    given = browser.get(f"/manufacturing/attachments/{kept.id}")
    assert given.content == content
    assert given.headers["content-type"] == "image/png"
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert given.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(name)}"
    entry = plant.house.entries()[-1]
    assert (entry.event, entry.subject) == ("manufacturing:file:attached", lot)
    assert digest in entry.body
    assert "Сосуд" not in entry.body, "what people call a file is personal"
    for page in (f"/bench/{lot}", f"/manufacturing/lots/{lot}"):
        assert f"{name} {len(content)} B" in words(browser.get(page).text)


def test_it_can_be_attached_from_the_page_of_the_lot(plant: Plant) -> None:
    lot, number = begun(plant)
    answer = send(client(plant), at_lot(lot, number), number, PDF, "counter.pdf")
    assert answer.headers["location"] == f"/manufacturing/lots/{lot}#step-{number}"
    assert [one.name for one in plant.page(lot).steps[0].attachments] == ["counter.pdf"]


def test_a_double_click_attaches_it_once(plant: Plant) -> None:
    lot, number = begun(plant)
    browser, request_id = client(plant), str(uuid4())
    for _ in range(2):
        assert send(browser, at_bench(lot), number, PDF, "a.pdf", request_id=request_id).status_code == 303
    assert len(plant.page(lot).steps[0].attachments) == 1


def test_the_same_file_again_is_refused_and_another_step_may_have_it(plant: Plant) -> None:
    lot, number = begun(plant)
    other, other_number = begun(plant)
    browser = client(plant)
    send(browser, at_bench(lot), number, PDF, "a.pdf")
    again = send(browser, at_bench(lot), number, PDF, "b.pdf")
    assert again.status_code == 409
    assert "attached to this step already" in words(again.text)
    assert send(browser, at_bench(other), other_number, PDF, "a.pdf").status_code == 303
    digest = hashlib.sha256(PDF).hexdigest()
    with refused("file.attached_already"):
        plant.do(commands.attach_file, step_record=number, file={"name": "c.pdf", "sha256": digest})


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"<html></html>", 409, "This is no whole file of the kind that is taken here: PNG, JPEG, PDF."),
        (b"", 409, "The file is empty."),
        (PDF.ljust(FILE_MAX + 1), 413, "The file is too large."),
        (PDF.ljust(FILE_MAX + 600_000), 413, "The file is too large."),
    ],
)
def test_what_is_refused_leaves_nothing(plant: Plant, content: bytes, status: int, said: str) -> None:
    lot, number = begun(plant)
    before = len(plant.events())
    answer = send(client(plant), at_bench(lot), number, content, "x.png")
    assert (answer.status_code, said in words(answer.text)) == (status, True)
    folder: DataDir = app_for(plant, plant.technician).state.folder
    assert not list(folder.files.glob("*/*"))
    assert len(plant.events()) == before


def test_a_form_without_a_file_or_token_is_no_fault(plant: Plant) -> None:
    lot, number = begun(plant)
    browser, address = client(plant), at_bench(lot)
    fields = {"csrf": TOKEN, "step_record": str(number), "request_id": str(uuid4())}
    for without in (fields, {**fields, "file": "text"}, {**fields, "file.name": "a.pdf"}):
        assert browser.post(address, data=without).status_code == 422
    assert browser.post(address, data={**fields, "file.name": "a", "file.sha256": "x"}).status_code == 422
    assert browser.post(address, data={**fields, "file.name": "a", "file.sha256": "0" * 64}).status_code == 404
    assert send(browser, address, number, PDF, "a.pdf", csrf="no").status_code == 403
    assert browser.post(address, content=b"\x00", headers={"content-type": "x"}).status_code == 403
    strange = send(browser, at_lot(lot, number), number, PDF, "a.pdf", step_record="x")
    assert strange.status_code == 422


def test_a_file_that_came_stays_with_a_form_in_which_something_else_is_wrong(plant: Plant) -> None:
    lot, number = begun(plant)
    browser = client(plant)
    page = send(browser, at_bench(lot), number, PDF, "Лист 1.pdf", step_record="x").text
    digest = hashlib.sha256(PDF).hexdigest()
    assert f'name="file.sha256" value="{digest}"' in page
    assert "Лист 1.pdf is here already." in words(page)
    fields = {"csrf": TOKEN, "step_record": str(number), "request_id": str(uuid4())}
    kept = {"file.name": "Лист 1.pdf", "file.sha256": digest}
    empty = {"file": ("", b"", "application/octet-stream")}
    assert browser.post(at_bench(lot), data=fields | kept, files=empty, follow_redirects=False).status_code == 303
    assert [one.name for one in plant.page(lot).steps[0].attachments] == ["Лист 1.pdf"]


def test_an_act_that_takes_no_file_reads_none(plant: Plant) -> None:
    _, number = begun(plant)
    browser, address = client(plant), "/do/manufacturing/comment_step"
    comment = {"comment": "With a picture.", "request_id": str(uuid4())}
    assert send(browser, address, number, PDF, "a.pdf", **comment).status_code == 303
    assert send(browser, address, number, PDF.ljust(600_000), "a.pdf", **comment).status_code == 413
    assert not list(app_for(plant, plant.technician).state.folder.files.glob("*/*"))


def test_a_file_that_never_came_is_not_attached(plant: Plant) -> None:
    _, number = begun(plant)
    with pytest.raises(NotFound) as caught:
        plant.do(commands.attach_file, step_record=number, file={"name": "a.pdf", "sha256": "0" * 64})
    assert caught.value.code == "file.not_received"


def test_a_text_that_came_for_something_else_is_not_attached(plant: Plant) -> None:
    _, number = begun(plant)
    with refused("file.wrong_kind"):
        plant.do(commands.attach_file, step_record=number, file=came(plant, b"<html>1;2</html>", "a.html"))


def test_a_program_sends_it_and_attaches_it_by_its_hash(plant: Plant) -> None:
    lot, number = begun(plant)
    browser = client(plant)
    told = browser.post("/api/v1/files", data={"csrf": TOKEN}, files={"file": ("a", PDF)}).json()
    assert told == {"sha256": hashlib.sha256(PDF).hexdigest(), "size_bytes": len(PDF)}
    plant.do(commands.attach_file, step_record=number, file={"name": "a", "sha256": told["sha256"]})
    assert [one.name for one in plant.page(lot).steps[0].attachments] == ["a.pdf"]


def test_a_program_sends_nothing_that_no_order_takes(plant: Plant) -> None:
    browser = client(plant)
    for content, status in ((b"", 409), (b"\x00\x01", 409), (PDF.ljust(FILE_MAX + 1), 413)):
        assert browser.post("/api/v1/files", data={"csrf": TOKEN}, files={"file": ("a", content)}).status_code == status
    assert browser.post("/api/v1/files", data={"csrf": TOKEN}).status_code == 409
    assert browser.post("/api/v1/files", data={"csrf": "no"}, files={"file": ("a", PDF)}).status_code == 403
    stranger = client(plant, plant.house.actor("inspector"))
    answer = stranger.post("/api/v1/files", data={"csrf": TOKEN}, files={"file": ("a", PDF)})
    assert (answer.status_code, "file.not_yours" in answer.text) == (403, True)


def test_a_closed_record_and_a_stranger_are_refused(plant: Plant) -> None:
    lot, number = begun(plant)
    file = came(plant)
    forbidden(plant, commands.attach_file, step_record=number, file=file)
    plant.do(commands.discard_batch, lot=lot, reason="Given up.")
    with refused("lot.record_closed"):
        plant.do(commands.attach_file, step_record=number, file=file)


def test_a_file_that_was_lost_or_altered_is_no_fault(plant: Plant) -> None:
    lot, number = begun(plant)
    browser = client(plant)
    send(browser, at_bench(lot), number, PDF, "a.pdf")
    (kept,) = plant.page(lot).steps[0].attachments
    place = app_for(plant, plant.technician).state.folder.files / kept.digest[:2] / kept.digest
    place.write_bytes(b"%PDF-1.4 another %%EOF")
    assert browser.get(f"/manufacturing/attachments/{kept.id}").status_code == 409
    place.unlink()
    assert browser.get(f"/manufacturing/attachments/{kept.id}").status_code == 404
    assert browser.get("/manufacturing/attachments/999").status_code == 404
