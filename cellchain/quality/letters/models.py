"""The table of letters that were sent because of a recall."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint

from cellchain.platform.columns import Record, choice, chosen, day, key, moment, number, personal, text
from cellchain.platform.columns import code as identifier
from cellchain.quality.letters.rules import TO_LENGTH, LetterWay

WORDS_LENGTH = 160


class RecallLetter(Record, table=True):
    """One letter that was sent, or one telling of the authority.

    digest     fingerprint of what a letter of the house said
    sent_on    the site's day of one that went another way
    reference  how it went, or under which number: register, parcel, telephone
    told_by    who told the authority, in the words of whoever wrote it down
    """

    __tablename__ = "quality_recall_letter"
    __table_args__ = (
        chosen("way", LetterWay),
        CheckConstraint("(way = 'through_cellchain') = (digest IS NOT NULL)", name="house_has_digest"),
        CheckConstraint("(way = 'another_way') = (sent_on IS NOT NULL)", name="outside_has_day"),
    )

    id: int | None = key()
    recall: int = number(references="quality_recall.id", index=True)
    to: str = text(TO_LENGTH)
    way: LetterWay = choice(LetterWay)
    digest: str | None = text(64, optional=True)
    sent_on: date | None = day(optional=True)
    reference: str | None = personal(WORDS_LENGTH, optional=True)
    told_by: str | None = personal(WORDS_LENGTH, optional=True)
    recorded_by: str = identifier()
    recorded_at: datetime = moment()
