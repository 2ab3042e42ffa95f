"""The words of the log: every kind of thing has them, and what a page may report is said in full there."""

import re

from cellchain.identity.codes import Kind
from cellchain.identity.scan import System
from cellchain.labels.scanning import words
from cellchain.paths import static_dir, templates_dir


def test_every_kind_has_a_word() -> None:
    kinds = {kind.name.lower() for kind in Kind} | {str(system) for system in System if system != System.NATIVE}
    assert kinds | {"unknown"} == set(words.KINDS)
    assert words.kind_said("something new") == "something new"


def test_what_a_page_reports_is_known_and_said_on_the_page() -> None:
    sources = "".join((static_dir() / "js" / name).read_text("utf-8") for name in ("commands.js", "scan.js"))
    reported = set(re.findall(r'"scan\.(\w+)"', sources)) | {"cut", "slow", "nowhere"}
    assert {f"scan.{name}" for name in reported} <= set(words.ON_PAGES)
    told = (templates_dir() / "partials" / "_told.html").read_text("utf-8")
    assert reported <= set(re.findall(r'data-told="(\w+)"', told))


def test_a_rare_problem_has_its_code_alone() -> None:
    assert words.said("scan.cut") is not None
    assert words.said("shipment.sealed") is None
