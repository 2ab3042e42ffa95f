"""The questions, the panel of tests and the visits that the house brings along, as data beside the code."""

import tomllib
from functools import cache
from hashlib import sha256
from pathlib import Path

from cellchain.donors.rules.aftercare import Aftercare
from cellchain.donors.rules.donor import Criteria
from cellchain.donors.rules.questionnaire import Questionnaire
from cellchain.donors.rules.screening import Panel
from cellchain.kernel.ensure import ensure

_HERE = Path(__file__).parent
_VERSIONS = _HERE / "questionnaires"


@cache
def panel() -> Panel:
    """What every donor is tested for."""
    return Panel.model_validate(_read(_HERE / "screening_panel.toml"))


@cache
def aftercare() -> Aftercare:
    """The visits after every harvest."""
    return Aftercare.model_validate(_read(_HERE / "aftercare.toml"))


@cache
def questions_in_force() -> Questionnaire:
    """The newest version of the questions."""
    return questions(max(int(path.stem) for path in _VERSIONS.glob("*.toml")))


@cache
def questions(version: int) -> Questionnaire:
    """One version of the questions, of which none is ever taken away."""
    read = Questionnaire.model_validate(_read(_VERSIONS / f"{version}.toml"))
    ensure(read.version == version, "a file of questions is named after its version")
    return read


@cache
def fingerprint(version: int) -> str:
    """SHA-256 of the file of one version, which answers keep: what was asked cannot be changed afterwards."""
    return sha256((_VERSIONS / f"{version}.toml").read_bytes()).hexdigest()


def criteria() -> Criteria:
    """What a determination rests on today."""
    return Criteria(questions_in_force(), panel())


def _read(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
