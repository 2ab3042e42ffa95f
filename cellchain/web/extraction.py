"""Finds the English sentences in Python source, for the catalogues (an extraction method for Babel).

Sentences are what stands in `T("…")`, in the errors of `kernel.errors`, in `_("…")`, in a command's `signature`, in the
`title` and `description` of a field (one without a title is never shown), in the defaults of parameters called
`template`; and in words, the values of enumerations and the names of commands: `on_hold` is read as "On hold".
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

# Name of the call -> position of the sentence, counted from 0; `_N` marks what is translated later.
CALLS: Mapping[str, int] = {
    "_": 0,
    "_N": 0,
    "T": 0,
    "Refused": 1,
    "NotFound": 1,
    "Forbidden": 1,
    "SignInNeeded": 1,
    "NeedsSignature": 1,
    "Busy": 1,
    "TooMany": 1,
    "TooLarge": 1,
    "Stale": 0,
    "__init__": 1,  # an error that has one sentence of its own hands it to its base
}
ENUMERATIONS = frozenset({"Phase", "StrEnum"})
NAMED: Mapping[str, Sequence[str]] = {
    "Field": ("title", "description"),
    "command": ("signature",),
}
DEFAULTS = "template"
ABBREVIATION_MAX = 2

_WORD = re.compile(r"[a-z][a-z_]*")
Found = tuple[int, str, str | tuple[str, str], list[str]]


def from_python(
    source: IO[bytes], _keywords: Mapping[str, Any], _tags: Sequence[str], **_options: object
) -> Iterator[Found]:
    """Yield (line, "", sentence, comments) for each sentence in one Python file. Signature given by Babel."""
    for node in ast.walk(ast.parse(source.read())):
        if isinstance(node, ast.Call):
            yield from _in_call(node)
        elif isinstance(node, ast.FunctionDef):
            yield from _in_defaults(node)
            if any(isinstance(mark, ast.Call) and _name(mark.func) == "command" for mark in node.decorator_list):
                yield node.lineno, "", words(node.name), []
        elif isinstance(node, ast.ClassDef) and any(_name(base) in ENUMERATIONS for base in node.bases):
            yield from _in_enumeration(node)


def _in_call(node: ast.Call) -> Iterator[Found]:
    name = _name(node.func)
    if name == "ngettext" and len(node.args) > 1:
        one, many = _text(node.args[0]), _text(node.args[1])
        if one is not None and many is not None:
            yield node.lineno, "ngettext", (one, many), []
    position = CALLS.get(name)
    if position is not None and len(node.args) > position:
        yield from _sentence(node.args[position])
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if position is not None and DEFAULTS in given:
        yield from _sentence(given[DEFAULTS])
    wanted = NAMED.get(name, ())
    for argument in wanted if wanted and wanted[0] in given else ():
        if argument in given:
            yield from _sentence(given[argument])


def _in_defaults(node: ast.FunctionDef) -> Iterator[Found]:
    names = [*node.args.posonlyargs, *node.args.args]
    for argument, default in zip(reversed(names), reversed(node.args.defaults), strict=False):
        if argument.arg == DEFAULTS:
            yield from _sentence(default)


def _in_enumeration(node: ast.ClassDef) -> Iterator[Found]:
    for member in node.body:
        if isinstance(member, ast.Assign):
            value = _text(member.value)
            if value and _WORD.fullmatch(value):
                yield member.lineno, "", words(value), []


def words(value: str) -> str:
    """How a choice without a label of its own is called: `on_hold` is "On hold", `qa` is "QA"."""
    return value.upper() if len(value) <= ABBREVIATION_MAX else value.replace("_", " ").capitalize()


def _sentence(node: ast.expr) -> Iterator[Found]:
    text = _text(node)
    if text:
        yield node.lineno, "", text, []


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _text(node: ast.expr) -> str | None:
    """The text of a literal; None for anything that is only known when it runs."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
