"""The rules of the house as functions over source text; each returns what it found, one line a finding."""

import ast
import re
import sys
from collections.abc import Iterator

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
ROUTE_LINES_MAX = 12
CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
}
ROUTER_METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "api_route", "websocket"}
# A day of UTC taken for a day of the site.
UTC_DAYS = re.compile(r"\b(?:\w*now|\w+_at|at|begun|moment)\.date\(\)")
UNESCAPED = re.compile(r"\|\s*safe\b|autoescape\s+false|\bMarkup\(")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def clocks(source: str) -> list[str]:
    """Where a clock is read that is not the injected one, under whatever name it was imported."""
    tree = ast.parse(source)
    names = dict(_imported(tree))
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        dotted = _dotted(node)
        first, _, rest = dotted.partition(".")
        full = f"{names[first]}.{rest}".rstrip(".") if first in names else dotted
        if full in CLOCKS:
            found.append(f"{node.lineno}: reads {full}")
    return found


def commits(source: str) -> list[str]:
    """Where something is committed."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [
        f"{call.lineno}: commits"
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
    ]


def asserts(source: str) -> list[str]:
    """Bare asserts: they vanish under `python -O`; `ensure` does not."""
    return [f"{node.lineno}: bare assert" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]


def future_annotations(source: str) -> list[str]:
    """The import that turns annotations into text, which breaks the relationships of SQLModel."""
    return [
        f"{node.lineno}: from __future__ import annotations"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]


def long_functions(source: str) -> list[str]:
    """Functions of more than FUNCTION_LINES_MAX lines."""
    sizes = ((node, (node.end_lineno or node.lineno) - node.lineno + 1) for node in _functions(source))
    return [f"{node.lineno}: {node.name} has {size} lines" for node, size in sizes if size > FUNCTION_LINES_MAX]


def long_file(source: str) -> list[str]:
    """The file itself, if it has more than FILE_LINES_MAX lines."""
    lines = len(source.splitlines())
    return [f"1: {lines} lines"] if lines > FILE_LINES_MAX else []


def long_routes(source: str) -> list[str]:
    """Functions that a router decorates with more than ROUTE_LINES_MAX logical lines, docstring apart.

    A statement that the formatter wraps over several lines counts once: the rule bounds what a route does.
    """
    found = []
    for node in _functions(source):
        body = _without_docstring(node.body)
        if not body or not any(map(_is_route, node.decorator_list)):
            continue
        lines = sum(isinstance(inner, ast.stmt) for statement in body for inner in ast.walk(statement))
        if lines > ROUTE_LINES_MAX:
            found.append(f"{node.lineno}: route {node.name} has {lines} lines")
    return found


def utc_days(source: str) -> list[str]:
    """Where the day of a UTC time is taken: days that count are the site's, `tx.today` and `tx.day_of`."""
    lines = enumerate(source.splitlines(), 1)
    return [f"{number}: a day of UTC: {line.strip()}" for number, line in lines if UTC_DAYS.search(line)]


def unescaped(source: str) -> list[str]:
    """Where a template or a module takes text for markup without escaping it."""
    lines = enumerate(source.splitlines(), 1)
    return [f"{number}: unescaped: {line.strip()}" for number, line in lines if UNESCAPED.search(line)]


def foreign_imports(source: str, own: str) -> list[str]:
    """Imports of anything but the standard library and the package `own`."""
    modules = [module for node in ast.walk(ast.parse(source)) for module in _modules_of(node)]
    return [
        f"{line}: imports {module}"
        for line, module in modules
        if module.split(".")[0] not in sys.stdlib_module_names and not f"{module}.".startswith(f"{own}.")
    ]


def has_code(source: str) -> bool:
    """True if a module holds more than a docstring."""
    return bool(_without_docstring(ast.parse(source).body))


def _functions(source: str) -> Iterator[Function]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, Function))


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return body[1:] if documented else body


def _is_route(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr in ROUTER_METHODS


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(local name, full dotted name) of every import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)
        elif isinstance(node, ast.ImportFrom):
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _modules_of(node: ast.AST) -> list[tuple[int, str]]:
    if isinstance(node, ast.Import):
        return [(node.lineno, alias.name) for alias in node.names]
    return [(node.lineno, node.module or "")] if isinstance(node, ast.ImportFrom) else []


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""
