"""Recalls, exercises and late positives as people see them: who sees whom, what goes out, what follows by itself."""

import csv
import io
import json
import uuid
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx2 as httpx
import pypdfium2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import bindparam
from sqlmodel import col, select

from cellchain.followup.models import AdverseEvent, ReportClock
from cellchain.ledger import merkle
from cellchain.ledger import queries as ledger
from cellchain.main import create_app
from cellchain.notices import queries as notices
from cellchain.quality import commands
from cellchain.quality import queries as quality
from cellchain.quality.letters import queries as letters
from cellchain.quality.recalls import queries
from cellchain.trace import needs
from tests.bedside.browser import Front
from tests.bedside.world import World, played

EVENTS = select(AdverseEvent).where(col(AdverseEvent.infusion) == bindparam("infusion"))
CLOCKS = select(ReportClock).where(col(ReportClock.event) == bindparam("event"))
FROM_HERE = {"sec-fetch-site": "same-origin"}
REASON = "A donor turned out to be in doubt."


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, tmp_path: Any) -> Iterator[World]:
    made = World(played(tmp_path_factory.getbasetemp()), tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)


def donor(world: World) -> str:
    """The donor out of whom the bank came."""
    return str(world.manifest["donors"][0]["code"])


def treated(world: World) -> set[str]:
    """Everybody who got cells of that donor, or is about to."""
    given = [one for one in world.manifest["bags"] if one["content"] == "msc" and one["recipient"]]
    return {str(one["recipient"]) for one in given}


def flat(page: httpx.Response) -> str:
    return unescape(page.text).replace(" ", "").replace("\xa0", "")


def shows(page: httpx.Response, codes: set[str]) -> set[str]:
    """Those of `codes` that a page names, in its own way of writing them."""
    text = "".join(piece.split(">", 1)[-1] for piece in page.text.split("<"))
    dense = "".join(unescape(text).split())
    return {code for code in codes if code in dense}


def read(content: bytes) -> str:
    """What stands in a PDF."""
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))


def sent(front: Front, who: str, path: str, **form: str) -> httpx.Response:
    return front.client.post(
        path, data={"csrf": front.csrf(who), **form}, headers={**front.cookie(who), **FROM_HERE}, follow_redirects=False
    )


def test_a_preview_shows_recipients_to_whom_they_may_be_shown(front: Front, world: World) -> None:
    path, codes = f"/quality/recall?root={donor(world)}", treated(world)
    for who in ("qa1", "inspector1"):
        page = front.page(who, path)
        assert page.status_code == 200
        assert shows(page, codes) == codes
        assert ("Sign the recall" in page.text) is (who == "qa1")
    for who in ("assessor1", "sponsor1", "nurse1", "physician1", "technician1"):
        assert front.page(who, path).status_code == 403
    assert "Given to a recipient" in front.page("qa1", f"{path}&state=given").text
    assert front.page("qa1", f"{path}&page=9999").status_code == 200
    assert front.page("qa1", "/quality/recall?since=2026-01-01T00:00").status_code == 422
    assert front.page("qa1", "/quality/recall?deviation=99999").status_code == 404
    assert front.page("qa1", f"{path}&state=nowhere").status_code == 422


def test_a_list_to_take_away_is_whole_and_names_the_root(front: Front, world: World) -> None:
    path = f"/quality/recall/list.{{}}?root={donor(world)}"
    front.cookie("qa1")  # a sign-in is an entry too
    with world.installation.database.read() as tx:
        scope = queries.scope_of(tx, donor(world))
    front.page("qa1", path.format("json"))  # what the clock brought about meanwhile has its entries by now
    told = json.loads(front.page("qa1", path.format("json")).content)
    with world.installation.database.read() as tx:
        leaves = ledger.hashes(tx, upto=told["ledger"]["entries"])
    assert {one["code"] for one in told["things"]} == {item.code for item in scope.containers}
    assert {one["recipient"] for one in told["things"]} - {None} == treated(world)
    assert told["ledger"] == {"entries": len(leaves), "root": merkle.root(leaves).hex()}
    assert told["fingerprint"] == scope.fingerprint
    rows = list(csv.reader(io.StringIO(front.page("qa1", path.format("csv")).content.decode("utf-8-sig"))))
    assert len(rows) == 7 + len(scope.items)
    assert ["Root (RFC 6962, SHA-256)", merkle.root(leaves).hex()] in rows
    assert front.page("qa1", path.format("xml")).status_code == 404
    assert front.page("sponsor1", path.format("csv")).status_code == 403


def test_an_exercise_from_the_page_to_its_paper(front: Front, world: World) -> None:
    form = {"root": donor(world), "kind": "exercise", "reason": REASON, "request_id": str(uuid.uuid4())}
    first, again = sent(front, "qa1", "/quality/recalls", **form), sent(front, "qa1", "/quality/recalls", **form)
    assert (first.status_code, again.headers["location"]) == (303, first.headers["location"])
    where = first.headers["location"]
    number = int(where.rsplit("/", 1)[1])
    page = front.page("qa1", where)
    assert "EXERCISE" in page.text
    with world.installation.database.read() as tx:
        kept = queries.recall_facts(tx, number)
        containers = sum(not code.startswith("LT") for code in kept.items)
        assert (kept.found_count, kept.lots_count) == (containers, len(kept.items) - containers)
        assert queries.tally(tx, number).found == containers
    told = " ".join(unescape(page.text).split())
    assert f"{containers} containers were found." in told
    assert f"of {containers} containers" in told
    assert f">{containers}</td>" in front.page("qa1", "/quality/recalls").text
    assert shows(page, treated(world)) == treated(world)
    assert not shows(front.page("sponsor1", where), treated(world) | {one["code"] for one in world.manifest["bags"]})
    assert not shows(front.page("technician1", where), treated(world))
    assert front.page("assessor1", where).status_code == 403
    paper = read(front.page("qa1", f"{where}/record.pdf?language=en").content)
    assert "EXERCISE: NOTHING IS STOPPED" in paper
    assert "Effectiveness" in paper
    assert "УЧЕНИЕ" in read(front.page("inspector1", f"{where}/record.pdf?language=ru").content)
    letters = front.page("qa1", f"{where}/letters")
    assert "THIS IS AN EXERCISE." in letters.text
    sponsors = read(front.page("qa1", f"{where}/letters/sponsor.pdf?language=ru").content)
    assert "ЭТО УЧЕНИЕ" in sponsors
    assert not any(code[-6:] in sponsors.replace(" ", "") for code in treated(world))
    physicians = read(front.page("qa1", f"{where}/letters/{world.actors['physician1'].person}.pdf").content)
    assert all(code in "".join(physicians.split()) for code in treated(world))
    assert front.page("qa1", f"{where}/letters/nobody.pdf").status_code == 404
    bag, _, _, _ = world.checked(0)
    with world.installation.database.read() as tx:
        assert not queries.is_recalled(tx, bag)
        alerts = queries.alerts_of(tx, recall=number)
    assert {(row.audience, row.person) for row in alerts} == {
        ("sponsor", None),
        ("physician", world.actors["physician1"].person),
    }


def test_today_asks_whoever_was_told(world: World) -> None:
    made = world.do("qa1", commands.recall, root=donor(world), reason=REASON)

    def asked(who: str) -> str:
        with world.installation.database.read() as tx:
            _, found = needs.gathered(tx, world.actors[who])
        return " ".join(str(need.sentence) for need in found)

    words = f"Acknowledge recall {made['recall']}."
    assert words in asked("sponsor1")
    assert words in asked("physician1")
    assert words not in asked("physician2")
    assert "Find what recall" in asked("qa1")
    world.wait(hours=25)
    assert words in asked("physician2")
    assert "Call them" in asked("qa1")
    assert "Practise a recall." not in asked("qa1")
    world.wait(days=366)
    assert "Practise a recall." in asked("qa1")


def test_a_late_positive_reaches_whoever_got_it(front: Front, world: World) -> None:
    infusion = world.running(0)
    bag, _, recipient, _ = world.ready(0)
    with world.installation.database.read() as tx:
        lot = next(one["lot"] for one in world.manifest["bags"] if one["code"] == bag)
        pending = next(
            row for row in quality.results_of(tx, lot) if row.test == "sterility_14d" and row.phase == "pending"
        )
    order = {"sample": pending.sample, "stage": "final", "test": "sterility_14d", "value": "growth"}
    made = world.do("analyst1", commands.record_result, **order, instrument=pending.instrument)
    world.do("analyst2", commands.verify_result, result=made["result"])
    found = world.do(
        "analyst1",
        commands.report_late_positive,
        result=made["result"],
        organism="Cutibacterium acnes",
        susceptibility="Penicillin: susceptible",
    )
    assert bag in found["bags"]
    assert lot in found["held"]
    (event,) = world.every(EVENTS, infusion=infusion)
    assert (event.recipient, event.seriousness) == (recipient, "important")
    assert len(world.every(CLOCKS, event=event.id)) == 1
    where = f"/quality/late-positives/{found['late_positive']}"
    page = front.page("qa1", where)
    for words in ("Cutibacterium acnes", "Penicillin: susceptible", found["number"]):
        assert words in page.text
    assert shows(page, {recipient, bag}) == {recipient, bag}
    given = page.text.partition("Given out of this very lot")[2].partition("</p>")[0]
    assert recipient in given
    assert world.ready(1)[2] not in given, "its bag is of this lot, and was not begun"
    assert shows(front.page("physician1", where), {recipient}) == {recipient}
    assert not shows(front.page("physician2", where), {recipient})
    assert not shows(front.page("sponsor1", where), {recipient, bag})
    assert front.page("assessor1", where).status_code == 403
    with world.installation.database.read() as tx:
        alerts = queries.alerts_of(tx, late_positive=found["late_positive"])
    readers = {"qa": "qa1", "sponsor": "sponsor1", "physician": "physician1"}
    assert {row.audience.value for row in alerts} == set(readers)
    for row in alerts:
        world.do(readers[row.audience], commands.acknowledge_alert, alert=row.id)
    assert "Not yet" not in front.page("qa1", where).text


def test_letters_go_out_and_what_became_of_them_stands_in_the_record(front: Front, world: World) -> None:
    made = world.do("qa1", commands.recall, root=donor(world), reason=REASON)
    where = f"/quality/recalls/{made['recall']}"
    physician = world.actors["physician1"].person
    page = front.page("qa1", f"{where}/letters")
    assert "Not sent yet" in page.text
    action = unescape(page.text.partition(f'action="{where}/letters?')[2].partition('"')[0])
    assert physician in action
    assert front.page("physician1", f"{where}/letters/{physician}.pdf").status_code == 404, "it was not sent yet"
    path, form = f"{where}/letters?{action}", {"request_id": str(uuid.uuid4()), "signature.username": "qa1"}
    wrong = sent(front, "qa1", path, **form, **{"signature.password": "not it"})
    assert wrong.status_code in (401, 403)
    assert "Send the letters" in wrong.text
    right = {**form, "signature.password": front.people["qa1"]["password"]}
    assert [sent(front, "qa1", path, **right).status_code for _ in range(2)] == [303, 303]
    with world.installation.database.read() as tx:
        told = {one.to: notices.told_of(tx, one.occasion) for one in letters.letters_of(tx, made["recall"])}
    assert {to: len(people) for to, people in told.items()} == {"sponsor": 1, physician: 1}
    page = front.page("qa1", f"{where}/letters")
    assert page.text.count("Sent through cellchain") == 2
    assert "Has not acknowledged yet" in page.text
    assert "Sent through cellchain" in front.page("qa1", where).text
    assert "Sent through cellchain" in " ".join(
        read(front.page("qa1", f"{where}/record.pdf?language=en").content).split()
    )
    own = f"{where}/letters/{physician}.pdf"
    assert own in front.page("physician1", where).text
    assert front.page("physician1", own).status_code == 200
    assert front.page("sponsor1", own).status_code == 404
    assert front.page("sponsor1", f"{where}/letters/sponsor.pdf").status_code == 200
    assert front.page("physician2", own).status_code == 404
    assert front.page("assessor1", own).status_code == 403
    nobody = sent(front, "qa1", f"{where}/letters?sponsor=none", **right)
    assert nobody.status_code == 422


def test_the_history(front: Front) -> None:
    page = front.page("inspector1", "/quality/recalls")
    assert "1 recall was made." in page.text
    assert "Last exercise" in page.text
    assert front.page("assessor1", "/quality/recalls").status_code == 403
    assert front.page("qa1", "/quality/recalls/999").status_code == 404
