"""`make audit`: asks an advisory service about known faults in the packages of requirements.lock, through pip-audit.

By itself pip-audit ends well where a service knows nothing of a package, which is also what it says of one that cannot
be reached. Here 0 means that a service answered about every package and knows no fault. 1: it knows some. 2: it could
not be asked, about all or about some.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
SERVICES = ("osv", "pypi")


def main() -> int:
    """Ask one service after another until one answers about everything."""
    program = shutil.which("pip-audit")
    if program is None:
        print("pip-audit is not on the path: pipx install pip-audit", file=sys.stderr)
        return 2
    for service in SERVICES:
        told = asked(program, service)
        if told is None:
            print(f"{service}: it could not be asked", file=sys.stderr)
            continue
        unknown = [one["name"] for one in told if "skip_reason" in one]
        faults = [(one, fault) for one in told for fault in one.get("vulns", ())]
        for one, fault in faults:
            print(f"{one['name']} {one['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or '?'}")
        if faults:
            return 1
        if told and not unknown:
            print(f"{service}: {len(told)} packages, no known fault")
            return 0
        print(f"{service}: nothing is known of {len(unknown)} of {len(told)} packages", file=sys.stderr)
    print(
        "Nobody could say whether our packages have known faults. Ask from where a service is reached.", file=sys.stderr
    )
    return 2


def asked(program: str, service: str) -> list[dict[str, Any]] | None:
    """What a service says of each package of the lock; None where it says nothing."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        told = ["--requirement", str(LOCK), "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
        run = [program, *told, "--vulnerability-service", service, "--format", "json", "--output", str(answer)]
        subprocess.run(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            dependencies: list[dict[str, Any]] = json.loads(answer.read_text(encoding="utf-8"))["dependencies"]
        except (OSError, ValueError, KeyError):
            return None
    return dependencies


if __name__ == "__main__":
    sys.exit(main())
