"""Passkeys and phones in a real browser, with the authenticator that Chromium has for tests."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.server import Demonstration, copied, serving

Opener = Callable[..., Page]
WHO = "qa1"


@pytest.fixture
def named(demonstration: Path, tmp_path: Path) -> Iterator[Demonstration]:
    """A served demonstration that its people call by a name, as passkeys want it."""
    with serving(copied(demonstration, tmp_path / "data"), host="localhost") as running:
        yield running


def with_device(page: Page) -> None:
    """A device in this browser that keeps passkeys and asks its person, who always says yes."""
    talk = page.context.new_cdp_session(page)
    talk.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    talk.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def sign_out(page: Page) -> None:
    """Leave, back to the page for signing in."""
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")


def asked_for(served: Demonstration) -> int:
    """A decision that waits for QA: somebody shall be a statistician."""
    with sqlite3.connect(served.folder / "cellchain.db") as link:
        code = link.execute("SELECT code FROM accounts_person WHERE username = 'coordinator1'").fetchone()[0]
        served.do("admin1", "accounts/grant_role", person=code, role="statistician")
        return int(link.execute("SELECT max(id) FROM accounts_decision").fetchone()[0])


def signed(served: Demonstration) -> list[tuple[str, str]]:
    """Event and method of every signature, the oldest first."""
    with sqlite3.connect(served.folder / "cellchain.db") as link:
        return list(link.execute("SELECT event, method FROM ledger_signature ORDER BY id"))


def test_a_passkey_is_added_signs_in_and_signs(named: Demonstration, open_page: Opener) -> None:
    page = open_page(locale="en")
    with_device(page)
    named.sign_in(page, WHO, "/account")
    page.get_by_text("Add a passkey").first.click()
    page.fill("#passkey-name", "Blue key")
    page.fill("#sign-username", WHO)
    page.fill("#sign-password", named.passwords[WHO])
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("rowheader", name="Blue key")).to_be_visible()
    sign_out(page)

    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{named.url}/")
    decision = asked_for(named)
    page.goto(f"{named.url}/do/accounts/countersign?decision={decision}&next=/decisions")
    page.get_by_role("button", name="Sign with your passkey").click()
    page.wait_for_url(f"{named.url}/decisions")
    assert signed(named)[-1] == ("accounts:decision:countersigned", "passkey")

    # The same page again: what is wrong with the order itself is said there, and nothing is signed.
    page.goto(f"{named.url}/do/accounts/countersign?decision={decision}")
    count = len(signed(named))
    page.get_by_role("button", name="Sign with your passkey").click()
    expect(page.get_by_role("alert").first).to_contain_text("decision")
    assert len(signed(named)) == count


def test_a_phone_is_enrolled_and_asked_for(named: Demonstration, open_page: Opener) -> None:
    page = open_page(locale="en")
    named.sign_in(page, WHO, "/account")
    page.get_by_role("link", name="Enrol a phone").click()
    secret = page.input_value("input[name=secret]")
    paper = page.locator(".recovery li").first.inner_text()
    page.fill("#code", "000000")
    page.fill("#sign-username", WHO)
    page.fill("#sign-password", named.passwords[WHO])
    page.get_by_role("button", name="Enrol this phone").click()
    expect(page.get_by_role("alert").first).to_contain_text("not the code of now")
    assert page.input_value("input[name=secret]") == secret, "what the phone was shown stays"
    phone = pyotp.TOTP(secret)
    page.fill("#code", phone.now())
    page.fill("#sign-username", WHO)
    page.fill("#sign-password", named.passwords[WHO])
    page.get_by_role("button", name="Enrol this phone").click()
    page.wait_for_url(f"{named.url}/account")
    sign_out(page)

    page.fill("#username", WHO)
    page.fill("#password", named.passwords[WHO])
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#password")).to_have_attribute("type", "text")
    page.click(".signin-form button[type=submit]")
    expect(page.locator("#code")).to_be_focused()
    page.fill("#code", phone.at(time.time() + 30))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{named.url}/")
    sign_out(page)

    page.fill("#username", WHO)
    page.fill("#password", named.passwords[WHO])
    page.click(".signin-form button[type=submit]")
    page.fill("#code", paper)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{named.url}/")
