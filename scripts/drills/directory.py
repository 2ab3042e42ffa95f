"""Debian's glewlwyd as a directory on loopback: an OpenID Connect provider with a client, people and keys of its own.

It runs as a process of this drill alone, as a plain user, over a SQLite database in a folder of its own. What a person
would do at its pages is asked of the same addresses that its pages ask.
"""

import gzip
import json
import os
import pwd
import secrets
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
from joserfc import jwk

from scripts.drills.cluster import Missing, await_true
from scripts.served import free_port

PROGRAM = "glewlwyd"
TABLES = Path("/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz")
MODULES = Path("/usr/lib/glewlwyd")
USER = "nobody"
ADMINISTRATOR = {"username": "admin", "password": "password"}  # as its tables come; it listens on loopback alone
PLUGIN, CLIENT_ID = "oidc", "cellchain"
SWITCHED_OFF = ("token", "id-token", "none", "password", "client", "device", "refresh")


@dataclass
class Directory:
    """One glewlwyd. `stop` and `start` are what a drill does to it."""

    folder: Path
    port: int
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def issuer(self) -> str:
        """What its tokens are issued by."""
        return f"{self.address}/api/{PLUGIN}"

    def start(self) -> None:
        """Begin to answer."""
        as_user = USER if os.geteuid() == 0 else None
        with (self.folder / "console").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, f"--config-file={self.folder / 'glewlwyd.conf'}"], stdout=log, stderr=log, user=as_user
            )
        await_true(self._answers, f"the directory answers: {self._log()}", 20)

    def kill(self) -> None:
        """Gone from one moment to the next, as a machine that loses its power."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/config", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def _log(self) -> str:
        log = self.folder / "console"
        return log.read_text(errors="replace")[-1_000:] if log.exists() else ""

    # -- what its administrator does ---------------------------------------------------------------------------------

    def settle(self, redirect_uri: str, algorithm: str) -> None:
        """A client for the authorization code flow with PKCE, and the plugin that signs for it."""
        with self._administrator() as there:
            plugin = {"module": "oidc", "name": PLUGIN, "display_name": "Drill", "order_rank": 0}
            _done(there.post("/api/mod/plugin/", json={**plugin, "parameters": self._parameters(algorithm)}))
            _done(there.post("/api/scope/", json={"name": "profile", "display_name": "Profile", **_ASKS}))
            client = {
                "client_id": CLIENT_ID,
                "name": "cellchain",
                "enabled": True,
                "confidential": True,
                "password": self.client_secret,
                "redirect_uri": [redirect_uri],
                "authorization_type": ["code"],
                "token_endpoint_auth_method": ["client_secret_basic"],
                "scope": [],
            }
            _done(there.post("/api/client/", json=client))

    def rotate(self, algorithm: str) -> None:
        """Sign with another key, and list the old one no more."""
        with self._administrator() as there:
            known = _done(there.get(f"/api/mod/plugin/{PLUGIN}")).json()
            parameters = {**known["parameters"], **self._parameters(algorithm)}
            _done(there.put(f"/api/mod/plugin/{PLUGIN}", json={**known, "parameters": parameters}))
            _done(there.put(f"/api/mod/plugin/{PLUGIN}/reset"))

    def know(self, username: str, password: str) -> None:
        """Somebody with an account."""
        account = {"username": username, "name": username.title(), "password": password, "enabled": True}
        with self._administrator() as there:
            _done(there.post("/api/user/", json={**account, "scope": ["openid", "profile", "g_profile"]}))

    @contextmanager
    def _administrator(self) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.address, timeout=10) as there:
            _done(there.post("/api/auth/", json=ADMINISTRATOR))
            yield there

    def _parameters(self, algorithm: str) -> dict[str, Any]:
        return {
            "iss": self.issuer,
            "jwks-private": json.dumps({"keys": [_key(algorithm)]}),
            "jwt-type": "ecdsa" if algorithm.startswith("ES") else "rsa",
            "jwt-key-size": "256",
            "cert": "",
            "key": "",
            "access-token-duration": 600,
            "refresh-token-duration": 3_600,
            "code-duration": 60,
            "auth-type-code-enabled": True,
            **{f"auth-type-{one}-enabled": False for one in SWITCHED_OFF},
            "jwks-show": True,
            "pkce-allowed": True,
            "pkce-required": True,
            "pkce-method-plain-allowed": False,
            "subject-type": "public",
            "oauth-as-iss-id": True,
            "session-management-allowed": True,
            "session-cookie-name": "DRILL_OIDC_SESSION",
            "session-cookie-expiration": 3_600,
            "claims": [
                {"name": "preferred_username", "user-property": "username", "type": "string", "mandatory": True}
            ],
        }


_ASKS = {"password_required": True, "password_max_age": 0}


def _key(algorithm: str) -> dict[str, Any]:
    named = {"kid": secrets.token_hex(8), "alg": algorithm, "use": "sig"}
    if algorithm.startswith("ES"):
        return dict(jwk.ECKey.generate_key("P-256", cast(Any, named), private=True).as_dict(private=True))
    return dict(jwk.RSAKey.generate_key(2_048, cast(Any, named), private=True).as_dict(private=True))


def _done(answer: httpx.Response) -> httpx.Response:
    if answer.status_code != 200:
        raise TimeoutError(f"glewlwyd: {answer.request.method} {answer.request.url.path} gave {answer.status_code}")
    return answer


def version() -> str:
    """What is installed. Raises Missing."""
    if shutil.which(PROGRAM) is None or not TABLES.exists():
        raise Missing(f"The drill needs {PROGRAM}: apt-get install glewlwyd")
    told = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, timeout=10)
    return next((word for word in (told.stdout + told.stderr).split() if word[:1].isdigit()), "of unknown version")


@contextmanager
def running() -> Iterator[Directory]:
    """A directory that answers. Raises Missing; ends what it started, in any case."""
    version()
    with tempfile.TemporaryDirectory(prefix="cellchain-directory-") as name:
        made = Directory(Path(name), free_port())
        _furnish(made)
        try:
            made.start()
            yield made
        finally:
            made.kill()


def _furnish(directory: Directory) -> None:
    folder = directory.folder
    database = sqlite3.connect(folder / "glewlwyd.db")
    database.executescript(gzip.decompress(TABLES.read_bytes()).decode())
    database.close()
    modules = {"user": "user", "client": "client", "user_auth_scheme": "scheme", "plugin": "plugin"}
    lines = [
        f"port={directory.port}",
        'bind_address="127.0.0.1"',
        f'external_url="{directory.address}"',
        'login_url="login.html"',
        'api_prefix="api"',
        'log_mode="console"',
        'log_level="WARNING"',
        "cookie_secure=0",
        'session_key="DRILL_SESSION"',
        'admin_scope="g_admin"',
        'profile_scope="g_profile"',
        *(f'{name}_module_path="{MODULES / folder}"' for name, folder in modules.items()),
        "use_secure_connection=false",
        # It wants them named even where it does not open them.
        *(f'secure_connection_{one}_file="none"' for one in ("key", "pem", "ca")),
        'hash_algorithm="SHA512"',
        f'database = {{ type = "sqlite3"; path = "{folder / "glewlwyd.db"}"; }};',
    ]
    (folder / "glewlwyd.conf").write_text("\n".join(lines) + "\n")
    if os.geteuid() == 0:
        user = pwd.getpwnam(USER)
        for path in (folder, *folder.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)
