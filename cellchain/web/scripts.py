"""A script as it is sent: with the modules that it imports in it, and without what only a reader of the source needs.

Our modules are written in a narrow way (tests/web/test_scripts.py holds them to it), so that no bundler is needed: they
import names from files beside them, export functions, classes and constants where these are declared, and no text of
theirs goes over a line. Each becomes a function of its own that gives what it exports.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from cellchain.kernel.ensure import ensure

_IMPORT = re.compile(r'^import \{ ([^}]+) \} from "\./([\w-]+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|class|const) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/", re.DOTALL | re.MULTILINE)
_NOTE = re.compile(r"\s+// .*$")


def imported(text: str) -> list[str]:
    """The names of the modules that a script imports."""
    return [found[2] for found in _IMPORT.finditer(text)]


def together(entry: str, texts: Mapping[str, str]) -> str:
    """The script `entry` with every module that it needs before it, each once. Raises InvariantBroken for a ring."""
    order: list[str] = []

    def bring(name: str, on_the_way: tuple[str, ...]) -> None:
        ensure(name not in on_the_way, f"no script imports itself: {' > '.join((*on_the_way, name))}")
        for other in imported(texts[name]):
            if other not in order:
                bring(other, (*on_the_way, name))
        order.append(name)

    bring(entry, ())
    return "\n".join([*(_as_function(name, texts[name]) for name in order[:-1]), _body(texts[entry])])


def needed(entry: Path) -> dict[str, str]:
    """The script and everything that it imports, by name, as they are in their folder now."""
    texts: dict[str, str] = {}
    waiting = [entry.stem]
    while waiting:
        name = waiting.pop()
        if name not in texts:
            texts[name] = entry.with_name(f"{name}.js").read_text(encoding="utf-8")
            waiting += imported(texts[name])
    return texts


def squeezed(script: str) -> str:
    """A script without comments and indents. Its lines stay lines, since where one ends may end a statement."""
    lines = (line.strip() for line in _COMMENT.sub("", script).split("\n"))
    return "\n".join(_without_note(line) for line in lines if line and not line.startswith("//"))


def _without_note(line: str) -> str:
    """A line without the note behind it; one where two slashes may stand in a text keeps everything."""
    note = _NOTE.search(line)
    before = line if note is None else line[: note.start()]
    return before if all(before.count(quote) % 2 == 0 for quote in "\"'`") else line


def _as_function(name: str, text: str) -> str:
    given = ", ".join(found[2] for found in _EXPORT.finditer(text))
    return f"const {_place(name)} = (() => {{\n{_body(text)}\nreturn {{ {given} }};\n}})();"


def _body(text: str) -> str:
    """A module's text, its imports read from what the modules before it gave."""
    taken = _IMPORT.sub(lambda found: f"const {{ {found[1].replace(' as ', ': ')} }} = {_place(found[2])};", text)
    return squeezed(_EXPORT.sub(r"\1 \2", taken))


def _place(name: str) -> str:
    return f"module_{name.replace('-', '_')}"
