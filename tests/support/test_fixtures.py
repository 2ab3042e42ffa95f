"""The fixtures themselves: databases are empty, separate and of both kinds; a page notes what its browser says."""

import asyncio

import pytest
from playwright.sync_api import Browser, Page, Route
from sqlalchemy import create_engine, inspect, text

from tests.conftest import PageOpener
from tests.support import chromium
from tests.support.browser import pages
from tests.support.postgres import Postgres, name_of


def tables_of(url: str) -> list[str]:
    engine = create_engine(url)
    try:
        return inspect(engine).get_table_names()
    finally:
        engine.dispose()


def execute(url: str, statement: str) -> None:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()


@pytest.mark.parametrize("_round", [1, 2])
def test_a_database_is_empty_each_time(database_url: str, _round: int) -> None:
    assert tables_of(database_url) == []
    execute(database_url, "CREATE TABLE bag (id INTEGER PRIMARY KEY)")
    assert tables_of(database_url) == ["bag"]


def test_a_database_can_be_a_copy(postgres: Postgres) -> None:
    first = postgres.fresh_database()
    execute(first, "CREATE TABLE bag (id INTEGER PRIMARY KEY)")
    copy = postgres.fresh_database(like=name_of(first))
    assert tables_of(copy) == ["bag"]
    postgres.drop(copy)
    postgres.drop(first)


def test_a_quiet_page_has_no_complaints(page: Page, complaints: list[str]) -> None:
    page.set_content("<title>Today</title><p>Nothing is due.")
    assert page.title() == "Today"
    assert complaints == []


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("console.log('left behind')", "console log: left behind"),
        ("console.error('wrong')", "console error: wrong"),
        ("setTimeout(() => { throw new Error('uncaught one') })", "uncaught: uncaught one"),
    ],
)
def test_a_complaint_is_noted(page: Page, complaints: list[str], script: str, complaint: str) -> None:
    page.evaluate(script)
    page.wait_for_timeout(50)
    assert [noted for noted in complaints if noted.startswith(complaint)]
    complaints.clear()


@pytest.mark.parametrize(("status", "noted"), [(409, 0), (422, 0), (404, 1), (500, 2)])
def test_a_refusal_is_no_complaint_and_a_failure_is(
    open_page: PageOpener, complaints: list[str], status: int, noted: int
) -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=status, body="<p>answer")

    page = open_page()
    page.route("**/*", answer)
    page.goto("http://cellchain.test/")
    page.wait_for_timeout(50)
    assert len(complaints) == noted, complaints
    complaints.clear()


def test_complaints_fail_the_test_at_its_end(browser: Browser) -> None:
    with pytest.raises(AssertionError, match="console log: loud"), pages(browser, []) as open_one:
        open_one().evaluate("console.log('loud')")


def test_async_code_runs_beside_browser_tests() -> None:
    assert asyncio.run(asyncio.sleep(0, "answered")) == "answered"


def test_a_chromium_that_is_named_and_missing_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(chromium.VARIABLE, "/nowhere/chromium")
    with pytest.raises(chromium.NoChromium, match="Install one"):
        chromium.provide()
