"""Databases on other machines are spoken to encrypted, or not at all."""

import pytest
from pydantic import ValidationError

from cellchain.platform.addresses import nobody_reads_along
from cellchain.platform.config import Settings

NEAR = [
    "sqlite:////var/lib/cellchain/cellchain.db",
    "postgresql+psycopg://app:secret@127.0.0.1:5432/cellchain",
    "postgresql+psycopg://app@localhost/cellchain",
    "postgresql+psycopg://app@[::1]:5433/cellchain",
    "postgresql+psycopg:///cellchain",
    "postgresql+psycopg://app@/cellchain?host=/run/postgresql",
    "postgresql+psycopg://app@127.0.0.1:5000,localhost:5001/cellchain",
]
FAR = [
    "postgresql+psycopg://app:secret@db.example:5432/cellchain",
    "postgresql+psycopg://app@192.0.2.7/cellchain",
    "postgresql+psycopg://app@[2001:db8::7]/cellchain",
    "postgresql+psycopg:///cellchain?host=db.example",
    "postgresql+psycopg://app@127.0.0.1,db.example/cellchain",
    "postgresql+psycopg://app:a@localhost@db.example/cellchain",
]


@pytest.mark.parametrize("address", NEAR)
def test_this_machine_needs_none(address: str) -> None:
    assert nobody_reads_along(address)
    assert Settings(database_url=address).database_url == address


@pytest.mark.parametrize("address", FAR)
def test_another_machine_is_spoken_to_encrypted(address: str) -> None:
    with_mode = f"{address}{'&' if '?' in address else '?'}sslmode="
    for mode in ("require", "verify-ca", "verify-full"):
        assert Settings(database_url=with_mode + mode).database_url == with_mode + mode
    for open_one in (address, with_mode + "prefer", with_mode + "disable", f"{with_mode}require&sslmode=allow"):
        assert not nobody_reads_along(open_one)
        with pytest.raises(ValidationError, match="sslmode=verify-full"):
            Settings(database_url=open_one)
        with pytest.raises(ValidationError, match="sslmode=verify-full"):
            Settings(migrate_database_url=open_one)
