"""The rules of the house hold in every file, and each check can fail: a seeded breach is found."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import house

TOP = Path(__file__).parents[2]
SOURCE = TOP / "cellchain"
TEMPLATES = TOP / "templates"
Check = Callable[[str], list[str]]

# Files in which a check does not apply, each with its reason.
ALLOWED: dict[Check, set[str]] = {
    house.clocks: {"kernel/clock.py"},  # the one clock that everything else is handed
    house.utc_days: set(),
    house.commits: set(),
    house.asserts: set(),
    house.long_functions: set(),
    house.long_file: set(),
    house.unescaped: set(),
}
BREACHES = [
    pytest.param(house.clocks, "from datetime import datetime\nnow = datetime.now()", id="now"),
    pytest.param(house.clocks, "import datetime as d\ndef f(now=d.datetime.utcnow): ...", id="utcnow"),
    pytest.param(house.clocks, "import datetime\ntoday = datetime.date.today()", id="today"),
    pytest.param(house.clocks, "from time import time as seconds\nseconds()", id="time"),
    pytest.param(house.utc_days, "late = due_on < tx.now.date()", id="utc-day"),
    pytest.param(house.utc_days, "due_on = row.begun_at.date() + week", id="utc-day-of"),
    pytest.param(house.commits, "def save(session):\n    session.commit()", id="commit"),
    pytest.param(house.asserts, "def f(x):\n    assert x", id="assert"),
    pytest.param(house.future_annotations, "from __future__ import annotations", id="future"),
    pytest.param(house.long_functions, "def f():\n" + "    print()\n" * house.FUNCTION_LINES_MAX, id="function"),
    pytest.param(house.long_file, "print()\n" * (house.FILE_LINES_MAX + 1), id="file"),
    pytest.param(house.long_routes, '@pages.get("/")\ndef f():\n' + "    print()\n" * 13, id="route"),
    pytest.param(house.unescaped, "<p>{{ note |safe }}", id="safe"),
    pytest.param(house.unescaped, "{% autoescape false %}", id="autoescape"),
    pytest.param(house.unescaped, "return Markup(note)", id="markup"),
    pytest.param(lambda source: house.foreign_imports(source, "cellchain.kernel"), "import orjson", id="foreign"),
    pytest.param(
        lambda source: house.foreign_imports(source, "cellchain.kernel"), "from cellchain.web import html", id="upward"
    ),
]
KEPT = [
    pytest.param(
        house.clocks, "import time\nfrom cellchain.kernel import clock\nclock.now(), time.monotonic()", id="clock"
    ),
    pytest.param(house.utc_days, "late = due_on < tx.today or tx.day_of(at) > due_on", id="site-day"),
    pytest.param(house.commits, 'driver.execute("COMMIT")', id="commit"),
    pytest.param(house.asserts, "ensure(x, 'holds')", id="assert"),
    pytest.param(house.future_annotations, "from enum import StrEnum", id="future"),
    pytest.param(house.long_functions, "def f():\n" + "    print()\n" * (house.FUNCTION_LINES_MAX - 1), id="function"),
    pytest.param(house.long_file, "print()\n" * house.FILE_LINES_MAX, id="file"),
    pytest.param(house.long_routes, '@pages.get("/")\ndef f():\n    """Why."""\n' + "    print()\n" * 12, id="route"),
    pytest.param(house.long_routes, "def helper():\n" + "    print()\n" * 13, id="no-route"),
    pytest.param(house.unescaped, "{{ note }} {{ safety|safely }}", id="safe"),
    pytest.param(
        lambda source: house.foreign_imports(source, "cellchain.kernel"),
        "import json\nfrom cellchain.kernel.errors import Refused",
        id="foreign",
    ),
]


def packages() -> list[str]:
    """Every package and module of the house, from the contract that orders them."""
    contracts = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "house")
    return [name.strip(" ()") for layer in layers for name in layer.replace("|", ":").split(":")]


def found_in(folder: Path, pattern: str, check: Check) -> list[str]:
    """What `check` finds in the files of `folder`, without those where it does not apply."""
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob(pattern)) if path.is_file()}
    assert files, f"no {pattern} in {folder}"
    checked = {name: path for name, path in files.items() if name not in ALLOWED.get(check, set())}
    return [f"{name}:{finding}" for name, path in checked.items() for finding in check(path.read_text())]


@pytest.mark.parametrize("check", ALLOWED, ids=lambda check: check.__name__)
def test_every_module_keeps_the_rule(check: Check) -> None:
    assert found_in(SOURCE, "*.py", check) == []


def test_what_is_allowed_exists() -> None:
    assert [name for names in ALLOWED.values() for name in names if not (SOURCE / name).is_file()] == []


def test_models_keep_their_annotations() -> None:
    assert found_in(SOURCE, "models.py", house.future_annotations) == []


def test_routes_fit_on_a_screen() -> None:
    everywhere = found_in(SOURCE, "*.py", house.long_routes)
    assert [finding for finding in everywhere if "routes" in Path(finding.split(":")[0]).with_suffix("").parts] == []


def test_templates_escape() -> None:
    assert found_in(TEMPLATES, "*.*", house.unescaped) == []


def test_the_kernel_is_standard_library_only() -> None:
    assert found_in(SOURCE / "kernel", "*.py", lambda source: house.foreign_imports(source, "cellchain.kernel")) == []


@pytest.mark.parametrize("name", packages())
def test_a_package_of_the_house_has_code(name: str) -> None:
    module, package = SOURCE / f"{name}.py", SOURCE / name
    modules = [module] if module.is_file() else sorted(package.rglob("*.py"))
    assert package.is_dir() == (package / "__init__.py").is_file()
    assert [path for path in modules if house.has_code(path.read_text())], f"cellchain/{name} is empty"


@pytest.mark.parametrize(("check", "source"), BREACHES)
def test_a_breach_is_found(check: Check, source: str) -> None:
    assert len(check(source)) == 1


@pytest.mark.parametrize(("check", "source"), KEPT)
def test_what_keeps_the_rule_is_not_found(check: Check, source: str) -> None:
    assert check(source) == []


def test_an_empty_module_has_no_code() -> None:
    assert not house.has_code('"""Only words."""\n')
    assert house.has_code("LIMIT = 1\n")
