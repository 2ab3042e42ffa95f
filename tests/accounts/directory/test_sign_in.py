"""There and back: who gets in, who is sent to an administrator, and every answer that does not hold."""

import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cellchain.accounts import commands
from tests.accounts.directory import story
from tests.accounts.directory.story import BADGE_PIN, PASSWORD, Hospital, Visitor


def turned_away(visitor: Visitor, status: int, words: str) -> None:
    """The last page says why nobody is signed in."""
    assert visitor.page is not None
    assert visitor.page.status_code == status, visitor.page.text
    assert words in visitor.page.text
    assert visitor.who == ""


def test_the_question_is_as_the_standard_wants_it(hospital: Hospital) -> None:
    visitor = hospital.visitor()
    answer = visitor.set_out(next="/notices")
    assert answer.status_code == 303
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert min(len(asked["state"]), len(asked["nonce"])) >= 43
    assert asked["redirect_uri"] == "https://testserver/directory/callback"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-cellchain-directory=")
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", "Max-Age=600"))
    assert all(asked[name] not in cookie for name in ("state", "nonce"))
    other = visitor.set_out().headers["location"]
    assert parse_qs(urlsplit(other).query)["state"][0] != asked["state"]


def test_somebody_unknown_is_told_what_to_do_and_no_one_is_made(hospital: Hospital) -> None:
    count = "SELECT count(*) FROM accounts_person"
    with hospital.installation.database.engine.connect() as link:
        before = link.exec_driver_sql(count).scalar_one()
    hospital.directory.know("newcomer", PASSWORD, groups=["administrators", "qa"])
    visitor = hospital.visitor().enter("newcomer")
    code = visitor.code()
    assert visitor.page is not None
    assert "Read this code to an administrator" in visitor.page.text
    assert visitor.who == ""
    with hospital.installation.database.engine.connect() as link:
        people = link.exec_driver_sql(count).scalar_one()
        kept = str(link.exec_driver_sql("SELECT * FROM accounts_directory_arrival").fetchall())
    assert people == before, "nobody is registered by signing in"
    assert "subject-of-newcomer" not in kept
    assert hospital.visitor().enter("newcomer").code() == code, "coming again makes no second code"
    hospital.wait(hours=25)
    assert hospital.visitor().enter("newcomer").code() != code


def test_somebody_linked_gets_in_with_the_roles_they_were_given_here(hospital: Hospital) -> None:
    person = hospital.linked("climber", "technician")
    hospital.directory.accounts["climber"].claims["groups"] = ["administrators", "qa"]
    visitor = hospital.visitor().enter("climber", next="/notices")
    assert visitor.page is not None
    assert (visitor.page.status_code, visitor.page.headers["location"]) == (303, "/notices")
    assert visitor.who == "Climber"
    assert hospital.roles(person) == ("technician",)


def test_the_first_time_leads_to_the_pin(hospital: Hospital) -> None:
    visitor = hospital.visitor().enter("worker")
    assert visitor.page is not None
    assert visitor.page.headers["location"] == "/directory/pin"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_it_leads_to_no_other_house(hospital: Hospital, elsewhere: str) -> None:
    visitor = hospital.visitor().enter("worker", next=elsewhere)
    assert visitor.page is not None
    assert visitor.page.headers["location"] == "/"


def test_whoever_is_locked_here_stays_out(hospital: Hospital) -> None:
    hospital.do(commands.lock, person=hospital.linked("locked", "technician"))
    turned_away(hospital.visitor().enter("locked"), 401, "your account here is locked or closed")


def test_whoever_has_left_is_a_stranger(hospital: Hospital) -> None:
    """The link ended with the account, so that the same person may come back under a new one."""
    hospital.do(commands.leave, person=hospital.linked("gone", "technician"))
    turned_away(hospital.visitor().enter("gone"), 403, "Here nobody has linked you yet.")


# -- an answer that belongs to somebody else -------------------------------------------------------------------------


def test_the_answer_to_another_browser_signs_nobody_in(hospital: Hospital) -> None:
    """Login CSRF: an attacker's own answer, opened in somebody else's browser, with or without a sign-in under way."""
    hospital.linked("attacker", "technician")
    attacker, victim = hospital.visitor(), hospital.visitor()
    address = attacker.come_back(attacker.set_out().headers["location"], "attacker")
    turned_away(victim.receive(address), 401, "was not begun in this browser")
    victim.set_out()
    turned_away(victim.receive(address), 401, "was not begun in this browser")


def test_an_answer_counts_once_and_for_ten_minutes(hospital: Hospital) -> None:
    visitor = hospital.visitor()
    address = visitor.come_back(visitor.set_out().headers["location"], "worker")
    cookie = visitor.client.cookies["__Host-cellchain-directory"]
    assert visitor.receive(address).who == "Worker"
    thief = hospital.visitor()
    thief.client.cookies.set("__Host-cellchain-directory", cookie, domain="testserver.local")
    turned_away(thief.receive(address), 401, "(invalid_grant)")
    late = hospital.visitor()
    address = late.come_back(late.set_out().headers["location"], "worker")
    hospital.wait(minutes=11)
    turned_away(late.receive(address), 401, "took longer than 10 minutes")


@pytest.mark.parametrize("carried", ["", "e1:AAAA", "s1:00:{}", "nonsense", "e1:" + "A" * 4_000])
def test_a_made_up_errand_is_none(hospital: Hospital, carried: str) -> None:
    visitor = hospital.visitor()
    visitor.client.cookies.set("__Host-cellchain-directory", carried, domain="testserver.local")
    turned_away(visitor.receive("https://testserver/directory/callback?code=x&state="), 401, "was not begun in this")


def test_turning_back_there_is_said_plainly(hospital: Hospital) -> None:
    visitor = hospital.visitor()
    door = visitor.set_out().headers["location"]
    back = visitor.there.post(door, data={"act": "refuse"}).headers["location"]
    turned_away(visitor.receive(back), 401, "or you turned back there")


# -- an answer that lies ---------------------------------------------------------------------------------------------

HOUR = 3_600


@pytest.mark.parametrize(
    ("lies", "reason"),
    [
        ({"aud": "another client"}, "aud"),
        ({"aud": ["cellchain-test", "another client"]}, "azp"),
        ({"azp": "another client"}, "azp"),
        ({"aud": None}, "aud"),
        ({"iss": "https://other.example"}, "iss"),
        ({"nonce": "of another sign-in"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"nonce": 7}, "nonce"),
        ({"exp": lambda now: now - HOUR}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"iat": lambda now: now + HOUR, "exp": lambda now: now + 2 * HOUR}, "iat"),
        ({"iat": lambda now: now - HOUR}, "iat"),
        ({"iat": None}, "iat"),
        ({"nbf": lambda now: now + HOUR}, "nbf"),
        ({"sub": ""}, "sub"),
        ({"sub": None}, "sub"),
        ({"sub": "x" * 300}, "sub"),
        ({"sub": 7}, "sub"),
        ({"auth_time": "yesterday"}, "auth_time"),
        ({"auth_time": lambda now: now - 13 * HOUR}, "auth_time"),
    ],
)
def test_a_token_that_does_not_hold(hospital: Hospital, lies: dict[str, Any], reason: str) -> None:
    now = int(hospital.clock.now().timestamp())
    hospital.directory.lies = {name: value(now) if callable(value) else value for name, value in lies.items()}
    turned_away(hospital.visitor().enter("worker"), 401, f"({reason})")
    hospital.directory.lies = {}
    assert hospital.visitor().enter("worker").who == "Worker", "the directory that tells the truth again is believed"


def test_a_directory_that_remembers_for_longer_than_a_session_lasts_asks_anew(hospital: Hospital) -> None:
    """No session here rests on a proof there that is older than a session may be; one without a time is taken."""
    visitor = hospital.visitor()
    assert visitor.enter("worker").who == "Worker"
    assert f"max_age={12 * HOUR}" in visitor.set_out().headers["location"]
    for stated in (0, None):
        hospital.directory.lies = {"auth_time": stated}
        assert hospital.visitor().enter("worker").who == "Worker"
    hospital.directory.lies = {"auth_time": int(hospital.clock.now().timestamp()) - 11 * HOUR}
    assert hospital.visitor().enter("worker").who == "Worker"
    hospital.directory.lies = {}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """A house that wants more than a password at its directory."""
    with story.hospital(tmp_path_factory.mktemp("strict"), oidc_strong="mfa urn:example:two") as made:
        made.directory.lies = {"acr": "urn:example:two"}  # at the first sign-in, which somebody links, as well
        made.linked("worker", "technician")
        yield made


@pytest.mark.parametrize("stated", [{"acr": "urn:example:two"}, {"amr": ["pwd", "mfa"]}, {"acr": "0", "amr": ["mfa"]}])
def test_the_directory_is_asked_for_more_than_a_password_and_says_so(strict: Hospital, stated: dict[str, Any]) -> None:
    visitor = strict.visitor()
    assert "acr_values=mfa+urn%3Aexample%3Atwo" in visitor.set_out().headers["location"]
    strict.directory.lies = stated
    assert strict.visitor().enter("worker").who == "Worker"
    strict.directory.lies = {}
    strict.go_home()


@pytest.mark.parametrize(
    "stated", [{}, {"acr": "0"}, {"amr": ["pwd"]}, {"amr": "mfa"}, {"acr": ["mfa"]}, {"acr": {}, "amr": [["mfa"], 7]}]
)
def test_a_password_alone_at_the_directory_opens_nothing(strict: Hospital, stated: dict[str, Any]) -> None:
    strict.directory.lies = stated
    turned_away(strict.visitor().enter("worker"), 401, "no more than a password")
    strict.directory.lies = {}
    strict.go_home()


def test_a_house_that_wants_no_more_asks_for_no_more(hospital: Hospital) -> None:
    assert "acr_values" not in hospital.visitor().set_out().headers["location"]


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_anybody_could_have_signed(hospital: Hospital, algorithm: str) -> None:
    hospital.directory.algorithm = algorithm
    turned_away(hospital.visitor().enter("worker"), 401, "(signature)")
    hospital.directory.algorithm = None


@pytest.mark.parametrize("named", ["https://other.example", None])
def test_an_answer_of_another_directory(hospital: Hospital, named: str | None) -> None:
    """Mix-up: this directory names itself in its answers, so an answer without its name is none of its own."""
    hospital.directory.answers = {"iss": named}
    turned_away(hospital.visitor().enter("worker"), 401, "(iss)")
    hospital.directory.answers = {}


def test_a_code_that_was_asked_for_by_somebody_else(hospital: Hospital) -> None:
    """Code injection: a stolen code in one's own answer fails at PKCE, whatever the state says."""
    thief, owner = hospital.visitor(), hospital.visitor()
    stolen = owner.come_back(owner.set_out().headers["location"], "worker")
    own = thief.come_back(thief.set_out().headers["location"], "worker")
    code, mine = (parse_qs(urlsplit(address).query)["code"][0] for address in (stolen, own))
    turned_away(thief.receive(own.replace(mine, code)), 401, "(invalid_grant)")


# -- a directory that is away ----------------------------------------------------------------------------------------


def test_a_directory_that_is_away_is_to_blame_and_not_the_password(hospital: Hospital) -> None:
    visitor = hospital.visitor()
    address = visitor.come_back(visitor.set_out().headers["location"], "worker")
    hospital.directory.down = True
    turned_away(visitor.receive(address), 503, "The directory does not answer. Nothing is wrong with your password.")
    asked = len(hospital.directory.asked)
    again = hospital.visitor()
    again.page = again.set_out()
    if again.page.status_code == 303:  # what it said of itself is remembered for an hour
        again.page = again.client.get(address.replace("https://testserver", ""), follow_redirects=False)
    assert len(hospital.directory.asked) == asked, "it is left alone for a moment"


def test_a_hanging_directory_holds_up_nobody_else(hospital: Hospital) -> None:
    """Eight people wait for a directory that takes seconds; badge and PIN, and every other page, answer at once."""
    person = hospital.linked("ward1", "technician")
    at_once = hospital.visitor().enter("ward1", anew="1")
    assert at_once.set_pins().status_code == 303
    badge, station = hospital.badge_at_station(person)
    waiting = [hospital.visitor() for _ in range(8)]
    back = [one.come_back(one.set_out().headers["location"], "worker") for one in waiting]
    hospital.directory.hangs_s = 2.0
    began = time.monotonic()
    threads = [
        threading.Thread(target=one.receive, args=(address,)) for one, address in zip(waiting, back, strict=True)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    longest = 0.0
    for _ in range(5):
        before = time.monotonic()
        answer = hospital.client.post("/api/v1/sign-in", json={"badge": badge, "pin": BADGE_PIN, "station": station})
        longest = max(longest, time.monotonic() - before)
        assert answer.status_code == 200, answer.text
    assert time.monotonic() - began < 2.0, "all five got in while the directory still hung"
    assert longest < 1.0
    for thread in threads:
        thread.join(60)
    hospital.directory.hangs_s = 0.0
    assert all(one.page is not None for one in waiting)


# -- leaving ---------------------------------------------------------------------------------------------------------


def test_signing_out_there_too(hospital: Hospital) -> None:
    visitor = hospital.visitor().enter("worker")
    way = visitor.client.get("/directory/sign-out", follow_redirects=False).headers["location"]
    back = visitor.there.get(way)
    assert back.headers["location"] == "https://testserver/sign-in"
    assert visitor.there.get(visitor.set_out().headers["location"]).status_code == 200, "it asks for the password again"


def test_without_a_directory_there_is_no_button(tmp_path: Any) -> None:
    from tests.accounts.directory.story import hospital as made

    with made(tmp_path, oidc_issuer=None) as alone:
        assert "/directory/sign-in" not in alone.client.get("/sign-in").text
        for path in ("/directory/sign-in", "/directory/callback", "/directory/sign-out"):
            assert alone.client.get(path).status_code == 404
