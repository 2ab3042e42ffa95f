"""`make drill-failover`: the primary is killed under load, and nothing that was acknowledged is lost.

Three PostgreSQL nodes under Patroni, etcd and HAProxy on loopback, `cellchain serve --workers 2` before them, eight
clients that check bags. The primary's machine "loses power" (kill -9 of its PostgreSQL and its Patroni at once), the
synchronous replica takes over, the old primary comes back. Prints what happened and when; exit 0 only if all held.
"""

import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from cellchain.kernel.values import dataclass
from scripts.drills import cluster as clusters
from scripts.drills.cluster import Cluster, Node, asked, await_true
from scripts.drills.house import through
from scripts.drills.load import LOOK, Load
from scripts.served import CELLCHAIN, free_port, served

CHECKED = "bedside:bag:checked"
DATABASE, OWNER, SERVING = "cellchain", "cellchain_owner", "cellchain_app"
CLIENTS, WORKERS = 8, 2
BEFORE_S, AFTER_S = 12.0, 12.0


@dataclass
class Times:
    """Seconds since the kill."""

    noticed: float = 0.0
    promoted: float = 0.0
    answered: float = 0.0
    rejoined: float = 0.0


def main() -> int:
    """Run the drill. 2 where a program is missing, 1 where something did not hold."""
    return through(_all)


def _all() -> int:
    with clusters.running() as cluster, tempfile.TemporaryDirectory(prefix="cellchain-site-") as folder:
        return _drill(cluster, Path(folder) / "data")


def _drill(cluster: Cluster, data: Path) -> int:
    print("# The primary is killed under load", flush=True)
    variables = _prepared(cluster, data)
    manifest = json.loads((data / "manifest.json").read_text())
    port = free_port()
    with served(data, port, variables, "--workers", str(WORKERS)):
        load = Load(port, _tokens(port, manifest), _orders(manifest), CLIENTS)
        load.start()
        time.sleep(BEFORE_S)
        killed, at = _kill_primary(cluster, load)
        times = _watched(cluster, killed, load, at)
        time.sleep(AFTER_S)
        load.stop()
        until = time.monotonic()
        findings = _findings(cluster, load)
    findings += _nodes_differ(cluster)
    intact = _run("verify", "--data-dir", str(data), variables=variables)
    if intact.returncode != 0:
        findings.append(f"verify: {intact.stdout}{intact.stderr}")
    _tell(load, times, at, until)
    print(f"\n`cellchain verify`: {intact.stdout.splitlines()[-1]}")
    for finding in findings:
        print(f"DID NOT HOLD: {finding}")
    print("\nHeld." if not findings else "\nSomething did not hold.")
    return 1 if findings else 0


def _prepared(cluster: Cluster, data: Path) -> dict[str, str]:
    """A demonstration in the cluster, owned by the migration role; what the server is told of it."""
    with cluster.connected() as link:
        link.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{cluster.password}'")
        link.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    owner = cluster.address(OWNER, cluster.password, DATABASE)
    serving = cluster.address(SERVING, cluster.password, DATABASE)
    began = time.monotonic()
    _run("demo", "--data-dir", str(data), variables={"CELLCHAIN_DATABASE_URL": owner}, check=True)
    print(f"- a demonstration played into it through HAProxy in {time.monotonic() - began:.0f} s")
    both = {"CELLCHAIN_DATABASE_URL": serving, "CELLCHAIN_MIGRATE_DATABASE_URL": owner}
    _run("migrate", "--data-dir", str(data), variables=both, check=True)
    roles = ", ".join(f"{node.name} {cluster.role_of(node.name)[0]}" for node in cluster.nodes)
    print(f"- before: {roles}; the server holds the role {SERVING}, which owns nothing", flush=True)
    return {"CELLCHAIN_DATABASE_URL": serving, "CELLCHAIN_READ_THREADS": "16"}


def _run(*command: str, variables: dict[str, str], check: bool = False) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [str(CELLCHAIN), *command], env={**os.environ, **variables}, capture_output=True, text=True, timeout=600
    )
    if check and done.returncode != 0:
        raise TimeoutError(f"cellchain {command[0]}: {done.stderr[-2_000:]}")
    return done


def _tokens(port: int, manifest: dict[str, Any]) -> list[str]:
    tokens = []
    for person in manifest["people"]:
        if "nurse" in person["roles"]:
            told = asked(port, "/api/v1/sign-in", {one: person[one] for one in ("username", "password")})[1]
            tokens.append(told["token"])
    return tokens


def _orders(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Right and wrong wristbands over all bags that are ready: entries of both verdicts, on many records."""
    bands = {one["code"]: one["wristband"] for one in manifest["recipients"]}
    ready = [bag for bag in manifest["bags"] if bag["bedside"] == "ready"]
    return [
        {"wristband": band, "bag": bag["label"], "inspection": LOOK}
        for bag in ready
        for band in (bands[bag["recipient"]], next(one for code, one in bands.items() if code != bag["recipient"]))
    ]


def _kill_primary(cluster: Cluster, load: Load) -> tuple[Node, float]:
    primary = cluster.with_role("leader")
    if primary is None:
        raise TimeoutError("there is no primary to kill")
    print(f"- {len(load.journal.answered)} requests answered in {BEFORE_S:g} s; kill -9 of {primary.name}", flush=True)
    cluster.kill_node(primary)
    return primary, time.monotonic()


def _watched(cluster: Cluster, killed: Node, load: Load, at: float) -> Times:
    """Follow it until the old primary is a replica again."""
    times = Times()
    left = [node for node in cluster.nodes if node is not killed]
    times.noticed = _first(lambda: not load.journal.refusals, at)
    times.promoted = _first(lambda: not any(_is_primary(cluster, node) for node in left), at)
    times.answered = _first(lambda: not any(one.at > at + times.promoted for one in load.journal.answered), at)
    time.sleep(3)
    cluster.start_node(killed)
    back = time.monotonic()
    await_true(
        lambda: (
            cluster.role_of(killed.name)
            in (
                ("replica", "running"),
                ("replica", "streaming"),
                ("sync_standby", "running"),
                ("sync_standby", "streaming"),
            )
        ),
        "the old primary is a replica",
    )
    times.rejoined = time.monotonic() - back
    roles = ", ".join(f"{node.name} {cluster.role_of(node.name)[0]}" for node in cluster.nodes)
    print(f"- after: {roles}", flush=True)
    return times


def _first(still: Callable[[], bool], at: float) -> float:
    await_true(lambda: not still(), "the application answers again", 120, 0.05)
    return time.monotonic() - at


def _is_primary(cluster: Cluster, node: Node) -> bool:
    with contextlib.suppress(psycopg.Error), cluster.connected(DATABASE, node.port) as link:
        return link.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
    return False


def _findings(cluster: Cluster, load: Load) -> list[str]:
    """What the ledger does not hold as it was acknowledged."""
    with cluster.connected(DATABASE) as link:
        rows = link.execute("SELECT seq, hash, request_id, event FROM ledger_entry").fetchall()
    entries = {seq: (digest, request) for seq, digest, request, _ in rows}
    # A check may set off a reaction with an entry of its own, so it is the checks that are counted.
    checked = Counter(request for _, _, request, event in rows if event == CHECKED)
    answered = load.journal.answered
    found = [f"lost: {one}" for one in answered if entries.get(one.seq) != (one.hash, one.request_id)]
    found += [f"done {checked[one.request_id]} times: {one}" for one in answered if checked[one.request_id] != 1]
    found += [f"another answer: {other}" for other in load.journal.others[:5]]
    if load.journal.without_retry_after:
        found.append(f"{load.journal.without_retry_after} answers of 503 without Retry-After")
    return found


def _nodes_differ(cluster: Cluster) -> list[str]:
    """Every node holds the same end of the chain, the old primary too."""

    def heads() -> list[Any]:
        told = []
        for node in cluster.nodes:
            with contextlib.suppress(psycopg.Error), cluster.connected(DATABASE, node.port) as link:
                told.append(link.execute("SELECT seq, hash FROM ledger_head").fetchone())
        return told

    with contextlib.suppress(TimeoutError):
        await_true(lambda: len(heads()) == len(cluster.nodes) and len(set(heads())) == 1, "all nodes agree", 60)
        return []
    return [f"the nodes end differently: {heads()}"]


def _tell(load: Load, times: Times, at: float, until: float) -> None:
    answered = sorted(load.journal.answered, key=lambda one: one.at)
    after = [one for one in answered if one.at > at + times.answered]
    gap = max((b.at - a.at for a, b in itertools.pairwise(answered)), default=0.0)
    retried = [one for one in answered if one.tries > 1]
    rate = sum(one.at < at for one in answered) / BEFORE_S
    again = len(after) / max(until - at - times.answered, 0.1)
    print("\n| what | figure |\n|---|---|")
    for what, figure in (
        ("first client that was told so", f"{times.noticed:.1f} s after the kill"),
        ("replica promoted", f"{times.promoted:.1f} s"),
        ("first acknowledged answer after it", f"{times.answered:.1f} s"),
        ("longest time without any answer", f"{gap:.1f} s"),
        ("old primary is a replica again, once started", f"{times.rejoined:.1f} s"),
        ("rate before / after", f"{rate:.0f} / {again:.0f} checks a second"),
        ("acknowledged in all", f"{len(answered)}"),
        ("of them sent more than once", f"{len(retried)}, {max((one.tries for one in retried), default=0)} at most"),
        ("longest wait of a client", f"{max((one.waited_s for one in answered), default=0.0):.1f} s"),
        ("told to come again", ", ".join(f"{code} {n}" for code, n in sorted(load.journal.refusals.items()))),
    ):
        print(f"| {what} | {figure} |")


if __name__ == "__main__":
    sys.exit(main())
