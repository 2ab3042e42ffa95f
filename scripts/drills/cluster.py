"""A PostgreSQL cluster on loopback: etcd, three nodes under Patroni with strict synchronous replication, and HAProxy.

Everything runs as processes of this drill alone, in a folder of its own, and is ended by the numbers it was started
with. The programs come from the distribution: see `WANTED`.
"""

import ctypes
import http.client
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

WANTED = {
    "etcd": "etcd-server",
    "patroni": "patroni",
    "haproxy": "haproxy",
    "/usr/lib/postgresql/15/bin/postgres": "postgresql-15",
}
BINARIES = Path("/usr/lib/postgresql/15/bin")
USER = "postgres"
START_S = 120.0
TTL_S, LOOP_S, RETRY_S = 20, 3, 5
PARAMETERS = {
    "wal_level": "replica",
    "hot_standby": "on",
    "wal_log_hints": "on",
    "synchronous_commit": "on",
    "max_connections": 80,
    "max_wal_senders": 8,
    "max_replication_slots": 8,
    "wal_keep_size": "128MB",
    "shared_buffers": "128MB",
}
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


class Missing(Exception):
    """A program of the distribution that is not here; the text says how to get it."""


@dataclass
class Node:
    """One PostgreSQL under its Patroni."""

    name: str
    port: int
    rest: int
    home: Path
    patroni: "subprocess.Popen[bytes] | None" = None

    @property
    def data(self) -> Path:
        return self.home / self.name

    def postmaster(self) -> int | None:
        """The number of PostgreSQL's first process."""
        with suppress(OSError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        return None

    def members(self) -> list[dict[str, Any]]:
        """The cluster as this node's Patroni knows it; empty where it does not answer."""
        with suppress(OSError, ValueError, http.client.HTTPException):
            found: list[dict[str, Any]] = asked(self.rest, "/cluster")[1].get("members", [])
            return found
        return []


@dataclass
class Cluster:
    """The whole of it. `port` is where HAProxy leads to whichever node is the primary."""

    home: Path
    nodes: list[Node]
    port: int
    password: str = field(default_factory=lambda: secrets.token_hex(12))
    started: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def address(self, user: str, password: str, database: str, port: int | None = None) -> str:
        """An SQLAlchemy address through HAProxy, or of one node."""
        return f"postgresql+psycopg://{user}:{password}@127.0.0.1:{port or self.port}/{database}"

    def connected(self, database: str = "postgres", port: int | None = None) -> "psycopg.Connection[Any]":
        """A superuser's connection."""
        return psycopg.connect(
            host="127.0.0.1",
            port=port or self.port,
            user="postgres",
            password=self.password,
            dbname=database,
            autocommit=True,
            connect_timeout=3,
        )

    def role_of(self, name: str) -> tuple[str, str]:
        """Role and state of a node, as the first Patroni that answers has it."""
        for node in self.nodes:
            for member in node.members():
                if member["name"] == name:
                    return str(member["role"]), str(member["state"])
        return "unknown", "unknown"

    def with_role(self, role: str) -> Node | None:
        """The running node that has a role: `leader` or `sync_standby`."""
        for node in self.nodes:
            if self.role_of(node.name) in ((role, "running"), (role, "streaming")):
                return node
        return None

    def start_node(self, node: Node) -> None:
        """Start a node's Patroni, which starts its PostgreSQL."""
        node.patroni = _spawn(["patroni", str(node.home / f"{node.name}.yml")], self.home / f"{node.name}.log")
        self.started.append(node.patroni)

    def kill_node(self, node: Node) -> None:
        """What a machine does whose power is gone: nothing any more, and without a word."""
        number = node.postmaster()
        if node.patroni is not None:
            node.patroni.kill()
        if number is not None:
            os.kill(number, signal.SIGKILL)
        if node.patroni is not None:
            node.patroni.wait()


def asked(port: int, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """Status and answer of a server of this drill. Raises OSError, ValueError where there is none."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        link.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body))
        answer = link.getresponse()
        told: dict[str, Any] = json.loads(answer.read())
        return answer.status, told
    finally:
        link.close()


def await_true(what: Callable[[], Any], about: str, within_s: float = START_S, every_s: float = 0.1) -> Any:
    """What `what` gives once it is true. Raises TimeoutError that says what it was about."""
    until = time.monotonic() + within_s
    while not (found := what()):
        if time.monotonic() > until:
            raise TimeoutError(f"not within {within_s:g} s: {about}")
        time.sleep(every_s)
    return found


@contextmanager
def running(count: int = 3) -> Iterator[Cluster]:
    """A cluster with a primary and a synchronous replica. Raises Missing; ends all it started, in any case."""
    _look_for_programs()
    home = Path(tempfile.mkdtemp(prefix="cellchain-drill-"))
    home.chmod(0o755)
    _own(home)
    ports = iter(_free_ports(2 * count + 3))
    nodes = [Node(f"node{number}", next(ports), next(ports), home) for number in range(1, count + 1)]
    cluster = Cluster(home, nodes, next(ports))
    try:
        _start(cluster, next(ports), next(ports))
        yield cluster
    finally:
        _end(cluster)
        shutil.rmtree(home, ignore_errors=True)


def _start(cluster: Cluster, etcd: int, peers: int) -> None:
    at = f"http://127.0.0.1:{etcd}"
    command = ["etcd", "--data-dir", str(cluster.home / "etcd"), "--listen-client-urls", at]
    command += ["--advertise-client-urls", at, "--listen-peer-urls", f"http://127.0.0.1:{peers}"]
    cluster.started.append(_spawn([*command, "--logger", "zap"], cluster.home / "etcd.log"))
    await_true(lambda: _answers(etcd), "etcd answers")
    for node in cluster.nodes:
        _write(cluster.home / f"{node.name}.yml", json.dumps(_patroni(cluster, node, etcd), indent=1))
    _write(cluster.home / "haproxy.cfg", _haproxy(cluster))
    cluster.started.append(
        _spawn(["haproxy", "-db", "-f", str(cluster.home / "haproxy.cfg")], cluster.home / "haproxy.log")
    )
    for node in cluster.nodes:
        cluster.start_node(node)
    await_true(lambda: cluster.with_role("leader"), "one node is the primary")
    await_true(lambda: cluster.with_role("sync_standby"), "one node is its synchronous replica")
    await_true(lambda: _answers(cluster.port) and _takes_entries(cluster), "HAProxy leads to the primary")


def _takes_entries(cluster: Cluster) -> bool:
    with suppress(psycopg.Error), cluster.connected() as link:
        return link.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
    return False


def _patroni(cluster: Cluster, node: Node, etcd: int) -> dict[str, Any]:
    """A node's configuration; JSON is YAML."""
    people = {
        "superuser": {"username": "postgres", "password": cluster.password},
        "replication": {"username": "replicator", "password": cluster.password},
        "rewind": {"username": "rewinder", "password": cluster.password},
    }
    hosts = ["host all all 127.0.0.1/32 scram-sha-256", "host replication replicator 127.0.0.1/32 scram-sha-256"]
    return {
        "scope": "cellchain",
        "name": node.name,
        "restapi": {"listen": f"127.0.0.1:{node.rest}", "connect_address": f"127.0.0.1:{node.rest}"},
        "etcd3": {"host": f"127.0.0.1:{etcd}"},
        "bootstrap": {
            "dcs": {
                "ttl": TTL_S,
                "loop_wait": LOOP_S,
                "retry_timeout": RETRY_S,
                "synchronous_mode": True,
                "synchronous_mode_strict": True,
                "postgresql": {"use_pg_rewind": True, "parameters": PARAMETERS},
            },
            "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"],
            "pg_hba": hosts,
        },
        "postgresql": {
            "listen": f"127.0.0.1:{node.port}",
            "connect_address": f"127.0.0.1:{node.port}",
            "data_dir": str(node.data),
            "bin_dir": str(BINARIES),
            "pgpass": str(cluster.home / f"{node.name}.pgpass"),
            "authentication": people,
            "parameters": {"unix_socket_directories": str(cluster.home)},
        },
    }


def _haproxy(cluster: Cluster) -> str:
    servers = [
        f"    server {node.name} 127.0.0.1:{node.port} maxconn 70 check port {node.rest}" for node in cluster.nodes
    ]
    return "\n".join(
        [
            "global",
            "    maxconn 400",
            "defaults",
            "    mode tcp",
            "    timeout connect 3s",
            "    timeout check 2s",
            "    timeout client 30m",
            "    timeout server 30m",
            "listen primary",
            f"    bind 127.0.0.1:{cluster.port}",
            "    option httpchk OPTIONS /primary",
            "    http-check expect status 200",
            "    default-server inter 1s fastinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions",
            *servers,
            "",
        ]
    )


def _end(cluster: Cluster) -> None:
    for process in reversed(cluster.started):
        if process.poll() is None:
            process.terminate()
    for process in reversed(cluster.started):
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for node in cluster.nodes:
        number = node.postmaster()
        if number is not None and str(node.data) in _command_of(number):
            os.kill(number, signal.SIGQUIT)
            with suppress(TimeoutError):
                await_true(partial(_has_ended, number), "PostgreSQL has ended", 20)


def _has_ended(number: int) -> bool:
    return not _command_of(number)


def _command_of(number: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{number}/cmdline").read_text().replace("\0", " ")
    return ""


def _look_for_programs() -> None:
    missing = [package for program, package in WANTED.items() if shutil.which(program) is None]
    if missing:
        raise Missing(f"This drill needs programs that are not here: apt-get install {' '.join(missing)}")


def _spawn(command: list[str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            **_as_user(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=_goes_with_the_drill,
        )


def _goes_with_the_drill() -> None:
    """If the drill is killed, all that it started goes too."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _as_user() -> dict[str, Any]:
    base = {"cwd": "/", "env": {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"}}
    if os.geteuid() != 0:
        return base
    return {**base, "user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": []}


def _own(place: Path) -> None:
    if os.geteuid() == 0:
        os.chown(place, pwd.getpwnam(USER).pw_uid, pwd.getpwnam(USER).pw_gid)


def _write(place: Path, text: str) -> None:
    place.write_text(text)
    place.chmod(0o600)
    _own(place)


def _answers(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
