"""The pages and files of docs/operations name what there is: settings, commands with their options, targets of make."""

import re
import shutil
import subprocess
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import typer

from cellchain.cli import app
from cellchain.platform.config import Settings

TOP = Path(__file__).parents[2]
PAGES = {page.name: page.read_text(encoding="utf-8") for page in (TOP / "docs/operations").iterdir() if page.is_file()}
SETTINGS = {f"CELLCHAIN_{name.upper()}" for name in Settings.model_fields}


def test_every_setting_named_is_one() -> None:
    named = {(page, found) for page, text in PAGES.items() for found in re.findall(r"CELLCHAIN_[A-Z_]+", text)}
    assert ("postgresql.md", "CELLCHAIN_MIGRATE_DATABASE_URL") in named
    assert {one for one in named if one[1] not in SETTINGS} == set()


def test_every_command_and_option_named_is_one() -> None:
    commands: Any = vars(typer.main.get_command(app))["commands"]
    called = re.compile(r"(?:bin/cellchain|^ *cellchain|`cellchain) ([a-z-]+)([^`\n]*)", re.MULTILINE)
    seen = set()
    for page, text in PAGES.items():
        for name, more in called.findall(text):
            assert name in commands, f"{page}: cellchain {name}"
            command, more = _within(commands[name], more)
            options = {option for parameter in command.params for option in parameter.opts}
            given = set(re.findall(r"--[a-z-]+", more.partition("#")[0]))
            assert given <= options, f"{page}: cellchain {name} {given - options}"
            seen.add(name)
    assert {"serve", "migrate", "verify", "create-admin"} <= seen


def _within(command: Any, more: str) -> tuple[Any, str]:
    """The command of a group (`export everything`) that the next word names, and what stands after it."""
    inside = vars(command).get("commands")
    if not inside:
        return command, more
    word, _, rest = more.strip().partition(" ")
    assert word in inside, f"there is no {word} in {command.name}"
    return inside[word], rest


if shutil.which("systemd-analyze"):

    def test_the_unit_is_one_and_shuts_the_service_in(tmp_path: Path) -> None:
        """systemd reads it without a word, and finds little that the service could do to its machine (1.1 of 10)."""
        unit = tmp_path / "cellchain.service"
        unit.write_text(PAGES["cellchain.service"].replace("/opt/cellchain/bin/cellchain", "/bin/true"))
        for words in (["verify"], ["security", "--offline=true", "--threshold=12"]):
            told = subprocess.run(["systemd-analyze", *words, unit], capture_output=True, text=True)
            assert told.returncode == 0, told.stdout + told.stderr
            assert told.stderr == ""


def test_every_target_of_make_named_is_one() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(), re.MULTILINE))
    named = {found for text in PAGES.values() for found in re.findall(r"`make\s+([a-z-]+)", text)}
    assert "drill-failover" in named
    assert named <= targets


def test_a_program_that_speaks_in_the_clear_is_led_nowhere() -> None:
    """Who is redirected goes on sending tokens in the clear, each time (ASVS 4.1.2). A browser is led on."""
    open_one = PAGES["nginx.conf"].partition("listen 80;")[2].partition("\nserver {")[0]
    places = dict(re.findall(r"location (\S+(?: \S+)?) {\s*return (\d+)", open_one))
    assert places == {"/api/": "403", "= /openapi.json": "403", "/": "308"}


def test_what_the_proxy_says_over_the_network_is_encrypted() -> None:
    """On one machine it leaves it nowhere; the way to another is written with https and a look at its certificate."""
    conf = PAGES["nginx.conf"]
    spoken = re.findall(r"^\s*server ([0-9a-z.:]+);", conf, re.MULTILINE)
    assert spoken == ["127.0.0.1:8000"]
    for line in ("proxy_pass https://cellchain;", "proxy_ssl_verify on;", "proxy_ssl_trusted_certificate"):
        assert f"# {line}" in conf


def test_the_service_starts_as_it_is_and_waits_where_a_setting_cannot_be() -> None:
    """Over SQLite, with no file of settings; and it may do what the program does: put a document behind the scans."""
    unit = PAGES["cellchain.service"]
    assert "Environment=CELLCHAIN_DATA_DIR=/var/lib/cellchain WORKERS=1\n" in unit
    assert "--workers ${WORKERS}" in unit
    assert "RestartPreventExitStatus=2" in unit
    calls = re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE)
    assert calls == ["@system-service", "~@privileged @resources", "setpriority"]


def test_the_service_may_talk_to_the_house_alone() -> None:
    unit = PAGES["cellchain.service"]
    assert "IPAddressDeny=any" in unit
    allowed = " ".join(re.findall(r"^IPAddressAllow=(.*)$", unit, re.MULTILINE)).split()
    assert allowed[0] == "localhost"
    assert all(ip_network(one).is_private for one in allowed[1:])
