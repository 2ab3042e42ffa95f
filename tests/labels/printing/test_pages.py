"""The queue and the printers as people see them: whom a label waits for, and what to do."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import httpx2 as httpx
import pytest
from fastapi import Depends, FastAPI, Request
from starlette.responses import Response
from starlette.testclient import TestClient

from cellchain.labels.licensed import routes as licensed_routes
from cellchain.labels.printing import routes
from cellchain.ledger.actor import Actor
from cellchain.web import errors
from cellchain.web import house as web_house
from cellchain.web.access import guard
from cellchain.web.session import Session
from tests.labels.printing import sink
from tests.labels.printing.shop import Shop

TOKEN = "token"


def pages_of(shop: Shop, actor: Actor, language: str = "en") -> TestClient:
    """The pages as `actor` sees them."""
    app = FastAPI(dependencies=[Depends(guard)], openapi_url=None)
    app.state.database, app.state.runner, app.state.clock = shop.house.database, shop.house.runner, shop.house.clock
    app.state.settings = SimpleNamespace(zone=ZoneInfo("Europe/Moscow"), site_name="Example Laboratory")
    app.state.gate = SimpleNamespace(reauthenticate=lambda actor, proof, act: None)
    app.state.demonstration = False
    errors.install(app)
    for one in (routes, licensed_routes, web_house):
        app.include_router(one.router)

    @app.middleware("http")
    async def signed_in(request: Request, go: Callable[[Request], Awaitable[Response]]) -> Response:
        app.state.loop = asyncio.get_running_loop()
        request.state.session = Session(actor, "0" * 64, TOKEN, "E. Example", by_cookie=True)
        request.state.session_problem = None
        return await go(request)

    return TestClient(app, headers={"accept-language": language})


def opened(client: TestClient, path: str) -> str:
    """A page that opens."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def post(client: TestClient, path: str, /, **form: str) -> httpx.Response:
    """A form that is sent."""
    return client.post(path, data={"csrf": TOKEN, **form}, follow_redirects=False)


@pytest.fixture
def busy(shop: Shop) -> tuple[int, int, int, int]:
    """A job that broke off, one that waits for its printer, one behind it, and one to be opened."""
    with sink.printing(sink.resets) as printer:
        shop.printer_for(printer)
        broken = shop.print()
        shop.work()
    away, behind = shop.print(), shop.print()
    shop.work()
    shop.assign(None)
    return broken, away, behind, shop.print()


def test_what_waits_for_a_person_stands_first_with_what_to_do(shop: Shop, busy: tuple[int, int, int, int]) -> None:
    broken, away, _, offered = busy
    page = opened(pages_of(shop, shop.desk.technician), "/labels/queue")
    assert "1 label waits for you." in page
    order = [page.index(f"/labels/{shop.label(job)}") for job in (broken, away, offered)]
    assert order == sorted(order)
    for text in ("Nobody knows", "Waits for the printer", "In line", "To open and print", "The connection broke"):
        assert text in page
    assert page[: page.index("</main>")].count('data-s="stop"') == 1
    assert f"/do/labels/settle_job?job={broken}&amp;outcome=did_not" in page
    assert f"/do/labels/retry_job?job={away}" in page
    assert f"/do/labels/retry_job?job={broken}" not in page


def test_a_person_settles_and_prints_again_from_there(shop: Shop, busy: tuple[int, int, int, int]) -> None:
    broken, *_ = busy
    client = pages_of(shop, shop.desk.technician)
    form = opened(client, f"/do/labels/settle_job?job={broken}&outcome=did_not&next=/labels/queue")
    assert 'value="did_not" checked' in form
    path = "/do/labels/settle_job?next=/labels/queue"
    answer = post(client, path, job=str(broken), outcome="did_not", reason="The tray is empty.")
    assert (answer.status_code, answer.headers["location"]) == (303, "/labels/queue")
    assert "Did not come out" in opened(client, "/labels/queue")
    answer = post(client, "/do/labels/retry_job?next=/labels/queue", job=str(broken), printer="")
    assert answer.status_code == 303
    assert shop.delivery(broken) == "queued"
    assert "on their way" in opened(client, "/labels/queue")


def test_who_only_looks_is_offered_nothing(shop: Shop, busy: tuple[int, int, int, int]) -> None:
    page = opened(pages_of(shop, shop.house.actor("inspector")), "/labels/queue")
    assert "Nobody knows" in page
    assert "/do/labels/" not in page
    assert pages_of(shop, shop.house.actor("assessor")).get("/labels/queue").status_code == 403
    assert pages_of(shop, shop.boss).get("/labels/queue").status_code == 403


def test_an_empty_queue_says_so(shop: Shop) -> None:
    assert "The print queue is empty." in opened(pages_of(shop, shop.desk.technician), "/labels/queue")


def test_printers_and_stations(shop: Shop, busy: tuple[int, int, int, int]) -> None:
    client = pages_of(shop, shop.boss)
    page = opened(client, "/labels/printers")
    assert "1 printer needs a look." in page
    assert "The printer does not answer" in page
    assert "none, opened as files" in page
    assert all(shop.label(job) not in page for job in busy), "an administrator sees no label"
    shop.assign("zebra", design="container")
    assert "Every design" not in opened(client, "/labels/printers")
    assert pages_of(shop, shop.desk.technician).get("/labels/printers").status_code == 403


def test_an_administrator_sets_one_up_from_there(shop: Shop) -> None:
    client = pages_of(shop, shop.boss)
    page = opened(client, "/labels/printers")
    assert "No printer is configured yet." in page
    opened(client, "/do/labels/configure_printer?next=/labels/printers")
    told = {"printer": "zebra", "transport": "raw", "host": "127.0.0.1", "port": "9100", "path": "/ipp/print"}
    told |= {"paper": "zpl", "dpi": "203", "language": "ru"}
    answer = post(client, "/do/labels/configure_printer?next=/labels/printers", **told)
    assert answer.status_code == 303, answer.text
    page = opened(client, "/labels/printers")
    assert "1 printer is in use." in page
    links = {part.split('"')[0] for part in page.split('href="')}
    [link] = [link for link in links if link.startswith("/do/labels/configure_printer?printer=")]
    form = opened(client, link.replace("&amp;", "&"))
    assert 'value="127.0.0.1"' in form
    assert 'value="9100"' in form


def test_in_russian(shop: Shop, busy: tuple[int, int, int, int]) -> None:
    page = opened(pages_of(shop, shop.desk.technician, "ru"), "/labels/queue")
    assert "Очередь печати" in page
    assert "Look at the printer" not in page
