"""What a browser must not be talked into: foreign pages, old pages, foreign addresses, names that are markup."""

import hashlib
import uuid

import pytest

from cellchain.accounts import commands as accounts
from cellchain.accounts.gate import SecondStep
from cellchain.accounts.second_factor.rules import Factors
from cellchain.donors import commands as donors
from cellchain.web.security import CONTENT_SECURITY_POLICY, ONLY_ENCRYPTED
from cellchain.web.session import SESSION_COOKIE, STATION_COOKIE
from tests.bedside.browser import OURS, Front

MARKUP = "Exa <b>bold</b> mple"
DOWNTIME = "/api/v1/bedside/declare_downtime"


@pytest.fixture(autouse=True)
def nobodys_browser(front: Front) -> None:
    """Each test begins without cookies of the test before."""
    front.client.cookies.clear()


def downtime() -> dict[str, object]:
    """An order that changes little."""
    return {"request_id": str(uuid.uuid4()), "order": {"cause": "The network was away."}}


# -- headers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/healthz", "/no/such/page", "/api/v1/scan", "/donors", "/static/css/base.css"]
)
def test_every_answer_carries_the_policy(front: Front, path: str) -> None:
    for answer in (front.page("qa1", path), front.client.get(path, follow_redirects=False)):
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert (answer.headers["x-frame-options"], answer.headers["x-xss-protection"]) == ("DENY", "0")
        assert "cache-control" in answer.headers
        assert answer.headers["strict-transport-security"] == ONLY_ENCRYPTED


def test_a_browser_is_bound_to_encryption_by_an_encrypted_answer_alone(front: Front) -> None:
    assert "strict-transport-security" not in front.client.get("http://testserver/sign-in").headers


def test_the_policy_lets_no_foreign_or_written_in_script_run() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split(";"))
    assert rules["script-src"] == rules["style-src"] == "'self'"
    for closed in ("frame-ancestors", "base-uri", "default-src", "object-src"):
        assert rules[closed] == "'none'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_clinical_pages_are_not_kept(front: Front) -> None:
    assert front.page("qa1", "/donors").headers["cache-control"] == "no-store"


def test_the_session_cookie_is_the_browsers_alone(front: Front) -> None:
    form = {"username": "inspector1", "password": front.people["inspector1"]["password"]}
    answer = front.client.post("/sign-in", data=form, follow_redirects=False)
    front.client.cookies.clear()
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(SESSION_COOKIE.lower() + "=")
    assert all(word in cookie for word in ("secure", "httponly", "samesite=lax", "path=/"))
    assert "domain=" not in cookie


# -- cross-site requests ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "https://testserver.elsewhere.example"},
        {"sec-fetch-site": "cross-site", "origin": "https://testserver"},
    ],
)
@pytest.mark.parametrize("path", [DOWNTIME, "/do/bedside/declare_downtime", "/sign-out", "/language", "/api/v1/scan"])
def test_a_cookie_from_elsewhere_is_refused(front: Front, path: str, headers: dict[str, str]) -> None:
    sent = {**front.cookie("nurse1"), "x-csrf-token": front.csrf("nurse1"), **headers}
    answer = front.client.post(path, data={"csrf": front.csrf("nurse1")}, headers=sent, follow_redirects=False)
    assert answer.status_code == 403
    assert answer.json()["code"] == "request.cross_site"


FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://elsewhere.example"},
    {"origin": "null"},
    {"origin": "http://["},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["/sign-in", "/api/v1/sign-in", "/first-password", "/switch", "/sign-in/passkey"])
def test_nobody_is_signed_in_by_a_foreign_page(front: Front, path: str, headers: dict[str, str]) -> None:
    """Without a cookie too: what somebody records after that would stand under the name of whoever made the page."""
    form = {"username": "inspector1", "password": front.people["inspector1"]["password"]}
    answer = front.client.post(path, data=form, headers=headers, follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (403, "request.cross_site")
    assert "set-cookie" not in answer.headers


def test_a_script_names_no_site_and_signs_in(front: Front) -> None:
    order = {"username": "inspector1", "password": front.people["inspector1"]["password"]}
    assert front.client.post("/api/v1/sign-in", json=order).status_code == 200


def test_a_page_before_that_is_no_address_is_none(front: Front) -> None:
    for path, status in (("/do/bedside/declare_downtime", 200), ("/no/such/page", 404)):
        assert front.page("nurse1", path, referer="http://[").status_code == status


def test_our_own_page_needs_the_sessions_token_too(front: Front) -> None:
    for token in ({}, {"x-csrf-token": ""}, {"x-csrf-token": "wrong"}, {"x-csrf-token": front.csrf("nurse2")}):
        answer = front.client.post(DOWNTIME, json=downtime(), headers={**front.cookie("nurse1"), **OURS, **token})
        assert answer.status_code == 403
        assert answer.json()["code"] == "request.no_csrf_token"
    right = {**front.cookie("nurse1"), **OURS, "x-csrf-token": front.csrf("nurse1")}
    assert front.client.post(DOWNTIME, json=downtime(), headers=right).status_code == 200
    by_origin = {**front.cookie("nurse1"), "origin": "https://testserver", "x-csrf-token": front.csrf("nurse1")}
    assert front.client.post(DOWNTIME, json=downtime(), headers=by_origin).status_code == 200


@pytest.mark.parametrize("path", ["/do/bedside/declare_downtime", "/sign-out", "/language", "/scan", "/bedside/check"])
def test_every_form_needs_the_sessions_token(front: Front, path: str) -> None:
    anothers, headers = front.csrf("nurse2"), {**front.cookie("nurse1"), **OURS}
    before = front.world.size()
    for form in ({}, {"csrf": "wrong"}, {"csrf": anothers}):
        answer = front.client.post(path, data=form, headers=headers, follow_redirects=False)
        assert answer.status_code == 403, (path, answer.status_code)
    assert front.world.size() == before, "nothing was done"


def test_a_cookie_is_no_bearer_token_and_no_token_comes_in_an_address(front: Front) -> None:
    token = front.token("nurse1")
    assert front.client.get(f"/openapi.json?token={token}", headers={"accept": "application/json"}).status_code == 401


# -- where one is led ------------------------------------------------------------------------------------------------

ELSEWHERE = [
    "https://elsewhere.example/",
    "//elsewhere.example",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "javascript:alert(1)",
    "elsewhere.example",
    "/\t/elsewhere.example",
    "/\n/elsewhere.example",
    "",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_leads_nowhere_else(front: Front, target: str) -> None:
    form = {"username": "sponsor1", "password": front.people["sponsor1"]["password"], "next": target}
    answer = front.client.post("/sign-in", data=form, follow_redirects=False)
    front.client.cookies.clear()
    stays_here(answer.headers["location"])


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_form_leads_elsewhere(front: Front, target: str) -> None:
    headers = {**front.cookie("nurse1"), **OURS}
    form = {"csrf": front.csrf("nurse1"), "next": target, "language": "ru"}
    stays_here(front.client.post("/language", data=form, headers=headers, follow_redirects=False).headers["location"])
    form = {"csrf": front.csrf("nurse1"), "next": target, "cause": "Away.", "request_id": str(uuid.uuid4())}
    answer = front.client.post("/do/bedside/declare_downtime", data=form, headers=headers, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    stays_here(answer.headers["location"])


@pytest.mark.parametrize("target", [*ELSEWHERE, "/bench\r\nx-more: 1", "/\u043f\u0443\u0442\u044c"])
def test_taking_over_a_station_leads_nowhere_else(front: Front, target: str) -> None:
    """A badge alone goes back to an open shift, and on to where the page says: that goes into a header."""
    world, person = front.world, front.world.actors["nurse2"].person
    token = "a station of this test"
    digest = hashlib.sha256(token.encode()).hexdigest()
    world.do("admin1", accounts.enrol_station, station="ward-9", kind="bedside", token_hash=digest)
    badge = world.do("admin1", accounts.issue_badge, person=person)["badge"]
    world.installation.gate._open(person, "badge", "ward-9", by_cookie=True)
    headers = {"cookie": f"{STATION_COOKIE}={token}", **OURS}
    answer = front.client.post("/switch", data={"badge": badge, "next": target}, headers=headers)
    assert answer.status_code == 204, answer.text
    stays_here(answer.headers["x-location"])
    assert "x-more" not in answer.headers


def test_a_badge_is_not_written_into_an_address(front: Front) -> None:
    """It waits for its PIN for two minutes, in a cookie that is read once, and as text."""
    badge = '"><script>alert(1)</script>\u0431'
    answer = front.client.post("/switch", data={"badge": badge, "next": "/bedside"}, headers=OURS)
    assert (answer.status_code, answer.headers["x-location"]) == (204, "/sign-in?next=%2Fbedside")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("__host-", "secure", "httponly", "samesite=lax", "path=/", "max-age=120"))
    front.client.cookies.clear()
    waits = {"cookie": answer.headers["set-cookie"].partition(";")[0], "user-agent": "a station"}
    page = front.client.get("/sign-in?next=/bedside", headers=waits)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert page.headers["set-cookie"].startswith('__Host-cellchain-badge=""')


def stays_here(location: str) -> None:
    """A browser drops tabs and line ends from an address, so neither hides a second slash."""
    plain = location.translate({9: None, 10: None, 13: None})
    assert plain.startswith("/"), location
    assert not plain.startswith(("//", "/\\")), location


def test_signing_in_leads_back_to_where_one_was(front: Front) -> None:
    answer = front.client.get("/donors?page=2", follow_redirects=False)
    assert answer.headers["location"] == "/sign-in?next=/donors%3Fpage%3D2"
    form = {"username": "sponsor1", "password": front.people["sponsor1"]["password"], "next": "/donors?page=2"}
    answer = front.client.post("/sign-in", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/donors?page=2"


# -- markup ----------------------------------------------------------------------------------------------------------


def test_names_are_text(front: Front) -> None:
    world = front.world
    person = world.do("admin1", accounts.register_person, username="markup", name=MARKUP, initials="<b>M</b>")["person"]
    fields = {"identity_document": "DEMO 424242", "sex": "male", "birth_year": 1990, "blood_group": "O+"}
    donor = world.do("coordinator1", donors.register_donor, name=MARKUP, **fields)["donor"]
    for who, path in (("admin1", "/people"), ("admin1", f"/people/{person}"), ("physician1", f"/donors/{donor}")):
        answer = front.page(who, path)
        assert answer.status_code == 200
        assert "<b>bold</b>" not in answer.text
        assert "<b>M</b>" not in answer.text
    assert "&lt;b&gt;" in front.page("admin1", f"/people/{person}").text


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/do/bedside/declare_downtime?cause=%3Cscript%3Ealert(1)%3C/script%3E",
        "/trace?code=%3Cscript%3Ealert(1)",
        "/code/%3Cscript%3Ealert(1)",
        "/people/%3Cscript%3Ealert(1)",
    ],
)
def test_what_an_address_says_is_text(front: Front, path: str) -> None:
    assert "<script>alert" not in front.page("nurse1", path).text
    assert "<script>alert" not in front.page("admin1", path).text


# -- who signs in ----------------------------------------------------------------------------------------------------


def test_waiting_after_failed_sign_ins(front: Front) -> None:
    wrong = {"username": "statistician1", "password": "not the words"}
    for _ in range(5):
        assert front.client.post("/api/v1/sign-in", json=wrong).status_code == 401
    right = {"username": "statistician1", "password": front.people["statistician1"]["password"]}
    waiting = front.client.post("/api/v1/sign-in", json=right)
    assert waiting.status_code == 429
    assert int(waiting.headers["retry-after"]) >= 1
    assert waiting.json()["code"] == "attempts.too_many"
    assert front.client.get("/healthz").status_code == 200
    assert front.client.post("/sign-in", data=right).status_code == 429
    front.client.cookies.clear()


def test_a_wrong_name_and_a_wrong_password_say_the_same(front: Front) -> None:
    def said(username: str) -> bytes:
        numbered = {"x-request-id": "0123456789abcdef"}  # else each answer has a number of its own
        order = {"username": username, "password": "not the words"}
        return front.client.post("/api/v1/sign-in", json=order, headers=numbered).content

    assert said("qa2") == said("no.such.person")


def test_the_session_of_a_browser_ends_as_another_begins(front: Front) -> None:
    form = {"username": "monitor1", "password": front.people["monitor1"]["password"]}
    first = front.client.post("/sign-in", data=form, follow_redirects=False).cookies[SESSION_COOKIE]
    front.client.cookies.clear()
    gate = front.world.installation.gate
    before = {"cookie": f"{SESSION_COOKIE}={first}", **OURS}
    again = {**form, "csrf": gate.find(first, by_cookie=True).csrf}
    second = front.client.post("/sign-in", data=again, headers=before, follow_redirects=False).cookies[SESSION_COOKIE]
    front.client.cookies.clear()
    assert first != second
    for token, status in ((first, 303), (second, 200)):
        page = front.client.get("/account", headers={"cookie": f"{SESSION_COOKIE}={token}"}, follow_redirects=False)
        assert page.status_code == status


def test_a_password_of_four_short_words_is_no_one_time_code(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks like one; whoever has a second factor beside it is asked for that, and not sent elsewhere."""
    gate = front.world.installation.gate

    def half(*_: object, **__: object) -> None:
        raise SecondStep("a-ticket", Factors(code=True, passkeys=0))

    monkeypatch.setattr(gate, "sign_in", half)
    form = {"username": "qa1", "password": "blue fish tree moon"}
    page = front.client.post("/sign-in", data=form, follow_redirects=False)
    assert (page.status_code, "a-ticket" in page.text) == (200, True)
    monkeypatch.undo()
    wrong = front.client.post("/sign-in", data={**form, "username": "no.such"}, follow_redirects=False)
    assert (wrong.status_code, wrong.headers["location"]) == (303, "/first-password")
