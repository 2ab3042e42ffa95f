"""Certificates of a lot: the paper says what the record says, one is made once, and what became of it is told."""

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from starlette.testclient import TestClient

from cellchain.accounts import queries as people
from cellchain.accounts.qualified.queries import mark_at
from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.labels import symbols
from cellchain.ledger import merkle, notes
from cellchain.ledger import queries as ledger
from cellchain.main import create_app
from cellchain.manufacturing import queries as manufacturing
from cellchain.materials import queries as materials
from cellchain.quality import commands as quality
from cellchain.quality import queries
from cellchain.quality.investigations import exceptional
from cellchain.quality.investigations import queries as reading
from cellchain.quality.methods import queries as methods
from cellchain.quality.pages.words import shown
from cellchain.quality.rules.lifecycles import DispositionPhase, ResultPhase, Stage
from cellchain.trace.certificates import checking, record, rules, seal, views
from cellchain.trace.certificates.rules import CertificateFacts, RootCheck, Standing, Verdict
from cellchain.trace.documents import beside, queue
from cellchain.trace.documents.rules import Form, JobPhase, Reader
from cellchain.trace.documents.worker import DocumentWorker
from cellchain.trace.models import DocumentJob
from cellchain.web.format import grouped
from cellchain.web.i18n import Voice
from tests.bedside.browser import OURS, Front
from tests.bedside.world import World, played
from tests.labels.pages import packed
from tests.races.orders_failures import lift_hold, taken_on
from tests.trace.reading import pages_of
from tests.trace.test_document import run
from tests.trace.test_documents import until

ADDRESS = "https://cells.example.org"
KINDS = {
    "released_for_further_use": "bank",
    "conditionally_released": "product",
    "released": "product",
}


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[World]:
    """A copy of the demonstration for this test alone."""
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path / "world")
    yield made
    made.close()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A copy in which nothing is decided any more."""
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path_factory.mktemp("certificates") / "world")
    yield made
    made.close()


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    """The whole application over it, its workers at work."""
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers are set and signed in this process: the same work, without the start of another one."""
    monkeypatch.setattr(beside, "call", lambda work, *given, **_: work(*given))


def lot_of(world: World, phase: str, kind: str | None = None) -> str:
    with world.installation.database.read() as tx:
        for one in queries.dispositions(tx):
            if one.phase == phase and manufacturing.lot_facts(tx, one.lot).kind == (kind or KINDS[phase]):
                return one.lot
    raise AssertionError(f"the demonstration has no lot that is {phase}")


def asked(world: World, lot: str, form: Form, language: Reader = Reader.EN) -> int:
    """Ask as the page does."""
    installation, person = world.installation, world.actors["qa1"].person
    with installation.database.read() as tx:
        facts_hash = views.may_ask(tx, lot, form, installation.folder)
    job = installation.runner.outside(lambda tx: queue.ask(tx, lot, form, language, person, facts_hash))
    return int(job.id)


def worker_of(world: World) -> DocumentWorker:
    one = world.installation
    return DocumentWorker(one.database, one.runner, one.folder, demonstration=True, address=ADDRESS)


def made(world: World, lot: str, form: Form, language: Reader = Reader.EN) -> tuple[DocumentJob, bytes]:
    """A certificate and its file."""
    number = asked(world, lot, form, language)
    worker_of(world).work_through()
    job = job_of(world, number)
    assert job.phase is JobPhase.READY, job.problem
    return job, world.installation.folder.fetch(str(job.digest))


def job_of(world: World, number: int) -> DocumentJob:
    with world.installation.database.read() as tx:
        return tx.get(DocumentJob, number)


def standings(world: World, lot: str) -> dict[int, Standing | None]:
    with world.installation.database.read() as tx:
        return {row.job.id or 0: row.standing for row in views.of_lot(tx, lot, world.installation.folder).rows}


def refused(world: World, lot: str, form: Form) -> str:
    with pytest.raises(Refused) as caught:
        asked(world, lot, form)
    return caught.value.code


def last_page(content: bytes) -> str:
    """The text of the last page, line by line."""
    paper = pypdfium2.PdfDocument(content)
    return str(paper[len(paper) - 1].get_textpage().get_text_range())


def holds(text: str, *wanted: object) -> None:
    """Expects each of these on the paper."""
    missing = [one for one in wanted if packed(str(one)) not in text]
    assert missing == []


# -- the paper says what the record says -----------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("language", list(Reader))
@pytest.mark.parametrize("phase", KINDS)
def test_an_analysis_says_every_result(still: World, phase: str, language: Reader) -> None:
    lot = lot_of(still, phase)
    _, content = made(still, lot, Form.ANALYSIS, language)
    text = "".join(pages_of(content))
    with still.installation.database.read() as tx:
        voice = Voice(language.value, tx.house.zone)
        every = [row for row in queries.results_of(tx, lot) if row.is_current]
        results = [row for row in every if row.stage is not Stage.STABILITY]
        staff = {person for row in results for person in (row.entered_by, row.verified_by) if person is not None}
        names = {person: people.display_name(tx, person) for person in staff}
        specifications = {row.specification: queries.specification_facts(tx, row.specification) for row in results}
        used = {row.method: methods.method(tx, row.method) for row in results}
        methods_said = {
            number: voice.say(T("{method}, version {version}", method=one.words, version=one.version))
            for number, one in used.items()
        }
        machines = {row.instrument for row in results if row.instrument is not None}
        instruments = {code: materials.equipment_facts(tx, code).name for code in machines}
    assert results
    # How a bank keeps comes after its release, and stands on no certificate of it.
    assert [row.sample for row in every if packed(grouped(row.sample)) in text and row not in results] == []
    for row in results:
        holds(text, voice.say(row.limit.name), methods_said[row.method], grouped(row.sample))
        holds(text, *([instruments[row.instrument]] if row.instrument else []))
        value = shown(row.limit, row.value)
        holds(text, voice.show(value) if row.value is not None else voice.format.local_date(row.due_on or tx.now))
        for person, at in ((row.entered_by, row.measured_at), (row.verified_by, row.verified_at)):
            if person is not None and at is not None:
                holds(text, f"{names[person]}, {voice.format.local(at)}")
    for one in specifications.values():
        holds(text, voice.say(one.name), one.limits_hash, names.get(one.approved_by or "", ""))
    holds(text, grouped(lot), voice.say(rules.NAMES[Form.ANALYSIS]))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("language", list(Reader))
@pytest.mark.parametrize("phase", KINDS)
def test_a_release_says_who_decided_what_about_which_bags(still: World, phase: str, language: Reader) -> None:
    lot = lot_of(still, phase)
    job, content = made(still, lot, Form.RELEASE, language)
    text = "".join(pages_of(content))
    with still.installation.database.read() as tx:
        voice = Voice(language.value, tx.house.zone)
        decision = queries.decisions_on(tx, lot)[0]
        name = people.display_name(tx, decision.decided_by)
        at = f"{voice.format.local(decision.decided_at)} ({voice.format.utc(decision.decided_at)})"
        holds(text, f"{name}, {at}", voice.say(rules.NAMES[Form.RELEASE]), queries.record_hash(tx, decision))
        mark = mark_at(tx, decision.decided_by, decision.decided_at)
        assert mark is not None or phase != "released", "the demonstration's certifier is a qualified person"
        said = f"{voice.say('Qualified person')}{mark.evidence if mark else ''}".replace(" ", "")
        assert (said in text) is (phase == "released")
        signatures = ledger.signatures_on(tx, lot, "quality:")
        assert signatures
        for one in signatures:
            holds(text, people.display_name(tx, one.signer), voice.gettext(one.meaning), one.record_hash)
            holds(text, f"{voice.format.local(one.signed_at)} ({voice.format.utc(one.signed_at)})")
        review = queries.review_of(tx, lot)
        assert review is not None
        holds(text, people.display_name(tx, review.reviewer))
        covered = [row for row in manufacturing.containers_of(tx, lot) if row.kind in record.PRODUCTS]
        assert covered
        holds(text, *(grouped(row.code) for row in covered))
        disposition = queries.disposition_of(tx, lot)
        assert disposition is not None
        for due in disposition.obligations:
            holds(text, voice.say(due.name), voice.format.local_date(due.due_on))
        for deviation in queries.deviations_of(tx, lot):
            holds(text, deviation.number, voice.say(deviation.title))
        for item in queries.exceptions_of(tx, lot):
            if item.accepted is not None:
                holds(text, voice.say(item.title), people.display_name(tx, item.accepted.by))
        entry = next(row for row in still.entries() if row.subject == lot and row.at == decision.decided_at)
    assert bool(disposition.obligations) == (phase == "conditionally_released")
    holds(text, f"{voice.say('Ledger entry')}{entry.seq}", f"{job.entries_count}", job.root)


@pytest.mark.usefixtures("here")
def test_the_root_and_the_signed_checkpoint_stand_on_it(still: World) -> None:
    job, content = made(still, lot_of(still, "released"), Form.RELEASE)
    lines = last_page(content).splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("cellchain/"))
    note = "\n".join([*lines[first : first + 4], "", lines[first + 4], ""])
    told = notes.check(note, still.installation.folder.public_keys())
    assert (told.size, told.root) == (job.entries_count, job.root)
    hashes = [bytes.fromhex(one.hash) for one in still.entries()[: job.entries_count]]
    assert merkle.root(hashes).hex() == job.root
    assert (still.installation.folder.checkpoints / f"{job.entries_count}.txt").exists()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("form", [Form.ANALYSIS, Form.RELEASE])
def test_the_code_leads_to_its_page_and_names_nobody(still: World, form: Form) -> None:
    job, content = made(still, lot_of(still, "conditionally_released"), form)
    picture = pypdfium2.PdfDocument(content)[0].render(scale=3).to_pil()
    [found] = symbols.decode(picture)
    assert found.text == f"{ADDRESS}/certificates/{job.id}?entries={job.entries_count}&root={job.root}"


@pytest.mark.usefixtures("here")
def test_no_recipient_and_no_donor_is_on_any(still: World) -> None:
    for phase in KINDS:
        for form in (Form.ANALYSIS, Form.RELEASE):
            text = "".join(pages_of(made(still, lot_of(still, phase), form)[1]))
            assert not re.search(r"(RC|DN|CI|WB)\d{12}", text)
            assert "DEMONSTRATION" in text


@pytest.mark.usefixtures("here")
def test_it_is_signed_by_the_site_and_no_change_goes_unnoticed(still: World) -> None:
    _, content = made(still, lot_of(still, "released"), Form.RELEASE)
    own = seal.held(still.installation.folder)
    assert own is not None
    finding = checking.check(content)
    assert (finding.verdict, finding.fingerprint, finding.signer) == (Verdict.INTACT, own.fingerprint, own.common_name)
    assert finding.signed_at == still.clock.now().replace(microsecond=0)
    for place in range(7, len(content), len(content) // 40):
        changed = content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]
        assert checking.check(changed).verdict is Verdict.CHANGED, place


# -- one is made once ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_asked_twice_it_is_the_same_file(world: World) -> None:
    lot = lot_of(world, "released")
    first = asked(world, lot, Form.RELEASE)
    assert asked(world, lot, Form.RELEASE) == first, "while it is in line"
    worker_of(world).work_through()
    world.wait(hours=3)
    assert asked(world, lot, Form.RELEASE) == first, "and when it is made"
    assert asked(world, lot, Form.RELEASE, Reader.RU) != first
    assert asked(world, lot, Form.ANALYSIS) != first


def test_nothing_is_locked_while_it_is_made(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command runs to its end in the middle of the signing."""
    lot, ran = lot_of(world, "released"), []

    def call(work: Any, *given: Any, **_: Any) -> Any:
        ran.append(world.do("qa1", quality.hold, subject=world.bags("ready")[0]["code"], reason="Looked at meanwhile."))
        return work(*given)

    monkeypatch.setattr(beside, "call", call)
    made(world, lot, Form.ANALYSIS)
    assert len(ran) == 1


# -- what became of it -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_a_corrected_result_supersedes_it(world: World) -> None:
    lot = lot_of(world, "conditionally_released")
    job, content = made(world, lot, Form.ANALYSIS)
    assert standings(world, lot) == {job.id: Standing.CURRENT}
    with world.installation.database.read() as tx:
        row = next(
            one for one in queries.results_of(tx, lot) if one.limit.test == "viability" and one.is_current and one.value
        )
    told = run(world, "analyst1", quality.correct_result, result=row.id, value="97.5", reason="Misread on the screen.")
    assert standings(world, lot) == {job.id: Standing.SUPERSEDED}
    assert refused(world, lot, Form.ANALYSIS) == "certificate.not_verified"
    assert refused(world, lot, Form.RELEASE) == "certificate.decision_altered"
    world.do("analyst2", quality.verify_result, result=told["result"])
    newer, text = made(world, lot, Form.ANALYSIS)
    holds("".join(pages_of(text)), "97.5", "changed after entry")
    assert standings(world, lot) == {newer.id: Standing.CURRENT, job.id: Standing.SUPERSEDED}
    with world.installation.database.read() as tx:
        assert views.one(tx, job, world.installation.folder, 0, "").newer == newer.id
    assert world.installation.folder.fetch(str(job.digest)) == content, "the older file is never touched"


@pytest.mark.usefixtures("here")
def test_a_recall_and_a_rejection_withdraw_both(world: World) -> None:
    recalled, rejected = lot_of(world, "released"), lot_of(world, "conditionally_released")
    jobs = {
        lot: [made(world, lot, form)[0].id for form in (Form.ANALYSIS, Form.RELEASE)] for lot in (recalled, rejected)
    }
    world.do("qa1", quality.recall, root=recalled, reason="Found to be in doubt.")
    world.do("qa1", quality.reject, lot=rejected, reason="Found to be in doubt.")
    for lot, numbers in jobs.items():
        assert standings(world, lot) == dict.fromkeys(reversed(numbers), Standing.WITHDRAWN)
        assert refused(world, lot, Form.RELEASE) == "certificate.not_released"
        newer, _ = made(world, lot, Form.ANALYSIS)
        assert newer.id not in numbers, "the results of a withdrawn lot can still be certified, anew"


@pytest.mark.usefixtures("here")
def test_a_hold_stands_over_it_until_it_is_lifted(world: World) -> None:
    lot = lot_of(world, "released")
    job, _ = made(world, lot, Form.RELEASE)
    held = world.do("qa1", quality.hold, subject=lot, reason="A question of the ward.")
    assert standings(world, lot) == {job.id: Standing.ON_HOLD}
    assert refused(world, lot, Form.RELEASE) == "certificate.on_hold"
    world.do("qa1", quality.lift_hold, hold=held["hold"], reason="Answered.")
    assert standings(world, lot) == {job.id: Standing.CURRENT}
    assert asked(world, lot, Form.RELEASE) == job.id


@pytest.mark.usefixtures("here")
def test_a_deviation_afterwards_supersedes_a_release_and_no_analysis(world: World) -> None:
    lot = lot_of(world, "released")
    analysis, release = made(world, lot, Form.ANALYSIS)[0], made(world, lot, Form.RELEASE)[0]
    world.do("qa1", quality.open_deviation, subject=lot, title="Noticed later", description="A drop on the floor.")
    assert standings(world, lot) == {release.id: Standing.SUPERSEDED, analysis.id: Standing.CURRENT}


# -- refusals --------------------------------------------------------------------------------------------------------

FINE = CertificateFacts(
    DispositionPhase.RELEASED, (ResultPhase.VERIFIED,), True, (), datetime.fromisoformat("2027-01-01T00:00:00+00:00")
)
NOW = datetime.fromisoformat("2026-11-30T09:00:00+00:00")


@pytest.mark.parametrize(
    ("form", "changes", "code"),
    [
        (Form.ANALYSIS, {"seal_until": None}, "certificate.no_seal"),
        (Form.RELEASE, {"seal_until": NOW}, "certificate.seal_expired"),
        (Form.ANALYSIS, {"phases": ()}, "certificate.no_result"),
        (Form.ANALYSIS, {"phases": (ResultPhase.PENDING,)}, "certificate.no_result"),
        (Form.ANALYSIS, {"phases": (ResultPhase.VERIFIED, ResultPhase.ENTERED)}, "certificate.not_verified"),
        (Form.RELEASE, {"disposition": DispositionPhase.QUARANTINED}, "certificate.not_released"),
        (Form.RELEASE, {"disposition": DispositionPhase.RECALLED}, "certificate.not_released"),
        (Form.RELEASE, {"held": ("LT012600000133",)}, "certificate.on_hold"),
        (Form.RELEASE, {"is_signed": False}, "certificate.decision_altered"),
        (Form.RELEASE, {"is_signed": None}, "certificate.decision_altered"),
    ],
)
def test_what_cannot_be_certified_is_refused(form: Form, changes: dict[str, Any], code: str) -> None:
    rules.may_ask(form, FINE, NOW)
    with pytest.raises(Refused) as caught:
        rules.may_ask(form, replace(FINE, **changes), NOW)
    assert caught.value.code == code


@pytest.mark.usefixtures("here")
def test_what_changed_while_it_waited_is_not_certified(world: World) -> None:
    lot = lot_of(world, "released")
    number = asked(world, lot, Form.RELEASE)
    world.do("qa1", quality.recall, root=lot, reason="Found to be in doubt.")
    worker_of(world).work_through()
    job = job_of(world, number)
    assert (job.phase, job.problem, job.digest) == (JobPhase.FAILED, "certificate.not_released", None)


# -- the pages -------------------------------------------------------------------------------------------------------


def press(front: Front, lot: str, who: str = "qa1", **form: str) -> Any:
    """Press a button."""
    body = {"csrf": front.csrf(who), **({"form": "release", "language": "en"} | form)}
    return front.client.post(
        f"/certificates/lots/{lot}", data=body, headers={**front.cookie(who), **OURS}, follow_redirects=False
    )


def send(front: Front, content: bytes, who: str = "qa1") -> Any:
    """Hold a file against the house."""
    return front.client.post(
        "/certificates",
        data={"csrf": front.csrf(who)},
        files={"file": ("paper.pdf", content, "application/pdf")},
        headers={**front.cookie(who), **OURS, "accept-language": "en"},
    )


def test_from_the_button_to_the_checked_file(front: Front) -> None:
    """The whole way, in processes of their own: asked for twice in one breath, made, taken, checked, changed."""
    world, lot = front.world, lot_of(front.world, "conditionally_released")
    assert f'hx-get="/certificates/lots/{lot}"' in front.page("qa1", f"/quality/lots/{lot}").text
    first, second = press(front, lot), press(front, lot)
    assert (first.status_code, first.headers["location"]) == (303, f"/certificates/lots/{lot}")
    assert second.status_code == 303
    until(lambda: job_of(world, 1).phase not in (JobPhase.WAITING, JobPhase.MAKING))
    job = job_of(world, 1)
    assert (job.phase, job.problem) == (JobPhase.READY, None)
    assert len(standings(world, lot)) == 1
    page = front.page("qa1", f"/certificates/lots/{lot}").text
    assert "Current" in page
    assert f'href="/certificates/{job.id}/file"' in page
    given = front.page("analyst1", f"/certificates/{job.id}/file")
    assert given.headers["content-disposition"] == f"attachment; filename*=UTF-8''{lot}-release-{job.id}-en.pdf"
    assert given.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert hashlib.sha256(given.content).hexdigest() == job.digest
    found = send(front, given.content)
    assert found.status_code == 200
    assert "Unchanged" in found.text
    assert f'href="/certificates/{job.id}"' in found.text
    changed = send(front, given.content[:2000] + b"?" + given.content[2001:])
    assert "This file is not what was signed" in changed.text
    assert f'href="/certificates/{job.id}"' not in changed.text


def test_the_page_compares_the_root_on_the_paper(front: Front) -> None:
    world, lot = front.world, lot_of(front.world, "released")
    number = asked(world, lot, Form.RELEASE)
    size = world.size()
    root = merkle.root([bytes.fromhex(one.hash) for one in world.entries()]).hex()
    where = f"/certificates/{number}?entries={size}&root="
    assert "is the root of the ledger" in front.page("qa1", where + root).text
    assert "is not that of this ledger" in front.page("qa1", where + "0" * 64).text
    assert "no such number of entries" in front.page("qa1", f"/certificates/{number}?entries={10**9}&root={root}").text
    with world.installation.database.read() as tx:
        assert views.root_check(tx, 0, root) is RootCheck.UNKNOWN
    for bad in ("root=x", "entries=-1", "entries=x", f"entries=1&root={root}0"):
        assert front.page("qa1", f"/certificates/{number}?{bad}").status_code == 422


@pytest.mark.parametrize("who", ["nurse1", "assessor1", "admin1", "physician1"])
def test_who_reads_nothing_of_quality_gets_none(front: Front, who: str) -> None:
    lot = lot_of(front.world, "released")
    number = asked(front.world, lot, Form.RELEASE)
    for path in (
        f"/certificates/lots/{lot}",
        f"/certificates/{number}",
        f"/certificates/{number}/file",
        "/certificates",
    ):
        assert front.page(who, path).status_code == 403, path
    assert press(front, lot, who).status_code == 403
    assert send(front, b"%PDF-1.4", who).status_code == 403


def test_only_qa_has_one_made(front: Front) -> None:
    lot = lot_of(front.world, "released")
    assert press(front, lot, "analyst1").status_code == 403
    assert "Make the certificate" not in front.page("analyst1", f"/certificates/lots/{lot}").text


def test_bad_requests_are_no_faults(front: Front) -> None:
    lot = lot_of(front.world, "released")
    assert press(front, lot, form="pdf").status_code == 422
    assert press(front, lot, language="de").status_code == 422
    assert press(front, "LT019900000000").status_code == 404
    assert front.page("qa1", "/certificates/lots/nothing").status_code == 404
    assert front.page("qa1", "/certificates/4711").status_code == 404
    assert front.page("qa1", "/certificates/4711/file").status_code == 404
    assert send(front, b"").status_code == 422
    assert front.client.post("/certificates", data={}, headers={**front.cookie("qa1"), **OURS}).status_code == 403
    quarantined = next(one["code"] for one in front.world.manifest["lots"] if one["phase"] == "rejected")
    assert press(front, quarantined).status_code == 409
    record_job = front.world.installation.runner.outside(
        lambda tx: queue.ask(tx, lot, Form.JSON, Reader.EN, front.world.actors["qa1"].person)
    )
    assert front.page("qa1", f"/certificates/{record_job.id}").status_code == 404
    certificate = asked(front.world, lot, Form.ANALYSIS)
    assert front.page("technician1", f"/documents/{certificate}").status_code == 404


def test_files_that_are_no_certificates_are_said_to_be_so(front: Front) -> None:
    assert "This file is no PDF" in send(front, b"PK\x03\x04 something").text
    assert "There is no signature in this file" in send(front, b"%PDF-1.4\nnothing").text


def test_a_site_without_a_certificate_says_what_to_do(front: Front) -> None:
    folder, lot = front.world.installation.folder, lot_of(front.world, "released")
    (folder.keys_folder / seal.SECRET).unlink()
    page = front.page("qa1", f"/certificates/lots/{lot}").text
    assert "cellchain certificate make" in page
    answer = press(front, lot)
    assert answer.status_code == 409
    assert "no certificate to sign documents with" in answer.text


def test_one_file_is_checked_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        with pytest.raises(Refused) as busy:
            views.check(b"%PDF-")
        assert busy.value.code == "certificate.check_busy"
        raise beside.BrokeOff("MemoryError")

    monkeypatch.setattr(beside, "call", broken)
    with pytest.raises(Refused) as caught:
        views.check(b"%PDF-")
    assert caught.value.code == "certificate.check_broke_off"


# -- beside the application ------------------------------------------------------------------------------------------


def test_serving_loads_no_library_of_signatures() -> None:
    heavy = {"pyhanko", "aiohttp", "lxml", "asn1crypto"}
    program = f"import sys, cellchain.main, cellchain.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"


def test_a_process_that_takes_too_long_is_ended() -> None:
    with pytest.raises(beside.BrokeOff) as caught:
        beside.call(_sleep, seconds_max=0.05)
    assert caught.value.kind == "TimeoutError"


def _sleep() -> None:
    import time

    time.sleep(60)


# -- the command line ------------------------------------------------------------------------------------------------


def command(*arguments: str | Path, given: str = "") -> subprocess.CompletedProcess[str]:
    told = [sys.executable, "-c", "from cellchain.cli import main; main()", "certificate", *map(str, arguments)]
    return subprocess.run(told, capture_output=True, text=True, timeout=180, input=given)


@pytest.mark.usefixtures("here")
def test_the_command_line_tells_a_changed_file(still: World, tmp_path: Path) -> None:
    job, content = made(still, lot_of(still, "released"), Form.RELEASE)
    paper, other = tmp_path / f"{job.id}.pdf", tmp_path / "changed.pdf"
    paper.write_bytes(content)
    other.write_bytes(content + b"\n")
    public = still.folder / "keys" / seal.PUBLIC
    done = command("verify", paper, "--data-dir", still.folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Unchanged.")
    assert command("verify", paper, "--by", public).returncode == 0
    changed = command("verify", other, "--by", public)
    assert (changed.returncode, changed.stdout.split(".")[0], changed.stderr) == (1, "Changed", "")
    foreign = command("verify", paper, "--data-dir", tmp_path)
    assert (foreign.returncode, foreign.stdout.split(".")[0]) == (1, "Not of this site")
    assert "Traceback" not in command("verify", tmp_path / "none.pdf", "--by", public).stderr


def test_the_command_line_makes_one_and_takes_none_twice(world: World) -> None:
    before = seal.held(world.installation.folder)
    again = command("make", "--data-dir", world.folder)
    assert again.returncode == 1
    assert "seal.exists" in again.stderr
    done = command("make", "--name", "Example Clinic", "--replace", "--data-dir", world.folder)
    assert done.returncode == 0, done.stderr
    held = seal.held(world.installation.folder)
    assert held is not None
    assert before is not None
    assert held.common_name == "Example Clinic"
    assert held.fingerprint in done.stderr
    assert seal.known(world.installation.folder) == {held.fingerprint, before.fingerprint}
    nothing = world.folder / "nothing.p12"
    nothing.write_bytes(b"nothing")
    wrong = command("import", nothing, "--replace", "--data-dir", world.folder, given="wrong secret word\n")
    assert wrong.returncode == 1
    assert "seal.unreadable" in wrong.stderr
    assert "wrong secret word" not in wrong.stderr + wrong.stdout


@pytest.mark.usefixtures("here")
def test_an_exceptional_use_and_its_failure_stand_on_both(world: World) -> None:
    """Every result is reported; the acts are named with who signed them, and for whom the lot is used is not."""
    use = taken_on(world)
    world.do("qa2", exceptional.accept_exceptional_use, use=use)
    lift_hold(world)
    with world.installation.database.read() as tx:
        facts = reading.use_facts(tx, use)
        number = reading.investigation_facts(tx, facts.investigation).number
        acts = [facts.physician, facts.evaluated_by, facts.taken_on_by, facts.told_by, facts.accepted_by]
        signers = [people.display_name(tx, person or "") for person in acts]
    analysis = "".join(pages_of(made(world, facts.lot, Form.ANALYSIS)[1]))
    holds(analysis, number, "Confirmed out of specification", "accepted exceptionally")
    release = "".join(pages_of(made(world, facts.lot, Form.RELEASE)[1]))
    holds(release, f"Exceptional use after {number}: Accepted", "Sponsor told, signed by", *signers)
    assert packed(grouped(facts.recipient)) not in release + analysis
