"""What in a document was done under emergency access: a sign beside each act, and one line for each of those accesses.

What the person said of it stays on its own page, which the number leads to: it may tell more than a document should.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cellchain.accounts.emergency.marks import marks_of, standing
from cellchain.kernel import canonical
from cellchain.platform.db import ReadTx
from cellchain.web.extraction import words as in_words
from cellchain.web.i18n import Voice

Told = dict[str, Any]
CODE_LENGTH = 14
PERSON = "PS"


def told(tx: ReadTx, found: Told, voice: Voice) -> list[Told]:
    """Every emergency access with an act in a document that is plain already, and those acts."""
    done = set(acts_in(found))
    marks = marks_of(tx, {person for person, _ in done}).among(done)
    return [
        {
            "number": view.number,
            "person": view.person,
            "role": view.role,
            "role_words": voice.say(in_words(view.role)),
            "cause": view.cause,
            "cause_words": voice.say(voice.show(in_words(view.cause))),
            "begun_at": canonical.moment(view.begun_at),
            "over_at": canonical.moment(view.over_at),
            "review": voice.say(standing(view)),
            "reviewed_by": view.reviewed_by,
            "reviewed_at": None if view.reviewed_at is None else canonical.moment(view.reviewed_at),
            "acts": sorted(canonical.moment(at) for (_, at), number in marks.acts.items() if number == view.number),
        }
        for view in marks.views
    ]


def is_person(value: Any) -> bool:
    """Whether a value of a document is somebody's code."""
    return isinstance(value, str) and len(value) == CODE_LENGTH and value.startswith(PERSON)


def acts_in(value: Any) -> Iterator[tuple[str, datetime]]:
    """Who stands beside which moment: a person and a time that one part of the document names together."""
    if isinstance(value, dict):
        people = [one for one in value.values() if is_person(one)]
        moments = [at for at in map(_moment, value.values()) if at is not None]
        yield from ((person, at) for person in people for at in moments)
        for inner in value.values():
            yield from acts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from acts_in(inner)


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str) or not value.endswith("Z"):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if canonical.moment(at) == value else None
