"""The pages of docs/security name what there is: every file, test and command in them exists."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGES = sorted((TOP / "docs/security").glob("*.md"))
# A path: something with a slash that begins in a folder of the checkout, or a lock at its top.
PATH = re.compile(
    r"`((?:cellchain|docs|labels|scripts|static|templates|tests)/[^`\s]+|(?:requirements|package-lock)[a-z.-]*)`"
)
STANDINGS = {"held", "held in part", "not applicable", "not held"}
LINE = re.compile(r"^\| ([0-9][0-9.–]*) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ASVS = (TOP / "docs/security/asvs.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(PATH.findall(text)) | {f"docs/security/{name}" for name in re.findall(r"`([a-z]+\.md)`", text)}
    assert named, "the page names what shows it"
    assert {one for one in named if not (TOP / one).exists()} == set()


def test_every_target_of_make_named_is_one() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {found for page in PAGES for found in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))}
    assert {"fuzz", "scan", "sbom", "audit"} <= named
    assert named <= targets


def test_every_chapter_is_judged_and_every_line_says_why() -> None:
    lines = LINE.findall(ASVS)
    assert {number.split(".")[0] for number, *_ in lines} == {str(chapter) for chapter in range(1, 18)}
    assert {standing for _, _, standing, _ in lines} <= STANDINGS
    assert all(shown.strip() for *_, shown in lines)
    numbers = [number for number, *_ in lines]
    assert len(numbers) == len(set(numbers))


def test_the_sums_are_those_of_the_lines() -> None:
    counted = dict.fromkeys(STANDINGS, 0)
    for _, _, standing, _ in LINE.findall(ASVS):
        counted[standing] += 1
    told = {standing: int(number) for standing, number in re.findall(r"^\| ([a-z ]+) \| (\d+) \|$", ASVS, re.MULTILINE)}
    assert told == counted
