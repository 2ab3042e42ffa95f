"""A lot out of its specification: for whom it was accepted, and what its bags' tags say."""

from datetime import datetime

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.quality.investigations import queries as investigations
from cellchain.quality.models import IssueTag
from cellchain.quality.queries.testing import ResultFacts, failed_of
from cellchain.quality.rules import deciding as rules
from cellchain.web.i18n import Voice

# What stands on a tag where more than one test failed, in the tag's own languages.
_TAG_EXCEPTIONS = {
    "en": "{count} tests failed",
    "ru": "не пройдено испытаний: {count}",
}


@dataclass(frozen=True)
class Exceptional:
    """A lot that is out of its specification and may be given to `recipients` alone. `failed` are its failures.

    `accepted_at` is when the last of its exceptional uses was accepted: no tag from before that states it.
    """

    failed: tuple[ResultFacts, ...]
    recipients: frozenset[str]
    accepted_at: datetime | None

    @property
    def tests(self) -> tuple[T, ...]:
        """What the tests that failed are called, each once."""
        return tuple(dict.fromkeys(result.limit.name for result in self.failed))


def exceptional_of(tx: ReadTx, lot: str) -> Exceptional | None:
    """The failures of a lot's release tests that stand, and for whom they were accepted. None where none failed."""
    failed = failed_of(tx, lot)
    if not failed:
        return None
    uses = investigations.accepted_uses(tx, lot)
    return Exceptional(
        failed=tuple(failed),
        recipients=investigations.accepted_for(uses, [result.id for result in failed]),
        accepted_at=max((use.accepted_at for use in uses if use.accepted_at is not None), default=None),
    )


def is_silent(tag: IssueTag, exceptional: Exceptional | None) -> bool:
    """Whether a tag was printed before its lot was accepted out of its specification, and so does not say it."""
    since = None if exceptional is None else exceptional.accepted_at
    return since is not None and tag.printed_at < since


def exception_fields(tx: ReadTx, lot: str, recipient: str) -> dict[str, str]:
    """What failed of a lot out of its specification, for the recipient whom it was accepted for."""
    exceptional = exceptional_of(tx, lot)
    if exceptional is None:
        return {}
    rules.may_tag(named=recipient in exceptional.recipients)
    said = {}
    first, *others = exceptional.tests
    for language, several in _TAG_EXCEPTIONS.items():
        test = Voice(language, tx.house.zone).say(first)
        said[f"exception.{language}"] = several.format(count=1 + len(others)) if others else test
    return said
