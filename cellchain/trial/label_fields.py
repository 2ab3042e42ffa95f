"""What the trial's labels say, in both languages: every text field comes as `name.en` and `name.ru`.

The words stand here and not in the catalogue, because a label is printed in a language of its own that no reader of a
screen has chosen.
"""

from datetime import date
from zoneinfo import ZoneInfo

from cellchain.trial.queries import AssignmentFacts, Named
from cellchain.trial.rules import RecipientFacts
from cellchain.web.format import Format

LANGUAGES = ("en", "ru")
_UTC = ZoneInfo("UTC")


def wristband(code: str, facts: RecipientFacts, person: Named) -> dict[str, str]:
    """The only label with a name: two identifiers that the recipient can say, and the band's own code."""
    return {
        "wristband_code": code,
        "recipient": facts.code,
        "chain_of_identity": facts.chain_of_identity or "",
        "study": facts.study,
        **{f"name.{language}": person.name for language in LANGUAGES},
        **{f"born.{language}": _day(person.born, language) for language in LANGUAGES},
    }


def whose(tie: AssignmentFacts, study: str) -> dict[str, str]:
    """The trial's half of a bag's label: recipient, chain of identity, infusion. Never a name, never the arm."""
    return {
        "recipient": tie.recipient,
        "chain_of_identity": tie.chain_of_identity,
        "infusion.en": f"{tie.number} of {tie.total}",
        "infusion.ru": f"{tie.number} из {tie.total}",
        "study": study,
    }


def _day(day: date, language: str) -> str:
    return Format(language, _UTC).label_date(day)
