"""The review by exception as it is read: what needs eyes in groups, the gravest first, and what was found in order."""

from collections.abc import Sequence
from itertools import groupby

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.pages.words import names_of
from cellchain.quality.queries.exceptions.facts import ExceptionFacts, Made
from cellchain.quality.rules.lifecycles import ExceptionKind
from cellchain.quality.rules.review import GROUPS

# How an exception of a kind looks while nobody decided it; every other is a warning.
LOOKS = {
    ExceptionKind.FAILED: "stop",
    ExceptionKind.MIX_UP: "stop",
    ExceptionKind.HOLD: "hold",
    ExceptionKind.MISSING: "pend",
    ExceptionKind.PENDING: "pend",
}


@dataclass(frozen=True)
class Group:
    """The exceptions of one kind, in the order in which they were found."""

    kind: ExceptionKind
    title: T
    items: Sequence[ExceptionFacts]


@dataclass(frozen=True)
class ReviewPage:
    """What a reviewer reads. `names` are people's, by code."""

    findings: queries.Findings
    groups: Sequence[Group]
    names: dict[str, str]

    @property
    def to_look_at_count(self) -> int:
        """How many exceptions somebody has to look at."""
        return len(self.findings.to_look_at)

    @property
    def looked_at_count(self) -> int:
        """How many of them are decided."""
        return sum(item.accepted is not None and not item.is_blocking for item in self.findings.to_look_at)

    @property
    def checks(self) -> Sequence[Made]:
        """Every check that was made, in the order of the table."""
        return self.findings.made

    @property
    def in_order_count(self) -> int:
        """How many things were found in order, over all checks."""
        return sum(one.found.in_order_count for one in self.checks)

    @property
    def first_open(self) -> str:
        """The key of the exception to decide next."""
        return next((item.key for item in self.findings.exceptions if item.is_open), "")

    @staticmethod
    def look(item: ExceptionFacts) -> str:
        """The shape of an exception."""
        return LOOKS.get(item.kind, "warn")


def review_page(tx: ReadTx, found: queries.Findings) -> ReviewPage:
    """The page of what a review found."""
    people = [
        *(item.person for item in found.exceptions),
        *(item.accepted.by for item in found.exceptions if item.accepted is not None),
    ]
    groups = [
        Group(kind, GROUPS[kind], tuple(items)) for kind, items in groupby(found.to_look_at, lambda item: item.kind)
    ]
    return ReviewPage(found, groups, names_of(tx, people))
