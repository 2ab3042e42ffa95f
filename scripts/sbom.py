"""`make sbom`: what the product is made of, as CycloneDX JSON in dist/sbom.json.

Packages of Python come from requirements.lock with their hashes; scripts that pages load come from package-lock.json,
as far as `scripts/vendor.py` copies them to static/vendor/. What only builds or tests the product is left out.
"""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from scripts.vendor import SCRIPTS

TOP = Path(__file__).resolve().parent.parent
MADE = TOP / "dist" / "sbom.json"


def main() -> int:
    """Write it. The exit code of cyclonedx-py where that fails."""
    MADE.parent.mkdir(exist_ok=True)
    told = ["--pyproject", "pyproject.toml", "--output-reproducible", "--short-PURLs", "--of", "JSON", "-o", "-"]
    run = [sys.executable, "-m", "cyclonedx_py", "requirements", *told, "requirements.lock"]
    done = subprocess.run(run, cwd=TOP, stdout=subprocess.PIPE)
    if done.returncode != 0:
        return done.returncode
    bill = with_scripts(json.loads(done.stdout), json.loads((TOP / "package-lock.json").read_text(encoding="utf-8")))
    MADE.write_text(json.dumps(bill, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{MADE}: {len(bill['components'])} components")
    return 0


def with_scripts(bill: dict[str, Any], lock: dict[str, Any]) -> dict[str, Any]:
    """The bill with the packages behind static/vendor/ in it."""
    names = sorted({script.partition("/")[0] for script in SCRIPTS})
    return {**bill, "components": [*bill["components"], *(component(name, lock) for name in names)]}


def component(name: str, lock: dict[str, Any]) -> dict[str, Any]:
    """One package of npm as CycloneDX has it; its hash is the lock's."""
    held = lock["packages"][f"node_modules/{name}"]
    kind, _, digest = held["integrity"].partition("-")
    purl = f"pkg:npm/{name}@{held['version']}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": held["version"],
        "purl": purl,
        "licenses": [{"license": {"id": held["license"]}}],
        "hashes": [{"alg": kind.upper().replace("SHA", "SHA-"), "content": base64.b64decode(digest).hex()}],
    }


if __name__ == "__main__":
    sys.exit(main())
