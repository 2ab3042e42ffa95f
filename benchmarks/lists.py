"""The lists and the search over a hundred thousand rows beside themselves over a thousand, and what pages weigh.

Both databases are demonstrations with rows written past the commands (`long_lists`), so they are thrown away. A deep
page is nine tenths down its list. Weights are those that the proxy sends (docs/operations/nginx.conf).
"""

import gzip
import http.client
import os
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from html import unescape
from pathlib import Path

from benchmarks import long_lists
from benchmarks.client import demonstration, served, signed_in, somebody
from benchmarks.figures import Figure, heading, note

SMALL = 1_000
ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
TURNS, WARMING = 150, 10
LEVEL = 5
PAGE_KB, FIRST_LOAD_KB = 10.0, 60.0
DEEP = 0.9
# Whose forms are weighed.
FORMS_OF = ("qa", "technician", "physician", "nurse", "coordinator")
# The address of each list, the table behind it and the key that its pages go by.
LISTS: Mapping[str, tuple[str, str, str]] = {
    "ledger": ("/ledger", "ledger_entry", "seq"),
    "labels": ("/labels", "labels_label", "code"),
    "samples": ("/quality/samples", "quality_sample", "code"),
    "batches": ("/manufacturing", "manufacturing_lot", "code"),
    "dispositions": ("/quality", "quality_disposition", "lot"),
    "deviations": ("/quality/deviations", "quality_deviation", "id"),
    "donors": ("/donors", "donors_donor", "code"),
    "material lots": ("/materials", "materials_lot", "expires_on || '~' || code"),
    "notices": ("/notices", "notices_telling", "notice"),
    "near misses": ("/bedside/near-misses", "bedside_check", "id"),
    "scans": ("/scans", "labels_raw_scan", "nonce"),
}
SEARCHES: Mapping[str, str] = {
    "search, bags by how they begin": "/find?begins=BG3",
    "search, bags of one state": "/find?begins=BG&phase=spent",
    "search, a number alone": "/find?begins=500",
    "search, labels of one state": "/labels?begins=LB01&phase=confirmed",
    "search, a lot of a supplier": "/materials?begins=NONE-SUCH",
}


def main() -> None:
    """Print and keep the figures."""
    with tempfile.TemporaryDirectory() as folder:
        small, long = Path(folder) / "small", Path(folder) / "long"
        manifests = {data: demonstration(data) for data in (small, long)}
        for data, count in ((small, SMALL), (long, ROWS)):
            long_lists.fill(data / "cellchain.db", count, _person(data, manifests[data]))
        heading()
        with served(small) as one, served(long) as other:
            heads = {port: signed_in(port, somebody(manifests[small], "qa")) for port in (one, other)}
            _measure({one: small, other: long}, heads)
            _weigh(other, heads[other])
            _weigh_forms(one, [signed_in(one, somebody(manifests[small], role)) for role in FORMS_OF])


def _person(data: Path, manifest: Mapping[str, list[dict[str, str]]]) -> str:
    with closing(sqlite3.connect(data / "cellchain.db")) as link:
        asked = "SELECT code FROM accounts_person WHERE username = ?"
        return str(link.execute(asked, (somebody(manifest, "qa")["username"],)).fetchone()[0])


def _measure(ports: Mapping[int, Path], heads: Mapping[int, dict[str, str]]) -> None:
    for name, address in {**{name: found[0] for name, found in LISTS.items()}, **SEARCHES}.items():
        _note(f"{name}, first page" if name in LISTS else name, dict.fromkeys(ports, address), heads)
    for name, (address, table, key) in LISTS.items():
        if name != "scans":  # a day of scans is a list of its own
            deep = {port: f"{address}?older={_deep(data, table, key)}" for port, data in ports.items()}
            _note(f"{name}, deep page", deep, heads)


def _deep(data: Path, table: str, key: str) -> str:
    with closing(sqlite3.connect(data / "cellchain.db")) as link:
        count = link.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        order = "ASC" if "~" in key else "DESC"
        asked = f"SELECT {key} FROM {table} ORDER BY {key} {order} LIMIT 1 OFFSET ?"
        return str(link.execute(asked, (int(count * DEEP),)).fetchone()[0])


def _note(name: str, paths: Mapping[int, str], heads: Mapping[int, dict[str, str]]) -> None:
    # One after the other, request by request, so that what else the machine does falls on both alike.
    links = {port: http.client.HTTPConnection("127.0.0.1", port, timeout=60) for port in paths}
    taken: dict[int, list[float]] = {port: [] for port in paths}
    for turn in range(TURNS + WARMING):
        for port, path in paths.items():
            before = time.perf_counter()
            _read(links[port], path, heads[port])
            if turn >= WARMING:
                taken[port].append((time.perf_counter() - before) * 1000)
    floor, ours = (statistics.median(taken[port]) for port in paths)
    note(Figure(f"{name}, {ROWS:,} rows", ours, floor, "ms", 1.2))


def _weigh(port: int, head: dict[str, str]) -> None:
    weights = {name: _page(port, address, head) for name, (address, *_) in LISTS.items()}
    heaviest = max(weights, key=lambda name: weights[name][0])
    note(Figure(f"heaviest list ({heaviest}), compressed", weights[heaviest][0], PAGE_KB, "kB", 1))
    first = max(kilobytes + _files(port, page) for kilobytes, page in weights.values())
    note(Figure("first load of a list with sheets and scripts, compressed", first, FIRST_LOAD_KB, "kB", 1))


def _weigh_forms(port: int, heads: Iterable[dict[str, str]]) -> None:
    """Every form that a place of the house leads to, for several people."""
    heaviest = 0.0
    for head in heads:
        places = set(_links(_page(port, "/", head)[1]))
        forms = {form for place in places for form in _links(_page(port, place, head)[1]) if form.startswith("/do/")}
        for kilobytes, page in (_page(port, form, head) for form in forms):
            heaviest = max(heaviest, kilobytes + _files(port, page))
    note(Figure("first load of a form with sheets and scripts, compressed", heaviest, FIRST_LOAD_KB, "kB", 1))


def _links(page: str) -> list[str]:
    """Where the main menu and the forms of a page are."""
    return [unescape(link) for link in re.findall(r'href="(/(?:[a-z-]*|do/[^"#]*))"', page)]


def _page(port: int, path: str, head: dict[str, str]) -> tuple[float, str]:
    content = _got(port, path, head)
    return _kilobytes(content), content.decode()


def _files(port: int, page: str) -> float:
    """What everything weighs that a page brings along, and what its scripts bring along themselves."""
    waiting, seen, total = re.findall(r'(?:href|src)="(/static/[^"#]+)', page), set[str](), 0.0
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            content = _got(port, path, {})
            total += _kilobytes(content)
            waiting += [f"/static/js/{name.decode()}" for name in re.findall(rb'from "\./([\w-]+\.js)"', content)]
    return total


def _got(port: int, path: str, head: Mapping[str, str]) -> bytes:
    return _read(http.client.HTTPConnection("127.0.0.1", port, timeout=60), path, head)


def _read(link: http.client.HTTPConnection, path: str, head: Mapping[str, str]) -> bytes:
    link.request("GET", path, headers=dict(head))
    answer = link.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return content


def _kilobytes(content: bytes) -> float:
    return len(gzip.compress(content, LEVEL)) / 1000


if __name__ == "__main__":
    main()
