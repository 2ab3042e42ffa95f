"""Near misses with their causes, the share that was bypassed, and the pages of a downtime."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from cellchain.bedside import commands
from cellchain.bedside.infusions import commands as infusions
from cellchain.bedside.misses import pages, rules
from cellchain.bedside.misses.rules import CAUSES, Source
from cellchain.bedside.models import Check
from cellchain.bedside.rules import Cause, Verdict
from cellchain.bedside.words import NEXT, REASONS, next_step
from cellchain.main import create_app
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import PAGE_ROWS, Side
from tests.bedside.browser import Front
from tests.bedside.test_downtime import away, enter
from tests.bedside.world import World

STOPPED = select(Check).where(col(Check.verdict) == Verdict.STOP)


@pytest.fixture
def front(world: World) -> Iterator[Front]:
    with TestClient(create_app(world.installation), base_url="https://testserver") as client:
        yield Front(client, world)


def shown(front: Front, path: str, who: str = "qa1") -> str:
    """A page's words."""
    answer = front.page(who, path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_every_cause_has_its_words_and_its_source() -> None:
    assert set(CAUSES) == set(Cause)
    assert rules.source_of(Cause.WRONG_WRISTBAND, "check.wrong_recipient") is Source.WRISTBAND
    assert rules.source_of(None, "lot.on_hold") is Source.SYSTEM
    assert rules.source_of(Cause.UNKNOWN, "check.typed") is Source.READER
    assert rules.source_of(None, "check.clumps") is Source.UNKNOWN
    assert (rules.permille(0, 0), rules.permille(1, 3)) == (None, 333)


def test_every_next_step_is_of_a_reason_and_says_what_to_do() -> None:
    assert set(NEXT) <= set(REASONS)
    assert str(next_step("lot.on_hold")).startswith("Call QA")
    assert str(next_step("check.wrong_recipient")) == "Call the laboratory."


def newest(tx: ReadTx) -> list[pages.Miss]:
    """The first page of the list."""
    return pages.lines(tx, pages.MISSES.page(tx).rows)


def test_older_near_misses_are_on_the_pages_behind(front: Front, world: World) -> None:
    _, _, _, band = world.ready()
    for _ in range(PAGE_ROWS + 1):
        world.check("nurse1", band, world.ready(1)[1])
    with world.installation.database.read() as tx:
        first = pages.MISSES.page(tx)
        numbers = [one.number for one in pages.lines(tx, first.rows)]
        every = {row.id for row in tx.every(STOPPED)}
    assert len(first.rows) == PAGE_ROWS
    page = shown(front, "/bedside/near-misses")
    assert all(number in page for number in numbers)
    assert f"/bedside/near-misses?older={first.older}#list" in front.page("qa1", "/bedside/near-misses").text
    older = shown(front, f"/bedside/near-misses?older={first.older}")
    assert not any(number in older for number in numbers)
    seen, place = set(), None
    with world.installation.database.read() as tx:
        while True:
            found = pages.MISSES.page(tx, place)
            seen |= {row.id for row in found.rows}
            if not found.older:
                break
            place = pages.MISSES.place(found.older, Side.OLDER)
    assert seen == every
    assert "Nothing in this list is as you asked" in shown(front, "/bedside/near-misses?day=2020-01-01")


def test_listed_with_cause_and_counted(front: Front, world: World) -> None:
    _, symbol, _, band = world.ready()
    with world.installation.database.read() as tx:
        before = pages.miss_page(tx)
    for cause in ("look_alike", "look_alike", "reader"):
        check = world.check("nurse1", band, world.ready(1)[1])["check"]
        world.do("nurse1", commands.acknowledge_stop, check=check, cause=cause)
    world.check("nurse1", band, symbol, capture="typed")
    with world.installation.database.read() as tx:
        view, misses = pages.miss_page(tx), newest(tx)
    assert view.total - before.total == 4
    assert misses[0].is_said is False
    causes = {str(cause): count for cause, count in view.by_cause}
    assert causes["Labels look alike"] == 2 + {str(c): n for c, n in before.by_cause}.get("Labels look alike", 0)
    assert dict(view.by_source)[Source.READER] >= 2
    page = shown(front, "/bedside/near-misses")
    assert misses[0].number in page
    assert "Labels look alike" in page
    assert "Nobody has said why" in page
    assert "Bags that wait unverified" in page


def test_a_wrong_scan_at_a_running_infusion_counts_with_its_cause(front: Front, world: World) -> None:
    """At resume and at take-over alike: a STOP with a number of its own, and back to the scan once it was read."""
    infusion = world.running()
    _, symbol, _, band = world.ready()
    with world.installation.database.read() as tx:
        before = pages.miss_page(tx)
    world.do("nurse1", infusions.pause, infusion=infusion, kind="disconnected")
    scan = {"infusion": infusion, "wristband": band, "bag": world.ready(1)[1]}
    check = world.do("nurse1", infusions.resume, **scan)["check"]
    world.actors["nurse2"] = replace(world.actors["nurse2"], device="bedside-2")
    world.do("nurse2", infusions.take_over_infusion, **{**scan, "wristband": world.ready(1)[3], "bag": symbol})
    page = shown(front, f"/bedside/checks/{check}", "nurse1")
    assert "This is not the bag of this infusion." in page
    assert "Keep the clamp closed." in page
    assert "Do not spike the bag." not in page
    told = world.do("nurse1", commands.acknowledge_stop, check=check, cause="wrong_bag")
    assert told == {"infusion": infusion}
    assert "I have read this" not in shown(front, f"/bedside/checks/{check}", "nurse1")
    with world.installation.database.read() as tx:
        view, misses = pages.miss_page(tx), newest(tx)
    assert view.total - before.total == 2
    assert [str(miss.reason) for miss in misses[:2]] == [
        "Another wristband, while a bag runs",
        "Another bag, while one runs",
    ]
    assert [str(miss.cause) for miss in misses[:2]] == ["Nobody has said why", "Wrong bag brought"]


def test_what_was_started_on_paper_is_counted_as_bypassed(front: Front, world: World) -> None:
    began, _ = away(world)
    assert "Until then each check of them is a STOP." in shown(front, "/bedside/downtime", "nurse1")
    enter(world, began, compared=False)
    with world.installation.database.read() as tx:
        view = pages.miss_page(tx)
    assert view.on_paper == 1
    assert view.bypassed_permille is not None
    page = shown(front, "/bedside/downtime", "inspector1")
    assert "Wristband and bag not compared" in page
    assert "Late" in page
    assert "Enter a form" not in page
    assert "Enter a form" in shown(front, "/bedside/downtime", "nurse1")


def test_who_assesses_blind_sees_none_of_it(front: Front) -> None:
    for path in ("/bedside/near-misses", "/bedside/downtime", "/bedside/wristband", "/bedside/downtime/pack"):
        assert front.page("assessor1", path).status_code == 403
