"""Which tables a statement reads is what remembered answers rest on, so it is read off each in two ways."""

import sys
from collections.abc import Iterator
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.sql import Select
from sqlmodel import SQLModel

import cellchain.composition  # noqa: F401 - every room
from cellchain.platform import statements

SQLITE = create_engine("sqlite://")


def constants() -> Iterator[tuple[str, Select[Any]]]:
    """Every select that a room keeps as a constant."""
    for name, module in list(sys.modules.items()):
        if name.startswith("cellchain."):
            for key, value in list(vars(module).items()):
                if isinstance(value, Select):
                    yield f"{name}.{key}", value


def test_every_table_in_the_text_of_a_statement_is_found_in_the_statement() -> None:
    tables = set(SQLModel.metadata.tables)
    looked_at = 0
    for name, statement in constants():
        words = set(statements._WORD.findall(str(statement.compile(SQLITE))))
        found = {table.name for table in statements._tables_of(statement)}
        assert words & tables <= found, name
        looked_at += 1
    assert looked_at > 500
