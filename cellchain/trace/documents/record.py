"""The batch record of one lot as one document: everything that the house knows of its making, in plain JSON values.

Read in one snapshot. Times are UTC texts; whoever prints them says the site's zone. Words are in the language of the
reader, and every value stands as a number with its unit beside the words. Nothing in it names a recipient.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import orjson

from cellchain.accounts import queries as accounts
from cellchain.kernel import canonical
from cellchain.ledger import queries as ledger
from cellchain.manufacturing import batch_record
from cellchain.manufacturing import queries as manufacturing
from cellchain.manufacturing.record_views import LotPage
from cellchain.materials import queries as materials
from cellchain.platform.db import ReadTx
from cellchain.quality import queries as quality
from cellchain.quality.queries import DeviationFacts
from cellchain.trace.documents import containers, emergencies, steps, surroundings
from cellchain.trace.documents.emergencies import is_person
from cellchain.web.i18n import Voice

FORMAT = "cellchain batch record, 1"
Told = dict[str, Any]
MASTER_REVIEWED = "manufacturing:master_record:reviewed"
MASTER_APPROVED = "manufacturing:master_record:approved"
COUNTERSIGNED = "accounts:decision:countersigned"
DEVIATION_CLOSED = "quality:deviation:closed"


def told(tx: ReadTx, code: str, voice: Voice, *, demonstration: bool) -> Told:
    """The whole batch record. Raises NotFound, InvariantBroken rather than leave something out."""
    page = batch_record.lot_page(tx, code)
    deviations = quality.deviations_of(tx, code)
    found: Told = {
        "format": FORMAT,
        "language": voice.language,
        "zone": str(tx.house.zone),
        "site": tx.house.site_name,
        "demonstration": demonstration,
        "made_at": tx.now,
        "lot": _lot(tx, page, voice),
        "master_record": _master_record(tx, page),
        "clearance": _clearance(tx, code),
        "steps": [steps.told(view, page.definition, voice) for view in page.steps],
        "containers": [containers.told(tx, row, voice) for row in page.containers],
        "growth": [vars(row) for row in page.growth],
        "samples": surroundings.samples(tx, code, voice),
        "labels": surroundings.labels_of(tx, code, voice),
        "environment": surroundings.environment_of(tx, page.lot, voice),
        "holds": surroundings.holds(tx, code, voice),
        "deviations": [surroundings.deviation(row, voice) for row in deviations],
        "signatures": _signatures(tx, page, deviations, voice),
    }
    found = plain(found)
    found["emergency"] = emergencies.told(tx, found, voice)
    found["people"] = {person: accounts.display_name(tx, person) for person in sorted(people_in(found))}
    return found


def as_json(found: Told) -> bytes:
    """The document for programs: UTF-8, indented, keys in the order in which people read it."""
    return orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def plain(value: Any) -> Any:
    """A value as JSON holds it: times as the ledger writes them, choices by their name."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return canonical.moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def people_in(value: Any) -> set[str]:
    """The codes of everybody who stands in a document."""
    if isinstance(value, dict):
        return set().union(*(people_in(inner) for inner in value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*(people_in(inner) for inner in value)) if value else set()
    return {value} if is_person(value) else set()


def _lot(tx: ReadTx, page: LotPage, voice: Voice) -> Told:
    lot = page.lot
    return {
        "code": lot.code,
        "kind": lot.kind,
        "kind_words": voice.say(voice.show(lot.kind)),
        "phase": lot.phase,
        "phase_words": voice.say(voice.show(lot.phase)),
        "product_code": lot.product_code,
        "study": lot.study,
        "location": lot.location,
        "location_name": materials.location_facts(tx, lot.location).name,
        "sources": lot.sources,
        "opened_by": lot.opened_by,
        "opened_at": lot.opened_at,
        "completed_by": lot.completed_by,
        "completed_at": lot.completed_at,
    }


def _master_record(tx: ReadTx, page: LotPage) -> Told:
    row = manufacturing.master_record(tx, page.lot.master_record)
    return {
        "name": row.name,
        "version": row.version,
        "text_sha256": row.source_hash,
        "effective_at": row.effective_at,
        "steps": [step.key for step in page.definition.steps],
    }


def _clearance(tx: ReadTx, code: str) -> Told | None:
    row = manufacturing.clearance_of(tx, code)
    if row is None:
        return None
    return {
        "location_name": materials.location_facts(tx, row.location).name,
        "cleared_by": row.cleared_by,
        "cleared_at": row.cleared_at,
        "verified_by": row.verified_by,
        "verified_at": row.verified_at,
    }


def _closing(tx: ReadTx, lot: str, one: DeviationFacts) -> list[Any]:
    """What closed a deviation was signed on what it happened to. On the lot itself it is among the lot's own."""
    if one.subject == lot:
        return []
    signed = ledger.signatures_on(tx, one.subject, DEVIATION_CLOSED)
    return [row for row in signed if (row.signer, row.signed_at) == (one.closed_by, one.closed_at)]


def _signatures(tx: ReadTx, page: LotPage, deviations: Iterable[DeviationFacts], voice: Voice) -> list[Told]:
    """What was signed about the master record, the lot and its deviations, in the order of signing."""
    master = str(page.lot.master_record)
    second = {(one.given_by, one.given_at) for one in accounts.countersigned(tx, MASTER_APPROVED, master)}
    rows = [
        *ledger.signatures_on(tx, master, MASTER_REVIEWED),
        *ledger.signatures_on(tx, master, MASTER_APPROVED),
        *(row for row in ledger.signatures_on(tx, master, COUNTERSIGNED) if (row.signer, row.signed_at) in second),
        *ledger.signatures_on(tx, page.lot.code, ""),
        *(row for one in deviations for row in _closing(tx, page.lot.code, one)),
    ]
    return [
        {
            "signer": row.signer,
            "meaning": voice.gettext(row.meaning),
            "event": row.event,
            "subject": row.subject,
            "method": row.method,
            "signed_at": row.signed_at,
            "record_sha256": row.record_hash,
        }
        for row in sorted(rows, key=lambda row: (row.signed_at, row.id or 0))
    ]
