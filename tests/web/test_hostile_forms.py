"""Every form that pages show, sent back with something in a field that no browser would let in: never a fault of ours.

The forms are those that a walk along all links finds, so that a form added tomorrow is tried tomorrow. Forms of
commands (`/do/...`) are read by the same lines, and one of each capability stands for them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qsl, quote_plus, urlencode

import pytest

from tests.bedside.browser import OURS, Front
from tests.support.walk import CODE, NUMBER, walked

# As they stand in a body: NUL, half of a pair, overlong and broken UTF-8, numbers without end, markup, paths.
HOSTILE = (
    *(b"", b"%00", b"a%00b", b"%ED%A0%80", b"%C0%AF", b"%FF%FE", b"%", b"%zz", b"9" * 400, b"-1", b"1e400", b"NaN"),
    *(
        b"%F0%9F%A7%AC" * 300,
        b"%22%3E%3Cscript%3E",
        b"..%2F..%2Fetc%2Fpasswd",
        b"A" * 9_000,
        b"%E2%80%AE",
        b"0001-01-01",
    ),
)
# Whose every field would end the session that sends, or hand it to somebody else.
ENDS = re.compile(r"/sign-out|/switch|/lock|end_session|sign_out_everywhere|set_password|/directory/")


@dataclass(frozen=True)
class Form:
    """A form as a page shows it."""

    action: str
    fields: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> str:
        """What it has in common with others that the same lines read."""
        path = self.action.partition("?")[0]
        if path.startswith("/do/"):
            return path.rpartition("/")[0]
        return f"{NUMBER.sub('#', CODE.sub('#', path))} {sorted({name for name, _ in self.fields})}"


class Forms(HTMLParser):
    """Collects the forms of a page that are posted."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.found = page, list[Form]()
        self._action, self._fields = "", list[tuple[str, str]]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._action = given.get("action") or self.page if given.get("method", "").lower() == "post" else ""
            self._fields = []
        elif tag in ("input", "select", "textarea", "button") and given.get("name") and self._action:
            self._fields.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._action.startswith("/"):
            self.found.append(Form(self._action, tuple(self._fields)))


def forms_of(front: Front, who: str) -> Iterator[Form]:
    """One form of each kind on the pages that somebody reaches."""
    known = set[str]()
    for page in walked(front, who, each=1):
        parser = Forms(page.path)
        parser.feed(page.text)
        for form in parser.found:
            if form.kind not in known and not ENDS.search(form.action):
                known.add(form.kind)
                yield form


def attempts(form: Form, turn: int) -> Iterator[tuple[str, str, bytes]]:
    """The form with one field after another made hostile, and one that nobody asked for, then the questions of its
    address; each gets a few. Gives the name, the address and the body."""
    path, _, asked = form.action.partition("?")
    whole = urlencode(form.fields).encode()
    for place, (name, _) in enumerate(parse_qsl(asked, keep_blank_values=True)):
        for step in range(3):
            value = HOSTILE[(turn + place * 3 + step) % len(HOSTILE)].decode()
            rest = urlencode([(key, given) for key, given in parse_qsl(asked) if key != name])
            yield name, f"{path}?{rest}&{quote_plus(name)}={value}", whole
    names = list(dict.fromkeys(name for name, _ in form.fields if name != "csrf"))
    for place, name in enumerate([*names, "nobody_asked"]):
        for step in range(3):
            sent = HOSTILE[(turn + place * 3 + step) % len(HOSTILE)]
            others = [(key, given) for key, given in form.fields if key != name]
            yield name, form.action, urlencode(others).encode() + b"&" + quote_plus(name).encode() + b"=" + sent


@pytest.mark.parametrize("who", ["qa1", "technician1", "nurse1", "admin1", "coordinator1", "analyst1"])
def test_no_field_of_any_form_is_a_way_to_a_fault(front: Front, who: str) -> None:
    headers = {**front.cookie(who), **OURS, "content-type": "application/x-www-form-urlencoded"}
    tried, faults = 0, list[tuple[str, str, bytes, int]]()
    for turn, form in enumerate(forms_of(front, who)):
        for name, address, body in attempts(form, turn):
            answer = front.client.post(address, content=body, headers=headers, follow_redirects=False)
            tried += 1
            if answer.status_code >= 500 or "Traceback" in answer.text:
                faults.append((address, name, body[-60:], answer.status_code))
            elif answer.status_code >= 400:
                assert answer.text.strip(), "whoever is refused is told a sentence"
    assert faults == []
    assert tried > 20
    assert front.page(who, "/").status_code == 200, "whoever tried is still signed in"
