"""What a page weighs on its way, compressed as the proxy does it, and what the first one brings along."""

import gzip
import re
from collections.abc import Iterator

import pytest

from cellchain.paths import static_dir
from cellchain.web.static import squeezed, whole
from tests.bedside.browser import Front

PAGE_BYTES_MAX = 10_000
FIRST_LOAD_BYTES_MAX = 60_000
LEVEL = 5  # as docs/operations/nginx.conf says
LISTS = {
    "inspector1": ("/ledger", "/ledger?older=100", "/notices"),
    "qa1": (
        "/",
        "/find?begins=LB",
        "/labels",
        "/labels?phase=confirmed",
        "/scans",
        "/quality",
        "/quality/samples",
        "/quality/deviations",
        "/quality/holds",
        "/quality/recalls",
        "/manufacturing",
        "/materials",
        "/materials/equipment",
        "/people",
    ),
    "physician1": ("/donors", "/trial", "/followup", "/safety"),
    "technician1": ("/", "/custody", "/lines"),
    "nurse1": ("/", "/bedside/infusions", "/bedside/near-misses"),
}
PAGES = [(who, path) for who, paths in LISTS.items() for path in paths]
NOT_PLACES = ("x", "-1", "9" * 40, "%00", "a~b", "2026-13-01~x", "%D9%A1", "1;DROP", "'", "~")


def packed(content: bytes) -> int:
    return len(gzip.compress(content, LEVEL))


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_a_list_weighs_little(front: Front, who: str, path: str) -> None:
    answer = front.page(who, path)
    assert answer.status_code == 200, path
    assert packed(answer.content) <= PAGE_BYTES_MAX


def loaded(front: Front, page: str) -> Iterator[str]:
    """Everything that a page brings along: its sheets and scripts, and what those bring along themselves."""
    waiting, seen = re.findall(r'(?:href|src)="(/static/[^"#]+)', page), set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        yield path
        folder = path.rpartition("/")[0]
        text = front.client.get(path).content.decode("latin1")
        waiting += [f"{folder}/{name}" for name in re.findall(r'from "\./([\w-]+\.js)"', text)]
        waiting += [f"{folder}/{name}" for name in re.findall(r'@import url\("([\w.-]+)"\)', text)]


# Lists, and pages with forms, which bring htmx along.
FIRST = [
    ("qa1", "/labels"),
    ("qa1", "/quality/samples"),
    ("nurse1", "/"),
    ("qa1", "/do/quality/place_hold"),
    ("technician1", "/do/custody/report_excursion"),
    ("coordinator1", "/do/trial/register_recipient"),
]


@pytest.mark.parametrize(("who", "path"), FIRST)
def test_a_first_load_weighs_little(front: Front, who: str, path: str) -> None:
    page = front.page(who, path)
    files = list(loaded(front, page.text))
    assert "/static/css/app.css" in files
    assert "/static/js/app.js" in files
    weights = {file: packed(front.client.get(file).content) for file in files}
    assert packed(page.content) + sum(weights.values()) <= FIRST_LOAD_BYTES_MAX, weights


def test_a_sheet_is_sent_whole_compressed_and_kept(front: Front) -> None:
    plain = front.client.get("/static/css/app.css", headers={"accept-encoding": "identity"})
    assert "@import" not in plain.text
    assert "content-encoding" not in plain.headers
    answer = front.client.get("/static/css/app.css", headers={"accept-encoding": "gzip"})
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert answer.content == plain.content
    again = front.client.get("/static/css/app.css", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    script = front.client.get("/static/js/app.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "import {" not in script.text
    assert front.client.get("/static/css/none.css").status_code == 404


def test_a_squeezed_sheet_says_the_same() -> None:
    sheet = whole(static_dir() / "css" / "app.css")
    assert sheet.count("{") == squeezed(sheet).count("{")
    told = squeezed('/* why */ a  > b { content: " , ; "; margin: 1px  2px ; } @media (min-width: 2rem) and (color) {}')
    assert told == 'a > b{content: " , ; ";margin: 1px 2px;}@media (min-width: 2rem) and (color){}'


@pytest.mark.parametrize("place", NOT_PLACES)
@pytest.mark.parametrize("side", ["older", "newer"])
@pytest.mark.parametrize(
    ("who", "path"),
    [("inspector1", "/ledger"), ("qa1", "/materials"), ("qa1", "/scans"), ("qa1", "/labels"), ("qa1", "/notices")],
)
def test_a_wrong_place_is_told_and_no_fault(front: Front, who: str, path: str, side: str, place: str) -> None:
    answer = front.page(who, f"{path}?{side}={place}")
    assert answer.status_code in (200, 404)
    if answer.status_code == 404:
        assert "names no place in the list" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/labels?phase=none",
        "/labels?day=2026-02-30",
        "/labels?day=x",
        "/quality/samples?phase=",
        "/labels?begins=%00",
        "/labels?begins=%27%20OR%201%3D1",
        "/find?begins=%00&kind=ZZ",
        "/find?kind=BG&begins=DN",
        "/labels?day=0001-01-01",
    ],
)
def test_whatever_is_asked_for_is_no_fault(front: Front, path: str) -> None:
    assert front.page("qa1", path).status_code in (200, 404)


def test_what_a_list_is_narrowed_to_is_kept_while_paging(front: Front) -> None:
    first = front.page("qa1", "/labels?begins=LB&phase=confirmed").text
    found = re.search(r'<a class="btn" href="([^"]+)" rel="next"', first)
    assert found is not None
    address = found[1].replace("&amp;", "&")
    assert "begins=LB" in address
    assert "phase=confirmed" in address
    second = front.page("qa1", address).text
    assert '<option value="confirmed" selected>' in second
    lists = [page.partition('id="list"')[2] for page in (first, second)]
    shown = [set(re.findall(r'<th scope="row"><a href="/labels/(LB\w+)"', part)) for part in lists]
    assert shown[0]
    assert shown[1]
    assert not shown[0] & shown[1]


def test_a_whole_code_leads_to_its_page(front: Front) -> None:
    listed = front.page("qa1", "/find?begins=BG").text
    codes = re.findall(r'href="/manufacturing/bags/(BG\d{12})"', listed)
    assert codes
    answer = front.page("qa1", f"/find?begins={codes[0][:2]}+{codes[0][2:6]}+{codes[0][6:]}")
    assert answer.status_code == 303
    assert codes[0] in answer.headers["location"]


def test_nobody_finds_what_they_may_not_open(front: Front) -> None:
    assert "BG (" not in front.page("assessor1", "/find").text.replace("</option>", " (")
    page = front.page("assessor1", "/find?begins=BG&kind=BG").text
    assert not re.search(r"BG\d{12}", page)
