"""`make scan`: wapiti and sqlmap go through a served demonstration on loopback, signed in, for a bounded time.

Both come from Debian (`apt-get install wapiti sqlmap`) and ask nobody else. Everything they do is done to a
demonstration in a folder that is thrown away. Prints what was found as a table for docs/security/scan.md; exit 1 if
anything was, 2 where a program is missing. Full reports lie in dist/scan/.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx2 as httpx

from cellchain.web.session import SESSION_COOKIE
from tests.e2e.server import CELLCHAIN, Demonstration, serving

TOP = Path(__file__).resolve().parent.parent
REPORTS = TOP / "dist" / "scan"
# Whoever opens and does much in quality, and whoever manages people: between them they reach nearly every page.
PEOPLE = ("qa1", "admin1")
CRAWL_S, EACH_MODULE_S, WAPITI_S, SQLMAP_S = 40, 6, 150, 15
MODULES = "csp,cookieflags,exec,file,sql,blindsql,xss,permanentxss,redirect,crlf,csrf,methods,http_headers"
# Under Python 3.11, wapiti 3.0.4 of Debian cannot leave an address out: its pattern is not accepted. Signing out has
# to be left out, so its one function is given a pattern that says the same.
WAPITI = """
import re, sys
from wapitiCore.net import crawler
crawler.wildcard_translate = lambda wild: re.compile("(?ms)" + ".*".join(map(re.escape, wild.split("*"))) + r"\\Z")
from wapitiCore.main.wapiti import wapiti_main
sys.argv[0] = "wapiti"
wapiti_main()
"""
# Headers that wapiti wishes for and we do not send, with the reason.
ANSWERED = {
    "X-Frame-Options is not set": "`frame-ancestors 'none'` of the content policy says it to every browser of today",
    "X-XSS-Protection is not set": "browsers have dropped it; the content policy lets no script run",
    "Strict-Transport-Security is not set": "the scan speaks HTTP on loopback; an encrypted answer bears it",
}
QUESTIONS = (
    "/trace?code=BG1",
    "/ledger?older=5&subject=BG1",
    "/api/v1/scan?symbol=BG1",
    "/donors?older=1",
    "/find?begins=BG&kind=BG",
    "/code/BG1*",
)
# What would end the session that scans: whoever is signed out gets one answer to everything.
LEFT_OUT = ("/sign-out*", "/do/accounts/sign_out_everywhere*", "/do/accounts/end_session*", "/static/*")
INJECTABLE = "is vulnerable"


@dataclass(frozen=True)
class Finding:
    """Something that a scanner said."""

    program: str
    who: str
    what: str


def main() -> int:
    """Scan. 2 where a program is missing, 1 where something was found."""
    missing = [name for name in ("wapiti", "sqlmap") if shutil.which(name) is None]
    if missing:
        print(f"{' and '.join(missing)} not found. On Debian: apt-get install wapiti sqlmap", file=sys.stderr)
        return 2
    REPORTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cellchain-scan-") as base:
        folder = Path(base) / "data"
        subprocess.run([CELLCHAIN, "demo", "--data-dir", folder], check=True, stdout=subprocess.DEVNULL)
        with serving(folder) as server:
            found = [one for who in PEOPLE for one in scanned(server, who, Path(base))]
            faults = (folder / "serve.log").read_text(encoding="utf-8").count("Traceback")
    if faults:
        found.append(Finding("server", "-", f"{faults} faults in its log"))
    left = [one for one in found if one.what not in ANSWERED]
    for one in found:
        print(f"| {one.program} | {one.who} | {one.what} | {ANSWERED.get(one.what, '**open**')} |")
    print(f"{len(left)} open findings")
    return 1 if left else 0


def scanned(server: Demonstration, who: str, base: Path) -> Iterator[Finding]:
    """What both programs find as somebody."""
    cookie = cookie_of(server, who)
    yield from by_wapiti(server.url, who, cookie, base)
    yield from by_sqlmap(server.url, who, cookie, base)


def cookie_of(server: Demonstration, who: str) -> str:
    """The cookie header of somebody who signed in as a browser does."""
    answer = httpx.post(f"{server.url}/sign-in", data={"username": who, "password": server.passwords[who], "next": "/"})
    return f"{SESSION_COOKIE}={answer.cookies[SESSION_COOKIE]}"


def by_wapiti(url: str, who: str, cookie: str, base: Path) -> Iterator[Finding]:
    """Crawl every page and form that is reached, and attack their parameters; forms are sent with their own tokens."""
    report = REPORTS / f"wapiti-{who}.json"
    run = [
        *("/usr/bin/python3", "-c", WAPITI, "-u", f"{url}/", "--scope", "domain", "-m", MODULES),
        *("-H", f"Cookie: {cookie}", "-H", "Sec-Fetch-Site: same-origin"),
        *(part for path in LEFT_OUT for part in ("-x", f"{url}{path}")),
        *("-d", "3", "--max-links-per-page", "40", "--max-scan-time", str(CRAWL_S)),
        *("--max-attack-time", str(EACH_MODULE_S), "--flush-session", "--store-session", str(base / f"wapiti-{who}")),
        *("--no-bugreport", "-f", "json", "-o", str(report)),
    ]
    bounded(run, WAPITI_S, REPORTS / f"wapiti-{who}.log")
    told = json.loads(report.read_text(encoding="utf-8"))
    for kind in ("vulnerabilities", "anomalies"):
        for name, each in told[kind].items():
            yield from (Finding("wapiti", who, one["info"].strip() or name) for one in each)


def by_sqlmap(url: str, who: str, cookie: str, base: Path) -> Iterator[Finding]:
    """Ask questions that a database might take for its own."""
    for number, question in enumerate(QUESTIONS):
        log = REPORTS / f"sqlmap-{who}-{number}.log"
        run = [
            *("sqlmap", "--batch", "--flush-session", "--disable-coloring", "--level", "2", "--risk", "2"),
            *("--technique", "BEUT", "--time-sec", "2", "--output-dir", str(base / "sqlmap"), "--cookie", cookie),
            *("--skip", "cookie", "--ignore-code", "404,422", "--user-agent", "cellchain-scan"),
            *("--url", f"{url}{quote(question, safe='/?&=*')}"),
        ]
        bounded(run, SQLMAP_S, log)
        if INJECTABLE in log.read_text(encoding="utf-8", errors="replace"):
            yield Finding("sqlmap", who, f"{question} is injectable")


def bounded(run: list[str], seconds: int, log: Path) -> None:
    """Run a program that may not end by itself; what it says is kept."""
    with log.open("wb") as kept:
        try:
            subprocess.run(run, stdout=kept, stderr=kept, stdin=subprocess.DEVNULL, timeout=seconds, env=os.environ)
        except subprocess.TimeoutExpired:
            kept.write(b"\nended after its time\n")


if __name__ == "__main__":
    sys.exit(main())
