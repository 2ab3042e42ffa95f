"""Every refusal of the bench stands in the technician's guide with an example, in both languages."""

from scripts import refusal_guide
from scripts.refusal_examples import EXAMPLES
from scripts.refusals import Refusal


def test_both_pages_are_up_to_date() -> None:
    found = refusal_guide.rows()
    for language, words in refusal_guide.PAGES.items():
        written = (refusal_guide.GUIDES / words.file).read_text(encoding="utf-8")
        assert written == refusal_guide.page(language, found), "make refusal-guide"


def test_every_refusal_has_an_example() -> None:
    assert refusal_guide.without_example(refusal_guide.rows()) == []


def test_the_russian_page_is_russian() -> None:
    page = refusal_guide.page("ru", refusal_guide.rows())
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == len(EXAMPLES)
    assert [row for row in rows if not any("а" <= letter <= "я" for letter in row.split("|")[2])] == []


def test_a_code_without_an_example_is_found() -> None:
    row = Refusal("manufacturing", "seed.code", ["409"], ["It is late. Wait."])
    assert refusal_guide.without_example([row], {}) == ["seed.code"]
    assert refusal_guide.without_example([row], {"seed.code": ("You are late.", "")}) == ["seed.code"]
    assert refusal_guide.without_example([row], {"seed.code": ("Late.", "Поздно."), "old.code": ("A", "Б")}) == [
        "old.code"
    ]
