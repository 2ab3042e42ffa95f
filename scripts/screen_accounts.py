"""The screens of accounts: one's own, people, codes, emergency access, reviews and the agreement on signatures."""

from collections.abc import Sequence

from playwright.sync_api import Page

from scripts import screen_access as access
from scripts.screen_story import Screen, Story


def _person(story: Story) -> str:
    return str(story.first("SELECT '/people/' || code FROM accounts_person ORDER BY code LIMIT 1"))


def _of_person(story: Story, form: str) -> str:
    return f"{form}{story.person('analyst1')}"


def _make_code(_: Story, page: Page) -> None:
    page.click("main button[type=submit]")
    page.wait_for_selector(".arrival-code")


def _emergency(story: Story) -> str:
    """A physician works as a nurse; made once, for every picture that shows it."""

    def taken() -> str:
        order = {"role": "nurse", "cause": "nobody_on_duty", "account": "The second nurse fell ill on her way here."}
        number = story.served.do("physician1", "accounts/break_glass", signed=True, **order)["emergency"]
        story.served.do("physician1", "bedside/declare_downtime", cause="The network of the ward is away.")
        return f"/emergency/{number}"

    return story.once("emergency", taken)


def _emergency_at_bedside(story: Story) -> str:
    _emergency(story)
    return "/bedside"


def _emergency_today(story: Story) -> str:
    _emergency(story)
    return "/"


ACCOUNTS: Sequence[Screen] = (
    Screen("account", "admin1", "/account"),
    Screen("account-unagreed", "inspector1", "/account"),
    Screen("account-phone", "admin1", "/account/phone"),
    Screen("directory-pin", "admin1", "/directory/pin"),
    Screen("directory-link", "admin1", lambda story: _of_person(story, "/do/accounts/link_to_directory?person=")),
    Screen("one-time-code", "admin1", lambda story: f"/people/{story.person('analyst1')}/code"),
    Screen("one-time-code-made", "admin1", lambda story: f"/people/{story.person('analyst1')}/code", _make_code),
    Screen("first-password", None, "/first-password"),
    Screen("emergency-take", "coordinator1", "/emergency"),
    Screen("emergency-form", "coordinator1", "/do/accounts/break_glass?role=nurse"),
    Screen("emergency-at-bedside", "physician1", _emergency_at_bedside),
    Screen("emergency", "qa1", _emergency),
    Screen("emergency-today", "admin1", _emergency_today),
    Screen("sessions", "admin1", "/people/sessions"),
    Screen("people", "admin1", "/people"),
    Screen("people-inspector", "inspector1", "/people"),
    Screen("person", "admin1", _person),
    Screen("person-qa", "qa1", _person),
    Screen("person-limited", "admin1", access.limited),
    Screen("person-moves", "admin1", access.limited, access.move),
    Screen("access-reviews", "admin1", "/people/reviews"),
    Screen("access-review", "qa1", access.review),
    Screen("access-review-closed", "qa1", "/people/reviews/1"),
    Screen("today-access", "admin1", lambda story: (access.limited(story), "/")[1]),
    Screen("agreement-own", "inspector1", "/account/agreement"),
    Screen("today-agreement", "inspector1", "/"),
    Screen("form-unagreed", "inspector1", "/do/accounts/countersign"),
    Screen("agreement", "admin1", lambda story: f"{_person(story)}/agreement"),
    Screen("decisions", "qa1", "/decisions"),
)
