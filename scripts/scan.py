"""`make scan`: wapiti and sqlmap go through a served demonstration on loopback, signed in, until they have tried all.

Both come from Debian (`apt-get install wapiti sqlmap`) and ask nobody else. Everything they do is done to a
demonstration in a folder that is thrown away. Prints what was found as a table for docs/security/scan.md; exit 1 if
anything was, or if anything was not tried to its end; 2 where a program is missing. Full reports lie in dist/scan/.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import httpx2 as httpx

from cellchain.web.session import SESSION_COOKIE
from scripts.served import CELLCHAIN
from tests.e2e.server import Demonstration, serving

TOP = Path(__file__).resolve().parent.parent
REPORTS = TOP / "dist" / "scan"
# Whoever opens and does much in quality, and whoever manages people: between them they reach nearly every page.
PEOPLE = ("qa1", "admin1")
# Bounds that a quiet machine does not come near: what ends by one of them is a finding.
CRAWL_S, EACH_MODULE_S, WAPITI_S, SQLMAP_S = 300, 420, 1_200, 240
MODULES = "csp,cookieflags,http_headers,methods,csrf,redirect,crlf,exec,file,xss,permanentxss,xxe,sql,blindsql"
# Headers that wapiti wishes for and we do not send, with the reason.
ANSWERED = {
    "X-XSS-Protection is not set": "it is, to `0`, which wapiti does not count: the filter it speaks of did harm",
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
# What would end the session that scans: whoever is signed out gets one answer to everything. And what is no page.
LEFT_OUT = (
    *("/sign-out*", "/do/accounts/sign_out_everywhere*", "/do/accounts/end_session*", "/do/accounts/lock*"),
    *("/do/accounts/set_password*", "/do/accounts/reset_password*", "/do/accounts/leave*", "/static/*", "*.pdf*"),
)
# Ours alone to give: wapiti would send each of a form's own tokens wrongly a hundred times over.
# The codes on paper are ten fields of one name, and a beep's number is no text of ours.
NOT_ATTACKED = ("csrf", "request_id", "nonce", "recovery")
UNFINISHED = ("Max attack time was reached", "Max scan time was reached", "were skipped due to network issues")
INJECTABLE, ENDED = "is vulnerable", b"\nended after its time\n"


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
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cellchain-scan-") as base:
        folder = Path(base) / "data"
        subprocess.run([CELLCHAIN, "demo", "--data-dir", folder], check=True, stdout=subprocess.DEVNULL)
        with serving(folder) as server, ear() as asked:
            found = [one for who in PEOPLE for one in scanned(server, who, Path(base), asked)]
        found += faults_in(folder / "serve.log")
    left = [one for one in found if one.what not in ANSWERED]
    for one in found:
        print(f"| {one.program} | {one.who} | {one.what} | {ANSWERED.get(one.what, '**open**')} |")
    print(f"{len(left)} open findings in {(time.monotonic() - begun) / 60:.0f} min")
    return 1 if left else 0


def scanned(server: Demonstration, who: str, base: Path, asked: str) -> Iterator[Finding]:
    """What both programs find as somebody. Whoever is signed out half way has found nothing, and says so."""
    cookie = cookie_of(server, who)
    yield from by_wapiti(server.url, who, cookie, base, asked)
    yield from by_sqlmap(server.url, who, cookie, base)
    if httpx.get(f"{server.url}/", headers={"cookie": cookie}, follow_redirects=False).status_code != 200:
        yield Finding("session", who, "it ended while they scanned")


def faults_in(log: Path) -> Iterator[Finding]:
    """What the server itself says went wrong in it, each way to it once."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    yield from {
        Finding("server", "-", f"fault {line.get('kind')} at {line.get('route')}"): None
        for line in lines
        if line.get("event") == "fault" or line.get("status") == 500
    }


@contextmanager
def ear() -> Iterator[str]:
    """A server of our own that whatever reads XML from outside would ask; gives its address, where wapiti asks too."""
    heard: dict[str, dict[str, list[dict[str, object]]]] = {}

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = self.path.strip("/").split("/")
            if parts[0] == "dtd":
                told = {"url": self.path, "date": "", "ip": self.client_address[0], "size": 0, "payload": parts[-1]}
                heard.setdefault(parts[2], {}).setdefault(parts[3], []).append(told)
            content = json.dumps(heard).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def cookie_of(server: Demonstration, who: str) -> str:
    """The cookie header of somebody who signed in as a browser does."""
    answer = httpx.post(f"{server.url}/sign-in", data={"username": who, "password": server.passwords[who], "next": "/"})
    return f"{SESSION_COOKIE}={answer.cookies[SESSION_COOKIE]}"


def by_wapiti(url: str, who: str, cookie: str, base: Path, asked: str) -> Iterator[Finding]:
    """Crawl one page and form of each kind, and attack their parameters; forms are sent with their own tokens."""
    report, log = REPORTS / f"wapiti-{who}.json", REPORTS / f"wapiti-{who}.log"
    report.unlink(missing_ok=True)
    run = [
        *("/usr/bin/python3", str(TOP / "scripts" / "scan_wapiti.py"), "-u", f"{url}/", "--scope", "domain"),
        *("-m", MODULES, "-H", f"Cookie: {cookie}", "-H", "Sec-Fetch-Site: same-origin", "--endpoint", asked),
        *(part for path in LEFT_OUT for part in ("-x", f"{url}{path}")),
        *(part for name in NOT_ATTACKED for part in ("--skip", name)),
        *("-d", "3", "--max-files-per-dir", "1", "--max-scan-time", str(CRAWL_S), "--verify-ssl", "0", "-v", "1"),
        *("--max-attack-time", str(EACH_MODULE_S), "--flush-session", "--store-session", str(base / f"wapiti-{who}")),
        *("--no-bugreport", "-S", "insane", "-f", "json", "-o", str(report)),
    ]
    bounded(run, WAPITI_S, log)
    said = log.read_text(encoding="utf-8", errors="replace")
    yield from (Finding("wapiti", who, line) for line in said.splitlines() if any(end in line for end in UNFINISHED))
    if not report.exists():
        yield Finding("wapiti", who, "it did not come to its end")
        return
    told = json.loads(report.read_text(encoding="utf-8"))
    for kind in ("vulnerabilities", "anomalies"):
        for name, each in told[kind].items():
            yield from (Finding("wapiti", who, f"{one['info'].strip() or name}{where(one)}") for one in each)


def where(told: dict[str, str]) -> str:
    """The address of a finding, where it is about one."""
    return "" if told["path"] == "/" else f" ({told['method']} {told['path']})"


def by_sqlmap(url: str, who: str, cookie: str, base: Path) -> Iterator[Finding]:
    """Ask questions that a database might take for its own."""
    for number, question in enumerate(QUESTIONS):
        log = REPORTS / f"sqlmap-{who}-{number}.log"
        run = [
            *("sqlmap", "--batch", "--flush-session", "--disable-coloring", "--level", "2", "--risk", "2"),
            *("--technique", "BEUT", "--time-sec", "2", "--output-dir", str(base / "sqlmap"), "--cookie", cookie),
            *("--skip", "cookie,user-agent,referer", "--ignore-code", "404,422", "--user-agent", "cellchain-scan"),
            *("--url", f"{url}{quote(question, safe='/?&=*')}"),
        ]
        bounded(run, SQLMAP_S, log)
        said = log.read_bytes()
        if INJECTABLE.encode() in said:
            yield Finding("sqlmap", who, f"{question} is injectable")
        if said.endswith(ENDED):
            yield Finding("sqlmap", who, f"{question} was not tried to its end")


def bounded(run: list[str], seconds: int, log: Path) -> None:
    """Run a program that may not end by itself; what it says is kept."""
    with log.open("wb") as kept:
        try:
            subprocess.run(run, stdout=kept, stderr=kept, stdin=subprocess.DEVNULL, timeout=seconds, env=os.environ)
        except subprocess.TimeoutExpired:
            kept.write(ENDED)


if __name__ == "__main__":
    sys.exit(main())
