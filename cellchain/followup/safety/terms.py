"""The house's own list of terms for adverse events (`terms.toml`), for counting alike what people write differently."""

import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from cellchain.kernel.errors import Refused
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.describe import Listing
from cellchain.platform.db import ReadTx
from cellchain.trial.definition import Words

CATALOGUE = "followup.terms"


class System(StrEnum):
    """The part of the body or the sort of trouble that a term belongs to."""

    GENERAL = "general"
    IMMUNE = "immune"
    INFECTION = "infection"
    RESPIRATORY = "respiratory"
    VASCULAR = "vascular"
    CARDIAC = "cardiac"
    NEOPLASM = "neoplasm"
    NERVOUS = "nervous"
    DIGESTIVE = "digestive"
    SKIN = "skin"
    INVESTIGATION = "investigation"
    OTHER = "other"

    @property
    def label(self) -> T:
        """The system in words."""
        return _SYSTEMS[self]


_SYSTEMS = {
    System.GENERAL: T("General"),
    System.IMMUNE: T("Immune system"),
    System.INFECTION: T("Infections"),
    System.RESPIRATORY: T("Lungs and airways"),
    System.VASCULAR: T("Blood vessels"),
    System.CARDIAC: T("Heart"),
    System.NEOPLASM: T("Neoplasms"),
    System.NERVOUS: T("Nervous system"),
    System.DIGESTIVE: T("Digestive system"),
    System.SKIN: T("Skin"),
    System.INVESTIGATION: T("Laboratory findings"),
    System.OTHER: T("Other"),
}


@dataclass(frozen=True)
class Term:
    """One term of the list."""

    code: str
    system: System
    names: Words

    def words(self, language: str) -> str:
        """The term in a language of the house."""
        return self.names.say(language)


def _read() -> Mapping[str, Term]:
    told = tomllib.loads(Path(__file__).with_name("terms.toml").read_text(encoding="utf-8"))["terms"]
    return {one["code"]: _term(one) for one in told}


def _term(one: Mapping[str, Any]) -> Term:
    return Term(one["code"], System(one["system"]), Words(en=one["en"], ru=one["ru"]))


TERMS: Mapping[str, Term] = _read()


_BY_NAME = {name.casefold(): term.code for term in TERMS.values() for name in (term.names.en, term.names.ru)}


def coded_as(written: str) -> str | None:
    """The code of the term that was written out in either language, or None for words that are not on the list."""
    return _BY_NAME.get(written.strip().casefold())


def known(code: str) -> str:
    """The code, if the list has it. Raises Refused."""
    if code not in TERMS:
        raise Refused("event.term_unknown", "The list of terms has no “{code}”. Choose one of the list.", code=code)
    return code


def listed(_tx: ReadTx) -> Sequence[tuple[str, Term]]:
    """What the forms let a person choose from, by system."""
    order = list(System)
    rows = sorted(TERMS.values(), key=lambda one: (order.index(one.system), one.code))
    return [(one.code, one) for one in rows]


LISTS: Mapping[str, Listing] = {CATALOGUE: listed}
