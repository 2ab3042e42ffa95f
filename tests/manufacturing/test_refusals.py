"""Every refusal code of manufacturing is raised by a test of it."""

import re
from pathlib import Path

import cellchain.manufacturing

RAISED = re.compile(r"Refused\(\s*\"([a-z_]+\.[a-z_]+)\"")
LIFECYCLES = {"master_record.phase", "clearance.phase", "lot.phase", "container.phase", "step.phase", "value.phase"}


def test_every_code_is_tested() -> None:
    package = Path(cellchain.manufacturing.__file__).parent
    raised = {code for file in package.rglob("*.py") for code in RAISED.findall(file.read_text())} | LIFECYCLES
    tests = "\n".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    assert len(raised) > 40
    assert sorted(code for code in raised if f'refused("{code}")' not in tests) == []
