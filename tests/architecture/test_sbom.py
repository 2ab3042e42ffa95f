"""The bill of materials names every package that is shipped, with its version and its hash."""

import json
import re
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from scripts import sbom
from scripts.vendor import SCRIPTS

TOP = Path(__file__).parents[2]


def test_the_bill_names_what_the_locks_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbom, "MADE", tmp_path / "sbom.json")
    assert sbom.main() == 0
    text = (tmp_path / "sbom.json").read_text(encoding="utf-8")
    bill = json.loads(text)
    version = SchemaVersion.from_version(bill["specVersion"])
    assert JsonStrictValidator(version).validate_str(text) is None, "it is CycloneDX"
    broken = text.replace('"bomFormat"', '"bomForm"', 1)
    assert JsonStrictValidator(version).validate_str(broken) is not None, "and what is none is told"
    assert bill["bomFormat"] == "CycloneDX"
    held = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", (TOP / "requirements.lock").read_text(), re.MULTILINE)
    wanted = {(canonicalize_name(name), version) for name, version in held}
    listed = {(canonicalize_name(one["name"]), one["version"]) for one in bill["components"]}
    scripts = {canonicalize_name(script.partition("/")[0]) for script in SCRIPTS}
    assert wanted <= listed
    assert {name for name, _ in listed - wanted} == scripts
    assert all(one["purl"] for one in bill["components"])
    assert all(one.get("hashes") or one.get("externalReferences") for one in bill["components"])
