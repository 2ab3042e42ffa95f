"""Run by `cellchain.ledger.foundation`, which hands in a connection inside its own transaction."""

from typing import Any

from sqlmodel import SQLModel

from alembic import context
from cellchain.platform.columns import CellText, Choice, Document, Moment

# A migration is kept for ever, and must not change when a column type or an enum of today does.
PLAIN = {
    Moment: 'sa.String(length=27).with_variant(sa.DateTime(timezone=True), "postgresql")',
    Choice: "sa.String(length=40)",
    Document: "sa.Text()",
    CellText: "sa.Text()",
}


def render_item(kind: str, item: Any, _autogenerate: Any) -> str | bool:
    """Write our own column types as the plain ones that they are in the database."""
    return PLAIN.get(type(item), False) if kind == "type" else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
