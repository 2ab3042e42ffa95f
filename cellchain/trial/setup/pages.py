"""What the pages of a study's set-up show, each as one person may see it."""

from collections.abc import Sequence

from cellchain.accounts import queries as accounts
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.ledger.actor import Actor
from cellchain.platform.db import ReadTx
from cellchain.trial import queries
from cellchain.trial.lifecycles import ON_STUDY, RecipientPhase, ScreeningReason, SiteDuty, VersionPhase
from cellchain.trial.models import SiteRole
from cellchain.trial.queries import StudyPage
from cellchain.trial.setup import queries as setup
from cellchain.trial.setup.queries import Compared, ScreeningLine, Version

VERSION_WORDS = {
    VersionPhase.IMPORTED: ("now", T("Waits for its signature")),
    VersionPhase.EFFECTIVE: ("ok", T("In force now")),
    VersionPhase.REPLACED: ("off", T("Replaced")),
    VersionPhase.WITHDRAWN: ("off", T("Withdrawn")),
}
DUTY_WORDS = {
    SiteDuty.INVESTIGATOR: T("Investigator"),
    SiteDuty.COORDINATOR: T("Coordinator"),
    SiteDuty.NURSE: T("Nurse at the bedside"),
    SiteDuty.ASSESSOR: T("Outcome assessor"),
}
REASON_WORDS = {
    ScreeningReason.NOT_ELIGIBLE: T("Not eligible"),
    ScreeningReason.DECLINED: T("Did not want to take part"),
    ScreeningReason.UNREACHABLE: T("Could not be reached again"),
    ScreeningReason.STUDY_FULL: T("The study is full"),
    ScreeningReason.OTHER: T("Another reason"),
}
OUTCOME_WORDS = {
    "not_enrolled": ("off", T("Not enrolled")),
    "screened_out": ("off", T("Enrolled, not randomised")),
    "randomised": ("ok", T("Randomised")),
}
ON_THE_WAY = ("pend", T("On the way"))
LEFT_BEFORE = ("off", T("Left before randomisation"))


@dataclass(frozen=True)
class SetupPage:
    """A study's page: how far it is, its versions, who has to sign again, who works at its sites."""

    page: StudyPage
    versions: Sequence[Version]
    reconsent_due: Sequence[str]
    site_roles: Sequence[SiteRole]
    names: dict[str, str]
    sees_arms: bool

    @property
    def waiting(self) -> Version | None:
        """The version that was imported and waits for its signature."""
        return next((one for one in self.versions if one.phase == VersionPhase.IMPORTED), None)


@dataclass(frozen=True)
class VersionPage:
    """A version beside the one before it, and what making it effective would do."""

    study: str
    compared: Compared
    names: dict[str, str]
    concerned_count: int


@dataclass(frozen=True)
class ScreeningPage:
    """The screening log, with how many were looked at and how many came in."""

    study: StudyPage
    lines: Sequence[ScreeningLine]
    criteria: dict[str, str]

    @property
    def randomised_count(self) -> int:
        """How many of those who were looked at were randomised."""
        return sum(line.outcome == "randomised" for line in self.lines)

    @property
    def by_reason(self) -> list[tuple[ScreeningReason, int]]:
        """How many did not come in for each reason, in the order of the reasons."""
        found = [(reason, sum(line.reason is reason for line in self.lines)) for reason in ScreeningReason]
        return [(reason, count) for reason, count in found if count]


def outcome_of(line: ScreeningLine) -> tuple[str, T]:
    """The shape and the words of where somebody's way into the study ended, or stands."""
    if line.outcome in (RecipientPhase.ENROLLED, RecipientPhase.ELIGIBLE):
        return ON_THE_WAY
    return OUTCOME_WORDS.get(line.outcome, LEFT_BEFORE)


def setup_page(tx: ReadTx, study: str, actor: Actor) -> SetupPage:
    """A study's page for `actor`. Raises NotFound."""
    page, versions = queries.study_page(tx, study), setup.versions(tx, study)
    site_roles = setup.site_roles(tx, study)
    people = {page.opened_by} | ({page.commitment.committed_by} if page.commitment else set())
    people |= {one.imported_by for one in versions} | {one.effective_by for one in versions if one.effective_by}
    people |= {one.person for one in site_roles} | {one.given_by for one in site_roles}
    names = {person: accounts.display_name(tx, person) for person in people}
    return SetupPage(
        page, versions, setup.reconsent_due(tx, study), site_roles, names, sees_arms=actor.may(queries.SEE_ARM)
    )


def version_page(tx: ReadTx, study: str, number: int) -> VersionPage:
    """One version of a study. Raises NotFound."""
    queries.study_definition(tx, study)
    compared = setup.compared(tx, study, number)
    people = {compared.version.imported_by, compared.version.effective_by or compared.version.imported_by}
    names = {person: accounts.display_name(tx, person) for person in people}
    concerned = sum(phase in ON_STUDY for _, phase, _, _ in setup.standings(tx, study))
    return VersionPage(study, compared, names, concerned)


def screening_page(tx: ReadTx, study: str, language: str) -> ScreeningPage:
    """The screening log of a study. Raises NotFound."""
    page = queries.study_page(tx, study)
    eligibility = page.definition.eligibility
    criteria = {limit.code: limit.title.say(language) for limit in eligibility.limits}
    criteria |= {question.code: question.title.say(language) for question in eligibility.questions}
    return ScreeningPage(page, setup.screening_log(tx, study), criteria)
