"""The table of files that results were read from."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint

from cellchain.platform.columns import Record, key, moment, number, personal, text
from cellchain.platform.columns import code as identifier


class ResultFile(Record, table=True):
    """A file of results, recorded whole. `file_hash` is the SHA-256 under which the data folder keeps it as it came."""

    __tablename__ = "quality_result_file"
    __table_args__ = (
        UniqueConstraint("file_hash"),
        CheckConstraint("lines_count >= 1", name="has_lines"),
    )

    id: int | None = key()
    file_hash: str = text(64)
    file_name: str = personal(120)
    lines_count: int = number()
    imported_by: str = identifier()
    imported_at: datetime = moment()
