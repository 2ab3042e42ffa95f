"""`make drill-unit`: the bundle on a machine of its own under systemd, with `cellchain.service` as it stands.

Debian's debootstrap makes a small system in a folder, `install.sh` of the bundle puts cellchain into it, and
systemd-nspawn boots it with no network but loopback. The unit is started, everybody's pages are opened, documents are
drawn, the server is killed and stopped. Prints each step; exit 0 only if all held. It needs root, for the container.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.bundle import DIST
from scripts.drills.cluster import Missing, await_true
from scripts.drills.house import through

WANTED = {"debootstrap": "debootstrap", "systemd-nspawn": "systemd-container", "nsenter": "util-linux"}
PACKAGES = "systemd,systemd-sysv,dbus,python3,python3-venv,fontconfig,iproute2"
DATA = "/var/lib/cellchain"
ROLES = ("technician", "qa", "nurse", "physician", "coordinator", "inspector", "administrator", "statistician")
# The container gets a hierarchy of control groups of its own, as systemd wants it, whatever this machine has.
BOOT = """
mount --make-rprivate / && mount -t tmpfs tmpfs /run
umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup
mkdir -p /sys/fs/cgroup/drill && echo $$ > /sys/fs/cgroup/drill/cgroup.procs
exec systemd-nspawn --quiet --register=no --keep-unit --private-network --console=pipe --directory="$0" --boot
"""
SET_UP = f"""
set -e
cd /root && tar -xzf cellchain-*.tar.gz && sh cellchain-*/install.sh /opt/cellchain
useradd --system --home-dir {DATA} --shell /usr/sbin/nologin cellchain
cp cellchain-*/operations/cellchain.service /etc/systemd/system/
"""


class Machine:
    """A booted container, asked by the number of its first process."""

    def __init__(self, root: Path, init: int) -> None:
        self.root, self.init = root, init
        self.findings: list[str] = []

    def run(self, command: str) -> str:
        """What a shell in there says."""
        return subprocess.run(
            ["nsenter", "-t", str(self.init), "-a", "sh", "-c", command], capture_output=True, text=True, timeout=300
        ).stdout.strip()

    def service(self, name: str) -> str:
        """A property of the unit."""
        return self.run(f"systemctl show cellchain -p {name} --value")

    def step(self, what: str, held: bool, detail: str = "") -> None:
        """Say what was tried and whether it came out as it has to."""
        print(f"{'held' if held else 'DID NOT HOLD'}: {what}{f' ({detail})' if detail else ''}", flush=True)
        if not held:
            self.findings.append(what)


def main() -> int:
    """Run the drill. 2 where a program is missing, 1 where something did not hold."""
    return through(_drill)


def _drill() -> int:
    if sys.argv[1:2] == ["walk"]:
        return _walk(Path(sys.argv[2]))
    bundle = _what_it_takes()
    with tempfile.TemporaryDirectory(prefix="cellchain-unit-") as folder:
        root = Path(folder) / "root"
        _made(root, bundle)
        with _booted(root) as machine:
            _starts(machine)
            _works(machine)
            _shut_in(machine)
            _ends(machine)
            findings = machine.findings
    print("\nHeld." if not findings else f"\n{len(findings)} did not hold.")
    return 1 if findings else 0


def _what_it_takes() -> Path:
    """The newest bundle. Raises Missing."""
    if os.geteuid() != 0:
        raise Missing("The drill boots a container, and that takes root.")
    for program, package in WANTED.items():
        if shutil.which(program) is None:
            raise Missing(f"{program} is not here: apt-get install {package}")
    bundles = sorted(DIST.glob("cellchain-*.tar.gz"), key=lambda one: one.stat().st_mtime)
    if not bundles:
        raise Missing("There is no bundle in dist/. Make one: make bundle")
    return bundles[-1]


def _made(root: Path, bundle: Path) -> None:
    """A small system with the bundle installed as bundle.md says."""
    said = dict(re.findall(r"^(\w+)=\"?([^\"\n]*)", Path("/etc/os-release").read_text(), re.MULTILINE))
    make = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", said["VERSION_CODENAME"], str(root)]
    subprocess.run(make, check=True, capture_output=True)
    shutil.copy(bundle, root / "root")
    subprocess.run(["chroot", str(root), "sh", "-c", SET_UP], check=True, capture_output=True)
    print(f"# {bundle.name} in {said['PRETTY_NAME']}", flush=True)


@contextmanager
def _booted(root: Path) -> Iterator[Machine]:
    boot = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", BOOT, str(root)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        children = Path(f"/proc/{boot.pid}/task/{boot.pid}/children")
        await_true(lambda: bool(children.read_text().split()), "the machine boots", 30, 0.1)
        machine = Machine(root, int(children.read_text().split()[0]))
        await_true(lambda: machine.run("systemctl is-system-running") in {"running", "degraded"}, "it is up", 60, 0.5)
        machine.run("ip link set lo up")
        yield machine
        machine.run("systemctl poweroff")
        boot.wait(60)
    finally:
        boot.kill()
        boot.wait()


# -- the steps -------------------------------------------------------------------------------------------------------


def _starts(machine: Machine) -> None:
    version = machine.run("systemctl --version").split()[1]
    machine.run("mkdir /etc/cellchain && echo WORKERS=2 > /etc/cellchain/environment && systemctl start cellchain")
    await_true(lambda: machine.service("ActiveState") == "failed", "a setting that cannot be is said", 30, 0.5)
    said = machine.run("journalctl -u cellchain -o cat --no-pager")
    once = said.count("SQLite takes one process") == 1 and machine.service("NRestarts") == "0"
    machine.step(f"under systemd {version}, a setting that cannot be is said once, and nothing is tried again", once)
    machine.run("echo CELLCHAIN_REQUESTS_A_MINUTE_MAX=10000000 > /etc/cellchain/environment")
    played = machine.run(f"runuser -u cellchain -- /opt/cellchain/bin/cellchain demo --data-dir {DATA} 2>&1")
    machine.step("a demonstration is played in its folder", "20 recipients" in played)
    machine.run("systemctl reset-failed cellchain; systemctl start cellchain")
    machine.step("the unit starts as it stands", _is_ready(machine))


def _works(machine: Machine) -> None:
    """Everybody's pages, papers and pictures, asked from within its network."""
    walk = [sys.executable, "-m", "scripts.drills.unit", "walk", str(machine.root / DATA[1:] / "manifest.json")]
    done = subprocess.run(["nsenter", "-t", str(machine.init), "-n", *walk], capture_output=True, text=True)
    told = done.stdout.strip()
    machine.step("every page, paper and picture that people are led to is there", done.returncode == 0, told)
    faults = machine.run('journalctl -u cellchain -o cat --no-pager | grep -c \'"level":"error"\'')
    machine.step("and no fault is in its log", faults == "0", faults)


def _shut_in(machine: Machine) -> None:
    process = machine.service("MainPID")
    status = dict(re.findall(r"^(\w+):\s*(\S+)", machine.run(f"cat /proc/{process}/status"), re.MULTILINE))
    bare = (int(status["CapEff"], 16), status["NoNewPrivs"], status["Seccomp"]) == (0, "1", "2")
    machine.step("the process has no capability, gains none, and has its calls filtered", bare)
    tried = " ".join(f"touch {place}/x && echo {place};" for place in ("/etc", "/opt/cellchain", "/usr", DATA))
    written = machine.run(f"nsenter -t {process} -m sh -c '{tried}' 2>/dev/null; rm -f {DATA}/x")
    machine.step("it sees nothing that it could write but its own folder", written == DATA, written)


def _ends(machine: Machine) -> None:
    machine.run(f"kill -9 {machine.service('MainPID')}")
    began = time.monotonic()
    time.sleep(2.5)
    machine.step("killed, it is back by itself", _is_ready(machine), f"{time.monotonic() - began:.0f} s")
    began = time.monotonic()
    machine.run("systemctl stop cellchain")
    took = f"{time.monotonic() - began:.1f} s"
    machine.step("told to stop, it ends well", machine.service("Result") == "success", took)
    verified = machine.run(f"runuser -u cellchain -- /opt/cellchain/bin/cellchain verify --data-dir {DATA}")
    machine.step("what it stored is intact", "\nintact: " in verified, verified.splitlines()[-1])


def _is_ready(machine: Machine) -> bool:
    ask = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/readyz', timeout=5).status)"
    return bool(await_true(lambda: machine.run(f'python3 -c "{ask}" 2>/dev/null') == "200", "it is ready", 60, 0.5))


# -- a walk through everybody's pages, in the network of the machine ---------------------------------------------------


def _walk(manifest: Path) -> int:
    from scripts.drills.walker import walk

    told = walk("http://127.0.0.1:8000", json.loads(manifest.read_text())["people"], ROLES)
    print(told)
    return 1 if told.faults else 0


if __name__ == "__main__":
    sys.exit(main())
