"""What labels say of a donor's screening: nothing where every marker was tested and is negative.

A marker that was not tested, or whose result is awaited, counts as not evaluated; one that was reactive counts as
positive until its own sample clears it, and one that stayed indeterminate does as well. The words stand here in both
languages and not in the catalogue, because a label is printed in a language of its own.
"""

from collections.abc import Iterable, Mapping

from cellchain.donors import queries
from cellchain.donors.rules.lifecycles import Conclusion, Marker
from cellchain.donors.rules.screening import SUSPECT, Finding, MarkerFacts, newest
from cellchain.kernel.values import dataclass
from cellchain.platform.db import ReadTx

FIELD = "biohazard"
_WARNED_OF = SUSPECT | {Conclusion.INDETERMINATE}
_NAMES: Mapping[str, Mapping[Marker, str]] = {
    "en": {
        Marker.HIV: "HIV",
        Marker.HBV: "HBV",
        Marker.HCV: "HCV",
        Marker.SYPHILIS: "syphilis",
        Marker.HTLV: "HTLV",
        Marker.CMV: "CMV",
    },
    "ru": {
        Marker.HIV: "ВИЧ",
        Marker.HBV: "ВГВ",
        Marker.HCV: "ВГС",
        Marker.SYPHILIS: "сифилис",
        Marker.HTLV: "HTLV",
        Marker.CMV: "ЦМВ",
    },
}
_HEADS = {"en": ("Positive", "Not evaluated"), "ru": ("Положительно", "Не исследовано")}
# On the smallest label all six markers keep to one line.
_BRIEF_HEADS = {"en": ("Pos.", "Not eval."), "ru": ("Полож.", "Не иссл.")}
_BRIEF_SYPHILIS = {"en": "syph.", "ru": "сиф."}


@dataclass(frozen=True)
class Hazard:
    """The markers that are not known to be negative, in the order of `Marker`; none of them is in both."""

    positive: tuple[Marker, ...] = ()
    not_evaluated: tuple[Marker, ...] = ()

    def said(self, language: str, *, briefly: bool = False) -> str:
        """`Positive: HBV. Not evaluated: CMV`; empty where there is nothing to warn of."""
        names, heads = dict(_NAMES[language]), _HEADS[language]
        if briefly:
            names[Marker.SYPHILIS], heads = _BRIEF_SYPHILIS[language], _BRIEF_HEADS[language]
        found = zip(heads, (self.positive, self.not_evaluated), strict=True)
        return ". ".join(f"{head}: {', '.join(names[one] for one in markers)}" for head, markers in found if markers)


def _is_negative(marker: Marker, found: list[Finding]) -> bool:
    """Whether a marker was tested and every newest test of it is negative."""
    conclusions = [one.conclusion for one in found if one.marker is marker]
    return bool(conclusions) and all(conclusion is Conclusion.NEGATIVE for conclusion in conclusions)


def hazard_of(donors: Iterable[tuple[MarkerFacts, ...]]) -> Hazard:
    """What one label says of all the donors behind it: a marker is positive if it is in any of them."""
    results = [list(newest(standing).values()) for standing in donors]
    positive = {one.marker for found in results for one in found if one.conclusion in _WARNED_OF}
    negative = {marker for marker in Marker if all(_is_negative(marker, found) for found in results)}
    return Hazard(
        tuple(one for one in Marker if one in positive),
        tuple(one for one in Marker if one not in positive | negative),
    )


def label_fields(tx: ReadTx, donors: Iterable[str], *, briefly: bool = False) -> dict[str, str]:
    """The field `biohazard` of a label for what came from these donors, in both languages; nothing where none warns."""
    hazard = hazard_of(queries.donor_facts(tx, donor).results for donor in donors)
    said = {f"{FIELD}.{language}": hazard.said(language, briefly=briefly) for language in _NAMES}
    return {name: words for name, words in said.items() if words}
