"""Nothing that is scanned, typed or answered reaches a prototype in our scripts, and little of it stays in a browser.

Objects that are asked by a name from outside have no prototype: `constructor` is no card, and no key of a keyboard.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[2] / "static/js").glob("*.js"))
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.)*`')
PATTERN = re.compile(r"(?<=[=(,:] )/(?:[^/\\\n\[]|\\.|\[[^\]]*\])+/|(?<=\()/(?:[^/\\\n\[]|\\.|\[[^\]]*\])+/")
# What is asked by a name: `CARDS[name]`; and what is set by one: `thing[name] = …`.
ASKED = re.compile(r"\b([A-Z][A-Z_]+)\[\s*[a-zA-Z$]")
SET = re.compile(r"[\w)\]]\[\s*[a-zA-Z$][^\]]*\]\s*(?:[-+*/|&?]{0,2}=)(?![=>])")
REACHES = re.compile(
    r"\.prototype\b|setPrototypeOf|defineProperty|\bfor \((?:const|let|var) \w+ in\b|__proto__(?!: null)"
)
# Tables of texts, which are asked by the place of a letter.
TEXTS = frozenset({"LATIN"})
STORES = re.compile(r"\b(localStorage|sessionStorage|indexedDB|caches|document\.cookie)\b")


def code_of(script: Path) -> str:
    """A script without comments, texts and patterns."""
    text = COMMENT.sub("", script.read_text(encoding="utf-8"))
    return PATTERN.sub("0", TEXT.sub('""', text))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_no_name_from_outside_reaches_a_prototype(script: Path) -> None:
    code = code_of(script)
    assert REACHES.findall(code) == []
    assert SET.findall(code) == [], "what is set by a name belongs into a Map"
    for table in set(ASKED.findall(code)) - TEXTS:
        declared = re.search(rf"const {table} = \{{\s*([^\n]*)", code)
        assert declared is not None, f"{table} is declared beside its use"
        assert declared[1] == "__proto__: null,", f"{table} has no prototype"


def test_the_check_sees_what_it_should() -> None:
    for bad in ("words[name] = 1;", "answer[key] ??= {};", "it.all[one.two] += 1"):
        assert SET.search(bad), bad
    for good in ("const [name] = words;", "words[name] === 1", "words[name] => 1", "words[0] = 1"):
        assert not SET.search(good), good
    for bad in ("a.prototype.b", "__proto__", "for (const name in words)", "Object.setPrototypeOf(a, b)"):
        assert REACHES.search(bad), bad
    assert ASKED.findall("CARDS[event.detail]") == ["CARDS"]


def stores() -> Iterator[tuple[str, str]]:
    """Where a script keeps something in the browser."""
    for script in SCRIPTS:
        for found in STORES.findall(code_of(script)):
            yield script.name, found


def test_a_browser_keeps_the_acts_that_wait_and_nothing_else() -> None:
    """What was entered, for which infusion, when and by which code; no name, no answer of the server, no token."""
    assert set(stores()) == {("ward-acts.js", "localStorage")}
    ward = (SCRIPTS[0].parent / "ward.js").read_text(encoding="utf-8")
    entered = re.search(r"const act = \{(.*?)\};", ward, re.DOTALL)
    assert entered is not None
    kept = {part.partition(":")[0].strip() for part in entered[1].split(",")}
    assert kept == {"id", "verb", "title", "fields", "at", "by", "infusion", "state"}
