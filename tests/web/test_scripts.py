"""Scripts are sent as one with what they import, and say the same without what only their readers need."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cellchain.kernel.errors import InvariantBroken
from cellchain.paths import static_dir
from cellchain.web import scripts
from scripts.vendor import node

OWN = sorted((static_dir() / "js").glob("*.js"))
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def statements(text: str, word: str) -> Iterator[str]:
    return (line for line in text.split("\n") if re.match(rf"\s*{word}\b", line))


@pytest.mark.parametrize("file", OWN, ids=lambda file: str(file.name))
def test_our_scripts_are_written_so_that_they_can_be_joined(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(list(statements(text, "import"))) == len(scripts.imported(text))
    for line in statements(text, "export"):
        assert re.match(r"export ((async )?function|class|const) \w+", line), line
    assert "import(" not in text
    bare = QUOTED.sub("", text)
    for line in bare.split("\n"):
        assert line.count("`") % 2 == 0, f"a text goes over its line: {line}"
        assert "/*" not in line.lstrip()[1:], f"a remark stands behind something: {line}"


@pytest.mark.parametrize("file", OWN, ids=lambda file: str(file.name))
def test_what_is_sent_is_a_script(file: Path, tmp_path: Path) -> None:
    sent = tmp_path / "sent.mjs"
    sent.write_text(scripts.together(file.stem, scripts.needed(file)), encoding="utf-8")
    assert "import {" not in sent.read_text()
    done = subprocess.run([*node(), "--check", sent], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


TEXTS = {
    "entry": 'import { twice, START as first } from "./sums.js";\n'
    'import { tell } from "./said.js";\n'
    "/* Why. */\n"
    "tell(twice(first)); // said last\n",
    "sums": 'import { tell } from "./said.js";\n'
    'tell("sums");\n\n'
    "// An odd number.\n"
    "export const START = 3;\n"
    "const factor = 2;\n"
    'export function twice(number) {\n  return number * factor; // not " cut"\n}\n',
    "said": 'export function tell(what) {\n  console.log(`said "${what}" // at once`);\n}\nexport class Unused {}\n',
}


def test_modules_run_once_and_in_their_order(tmp_path: Path) -> None:
    sent = tmp_path / "sent.mjs"
    sent.write_text(scripts.together("entry", TEXTS))
    done = subprocess.run([*node(), sent], capture_output=True, text=True, check=True)
    assert done.stdout == 'said "sums" // at once\nsaid "6" // at once\n'
    for gone in ("Why.", "said last", "An odd number"):
        assert gone not in sent.read_text()


def test_modules_give_what_they_gave_before_they_were_joined(tmp_path: Path) -> None:
    for name, text in TEXTS.items():
        (tmp_path / f"{name}.js").write_text(text)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    apart = subprocess.run([*node(), tmp_path / "entry.js"], capture_output=True, text=True, check=True)
    assert scripts.needed(tmp_path / "entry.js") == TEXTS
    assert apart.stdout == 'said "sums" // at once\nsaid "6" // at once\n'


def test_a_ring_of_modules_is_none_of_ours() -> None:
    ring = {"one": 'import { two } from "./two.js";\n', "two": 'import { one } from "./one.js";\n'}
    with pytest.raises(InvariantBroken, match="one > two > one"):
        scripts.together("one", ring)
