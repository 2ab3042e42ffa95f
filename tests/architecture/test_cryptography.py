"""Every place that hashes, signs, encrypts or asks for chance stands in docs/security/cryptography.md, and no other."""

import ast
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs/security/cryptography.md").read_text(encoding="utf-8")
INVENTORY = PAGE.partition("## Inventory")[2].partition("\n## ")[0]
LIBRARIES = frozenset(
    {
        "argon2",
        "asn1crypto",
        "cryptography",
        "hashlib",
        "hmac",
        "joserfc",
        "pyotp",
        "random",
        "secrets",
        "ssl",
        "webauthn",
    }
)
WEAK = frozenset({"md5", "sha1", "MD5", "SHA1", "DES", "TripleDES", "ARC4", "Blowfish", "ECB", "CBC"})
MODULES = sorted((TOP / "cellchain").rglob("*.py"))


def used_in(tree: ast.AST) -> set[str]:
    """What of the libraries above, and of the system's chance, a module asks for."""
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            used |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            used.add((node.module or "").partition(".")[0])
            used |= {name.name for name in node.names if name.name == "urandom"}
        elif isinstance(node, ast.Attribute) and node.attr == "urandom":
            used.add("urandom")
    return used & (LIBRARIES | {"urandom"})


def place(module: Path) -> str:
    return module.relative_to(TOP).as_posix()


def test_every_module_that_does_so_is_in_the_inventory() -> None:
    listed = set(re.findall(r"`(cellchain/[a-z_/]+\.py)`", INVENTORY))
    found = {place(module) for module in MODULES if used_in(ast.parse(module.read_text(encoding="utf-8")))}
    assert found - listed == set(), "uses cryptography and is not in the inventory"
    assert listed - found == set(), "is in the inventory and uses none"


@pytest.mark.parametrize(
    ("source", "used"),
    [
        ("import hashlib", {"hashlib"}),
        ("from cryptography.hazmat.primitives import hashes", {"cryptography"}),
        ("import os\nos.urandom(3)", {"urandom"}),
        ("from os import urandom", {"urandom"}),
        ("from cellchain.platform import sealing", set()),
    ],
)
def test_the_search_sees_what_it_should(source: str, used: set[str]) -> None:
    assert used_in(ast.parse(source)) == used


def test_what_is_weak_stands_where_the_page_says_why() -> None:
    found = {
        (place(module), node.attr)
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in WEAK
    }
    assert found == {("cellchain/accounts/strength/breached.py", "sha1")}


def test_chance_that_can_be_repeated_makes_no_secret() -> None:
    drawn = {place(module) for module in MODULES if "random" in used_in(ast.parse(module.read_text(encoding="utf-8")))}
    assert all(one.startswith(("cellchain/demo/", "cellchain/simulate/")) for one in drawn), drawn
