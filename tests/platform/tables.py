"""A shelf of parcels, and notes about it that the ledger does not follow."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import bindparam
from sqlalchemy.orm import registry
from sqlmodel import SQLModel, col, func, select

from cellchain.platform.columns import (
    choice,
    chosen,
    day,
    document,
    flag,
    key,
    moment,
    number,
    outside_ledger,
    personal,
    secret,
    text,
)
from cellchain.platform.write import Counter


class Phase(StrEnum):
    SHUT = "shut"
    OPEN = "open"


class Shelf(SQLModel, registry=registry()):
    """A house of its own, so that these tables are in no other test's way."""


class Parcel(Shelf, table=True):
    """One column of every kind."""

    __tablename__ = "shelf_parcel"
    __table_args__ = (chosen("phase", Phase),)

    id: int | None = key()
    name: str = text(40)
    weight_g: int = number()
    phase: Phase = choice(Phase)
    fragile: bool = flag()
    sent_at: datetime | None = moment(optional=True)
    due_on: date | None = day(optional=True)
    contents: Any = document(optional=True)
    sender: str | None = personal(80, optional=True)
    receiver: str | None = personal(80, optional=True, encrypted=True)
    word: str | None = secret(80, optional=True)


class Note(Shelf, table=True):
    """Something that nobody needs to prove."""

    __tablename__ = "shelf_note"
    __table_args__ = outside_ledger("notes of a test")

    id: int | None = key()
    said: str = text(40)


TABLES: list[Any] = [cast(Any, model).__table__ for model in (Parcel, Note, Counter)]
PARCELS = select(Parcel).order_by(col(Parcel.id))
HEAVIER = select(Parcel).where(col(Parcel.weight_g) > bindparam("weight_g")).order_by(col(Parcel.id))
NAMES = select(Parcel.name, Parcel.phase).order_by(col(Parcel.id))
COUNT = select(func.count()).select_from(Parcel)


def parcel(**other: Any) -> Parcel:
    """A shut parcel of a kilogram."""
    fields: dict[str, Any] = {"name": "books", "weight_g": 1_000, "phase": Phase.SHUT, "fragile": False}
    return Parcel(**{**fields, **other})
