"""A study's definition as a file: however its lines end, whatever is wrong with it, and given back as it came."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from cellchain.kernel.errors import Refused
from cellchain.ledger import filekinds
from cellchain.trial import commands, definition, queries
from cellchain.trial.setup import queries as setup
from tests.factories import House
from tests.trial.files import Inbox
from tests.trial.story import DEFINITION_TEXT, STUDY, Story, person, refuses
from tests.trial.test_amendments import amended

NAME = "msc-ild.toml"


@pytest.fixture
def inbox(house: House, tmp_path: Path) -> Inbox:
    return Inbox(house, tmp_path / "files-of-the-house")


def opened(inbox: Inbox, content: bytes, name: str = NAME, **more: Any) -> dict[str, object]:
    """Open the study from a file."""
    by = person(inbox.house, "statistician", "statistician")
    return inbox.house.do(commands.open_study, by=by, file=inbox.came(content, name), **more)


@pytest.mark.parametrize(
    "content",
    [
        DEFINITION_TEXT.encode(),
        DEFINITION_TEXT.replace("\n", "\r\n").encode(),
        DEFINITION_TEXT.replace("\n", "\r").encode(),
        DEFINITION_TEXT.encode("utf-8-sig"),
        DEFINITION_TEXT.replace("\n", "\r\n").encode("utf-16"),
    ],
    ids=["unix", "windows", "old-mac", "utf-8-with-mark", "utf-16"],
)
def test_one_study_however_its_file_is_written(inbox: Inbox, content: bytes) -> None:
    assert opened(inbox, content)["definition_hash"] == STUDY.hash
    assert json.loads(inbox.house.entries()[-1].body)["facts"]["file"] == sha256(content).hexdigest()
    with inbox.house.read() as tx:
        (version,) = setup.versions(tx, STUDY.code)
        assert version.file_name == NAME
        assert inbox.folder.fetch(str(version.file)) == content
        assert queries.study_definition(tx, STUDY.code) == STUDY


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_an_entered_text_may_end_its_lines_as_a_browser_does(house: House, ends: str) -> None:
    by = person(house, "statistician", "statistician")
    done = house.do(commands.open_study, by=by, definition=DEFINITION_TEXT.replace("\n", ends))
    assert done["definition_hash"] == STUDY.hash
    with house.read() as tx:
        (version,) = setup.versions(tx, STUDY.code)
    assert (version.file, version.file_name) == (None, None)


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"sample,stage,test,value\n1,2,3,4\n", "study.definition_wrong", "TOML"),
        (b"code = 1\n", "study.definition_wrong", "“wrong.toml”"),
        (DEFINITION_TEXT.replace("week = 52", "week = 52.5").encode(), "study.definition_wrong", "52.5"),
        (b"# " + b"x" * definition.TEXT_LENGTH_MAX, "study.definition_too_long", "60000"),
    ],
    ids=["another-file", "not-a-study", "one-figure-wrong", "too-long"],
)
def test_a_wrong_file_is_named_and_opens_nothing(inbox: Inbox, content: bytes, code: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        opened(inbox, content, "wrong.toml")
    assert (refused.value.code, said in str(refused.value.text)) == (code, True)
    with inbox.house.read() as tx:
        assert queries.studies(tx) == []


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.4 protocol\n%%EOF\n", b"\x00\x01\x02"], ids=["empty", "pdf", "binary"]
)
def test_what_is_no_text_does_not_come_in(inbox: Inbox, content: bytes) -> None:
    with refuses("file.empty" if not content else "file.wrong_kind"):
        opened(inbox, content)


def test_a_file_and_a_text_or_neither(inbox: Inbox) -> None:
    with refuses("study.definition_twice"):
        opened(inbox, DEFINITION_TEXT.encode(), definition=DEFINITION_TEXT)
    with refuses("study.definition_none"):
        inbox.house.do(commands.open_study, by=person(inbox.house, "other", "statistician"))


def test_an_amendment_comes_as_a_file_too(story: Story, tmp_path: Path) -> None:
    inbox = Inbox(story.house, tmp_path / "files-of-the-house")
    file = inbox.came(amended().replace("\n", "\r\n").encode(), "amendment.toml")
    made = story.do(commands.import_amendment, by=story.people.coordinator, study=STUDY.code, file=file)
    with story.house.read() as tx:
        found = setup.compared(tx, STUDY.code, made["version"])
    assert [one.place for one in found.differences] == ["bedside.rate_highest_ml_h"]
    assert found.version.file_name == "amendment.toml"


def test_a_text_is_offered_by_its_endings() -> None:
    assert ".toml" in filekinds.FileKind.TEXT.accept
