"""`make bundle`: one archive that installs cellchain where there is no network; `make bundle-proof` installs it so.

The archive holds the wheel of this checkout with its static files, every wheel that it needs as the lock pins it, the
lock with the hashes, a lock for the wheel itself, and `install.sh`. The proof unpacks it in a network namespace with no
interface but loopback, installs, founds a database, serves and asks for a page.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from cellchain import __version__

TOP = Path(__file__).parents[1]
DIST = TOP / "dist"
LOCK = TOP / "requirements.lock"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
NAME = f"cellchain-{__version__}-{platform.system().lower()}-{platform.machine()}-py{PYTHON.replace('.', '')}"
INSTALL = f"""#!/bin/sh
# Installs cellchain from this folder alone into the folder named: sh install.sh /opt/cellchain
# Nothing is asked of a network, and a file that is not what the locks say is refused.
set -eu
target=${{1:?Name a folder to install into, for example /opt/cellchain}}
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
(cd "$here" && sha256sum --quiet --check SHA256SUMS)
python=${{PYTHON:-python{PYTHON}}}
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != ({sys.version_info.major}, {sys.version_info.minor}))' || {{
    echo "These wheels are for Python {PYTHON}. Set PYTHON to one." >&2
    exit 1
}}
"$python" -m venv "$target"
for lock in requirements.lock cellchain.lock; do
    "$target/bin/python" -m pip --disable-pip-version-check --isolated install --quiet --no-index --no-deps \\
        --require-hashes --find-links "$here/wheels" --requirement "$here/$lock"
done
"$target/bin/cellchain" --help > /dev/null
echo "cellchain {__version__} is in $target. Next: $target/bin/cellchain serve --data-dir /var/lib/cellchain"
"""


def make() -> Path:
    """Write the archive, and give its place."""
    DIST.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / NAME
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        _pip("download", "--only-binary", ":all:", "--require-hashes", "-r", LOCK, "-d", wheels)
        _pip("wheel", "--no-build-isolation", "-w", wheels, TOP)
        [own] = wheels.glob("cellchain-*.whl")
        shutil.copy(LOCK, folder / "requirements.lock")
        (folder / "cellchain.lock").write_text(f"cellchain=={__version__} --hash=sha256:{_digest(own)}\n")
        (folder / "install.sh").write_text(INSTALL)
        shutil.copytree(TOP / "docs" / "operations", folder / "operations")
        _write_sums(folder)
        place = DIST / f"{NAME}.tar.gz"
        with tarfile.open(place, "w:gz", compresslevel=1) as archive:
            archive.add(folder, arcname=NAME, filter=_anonymous)
    (DIST / f"{NAME}.tar.gz.sha256").write_text(f"{_digest(place)}  {place.name}\n")
    return place


def prove(place: Path) -> int:
    """Install from the archive and serve, in a network namespace of its own. Gives the exit code."""
    with tempfile.TemporaryDirectory(prefix="cellchain-bundle-") as scratch:
        with tarfile.open(place) as archive:
            archive.extractall(scratch, filter="data")
        # `unshare` needs a user namespace where the user is not root.
        mapped = [] if os.geteuid() == 0 else ["--map-root-user"]
        command = [
            "unshare",
            "--net",
            *mapped,
            "sh",
            "-eu",
            "-c",
            PROOF,
            "proof",
            f"{scratch}/{NAME}",
            f"{scratch}/site",
        ]
        clean = {"PATH": os.environ["PATH"], "HOME": scratch, "LANG": "C.UTF-8", "PYTHON": sys.executable}
        return subprocess.run(command, env=clean, check=False, cwd=scratch).returncode


PROOF = """
bundle=$1 site=$2
ip link set lo up
"$PYTHON" -c 'import socket; print("interfaces:", *(name for _, name in socket.if_nameindex()))'
if "$PYTHON" -c 'import socket; socket.create_connection(("192.0.2.1", 443), 3)' 2> /dev/null; then
    echo "there is a network here: this proves nothing" >&2
    exit 1
fi
echo "the network is off"
sh "$bundle/install.sh" "$site"
printf 'A long enough passphrase 1\\n' | "$site/bin/cellchain" create-admin --data-dir "$HOME/data" --username first
"$site/bin/cellchain" serve --data-dir "$HOME/data" --port 8765 2> "$HOME/serve.log" &
server=$!
"$site/bin/python" - << 'ASK'
import re, sys, time, urllib.request
def ask(path):
    return urllib.request.urlopen("http://127.0.0.1:8765" + path, timeout=10).read()
for attempt in range(600):
    try:
        ask("/healthz")
        break
    except OSError:
        time.sleep(0.1)
page = ask("/sign-in").decode()
files = sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page)))
sizes = [len(ask(one)) for one in files]
assert files and all(sizes), (files, sizes)
print(f"served: the sign-in page and its {len(files)} static files, {sum(sizes)} bytes")
ASK
kill -TERM "$server"
wait "$server"
"$site/bin/cellchain" verify --data-dir "$HOME/data"
echo "installed and served without a network"
"""


def _pip(verb: str, *arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", verb, "--quiet", "--no-deps"]
    subprocess.run([*command, *map(str, arguments)], check=True)


def _digest(place: Path) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_sums(folder: Path) -> None:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    lines = [f"{_digest(file)}  {file.relative_to(folder).as_posix()}\n" for file in files]
    (folder / "SHA256SUMS").write_text("".join(lines))


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Whoever made the archive does not stand in it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


def main(arguments: list[str]) -> int:
    """Make the archive, or prove the one that was made."""
    place = DIST / f"{NAME}.tar.gz"
    if arguments == ["prove"]:
        if not place.exists():
            print("There is no archive yet. Run make bundle first.", file=sys.stderr)
            return 1
        return prove(place)
    place = make()
    print(f"{place.relative_to(TOP)}: {place.stat().st_size / 1e6:.0f} MB, SHA-256 {_digest(place)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
