"""What an install is made of: the locks agree with pyproject.toml and with each other, and name no registry."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

TOP = Path(__file__).parents[2]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCKS = {
    "requirements.lock": [*PROJECT["dependencies"], *EXTRAS["build"]],
    "requirements-test.lock": [*PROJECT["dependencies"], *EXTRAS["build"], *EXTRAS["test"]],
    "requirements-npm.lock": [],
}


def locked(name: str) -> dict[str, str]:
    """The version of each package in a lock."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", (TOP / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_holds_what_the_project_asks_for(name: str) -> None:
    versions = locked(name)
    wanted = [Requirement(text) for text in LOCKS[name]]
    unmet = [
        str(need)
        for need in wanted
        if not need.specifier.contains(Version(versions.get(canonicalize_name(need.name), "0")), prereleases=True)
    ]
    assert unmet == [], "run make lock"


def test_tests_run_on_what_is_shipped() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-test.lock").items()


@pytest.mark.parametrize("name", [*LOCKS, "package-lock.json"])
def test_a_lock_names_no_registry_and_every_package_has_a_hash(name: str) -> None:
    text = (TOP / name).read_text()
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links", text) == []
    if name == "package-lock.json":
        packages = [package for path, package in json.loads(text)["packages"].items() if path]
        assert [package for package in packages if not package["integrity"].startswith("sha512-")] == []
    else:
        unhashed = [entry for entry in re.split(r"\n(?=[a-z])", text) if "--hash=sha256:" not in entry]
        assert unhashed == []
