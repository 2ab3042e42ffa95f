"""The way into a study, as rules: the list before the first, the newest consent form, the stratum, and whose cells.

Facts in, a named refusal out, as in `rules`.
"""

from collections.abc import Sequence
from datetime import date

from cellchain.kernel.errors import Invalid, Refused
from cellchain.kernel.text import T
from cellchain.trial import rules
from cellchain.trial.definition import DonorChange, Measure, Stratum, StudyDefinition


def has_list(committed: bool) -> None:
    """Raises Refused: the list is committed to before anybody comes into the study."""
    if not committed:
        raise Refused("allocation.none", "The list is not committed yet. Ask the study statistician.")


def consent_is_current(due: bool) -> None:
    """Raises Refused: whoever has to sign a newer form is not brought further into the study on the old one."""
    if due:
        raise Refused(
            "consent.due_again", "A newer consent form has to be signed first. Record the signed consent to it."
        )


def screening_fits(
    definition: StudyDefinition, not_eligible: bool, criterion: str | None, on: date, today: date
) -> None:
    """Raises Refused or Invalid where a reason does not say enough, or names no criterion of the study."""
    if on > today:
        raise Refused("screening.in_future", "Somebody is screened once they were looked at. Check the date.")
    if not_eligible and criterion is None:
        raise Refused("screening.criterion", "Who is not eligible fails a criterion. Name the one that decided it.")
    if criterion is not None and criterion not in definition.eligibility.codes:
        raise Invalid({"criterion": T("“{code}” is no criterion of this study.", code=criterion)})


def level_of(stratum: Stratum | None, figures: rules.BaselineFigures) -> str:
    """Which level of the stratum somebody's baseline is in; "" for a study without one."""
    if stratum is None:
        return ""
    scale = 1 if stratum.measure is Measure.AGE_YEARS else rules.PERMILLE_PER_PERCENT
    below, otherwise = Stratum.LEVELS
    return below if figures.value(stratum.measure) < stratum.below * scale else otherwise


def donor_may_change(
    rule: DonorChange, now: frozenset[str], before: Sequence[tuple[int, frozenset[str]]], course: int
) -> None:
    """Raises Refused where a bag's donors are others than those of an infusion that the study asks them to be equal to.

    now      the donors behind the bag; empty where it holds no cells
    before   course and donors of every infusion that was given or has its bag
    """
    if rule is DonorChange.ANY or not now:
        return
    bound = [donors for at, donors in before if donors and (rule is DonorChange.NEVER or at == course)]
    if any(donors != now for donors in bound):
        raise Refused(
            "bag.other_donor",
            "This bag comes from another donor than this recipient's other infusions, and the study does not allow "
            "that. Take a bag of the same donor.",
        )
