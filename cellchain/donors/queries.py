"""Reading donors and donations. A donor's name is never among what is read here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, select

from cellchain.accounts.queries import display_name
from cellchain.donors import definitions
from cellchain.donors.models import (
    Answers,
    Donation,
    Donor,
    DonorConsent,
    DrawnFrom,
    Eligibility,
    Information,
    Screening,
)
from cellchain.donors.rules import donor as rules
from cellchain.donors.rules import screening
from cellchain.donors.rules.donor import DonorFacts
from cellchain.donors.rules.harvest import Drawn
from cellchain.donors.rules.lifecycles import (
    Assay,
    BloodGroup,
    Conclusion,
    ConsentPhase,
    ConsentScope,
    DonationPhase,
    DonorPhase,
    Marker,
    Outcome,
    QuestionnairePhase,
    ScreeningPhase,
    Sex,
    Stage,
)
from cellchain.donors.rules.questionnaire import AnswersFacts
from cellchain.donors.rules.screening import Finding, MarkerFacts
from cellchain.kernel.errors import NotFound
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.edges import Edge
from cellchain.platform.db import ReadTx
from cellchain.platform.listing import Listing

DONORS_MAX = 200
ROWS_MAX = 500

# The columns of a donor that say nothing of who it is: the name stays sealed unless a command writes it.
_OPEN_COLUMNS: tuple[Any, ...] = (
    Donor.code,
    Donor.phase,
    Donor.sex,
    Donor.birth_year,
    Donor.blood_group,
    Donor.deferred_until,
    Donor.registered_at,
)
_PROFILE: Any = select(*_OPEN_COLUMNS).where(Donor.code == bindparam("donor"))
_PROFILES: Any = select(*_OPEN_COLUMNS).order_by(col(Donor.code).desc())
DONATIONS = Listing(
    columns(col(Donation.code), col(Donation.phase), col(Donation.ended_at)),
    col(Donation.code),
    narrowed={"phase": col(Donation.phase) == bindparam("phase")},
)
DONORS = Listing(select(*_OPEN_COLUMNS), col(Donor.code), narrowed={"phase": col(Donor.phase) == bindparam("phase")})
_DEFERRAL = select(Donor.deferral_reason).where(Donor.code == bindparam("donor"))
_STANDING_CONSENT = select(DonorConsent).where(
    DonorConsent.donor == bindparam("donor"),
    DonorConsent.scope == bindparam("scope"),
    DonorConsent.phase == ConsentPhase.GIVEN,
)
_CONSENTS = select(DonorConsent).where(DonorConsent.donor == bindparam("donor")).order_by(col(DonorConsent.id).desc())
_STANDING_RESULTS = (
    select(Screening)
    .where(Screening.donor == bindparam("donor"), Screening.phase == ScreeningPhase.STANDING)
    .order_by(col(Screening.sampled_at), col(Screening.id))
)
_OF_SAMPLE = select(Screening).where(
    Screening.donor == bindparam("donor"),
    Screening.marker == bindparam("marker"),
    Screening.assay == bindparam("assay"),
    Screening.sampled_at == bindparam("sampled_at"),
    Screening.phase == ScreeningPhase.STANDING,
)
_STANDING_ANSWERS = select(Answers).where(
    Answers.donor == bindparam("donor"), Answers.phase != QuestionnairePhase.REPLACED
)
_DRAWN = select(DrawnFrom).where(DrawnFrom.donation == bindparam("donation")).order_by(col(DrawnFrom.id))
_RESULTS = (
    select(Screening)
    .where(Screening.donor == bindparam("donor"))
    .order_by(col(Screening.sampled_at).desc(), col(Screening.id).desc())
)
_DETERMINATIONS = (
    select(Eligibility).where(Eligibility.donor == bindparam("donor")).order_by(col(Eligibility.id).desc())
)
_DONATIONS = (
    select(Donation).where(Donation.donor == bindparam("donor")).order_by(col(Donation.ended_at).desc(), Donation.code)
)
_DONOR_OF = select(Donation.donor).where(Donation.code == bindparam("donation"))
_BY_CONTAINER = select(Donation).where(Donation.container == bindparam("container"))
_BY_OPERATOR = (
    select(Donation).where(Donation.operator == bindparam("operator")).order_by(col(Donation.ended_at), Donation.code)
)
_INFORMATION = select(Information).where(Information.donor == bindparam("donor")).order_by(col(Information.id).desc())


@dataclass(frozen=True)
class Profile:
    """A donor without a name."""

    code: str
    phase: DonorPhase
    sex: Sex
    birth_year: int
    blood_group: BloodGroup
    deferred_until: date | None
    registered_at: datetime


@dataclass(frozen=True)
class DonorStanding:
    """Whether a donor may give now, and every reason why not as (code, sentence).

    `eligible_until` is the end of what a physician signed, None while no such finding is in force.
    """

    code: str
    phase: DonorPhase
    eligible_until: datetime | None
    reasons: tuple[tuple[str, T], ...]

    @property
    def may_give(self) -> bool:
        """Whether a harvest may start."""
        return not self.reasons


@dataclass(frozen=True)
class DonationFacts:
    """One harvest. Volumes in microlitres; `process_by` is when the laboratory has it at the latest.

    `drawn` is what each site gave.
    """

    code: str
    donor: str
    phase: DonationPhase
    container: str
    drawn: tuple[Drawn, ...]
    volume_ul: int
    anticoagulant_lot: str
    anticoagulant_units: int
    operator: str
    started_at: datetime
    ended_at: datetime
    process_by: datetime
    recorded_by: str
    decided_at: datetime | None
    rejection_reason: str | None

    @property
    def pulls_count(self) -> int:
        """How often the syringe was drawn, at all sites."""
        return sum(one.pulls_count for one in self.drawn)


@dataclass(frozen=True)
class DonorLine:
    """A row of the list of donors."""

    profile: Profile
    standing: DonorStanding
    harvested_at: datetime | None


@dataclass(frozen=True)
class PanelLine:
    """The newest sample of one test; `finding` None where none was taken.

    `counts_until` is the last moment at which the sample carries a determination, and `elapsed_percent` how much of
    that window is over. `is_used`: an earlier donation was given on it. `wanted`: the panel asks for it.
    """

    marker: Marker
    assay: Assay
    wanted: bool
    window_days: int
    finding: Finding | None = None
    counts_until: datetime | None = None
    elapsed_percent: int = 0
    is_old: bool = False
    is_used: bool = False

    @property
    def conclusion(self) -> Conclusion | None:
        """What the sample's tests come to."""
        return None if self.finding is None else self.finding.conclusion

    @property
    def is_tolerated(self) -> bool:
        """Whether a positive here is no ground for refusal."""
        return screening.is_tolerated(self.marker, self.assay)


@dataclass(frozen=True)
class DonorFile:
    """Everything on a donor's page, newest first.

    tests         the panel, each test with its newest sample
    open_problem  what of answers and tests keeps a physician from finding the donor eligible; None where nothing does
    people        short names of the staff who appear in it, by code
    """

    profile: Profile
    standing: DonorStanding
    facts: DonorFacts
    deferral_reason: str | None
    tests: tuple[PanelLine, ...]
    open_problem: tuple[str, T] | None
    results: list[Screening]
    consents: list[DonorConsent]
    determinations: list[Eligibility]
    donations: list[DonationFacts]
    information: list[Information]
    people: Mapping[str, str]


def profile(tx: ReadTx, donor: str) -> Profile:
    """A donor without a name. Raises NotFound."""
    row: Any = tx.one(_PROFILE, donor=donor)
    if row is None:
        raise NotFound("record.not_found", key=donor)
    return Profile(*row)


def donor_facts(tx: ReadTx, donor: str) -> DonorFacts:
    """A donor as the rules see one. Raises NotFound."""
    return _facts(tx, profile(tx, donor))


def donor_standing(tx: ReadTx, donor: str) -> DonorStanding:
    """Whether this donor may give now. Raises NotFound."""
    return _standing(tx, donor_facts(tx, donor))


def donation_facts(tx: ReadTx, donation: str) -> DonationFacts:
    """One harvest. Raises NotFound."""
    return _donation(tx, tx.get(Donation, donation))


def donor_of(tx: ReadTx, donation: str) -> str:
    """Who gave this donation. Raises NotFound."""
    donor = tx.one(_DONOR_OF, donation=donation)
    if donor is None:
        raise NotFound("record.not_found", "{key} is not known here. Scan the label again.", key=donation)
    return donor


def donation_in(tx: ReadTx, container: str) -> DonationFacts | None:
    """The donation that was collected into this harvest bag, or None for any other container."""
    row = tx.one(_BY_CONTAINER, container=container)
    return None if row is None else _donation(tx, row)


def donations_of(tx: ReadTx, donor: str) -> list[DonationFacts]:
    """All harvests of a donor, newest first."""
    return [_donation(tx, row) for row in tx.every(_DONATIONS, donor=donor)]


def standing_consent(tx: ReadTx, donor: str, scope: ConsentScope) -> DonorConsent | None:
    """The consent that stands for `scope`."""
    return tx.one(_STANDING_CONSENT, donor=donor, scope=scope)


def standing_answers(tx: ReadTx, donor: str) -> Answers | None:
    """The answers that stand for a donor."""
    return tx.one(_STANDING_ANSWERS, donor=donor)


def of_sample(tx: ReadTx, donor: str, marker: Marker, assay: Assay, sampled_at: datetime) -> dict[Stage, Screening]:
    """The results that stand for one marker and assay of one sample, by the stage of the test."""
    rows = tx.every(_OF_SAMPLE, donor=donor, marker=marker, assay=assay, sampled_at=sampled_at)
    return {row.stage: row for row in rows}


def newest_donors(tx: ReadTx) -> list[DonorLine]:
    """The newest 200 donors with where each stands now."""
    return donor_lines(tx, tx.many(_PROFILES, limit=DONORS_MAX))


def donor_lines(tx: ReadTx, rows: Sequence[Any]) -> list[DonorLine]:
    """Rows of the list of donors with where each stands now."""
    lines = []
    for row in rows:
        facts = _facts(tx, Profile(*row))
        lines.append(DonorLine(Profile(*row), _standing(tx, facts), facts.harvested_at))
    return lines


def every_facts(tx: ReadTx) -> Iterator[DonorFacts]:
    """The newest 200 donors as the rules see them."""
    for row in tx.many(_PROFILES, limit=DONORS_MAX):
        yield _facts(tx, Profile(*row))


def donor_file(tx: ReadTx, donor: str) -> DonorFile:
    """Everything about a donor but the name. Raises NotFound."""
    who = profile(tx, donor)
    facts = _facts(tx, who)
    problem = next(rules.open_problems(facts, definitions.criteria(), tx.now), None)
    results = tx.many(_RESULTS, limit=ROWS_MAX, donor=donor)
    determinations = tx.many(_DETERMINATIONS, limit=ROWS_MAX, donor=donor)
    information = tx.many(_INFORMATION, limit=ROWS_MAX, donor=donor)
    staff = {row.entered_by for row in results} | {row.determined_by for row in determinations}
    return DonorFile(
        profile=who,
        standing=_standing(tx, facts),
        facts=facts,
        deferral_reason=tx.one(_DEFERRAL, donor=donor),
        tests=panel_lines(facts, tx.now),
        open_problem=None if problem is None else (problem.code, problem.text),
        results=results,
        consents=tx.many(_CONSENTS, limit=ROWS_MAX, donor=donor),
        determinations=determinations,
        donations=donations_of(tx, donor),
        information=information,
        people=names_of(tx, staff | {row.reported_by for row in information}),
    )


def names_of(tx: ReadTx, people: Iterable[str]) -> dict[str, str]:
    """Short names of staff as screens print them."""
    return {person: display_name(tx, person) for person in sorted(set(people))}


def edges_from(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """Where the cells went from donors, donations or the hands of those who harvested."""
    donors, donations, people = ([code for code in codes if code.startswith(kind)] for kind in ("DN", "DO", "PS"))
    return [
        *(_donated(row) for row, _ in tx.rows(_DONATIONS, "donor", donors)),
        *(_harvested(row) for row, _ in tx.rows(_BY_OPERATOR, "operator", people)),
        *(_collected(row) for row in tx.find_each(Donation, donations).values()),
    ]


def edges_to(tx: ReadTx, codes: Sequence[str]) -> list[Edge]:
    """Where donations and harvest bags came from."""
    donations, containers = ([code for code in codes if code.startswith(kind)] for kind in ("DO", "CT"))
    given = tx.find_each(Donation, donations).values()
    return [
        *(edge for row in given for edge in (_donated(row), _harvested(row))),
        *(_collected(row) for row, _ in tx.rows(_BY_CONTAINER, "container", containers)),
    ]


def _donated(row: Donation) -> Edge:
    return Edge(row.donor, row.code, "donated", row.ended_at)


def _harvested(row: Donation) -> Edge:
    return Edge(row.operator, row.code, "harvested", row.ended_at)


def _collected(row: Donation) -> Edge:
    return Edge(row.code, row.container, "collected", row.ended_at)


def donors_of(tx: ReadTx, donations: Sequence[str]) -> dict[str, str]:
    """Who gave each of many donations."""
    return {donation: donor for donor, donation in tx.rows(_DONOR_OF, "donation", donations)}


def _facts(tx: ReadTx, who: Profile) -> DonorFacts:
    donor = who.code
    consent = standing_consent(tx, donor, ConsentScope.DONATION)
    determination = tx.one(_DETERMINATIONS, donor=donor)
    is_eligible = determination is not None and determination.outcome is Outcome.ELIGIBLE
    harvest = tx.one(_DONATIONS, donor=donor)
    information = tx.one(_INFORMATION, donor=donor)
    return DonorFacts(
        code=donor,
        phase=who.phase,
        deferred_until=who.deferred_until,
        consented_at=None if consent is None else consent.given_at,
        answers=answers_facts(standing_answers(tx, donor)),
        results=tuple(_result(row) for row in tx.every(_STANDING_RESULTS, donor=donor)),
        determined_at=determination.determined_at if determination is not None and is_eligible else None,
        eligible_until=determination.valid_until if determination is not None and is_eligible else None,
        harvested_at=None if harvest is None else harvest.ended_at,
        informed_at=None if information is None else information.entered_at,
        zone=tx.zone,
    )


def answers_facts(row: Answers | None) -> AnswersFacts | None:
    """A donor's answers as the rules see them."""
    if row is None:
        return None
    return AnswersFacts(row.version, row.answered_at, row.asked_by, row.risks_count, row.phase)


def _result(row: Screening) -> MarkerFacts:
    return MarkerFacts(row.marker, row.result, row.sampled_at, row.resulted_at, row.entered_by, row.assay, row.stage)


def panel_lines(facts: DonorFacts, now: datetime) -> tuple[PanelLine, ...]:
    """Every test of the panel, and any other that was made, with its newest sample."""
    panel, current = definitions.panel(), screening.newest(facts.results)
    keys = [(marker, assay) for marker in Marker for assay in Assay]
    return tuple(
        _panel_line(key, current.get(key), facts, now) for key in keys if key in current or key in panel.wanted
    )


def _panel_line(key: screening.Key, found: Finding | None, facts: DonorFacts, now: datetime) -> PanelLine:
    marker, assay = key
    panel = definitions.panel()
    wanted, window = key in panel.wanted, panel.window(assay)
    if found is None:
        return PanelLine(marker, assay, wanted, window.days)
    elapsed = now - found.sampled_at
    return PanelLine(
        marker,
        assay,
        wanted,
        window.days,
        found,
        counts_until=found.sampled_at + window,
        elapsed_percent=min(100, int(elapsed * 100 / window)),
        is_old=elapsed > window,
        is_used=facts.harvested_at is not None and found.sampled_at <= facts.harvested_at,
    )


def _standing(tx: ReadTx, facts: DonorFacts) -> DonorStanding:
    reasons = tuple((problem.code, problem.text) for problem in rules.standing_problems(facts, tx.now))
    eligible_until = facts.eligible_until if facts.phase is DonorPhase.ELIGIBLE else None
    return DonorStanding(facts.code, facts.phase, eligible_until, reasons)


def _donation(tx: ReadTx, row: Donation) -> DonationFacts:
    drawn = tx.every(_DRAWN, donation=row.code)
    return DonationFacts(
        code=row.code,
        donor=row.donor,
        phase=row.phase,
        container=row.container,
        drawn=tuple(Drawn(one.site, one.pulls_count, one.volume_ul) for one in drawn),
        volume_ul=row.volume_ul,
        anticoagulant_lot=row.anticoagulant_lot,
        anticoagulant_units=row.anticoagulant_units,
        operator=row.operator,
        started_at=row.started_at,
        ended_at=row.ended_at,
        process_by=row.process_by,
        recorded_by=row.recorded_by,
        decided_at=row.decided_at,
        rejection_reason=row.rejection_reason,
    )
