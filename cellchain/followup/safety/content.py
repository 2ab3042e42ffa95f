"""What a report says of an event: taken down when it goes out, so that each version can be printed again as it was.

No bag, lot, donor or arm is in it. Those never change; a form for who may see them reads them from the record.
"""

from typing import Any

from cellchain.bedside.given import given_to
from cellchain.followup.safety import queries
from cellchain.followup.safety.models import AdverseEvent
from cellchain.kernel import canonical
from cellchain.platform.db import ReadTx
from cellchain.trial import queries as trial

SAME = (
    "term",
    "coded",
    "dictionary_code",
    "seriousness",
    "relatedness",
    "expectedness",
    "sponsor_relatedness",
    "sponsor_expectedness",
    "action",
    "outcome",
    "infusion",
    "reported_by",
    "assessed_by",
)
TIMES = ("onset_at", "aware_at", "serious_since", "died_at", "ended_at", "reported_at", "assessed_at")


def content_of(tx: ReadTx, event: AdverseEvent) -> dict[str, Any]:
    """The event as it is known now, as plain values."""
    facts = trial.recipient_facts(tx, event.recipient)
    study = trial.study_of(tx, event.recipient)
    told: dict[str, Any] = {
        "study": study.code,
        "registry_id": study.registry_id,
        "site": facts.site,
        "recipient": event.recipient,
        "sex": str(facts.sex),
        "reference": study.safety.reference,
        "susar": queries.is_susar(event),
        "serious": event.serious,
        "grade": event.grade,
        "infusions_before": _infusions_before(tx, event),
    }
    told |= {name: _plain(getattr(event, name)) for name in SAME}
    return told | {name: _moment(getattr(event, name)) for name in TIMES}


def digest_of(content: dict[str, Any], account: str | None, death_cause: str | None) -> str:
    """SHA-256 over the canonical form of everything that a report says, 64 hexadecimal digits."""
    return canonical.digest({"content": content, "account": account, "death_cause": death_cause})


def _infusions_before(tx: ReadTx, event: AdverseEvent) -> int:
    return sum(one.started_at <= event.onset_at for one in given_to(tx, event.recipient))


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)


def _moment(value: Any) -> str | None:
    return None if value is None else canonical.moment(value)
