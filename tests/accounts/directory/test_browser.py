"""The way of one person in a real browser: unknown, linked by an administrator, in, a PIN, a signature, and out."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cellchain.ledger import foundation
from cellchain.main import opened
from cellchain.platform.config import Settings
from scripts.served import free_port
from tests.accounts.directory.story import ADMIN, PASSWORD, SIGNING_PIN, WORDS, settle
from tests.e2e.browser_stage import hosted
from tests.support import oidc


@pytest.fixture
def street(tmp_path: Path) -> Iterator[tuple[str, oidc.Directory]]:
    """A served house and a directory, on ports of this machine."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    secret = tmp_path / "client-secret"
    secret.write_text(oidc.CLIENT_SECRET, encoding="utf-8")
    with ExitStack() as stack:
        directory = stack.enter_context(oidc.running([f"{url}/directory/callback"]))
        settings = Settings(
            data_dir=tmp_path / "data",
            password_cost="cheap",
            public_url=url,
            oidc_issuer=directory.issuer,
            oidc_client_id=oidc.CLIENT_ID,
            oidc_client_secret_file=secret,
            oidc_name="Hospital directory",
        )
        installation = stack.enter_context(opened(settings))
        foundation.found(installation.database, installation.runner, demonstration=False)
        settle(installation, "worker", "technician")
        stack.enter_context(hosted(installation, port=port))
        yield url, directory


def at_directory(page: Page, username: str) -> None:
    """Sign in there; the browser comes back by itself."""
    expect(page.locator("h1")).to_have_text("Hospital directory")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("button[value=enter]")


def test_one_person_s_way(street: tuple[str, oidc.Directory], open_page: Callable[..., Page]) -> None:
    url, directory = street
    directory.know("w.orker", PASSWORD)
    page, admin = open_page(locale="en"), open_page(locale="en")
    page.goto(f"{url}/sign-in")
    page.get_by_role("link", name="Sign in at Hospital directory").click()
    at_directory(page, "w.orker")
    code = page.locator(".arrival-code").inner_text()

    admin.goto(f"{url}/sign-in?next=/people")
    admin.locator("summary").first.click()
    admin.fill("#username", ADMIN)
    admin.fill("#password", WORDS)
    admin.click(".signin-form button[type=submit]")
    admin.get_by_role("link", name="Worker").first.click()
    admin.get_by_role("link", name="Link to the directory").click()
    admin.fill("[name=code]", code)
    admin.locator("form.order button[type=submit]").click()
    expect(admin.get_by_role("rowheader", name="w.orker")).to_be_visible()

    page.get_by_role("link", name="Back to signing in").click()
    page.get_by_role("link", name="Sign in at Hospital directory").click()
    expect(page.locator("h1")).to_contain_text("You have no signing PIN yet.")
    page.get_by_role("link", name="Confirm at Hospital directory").click()
    at_directory(page, "w.orker")
    page.fill("#signing_pin", SIGNING_PIN)
    page.fill("#signing_pin_again", SIGNING_PIN)
    page.get_by_role("button", name="Set the PIN").click()
    expect(page.locator("h1")).to_contain_text("You sign with your signing PIN.")

    page.goto(f"{url}/do/accounts/countersign")
    expect(page.get_by_label("Signing PIN")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign out at Hospital directory too").click()
    expect(page).to_have_url(f"{url}/sign-in")
