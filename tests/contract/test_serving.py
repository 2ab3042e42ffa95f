"""`cellchain serve` as a process: what it refuses before it gives an address, and how it ends."""

import json
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2 as httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from cellchain.accounts.commands import register_person
from cellchain.cli import app
from cellchain.kernel.errors import Refused
from scripts.served import CELLCHAIN, free_port
from tests.factories import House

WAIT_S = 60


@contextmanager
def started(folder: Path, *more: str | Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server that has given its address, and its port."""
    port = free_port()
    process = subprocess.Popen(
        [CELLCHAIN, "serve", "--data-dir", folder, "--port", str(port), *more],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("cellchain is at ")
        yield process, port
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> int:
    """End a server by its number, and give what it said with its last breath: its exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(WAIT_S)


def await_alive(port: int, scheme: str = "http") -> None:
    deadline = time.monotonic() + WAIT_S
    with httpx.Client(verify=False) as client:  # one, because each reads all certificates of the system
        while time.monotonic() < deadline:
            try:
                if client.get(f"{scheme}://127.0.0.1:{port}/healthz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
    raise AssertionError("the server is not alive in time")


def test_sigterm_finishes_the_request_in_hand_and_exits_with_0(tmp_path: Path) -> None:
    body = json.dumps({"username": "nobody", "password": "not a password"}).encode()
    head = f"POST /api/v1/sign-in HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with started(tmp_path / "data") as (process, port):
        await_alive(port)
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.settimeout(WAIT_S)
            slow.sendall(head + body[:10])
            time.sleep(0.3)  # the server has begun to read
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            assert process.poll() is None, "it waits for the request in hand"
            slow.sendall(body[10:])
            assert b" 401 " in slow.recv(4_096).partition(b"\r\n")[0]
        assert process.wait(WAIT_S) == 0
    assert (tmp_path / "data/checkpoints").is_dir()


def test_what_was_written_stands_in_the_one_file(tmp_path: Path) -> None:
    """Also where somebody else reads along, so that SQLite does not tidy up by itself."""
    folder = tmp_path / "data"
    with started(folder) as (process, port):
        await_alive(port)
        with closing(sqlite3.connect(folder / "cellchain.db")) as reader:
            assert reader.execute("SELECT count(*) FROM ledger_entry").fetchone() == (1,)
            process.send_signal(signal.SIGINT)
            assert process.wait(WAIT_S) == 0
            assert (folder / "cellchain.db-wal").stat().st_size == 0
        assert not (folder / "cellchain.db-wal").exists()


def refused(*arguments: str | Path) -> str:
    """What `serve` says when it cannot: one line with what to do, exit code 2, and no address."""
    done = CliRunner().invoke(app, ["serve", *map(str, arguments)])
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    [line] = done.stderr.splitlines()
    return line


def test_a_port_that_is_taken_is_said_before_the_address(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = f"Nothing can listen at 127.0.0.1:{port}: address already in use."
        assert refused("--data-dir", tmp_path / "data", "--port", port).startswith(said)
        command: list[str | Path] = [CELLCHAIN, "serve", "--data-dir", tmp_path / "data", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith(said)
    assert not (tmp_path / "data/cellchain.db").exists()


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("no-such-host.invalid", "no-such-host.invalid is not known as a host."),
        ("192.0.2.1", "Nothing can listen at 192.0.2.1:8000: "),
        ("a" * 70, f"{'a' * 70} is not known as a host."),
    ],
)
def test_a_host_that_is_none_of_this_machine_is_said(tmp_path: Path, host: str, said: str) -> None:
    tls = [
        part
        for name, file in zip(("--certificate", "--key"), pair(tmp_path, "host"), strict=True)
        for part in (name, file)
    ]
    assert refused("--data-dir", tmp_path / "data", "--host", host, *tls).startswith(said)


@pytest.mark.parametrize("more", [[], ["--behind-proxy"]])
@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "cells.example.org"])
def test_nobody_beyond_this_machine_is_spoken_to_in_the_clear(tmp_path: Path, host: str, more: list[str]) -> None:
    """A proxy on another machine neither: what it sends on would be read on the way."""
    said = "Plain HTTP beyond this machine would show sign-ins to the network."
    assert refused("--data-dir", tmp_path / "data", "--host", host, *more).startswith(said)
    assert not (tmp_path / "data").exists()


def pair(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for this machine that signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret


def test_a_certificate_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    one, other = pair(tmp_path, "one"), pair(tmp_path, "other")
    folder = ("--data-dir", tmp_path / "data")
    assert refused(*folder, "--certificate", "/nope", "--key", one[1]).startswith("/nope cannot be read: no such file")
    assert refused(*folder, "--certificate", one[0], "--key", "/nope").startswith("/nope cannot be read: no such file")
    assert refused(*folder, "--certificate", tmp_path, "--key", one[1]).startswith(f"{tmp_path} cannot be read: ")
    assert "belong together" in refused(*folder, "--certificate", one[0], "--key", other[1])
    assert "belong together" in refused(*folder, "--certificate", one[1], "--key", one[0])
    assert not (tmp_path / "data").exists()


def test_with_a_certificate_it_speaks_tls(tmp_path: Path) -> None:
    certificate, key = pair(tmp_path, "one")
    with started(tmp_path / "data", "--certificate", certificate, "--key", key) as (process, port):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        deadline = time.monotonic() + WAIT_S
        with socket.create_connection(("127.0.0.1", port), WAIT_S) as plain, context.wrap_socket(plain) as spoken:
            spoken.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            assert spoken.recv(4_096).startswith(b"HTTP/1.1 200 ")
            assert time.monotonic() < deadline
        assert ended(process) == 0


def no_demonstration(folder: Path) -> str:
    """The code with which `demo` refuses a folder."""
    done = CliRunner().invoke(app, ["demo", "--data-dir", str(folder)])
    assert done.exit_code == 1
    assert isinstance(done.exception, Refused), done.output
    return done.exception.code


def test_a_refused_demonstration_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert no_demonstration(tmp_path) == "demo.not_empty"
    assert [one.name for one in tmp_path.iterdir()] == ["notes.txt"]


def test_a_demonstration_into_a_ledger_that_is_there_leaves_nothing_behind(
    tables_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(f"sqlite:///{shutil.copy(tables_file, tmp_path / 'site.db')}")
    house.do(register_person, by=house.actor("administrator"), username="worker", name="A Worker", initials="A. W.")
    house.close()
    monkeypatch.setenv("CELLCHAIN_DATABASE_URL", f"sqlite:///{tmp_path / 'site.db'}")
    assert no_demonstration(tmp_path / "new") == "database.founded"
    assert not (tmp_path / "new").exists()
