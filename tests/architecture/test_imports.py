"""The import contracts of pyproject.toml hold, and each of them can fail: a seeded violation is caught."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")

# (contract, {module: line that breaks the contract}, what the linter has to name)
SEEDS = [
    pytest.param(
        "house", {"donors/rules.py": "import cellchain.bedside.rules"}, "donors.rules -> ", id="later-package"
    ),
    pytest.param("house", {"kernel/units.py": "import cellchain.paths"}, "kernel.units -> ", id="bottom-siblings"),
    pytest.param("house", {"cellar/__init__.py": ""}, "- cellchain.cellar", id="unplaced-package"),
    pytest.param(
        "capability",
        {"trial/queries.py": "import cellchain.trial.commands", "trial/commands.py": ""},
        "trial.queries -> ",
        id="query-knows-command",
    ),
    pytest.param(
        "capability",
        {
            "trial/rules.py": "import cellchain.trial.helper",
            "trial/helper.py": "import cellchain.trial.models",
            "trial/models.py": "",
        },
        "trial.helper -> ",
        id="rule-reaches-model",
    ),
    pytest.param(
        "pure", {"donors/rules.py": "import cellchain.platform.db"}, "donors.rules -> ", id="rule-reaches-database"
    ),
    pytest.param("pure", {"kernel/units.py": "import sqlmodel"}, "kernel.units -> sqlmodel", id="kernel"),
    pytest.param("pure", {"identity/codes.py": "import jinja2"}, "identity.codes -> jinja2", id="identity"),
    pytest.param("pure", {"ledger/verify.py": "import starlette"}, "ledger.verify -> starlette", id="verifier"),
    pytest.param(
        "http", {"donors/commands.py": "import fastapi"}, "donors.commands -> fastapi", id="command-knows-http"
    ),
    pytest.param("http", {"labels/helper.py": "import jinja2"}, "labels.helper -> jinja2", id="template-outside-web"),
    pytest.param(
        "no-http-below",
        {"donors/queries.py": "import cellchain.web.helper", "web/helper.py": "import starlette"},
        "donors.queries -> ",
        id="query-reaches-http",
    ),
    pytest.param(
        "models",
        {"trial/queries.py": "import cellchain.donors.models", "donors/models.py": ""},
        "trial.queries -> ",
        id="foreign-models",
    ),
]


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the linter of this environment in `folder`."""
    return subprocess.run([LINTER, "--no-cache", "--no-logo", *arguments], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the source that a test may spoil."""
    shutil.copytree(TOP / "cellchain", tmp_path / "cellchain", ignore=lambda _, names: {"__pycache__"} & set(names))
    shutil.copy(TOP / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold() -> None:
    done = lint(TOP)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("contract", "seeds", "named"), SEEDS)
def test_a_seeded_violation_is_caught(copy: Path, contract: str, seeds: dict[str, str], named: str) -> None:
    for module, line in seeds.items():
        path = copy / "cellchain" / module
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        with path.open("a") as source:
            source.write(f"\n{line}\n")
    done = lint(copy, "--contract", contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert named in done.stdout, done.stdout
    assert "0 kept, 1 broken" in done.stdout


def test_every_contract_is_seeded() -> None:
    settings = tomllib.loads((TOP / "pyproject.toml").read_text())
    contracts = {contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]}
    assert {parameter.values[0] for parameter in SEEDS} == contracts
