"""No secret and nothing personal in the log: neither in ordinary work, nor when something of ours breaks."""

from typing import Any

import pytest

from tests.bedside.browser import Front

WRONG = "a wrong password nobody else has"


class Broken:
    """Something of ours that fails whatever it is asked, with the words of the request in its hands."""

    def __getattr__(self, name: str) -> Any:
        def fail(*given: object, **named: object) -> object:
            words = [*given, *named.values()]
            raise RuntimeError(f"{name} was asked with {len(words)} words")

        return fail


@pytest.fixture
def broken(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that breaks at each sign-in."""
    monkeypatch.setattr(front.client.app.state, "gate", Broken())  # type: ignore[attr-defined]


def test_ordinary_work_says_nothing_of_it(front: Front, capfd: pytest.CaptureFixture[str]) -> None:
    secrets = [front.people["qa1"]["password"], front.token("qa1"), front.cookie("qa1")["cookie"], front.csrf("qa1")]
    front.client.post("/api/v1/sign-in", json={"username": "qa1", "password": WRONG})
    front.client.post("/sign-in", data={"username": "qa1", "password": WRONG})
    front.client.cookies.clear()
    for path in ("/donors", "/people", "/code/nothing", "/no/such/page?secret=1"):
        front.page("qa1", path)
    front.order("qa1", "quality/hold", {"lot": "nonsense"}, signature={"username": "qa1", "password": WRONG})
    said = "".join(capfd.readouterr())
    assert [secret for secret in [*secrets, WRONG] if secret in said] == []


@pytest.mark.usefixtures("broken")
def test_a_fault_of_ours_is_logged_without_what_was_sent(front: Front, capfd: pytest.CaptureFixture[str]) -> None:
    words = {"username": "qa1", "password": WRONG}
    answers = [front.client.post("/api/v1/sign-in", json=words), front.client.post("/sign-in", data=words)]
    said = "".join(capfd.readouterr())
    assert [answer.status_code for answer in answers] == [500, 500]
    assert said.count("RuntimeError") >= 2, "each fault is in the log, with its kind"
    assert "accounts" in said, "and with the place where it happened"
    assert WRONG not in said
    assert all("RuntimeError" not in answer.text for answer in answers), "people are told a number, not a traceback"
