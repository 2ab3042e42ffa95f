"""Finds the English sentences in Python source, for the catalogues (an extraction method for Babel).

Sentences are what stands in `T("…")`, in the errors of `kernel.errors`, in `_("…")`, in a command's `signature`, in the
`title` and `description` of a field (one without a title is never shown), in the defaults of parameters called
`template`; and in words, the values of enumerations, the names of commands and what these record: `on_hold` is read as
"On hold", `labels:label:printed` as "Label printed". Specifications and master records that come with the product are
read too: what a site writes into its own is shown as it was written.
"""

import ast
import re
import tomllib
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
    "Unavailable": 1,
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
NAMES = {"Isbt": "ISBT 128"}  # what is written in a way of its own
ABBREVIATION_MAX = 2

_WORD = re.compile(r"[a-z][a-z_]*")
Found = tuple[int, str, str | tuple[str, str], list[str]]


def from_python(
    source: IO[bytes], _keywords: Mapping[str, Any], _tags: Sequence[str], **_options: object
) -> Iterator[Found]:
    """Yield (line, "", sentence, comments) for each sentence in one Python file. Signature given by Babel."""
    tree = ast.parse(source.read())
    constants = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _in_call(node)
            yield from _event(node, constants)
        elif isinstance(node, ast.FunctionDef):
            yield from _in_defaults(node)
            if any(isinstance(mark, ast.Call) and _name(mark.func) == "command" for mark in node.decorator_list):
                yield node.lineno, "", words(node.name), []
        elif isinstance(node, ast.ClassDef) and any(_name(base) in ENUMERATIONS for base in node.bases):
            yield from _in_enumeration(node)


def from_definition(
    source: IO[bytes], _keywords: Mapping[str, Any], _tags: Sequence[str], options: Mapping[str, str]
) -> Iterator[Found]:
    """Yield what stands under the `keys` of `babel.cfg` anywhere in a definition that the product brings (TOML).

    A key may name the tables around it: `steps.title.en` is the title of a step and of nothing inside one.
    """
    yield from _written(tomllib.loads(source.read().decode()), options["keys"].split(), "")


def _written(value: object, keys: Sequence[str], path: str) -> Iterator[Found]:
    if isinstance(value, list):
        for one in value:
            yield from _written(one, keys, path)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _written(one, keys, f"{path}.{key}")
    elif isinstance(value, str) and any(path.endswith(f".{key}") for key in keys):
        yield 1, "", value, []


def _event(node: ast.Call, constants: Mapping[str, ast.expr]) -> Iterator[Found]:
    """What a command records, or the house by itself, in words."""
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if _name(node.func) == "command":
        said = given.get("event")
    else:
        said = node.args[0] if _name(node.func) == "record_system" and node.args else None
    if isinstance(said, ast.Name):
        said = constants.get(said.id)
    text = None if said is None else _text(said)
    if text is not None:
        yield node.lineno, "", event_words(text), []


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


def event_words(event: str) -> str:
    """An event without its capability: `quality:issue_tag:attached` is "Issue tag attached"."""
    said = words("_".join(event.split(":")[1:]))
    first, rest = said.split(" ", 1) if " " in said else (said, "")
    return f"{NAMES[first]} {rest}".rstrip() if first in NAMES else said


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
