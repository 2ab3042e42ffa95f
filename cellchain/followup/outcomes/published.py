"""What was published about a study that this one follows: shown with its source, and never mixed with our own data."""

from collections.abc import Mapping, Sequence

from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass


@dataclass(frozen=True)
class Source:
    """Where something was published."""

    title: T
    doi: str


@dataclass(frozen=True)
class Result:
    """What one source says of one measure: in the treated, and in the controls."""

    source: Source
    treated: str
    control: str


@dataclass(frozen=True)
class Finding:
    """A measure, and every source's word on it."""

    measure: T
    results: tuple[Result, ...]

    @property
    def disagrees(self) -> bool:
        """Whether sources give different figures for the same measure of the same study."""
        return len({(one.treated, one.control) for one in self.results}) > 1


ARTICLE = Source(T("Article, Stem Cells Translational Medicine 2020"), "10.1002/sctm.19-0037")
ABSTRACT = Source(T("Congress abstract, European Respiratory Society 2019"), "10.1183/13993003.congress-2019.PA1297")
FINDINGS: Mapping[str, Sequence[Finding]] = {
    "NCT02594839": (
        Finding(
            T("FVC, change at 12 months, %"),
            (Result(ARTICLE, "+7.8", "−5.9"), Result(ABSTRACT, "−4.3", "−13.2")),
        ),
        Finding(T("Deaths"), (Result(ARTICLE, "2", "2"),)),
        Finding(T("Adverse events"), (Result(ABSTRACT, "26", "16"),)),
        Finding(T("Six-minute walk before and after, m"), (Result(ABSTRACT, "294 → 346", "—"),)),
    ),
}


def findings(registry_id: str) -> Sequence[Finding]:
    """What was published about a registered study; nothing where we know of nothing."""
    return FINDINGS.get(registry_id, ())
