"""Reads an archive of `cellchain export everything` with Python's own library and nothing else.

Run as `python -I -S in_thirty_years.py ARCHIVE BAG`; says as JSON what it found about the bag, and checks every sum and
the chain of the ledger.
"""

import csv
import hashlib
import io
import json
import sys
import zipfile


def rows(archive: zipfile.ZipFile, table: str) -> list[dict[str, str]]:
    """The rows of a table."""
    return list(csv.DictReader(io.StringIO(archive.read(f"tables/{table}.csv").decode(), newline="")))


def above(archive: zipfile.ZipFile, bag: str) -> set[str]:
    """Every container that a bag was made of, in however many steps, as README.txt says."""
    parents: dict[str, list[str]] = {}
    for row in rows(archive, "manufacturing_container_source"):
        parents.setdefault(row["child"], []).append(row["parent"])
    found: set[str] = set()
    waiting = [bag]
    while waiting:
        for parent in parents.get(waiting.pop(), []):
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


def sums_hold(archive: zipfile.ZipFile) -> bool:
    """As `sha256sum --check SHA256SUMS`."""
    lines = [line.split("  ", 1) for line in archive.read("SHA256SUMS").decode().splitlines()]
    return bool(lines) and all(hashlib.sha256(archive.read(name)).hexdigest() == digest for digest, name in lines)


def chained(archive: zipfile.ZipFile) -> int:
    """How many entries of the ledger follow one another by their hashes."""
    before, count = "0" * 64, 0
    for line in archive.read("ledger/ledger.jsonl").decode().splitlines():
        entry = json.loads(line)
        if "body" not in entry:
            continue
        assert json.loads(entry["body"])["prev_hash"] == before, f"entry {entry['seq']} follows another one"
        before = hashlib.sha256(entry["body"].encode()).hexdigest()
        assert before == entry["hash"], f"entry {entry['seq']} was altered"
        count += 1
    return count


def main() -> None:
    """What stands about one bag."""
    assert not any("site-packages" in place or "cellchain" in place for place in sys.path), sys.path
    with zipfile.ZipFile(sys.argv[1]) as archive:
        sources = above(archive, sys.argv[2])
        donations = [row for row in rows(archive, "donors_donation") if row["container"] in sources]
        given = [row for row in rows(archive, "bedside_infusion") if row["bag"] == sys.argv[2]]
        donors = {row["code"]: row["name"] for row in rows(archive, "donors_donor")}
        found = {
            "donors": sorted({donors[row["donor"]] for row in donations}),
            "recipients": sorted({row["recipient"] for row in given}),
            "sums": sums_hold(archive),
            "entries": chained(archive),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
