"""Finds the Chromium of the browser tests. `python -m tests.support.chromium` also installs one where it may."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

VARIABLE = "CELLCHAIN_TEST_CHROMIUM"
# The same engine without a browser's own windows, bars and menus opens a page in a third of the time.
PACKAGES = ("chromium-headless-shell", "chromium")
NAMES = (*PACKAGES, "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHTS = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No process is made ready for a page that nobody opens: starting one takes longer than most tests of a page. The
    # other names are Playwright's own; the browser heeds the last list that it is given.
    f"--disable-features=SpareRendererForSitePerProcess,{','.join(PLAYWRIGHTS)}",
)
ADVICE = f"There is no Chromium here. Install one (Debian: apt-get install chromium), or set {VARIABLE} to its path."


class NoChromium(Exception):
    """No Chromium is installed, and this user may not install one."""


def find() -> str | None:
    """The path of a Chromium, or None."""
    named = os.environ.get(VARIABLE)
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def provide() -> str:
    """The path of a Chromium, after installing Debian's if there is none. Raises NoChromium."""
    found = find()
    if not found:
        _install(PACKAGES, renew=True)
        found = find()
    if not found:
        raise NoChromium(ADVICE)
    return found


def _install(packages: Sequence[str], *, renew: bool) -> None:
    """The first of Debian's `packages` that there is, from the lists as they are or after they were renewed."""
    become_root = _root()
    if os.environ.get(VARIABLE) or not shutil.which("apt-get") or become_root is None:
        return
    print("Installing Chromium for the browser tests", flush=True)
    apt = [*become_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "--option=Dpkg::Use-Pty=0"]
    if renew:
        # A list that could not be renewed may still name a Chromium that can be had.
        subprocess.run([*apt, "update"])
    for package in packages:
        install = [*apt, "install", "--yes", "--no-install-recommends", package]
        if subprocess.run(install, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            return


def _root() -> list[str] | None:
    """What makes a command root's; None where this user may not."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def main() -> int:
    try:
        if provide() != shutil.which(PACKAGES[0]):
            _install(PACKAGES[:1], renew=False)
        print(f"Chromium: {provide()}")
    except NoChromium as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
