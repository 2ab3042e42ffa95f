"""What setting a study up reads: its versions, who has to consent again, who was screened, who works at a site."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from cellchain.kernel.canonical import Json
from cellchain.kernel.errors import NotFound, Refused
from cellchain.kernel.values import dataclass
from cellchain.ledger import merkle
from cellchain.ledger import queries as ledger
from cellchain.ledger.actor import Actor
from cellchain.manufacturing import queries as manufacturing
from cellchain.platform.db import ReadTx
from cellchain.trial import allocation, definition, queries, rules
from cellchain.trial import statements as find
from cellchain.trial.definition import Onward, StudyDefinition
from cellchain.trial.lifecycles import (
    ON_STUDY,
    AssignmentPhase,
    RecipientPhase,
    RowPhase,
    ScreeningReason,
    Sex,
    SiteDuty,
    VersionPhase,
)
from cellchain.trial.models import AllocationRow, Recipient, Screening, SiteRole, StudyVersion
from cellchain.trial.rules import RecipientFacts
from cellchain.trial.setup import comparison
from cellchain.trial.setup.comparison import Difference

VERSIONS_MAX = 100
SCREENINGS_MAX = 5_000
LOG_COLUMNS = ("number", "site", "screened_on", "sex", "age_years", "outcome", "reason", "criterion", "recipient")


# -- versions ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """One version of a study as its page shows it."""

    number: int
    phase: VersionPhase
    hash: str
    known: StudyDefinition
    imported_at: datetime
    imported_by: str
    effective_at: datetime | None
    effective_by: str | None
    under_it_count: int
    file: str | None
    file_name: str | None


@dataclass(frozen=True)
class Compared:
    """A version beside the one before it."""

    version: Version
    before: int | None
    differences: Sequence[Difference]


def versions(tx: ReadTx, study: str) -> list[Version]:
    """Every version of a study, the newest first."""
    under: dict[int, int] = {}
    for _, phase, version, _ in standings(tx, study):
        if phase in ON_STUDY:
            under[version] = under.get(version, 0) + 1
    return [_version(row, under.get(row.number, 0)) for row in tx.many(find.VERSIONS, limit=VERSIONS_MAX, study=study)]


def _version(row: StudyVersion, under_it_count: int) -> Version:
    return Version(
        number=row.number,
        phase=row.phase,
        hash=row.definition_hash,
        known=definition.from_document(row.definition),
        imported_at=row.imported_at,
        imported_by=row.imported_by,
        effective_at=row.effective_at,
        effective_by=row.effective_by,
        under_it_count=under_it_count,
        file=row.file,
        file_name=row.file_name,
    )


def compared(tx: ReadTx, study: str, number: int) -> Compared:
    """Version `number` beside the one that was in force before it. Raises NotFound."""
    known = versions(tx, study)
    version = next((one for one in known if one.number == number), None)
    if version is None:
        raise NotFound(
            "amendment.unknown",
            "There is no version {number} of this study. Open the study's page again.",
            number=number,
        )
    before = next((one for one in known if one.number < number and one.effective_at is not None), None)
    found = [] if before is None else comparison.differences(before.known, version.known)
    return Compared(version, None if before is None else before.number, found)


def standings(tx: ReadTx, study: str) -> list[tuple[str, RecipientPhase, int, int | None]]:
    """Code, phase, version, and the version of the standing consent, of every recipient of a study."""
    return [tuple(row) for row in tx.many(find.STANDINGS, limit=queries.RECIPIENTS_MAX, study=study)]


def reconsent_due(tx: ReadTx, study: str) -> list[str]:
    """Who is in the study and signed a consent form that is too old."""
    wanted = last_reconsent(tx, study)
    return [code for code, phase, _, signed in standings(tx, study) if phase in ON_STUDY and is_due(signed, wanted)]


def is_reconsent_due(tx: ReadTx, recipient: Recipient) -> bool:
    """Whether this recipient has to sign the newest consent form."""
    given = tx.one(find.GIVEN_CONSENT, recipient=recipient.code)
    return is_due(None if given is None else given.study_version, last_reconsent(tx, recipient.study))


def form_to_sign(tx: ReadTx, facts: RecipientFacts) -> str | None:
    """The consent form that somebody in the study has to sign anew; None where theirs is the newest."""
    given = tx.one(find.GIVEN_CONSENT, recipient=facts.code)
    if facts.phase not in ON_STUDY or given is None:
        return None
    if not is_due(given.study_version, last_reconsent(tx, facts.study)):
        return None
    return queries.study_definition(tx, facts.study).consent_form


def is_due(signed: int | None, wanted: int) -> bool:
    """Whether a consent that was signed under version `signed` is older than the newest that all have to sign."""
    return signed is not None and signed < wanted


def last_reconsent(tx: ReadTx, study: str) -> int:
    """The newest version in force since, whose consent form everybody has to sign; 0 where there is none."""
    return int(tx.one(find.LAST_RECONSENT, study=study) or 0)


def version_after_consent(tx: ReadTx, study: str, version: int) -> int:
    """Under which version somebody is who has signed the consent form in force: the newest one that moves them."""
    moving = (
        one.number
        for one in versions(tx, study)
        if one.effective_at is not None and one.known.amendment and one.known.amendment.recipients is Onward.MOVE
    )
    return max([version, *moving])


# -- the screening log -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScreeningLine:
    """One line of the log. Nothing in it says who it is but, for the enrolled, their code."""

    number: int
    site: str
    screened_on: date
    sex: Sex
    age_years: int
    outcome: str
    reason: ScreeningReason | None
    criterion: str | None
    recipient: str | None


def screening_log(tx: ReadTx, study: str) -> list[ScreeningLine]:
    """Everybody who was looked at for a study, in order of days: those who came in and those who did not, and why."""
    found = tx.many(find.SCREENINGS, limit=SCREENINGS_MAX, study=study)
    out = {row.recipient: row for row in found}
    lines = [_not_enrolled(row) for row in found if row.recipient is None]
    lines += [_enrolled(tx, facts, out.get(facts.code)) for facts in queries.recipients(tx, study)]
    lines.sort(key=lambda line: (line.screened_on, line.recipient or ""))
    return [replace(line, number=at) for at, line in enumerate(lines, start=1)]


def _not_enrolled(row: Screening) -> ScreeningLine:
    return ScreeningLine(
        0, row.site, row.screened_on, row.sex, row.age_years, "not_enrolled", row.reason, row.criterion, None
    )


def _enrolled(tx: ReadTx, facts: RecipientFacts, row: Screening | None) -> ScreeningLine:
    on = tx.day_of(facts.enrolled_at)
    age = rules.age_years(queries.born_on(tx, facts.code), on)
    outcome = "randomised" if facts.randomised_at is not None else str(facts.phase)
    reason, criterion = (None, None) if row is None else (row.reason, row.criterion)
    return ScreeningLine(0, facts.site, on, facts.sex, age, outcome, reason, criterion, facts.code)


def screening_rows(tx: ReadTx, study: str) -> list[Sequence[object]]:
    """The log as the rows of a table, without names, dates of birth or words, and where the ledger stood."""
    entry, root = stand(tx)
    lines = [[getattr(line, column) for column in LOG_COLUMNS] for line in screening_log(tx, study)]
    return [["study", study], ["ledger_entries", entry], ["root", root], [], LOG_COLUMNS, *lines]


def stand(tx: ReadTx) -> tuple[int, str]:
    """How many entries the ledger has, and the root over them (RFC 6962, SHA-256, hex)."""
    leaves = ledger.hashes(tx)
    return len(leaves), merkle.root(leaves).hex()


# -- who works at a site -----------------------------------------------------------------------------------------------


def site_roles(tx: ReadTx, study: str) -> list[SiteRole]:
    """Who is named for what at the sites of a study, those who still are first."""
    return tx.many(find.SITE_ROLES, limit=queries.RECIPIENTS_MAX, study=study)


def named_for(tx: ReadTx, study: StudyDefinition, site: str, person: str, *duties: SiteDuty) -> None:
    """Raises Refused where the site has its work done by named people only, and this is none of them."""
    wanted = next((one for one in study.sites if one.code == site), None)
    if wanted is None or not wanted.named_staff:
        return
    held = tx.many(find.SITE_ROLE_OF, limit=10, study=study.code, site=site, person=person)
    if not any(one.role in duties for one in held):
        raise Refused(
            "site.not_named",
            "You are not named for this at site {site}. Ask whoever looks after its delegation log.",
            site=site,
        )


def named_at(tx: ReadTx, recipient: str, person: str, *duties: SiteDuty) -> None:
    """The same at the site of a recipient. Raises NotFound, Refused `site.not_named`."""
    facts = queries.recipient_facts(tx, recipient)
    named_for(tx, queries.study_of(tx, recipient), facts.site, person, *duties)


# -- the list, for whoever checks it -----------------------------------------------------------------------------------


def list_export(tx: ReadTx, study: str) -> dict[str, Json]:
    """What a stand-alone check needs: the root, and every revealed row with its salt and its path. No other row.

    Raises Refused where there is no list, or the list key is not at hand.
    """
    held = tx.one(find.LIST_OF, study=study)
    if held is None:
        raise Refused("allocation.none", "The list is not committed yet. Ask the study statistician.")
    rows = tx.every(find.LIST_ROWS, list=held.id)
    leaves = [bytes.fromhex(row.leaf) for row in rows]
    entry, root = stand(tx)
    return {
        "format": "cellchain allocation list, version 1",
        "study": study,
        "length": held.length,
        "root": held.root,
        "committed_at": held.committed_at.isoformat(),
        "ledger": {"entry": entry, "root": root},
        "rows": [_revealed(tx, study, row, leaves) for row in rows if row.phase == RowPhase.REVEALED],
    }


def _revealed(tx: ReadTx, study: str, row: AllocationRow, leaves: Sequence[bytes]) -> dict[str, Json]:
    opened = allocation.open_row(row.sealed, study, row.number, tx.house.list_keys, row.level)
    return {
        "number": row.number,
        "level": row.level,
        "arm": opened.arm,
        "salt": opened.salt.hex(),
        "recipient": row.recipient,
        "path": allocation.path_of(leaves, row.number),
    }


def sealed_export(tx: ReadTx, study: str) -> dict[str, Json]:
    """Every row as it lies sealed, and the list's key under the passphrase of who committed it. Raises Refused."""
    held = tx.one(find.LIST_OF, study=study)
    if held is None:
        raise Refused("allocation.none", "The list is not committed yet. Ask the study statistician.")
    rows = tx.every(find.LIST_ROWS, list=held.id)
    entry, root = stand(tx)
    return {
        "format": "cellchain sealed allocation list, version 1",
        "study": study,
        "length": held.length,
        "root": held.root,
        "ledger": {"entry": entry, "root": root},
        "key": held.key_copy,
        "rows": [{"number": row.number, "level": row.level, "sealed": row.sealed} for row in rows],
    }


# -- the arm, as allocated and as received -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Received:
    """The arm whose bags somebody got, how many of them, and whether it is the one they were allocated to."""

    arm: str
    infusions_count: int
    as_allocated: bool


def received(tx: ReadTx, recipient: str, actor: Actor) -> list[Received]:
    """What was given, by what the bags held, whatever was allocated; nothing for who may not see arms.

    Two lines where somebody got bags of both arms: analyses as randomised and as treated then differ.
    """
    allocated = queries.arm_of(tx, recipient, actor)
    if allocated is None:
        return []
    study = queries.study_of(tx, recipient)
    given: dict[str, int] = {}
    for tie in queries.assignments_of(tx, recipient):
        bag = manufacturing.bag_facts(tx, tie.bag) if tie.phase == AssignmentPhase.USED else None
        for arm in study.arms if bag is not None else ():
            if bag is not None and arm.content == bag.content:
                given[arm.code] = given.get(arm.code, 0) + 1
    return [Received(arm, count, arm == allocated) for arm, count in sorted(given.items())]
