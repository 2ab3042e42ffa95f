"""Addresses and methods: what is asked in a wrong way is answered truthfully, to a program as to a browser."""

import pytest

from cellchain.web.house import FORM_FIELDS_MAX
from tests.web.door import Door
from tests.web.test_api import is_problem

BROWSER = "text/html,application/xhtml+xml"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/sign-in", "POST"),
        ("PUT", "/api/v1/scan", "GET, POST"),
        ("DELETE", "/api/v1/ledger/entries", "GET"),
        ("GET", "/api/v1/bedside/check", "POST"),
        ("PATCH", "/api/v1/bedside/check", "POST"),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_a_wrong_method_is_named_with_the_right_ones(
    door: Door, method: str, path: str, allowed: str, accept: str
) -> None:
    answer = door.client.request(method, path, headers={**door.bearer, "accept": accept})
    is_problem(answer, 405, "request.wrong_method")
    assert answer.headers["allow"] == allowed


def test_a_wrong_method_on_a_page_is_a_page(door: Door) -> None:
    answer = door.client.delete("/sign-in", headers={"accept": BROWSER})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/sign-in", "/", "/ledger", "/openapi.json", "/api/v1/ledger/entries"]
)
def test_head_works_where_get_does(door: Door, path: str) -> None:
    got, headed = door.get(path), door.client.head(path, headers=door.bearer)
    assert (headed.status_code, headed.content) == (got.status_code, b"")
    assert headed.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize(
    "path",
    [
        "/openapi.json",
        "/api/v1/scan?symbol=x",
        "/api/v1/ledger/entries",
        "/api/v1/bedside/check",
        "/api/v1/no/such",
        "/api/",
    ],
)
@pytest.mark.parametrize("accept", ["*/*", BROWSER, "application/json"])
def test_a_program_without_a_session_is_told_so(door: Door, path: str, accept: str) -> None:
    for headers in ({}, {"authorization": "Bearer none"}, {"hx-request": "true"}):
        answer = door.client.get(path, headers={"accept": accept, **headers}, follow_redirects=False)
        is_problem(answer, 401)


def test_an_unknown_path_of_the_api_is_named_to_who_is_signed_in(door: Door) -> None:
    is_problem(door.get("/api/v1/no/such", accept=BROWSER), 404, "page.not_found")


def test_a_page_without_a_session_leads_to_the_sign_in(door: Door) -> None:
    for method in ("GET", "HEAD"):
        answer = door.client.request(method, "/ledger?subject=x", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/ledger%3Fsubject%3Dx")


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("&".join(f"a{number}=1" for number in range(FORM_FIELDS_MAX + 1)), "application/x-www-form-urlencoded", 413),
        ("a=" + "x" * 600_000, "application/x-www-form-urlencoded", 413),
        ("--x\r\nnothing", "multipart/form-data; boundary=y", 422),
        ("a=1", "multipart/form-data", 422),
    ],
)
def test_a_form_that_is_too_large_is_a_page_that_says_so(door: Door, content: str, kind: str, status: int) -> None:
    headers = {"content-type": kind, "accept": BROWSER}
    for path in ("/language", "/do/bedside/declare_downtime"):
        answer = door.client.post(path, content=content, headers={**headers, **door.bearer})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("text/html")
