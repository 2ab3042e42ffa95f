"""What browsers report of the content policy is counted and logged, and nothing of what the report holds is kept."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from cellchain.platform import logs
from cellchain.web.limits import BURST
from cellchain.web.security import HEADERS, REPORTS
from cellchain.web.violations import REPORT_BYTES_MAX, REPORTS_MAX
from tests.bedside.world import played
from tests.e2e.server import copied, serving
from tests.web.door import Door
from tests.web.test_api import is_problem

COUNTED = 'cellchain_policy_violations_total{directive="script-src-elem"} 1.0'
SECRET = "RC012600000100"
OLD = {
    "csp-report": {
        "document-uri": f"https://house/donors/{SECRET}?name=Anna",
        "effective-directive": "script-src-elem",
        "blocked-uri": "inline",
        "script-sample": f"alert('{SECRET}')",
    }
}
NEW = [
    {"type": "csp-violation", "body": {"effectiveDirective": "img-src", "blockedURL": f"https://evil/{SECRET}"}},
    {"type": "csp-violation", "body": {"effectiveDirective": SECRET, "blockedURL": SECRET, "documentURL": "http://["}},
]


def counted(door: Door) -> dict[str, float]:
    """The count of each directive so far."""
    text = door.installation.runner.measures.text().decode()
    lines = [line for line in text.splitlines() if line.startswith("cellchain_policy_violations_total{")]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


def sent(door: Door, body: Any) -> int:
    """Report something, as a browser does."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return door.client.post(REPORTS, content=content, headers={"content-type": "application/csp-report"}).status_code


def test_every_page_says_where_to_report() -> None:
    assert HEADERS["content-security-policy"].endswith(f"; report-uri {REPORTS}")


def test_both_forms_are_counted_and_logged_without_what_they_hold(door: Door, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        logs.configure("info", log)
        assert [sent(door, OLD), sent(door, NEW)] == [204, 204]
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    told = [(one["kind"], one["fault"], one["route"]) for one in lines if one["event"] == "policy.violated"]
    assert told == [
        ("script-src-elem", "inline", "/donors/{code}"),
        ("img-src", "foreign", "unmatched"),
        ("other", "other", "unmatched"),
    ]
    assert counted(door) == {"script-src-elem": 1, "img-src": 1, "other": 1}
    assert all(word not in (tmp_path / "log").read_text() for word in (SECRET, "Anna", "evil"))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a":' * 2000 + b"1" + b"}" * 2000])
def test_what_is_no_report_is_refused_with_a_sentence(door: Door, body: bytes) -> None:
    assert sent(door, body) == 422
    assert counted(door) == {}


@pytest.mark.parametrize("body", [[], {}, 5, None, "x", [1, None, []], {"csp-report": 5}, {"csp-report": {"a": []}}])
def test_what_says_nothing_is_taken_and_counts_as_other_at_most(door: Door, body: Any) -> None:
    assert sent(door, body) == 204
    assert counted(door).keys() <= {"other"}


def test_a_report_is_bounded(door: Door) -> None:
    assert sent(door, b" " * (REPORT_BYTES_MAX + 1)) == 413
    assert sent(door, [{"body": {"effectiveDirective": "img-src"}}] * (REPORTS_MAX + 30)) == 204
    assert counted(door) == {"img-src": REPORTS_MAX}


def test_reports_are_bounded_for_who_is_signed_in_too(door: Door) -> None:
    statuses = [door.client.post(REPORTS, json=OLD, headers=door.bearer).status_code for _ in range(BURST + 20)]
    assert statuses[:BURST] == [204] * BURST
    refused = door.client.post(REPORTS, json=OLD, headers={**door.bearer, "accept": "application/json"})
    is_problem(refused, 429, "requests.too_many")


def test_a_real_browser_reports_what_it_stopped(
    page: Page, complaints: list[str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = copied(played(tmp_path_factory.getbasetemp()), tmp_path / "data")
    with serving(folder) as server:
        page.goto(f"{server.url}/sign-in")
        page.evaluate("{ document.body.appendChild(document.createElement('script')).textContent = 'window.ran = 1' }")
        assert page.evaluate("window.ran ?? 0") == 0
        deadline = time.monotonic() + 30
        while COUNTED not in (figures := server.get("/metrics").text):
            assert time.monotonic() < deadline, figures
            time.sleep(0.1)
    assert any("Content Security Policy" in one for one in complaints)
    complaints.clear()
